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
pub(crate) struct AdminPayment {
    /// `open`, `paid` or `closed`.
    pub(in crate::console) state: String,
    pub(in crate::console) amount_fen: Fen,
    /// WeChat's number, once paid.
    pub(in crate::console) transaction_id: Option<String>,
    pub(in crate::console) opened_at: Timestamp,
    pub(in crate::console) success_at: Option<Timestamp>,
    pub(in crate::console) closed_at: Option<Timestamp>,
}

/// A refund of an order.
#[derive(Serialize, ToSchema, HasQuery)]
#[diesel(table_name = refunds)]
pub(crate) struct AdminRefund {
    /// Our number at WeChat.
    pub(in crate::console) out_refund_no: String,
    /// WeChat's number, once it has answered.
    pub(in crate::console) refund_id: Option<String>,
    pub(in crate::console) amount_fen: Fen,
    /// `requested`, `processing`, `succeeded`, `abnormal` or `closed`.
    pub(in crate::console) state: String,
    pub(in crate::console) reason: String,
    pub(in crate::console) requested_at: Timestamp,
    pub(in crate::console) finished_at: Option<Timestamp>,
}

pub(super) fn payment(conn: &mut DbConn, id: OrderId) -> Result<Option<AdminPayment>> {
    Ok(AdminPayment::query().filter(payments::order_id.eq(id)).first(conn).optional()?)
}

/// Oldest first, at most 200.
pub(super) fn refunds_of(conn: &mut DbConn, id: OrderId) -> Result<Vec<AdminRefund>> {
    let of_order = AdminRefund::query().filter(refunds::order_id.eq(id));
    Ok(of_order.order(refunds::id).limit(REFUNDS_MAX).load(conn)?)
}
