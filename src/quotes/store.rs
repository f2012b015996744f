//! Rows that a price rests on. Reads only.

use diesel::prelude::*;

use crate::catalogue::{Supervision, Text3};
use crate::db::schema::{freight_rules, notices, products, skus, stock};
use crate::db::{DbConn, on_backend};
use crate::error::Result;
use crate::ids::{ProductId, SkuId, VendorId};
use crate::money::Fen;

/// A SKU with its product and what is left of it.
#[derive(Clone, Debug, Queryable)]
pub(super) struct SkuRow {
    pub(super) id: SkuId,
    pub(super) code: String,
    pub(super) spec: Text3,
    pub(super) price_fen: Fen,
    pub(super) gross_weight_g: i64,
    pub(super) limit_per_order: i64,
    pub(super) on_sale: bool,
    pub(super) product_id: ProductId,
    pub(super) vendor_id: VendorId,
    pub(super) name: Text3,
    pub(super) image: String,
    pub(super) supervision: Supervision,
    pub(super) published: bool,
    /// None if it never had stock.
    pub(super) available: Option<i64>,
}

/// In id order; at most as many as ids are given.
pub(super) fn skus(conn: &mut DbConn, ids: &[SkuId]) -> Result<Vec<SkuRow>> {
    let limit = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let rows = on_backend!(conn, |c| skus::table
        .inner_join(products::table)
        .left_join(stock::table)
        .filter(skus::id.eq_any(ids))
        .select((
            skus::id,
            skus::code,
            (skus::spec_zh, skus::spec_ko, skus::spec_en),
            skus::price_fen,
            skus::gross_weight_g,
            skus::limit_per_order,
            skus::on_sale,
            products::id,
            products::vendor_id,
            (products::name_zh, products::name_ko, products::name_en),
            products::image,
            products::supervision,
            products::published,
            stock::available.nullable(),
        ))
        .order(skus::id)
        .limit(limit)
        .load(c))?;
    Ok(rows)
}

/// How freight to a province is computed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub(super) struct FreightRule {
    pub(super) first_weight_g: i64,
    pub(super) first_fee_fen: Fen,
    pub(super) step_weight_g: i64,
    pub(super) step_fee_fen: Fen,
    pub(super) free_from_fen: Option<Fen>,
}

/// `None` if nothing is delivered there. `province` is two digits.
pub(super) fn freight_rule(conn: &mut DbConn, province: &str) -> Result<Option<FreightRule>> {
    let rule = freight_rules::table
        .filter(freight_rules::province.eq(province))
        .filter(freight_rules::served.eq(true))
        .select((
            freight_rules::first_weight_g,
            freight_rules::first_fee_fen,
            freight_rules::step_weight_g,
            freight_rules::step_fee_fen,
            freight_rules::free_from_fen,
        ))
        .first(conn)
        .optional()?;
    Ok(rule)
}

/// Version of the consumer notice in force. Versions sort by age.
pub(super) fn newest_notice(conn: &mut DbConn) -> Result<Option<String>> {
    Ok(notices::table.select(notices::version).order(notices::version.desc()).first(conn).optional()?)
}
