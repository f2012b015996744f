//! Tokens of operators (JWT). They only name a session; what it may do is read from its row.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::OperatorId;

pub(super) const AUDIENCE: &str = "gunpo-mall/operator";
pub(super) const ISSUER: &str = "gunpo-mall";
/// Seconds: `nbf` lies so far before `iat`, and an `iat` so far in the future is refused.
const CLOCK_SKEW_S: i64 = 60;
/// Derives the key from the secret: the audience is not all that keeps buyers' tokens out.
const KEY_LABEL: &[u8] = b"gunpo-mall/operator-token/1";

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

/// Whom and which session a token speaks of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) operator_id: OperatorId,
    pub(super) sid: String,
}

pub(super) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl Tokens {
    pub(super) fn new(secret: &SecretString) -> Result<Self> {
        let key = key(secret)?;
        Ok(Self {
            encoding: EncodingKey::from_secret(&key),
            decoding: DecodingKey::from_secret(&key),
            validation: validation(),
        })
    }

    pub(super) fn give(&self, id: OperatorId, sid: &str, now: Timestamp, expires_at: Timestamp) -> Result<String> {
        let iat = now.utc().timestamp();
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            iss: ISSUER.to_owned(),
            sub: id.to_string(),
            sid: sid.to_owned(),
            exp: expires_at.utc().timestamp(),
            nbf: iat - CLOCK_SKEW_S,
            iat,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| Error::internal("a token of an operator can't be signed"))
    }

    /// What a token claims, if it is one of ours and of now. Whether the session still lives is another question.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Option<Claimed> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        let now = now.utc().timestamp();
        let in_time = claims.nbf <= now && now < claims.exp && claims.iat <= now.saturating_add(CLOCK_SKEW_S);
        let operator_id = claims.sub.parse().ok()?;
        in_time.then_some(Claimed { operator_id, sid: claims.sid })
    }
}

fn key(secret: &SecretString) -> Result<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| Error::internal("a token key can't be used"))?;
    Ok(mac.chain_update(KEY_LABEL).finalize().into_bytes().into())
}

/// As for buyers: the crate lets a token without `aud` pass unless it is listed, and times are checked by our clock.
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
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::Clock;
    use crate::operators::SESSION_LIFE;

    const SECRET: &str = "Zx8vQ2mN5tYwR7kLpJ3hG6fDsA9cB1eU";

    fn sign(claims: &Value, key: &[u8]) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(key)).unwrap()
    }

    #[test]
    fn a_token_that_lacks_a_claim_or_has_another_s_audience_or_key_is_refused() {
        let secret = SecretString::from(SECRET);
        let (tokens, now) = (Tokens::new(&secret).unwrap(), Clock::system().timestamp());
        let s = now.utc().timestamp();
        let good =
            json!({ "aud": AUDIENCE, "iss": ISSUER, "sub": "7", "sid": "s", "exp": s + 60, "nbf": s - 60, "iat": s });
        let own_key = key(&secret).unwrap();
        let accepted = |claims: &Value, key: &[u8]| tokens.verify(&sign(claims, key), now).is_some();
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
        let tokens = Tokens::new(&SecretString::from(SECRET)).unwrap();
        let now = Clock::system().timestamp();
        let end = now.plus(SESSION_LIFE);
        let token = tokens.give(OperatorId(7), "s", now, end).unwrap();
        let claimed = Claimed { operator_id: OperatorId(7), sid: "s".into() };
        assert_eq!(tokens.verify(&token, now), Some(claimed));
        assert_eq!(tokens.verify(&token, end), None);
    }
}
