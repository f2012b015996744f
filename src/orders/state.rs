//! The states of an order and the only moves between them. They speak of fulfilment; money stands beside it.

use crate::db::sql_text_enum;

sql_text_enum! {
    /// Where an order stands.
    pub enum OrderState {
        /// Placed, stock held, not paid.
        PendingPayment = "pending_payment",
        /// Paid in full.
        Paid = "paid",
        /// Released by customs; domestic goods pass at once.
        Cleared = "cleared",
        /// The parcel is with the carrier.
        Shipped = "shipped",
        /// The carrier says delivered.
        Delivered = "delivered",
        /// Receipt confirmed.
        Completed = "completed",
        /// Ended without delivery; what was paid goes back whole.
        Cancelled = "cancelled",
    }
}

sql_text_enum! {
    /// Why an order waits though its state would let it go on.
    pub enum Hold {
        /// It is being closed at WeChat; until that is known, the stock stays held and nobody can pay anew.
        Closing = "closing",
        /// A person must look.
        Review = "review",
    }
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// WeChat says paid.
    Pay,
    /// Customs released it.
    Clear,
    /// Handed to the carrier.
    Ship,
    /// Delivered.
    Deliver,
    /// Receipt confirmed.
    Complete,
    /// Cancelled by the buyer, by time or by an operator.
    Cancel,
}

impl Move {
    /// Every move.
    pub const ALL: [Self; 6] = [Self::Pay, Self::Clear, Self::Ship, Self::Deliver, Self::Complete, Self::Cancel];
}

/// The state after a move, or `None` where the move is not allowed.
pub const fn after(state: OrderState, step: Move) -> Option<OrderState> {
    use OrderState::{Cancelled, Cleared, Completed, Delivered, Paid, PendingPayment, Shipped};
    match (state, step) {
        (PendingPayment, Move::Pay) => Some(Paid),
        (Paid, Move::Clear) => Some(Cleared),
        (Cleared, Move::Ship) => Some(Shipped),
        (Shipped, Move::Deliver) => Some(Delivered),
        (Delivered, Move::Complete) => Some(Completed),
        (PendingPayment | Paid, Move::Cancel) => Some(Cancelled),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_move_but_the_declared_ones_exists() {
        let mut allowed = Vec::new();
        for state in OrderState::ALL {
            for step in Move::ALL {
                if let Some(next) = after(*state, step) {
                    allowed.push(format!("{} -{step:?}-> {}", state.as_str(), next.as_str()));
                }
            }
        }
        assert_eq!(
            allowed,
            [
                "pending_payment -Pay-> paid",
                "pending_payment -Cancel-> cancelled",
                "paid -Clear-> cleared",
                "paid -Cancel-> cancelled",
                "cleared -Ship-> shipped",
                "shipped -Deliver-> delivered",
                "delivered -Complete-> completed",
            ]
        );
    }

    #[test]
    fn a_cancelled_order_never_comes_back() {
        assert!(Move::ALL.iter().all(|step| after(OrderState::Cancelled, *step).is_none()));
    }
}
