//! Declarations to customs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::core::tables::Keyed;

/// What became of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CustomsState {
    /// Accepted, not sent.
    Undeclared,
    /// Changed after a former submission.
    Submitted,
    /// Sent to customs.
    Processing,
    /// Customs took the payment document.
    Success,
    /// Refused; the explanation says why.
    Fail,
    /// Customs' interface failed.
    Except,
}

impl CustomsState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Undeclared => "UNDECLARED",
            Self::Submitted => "SUBMITTED",
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Fail => "FAIL",
            Self::Except => "EXCEPT",
        }
    }
}

/// One payment, or one split part of it, at one customs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Declaration {
    /// `transaction_id|customs|sub_order_no`: what makes it the same declaration.
    pub(crate) key: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) customs: String,
    pub(crate) mch_customs_no: String,
    pub(crate) sub_order_no: Option<String>,
    pub(crate) sub_order_id: Option<String>,
    pub(crate) order_fee: i64,
    pub(crate) transport_fee: Option<i64>,
    pub(crate) product_fee: Option<i64>,
    pub(crate) duty: Option<i64>,
    pub(crate) cert_check: String,
    pub(crate) submitted_at: DateTime<Utc>,
    /// Submitted before: `SUBMITTED` takes the place of `UNDECLARED`.
    pub(crate) again: bool,
    /// How it ends by itself.
    pub(crate) outcome: CustomsState,
    pub(crate) explanation: String,
    /// Seconds in each of the two states before the end.
    pub(crate) step_s: u32,
}

impl Keyed for Declaration {
    fn key(&self) -> &str {
        &self.key
    }
}
