//! WeChat's message push (消息推送): events that WeChat posts to our URL, signed with SHA-1 over a shared token.
//!
//! - **URL check** (GET): `signature` over token, timestamp and nonce; the answer is the bare `echostr`.
//! - **Plain mode**: the same `signature`. It does not cover the body, so that whoever has seen one URL could send any
//!   body with it: such a message is believed for [`TOLERANCE_S`] only, and plain mode is refused once an `AES` key is set.
//! - **Secure and compatible mode**: `msg_signature` covers the ciphertext, and only what was encrypted is read.
//!
//! XML is refused unread unless [`MessagePush::with_xml`] asks for it: the console is best set to JSON. Where it is read, a
//! DOCTYPE, an entity, or more depth or length than a message has is refused.

mod event;
mod seal;
#[cfg(test)]
mod tests;
mod xml;

use std::sync::Arc;

use aws_lc_rs::{constant_time, digest};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::clock::{Clock, SharedClock};
use seal::AesKey;

pub use event::{ManagedTrade, MediaVerdict, PushEvent, Settlement, SubscribeAnswer, SubscribeReport};

/// A message whose timestamp is so far from our clock is refused, in seconds. WeChat sends again within 15 s.
const TOLERANCE_S: u64 = 600;
/// Longest value of the query, in bytes. `nonce` and `timestamp` have about 10, a signature 40, `echostr` about 20.
const VALUE_LIMIT_BYTES: usize = 128;
/// Longest token, in bytes. The console asks for 3 to 32, but WeChat's pages do not promise it, and any length signs.
const TOKEN_LIMIT_BYTES: usize = 256;
/// Longest text that is taken from a message, in bytes; an openid may have 128.
const TEXT_LIMIT_BYTES: usize = 256;

/// What the console of the mini program shows under 消息推送.
#[derive(Clone)]
pub struct PushCredentials {
    /// Of the mini program; a message for another one is refused.
    pub appid: String,
    /// 1 to 256 letters and digits.
    pub token: SecretString,
    /// `EncodingAESKey`, 43 letters and digits. With it, plain messages are refused.
    pub aes_key: Option<SecretString>,
}

/// Verifies and opens pushed messages.
pub struct MessagePush {
    appid: String,
    token: SecretString,
    key: Option<AesKey>,
    reads_xml: bool,
    clock: SharedClock,
}

/// The query of a push, unverified. Values that are too long, and doubled names, make it unusable.
#[derive(Debug, Default)]
pub struct PushQuery {
    signature: String,
    msg_signature: String,
    timestamp: String,
    nonce: String,
    echostr: String,
}

/// Why a message has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushRefused {
    /// Not proven to come from WeChat.
    #[error("not proven: {0}")]
    Unproven(&'static str),
    /// XML where none is read, or with what no message has (DOCTYPE, entities, too deep, too long).
    #[error("XML")]
    Xml,
    /// Proven, but not of the documented shape.
    #[error("malformed: {0}")]
    Malformed(&'static str),
}

/// A message that WeChat signed.
#[derive(Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// The same for a message that is sent again, different for any other; names nobody.
    pub key: [u8; 32],
    /// Such as `user_authorization_revoke`; the `MsgType` of what is no event.
    pub event: String,
    /// Whom it is about (`OpenID`), if it says so.
    pub openid: Option<String>,
    /// `AppID`, if it says so.
    pub appid: Option<String>,
    /// `RevokeInfo`: the code of what was withdrawn.
    pub revoke_info: Option<String>,
    /// What it says.
    pub content: PushEvent,
}

impl std::fmt::Debug for PushMessage {
    /// Without the person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushMessage({})", self.event)
    }
}

impl PushQuery {
    /// From decoded pairs. `None` if a name that matters stands there twice, or a value is too long.
    pub fn read(pairs: &[(String, String)]) -> Option<Self> {
        let mut query = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "signature" => &mut query.signature,
                "msg_signature" => &mut query.msg_signature,
                "timestamp" => &mut query.timestamp,
                "nonce" => &mut query.nonce,
                "echostr" => &mut query.echostr,
                _ => continue,
            };
            if !place.is_empty() || value.len() > VALUE_LIMIT_BYTES {
                return None;
            }
            place.clone_from(value);
        }
        Some(query)
    }
}

