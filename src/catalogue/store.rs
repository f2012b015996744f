//! Rows of the catalogue: the whole of it for a snapshot, and single ones for edits.

use diesel::prelude::*;

use super::{CustomsStatus, Supervision, Text3};
use crate::clock::Timestamp;
use crate::db::schema::{catalogue_version, categories, freight_rules, notices, products, sku_customs, skus, vendors};
use crate::db::{DbConn, Tx};
use crate::error::Result;
use crate::ids::{CategoryId, ProductId, SkuId, VendorId};
use crate::money::Fen;

/// Far above what the shop will ever hold; a bound on what one read can take.
const ROWS_MAX: i64 = 100_000;

#[derive(Clone, Debug, Queryable)]
pub(super) struct StoredCategory {
    pub(super) id: CategoryId,
    pub(super) slug: String,
    pub(super) name: Text3,
    pub(super) position: i32,
}

#[derive(Clone, Debug, Queryable)]
pub(super) struct StoredVendor {
    pub(super) id: VendorId,
    pub(super) slug: String,
    pub(super) name: Text3,
    pub(super) intro: Text3,
    pub(super) founded: i32,
}

#[derive(Clone, Debug, Queryable)]
pub(super) struct StoredProduct {
    pub(super) id: ProductId,
    pub(super) slug: String,
    pub(super) vendor_id: VendorId,
    pub(super) category_id: CategoryId,
    pub(super) name: Text3,
    pub(super) summary: Text3,
    pub(super) description: Text3,
    pub(super) maker: Text3,
    pub(super) origin_country: String,
    pub(super) label_zh: String,
    /// JSON array of strings.
    pub(super) search_terms: String,
    pub(super) image: String,
    pub(super) supervision: Supervision,
    pub(super) created_at: Timestamp,
}

#[derive(Clone, Debug, Queryable)]
pub(super) struct StoredSku {
    pub(super) id: SkuId,
    pub(super) product_id: ProductId,
    pub(super) code: String,
    pub(super) spec: Text3,
    pub(super) price_fen: Fen,
    pub(super) limit_per_order: i64,
}

#[derive(Clone, Debug, Queryable)]
pub(super) struct StoredNotice {
    pub(super) version: String,
    pub(super) text: Text3,
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) version: i64,
    pub(super) categories: Vec<StoredCategory>,
    pub(super) vendors: Vec<StoredVendor>,
    pub(super) products: Vec<StoredProduct>,
    /// In id order.
    pub(super) skus: Vec<StoredSku>,
    pub(super) notice: Option<StoredNotice>,
}

pub(super) fn version(conn: &mut DbConn) -> Result<i64> {
    Ok(catalogue_version::table.find(1).select(catalogue_version::version).get_result(conn)?)
}

pub(super) fn raise_version(tx: &mut Tx) -> Result<bool> {
    let raised = diesel::update(catalogue_version::table.find(1))
        .set(catalogue_version::version.eq(catalogue_version::version + 1))
        .execute(&mut **tx)?;
    Ok(raised == 1)
}

/// In one read transaction, so that it fits together.
pub(super) fn load(conn: &mut DbConn) -> Result<Rows> {
    Ok(Rows {
        version: version(conn)?,
        categories: load_categories(conn)?,
        vendors: load_vendors(conn)?,
        products: load_products(conn)?,
        skus: load_skus(conn)?,
        notice: newest_notice(conn)?,
    })
}

fn load_categories(conn: &mut DbConn) -> Result<Vec<StoredCategory>> {
    Ok(categories::table
        .select((
            categories::id,
            categories::slug,
            (categories::name_zh, categories::name_ko, categories::name_en),
            categories::position,
        ))
        .order((categories::position, categories::id))
        .limit(ROWS_MAX)
        .load(conn)?)
}

fn load_vendors(conn: &mut DbConn) -> Result<Vec<StoredVendor>> {
    Ok(vendors::table
        .select((
            vendors::id,
            vendors::slug,
            (vendors::name_zh, vendors::name_ko, vendors::name_en),
            (vendors::intro_zh, vendors::intro_ko, vendors::intro_en),
            vendors::founded,
        ))
        .order(vendors::id)
        .limit(ROWS_MAX)
        .load(conn)?)
}

fn load_products(conn: &mut DbConn) -> Result<Vec<StoredProduct>> {
    Ok(products::table
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
        .limit(ROWS_MAX)
        .load(conn)?)
}

fn load_skus(conn: &mut DbConn) -> Result<Vec<StoredSku>> {
    Ok(skus::table
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
        .limit(ROWS_MAX)
        .load(conn)?)
}

/// Versions sort by age.
fn newest_notice(conn: &mut DbConn) -> Result<Option<StoredNotice>> {
    let notice = notices::table
        .select((notices::version, (notices::text_zh, notices::text_ko, notices::text_en)))
        .order(notices::version.desc())
        .first(conn)
        .optional()?;
    Ok(notice)
}

