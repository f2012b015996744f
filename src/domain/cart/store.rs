//! Rows of carts. Every function takes whose cart it is.

use diesel::prelude::*;

use super::LINES_MAX;
use crate::base::clock::Timestamp;
use crate::base::db::schema::cart_items;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::{CustomerId, SkuId};

/// SKUs, pieces and since when, oldest first, for a copy of the buyer's own data.
pub(crate) fn copy(conn: &mut DbConn, customer_id: CustomerId) -> Result<Vec<(SkuId, i64, Timestamp)>> {
    conn.rows(
        cart_items::table
            .filter(cart_items::customer_id.eq(customer_id))
            .select((cart_items::sku_id, cart_items::quantity, cart_items::added_at))
            .order((cart_items::added_at, cart_items::sku_id))
            .limit(LINES_MAX),
    )
}

/// In id order.
pub(crate) fn sku_ids(conn: &mut DbConn, customer_id: CustomerId) -> Result<Vec<SkuId>> {
    conn.rows(
        cart_items::table
            .filter(cart_items::customer_id.eq(customer_id))
            .select(cart_items::sku_id)
            .order(cart_items::sku_id)
            .limit(LINES_MAX),
    )
}

/// A line that is there keeps its place.
pub(crate) fn put(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, quantity: i64, at: Timestamp) -> Result<()> {
    let row = (
        cart_items::customer_id.eq(customer_id),
        cart_items::sku_id.eq(sku_id),
        cart_items::quantity.eq(quantity),
        cart_items::added_at.eq(at),
    );
    let insert = diesel::insert_into(cart_items::table)
        .values(row)
        .on_conflict((cart_items::customer_id, cart_items::sku_id))
        .do_update()
        .set(cart_items::quantity.eq(quantity));
    tx.execute(insert)?;
    Ok(())
}

/// Whether there was such a line.
pub(crate) fn remove(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId) -> Result<bool> {
    Ok(tx.execute(diesel::delete(cart_items::table.find((customer_id, sku_id))))? == 1)
}

/// Empties the cart.
pub(crate) fn clear(tx: &mut Tx, customer_id: CustomerId) -> Result<()> {
    tx.execute(diesel::delete(cart_items::table.filter(cart_items::customer_id.eq(customer_id))))?;
    Ok(())
}

/// Removes a line of at most `quantity` pieces; whether there was such a line.
pub(crate) fn remove_up_to(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, quantity: i64) -> Result<bool> {
    let line = cart_items::table.find((customer_id, sku_id)).filter(cart_items::quantity.le(quantity));
    Ok(tx.execute(diesel::delete(line))? == 1)
}

/// Takes `by` pieces off a line of more than that; none if it is gone meanwhile.
pub(crate) fn reduce(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, by: i64) -> Result<()> {
    let line = cart_items::table.find((customer_id, sku_id)).filter(cart_items::quantity.gt(by));
    tx.execute(diesel::update(line).set(cart_items::quantity.eq(cart_items::quantity - by)))?;
    Ok(())
}
