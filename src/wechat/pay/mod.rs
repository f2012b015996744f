//! WeChat Pay API v3 of a direct merchant: prepay, query, close, refund, certificates, notifies.
//!
//! | file | what it holds |
//! |---|---|
//! | `credentials` | what is configured, and the check of it |
//! | `exchange` | one call: sign, send, prove, judge |
//! | `sign`, `verify` | our signatures; the proof of theirs |
//! | `keys`, `certificates` | public key and platform certificates side by side |
//! | `prepay`, `query`, `close`, `refund` | the calls |
//! | `notify` | what WeChat sends by itself |

mod certificates;
mod close;
mod credentials;
mod exchange;
mod fields;
mod keys;
mod notify;
mod prepay;
mod query;
mod refund;
mod sign;
mod verify;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::Clock;
use crate::wechat::transport::Transport;

pub use certificates::CertificateRefresh;
pub(in crate::wechat) use credentials::is_appid;
pub use credentials::{PAY_BASE_URL, PayCredentials};
pub use fields::MalformedData;
pub use notify::{NotifyEvent, NotifyRefused, VerifiedNotify};
pub use prepay::{DESCRIPTION_LIMIT_CHARS, PrepayOrder};
pub use query::{TradeState, Transaction, TransactionAmount};
pub use refund::{Refund, RefundAmount, RefundNotice, RefundOrder, RefundStatus, RefundTarget};
pub use sign::PayParams;
pub use verify::{SignatureHeaders, VerifyFault};

/// No answer with a readable timestamp has been seen yet.
const NO_SKEW: i64 = i64::MIN;

/// The client of WeChat Pay for one merchant and one appid. Share it in an `Arc`.
pub struct PayClient {
    merchant: credentials::Merchant,
    transport: Arc<dyn Transport>,
    clock: Clock,
    keys: keys::KeyRing,
    refresh_gate: tokio::sync::Mutex<certificates::RefreshGate>,
    skew_s: AtomicI64,
}

impl PayClient {
    /// Checks the credentials and reports all their faults. Nothing is sent yet: without a public key, the first call
    /// downloads the platform certificates. Wrap the transport in a [`Breaker`](super::Breaker).
    pub fn new(credentials: &PayCredentials, transport: Arc<dyn Transport>, clock: Clock) -> Result<Self, Vec<String>> {
        let merchant = credentials.parsed()?;
        let keys = keys::KeyRing::new(merchant.public_key.clone());
        Ok(Self {
            merchant,
            transport,
            clock,
            keys,
            refresh_gate: tokio::sync::Mutex::default(),
            skew_s: AtomicI64::new(NO_SKEW),
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

    /// WeChat's clock minus ours in seconds, as of the last answer; `None` before one, or when it had no timestamp.
    /// At 300 s nothing works any more; health should turn yellow long before.
    pub fn observed_clock_skew_s(&self) -> Option<i64> {
        let skew_s = self.skew_s.load(Ordering::Relaxed);
        (skew_s != NO_SKEW).then_some(skew_s)
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
