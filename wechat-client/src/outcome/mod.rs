//! What a call to WeChat came to: done, refused, throttled, or unknown.

pub(crate) mod errcodes;

use std::fmt;
use std::time::Duration;

pub use errcodes::MiniCode;

/// Longest text of WeChat's that is kept in an error, in characters.
const MESSAGE_LIMIT_CHARS: usize = 200;

/// Why something is not proven to come from WeChat Pay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyFault {
    /// A `Wechatpay-*` header is absent or empty.
    #[error("header {0} is missing")]
    HeaderMissing(&'static str),
    /// A `Wechatpay-*` header stands there twice: which one would be believed is a matter of taste, so none is.
    #[error("header {0} is repeated")]
    HeaderRepeated(&'static str),
    /// A `Wechatpay-*` header is overlong, or not what it must be.
    #[error("header {0} is malformed")]
    HeaderMalformed(&'static str),
    /// The timestamp is 300 s or more away from our clock: one of the clocks is wrong, or it is a replay.
    #[error("clock: its timestamp is {skew_s} s away from ours")]
    Clock {
        /// Their time minus ours, in seconds.
        skew_s: i64,
    },
    /// Signed by another algorithm than RSA with SHA-256.
    #[error("signature type is not WECHATPAY2-SHA256-RSA2048")]
    Algorithm,
    /// No key with this serial or public key id is known (any more).
    #[error("unknown serial {0}")]
    UnknownSerial(String),
    /// The signature is not of these bytes by that key.
    #[error("bad signature")]
    BadSignature,
    /// WeChat's own probe (签名探测). It is refused like any bad signature; it is told apart only so that nobody is
    /// woken by it.
    #[error("bad signature (WeChat's own probe)")]
    Probe,
}

/// The result of every call to WeChat.
pub type Outcome<T> = Result<T, CallError>;

/// `done`, `refused`, `throttled` or `unknown`: the label of a metric.
pub fn outcome_word<T>(outcome: &Outcome<T>) -> &'static str {
    match outcome {
        Ok(_) => "done",
        Err(CallError::Refused(_)) => "refused",
        Err(CallError::Throttled(_)) => "throttled",
        Err(CallError::Unknown(_)) => "unknown",
    }
}

/// Why a call did not end as done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// WeChat said no. The same request will be refused again until something else changes.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// WeChat asks to slow down. It says nothing about the state of the order: send the same request later.
    #[error("throttled: {0}")]
    Throttled(Throttle),
    /// Nobody knows whether it took effect. Never treat it as failed: ask by the same number, or repeat the same bytes.
    #[error("outcome unknown: {0}")]
    Unknown(Unknown),
}

impl CallError {
    /// An unknown outcome without a trace id.
    pub(super) fn unknown(cause: UnknownCause) -> Self {
        Self::Unknown(Unknown { cause, trace: None })
    }

    /// A refusal by this client itself, before anything was sent.
    pub(super) fn refused_here(code: RefusalCode, message: impl Into<String>) -> Self {
        Self::Refused(Refusal { code, message: message.into(), status: None, trace: None, signed: false })
    }

    /// The code of a refusal, if this is one.
    pub fn refusal_code(&self) -> Option<&RefusalCode> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            Self::Throttled(_) | Self::Unknown(_) => None,
        }
    }

    /// True when it is certain that no byte of the request left this machine.
    pub fn nothing_was_sent(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.status.is_none(),
            Self::Throttled(throttle) => throttle.status.is_none(),
            Self::Unknown(unknown) => matches!(unknown.cause, UnknownCause::NotSent(_) | UnknownCause::BreakerOpen),
        }
    }

    /// Seconds by which WeChat's clock differs from ours (theirs minus ours), when that is why the answer was not
    /// believed. An alarm about the clock, not about an attack.
    pub fn clock_skew_s(&self) -> Option<i64> {
        match self {
            Self::Unknown(Unknown {
                cause: UnknownCause::Unverified { fault: VerifyFault::Clock { skew_s }, .. },
                ..
            }) => Some(*skew_s),
            _ => None,
        }
    }
}

