//! What an operator may see of an order's payment and refunds: neither the payer nor the requests.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::clock::Timestamp;
use crate::base::db::DbConn;
use crate::base::db::schema::{payments, refunds};
use crate::base::error::Result;
use crate::base::ids::OrderId;
use crate::base::money::Fen;

/// Refunds that are shown of one order.
const REFUNDS_MAX: i64 = 200;

/// The payment of an order.
#[derive(Serialize, ToSchema, HasQuery)]
#[diesel(table_name = payments)]
pub(super) struct AdminPayment {
    /// `open`, `paid` or `closed`.
    state: String,
    amount_fen: Fen,
    /// WeChat's number, once paid.
    transaction_id: Option<String>,
    opened_at: Timestamp,
    success_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

/// A refund of an order.
#[derive(Serialize, ToSchema, HasQuery)]
#[diesel(table_name = refunds)]
pub(super) struct AdminRefund {
    /// Our number at WeChat.
    out_refund_no: String,
    /// WeChat's number, once it has answered.
    refund_id: Option<String>,
    amount_fen: Fen,
    /// `requested`, `processing`, `succeeded`, `abnormal` or `closed`.
    state: String,
    reason: String,
    requested_at: Timestamp,
    finished_at: Option<Timestamp>,
}

pub(super) fn payment(conn: &mut DbConn, id: OrderId) -> Result<Option<AdminPayment>> {
    Ok(AdminPayment::query().filter(payments::order_id.eq(id)).first(conn).optional()?)
}

/// Oldest first, at most 200.
pub(super) fn refunds_of(conn: &mut DbConn, id: OrderId) -> Result<Vec<AdminRefund>> {
    let of_order = AdminRefund::query().filter(refunds::order_id.eq(id));
    Ok(of_order.order(refunds::id).limit(REFUNDS_MAX).load(conn)?)
}
