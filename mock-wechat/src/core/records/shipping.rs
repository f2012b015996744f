//! What the merchant told about parcels.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::tables::Keyed;

/// What the merchant told about the goods of one payment.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Shipping {
    pub(crate) transaction_id: String,
    pub(crate) out_trade_no: String,
    pub(crate) openid: String,
    pub(crate) logistics_type: i64,
    pub(crate) delivery_mode: i64,
    pub(crate) parcels: Vec<Parcel>,
    /// Of the last upload without its time: the same again changes nothing.
    pub(crate) params_sha256: String,
    pub(crate) upload_time: DateTime<Utc>,
    /// 1, or 2 once the one re-ship was used.
    pub(crate) uploads: u32,
    /// When everything was on its way.
    pub(crate) shipped_at: Option<DateTime<Utc>>,
    pub(crate) received: Option<Received>,
    pub(crate) settled: bool,
    /// It would be settled, if WeChat did not keep the money back.
    #[serde(default)]
    pub(crate) held: bool,
    /// `notify_confirm_receive` works once.
    pub(crate) reminded: bool,
    /// When the next thing happens by itself: automatic confirmation, then settlement.
    pub(crate) next: Option<DateTime<Utc>>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) tracking_no: String,
    pub(crate) express_company: String,
    pub(crate) item_desc: String,
    pub(crate) contact: Option<Value>,
    pub(crate) upload_time: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Received {
    pub(crate) at: DateTime<Utc>,
    /// 1 automatic, 2 by the buyer.
    pub(crate) method: u8,
}

/// A waybill that the merchant asked WeChat to trace.
#[derive(Clone, Serialize, Deserialize)]
#[allow(clippy::struct_field_names, reason = "the names of the protocol")]
pub(crate) struct Waybill {
    pub(crate) token: String,
    pub(crate) openid: String,
    pub(crate) waybill_id: String,
    pub(crate) delivery_id: String,
    pub(crate) trans_id: String,
    pub(crate) created_at: DateTime<Utc>,
    /// 0 to 6, once a control call decided; it moves by itself until then.
    pub(crate) decided: Option<u8>,
}

impl Keyed for Shipping {
    fn key(&self) -> &str {
        &self.transaction_id
    }
}

impl Keyed for Waybill {
    fn key(&self) -> &str {
        &self.token
    }
}
