//! Complaints of Pay v3.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::core::tables::Keyed;

/// What a buyer complains about.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Complaint {
    pub(crate) id: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) openid: String,
    pub(crate) phone: String,
    pub(crate) amount_fen: i64,
    pub(crate) detail: String,
    /// `REFUND`, `SERVICE_NOT_WORK` or `OTHERS`.
    pub(crate) problem_type: String,
    /// `PENDING`, `PROCESSING` or `PROCESSED`.
    pub(crate) state: String,
    pub(crate) unread: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) history: Vec<Step>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) id: String,
    pub(crate) operator: String,
    pub(crate) kind: String,
    pub(crate) details: String,
    pub(crate) at: DateTime<Utc>,
}

impl Complaint {
    pub(crate) fn open(&self) -> bool {
        self.state != "PROCESSED"
    }
}

impl Keyed for Complaint {
    fn key(&self) -> &str {
        &self.id
    }
}

/// A complaint of the mini program's trade guarantee.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TradeComplaint {
    /// Digits.
    pub(crate) id: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) openid: String,
    pub(crate) phone: String,
    pub(crate) amount_fen: i64,
    pub(crate) product: String,
    pub(crate) detail: String,
    /// WeChat's number of the state.
    pub(crate) status: i64,
    pub(crate) created_at: DateTime<Utc>,
    /// Until when the merchant has to act; none where it need not.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) history: Vec<TradeStep>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TradeStep {
    pub(crate) at: DateTime<Utc>,
    pub(crate) content: String,
    pub(crate) media: Vec<String>,
}

impl Keyed for TradeComplaint {
    fn key(&self) -> &str {
        &self.id
    }
}
