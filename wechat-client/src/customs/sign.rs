//! The signature of WeChat Pay v2 (page "signature algorithm", v2): over sorted values, with the `APIv2` key.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use md5::{Digest, Md5};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::customs::xml::Values;

/// How v2 calls are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignMethod {
    /// MD5: what the customs pages name ("only MD5 is supported").
    #[default]
    Md5,
    /// HMAC-SHA256: the general alternative of v2, not documented for the customs calls (unconfirmed).
    HmacSha256,
}

impl SignMethod {
    /// `sign_type`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// Upper-case hexadecimal signature of all values that are not empty, but `sign`.
    pub(super) fn sign(self, values: &Values, key: &SecretString) -> String {
        let text = signed_text(values, key);
        match self {
            Self::Md5 => hex::encode_upper(Md5::digest(text.as_bytes())),
            Self::HmacSha256 => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
                hex::encode_upper(hmac::sign(&key, text.as_bytes()))
            }
        }
    }

    /// The method that an answer names; ours if it names none. An answer can't choose an unknown one, and both take the
    /// same key.
    pub(super) fn named_by(values: &Values, ours: Self) -> Option<Self> {
        match values.get("sign_type").map(String::as_str) {
            None | Some("") => Some(ours),
            Some("MD5") => Some(Self::Md5),
            Some("HMAC-SHA256") => Some(Self::HmacSha256),
            Some(_) => None,
        }
    }

    /// True if `sign` is of these values, in either case of its digits.
    pub(super) fn is_signed(self, values: &Values, sign: &str, key: &SecretString) -> bool {
        let wanted = self.sign(values, key);
        verify_slices_are_equal(wanted.as_bytes(), sign.to_ascii_uppercase().as_bytes()).is_ok()
    }
}

/// `k=v` joined with `&`, raw values, then the key. It holds the key, so it is wiped.
fn signed_text(values: &Values, key: &SecretString) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in values.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()) {
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('&');
    }
    text.push_str("key=");
    text.push_str(key.expose_secret());
    text
}
