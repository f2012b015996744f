//! What a buyer holds without having paid.

use diesel::prelude::*;

use crate::db::DbConn;
use crate::db::schema::{order_lines, orders};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId, SkuId};
use crate::orders::OrderState;

/// The buyer's unpaid orders, at most `limit`.
pub(in crate::orders) fn of_customer(conn: &mut DbConn, customer: CustomerId, limit: i64) -> Result<Vec<OrderId>> {
    Ok(orders::table
        .filter(orders::customer_id.eq(customer))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .order(orders::id)
        .limit(limit)
        .select(orders::id)
        .load(conn)?)
}

/// Pieces of these SKUs in these orders, line by line.
pub(in crate::orders) fn pieces(conn: &mut DbConn, ids: &[OrderId], skus: &[SkuId]) -> Result<Vec<(SkuId, i64)>> {
    let limit = i64::try_from(ids.len().saturating_mul(skus.len())).unwrap_or(i64::MAX);
    Ok(order_lines::table
        .filter(order_lines::order_id.eq_any(ids))
        .filter(order_lines::sku_id.eq_any(skus))
        .order((order_lines::order_id, order_lines::sku_id))
        .limit(limit)
        .select((order_lines::sku_id, order_lines::quantity))
        .load(conn)?)
}
