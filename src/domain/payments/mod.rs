//! Payments, and WeChat's notifies as they came. One order has one payment and one `out_trade_no` for ever; what is sent to WeChat is
//! stored byte for byte before it is sent. How a payment is made, asked for and settled is told in `flows`.

mod jobs;
mod sealed;
mod state;
mod store;

use crate::base::clock::Timestamp;
use crate::base::ids::{OrderId, PaymentId};
use crate::base::money::Fen;

pub(crate) use jobs::{ExpireOrder, FinishClosing, QueryPayment};
pub(crate) use sealed::{open_request, reseal_request, seal_notify, seal_request};
pub use state::PaymentState;
pub(crate) use store::*;

/// A payment.
#[derive(Clone, Debug, diesel::HasQuery)]
#[diesel(table_name = crate::base::db::schema::payments)]
pub struct Payment {
    pub id: PaymentId,
    /// Of which order.
    pub order_id: OrderId,
    /// Our number at WeChat = the order's number.
    pub out_trade_no: String,
    /// Who has to pay.
    pub payer_openid: String,
    /// What has to be paid.
    pub amount_fen: Fen,
    /// Where it stands.
    pub state: PaymentState,
    /// The prepay request, sealed ([`open_request`]).
    pub request: Vec<u8>,
    /// WeChat's session for paying.
    pub prepay_id: Option<String>,
    /// When WeChat gave it.
    pub prepaid_at: Option<Timestamp>,
    /// WeChat's number, once paid.
    pub transaction_id: Option<String>,
    /// Fences off a caller that was too slow.
    pub call_generation: i64,
    /// A call to WeChat runs until then at most.
    pub call_lease_until: Option<Timestamp>,
    /// The first pay call.
    pub opened_at: Timestamp,
}
