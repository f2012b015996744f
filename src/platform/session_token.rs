//! Tokens that name a session (JWT, HS256 pinned). One kind an audience: what a session may do is read from its row, and
//! a token of one audience is nothing to another.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::{Code, Error, FieldRule, Refusal, Result};

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

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadToken {
    /// None of ours, of another audience, or of the future.
    Invalid,
    /// Of ours; its time is over: a refresh gives another.
    Expired,
    /// Of ours and of now; its session was ended by logout, by another device, or with the account.
    SessionEnded,
}

const INVALID_TOKEN: FieldRule = FieldRule::new(
    "invalid_token",
    [
        "令牌无效：不是本服务签发的，或不完整。请重新登录。",
        "올바르지 않은 토큰입니다. 이 서버가 발급하지 않았거나 잘렸습니다. 다시 로그인해 주세요.",
        "The token is none of this server's, or is not whole. Log in again.",
    ],
);
const EXPIRED_TOKEN: FieldRule = FieldRule::new(
    "expired_token",
    [
        "令牌已过期，请刷新令牌或重新登录。",
        "토큰이 만료되었습니다. 토큰을 갱신하거나 다시 로그인해 주세요.",
        "The token has expired. Refresh it, or log in again.",
    ],
);
const SESSION_ENDED: FieldRule = FieldRule::new(
    "session_ended",
    [
        "该登录已结束，请重新登录。",
        "종료된 로그인입니다. 다시 로그인해 주세요.",
        "This session has ended. Log in again.",
    ],
);

impl From<BadToken> for Error {
    /// 401 that says which.
    fn from(bad: BadToken) -> Self {
        let rule = match bad {
            BadToken::Invalid => INVALID_TOKEN,
            BadToken::Expired => EXPIRED_TOKEN,
            BadToken::SessionEnded => SESSION_ENDED,
        };
        Refusal::new(Code::Unauthorized).because(rule).into()
    }
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
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Claimed, BadToken> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation);
        let claims = decoded.map_err(|_| BadToken::Invalid)?.claims;
        let subject = claims.sub.parse().map_err(|_| BadToken::Invalid)?;
        let now = now.utc().timestamp();
        if claims.nbf > now || claims.iat > now.saturating_add(CLOCK_SKEW_S) {
            return Err(BadToken::Invalid);
        }
        if now < claims.exp { Ok(Claimed { subject, sid: claims.sid }) } else { Err(BadToken::Expired) }
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