/// A refusal. `Display` gives the code, the HTTP status, WeChat's text and its trace id; never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was refused, as a value to match on.
    pub code: RefusalCode,
    /// WeChat's own text, for a log; at most 200 characters, without control characters.
    pub message: String,
    /// HTTP status; `None` when this client refused the request before sending it.
    pub status: Option<u16>,
    /// WeChat's `Request-ID`, to be quoted to its support.
    pub trace: Option<String>,
    /// True when WeChat Pay's signature proves the refusal. Always false for the mini program API, which signs
    /// nothing, and for the two unsigned answers that speak of our configuration only
    /// ([`SignError`](RefusalCode::SignError), [`NoAuth`](RefusalCode::NoAuth)).
    pub signed: bool,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.code)?;
        match self.status {
            Some(status) => write!(out, " (HTTP {status})")?,
            None => write!(out, " (not sent)")?,
        }
        if !self.message.is_empty() {
            write!(out, ": {}", self.message)?;
        }
        match &self.trace {
            Some(trace) => write!(out, " [Request-ID {trace}]"),
            None => Ok(()),
        }
    }
}

/// WeChat's request to slow down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttle {
    /// Least time to wait before the same request; an hour when a daily cap is spent.
    pub retry_after: Duration,
    /// WeChat's code, or why this client waits by itself.
    pub code: String,
    /// HTTP status; `None` when this client held the call back.
    pub status: Option<u16>,
}

impl fmt::Display for Throttle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, again in {} s", self.code, self.retry_after.as_secs())
    }
}

/// An outcome that nobody knows yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Why it is not known.
    pub cause: UnknownCause,
    /// WeChat's `Request-ID`, if an answer came.
    pub trace: Option<String>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.trace {
            Some(trace) => write!(out, "{} [Request-ID {trace}]", self.cause),
            None => write!(out, "{}", self.cause),
        }
    }
}

/// Why an outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownCause {
    /// No connection (refused, no route, name not found, TLS refused): nothing left this machine.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The breaker is open: nothing left this machine.
    #[error("not sent: WeChat did not answer lately, the breaker is open")]
    BreakerOpen,
    /// No whole answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The connection broke after the request may have been sent.
    #[error("connection lost: {0}")]
    ConnectionLost(String),
    /// The answer is longer than [`InboundAnswer::BODY_LIMIT`](super::InboundAnswer::BODY_LIMIT).
    #[error("answer too large")]
    AnswerTooLarge,
    /// WeChat itself had trouble: HTTP 5xx, `SYSTEM_ERROR`, `BANK_ERROR`, `BIZ_ERR_NEED_RETRY`, errcode -1.
    #[error("trouble at WeChat: HTTP {status} {code}")]
    ServerTrouble {
        /// HTTP status.
        status: u16,
        /// WeChat's code, empty if the body had none.
        code: String,
    },
    /// WeChat is still working on it: HTTP 202 or `USERPAYING`.
    #[error("still in progress at WeChat: HTTP {status} {code}")]
    InProgress {
        /// HTTP status.
        status: u16,
        /// WeChat's code, empty if the body had none.
        code: String,
    },
    /// The answer does not prove that WeChat sent it, so what it says is no proof of anything.
    #[error("unproven answer (HTTP {status} {claimed_code}): {fault}")]
    Unverified {
        /// What is wrong with the signature.
        fault: VerifyFault,
        /// HTTP status.
        status: u16,
        /// The error code that the answer claims, for the log; empty if none.
        claimed_code: String,
    },
    /// The answer is proven, or needs no proof, but is not what the page of the call describes.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
}

