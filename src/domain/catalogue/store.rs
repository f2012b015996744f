//! Rows of the catalogue as a snapshot is built from them.

use diesel::prelude::*;

use super::Supervision;
use crate::base::clock::Timestamp;
use crate::base::db::DbConn;
use crate::base::db::schema::{catalogue_version, categories, products, skus, vendors};
use crate::base::error::Result;
use crate::base::ids::{CategoryId, ProductId, SkuId, VendorId};
use crate::base::money::Fen;
use crate::base::text::Text3;

/// Far above what the shop will ever hold; a bound on what one read can take.
const ROWS_MAX: i64 = 100_000;

#[derive(Clone, Debug, Queryable)]
pub(crate) struct StoredCategory {
    pub(crate) id: CategoryId,
    pub(crate) slug: String,
    pub(crate) name: Text3,
    pub(crate) position: i32,
}

#[derive(Clone, Debug, Queryable)]
pub(crate) struct StoredVendor {
    pub(crate) id: VendorId,
    pub(crate) slug: String,
    pub(crate) name: Text3,
    pub(crate) intro: Text3,
    pub(crate) founded: i32,
}

#[derive(Clone, Debug, Queryable)]
pub(crate) struct StoredProduct {
    pub(crate) id: ProductId,
    pub(crate) slug: String,
    pub(crate) vendor_id: VendorId,
    pub(crate) category_id: CategoryId,
    pub(crate) name: Text3,
    pub(crate) summary: Text3,
    pub(crate) description: Text3,
    pub(crate) maker: Text3,
    pub(crate) origin_country: String,
    pub(crate) label_zh: String,
    /// JSON array of strings.
    pub(crate) search_terms: String,
    pub(crate) image: String,
    pub(crate) supervision: Supervision,
    pub(crate) created_at: Timestamp,
}

#[derive(Clone, Debug, Queryable)]
pub(crate) struct StoredSku {
    pub(crate) id: SkuId,
    pub(crate) product_id: ProductId,
    pub(crate) code: String,
    pub(crate) spec: Text3,
    pub(crate) price_fen: Fen,
    pub(crate) limit_per_order: i64,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) version: i64,
    pub(crate) categories: Vec<StoredCategory>,
    pub(crate) vendors: Vec<StoredVendor>,
    pub(crate) products: Vec<StoredProduct>,
    /// In id order.
    pub(crate) skus: Vec<StoredSku>,
}

pub(crate) fn version(conn: &mut DbConn) -> Result<i64> {
    Ok(catalogue_version::table.find(1).select(catalogue_version::version).get_result(conn)?)
}

/// In one read transaction, so that it fits together.
pub(crate) fn load(conn: &mut DbConn) -> Result<Rows> {
    Ok(Rows {
        version: version(conn)?,
        categories: load_categories(conn)?,
        vendors: load_vendors(conn)?,
        products: load_products(conn)?,
        skus: load_skus(conn)?,
    })
}

fn load_categories(conn: &mut DbConn) -> Result<Vec<StoredCategory>> {
    conn.rows(
        categories::table
            .select((
                categories::id,
                categories::slug,
                (categories::name_zh, categories::name_ko, categories::name_en),
                categories::position,
            ))
            .order((categories::position, categories::id))
            .limit(ROWS_MAX),
    )
}

fn load_vendors(conn: &mut DbConn) -> Result<Vec<StoredVendor>> {
    conn.rows(
        vendors::table
            .select((
                vendors::id,
                vendors::slug,
                (vendors::name_zh, vendors::name_ko, vendors::name_en),
                (vendors::intro_zh, vendors::intro_ko, vendors::intro_en),
                vendors::founded,
            ))
            .order(vendors::id)
            .limit(ROWS_MAX),
    )
}

fn load_products(conn: &mut DbConn) -> Result<Vec<StoredProduct>> {
    conn.rows(
        products::table
            .filter(products::published.eq(true))
            .select((
                products::id,
                products::slug,
                products::vendor_id,
                products::category_id,
                (products::name_zh, products::name_ko, products::name_en),
                (products::summary_zh, products::summary_ko, products::summary_en),
                (products::description_zh, products::description_ko, products::description_en),
                (products::maker_zh, products::maker_ko, products::maker_en),
                products::origin_country,
                products::label_zh,
                products::search_terms,
                products::image,
                products::supervision,
                products::created_at,
            ))
            .order(products::id)
            .limit(ROWS_MAX),
    )
}

fn load_skus(conn: &mut DbConn) -> Result<Vec<StoredSku>> {
    conn.rows(
        skus::table
            .filter(skus::on_sale.eq(true))
            .select((
                skus::id,
                skus::product_id,
                skus::code,
                (skus::spec_zh, skus::spec_ko, skus::spec_en),
                skus::price_fen,
                skus::limit_per_order,
            ))
            .order(skus::id)
            .limit(ROWS_MAX),
    )
}
