//! A cart's lines with what they are priced from.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::DbConn;
use crate::base::db::schema::{cart_items, products, skus, stock};
use crate::base::error::Result;
use crate::base::ids::CustomerId;
use crate::domain::cart::LINES_MAX;
use crate::domain::catalogue::{SellableSku, sellable};

/// A line of a cart.
#[derive(Clone, Debug, Queryable)]
pub(super) struct CartRow {
    pub(super) quantity: i64,
    pub(super) added_at: Timestamp,
    pub(super) sku: SellableSku,
}

/// Oldest first.
pub(super) fn lines(conn: &mut DbConn, customer_id: CustomerId) -> Result<Vec<CartRow>> {
    conn.rows(
        cart_items::table
            .inner_join(skus::table.inner_join(products::table).left_join(stock::table))
            .filter(cart_items::customer_id.eq(customer_id))
            .select((cart_items::quantity, cart_items::added_at, sellable()))
            .order((cart_items::added_at, cart_items::sku_id))
            .limit(LINES_MAX),
    )
}
