//! Orders. One order = one `out_trade_no` = `order_no`; what is to be paid is frozen when it is placed.
//!
//! A row is written and read as one [`OrderContent`]; what buyers and operators see are projections of it. Every change is a guarded UPDATE
//! whose row count decides, and every move of the state goes through the table in `state.rs`.

mod row;
mod sealed;
mod state;
mod store;
mod timeline;
mod view;

use std::time::Duration;

use crate::base::error::{Code, Refusal};
use crate::base::sql_types::sql_text_enum;
use crate::domain::catalogue::Supervision;

pub use row::{LineContent, LineRow, Order, OrderContent, OrderRow, Place, Sums, TaxBasis};
pub(crate) use sealed::{Consignee, SealedParts, consignee_or_nothing, open_identity, seal_consignee, seal_identity};
pub(crate) use state::OrderMove;
pub use state::{Hold, OrderState};
pub use store::commit_refund;
pub(crate) use store::*;
pub(crate) use store::{account, first_form};
pub use timeline::{Actor, EventKind};
pub(crate) use timeline::{Event, EventRow, NewEvent, Recorded, events, events_of, insert_events, record};
pub use view::OrderView;
pub(crate) use view::{EventView, LineView, view_of};

/// How long an unpaid order keeps its stock; also `time_expire` at WeChat.
pub const PAY_WITHIN: Duration = Duration::from_mins(30);
/// How long what is sealed on a paid order stays, whatever becomes of the account: three years from the trade's end (ECL article 31, Customs
/// Law article 45), in days of the longest three years, and three months in which a trade ends.
pub const TRADE_KEPT: Duration = Duration::from_hours((1_096 + 92) * 24);
/// And on one that was never paid, from when it expired: no trade took place; kept until no late money can come any more.
pub const UNPAID_KEPT: Duration = Duration::from_hours(30 * 24);
/// Unpaid orders that one buyer may have at a time.
pub const UNPAID_MAX: i64 = 5;
/// Lines of one order, as many as a quote may have.
pub(crate) const LINES_MAX: i64 = 50;

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

impl Order {
    /// Whether its orderer must be frozen before it is paid.
    pub fn needs_identity(&self) -> bool {
        self.supervision == Supervision::Bonded1210 && !self.has_identity
    }

    /// Whether it may be paid now.
    pub fn is_payable(&self) -> bool {
        self.state == OrderState::PendingPayment && self.hold.is_none()
    }

    /// The refusal of a move that the order's state does not allow.
    pub fn wrong_state(&self) -> Refusal {
        Refusal::new(Code::WrongState).with("state", self.state).with("hold", self.hold)
    }
}
