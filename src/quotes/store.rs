//! Rows that a price rests on. Reads only.

use diesel::prelude::*;

use crate::catalogue::{Supervision, Text3};
use crate::db::DbConn;
use crate::db::schema::{freight_rules, notices, products, skus, stock};
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

#[diesel::dsl::auto_type]
fn sku_rows() -> _ {
    skus::table.inner_join(products::table).left_join(stock::table).select((
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
}

/// Those of `ids` that there are, in the order of `ids`, which is that of the ids.
///
/// PostgreSQL is asked once for all of them. On SQLite a list of ids can't be a prepared statement: one at a time takes
/// 2.5 µs each, all at once 20 µs before the first (measured), and nothing is saved on the way there.
pub(super) fn skus(conn: &mut DbConn, ids: &[SkuId]) -> Result<Vec<SkuRow>> {
    match conn {
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(conn) => {
            let one = |&id: &SkuId| sku_rows().filter(skus::id.eq(id)).get_result(conn).optional().transpose();
            Ok(ids.iter().filter_map(one).collect::<QueryResult<_>>()?)
        }
        #[cfg(feature = "postgres")]
        DbConn::Postgres(conn) => Ok(sku_rows().filter(skus::id.eq_any(ids)).order(skus::id).load(conn)?),
    }
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
        .get_result(conn)
        .optional()?;
    Ok(rule)
}

/// Version of the consumer notice in force. Versions sort by age.
pub(super) fn newest_notice(conn: &mut DbConn) -> Result<Option<String>> {
    Ok(notices::table.select(diesel::dsl::max(notices::version)).get_result(conn)?)
}
