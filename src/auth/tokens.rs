//! Access tokens (JWT) and refresh tokens (derived, never stored).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{ACCESS_LIFE, Buyer};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::CustomerId;

pub(super) const AUDIENCE: &str = "gunpo-mall/consumer";
pub(super) const ISSUER: &str = "gunpo-mall";
/// Seconds: `nbf` lies so far before `iat`, and an `iat` so far in the future is refused.
const CLOCK_SKEW_S: i64 = 60;
/// Derives the key of refresh tokens from the secret; never changed, or all sessions end.
const REFRESH_KEY_LABEL: &[u8] = b"gunpo-mall/refresh-token/1";
/// Bytes; real ones have about 75.
const REFRESH_TOKEN_MAX: usize = 128;

/// Every claim is required; a claim of another type than here is as bad as none.
#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    sid: String,
    exp: i64,
    nbf: i64,
    iat: i64,
}

pub(super) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    refresh: Hmac<Sha256>,
}

impl Tokens {
    pub(super) fn new(secret: &SecretString) -> Result<Self> {
        let secret = secret.expose_secret().as_bytes();
        let refresh_key = keyed(secret)?.chain_update(REFRESH_KEY_LABEL).finalize().into_bytes();
        Ok(Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation: validation(),
            refresh: keyed(&refresh_key)?,
        })
    }

    /// The crate panics at its first use if it was built without a cryptographic backend.
    pub(super) fn self_check(&self, now: DateTime<Utc>) -> Result<()> {
        let now = Timestamp::from(now);
        let token = self.access_token(CustomerId(1), "self-check", now)?;
        let verified = self.verify_access(&token, now).is_some_and(|buyer| buyer.customer_id == CustomerId(1));
        let refresh_token = self.refresh_token("self-check", 1);
        if verified && self.verify_refresh(&refresh_token) == Some(("self-check", 1)) {
            Ok(())
        } else {
            Err(Error::internal("tokens can't be signed and verified"))
        }
    }

    pub(super) fn access_token(&self, customer_id: CustomerId, sid: &str, now: Timestamp) -> Result<String> {
        let iat = now.utc().timestamp();
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            iss: ISSUER.to_owned(),
            sub: customer_id.to_string(),
            sid: sid.to_owned(),
            exp: iat.saturating_add_unsigned(ACCESS_LIFE.as_secs()),
            nbf: iat - CLOCK_SKEW_S,
            iat,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| Error::internal("an access token can't be signed"))
    }

    /// Who a token speaks of, if it is one of ours and of now. Whether the session still lives is another question.
    pub(super) fn verify_access(&self, token: &str, now: Timestamp) -> Option<Buyer> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        let now = now.utc().timestamp();
        let in_time = claims.nbf <= now && now < claims.exp && claims.iat <= now.saturating_add(CLOCK_SKEW_S);
        let customer_id = claims.sub.parse().ok()?;
        in_time.then_some(Buyer { customer_id, sid: claims.sid })
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

/// The crate lets a token without `aud` pass unless it is listed, ignores `nbf`, and asks the system's clock: what is
/// listed here must be there, and times are checked by us.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims(&["aud", "iss", "sub", "exp", "nbf"]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.leeway = 0;
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

#[cfg(test)]
mod tests;
