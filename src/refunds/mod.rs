//! Refunds: one row and one `out_refund_no` for ever. The row is written first, WeChat is called by a job, and the sum set aside on
//! the order can't pass what was paid, by constraint.

pub mod jobs;
pub mod service;
mod state;
mod store;

use crate::ids::{OrderId, PaymentId, RefundId};
use crate::money::Fen;

pub use state::{RefundState, may_become};

/// The job that carries a refund to its end; payload = `out_refund_no`.
pub const REFUND_JOB: &str = "refund";

/// The key of a refund's job.
pub fn refund_key(out_refund_no: &str) -> String {
    format!("{REFUND_JOB}:{out_refund_no}")
}

/// A refund.
#[derive(Clone, Debug, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::db::schema::refunds)]
pub struct Refund {
    /// Row.
    pub id: RefundId,
    /// Of which order.
    pub order_id: OrderId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Our number at WeChat.
    pub out_refund_no: String,
    /// What goes back.
    pub amount_fen: Fen,
    /// Where it stands.
    pub state: RefundState,
    /// The request, byte for byte.
    pub request: Vec<u8>,
}
