//! Payments: record, commit, call WeChat, commit the answer. No transaction is open while WeChat is asked, and an unknown outcome
//! stays unknown until a query by the same number settles it.
//!
//! The truth comes on three ways, all ending in [`service::settle`]: WeChat's notify, our queries (5 s, 30 s, 1 min after the pay call,
//! then every minute), and the buyer's `payment/sync`. Whichever comes first counts; the others find it done.

pub mod api;
pub mod jobs;
pub mod service;
mod state;
mod store;

use std::time::Duration;

use crate::clock::Timestamp;
use crate::ids::{OrderId, PaymentId};
use crate::money::Fen;

pub use state::{PaymentState, may_become};

/// Asks WeChat for an open payment; payload = order number.
pub const QUERY_JOB: &str = "payment_query";
/// Ends the closing of an order whose end at WeChat is not known yet; payload = order number.
pub const CLOSE_JOB: &str = "payment_close";

/// One call to WeChat at a time an order: longer than the client's own deadline.
const CALL_LEASE: Duration = Duration::from_secs(15);
/// A `prepay_id` lives two hours (JSAPI 下单); ten minutes are left for the buyer to type.
const PREPAY_ID_USABLE: Duration = Duration::from_mins(110);

/// A payment.
#[derive(Clone, Debug, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::db::schema::payments)]
pub struct Payment {
    /// Row.
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
    /// The prepay request, byte for byte.
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
