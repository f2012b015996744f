//! Refunds: one row and one `out_refund_no` for ever. The row is written first, WeChat is called by a job, and the sum set aside on
//! the order can't pass what was paid, by constraint.

mod state;
mod store;

use crate::base::ids::{OrderId, PaymentId, RefundId};
use crate::base::money::Fen;

pub(crate) use state::RefundMove;
pub use state::RefundState;
pub(crate) use store::{advance_to, by_no, copies, insert, open_of, sums_between};

/// A refund.
#[derive(Clone, Debug, diesel::HasQuery)]
#[diesel(table_name = crate::base::db::schema::refunds)]
pub struct Refund {
    pub id: RefundId,
    /// Of which order.
    pub order_id: OrderId,
    /// Our number at WeChat.
    pub out_refund_no: String,
    /// What goes back.
    pub amount_fen: Fen,
    /// Where it stands.
    pub state: RefundState,
    /// The request, byte for byte.
    pub request: Vec<u8>,
}

/// A refund to be asked for.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// Of which order.
    pub order_id: OrderId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Made before the transaction, used for ever.
    pub out_refund_no: String,
    /// What goes back.
    pub amount_fen: Fen,
    /// What was paid.
    pub total_fen: Fen,
    /// Shown to the buyer in WeChat; at most 80 characters.
    pub reason: &'static str,
    /// The request, byte for byte.
    pub request: Vec<u8>,
}
