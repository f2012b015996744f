//! The timeline of an order: what happened, who did it, when. Rows are only ever added.

use diesel::prelude::*;

use super::OrderState;
use super::state::OrderMove;
use crate::base::clock::Timestamp;
use crate::base::db::schema::order_events;
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;
use crate::base::ids::OrderId;
use crate::base::money::Fen;
use crate::base::sql_types::sql_text_enum;

/// Steps that are read of one order.
const EVENTS_MAX: i64 = 200;

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
        /// Placed; stock reserved.
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

/// A step as it is written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = order_events, treat_none_as_default_value = false)]
pub(crate) struct NewEvent {
    pub(crate) order_id: OrderId,
    pub(crate) kind: EventKind,
    pub(crate) actor: Actor,
    pub(crate) from_state: Option<OrderState>,
    pub(crate) to_state: Option<OrderState>,
    pub(crate) amount_fen: Option<Fen>,
    pub(crate) at: Timestamp,
}

/// A step of the timeline.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = order_events)]
pub(crate) struct EventRow {
    pub(crate) kind: EventKind,
    pub(crate) actor: Actor,
    pub(crate) to_state: Option<OrderState>,
    pub(crate) amount_fen: Option<Fen>,
    pub(crate) at: Timestamp,
}

/// What a step tells.
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) actor: Actor,
    pub(crate) amount_fen: Option<Fen>,
    pub(crate) recorded: Recorded,
}

/// Which states a step stands between.
pub(crate) enum Recorded {
    /// The state did not change.
    Unmoved,
    /// The order was made.
    Made,
    /// The order was moved, from this state.
    Moved(OrderState, OrderMove),
}

impl Event {
    /// A step that did not change the state.
    pub(crate) fn new(kind: EventKind, actor: Actor) -> Self {
        Self { kind, actor, amount_fen: None, recorded: Recorded::Unmoved }
    }

    /// With the money that it was about.
    pub(crate) fn of(mut self, amount: Fen) -> Self {
        self.amount_fen = Some(amount);
        self
    }

    /// With the move that it was.
    pub(crate) fn moved(mut self, recorded: Recorded) -> Self {
        self.recorded = recorded;
        self
    }
}

/// Writes a step down, in the transaction of what it tells of.
pub(crate) fn record(tx: &mut Tx, order_id: OrderId, event: Event, at: Timestamp) -> Result<()> {
    let Event { kind, actor, amount_fen, recorded } = event;
    let (from_state, to_state) = match recorded {
        Recorded::Unmoved => (None, None),
        Recorded::Made => (None, Some(OrderState::PendingPayment)),
        Recorded::Moved(from, step) => (Some(from), Some(step.to())),
    };
    let row = NewEvent { order_id, kind, actor, from_state, to_state, amount_fen, at };
    tx.execute(diesel::insert_into(order_events::table).values(row))?;
    Ok(())
}

/// Steps of past orders, for the seeder.
pub(crate) fn insert_events(tx: &mut Tx, rows: &[NewEvent]) -> Result<()> {
    on_backend!(tx.conn(), |c| diesel::insert_into(order_events::table).values(rows).execute(c))?;
    Ok(())
}

/// The timeline, oldest first, at most 200 steps.
pub(crate) fn events(conn: &mut DbConn, id: OrderId) -> Result<Vec<EventRow>> {
    Ok(on_backend!(conn, |c| EventRow::query()
        .filter(order_events::order_id.eq(id))
        .order(order_events::id)
        .limit(EVENTS_MAX)
        .load(c))?)
}

/// The timelines of some orders, oldest step first.
pub(crate) fn events_of(conn: &mut DbConn, ids: &[OrderId]) -> Result<Vec<(OrderId, EventRow)>> {
    let limit = i64::try_from(ids.len()).unwrap_or(i64::MAX).saturating_mul(EVENTS_MAX);
    Ok(order_events::table
        .filter(order_events::order_id.eq_any(ids))
        .order((order_events::order_id, order_events::id))
        .limit(limit)
        .select((order_events::order_id, EventRow::as_select()))
        .load(conn)?)
}
