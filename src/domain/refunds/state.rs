//! The states of a refund. Accepted is not refunded.

use crate::base::sql_types::sql_text_enum;
use crate::base::transitions::transitions;

sql_text_enum! {
    /// Where a refund stands.
    pub enum RefundState {
        /// Asked for by us; WeChat may or may not know it yet.
        Requested = "requested",
        /// Accepted by WeChat, not paid out yet.
        Processing = "processing",
        /// Paid out.
        Succeeded = "succeeded",
        /// The payer's account can't take it: a person decides (发起异常退款).
        Abnormal = "abnormal",
        /// WeChat gave it up; it would need a new number.
        Closed = "closed",
    }
}

impl RefundState {
    /// Whether WeChat will not change it any more.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Requested | Self::Processing | Self::Abnormal => false,
            Self::Succeeded | Self::Closed => true,
        }
    }

    /// The states of refunds that may still be paid out.
    pub(super) fn open() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|state| !state.is_final()).collect()
    }
}

transitions! {
    /// What WeChat's answers do to a refund. News may come late and out of order: what is final stays.
    RefundMove of RefundState {
        /// WeChat has accepted it.
        Accept: Requested => Processing,
        /// The money is back.
        Succeed: Requested | Processing | Abnormal => Succeeded,
        /// The payer's account does not take it.
        Fail: Requested | Processing => Abnormal,
        /// WeChat gave it up.
        Close: Requested | Processing | Abnormal => Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_final_never_moves_again_and_late_news_of_processing_undoes_nothing() {
        assert_eq!(
            RefundMove::table(),
            [
                "Accept: requested -> processing",
                "Succeed: requested | processing | abnormal -> succeeded",
                "Fail: requested | processing -> abnormal",
                "Close: requested | processing | abnormal -> closed",
            ]
        );
    }
}
