//! Use cases of the cart.

use super::{LINES_MAX, store};
use crate::clock::Timestamp;
use crate::customers;
use crate::db::{DbConn, Tx};
use crate::error::{Code, Error, Refusal, Result};
use crate::ids::{CustomerId, SkuId};

/// Sets the pieces of one SKU. `not_found` for a SKU that is not on sale; `limit_reached` above what one order may hold
/// of it, and for a line more than a cart holds. What is left is not looked at: the line then says so when it is read.
pub(crate) fn put(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, quantity: i64, at: Timestamp) -> Result<()> {
    let limit = store::limit_of(tx, sku_id)?.ok_or(Code::NotFound)?;
    if quantity > limit {
        return Err(limit_reached("quantity", limit));
    }
    // Lines are counted: two requests at once must not both find the last place free.
    customers::service::lock(tx, customer_id)?;
    let in_cart = store::sku_ids(tx, customer_id)?;
    if !in_cart.contains(&sku_id) && i64::try_from(in_cart.len()).is_ok_and(|lines| lines >= LINES_MAX) {
        return Err(limit_reached("lines", LINES_MAX));
    }
    store::put(tx, customer_id, sku_id, quantity, at)
}

/// Takes a SKU out; fine if it is not in.
pub(crate) fn remove(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId) -> Result<()> {
    store::remove(tx, customer_id, sku_id)?;
    Ok(())
}

/// Takes what was ordered out of the cart: a line of at most the ordered pieces goes, a larger one keeps the rest. What
/// is not in the cart is passed over. Part of the transaction that places the order.
pub fn remove_ordered(tx: &mut Tx, customer_id: CustomerId, ordered: &[(SkuId, i64)]) -> Result<()> {
    let in_cart = store::sku_ids(tx, customer_id)?;
    for &(sku_id, quantity) in ordered {
        if in_cart.contains(&sku_id) && !store::remove_up_to(tx, customer_id, sku_id, quantity)? {
            store::reduce(tx, customer_id, sku_id, quantity)?;
        }
    }
    Ok(())
}

/// Empties the cart.
pub fn clear(tx: &mut Tx, customer_id: CustomerId) -> Result<()> {
    store::clear(tx, customer_id)
}

/// SKU codes, pieces and since when, oldest first, for a copy of the buyer's own data.
pub fn copy(conn: &mut DbConn, customer_id: CustomerId) -> Result<Vec<(String, i64, Timestamp)>> {
    let lines = store::lines(conn, customer_id)?;
    Ok(lines.into_iter().map(|line| (line.sku_code, line.quantity, line.added_at)).collect())
}

fn limit_reached(of: &str, limit: i64) -> Error {
    Refusal::new(Code::LimitReached).with("limit_of", of).with("limit", limit).into()
}
