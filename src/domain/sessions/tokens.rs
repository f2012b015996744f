//! Access tokens (JWT) and refresh tokens (derived, never stored).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::{ACCESS_LIFE, Buyer};
use crate::base::clock::Timestamp;
use crate::base::error::{Error, Result};
use crate::base::ids::CustomerId;
use crate::platform::session_token::{BadToken, SessionTokens};

pub(super) const AUDIENCE: &str = "gunpo-mall/consumer";
/// Derives the key of refresh tokens from the secret; never changed, or all sessions end.
const REFRESH_KEY_LABEL: &[u8] = b"gunpo-mall/refresh-token/1";
/// Bytes; real ones have about 75.
const REFRESH_TOKEN_MAX: usize = 128;

pub(super) struct Tokens {
    access: SessionTokens,
    refresh: Hmac<Sha256>,
}

impl Tokens {
    pub(super) fn new(secret: &SecretString) -> Result<Self> {
        let secret = secret.expose_secret().as_bytes();
        let refresh_key = keyed(secret)?.chain_update(REFRESH_KEY_LABEL).finalize().into_bytes();
        Ok(Self { access: SessionTokens::new(AUDIENCE, secret), refresh: keyed(&refresh_key)? })
    }

    /// The crate panics at its first use if it was built without a cryptographic backend.
    pub(super) fn self_check(&self, now: DateTime<Utc>) -> Result<()> {
        let now = Timestamp::from(now);
        let token = self.access_token(CustomerId(1), "self-check", now)?;
        let verified = self.verify_access(&token, now).is_ok_and(|buyer| buyer.customer_id == CustomerId(1));
        let refresh_token = self.refresh_token("self-check", 1);
        if verified && self.verify_refresh(&refresh_token) == Some(("self-check", 1)) {
            Ok(())
        } else {
            Err(Error::internal("tokens can't be signed and verified"))
        }
    }

    pub(super) fn access_token(&self, customer_id: CustomerId, sid: &str, now: Timestamp) -> Result<String> {
        self.access.give(customer_id.0, sid, now, now.plus(ACCESS_LIFE))
    }

    /// Who a token speaks of, if it is one of ours and of now. Whether the session still lives is another question.
    pub(super) fn verify_access(&self, token: &str, now: Timestamp) -> Result<Buyer, BadToken> {
        self.access.verify(token, now).map(|it| Buyer { customer_id: CustomerId(it.subject), sid: it.sid })
    }

    /// `sid.generation.MAC`.
    pub(super) fn refresh_token(&self, sid: &str, generation: i64) -> String {
        let mac = self.refresh_mac(sid, generation).finalize().into_bytes();
        format!("{sid}.{generation}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    /// Session and generation of a token that we gave; compared in constant time.
    pub(super) fn verify_refresh<'t>(&self, token: &'t str) -> Option<(&'t str, i64)> {
        if token.len() > REFRESH_TOKEN_MAX {
            return None;
        }
        let mut parts = token.split('.');
        let (sid, written, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let generation: i64 = written.parse().ok()?;
        // `+1` and `01` are other spellings of a number that is only ever written `1`.
        if parts.next().is_some() || generation.to_string() != written {
            return None;
        }
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.refresh_mac(sid, generation).verify_slice(&mac).ok()?;
        Some((sid, generation))
    }

    /// A session id holds letters and digits only, so that the bars are unambiguous.
    fn refresh_mac(&self, sid: &str, generation: i64) -> Hmac<Sha256> {
        self.refresh.clone().chain_update(format!("refresh|{sid}|{generation}"))
    }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>> {
    Hmac::new_from_slice(key).map_err(|_| Error::internal("a token key can't be used"))
}

#[cfg(test)]
mod tests;
