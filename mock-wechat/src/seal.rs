//! The `Wechatpay-*` headers of answers and notifies, right or deliberately wrong (contract B.2).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::keys::{Keys, Signer};

/// How a signature is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tamper {
    /// A signature of the right form over other bytes.
    Bad,
    /// No `Wechatpay-*` headers at all.
    Absent,
    /// WeChat's own probe: the value starts with `WECHATPAY/SIGNTEST/`.
    Signtest,
}

/// How to sign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seal {
    pub(crate) signer: Signer,
    /// Stands in the header instead of the signer's own serial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) serial: Option<String>,
    #[serde(default)]
    pub(crate) timestamp_offset_s: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tamper: Option<Tamper>,
}

/// Older than any verifier may accept: the limit is 300 s.
pub(crate) const STALE_OFFSET_S: i64 = -600;

impl Seal {
    pub(crate) fn by(signer: Signer) -> Self {
        Self { signer, serial: None, timestamp_offset_s: 0, tamper: None }
    }

    pub(crate) fn headers(
        &self,
        keys: &Keys,
        now: DateTime<Utc>,
        nonce: &str,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, Error> {
        if self.tamper == Some(Tamper::Absent) {
            return Ok(Vec::new());
        }
        let timestamp = now.timestamp().saturating_add(self.timestamp_offset_s).to_string();
        let mut message = Vec::with_capacity(body.len() + 64);
        for line in [timestamp.as_bytes(), nonce.as_bytes(), body] {
            message.extend_from_slice(line);
            message.push(b'\n');
        }
        if self.tamper.is_some() {
            message.push(b' ');
        }
        let (own_serial, mut signature) = keys.sign(self.signer, now, &message)?;
        if self.tamper == Some(Tamper::Signtest) {
            signature.insert_str(0, "WECHATPAY/SIGNTEST/");
        }
        let serial = self.serial.as_deref().unwrap_or(&own_serial);
        let headers = [
            ("Wechatpay-Timestamp", timestamp.as_str()),
            ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Signature", &signature),
            ("Wechatpay-Serial", serial),
            ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048"),
        ];
        Ok(headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }
}
