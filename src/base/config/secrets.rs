//! Keys. There is no default for any of them, and a weak one refuses the start.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::reader::Reader;

/// HS256 wants a key at least as long as its hash (RFC 7518, 3.2).
const JWT_SECRET_MIN: usize = 32;
/// A text with fewer different characters is a pattern, not a secret.
const DISTINCT_MIN: usize = 12;
const AES_KEY_LEN: usize = 32;
/// Old keys that are still kept for opening.
const DATA_KEYS_MAX: usize = 8;

/// Keys that seal personal data: the first seals, all open.
pub struct DataKeys {
    /// Key id (one to eight letters or digits) and key (32 bytes).
    pub sealing: Vec<(String, SecretBox<[u8; AES_KEY_LEN]>)>,
    /// Key of the blind index: equality without opening.
    pub index: SecretBox<[u8; AES_KEY_LEN]>,
}

pub(super) fn jwt_secret(reader: &mut Reader) -> SecretString {
    let secret =
        reader.required_secret("JWT_SECRET", "at least 32 random characters, for example: openssl rand -base64 48");
    let text = secret.expose_secret();
    if !text.is_empty() && (text.len() < JWT_SECRET_MIN || distinct(text.as_bytes()) < DISTINCT_MIN) {
        reader.fault(
            "JWT_SECRET is weak: at least 32 random characters are needed, for example: openssl rand -base64 48",
        );
    }
    secret
}

fn distinct(bytes: &[u8]) -> usize {
    bytes.iter().collect::<HashSet<_>>().len()
}

pub(super) fn data_keys(reader: &mut Reader) -> Option<DataKeys> {
    const PURPOSE: &str = "id:key pairs that seal personal data, key = openssl rand -base64 32";
    let list = reader.required("DATA_KEYS", PURPOSE);
    let mut sealing = Vec::new();
    for (position, entry) in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).enumerate() {
        let parsed = entry.split_once(':').and_then(|(id, key)| Some((key_id(id)?, aes_key(key)?)));
        match parsed {
            Some((id, _)) if sealing.iter().any(|(other, _)| *other == id) => {
                reader.fault(format!("DATA_KEYS has the id '{id}' twice"));
            }
            Some(pair) => sealing.push(pair),
            None => reader.fault(format!("DATA_KEYS: entry {} is not id:base64 of 32 random bytes", position + 1)),
        }
    }
    if sealing.len() > DATA_KEYS_MAX {
        reader.fault(format!("DATA_KEYS holds more than {DATA_KEYS_MAX} keys"));
    }
    let index =
        reader.required("BLIND_INDEX_KEY", "finds equal ID numbers without opening them: openssl rand -base64 32");
    let parsed = aes_key(index);
    if parsed.is_none() && !index.is_empty() {
        reader.fault("BLIND_INDEX_KEY is not base64 of 32 random bytes");
    }
    (!sealing.is_empty()).then_some(())?;
    Some(DataKeys { sealing, index: parsed? })
}

fn key_id(id: &str) -> Option<String> {
    ((1..=8).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_owned())
}

fn aes_key(text: &str) -> Option<SecretBox<[u8; AES_KEY_LEN]>> {
    let bytes: [u8; AES_KEY_LEN] = STANDARD.decode(text).ok()?.try_into().ok()?;
    (distinct(&bytes) >= DISTINCT_MIN).then(|| SecretBox::new(Box::new(bytes)))
}

/// Token and `EncodingAESKey` of the message push; their form is checked where they are used.
pub(super) fn message_push(reader: &mut Reader) -> Option<(SecretString, Option<SecretString>)> {
    let token = reader.optional("WECHAT_MESSAGE_TOKEN").map(SecretString::from);
    let aes_key = reader.optional("WECHAT_MESSAGE_AES_KEY").map(SecretString::from);
    if token.is_none() && aes_key.is_some() {
        reader.fault("WECHAT_MESSAGE_AES_KEY is set without WECHAT_MESSAGE_TOKEN");
    }
    token.map(|token| (token, aes_key))
}

/// Exactly 32 ASCII characters (WeChat Pay, `APIv3` 密钥): without it WeChat sends no notifies.
pub(super) fn api_v3_key(reader: &mut Reader) -> SecretString {
    let key = reader.required_secret("WECHATPAY_APIV3_KEY", "the APIv3 key of the merchant");
    let text = key.expose_secret();
    if !text.is_empty() && (text.len() != 32 || !text.is_ascii()) {
        reader.fault("WECHATPAY_APIV3_KEY must be exactly 32 ASCII characters");
    }
    key
}

/// Both of id and file, or none: then platform certificates are used.
pub(super) fn platform_public_key(reader: &mut Reader) -> Option<(String, String)> {
    let id = reader.optional("WECHATPAY_PUBLIC_KEY_ID");
    let path = reader.optional("WECHATPAY_PUBLIC_KEY_FILE");
    match (id, path) {
        (None, None) => None,
        (Some(id), Some(path)) => {
            if !id.starts_with("PUB_KEY_ID_") {
                reader.fault("WECHATPAY_PUBLIC_KEY_ID must begin with PUB_KEY_ID_");
            }
            Some((id.to_owned(), file(reader, "WECHATPAY_PUBLIC_KEY_FILE", path)))
        }
        _ => {
            reader.fault("WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_PUBLIC_KEY_FILE belong together");
            None
        }
    }
}

/// Content of a key file; a fault names the variable, never the content.
pub(super) fn file(reader: &mut Reader, name: &'static str, path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    std::fs::read_to_string(path).unwrap_or_else(|error| {
        reader.fault(format!("{name}: {path} can't be read: {error}"));
        String::new()
    })
}
