//! Orders, prepay sessions and refunds of Pay.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::core::tables::{Dated, Keyed};

/// The states of a refund (contract B.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefundStatus {
    /// Accepted, the money is on its way.
    Processing,
    /// The buyer has the money.
    Success,
    /// The buyer's account can't take it; a later decision may still end it.
    Abnormal,
    /// Ended without money moved; the amount can be refunded again under a new number.
    Closed,
}

impl RefundStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Abnormal => "ABNORMAL",
            Self::Closed => "CLOSED",
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) out_trade_no: String,
    /// SHA-256 of the first prepay's parameters, for re-entry.
    pub(crate) params_sha256: String,
    pub(crate) openid: String,
    pub(crate) total_fen: i64,
    pub(crate) notify_url: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) attach: Option<String>,
    pub(crate) device_id: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    /// The last moment to pay.
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) paid: Option<PaidOrder>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) refunds: u32,
    /// Accepted refunds that are not `CLOSED`.
    pub(crate) refund_promised_fen: i64,
    /// Refunds with status `SUCCESS`.
    pub(crate) refunded_fen: i64,
    pub(crate) last_refund_at: Option<DateTime<Utc>>,
    /// WeChat has reminded to ship it.
    #[serde(default)]
    pub(crate) overdue_told: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PaidOrder {
    pub(crate) transaction_id: String,
    pub(crate) at: DateTime<Utc>,
}

impl Payment {
    /// Contract B.7: a refund turns the state, whatever becomes of it.
    pub(crate) fn trade_state(&self) -> &'static str {
        match (&self.paid, self.closed_at) {
            (Some(_), _) if self.refunds > 0 => "REFUND",
            (Some(_), _) => "SUCCESS",
            (None, Some(_)) => "CLOSED",
            (None, None) => "NOTPAY",
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Prepay {
    pub(crate) id: String,
    pub(crate) out_trade_no: String,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) out_refund_no: String,
    /// SHA-256 of the first request's parameters, for re-entry.
    pub(crate) params_sha256: String,
    pub(crate) id: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) amount_fen: i64,
    pub(crate) total_fen: i64,
    pub(crate) notify_url: Option<String>,
    pub(crate) status: RefundStatus,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) success_time: Option<DateTime<Utc>>,
    /// Another way than back to where it came from, after an abnormal refund.
    #[serde(default)]
    pub(crate) channel: Option<String>,
    /// When it ends by itself, and how.
    pub(crate) settles: Option<(DateTime<Utc>, RefundStatus)>,
}

impl Keyed for Payment {
    fn key(&self) -> &str {
        &self.out_trade_no
    }
}

impl Keyed for Prepay {
    fn key(&self) -> &str {
        &self.id
    }
}

impl Keyed for Refund {
    fn key(&self) -> &str {
        &self.out_refund_no
    }
}

impl Dated for Prepay {
    const KEPT: TimeDelta = TimeDelta::days(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}
