//! The states of a payment.

use crate::base::sql_types::sql_text_enum;
use crate::base::transitions::transitions;

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

transitions! {
    /// What WeChat's answers do to a payment. Money counts whenever it comes, even after a close; nothing undoes it.
    PaymentMove of PaymentState {
        /// The money is there.
        Pay: Open | Closed => Paid,
        /// Nobody can pay any more.
        Close: Open => Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_undoes_a_payment_and_late_money_counts() {
        assert_eq!(PaymentMove::table(), ["Pay: open | closed -> paid", "Close: open -> closed"]);
    }
}
