//! The proof that WeChat Pay sent something: the same for answers and notifies, on the raw bytes, before any parsing.
//!
//! Page: "verify the signature of answers and callbacks". The order of the checks is fixed: headers, time, key,
//! signature. Only then is anything parsed, and only then decrypted.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::crypto::signature_bytes;
use crate::outcome::VerifyFault;
use crate::pay::keys::KeyRing;

/// An answer or notify whose timestamp differs from our clock by this much is not believed, in seconds.
pub(super) const TOLERANCE_S: u64 = 300;

/// Longest of the five header values that is looked at, in bytes. An RSA-4096 signature takes 684.
const HEADER_LIMIT_BYTES: usize = 1024;

/// Signatures that WeChat makes wrong on purpose, to see that they are refused, begin so.
const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";

/// The algorithm that is verified here; the SM2 of mainland national cryptography is not.
const RSA_SHA256: &str = "WECHATPAY2-SHA256-RSA2048";

const TIMESTAMP: &str = "Wechatpay-Timestamp";
const NONCE: &str = "Wechatpay-Nonce";
const SIGNATURE: &str = "Wechatpay-Signature";
const SERIAL: &str = "Wechatpay-Serial";
const ALGORITHM: &str = "Wechatpay-Signature-Type";

/// One header as received.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Missing,
    Once(String),
    Repeated,
}

impl Field {
    fn read(values: &[&str]) -> Self {
        match values {
            [] => Self::Missing,
            [one] if one.trim().is_empty() => Self::Missing,
            [one] => Self::Once(one.trim().to_owned()),
            _ => Self::Repeated,
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, VerifyFault> {
        match self {
            Self::Missing => Err(VerifyFault::HeaderMissing(name)),
            Self::Repeated => Err(VerifyFault::HeaderRepeated(name)),
            Self::Once(text) if text.len() > HEADER_LIMIT_BYTES || !is_visible(text) => {
                Err(VerifyFault::HeaderMalformed(name))
            }
            Self::Once(text) => Ok(text),
        }
    }
}

/// The headers that carry the proof, read once from whatever HTTP library holds them.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    timestamp: Field,
    nonce: Field,
    signature: Field,
    serial: Field,
    algorithm: Field,
}

impl SignatureHeaders {
    /// Reads the headers by a lookup that gives ALL values of a name, whatever its case. Give `""` for a value that is
    /// not text, so that it still counts.
    ///
    /// With actix-web:
    /// `SignatureHeaders::read(|name| headers.get_all(name).map(|v| v.to_str().unwrap_or("")).collect())`
    pub fn read<'h>(lookup: impl Fn(&'static str) -> Vec<&'h str>) -> Self {
        Self {
            timestamp: Field::read(&lookup(TIMESTAMP)),
            nonce: Field::read(&lookup(NONCE)),
            signature: Field::read(&lookup(SIGNATURE)),
            serial: Field::read(&lookup(SERIAL)),
            algorithm: Field::read(&lookup(ALGORITHM)),
        }
    }

    /// Their clock minus ours, in seconds.
    pub(super) fn skew_s(&self, now: DateTime<Utc>) -> Result<i64, VerifyFault> {
        let text = self.timestamp.required(TIMESTAMP)?;
        // 10 digits reach to the year 2286; longer ones are milliseconds or nonsense, not a clock that is wrong.
        if text.len() > 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VerifyFault::HeaderMalformed(TIMESTAMP));
        }
        let timestamp_s: i64 = text.parse().map_err(|_| VerifyFault::HeaderMalformed(TIMESTAMP))?;
        Ok(timestamp_s - now.timestamp())
    }

    /// Proves that `body` was signed by WeChat Pay, within 300 s of `now`.
    pub(super) fn verify(&self, body: &[u8], keys: &KeyRing, now: DateTime<Utc>) -> Result<(), VerifyFault> {
        let timestamp = self.timestamp.required(TIMESTAMP)?;
        let nonce = self.nonce.required(NONCE)?;
        let signature = self.signature.required(SIGNATURE)?;
        let serial = self.serial.required(SERIAL)?;
        match &self.algorithm {
            Field::Missing => {}
            given => {
                if given.required(ALGORITHM)? != RSA_SHA256 {
                    return Err(VerifyFault::Algorithm);
                }
            }
        }
        let skew_s = self.skew_s(now)?;
        if skew_s.unsigned_abs() >= TOLERANCE_S {
            return Err(VerifyFault::Clock { skew_s });
        }
        let key =
            keys.find(serial, now).ok_or_else(|| VerifyFault::UnknownSerial(serial.chars().take(64).collect()))?;
        if signature.starts_with(PROBE_PREFIX) {
            return Err(VerifyFault::Probe);
        }
        let signature = signature_bytes(signature).ok_or(VerifyFault::BadSignature)?;
        if key.is_signed(&signed_text(timestamp, nonce, body), &signature) {
            Ok(())
        } else {
            Err(VerifyFault::BadSignature)
        }
    }
}

impl fmt::Debug for SignatureHeaders {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SignatureHeaders")
            .field("timestamp", &self.timestamp)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// Three lines, each ended by a line feed; an empty body leaves an empty line.
fn signed_text(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!("{timestamp}\n{nonce}\n").into_bytes();
    text.extend_from_slice(body);
    text.push(b'\n');
    text
}

/// A line feed inside a header value could move bytes from one signed line to another.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
