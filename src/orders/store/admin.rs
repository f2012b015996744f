//! What operators read of orders. Payments and refunds are read by their columns: those domains stand above this one.

use diesel::prelude::*;

use super::super::{CancelReason, Hold, OrderState};
use crate::clock::Timestamp;
use crate::db::DbConn;
use crate::db::schema::{orders, payments, refunds};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId};
use crate::money::Fen;

/// An order as operators see it; the consignee is still sealed.
#[derive(Queryable, Selectable)]
#[diesel(table_name = orders)]
pub(in crate::orders) struct AdminRow {
    pub(in crate::orders) id: OrderId,
    pub(in crate::orders) order_no: String,
    pub(in crate::orders) customer_id: CustomerId,
    pub(in crate::orders) state: OrderState,
    pub(in crate::orders) hold: Option<Hold>,
    pub(in crate::orders) goods_fen: Fen,
    pub(in crate::orders) freight_fen: Fen,
    pub(in crate::orders) tax_fen: Fen,
    pub(in crate::orders) discount_fen: Fen,
    pub(in crate::orders) payable_fen: Fen,
    pub(in crate::orders) paid_fen: Fen,
    pub(in crate::orders) refund_committed_fen: Fen,
    pub(in crate::orders) refunded_fen: Fen,
    pub(in crate::orders) scene: Option<String>,
    pub(in crate::orders) province: String,
    pub(in crate::orders) city: String,
    pub(in crate::orders) district: String,
    pub(in crate::orders) consignee_sealed: Vec<u8>,
    pub(in crate::orders) placed_at: Timestamp,
    pub(in crate::orders) expires_at: Timestamp,
    pub(in crate::orders) paid_at: Option<Timestamp>,
    pub(in crate::orders) cancelled_at: Option<Timestamp>,
    pub(in crate::orders) cancel_reason: Option<CancelReason>,
}

/// Which orders.
#[derive(Clone, Default)]
pub(in crate::orders) struct Sought {
    pub(in crate::orders) state: Option<OrderState>,
    /// The whole number: by its index, however many orders there are.
    pub(in crate::orders) order_no: Option<String>,
    pub(in crate::orders) before: Option<OrderId>,
}

/// Newest first.
pub(in crate::orders) fn page(conn: &mut DbConn, sought: &Sought, limit: i64) -> Result<Vec<AdminRow>> {
    let mut query = orders::table.order(orders::id.desc()).limit(limit).select(AdminRow::as_select()).into_boxed();
    if let Some(state) = sought.state {
        query = query.filter(orders::state.eq(state));
    }
    if let Some(order_no) = &sought.order_no {
        query = query.filter(orders::order_no.eq(order_no));
    }
    if let Some(before) = sought.before {
        query = query.filter(orders::id.lt(before));
    }
    Ok(query.load(conn)?)
}

pub(in crate::orders) fn by_no(conn: &mut DbConn, order_no: &str) -> Result<Option<AdminRow>> {
    Ok(orders::table.filter(orders::order_no.eq(order_no)).select(AdminRow::as_select()).first(conn).optional()?)
}

/// What an operator may see of a payment: neither the payer nor the request.
#[derive(Queryable, Selectable)]
#[diesel(table_name = payments)]
pub(in crate::orders) struct PaymentRow {
    pub(in crate::orders) state: String,
    pub(in crate::orders) amount_fen: Fen,
    pub(in crate::orders) transaction_id: Option<String>,
    pub(in crate::orders) opened_at: Timestamp,
    pub(in crate::orders) success_at: Option<Timestamp>,
    pub(in crate::orders) closed_at: Option<Timestamp>,
}

pub(in crate::orders) fn payment(conn: &mut DbConn, id: OrderId) -> Result<Option<PaymentRow>> {
    Ok(payments::table.filter(payments::order_id.eq(id)).select(PaymentRow::as_select()).first(conn).optional()?)
}

/// What an operator may see of a refund: not the request.
#[derive(Queryable, Selectable)]
#[diesel(table_name = refunds)]
pub(in crate::orders) struct RefundRow {
    pub(in crate::orders) out_refund_no: String,
    pub(in crate::orders) refund_id: Option<String>,
    pub(in crate::orders) amount_fen: Fen,
    pub(in crate::orders) state: String,
    pub(in crate::orders) reason: String,
    pub(in crate::orders) requested_at: Timestamp,
    pub(in crate::orders) finished_at: Option<Timestamp>,
}

/// Oldest first, at most 200.
pub(in crate::orders) fn refunds_of(conn: &mut DbConn, id: OrderId) -> Result<Vec<RefundRow>> {
    Ok(refunds::table
        .filter(refunds::order_id.eq(id))
        .order(refunds::id)
        .limit(200)
        .select(RefundRow::as_select())
        .load(conn)?)
}
