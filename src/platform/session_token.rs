//! Tokens that name a session (JWT, HS256 pinned). One kind an audience: what a session may do is read from its row, and
//! a token of one audience is nothing to another.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Result};

pub(crate) const ISSUER: &str = "gunpo-mall";
/// Seconds: `nbf` lies so far before `iat`, and an `iat` so far in the future is refused.
const CLOCK_SKEW_S: i64 = 60;

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
pub(crate) struct Claimed {
    /// The row of the person.
    pub(crate) subject: i64,
    pub(crate) sid: String,
}

/// Signs and verifies the tokens of one audience.
pub(crate) struct SessionTokens {
    audience: &'static str,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl SessionTokens {
    pub(crate) fn new(audience: &'static str, key: &[u8]) -> Self {
        Self {
            audience,
            encoding: EncodingKey::from_secret(key),
            decoding: DecodingKey::from_secret(key),
            validation: validation(audience),
        }
    }

    pub(crate) fn give(&self, subject: i64, sid: &str, now: Timestamp, expires_at: Timestamp) -> Result<String> {
        let iat = now.utc().timestamp();
        let claims = Claims {
            aud: self.audience.to_owned(),
            iss: ISSUER.to_owned(),
            sub: subject.to_string(),
            sid: sid.to_owned(),
            exp: expires_at.utc().timestamp(),
            nbf: iat - CLOCK_SKEW_S,
            iat,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| Error::internal("a token can't be signed"))
    }

    /// What a token claims, if it is one of ours and of now. Whether the session still lives is another question.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Option<Claimed> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        let now = now.utc().timestamp();
        let in_time = claims.nbf <= now && now < claims.exp && claims.iat <= now.saturating_add(CLOCK_SKEW_S);
        let subject = claims.sub.parse().ok()?;
        in_time.then_some(Claimed { subject, sid: claims.sid })
    }
}

/// The crate lets a token without `aud` pass unless it is listed, ignores `nbf`, and asks the system's clock: what is
/// listed here must be there, and times are checked by us.
fn validation(audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims(&["aud", "iss", "sub", "exp", "nbf"]);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[ISSUER]);
    validation.leeway = 0;
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}
