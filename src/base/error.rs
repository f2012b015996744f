//! What can go wrong, told apart by what the caller can do about it.
//!
//! A *refusal* is the caller's to mend and carries a stable code; everything else is ours, and tells the outside
//! nothing but a trace id.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

pub use field::{FieldError, FieldErrors, FieldRule, Wrong};

use crate::base::text::Words;

mod field;

/// Result of use cases and stores; handlers put their own error second.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's fault or bad luck; shown with its code.
    #[error("refused: {0:?}")]
    Refused(Box<Refusal>),
    /// The database said no. Rolled back; nothing is half done.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
    /// Too busy or out of room; nothing was done. Try again after so many seconds.
    #[error("unavailable: {reason}")]
    Unavailable {
        /// For the log, never for the caller.
        reason: Cow<'static, str>,
        /// Seconds.
        retry_after_s: u32,
    },
    /// A write was sent and its end is not known: it may or may not have happened.
    #[error("outcome unknown: {0}")]
    OutcomeUnknown(String),
    /// A fault of ours.
    #[error("{0}")]
    Internal(Cow<'static, str>),
}

impl Error {
    /// A fault of ours. The log says where it was found.
    #[track_caller]
    pub fn internal(reason: impl Into<Cow<'static, str>>) -> Self {
        let place = std::panic::Location::caller();
        Self::Internal(format!("{} ({}:{})", reason.into(), place.file(), place.line()).into())
    }

    /// Busy: the caller may try again in a second.
    pub fn busy(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unavailable { reason: reason.into(), retry_after_s: 1 }
    }

    /// The code of a refusal, if this is one.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused(refusal) => Some(refusal.code),
            _ => None,
        }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Refusal::new(code).into()
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// A refusal with what the caller needs to mend it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Stable code; decides the HTTP status.
    pub code: Code,
    /// What to do, where that of the code says too little.
    pub detail: Option<Words>,
    /// The fields at fault.
    pub fields: Vec<FieldError>,
    /// More members of the problem document, for example the new quote.
    pub extra: Map<String, Value>,
}

impl Refusal {
    /// A refusal by code alone.
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, fields: Vec::new(), extra: Map::new() }
    }

    /// `invalid_request` for one field.
    pub fn field(field: impl Into<String>, wrong: impl Into<Wrong>) -> Self {
        Self::new(Code::InvalidRequest).and_field(field, wrong)
    }

    /// `invalid_request` for these fields.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::new(Code::InvalidRequest) }
    }

    /// Adds a field at fault.
    #[must_use]
    pub fn and_field(mut self, field: impl Into<String>, wrong: impl Into<Wrong>) -> Self {
        self.fields.push(FieldError { field: field.into(), wrong: wrong.into() });
        self
    }

    /// Says which of the code's cases this is: a stable word as member `reason`, and the text for people.
    #[must_use]
    pub(crate) fn because(mut self, rule: FieldRule) -> Self {
        self.detail = Some(rule.detail);
        self.with("reason", rule.reason)
    }

    /// Adds a member to the problem document. Left out if it can't be written as JSON.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.extra.insert(member.to_owned(), value);
        }
        self
    }
}

macro_rules! codes {
    ($($(#[doc = $when:literal])+ $name:ident = $status:literal $text:literal,)+) => {
        /// Stable codes of refusals. A code is never renamed; its text may change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $when])+ $name,)+ }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// When it is given, for developers.
            pub const fn when(self) -> &'static str {
                match self { $(Self::$name => concat!($($when),+),)+ }
            }

            /// HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }
        }
    };
}

codes! {
    /// Syntax, types, limits: the problem names the fields.
    InvalidRequest = 400 "invalid_request",
    /// No or no longer valid access token.
    Unauthorized = 401 "unauthorized",
    /// WeChat did not accept the login code: ask `wx.login` for a new one.
    InvalidLoginCode = 401 "invalid_login_code",
    /// The refresh token is unknown, expired, used twice or revoked: log in again.
    InvalidRefreshToken = 401 "invalid_refresh_token",
    /// Name, password or code of an operator is wrong, or the account is disabled: which of them is not told.
    InvalidCredentials = 401 "invalid_credentials",
    /// The password is right; the second factor's code is needed too.
    TotpRequired = 401 "totp_required",
    /// A notify whose signature, time or content can't be trusted.
    InvalidSignature = 401 "invalid_signature",
    /// Logged in, but not allowed.
    Forbidden = 403 "forbidden",
    /// The operator must choose a password before anything else.
    PasswordChangeRequired = 403 "password_change_required",
    /// The operator must enrol the second factor before anything else.
    TotpEnrolmentRequired = 403 "totp_enrolment_required",
    /// Password or code must be given once more, not longer ago than five minutes.
    StepUpRequired = 403 "step_up_required",
    /// WeChat blocks this user.
    AccountBlocked = 403 "account_blocked",
    /// Not there, or not yours: the two look alike.
    NotFound = 404 "not_found",
    /// The path exists, not with this method.
    MethodNotAllowed = 405 "method_not_allowed",
    /// The answer can't be given in the form asked for.
    NotAcceptable = 406 "not_acceptable",
    /// The body did not arrive in time.
    RequestTimeout = 408 "request_timeout",
    /// The object is not in a state that allows this.
    WrongState = 409 "wrong_state",
    /// A line asks for more than there is.
    OutOfStock = 409 "out_of_stock",
    /// The price is not the one shown; the new quote is in the problem.
    PriceChanged = 409 "price_changed",
    /// The consumer notice has a newer version that must be agreed to.
    NoticeChanged = 409 "notice_changed",
    /// The terms or the privacy text have a newer version; it is in the problem.
    DocumentChanged = 409 "document_changed",
    /// Personal data is taken only with consent to the newest privacy text; document and version are in the problem.
    ConsentRequired = 409 "consent_required",
    /// The buyer asked for the account's end: it buys nothing more, unless that is taken back.
    AccountClosing = 409 "account_closing",
    /// The lines can't go into one order; the groups are in the problem.
    SplitRequired = 409 "split_required",
    /// We do not deliver to this place.
    PlaceNotServed = 409 "place_not_served",
    /// Bonded goods are declared in the orderer's name: name and ID number are needed first.
    IdentityRequired = 409 "identity_required",
    /// The order is worth more than one order may be; the limit is in the problem.
    ValueLimit = 409 "value_limit",
    /// The order is paid already.
    AlreadyPaid = 409 "already_paid",
    /// A call to WeChat for this order is under way: try again in a moment.
    PaymentInProgress = 409 "payment_in_progress",
    /// A counted limit is reached (addresses, cart lines, unpaid orders).
    LimitReached = 409 "limit_reached",
    /// The body is larger than this route takes.
    PayloadTooLarge = 413 "payload_too_large",
    /// The address of the request is too long.
    UriTooLong = 414 "uri_too_long",
    /// Not JSON, or compressed.
    UnsupportedMediaType = 415 "unsupported_media_type",
    /// This Idempotency-Key was used with another body.
    IdempotencyKeyReused = 422 "idempotency_key_reused",
    /// Too many requests.
    TooManyRequests = 429 "too_many_requests",
    /// WeChat refused for a reason that only the operator can mend.
    WechatRefused = 502 "wechat_refused",
    /// WeChat does not answer; nothing is lost, try again.
    WechatUnavailable = 503 "wechat_unavailable",
    /// Too busy; nothing was done.
    Unavailable = 503 "unavailable",
    /// A fault of ours.
    Internal = 500 "internal_error",
}
