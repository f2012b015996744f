//! The books as they are shown outside.

use super::records::{Notice, Payment, Refund};
use super::state::State;
use crate::ledger::{Ledger, LedgerNotify, LedgerPayment, LedgerRefund};

impl State {
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger {
            payments: self.payments.rows().map(|row| row.ledger(self.is_settled(row))).collect(),
            refunds: self.refunds.rows().map(Refund::ledger).collect(),
            notifies: self.notices.rows().map(Notice::ledger).collect(),
        }
    }

    /// Contract A.10: money is frozen until goods were sent and received.
    fn is_settled(&self, payment: &Payment) -> bool {
        let shipping = payment.paid.as_ref().and_then(|paid| self.shippings.get(&paid.transaction_id));
        shipping.is_some_and(|shipping| shipping.settled)
    }
}

impl Payment {
    fn ledger(&self, is_settled: bool) -> LedgerPayment {
        let kept_fen = if self.paid.is_some() { self.total_fen - self.refunded_fen } else { 0 };
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
            frozen_fen: if is_settled { 0 } else { kept_fen },
            settled_fen: if is_settled { kept_fen } else { 0 },
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
