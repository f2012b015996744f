//! Open data (开放数据校验与解密): what the mini program hands over encrypted or signed with the session key.

use std::time::Duration;

use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::mini::MiniClient;

/// Longest ciphertext that is opened, in characters of base64. A profile or a phone has some hundred.
const DATA_LIMIT_BYTES: usize = 16 * 1024;
/// AES-128: key, block and IV.
const BLOCK_BYTES: usize = 16;
/// What WeChat marked so far in our future says that a clock is wrong.
const AHEAD_S: i64 = 300;

/// Why open data is not believed. None of these quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenDataFault {
    /// The session key has not 16 bytes in base64.
    #[error("the session key is out of shape")]
    Key,
    /// The data or its IV is no base64 of the right length, or too long.
    #[error("the encrypted data or its IV is out of shape")]
    Shape,
    /// It does not open. Nearly always the session key has been replaced by a later `wx.login`: log in again.
    #[error("it does not open with this session key: log in again")]
    DoesNotOpen,
    /// It opens, but holds not what was asked for, or no watermark.
    #[error("it opens, but is not of the documented shape")]
    Content,
    /// Marked for another mini program.
    #[error("its watermark names another appid")]
    OtherApp,
    /// Marked too long ago, in seconds.
    #[error("its watermark is {0} s old")]
    Old(i64),
    /// Marked in our future, in seconds: one of the clocks is wrong.
    #[error("its watermark is {0} s ahead of our clock")]
    Clock(i64),
}

#[derive(Deserialize)]
struct Marked {
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    appid: String,
    timestamp: i64,
}

impl MiniClient {
    /// Opens `encryptedData` (AES-128-CBC, PKCS#7) and reads it as `T`, if its watermark is of this mini program and at
    /// most `max_age` old. Nothing in it is authenticated but by the session key: take what a server call gives instead
    /// (the phone number) where there is one. Page: 开放数据校验与解密.
    pub fn open_data<T: DeserializeOwned>(
        &self,
        session_key: &SecretString,
        encrypted_data: &str,
        iv: &str,
        max_age: Duration,
    ) -> Result<T, OpenDataFault> {
        let plain = decrypted(session_key, encrypted_data, iv)?;
        // The parser's own text may quote what is personal.
        let marked: Marked = serde_json::from_slice(&plain).map_err(|_| OpenDataFault::Content)?;
        if marked.watermark.appid != self.credentials.appid {
            return Err(OpenDataFault::OtherApp);
        }
        let age_s = self.clock.now().timestamp().saturating_sub(marked.watermark.timestamp);
        if age_s < -AHEAD_S {
            return Err(OpenDataFault::Clock(age_s.saturating_neg()));
        }
        if age_s > i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX) {
            return Err(OpenDataFault::Old(age_s));
        }
        serde_json::from_slice(&plain).map_err(|_| OpenDataFault::Content)
    }
}

/// Whether `signature` (hex) is of `raw_data`: SHA-1 over it and the session key, as `wx.getUserProfile` and the like give
/// them. Page: 开放数据校验与解密.
pub fn is_raw_data_signed(raw_data: &str, session_key: &SecretString, signature: &str) -> bool {
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    hash.update(raw_data.as_bytes());
    hash.update(session_key.expose_secret().as_bytes());
    let claimed = hex::decode(signature).unwrap_or_default();
    constant_time::verify_slices_are_equal(&claimed, hash.finish().as_ref()).is_ok()
}

fn decrypted(session_key: &SecretString, encrypted: &str, iv: &str) -> Result<Zeroizing<Vec<u8>>, OpenDataFault> {
    let key = Zeroizing::new(STANDARD.decode(session_key.expose_secret()).map_err(|_| OpenDataFault::Key)?);
    if key.len() != BLOCK_BYTES {
        return Err(OpenDataFault::Key);
    }
    if encrypted.len() > DATA_LIMIT_BYTES || iv.len() > 2 * BLOCK_BYTES {
        return Err(OpenDataFault::Shape);
    }
    let iv = STANDARD.decode(iv).map_err(|_| OpenDataFault::Shape)?;
    let iv: [u8; BLOCK_BYTES] = iv.try_into().map_err(|_| OpenDataFault::Shape)?;
    let mut bytes = Zeroizing::new(STANDARD.decode(encrypted).map_err(|_| OpenDataFault::Shape)?);
    if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK_BYTES) {
        return Err(OpenDataFault::Shape);
    }
    let cipher = UnboundCipherKey::new(&AES_128, &key).map_err(|_| OpenDataFault::Key)?;
    let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(cipher).map_err(|_| OpenDataFault::Key)?;
    let context = DecryptionContext::Iv128(FixedLength::from(&iv));
    let length = cipher.decrypt(&mut bytes, context).map_err(|_| OpenDataFault::DoesNotOpen)?.len();
    bytes.truncate(length);
    Ok(bytes)
}
