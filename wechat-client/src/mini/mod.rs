//! The mini program's server API (host `api.weixin.qq.com`). `docs/wechat-mini.md` lists every call, its page and its test.
//!
//! Nothing here is signed; what an answer says rests on TLS alone. Errors come as HTTP 200 with `errcode`, secrets go
//! in query strings and bodies, so neither is ever printed.

mod content;
mod exchange;
mod links;
mod logistics;
mod open_data;
mod phone;
mod qr;
mod service_card;
mod session;
mod session_key;
mod shipping;
mod store;
mod subscribe;
mod token;
mod trade_complaints;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::clock::{Clock, SharedClock};
use crate::outcome::{CallError, Outcome, RefusalCode, UnknownCause};
use crate::pay::is_appid;
use crate::transport::{Transport, checked_base_url};

pub use crate::outcome::MiniCode;
pub use content::{MediaKind, TextCheck, TextDetail, TextScene, TextVerdict, Verdict};
pub use links::{Link, LinkExpiry};
pub use logistics::{DeliveryCompany, TracedGoods, TracedParcel, WaybillState, WaybillTrace};
pub use open_data::{OpenDataFault, is_raw_data_signed};
pub use phone::PhoneNumber;
pub use qr::{ImageFormat, LineColour, QrCode, QrImage};
pub use service_card::{CardGoods, CardState, ServiceCard};
pub use session::Session;
pub use shipping::{
    CombinedUpload, Delivery, Logistics, ManagedOrder, ManagedParcel, MaskedPhone, OrderKey, OrderListQuery, OrderPage,
    OrderState, Parcel, ShippingUpload, SubOrder, Uploaded,
};
pub use store::{LocalTokens, TokenRecord, TokenStore, TokenStoreFault};
pub use subscribe::{FieldFault, SubscribeMessage, cut_to_thing};
pub use trade_complaints::{ComplaintAnswer, TradeComplaint};

/// The address of the mini program's server API.
pub const MINI_BASE_URL: &str = "https://api.weixin.qq.com";

/// The mini program's credentials (console: development settings).
#[derive(Clone)]
pub struct MiniCredentials {
    /// `wx` and 16 lower-case letters or digits.
    pub appid: String,
    /// The `AppSecret`, 32 characters as a rule.
    pub app_secret: SecretString,
    /// [`MINI_BASE_URL`], or the address of the stand-in.
    pub base_url: String,
}

impl MiniCredentials {
    /// Checks everything, and reports all faults in words for the operator. No fault quotes the secret.
    pub fn validate(&self) -> Result<(), Vec<String>> {
        self.parsed_base_url().map(|_| ())
    }

    fn parsed_base_url(&self) -> Result<Url, Vec<String>> {
        let mut faults = Vec::new();
        if !is_appid(&self.appid) {
            faults.push("appid must be wx and 16 lower-case letters or digits".to_owned());
        }
        let secret = self.app_secret.expose_secret();
        let is_visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !(16..=128).contains(&secret.len()) || !is_visible {
            faults.push("AppSecret must be 16 to 128 visible ASCII characters".to_owned());
        }
        match checked_base_url(&self.base_url) {
            Ok(url) if faults.is_empty() => return Ok(url),
            Ok(_) => {}
            Err(fault) => faults.push(format!("base URL {fault}")),
        }
        Err(faults)
    }
}

impl fmt::Debug for MiniCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MiniCredentials")
            .field("appid", &self.appid)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Which version of the mini program a code or a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MiniVersion {
    /// What consumers see.
    #[default]
    Release,
    /// The version on trial.
    Trial,
    /// The developers' version.
    Develop,
}

impl MiniVersion {
    /// As `env_version` is written.
    fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Trial => "trial",
            Self::Develop => "develop",
        }
    }
}

/// The client of one mini program. Share it in an `Arc`: it holds the one `access_token` at hand.
///
/// ```
/// use wechat_client::{MiniClient, RefusalCode, SystemClock};
///
/// # mod stand_in { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doctests/stand_in.rs")); }
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let wechat = stand_in::StandIn::start()?;
/// # let (credentials, transport) = (wechat.mini_credentials(), wechat.transport.clone());
/// # let code = wechat.mock.login("alice");
/// let mini = MiniClient::new(&credentials, transport, SystemClock).map_err(|faults| faults.join("; "))?;
/// // `code` comes from `wx.login` on the buyer's phone.
/// let session = mini.code_to_session(&code).await?;
/// assert!(!session.openid.is_empty());
/// assert!(mini.is_session_key_current(&session.openid, &session.session_key).await?);
///
/// // A code works once.
/// let refused = mini.code_to_session(&code).await.unwrap_err();
/// assert_eq!(refused.refusal_code(), Some(&RefusalCode::InvalidCode));
/// # assert_eq!(session.openid, wechat.mock.openid_of("alice"));
/// # Ok(())
/// # }
/// ```
pub struct MiniClient {
    credentials: MiniCredentials,
    base_url: Url,
    backup_url: Option<Url>,
    transport: Arc<dyn Transport>,
    clock: SharedClock,
    tokens: token::Tokens,
    skew_s: AtomicI64,
}

impl MiniClient {
    /// Checks the credentials and reports all their faults; nothing is sent yet. Wrap the transport in a
    /// [`Breaker`](super::Breaker). The token is kept in memory until [`with_token_store`](Self::with_token_store).
    pub fn new(
        credentials: &MiniCredentials,
        transport: Arc<dyn Transport>,
        clock: impl Clock + 'static,
    ) -> Result<Self, Vec<String>> {
        let base_url = credentials.parsed_base_url()?;
        Ok(Self {
            credentials: credentials.clone(),
            base_url,
            backup_url: None,
            transport,
            clock: Arc::new(clock),
            tokens: token::Tokens::new()?,
            skew_s: AtomicI64::new(0),
        })
    }

    /// Shares the token with other nodes through `store`.
    #[must_use]
    pub fn with_token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.tokens.store = store;
        self
    }

    /// Names a second host, tried once where the first one can't be reached. The pages name such hosts
    /// (`api2.weixin.qq.com`) for official accounts only, so there is none by default.
    pub fn with_backup_url(mut self, url: &str) -> Result<Self, String> {
        self.backup_url = Some(checked_base_url(url)?);
        Ok(self)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(path);
        url
    }
}

impl fmt::Debug for MiniClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MiniClient").field("appid", &self.credentials.appid).finish_non_exhaustive()
    }
}

fn unreadable(text: &str) -> CallError {
    CallError::unknown(UnknownCause::Unreadable(text.to_owned()))
}

/// Refuses to send unless `fits`; `what` names the field and its rule, never its value.
fn require(fits: bool, what: &str) -> Outcome<()> {
    if fits { Ok(()) } else { Err(CallError::refused_here(RefusalCode::ParamError, what)) }
}

/// 1 to `longest` bytes of visible ASCII: what ids, codes and tokens consist of.
fn is_id(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The user's id within an appid: up to 128 characters.
fn require_openid(openid: &str) -> Outcome<()> {
    require(is_id(openid, 128), "openid: 1 to 128 visible ASCII characters")
}

/// Text for people: without control characters, so without line breaks.
fn is_line(text: &str, longest_chars: usize) -> bool {
    text.chars().count() <= longest_chars && !text.chars().any(char::is_control)
}
