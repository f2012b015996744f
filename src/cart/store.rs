//! Rows of carts. Every function takes whose cart it is.

use diesel::prelude::*;

use super::LINES_MAX;
use crate::catalogue::{Supervision, Text3};
use crate::clock::Timestamp;
use crate::db::schema::{cart_items, products, skus, stock};
use crate::db::{DbConn, Tx, on_backend};
use crate::error::Result;
use crate::ids::{CustomerId, ProductId, SkuId};
use crate::money::Fen;

/// A line with what it is priced from.
#[derive(Clone, Debug, Queryable)]
pub(super) struct LineRow {
    pub(super) sku_id: SkuId,
    pub(super) quantity: i64,
    pub(super) added_at: Timestamp,
    pub(super) sku_code: String,
    pub(super) spec: Text3,
    pub(super) price_fen: Fen,
    pub(super) limit_per_order: i64,
    pub(super) on_sale: bool,
    pub(super) product_id: ProductId,
    pub(super) product_slug: String,
    pub(super) name: Text3,
    pub(super) image: String,
    pub(super) supervision: Supervision,
    pub(super) published: bool,
    pub(super) available: Option<i64>,
}

/// Oldest first.
pub(super) fn lines(conn: &mut DbConn, customer_id: CustomerId) -> Result<Vec<LineRow>> {
    Ok(cart_items::table
        .inner_join(skus::table.inner_join(products::table).left_join(stock::table))
        .filter(cart_items::customer_id.eq(customer_id))
        .select((
            cart_items::sku_id,
            cart_items::quantity,
            cart_items::added_at,
            skus::code,
            (skus::spec_zh, skus::spec_ko, skus::spec_en),
            skus::price_fen,
            skus::limit_per_order,
            skus::on_sale,
            products::id,
            products::slug,
            (products::name_zh, products::name_ko, products::name_en),
            products::image,
            products::supervision,
            products::published,
            stock::available.nullable(),
        ))
        .order((cart_items::added_at, cart_items::sku_id))
        .limit(LINES_MAX)
        .load(conn)?)
}

/// What one order may hold of a SKU that is on sale.
pub(super) fn limit_of(conn: &mut DbConn, sku_id: SkuId) -> Result<Option<i64>> {
    let limit = skus::table
        .inner_join(products::table)
        .filter(skus::id.eq(sku_id))
        .filter(skus::on_sale.eq(true))
        .filter(products::published.eq(true))
        .select(skus::limit_per_order)
        .get_result(conn)
        .optional()?;
    Ok(limit)
}

/// In id order.
pub(super) fn sku_ids(conn: &mut DbConn, customer_id: CustomerId) -> Result<Vec<SkuId>> {
    Ok(cart_items::table
        .filter(cart_items::customer_id.eq(customer_id))
        .select(cart_items::sku_id)
        .order(cart_items::sku_id)
        .limit(LINES_MAX)
        .load(conn)?)
}

/// A line that is there keeps its place.
pub(super) fn put(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, quantity: i64, at: Timestamp) -> Result<()> {
    let row = (
        cart_items::customer_id.eq(customer_id),
        cart_items::sku_id.eq(sku_id),
        cart_items::quantity.eq(quantity),
        cart_items::added_at.eq(at),
    );
    on_backend!(&mut **tx, |c| diesel::insert_into(cart_items::table)
        .values(row)
        .on_conflict((cart_items::customer_id, cart_items::sku_id))
        .do_update()
        .set(cart_items::quantity.eq(quantity))
        .execute(c))?;
    Ok(())
}

/// Whether there was such a line.
pub(super) fn remove(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId) -> Result<bool> {
    Ok(diesel::delete(cart_items::table.find((customer_id, sku_id))).execute(&mut **tx)? == 1)
}

pub(super) fn clear(tx: &mut Tx, customer_id: CustomerId) -> Result<()> {
    diesel::delete(cart_items::table.filter(cart_items::customer_id.eq(customer_id))).execute(&mut **tx)?;
    Ok(())
}

/// Removes a line of at most `quantity` pieces; whether there was such a line.
pub(super) fn remove_up_to(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, quantity: i64) -> Result<bool> {
    let line = cart_items::table.find((customer_id, sku_id)).filter(cart_items::quantity.le(quantity));
    Ok(diesel::delete(line).execute(&mut **tx)? == 1)
}

/// Takes `by` pieces off a line of more than that; none if it is gone meanwhile.
pub(super) fn reduce(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, by: i64) -> Result<()> {
    let line = cart_items::table.find((customer_id, sku_id)).filter(cart_items::quantity.gt(by));
    diesel::update(line).set(cart_items::quantity.eq(cart_items::quantity - by)).execute(&mut **tx)?;
    Ok(())
}
