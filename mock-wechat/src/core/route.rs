//! WeChat's paths that the stand-in knows, as one table.

use serde::{Deserialize, Serialize};

use crate::message::{Request, decode};

/// What a fault can be laid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Every call to WeChat, but no notify.
    #[serde(alias = "*")]
    Any,
    /// `GET /sns/jscode2session`
    #[serde(rename = "code2session")]
    Code2Session,
    /// `POST /cgi-bin/stable_token`
    StableToken,
    /// `POST /wxa/business/getuserphonenumber`
    PhoneNumber,
    /// `POST /v3/pay/transactions/jsapi`
    Prepay,
    /// `GET /v3/pay/transactions/out-trade-no/{out_trade_no}` and `.../id/{transaction_id}`
    Query,
    /// `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close`
    Close,
    /// `POST /v3/refund/domestic/refunds`
    Refund,
    /// `GET /v3/refund/domestic/refunds/{out_refund_no}`
    RefundQuery,
    /// `GET /v3/certificates`
    Certificates,
    /// An attempt to deliver a notify.
    Notify,
}

impl Route {
    /// Mini program answers carry no signature; all others do.
    pub(crate) fn is_signed(self) -> bool {
        !matches!(self, Self::Code2Session | Self::StableToken | Self::PhoneNumber)
    }
}

/// A call to WeChat with what its path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Code2Session,
    StableToken,
    PhoneNumber,
    Prepay,
    QueryByNumber(String),
    QueryByTransaction(String),
    Close(String),
    Refund,
    RefundQuery(String),
    Certificates,
    /// Known path with another method, or no path of WeChat's.
    Unknown,
}

impl Call {
    pub(crate) fn of(request: &Request) -> Self {
        let segments: Vec<&str> = request.path().split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            (_, ["sns", "jscode2session"]) => Self::Code2Session,
            (_, ["cgi-bin", "stable_token"]) => Self::StableToken,
            (_, ["wxa", "business", "getuserphonenumber"]) => Self::PhoneNumber,
            ("POST", ["v3", "pay", "transactions", "jsapi"]) => Self::Prepay,
            ("GET", ["v3", "pay", "transactions", "out-trade-no", number]) => Self::QueryByNumber(decode(number)),
            ("GET", ["v3", "pay", "transactions", "id", id]) => Self::QueryByTransaction(decode(id)),
            ("POST", ["v3", "pay", "transactions", "out-trade-no", number, "close"]) => Self::Close(decode(number)),
            ("POST", ["v3", "refund", "domestic", "refunds"]) => Self::Refund,
            ("GET", ["v3", "refund", "domestic", "refunds", number]) => Self::RefundQuery(decode(number)),
            ("GET", ["v3", "certificates"]) => Self::Certificates,
            _ => Self::Unknown,
        }
    }

    pub(crate) fn route(&self) -> Route {
        match self {
            Self::Code2Session => Route::Code2Session,
            Self::StableToken => Route::StableToken,
            Self::PhoneNumber => Route::PhoneNumber,
            Self::Prepay => Route::Prepay,
            Self::QueryByNumber(_) | Self::QueryByTransaction(_) => Route::Query,
            Self::Close(_) => Route::Close,
            Self::Refund => Route::Refund,
            Self::RefundQuery(_) => Route::RefundQuery,
            Self::Certificates => Route::Certificates,
            Self::Unknown => Route::Any,
        }
    }
}
