//! The states of a payment.

use crate::db::sql_text_enum;

sql_text_enum! {
    /// Where a payment stands at WeChat, as far as we know.
    pub enum PaymentState {
        /// WeChat was, or may have been, asked for it; not known to be paid.
        Open = "open",
        /// WeChat says paid.
        Paid = "paid",
        /// Closed at WeChat, unpaid.
        Closed = "closed",
    }
}

/// Whether WeChat's word may move a payment so. Money counts whenever it comes, even after a close; nothing undoes it.
pub const fn may_become(from: PaymentState, to: PaymentState) -> bool {
    use PaymentState::{Closed, Open, Paid};
    matches!((from, to), (Open | Closed, Paid) | (Open, Closed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_undoes_a_payment_and_late_money_counts() {
        assert!(PaymentState::ALL.iter().all(|to| !may_become(PaymentState::Paid, *to)));
        assert!(may_become(PaymentState::Closed, PaymentState::Paid));
        assert!(!may_become(PaymentState::Closed, PaymentState::Open));
    }
}
