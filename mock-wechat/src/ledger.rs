//! The stand-in's own books, to be compared with those of the system under test.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A snapshot of everything that WeChat knows about money and notifies, in order of creation.
/// It is as long as the history: rows are never dropped.
#[derive(Serialize, Deserialize, Clone, Debug, Default)]
pub struct Ledger {
    /// Every order that a prepay call created.
    pub payments: Vec<LedgerPayment>,
    /// Every refund that was accepted.
    pub refunds: Vec<LedgerRefund>,
    /// Every notify, delivered or not.
    pub notifies: Vec<LedgerNotify>,
}

impl Ledger {
    /// The order with this number.
    pub fn payment(&self, out_trade_no: &str) -> Option<&LedgerPayment> {
        self.payments.iter().find(|payment| payment.out_trade_no == out_trade_no)
    }

    /// The refund with this number.
    pub fn refund(&self, out_refund_no: &str) -> Option<&LedgerRefund> {
        self.refunds.iter().find(|refund| refund.out_refund_no == out_refund_no)
    }
}

/// An order at WeChat.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct LedgerPayment {
    /// The merchant's number.
    pub out_trade_no: String,
    /// WeChat's number, 28 digits, once paid.
    pub transaction_id: Option<String>,
    /// The payer named by the first prepay call.
    pub openid: String,
    /// The amount of the order in fen.
    pub total_fen: i64,
    /// `NOTPAY`, `SUCCESS`, `REFUND` or `CLOSED` (contract B.7).
    pub trade_state: String,
    /// When the first prepay call came.
    pub created_at: DateTime<Utc>,
    /// When it was paid.
    pub success_time: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// What refunds with status `SUCCESS` gave back, in fen.
    pub refunded_fen: i64,
    /// What is left of it and not yet the merchant's: frozen until goods were sent and received (contract A.10), in fen.
    pub frozen_fen: i64,
    /// What is left of it and the merchant's, in fen.
    pub settled_fen: i64,
}

/// A refund at WeChat.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct LedgerRefund {
    /// The merchant's number.
    pub out_refund_no: String,
    /// WeChat's number, 29 digits.
    pub refund_id: String,
    /// The order that it belongs to.
    pub out_trade_no: String,
    /// WeChat's number of that order.
    pub transaction_id: String,
    /// What goes back, in fen.
    pub amount_fen: i64,
    /// The amount of the order, in fen.
    pub total_fen: i64,
    /// `PROCESSING`, `SUCCESS`, `ABNORMAL` or `CLOSED` (contract B.10).
    pub status: String,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When the money arrived.
    pub success_time: Option<DateTime<Utc>>,
}

/// A notify and how its delivery goes.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct LedgerNotify {
    /// The id in the envelope, the same in every attempt. Sent again by hand, it counts as another
    /// notify with an id of its own here.
    pub id: String,
    /// Such as `TRANSACTION.SUCCESS`.
    pub event_type: String,
    /// The `out_trade_no` or `out_refund_no` that it is about.
    pub subject: String,
    /// Attempts so far, lost ones included, at most 16. Parallel copies are one attempt.
    pub attempts: u32,
    /// The HTTP status of the last attempt; `None` before it, and when no answer came.
    pub last_status: Option<u16>,
    /// An attempt was answered with 200 or 204.
    pub delivered: bool,
    /// When the next attempt is due; `None` when there will be none.
    pub next_attempt_at: Option<DateTime<Utc>>,
}