/// Declares the row of an edit, known by one column, and how it is put: written only if it differs from what is stored.
macro_rules! edited {
    ($(#[$doc:meta])* $Row:ident in $table:ident by $key:ident: $KeyType:ty { $($field:ident: $Type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
        #[diesel(table_name = $table, treat_none_as_null = true)]
        pub(crate) struct $Row {
            pub(crate) $key: $KeyType,
            $(pub(crate) $field: $Type,)+
        }

        impl $Row {
            fn stored(&self, conn: &mut DbConn) -> Result<Option<Self>> {
                let row = $table::table
                    .filter($table::$key.eq(&self.$key))
                    .select(($table::$key, $($table::$field,)+))
                    .get_result(conn)
                    .optional()?;
                Ok(row)
            }
        }
    };
}

/// As [`edited`], for tables that have no columns beside those of the row; gives `put`: whether something was written.
macro_rules! put_whole {
    ($($Row:ident in $table:ident by $key:ident,)+) => {$(
        impl $Row {
            pub(super) fn put(&self, tx: &mut Tx) -> Result<bool> {
                match self.stored(tx)? {
                    Some(stored) if stored == *self => return Ok(false),
                    Some(_) => diesel::update($table::table.filter($table::$key.eq(&self.$key)))
                        .set(self)
                        .execute(&mut **tx)?,
                    None => diesel::insert_into($table::table).values(self).execute(&mut **tx)?,
                };
                Ok(true)
            }
        }
    )+};
}

edited! {
    /// A category, known by its slug.
    CategoryRow in categories by slug: String {
        name_zh: String, name_ko: String, name_en: String, position: i32,
    }
}
edited! {
    /// A vendor, known by its slug.
    VendorRow in vendors by slug: String {
        name_zh: String, name_ko: String, name_en: String,
        intro_zh: String, intro_ko: String, intro_en: String,
        founded: i32,
    }
}
edited! {
    /// A product, known by its slug.
    ProductRow in products by slug: String {
        vendor_id: VendorId, category_id: CategoryId,
        name_zh: String, name_ko: String, name_en: String,
        summary_zh: String, summary_ko: String, summary_en: String,
        description_zh: String, description_ko: String, description_en: String,
        maker_zh: String, maker_ko: String, maker_en: String,
        origin_country: String, label_zh: String, search_terms: String, image: String,
        supervision: Supervision, published: bool,
    }
}
edited! {
    /// A SKU, known by its code. Price in fen, weight in grams.
    SkuRow in skus by code: String {
        product_id: ProductId,
        spec_zh: String, spec_ko: String, spec_en: String,
        price_fen: Fen, gross_weight_g: i64, limit_per_order: i64, shelf_life_days: Option<i32>, on_sale: bool,
    }
}
edited! {
    /// What customs wants to know of a SKU. Codes of GAC's parameter sets; quantities are decimal text.
    CustomsRow in sku_customs by sku_id: SkuId {
        gcode: String, name_zh: String, unit: String, unit1: String, unit2: Option<String>,
        qty1_per_piece: String, qty2_per_piece: Option<String>, net_content: String, net_content_unit: String,
        origin_code: String, currency_code: String, status: CustomsStatus,
    }
}
edited! {
    /// Freight to a province (two digits). Grams and fen; both weights are above zero.
    FreightRow in freight_rules by province: String {
        served: bool, first_weight_g: i64, first_fee_fen: Fen, step_weight_g: i64, step_fee_fen: Fen,
        free_from_fen: Option<Fen>,
    }
}
edited! {
    /// A consumer notice. Versions sort by age.
    NoticeRow in notices by version: String { text_zh: String, text_ko: String, text_en: String, }
}

put_whole! {
    CategoryRow in categories by slug,
    VendorRow in vendors by slug,
    SkuRow in skus by code,
    CustomsRow in sku_customs by sku_id,
    FreightRow in freight_rules by province,
    NoticeRow in notices by version,
}

impl ProductRow {
    pub(super) fn put(&self, tx: &mut Tx, at: Timestamp) -> Result<bool> {
        match self.stored(tx)? {
            Some(stored) if stored == *self => return Ok(false),
            Some(_) => diesel::update(products::table.filter(products::slug.eq(&self.slug)))
                .set((self, products::updated_at.eq(at)))
                .execute(&mut **tx)?,
            None => diesel::insert_into(products::table)
                .values((self, products::created_at.eq(at), products::updated_at.eq(at)))
                .execute(&mut **tx)?,
        };
        Ok(true)
    }
}

pub(super) fn category_id(conn: &mut DbConn, slug: &str) -> Result<Option<CategoryId>> {
    Ok(categories::table.filter(categories::slug.eq(slug)).select(categories::id).get_result(conn).optional()?)
}

pub(super) fn vendor_id(conn: &mut DbConn, slug: &str) -> Result<Option<VendorId>> {
    Ok(vendors::table.filter(vendors::slug.eq(slug)).select(vendors::id).get_result(conn).optional()?)
}

pub(super) fn product_id(conn: &mut DbConn, slug: &str) -> Result<Option<ProductId>> {
    Ok(products::table.filter(products::slug.eq(slug)).select(products::id).get_result(conn).optional()?)
}

pub(super) fn sku_id(conn: &mut DbConn, code: &str) -> Result<Option<SkuId>> {
    Ok(skus::table.filter(skus::code.eq(code)).select(skus::id).get_result(conn).optional()?)
}
