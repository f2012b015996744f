//! The states of an order and the only moves between them. They speak of fulfilment; money stands beside it.

use crate::base::sql_types::sql_text_enum;
use crate::base::transitions::transitions;

sql_text_enum! {
    /// Where an order stands.
    pub enum OrderState {
        /// Placed, stock reserved, not paid.
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

impl OrderState {
    /// Nothing more happens to the goods. A state that is new must be sorted here, or it does not compile.
    pub const fn is_over(self) -> bool {
        match self {
            Self::PendingPayment | Self::Paid | Self::Cleared | Self::Shipped | Self::Delivered => false,
            Self::Completed | Self::Cancelled => true,
        }
    }

    /// What was paid goes back whole. A state that is new must be sorted here too: an account is not closed, nor an order wiped, while its
    /// buyer is owed money.
    const fn gives_all_back(self) -> bool {
        match self {
            Self::Cancelled => true,
            Self::PendingPayment | Self::Paid | Self::Cleared | Self::Shipped | Self::Delivered | Self::Completed => {
                false
            }
        }
    }

    /// The states of orders whose money goes back whole.
    pub(super) fn giving_all_back() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|state| state.gives_all_back()).collect()
    }

    /// The states of orders that are not over.
    pub(super) fn open() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|state| !state.is_over()).collect()
    }
}

sql_text_enum! {
    /// Why an order waits though its state would let it go on.
    pub enum Hold {
        /// It is being closed at WeChat; until that is known, the stock stays reserved and nobody can pay anew.
        Closing = "closing",
        /// A person must look.
        Review = "review",
    }
}

transitions! {
    /// What can happen to an order.
    OrderMove of OrderState {
        /// WeChat says paid.
        Pay: PendingPayment => Paid,
        /// Cancelled by the buyer, by time, or by a close at WeChat. Nobody has paid.
        Cancel: PendingPayment => Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_move_but_the_declared_ones_exists() {
        assert_eq!(OrderMove::table(), ["Pay: pending_payment -> paid", "Cancel: pending_payment -> cancelled"]);
    }
}
