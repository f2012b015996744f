//! What a buyer holds without having paid.

use diesel::prelude::*;

use crate::db::DbConn;
use crate::db::schema::{order_lines, orders};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId, SkuId};
use crate::orders::OrderState;

/// Lines of the buyer's unpaid orders, at most `limit`, order by order.
pub(in crate::orders) fn lines(
    conn: &mut DbConn,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<(OrderId, SkuId, i64)>> {
    Ok(orders::table
        .inner_join(order_lines::table)
        .filter(orders::customer_id.eq(customer))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .order((orders::id, order_lines::sku_id))
        .limit(limit)
        .select((orders::id, order_lines::sku_id, order_lines::quantity))
        .load(conn)?)
}
