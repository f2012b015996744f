//! What the pages say about single fields, both ways: limits of what we send, strictness of what we read.

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use crate::outcome::{CallError, Outcome, RefusalCode};
use crate::transport::is_allowed_in_plain;

/// Something proven to come from WeChat Pay is not what its page describes. Nothing may be concluded from it; a human
/// has to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not as documented: {reason}")]
pub struct MalformedData {
    /// What was read.
    pub what: &'static str,
    /// What is wrong with it, without quoting it.
    pub reason: String,
}

/// Reads JSON. The parser's own text may quote what it read, so only the place is told.
pub(crate) fn read_json<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, MalformedData> {
    serde_json::from_slice(bytes).map_err(|fault| MalformedData {
        what,
        reason: format!("{:?} at line {} column {}", fault.classify(), fault.line(), fault.column()),
    })
}

/// An amount in fen: an integer that is not negative. `1.0`, `1e2` and `"1"` are refused.
pub(crate) fn fen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let amount = i64::deserialize(deserializer)?;
    if amount < 0 {
        return Err(D::Error::custom("a negative amount"));
    }
    Ok(amount)
}

/// As [`fen`], for an amount that may be absent or null.
pub(crate) fn optional_fen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Option::<i64>::deserialize(deserializer)? {
        Some(amount) if amount < 0 => Err(D::Error::custom("a negative amount")),
        amount => Ok(amount),
    }
}

/// An RFC 3339 time; `None` for one that is not. No decision about money rests on it, so an odd one must not keep a
/// payment from being known.
pub(crate) fn instant(text: Option<&str>) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text?).ok()?;
    Some(time.with_timezone(&Utc))
}

/// `out_trade_no`: 6 to 32 of digits, letters, `_`, `-`, `|`, `*`.
pub(crate) fn is_out_trade_no(text: &str) -> bool {
    (6..=32).contains(&text.len()) && text.bytes().all(|byte| is_number_byte(byte, b"_-|*"))
}

/// `out_refund_no`: 1 to 64 of digits, letters, `_`, `-`, `|`, `*`, `@`.
pub(crate) fn is_out_refund_no(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| is_number_byte(byte, b"_-|*@"))
}

/// `transaction_id`: 1 to 32 digits or letters, 28 digits as a rule.
pub(crate) fn is_transaction_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A number of ours at the customs calls: 1 to `limit` of digits, letters, `_`, `-`, `|`, `*`, `@`.
pub(crate) fn is_number(text: &str, limit: usize) -> bool {
    (1..=limit).contains(&text.len()) && text.bytes().all(|byte| is_number_byte(byte, b"_-|*@"))
}

fn is_number_byte(byte: u8, marks: &[u8]) -> bool {
    byte.is_ascii_alphanumeric() || marks.contains(&byte)
}

/// `bank_type`: 1 to 32 upper-case letters, digits and `_`.
pub(crate) fn is_bank_type(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

/// Refuses a request for all of its faults at once, before a byte of it is sent.
pub(crate) fn refused_for(faults: Vec<String>) -> Outcome<()> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(CallError::refused_here(RefusalCode::ParamError, faults.join("; ")))
}

/// Text for the buyer's eyes: 1 to `limit` characters, none of them a control character.
pub(crate) fn is_text(text: &str, limit: usize) -> bool {
    !text.is_empty() && text.chars().count() <= limit && !text.chars().any(char::is_control)
}

/// `openid`: 1 to 128 visible ASCII characters.
pub(crate) fn is_openid(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A callback address: https (http only to a private line or the stand-in), no query, no fragment, at most 255 bytes.
pub(crate) fn is_notify_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let scheme_fits = url.scheme() == "https" || is_allowed_in_plain(&url);
    scheme_fits && text.len() <= 255 && url.query().is_none() && url.fragment().is_none()
}
