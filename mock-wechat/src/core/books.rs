//! The books as they are shown outside.

use super::state::{Notice, Payment, Refund, State};
use crate::ledger::{Ledger, LedgerNotify, LedgerPayment, LedgerRefund};

impl State {
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger {
            payments: self.payments.rows().map(Payment::ledger).collect(),
            refunds: self.refunds.rows().map(Refund::ledger).collect(),
            notifies: self.notices.rows().map(Notice::ledger).collect(),
        }
    }
}

impl Payment {
    fn ledger(&self) -> LedgerPayment {
        LedgerPayment {
            out_trade_no: self.out_trade_no.clone(),
            transaction_id: self.paid.as_ref().map(|paid| paid.transaction_id.clone()),
            openid: self.openid.clone(),
            total_fen: self.total_fen,
            trade_state: self.trade_state().to_owned(),
            created_at: self.created_at,
            success_time: self.paid.as_ref().map(|paid| paid.at),
            closed_at: self.closed_at,
            refunded_fen: self.refunded_fen,
        }
    }
}

impl Refund {
    fn ledger(&self) -> LedgerRefund {
        LedgerRefund {
            out_refund_no: self.out_refund_no.clone(),
            refund_id: self.id.clone(),
            out_trade_no: self.out_trade_no.clone(),
            transaction_id: self.transaction_id.clone(),
            amount_fen: self.amount_fen,
            total_fen: self.total_fen,
            status: self.status.name().to_owned(),
            created_at: self.created_at,
            success_time: self.success_time,
        }
    }
}

impl Notice {
    fn ledger(&self) -> LedgerNotify {
        LedgerNotify {
            id: self.id.clone(),
            event_type: self.event_type.clone(),
            subject: self.subject.clone(),
            attempts: self.attempts,
            last_status: self.last_status,
            delivered: self.delivered,
            next_attempt_at: self.due,
        }
    }
}
