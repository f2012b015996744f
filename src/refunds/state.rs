//! The states of a refund. Accepted is not refunded.

use crate::db::sql_text_enum;

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
    /// Whether WeChat may still change it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Closed)
    }
}

/// Whether WeChat's word may move a refund so. News may come late and out of order: what is final stays.
pub const fn may_become(from: RefundState, to: RefundState) -> bool {
    use RefundState::{Abnormal, Closed, Processing, Requested, Succeeded};
    matches!(
        (from, to),
        (Requested, Processing | Succeeded | Abnormal | Closed)
            | (Processing, Succeeded | Abnormal | Closed)
            | (Abnormal, Succeeded | Closed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_that_is_paid_out_or_closed_never_moves_again() {
        for to in RefundState::ALL {
            assert!(!may_become(RefundState::Succeeded, *to));
            assert!(!may_become(RefundState::Closed, *to));
        }
    }

    #[test]
    fn late_news_of_processing_does_not_undo_a_result() {
        assert!(!may_become(RefundState::Abnormal, RefundState::Processing));
        assert!(may_become(RefundState::Processing, RefundState::Succeeded));
        assert!(may_become(RefundState::Abnormal, RefundState::Succeeded));
    }
}
