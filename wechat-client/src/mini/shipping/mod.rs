//! Order shipping management (小程序发货信息管理): until WeChat knows what was sent, the money of an order stays frozen.

mod contact;
mod orders;
mod settings;
mod upload;

use serde::Serialize;

use crate::mini::{is_id, require};
use crate::outcome::Outcome;

pub use contact::MaskedPhone;
pub use orders::{ManagedOrder, ManagedParcel, OrderListQuery, OrderPage, OrderState};
pub use upload::{CombinedUpload, Delivery, Logistics, Parcel, ShippingUpload, SubOrder, Uploaded};

/// Which payment is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderKey {
    /// WeChat Pay's `transaction_id`.
    Transaction(String),
    /// The merchant and its own number.
    Merchant {
        /// The merchant.
        mchid: String,
        /// Its number of the order: letters, digits, `_`, `-` and `*`.
        out_trade_no: String,
    },
}

/// `order_key` of an upload.
#[derive(Serialize)]
struct UploadKey<'c> {
    order_number_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<&'c str>,
}

/// The ids of a question. WeChat names them otherwise than in an upload.
#[derive(Serialize)]
struct QueryKey<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_id: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_trade_no: Option<&'c str>,
}

impl OrderKey {
    fn check(&self) -> Outcome<()> {
        match self {
            Self::Transaction(id) => require(is_id(id, 32), "transaction_id: 1 to 32 visible ASCII characters"),
            Self::Merchant { mchid, out_trade_no } => {
                require(is_id(mchid, 32), "mchid: 1 to 32 visible ASCII characters")?;
                let is_plain = out_trade_no.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-*".contains(&byte));
                let fits = (1..=32).contains(&out_trade_no.len()) && is_plain;
                require(fits, "out_trade_no: 1 to 32 letters, digits, _, - and *")
            }
        }
    }

    fn for_upload(&self) -> Outcome<UploadKey<'_>> {
        self.check()?;
        let blank = UploadKey { order_number_type: 2, transaction_id: None, mchid: None, out_trade_no: None };
        Ok(match self {
            Self::Transaction(id) => UploadKey { transaction_id: Some(id), ..blank },
            Self::Merchant { mchid, out_trade_no } => {
                UploadKey { order_number_type: 1, mchid: Some(mchid), out_trade_no: Some(out_trade_no), ..blank }
            }
        })
    }

    fn for_query(&self) -> Outcome<QueryKey<'_>> {
        self.check()?;
        Ok(match self {
            Self::Transaction(id) => QueryKey { transaction_id: Some(id), merchant_id: None, merchant_trade_no: None },
            Self::Merchant { mchid, out_trade_no } => {
                QueryKey { transaction_id: None, merchant_id: Some(mchid), merchant_trade_no: Some(out_trade_no) }
            }
        })
    }

    /// True if both are of the same `order_number_type`.
    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}