/// Refusals, with WeChat Pay's codes normalised (upper case, underscores removed) and the mini program's errcodes
/// mapped. Pages: "error codes" of each WeChat Pay call; "global error codes" of the mini program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// `PARAM_ERROR`, errcodes 40097, 41xxx, 47001 and the like: a fault of the caller.
    ParamError,
    /// `INVALID_REQUEST`: a business rule, for example re-entry with other parameters or a refund over the amount.
    InvalidRequest,
    /// `APPID_MCHID_NOT_MATCH`: the appid is not bound to the merchant.
    AppidMchidNotMatch,
    /// `MCH_NOT_EXISTS`.
    MchNotExists,
    /// `ORDER_CLOSED`: the number is burnt.
    OrderClosed,
    /// `ORDERPAID` / `ORDER_PAID`: query it and go on as paid.
    OrderPaid,
    /// `SIGN_ERROR`: key, serial, clock or layout of OUR signature. It says nothing about the order.
    SignError,
    /// `NO_AUTH`: product not enabled or address not allowed. It says nothing about the order.
    NoAuth,
    /// `OUT_TRADE_NO_USED`: the number is in use with other data.
    OutTradeNoUsed,
    /// `RULE_LIMIT`: a business limit.
    RuleLimit,
    /// `TRADE_ERROR`.
    TradeError,
    /// `NOT_ENOUGH`: the merchant's balance is short; top up and repeat with the same number.
    NotEnough,
    /// `ACCOUNT_ERROR`: the payer's account.
    AccountError,
    /// `USER_ACCOUNT_ABNORMAL`: the payer's account is closed; the refund needs another channel.
    UserAccountAbnormal,
    /// `REQUEST_BLOCKED`: needs a human.
    RequestBlocked,
    /// `ORDER_NOT_EXIST`. Possible for a short time after prepay: no proof of non-payment while a `prepay_id` lives.
    OrderNotExist,
    /// `RESOURCE_NOT_EXISTS`: refund or certificate unknown.
    ResourceNotExists,
    /// `OPENID_MISMATCH`: permanent although it comes with HTTP 500. Errcodes 40003 and 43104: not this user's, or not of
    /// this appid.
    OpenidMismatch,
    /// `INVALID_TRANSACTIONID`: permanent although it comes with HTTP 500.
    InvalidTransactionId,
    /// errcodes 40029 and 40163: the code of a login or of a phone is unknown, used, expired, or of another appid.
    InvalidCode,
    /// errcode 40226: high-risk user; deny, do not retry.
    Blocked,
    /// errcodes 40001, 40014, 42001: the `access_token` is not (any more) valid.
    TokenRejected,
    /// errcode 40013: the appid.
    InvalidAppid,
    /// errcodes 40125 and 40243, and 40001 when asking for a token: the `AppSecret` is wrong or frozen.
    InvalidSecret,
    /// errcodes 40164, 89501, 89503, 89506, 89507: our address is not on the allow list of the console.
    AddressNotAllowed,
    /// What only the mini program API refuses.
    Mini(MiniCode),
    /// Anything else: the normalised code, or `ERRCODE` and the number.
    Other(String),
}

impl RefusalCode {
    /// Maps a code of WeChat Pay. Newer endpoints write `ORDER_NOT_EXIST`, older ones `ORDERNOTEXIST`.
    pub(super) fn of_pay(code: &str) -> Self {
        match normalised(code).as_str() {
            "PARAMERROR" => Self::ParamError,
            "INVALIDREQUEST" => Self::InvalidRequest,
            "APPIDMCHIDNOTMATCH" => Self::AppidMchidNotMatch,
            "MCHNOTEXISTS" => Self::MchNotExists,
            "ORDERCLOSED" => Self::OrderClosed,
            "ORDERPAID" => Self::OrderPaid,
            "SIGNERROR" => Self::SignError,
            "NOAUTH" => Self::NoAuth,
            "OUTTRADENOUSED" => Self::OutTradeNoUsed,
            "RULELIMIT" => Self::RuleLimit,
            "TRADEERROR" => Self::TradeError,
            "NOTENOUGH" => Self::NotEnough,
            "ACCOUNTERROR" => Self::AccountError,
            "USERACCOUNTABNORMAL" => Self::UserAccountAbnormal,
            "REQUESTBLOCKED" => Self::RequestBlocked,
            "ORDERNOTEXIST" => Self::OrderNotExist,
            "RESOURCENOTEXISTS" => Self::ResourceNotExists,
            "OPENIDMISMATCH" => Self::OpenidMismatch,
            "INVALIDTRANSACTIONID" => Self::InvalidTransactionId,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(code) if code.is_empty() => out.write_str("no code"),
            Self::Other(code) => out.write_str(code),
            Self::Mini(code) => write!(out, "{code:?}"),
            known => write!(out, "{known:?}"),
        }
    }
}

/// A code as it is matched: upper case, without underscores, and short enough for a log.
pub(super) fn normalised(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).take(64).collect()
}

/// Text from outside as it may stand in an error or a log line: bounded, and without control characters that could
/// forge another line.
pub(super) fn clipped(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(MESSAGE_LIMIT_CHARS).collect()
}
