//! WeChat Pay API v3 of a direct merchant: prepay, query, close, refund, bills, complaints, certificates, notifies.
//! What is done for which row of the contract stands in `docs/wechat-pay.md` of the repository.
//!
//! | file | what it holds |
//! |---|---|
//! | `credentials` | what is configured, and the check of it |
//! | `exchange` | one call: sign, send, prove, judge |
//! | `hosts`, `backoff`, `skew` | the back-up host; when to try again; whose clock is wrong |
//! | `sign`, `verify` | our signatures; the proof of theirs |
//! | `keys`, `certificates` | public key and platform certificates side by side |
//! | `sensitive` | fields encrypted for one party |
//! | `prepay`, `query`, `close`, `refund`, `abnormal` | the calls about money |
//! | `bill`, `bill/...`, `yuan` | bills: link, download, reading |
//! | `complaint`, `complaint/...` | complaints of buyers |
//! | `notify` | what WeChat sends by itself |

mod abnormal;
mod backoff;
mod bill;
mod certificates;
mod close;
mod complaint;
mod credentials;
mod exchange;
mod fields;
mod hosts;
mod keys;
mod notify;
mod prepay;
mod query;
mod refund;
mod sensitive;
mod sign;
mod skew;
mod verify;
mod yuan;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use crate::clock::{Clock, SharedClock};
use crate::transport::Transport;

pub use crate::outcome::VerifyFault;
pub use abnormal::{AbnormalPayee, AbnormalRefund};
pub use backoff::Backoff;
pub use bill::{
    Bill, BillDirection, BillLink, BillTradeState, FundAccount, FundFlowBill, FundFlowRow, OddLine, TradeBill,
    TradeBillKind, TradeBillRow,
};
pub use certificates::CertificateRefresh;
pub use complaint::{
    Complaint, ComplaintEvent, ComplaintNotice, ComplaintOrder, ComplaintPage, ComplaintReply, ComplaintSearch,
    ComplaintState, NegotiationEntry, NegotiationPage, PayerPhone, ProblemType, ReplyLink,
};
pub(crate) use credentials::is_appid;
pub use credentials::{PAY_BASE_URL, PayCredentials};
pub(crate) use exchange::{PayCall, THROTTLE_WAIT, is_throttling, is_trouble};
pub use fields::MalformedData;
pub(crate) use fields::{is_number, is_text, is_transaction_id, optional_fen, refused_for};
pub use hosts::PAY_BACKUP_URL;
pub(crate) use hosts::delivered;
pub use notify::{NotifyEvent, NotifyRefused, VerifiedNotify};
pub use prepay::{DESCRIPTION_LIMIT_CHARS, PrepayOrder};
pub use query::{TradeState, Transaction, TransactionAmount};
pub use refund::{Refund, RefundAmount, RefundNotice, RefundOrder, RefundStatus, RefundTarget};
pub use sensitive::FieldPadding;
pub use sign::PayParams;
pub use skew::ClockHealth;
pub use verify::SignatureHeaders;

/// The client of WeChat Pay for one merchant and one appid. Share it in an `Arc`.
///
/// ```
/// use chrono::{TimeDelta, Utc};
/// use wechat_client::{PrepayOrder, TradeState};
///
/// # mod stand_in { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doctests/stand_in.rs")); }
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let wechat = stand_in::StandIn::start()?;
/// # let (pay, openid) = (wechat.pay_client()?, wechat.mock.openid_of("alice"));
/// let body = pay
///     .prepay_body(&PrepayOrder {
///         description: "Green tea, 100 g".to_owned(),
///         out_trade_no: "ORDER-0001".to_owned(),
///         time_expire: Utc::now() + TimeDelta::minutes(30),
///         attach: None,
///         notify_url: "https://shop.example/notify".to_owned(),
///         total_fen: 12_800,
///         payer_openid: openid,
///     })
///     .map_err(|faults| faults.join("; "))?;
/// let prepay_id = pay.prepay(&body).await?;
/// let params = pay.pay_params(&prepay_id)?; // for `wx.requestPayment`
/// assert_eq!(params.package, format!("prepay_id={prepay_id}"));
///
/// let unpaid = pay.query_by_out_trade_no("ORDER-0001").await?;
/// assert_eq!(unpaid.trade_state, TradeState::NotPay);
/// # wechat.mock.pay_direct("ORDER-0001", false)?;
/// // The buyer pays.
/// let paid = pay.query_by_out_trade_no("ORDER-0001").await?;
/// assert!(paid.trade_state.is_paid());
/// assert_eq!(paid.amount.map(|amount| amount.total_fen), Some(12_800));
/// # Ok(())
/// # }
/// ```
pub struct PayClient {
    merchant: credentials::Merchant,
    transport: Arc<dyn Transport>,
    clock: SharedClock,
    keys: keys::KeyRing,
    refresh_gate: tokio::sync::Mutex<certificates::RefreshState>,
    skew_s: AtomicI64,
    backup_url: Option<reqwest::Url>,
}

impl PayClient {
    /// Checks the credentials and reports all their faults. Nothing is sent yet: without a public key, the first call
    /// downloads the platform certificates. Wrap the transport in a [`Breaker`](super::Breaker).
    pub fn new(
        credentials: &PayCredentials,
        transport: Arc<dyn Transport>,
        clock: impl Clock + 'static,
    ) -> Result<Self, Vec<String>> {
        let merchant = credentials.parsed()?;
        let keys = keys::KeyRing::new(merchant.public_key.clone());
        Ok(Self {
            merchant,
            transport,
            clock: Arc::new(clock),
            keys,
            refresh_gate: tokio::sync::Mutex::default(),
            skew_s: AtomicI64::new(skew::NO_SKEW),
            backup_url: None,
        })
    }

    /// The appid that is paid with.
    pub fn appid(&self) -> &str {
        &self.merchant.appid
    }

    /// The merchant's number.
    pub fn mchid(&self) -> &str {
        &self.merchant.mchid
    }

    /// Serials of the platform certificates at hand; empty in public-key mode.
    pub fn certificate_serials(&self) -> Vec<String> {
        self.keys.serials()
    }
}

impl std::fmt::Debug for PayClient {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PayClient")
            .field("appid", &self.merchant.appid)
            .field("mchid", &self.merchant.mchid)
            .finish_non_exhaustive()
    }
}