impl MessagePush {
    /// Checks the credentials; no fault quotes a secret.
    pub fn new(credentials: &PushCredentials, clock: impl Clock + 'static) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let token = credentials.token.expose_secret();
        let fits = (1..=TOKEN_LIMIT_BYTES).contains(&token.len());
        if !fits || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            faults.push("the message token must be 1 to 256 letters and digits".to_owned());
        }
        let key = match credentials.aes_key.as_ref().map(AesKey::new) {
            None => None,
            Some(Some(key)) => Some(key),
            Some(None) => {
                faults.push("the message AES key must be 43 letters and digits".to_owned());
                None
            }
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            appid: credentials.appid.clone(),
            token: credentials.token.clone(),
            key,
            reads_xml: false,
            clock: Arc::new(clock),
        })
    }

    /// Reads XML as well, for an account whose console is set to it.
    #[must_use]
    pub fn with_xml(mut self) -> Self {
        self.reads_xml = true;
        self
    }

    /// What the URL check is to be answered with; nothing if WeChat did not sign it.
    pub fn echo<'q>(&self, query: &'q PushQuery) -> Option<&'q str> {
        let visible = !query.echostr.is_empty() && query.echostr.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && self.is_signed(&query.signature, query, None)).then_some(query.echostr.as_str())
    }

    /// Verifies, decrypts and reads one message.
    pub fn open(&self, query: &PushQuery, body: &[u8]) -> Result<PushMessage, PushRefused> {
        if looks_like_xml(body) && !self.reads_xml {
            return Err(PushRefused::Xml);
        }
        self.check_time(query)?;
        let Some(key) = &self.key else {
            if !self.is_signed(&query.signature, query, None) {
                return Err(PushRefused::Unproven("bad signature"));
            }
            return self.read(body);
        };
        // Nothing of this is believed but the one text that the signature covers.
        let wrapped = self.fields(body).map_err(|why| match why {
            PushRefused::Malformed(_) => PushRefused::Unproven("no signed JSON"),
            other => other,
        })?;
        let encrypted = wrapped.get("Encrypt").and_then(Value::as_str).unwrap_or_default();
        if encrypted.is_empty() || !self.is_signed(&query.msg_signature, query, Some(encrypted)) {
            return Err(PushRefused::Unproven("bad msg_signature"));
        }
        let (message, appid) = key.open(encrypted).ok_or(PushRefused::Malformed("it does not open"))?;
        if appid != self.appid.as_bytes() {
            return Err(PushRefused::Malformed("sealed for another appid"));
        }
        self.read(&message)
    }

    fn check_time(&self, query: &PushQuery) -> Result<(), PushRefused> {
        let sent: i64 = query.timestamp.parse().map_err(|_| PushRefused::Unproven("no timestamp"))?;
        let skew = self.clock.now().timestamp().abs_diff(sent);
        if skew > TOLERANCE_S {
            Err(PushRefused::Unproven("stale timestamp: it is old, or a clock is wrong"))
        } else {
            Ok(())
        }
    }

    /// Hex SHA-1 over the sorted parts, compared in constant time.
    fn is_signed(&self, signature: &str, query: &PushQuery, encrypted: Option<&str>) -> bool {
        let mut parts = vec![self.token.expose_secret(), &query.timestamp, &query.nonce];
        parts.extend(encrypted);
        if parts.iter().any(|part| part.is_empty()) {
            return false;
        }
        parts.sort_unstable();
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes());
        let claimed = hex::decode(signature).unwrap_or_default();
        constant_time::verify_slices_are_equal(&claimed, hash.as_ref()).is_ok()
    }

    fn fields(&self, message: &[u8]) -> Result<Map<String, Value>, PushRefused> {
        match looks_like_xml(message) {
            true if self.reads_xml => xml::read(message),
            true => Err(PushRefused::Xml),
            false => serde_json::from_slice(message).map_err(|_| PushRefused::Malformed("not a JSON object")),
        }
    }

    fn read(&self, message: &[u8]) -> Result<PushMessage, PushRefused> {
        let fields = self.fields(message)?;
        let text = |name: &str| text(&fields, name);
        let event = text("Event").or_else(|| text("MsgType")).ok_or(PushRefused::Malformed("no Event"))?;
        let appid = text("AppID").or_else(|| text("appid"));
        if appid.as_ref().is_some_and(|appid| *appid != self.appid) {
            return Err(PushRefused::Malformed("about another appid"));
        }
        Ok(PushMessage {
            key: identity(&fields),
            content: PushEvent::read(&event, &fields),
            openid: text("OpenID"),
            revoke_info: text("RevokeInfo"),
            event,
            appid,
        })
    }
}

/// What makes a message the same one (contract A.12.2): who, when, what, and the business id it carries.
fn identity(fields: &Map<String, Value>) -> [u8; 32] {
    let names = [
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Event",
        "MsgId",
        "OpenID",
        "RevokeInfo",
        "transaction_id",
        "trace_id",
        // Shipped and settled are two events of one payment.
        "settlement_time",
    ];
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut add = |value: &str| {
        hash.update(&(value.len() as u64).to_be_bytes());
        hash.update(value.as_bytes());
    };
    for name in names {
        add(&text(fields, name).unwrap_or_default());
    }
    for wrapper in ["SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent"] {
        add(&event::list(fields, wrapper).map(Value::to_string).unwrap_or_default());
    }
    // Two steps of complaints may come in one second. Nothing is added to what is no complaint: its key stays what it was.
    if let Some(complaint) = fields.get("BussiCallBackInfo").and_then(Value::as_object) {
        for name in ["complaint_order_id", "option_type", "status", "expire_time"] {
            add(&text(complaint, name).unwrap_or_default());
        }
    }
    let mut key = [0; 32];
    key.copy_from_slice(hash.finish().as_ref());
    key
}

/// Numbers come as numbers or as text.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match fields.get(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (1..=TEXT_LIMIT_BYTES).contains(&text.len()).then_some(text)
}

fn looks_like_xml(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

impl std::fmt::Debug for MessagePush {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessagePush").field("appid", &self.appid).finish_non_exhaustive()
    }
}
