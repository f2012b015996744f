//! Tokens of operators. They only name a session; what it may do is read from its row.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::base::error::{Error, Result};
use crate::platform::session_token::SessionTokens;

pub(super) const AUDIENCE: &str = "gunpo-mall/operator";
/// Derives the key from the secret: the audience is not all that keeps buyers' tokens out.
const KEY_LABEL: &[u8] = b"gunpo-mall/operator-token/1";
const DEVICE_AUDIENCE: &str = "gunpo-mall/operator-device";
const FORM_KEY_LABEL: &[u8] = b"gunpo-mall/operator-form/1";
const DEVICE_KEY_LABEL: &[u8] = b"gunpo-mall/operator-device-token/1";

pub(super) fn tokens(secret: &SecretString) -> Result<SessionTokens> {
    Ok(SessionTokens::new(AUDIENCE, &key(secret, KEY_LABEL)?))
}

/// Tokens that say "this operator has logged in on this device": they open nothing, but what is tried with one is counted apart from what
/// strangers try.
pub(super) fn device_tokens(secret: &SecretString) -> Result<SessionTokens> {
    Ok(SessionTokens::new(DEVICE_AUDIENCE, &key(secret, DEVICE_KEY_LABEL)?))
}

/// The key of the tokens that forms carry.
pub(super) fn form_key(secret: &SecretString) -> Result<[u8; 32]> {
    key(secret, FORM_KEY_LABEL)
}

/// What a form of this session carries: nobody else can make it, and another session's is not taken.
pub(super) fn form_token(key: &[u8; 32], session: &str) -> String {
    let mac =
        Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(session.as_bytes()).finalize().into_bytes());
    mac.map(hex::encode).unwrap_or_default()
}

/// What a device token carries in place of a session: with another password it is worth nothing any more.
pub(super) fn device_mark(password_hash: &str) -> String {
    hex::encode(&Sha256::digest(password_hash.as_bytes())[..16])
}

fn key(secret: &SecretString, label: &[u8]) -> Result<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| Error::internal("a token key can't be used"))?;
    Ok(mac.chain_update(label).finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use serde_json::{Value, json};

    use super::*;
    use crate::base::clock::Clock;
    use crate::domain::staff::SESSION_LIFE;
    use crate::platform::session_token::{BadToken, ISSUER};

    const SECRET: &str = "Zx8vQ2mN5tYwR7kLpJ3hG6fDsA9cB1eU";

    fn sign(claims: &Value, key: &[u8]) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(key)).unwrap()
    }

    #[test]
    fn a_token_that_lacks_a_claim_or_has_another_s_audience_or_key_is_refused() {
        let secret = SecretString::from(SECRET);
        let (tokens, now) = (tokens(&secret).unwrap(), Clock::system().timestamp());
        let s = now.utc().timestamp();
        let good =
            json!({ "aud": AUDIENCE, "iss": ISSUER, "sub": "7", "sid": "s", "exp": s + 60, "nbf": s - 60, "iat": s });
        let own_key = key(&secret, KEY_LABEL).unwrap();
        let accepted = |claims: &Value, key: &[u8]| tokens.verify(&sign(claims, key), now).is_ok();
        assert!(accepted(&good, &own_key));
        assert!(!accepted(&good, SECRET.as_bytes()), "signed with the key of buyers' tokens");
        for missing in ["aud", "iss", "sub", "sid", "exp", "nbf", "iat"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(missing);
            assert!(!accepted(&claims, &own_key), "without {missing}");
        }
        let mut buyer = good;
        buyer["aud"] = json!("gunpo-mall/consumer");
        assert!(!accepted(&buyer, &own_key));
    }

    #[test]
    fn a_token_ends_with_its_session() {
        let tokens = tokens(&SecretString::from(SECRET)).unwrap();
        let now = Clock::system().timestamp();
        let end = now.plus(SESSION_LIFE);
        let token = tokens.give(7, "s", now, end).unwrap();
        let claimed = tokens.verify(&token, now).unwrap();
        assert_eq!((claimed.subject, claimed.sid.as_str()), (7, "s"));
        assert_eq!(tokens.verify(&token, end).err(), Some(BadToken::Expired));
    }
}
