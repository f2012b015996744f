//! Orders. One order = one `out_trade_no` = `order_no`; what is to be paid is frozen when it is placed.
//!
//! Placing holds the stock, in the transaction that writes the order, the lines, the timeline and the expiry job: either all of it is
//! there, or nothing. Thirty minutes later the order expires, unless it was paid. Every move is guarded by the state it leaves.

pub mod admin;
pub mod api;
pub mod service;
mod state;
mod store;
mod view;

use std::time::Duration;

use crate::clock::Timestamp;
use crate::db::sql_text_enum;
use crate::ids::{CustomerId, OrderId};
use crate::money::Fen;

pub use state::{Hold, Move, OrderState, after};
pub(crate) use store::{NewEvent, NewLine};
pub use view::OrderView;

/// How long an unpaid order holds its stock; also `time_expire` at WeChat.
pub const PAY_WITHIN: Duration = Duration::from_mins(30);

/// Unpaid orders that one buyer may have at a time.
pub const UNPAID_MAX: i64 = 5;

/// The job that ends an unpaid order; payload = order number. Run by `payments`, which knows how to ask WeChat first.
pub const EXPIRY_JOB: &str = "order_expiry";

/// The key of an order's expiry job.
pub fn expiry_key(order_no: &str) -> String {
    format!("{EXPIRY_JOB}:{order_no}")
}

sql_text_enum! {
    /// Who made a move.
    pub enum Actor {
        /// The buyer.
        Customer = "customer",
        /// A job.
        System = "system",
        /// A notify, or WeChat's answer to a query.
        Wechat = "wechat",
        /// A person who runs the shop.
        Operator = "operator",
    }
}

sql_text_enum! {
    /// What stands on an order's timeline.
    pub enum EventKind {
        /// Placed; stock held.
        Placed = "placed",
        /// Paid.
        Paid = "paid",
        /// Closing at WeChat was begun.
        Closing = "closing",
        /// Cancelled by the buyer.
        CancelledByCustomer = "cancelled_by_customer",
        /// Not paid in time.
        Expired = "expired",
        /// Closed at WeChat by somebody else.
        ClosedUpstream = "closed_upstream",
        /// Money came after the order was cancelled.
        LatePayment = "late_payment",
        /// A refund was asked for.
        RefundRequested = "refund_requested",
        /// WeChat paid a refund out.
        Refunded = "refunded",
        /// A refund could not be paid out; a person looks.
        RefundFailed = "refund_failed",
    }
}

sql_text_enum! {
    /// Why an order was cancelled.
    pub enum CancelReason {
        /// The buyer wanted it.
        Customer = "customer",
        /// Not paid within [`PAY_WITHIN`].
        Expired = "expired",
        /// WeChat had it closed.
        ClosedUpstream = "closed_upstream",
    }
}

impl CancelReason {
    /// How it stands on the timeline.
    pub const fn event(self) -> EventKind {
        match self {
            Self::Customer => EventKind::CancelledByCustomer,
            Self::Expired => EventKind::Expired,
            Self::ClosedUpstream => EventKind::ClosedUpstream,
        }
    }

    /// Who did it.
    pub const fn actor(self) -> Actor {
        match self {
            Self::Customer => Actor::Customer,
            Self::Expired => Actor::System,
            Self::ClosedUpstream => Actor::Wechat,
        }
    }
}

/// An order as use cases see it; what only readers want stays in the store.
#[derive(Clone, Debug, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::db::schema::orders)]
pub struct Order {
    /// Row.
    pub id: OrderId,
    /// Public number, also `out_trade_no`.
    pub order_no: String,
    /// Whose.
    pub customer_id: CustomerId,
    /// Fulfilment.
    pub state: OrderState,
    /// Why it waits.
    pub hold: Option<Hold>,
    /// Frozen when placed.
    pub payable_fen: Fen,
    /// What came in.
    pub paid_fen: Fen,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it expires unpaid.
    pub expires_at: Timestamp,
    /// Set with the first call to WeChat: before, nobody can have paid.
    pub payment_opened_at: Option<Timestamp>,
    /// Why it was, or is being, cancelled.
    pub cancel_reason: Option<CancelReason>,
}
