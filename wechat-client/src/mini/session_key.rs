//! `checkSessionKey` and `resetUserSessionKey` (检验登录态, 重置登录态).

use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::mini::exchange::{Call, Done, Repeat};
use crate::mini::{MiniClient, MiniCode, require, require_openid, unreadable};
use crate::outcome::{Outcome, RefusalCode};

/// A session key is 24 characters; longer ones are not sent and not believed.
const KEY_LIMIT_BYTES: usize = 128;

#[derive(Deserialize)]
struct ResetAnswer {
    openid: String,
    session_key: String,
}

/// Hex HMAC-SHA256 of what is posted: nothing, for a GET. The key is the session key as text, not the bytes that it encodes.
/// Page: 用户登录态签名.
pub(super) fn signature(session_key: &SecretString, posted: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session_key.expose_secret().as_bytes());
    hex::encode(hmac::sign(&key, posted))
}

fn checked(openid: &str, session_key: &SecretString) -> Outcome<String> {
    require_openid(openid)?;
    let fits = (1..=KEY_LIMIT_BYTES).contains(&session_key.expose_secret().len());
    require(fits, "session_key: empty or too long")?;
    Ok(signature(session_key, b""))
}

fn pairs<'c>(openid: &'c str, signature: &'c str) -> Vec<(&'static str, &'c str)> {
    vec![("openid", openid), ("signature", signature), ("sig_method", "hmac_sha256")]
}

impl MiniClient {
    /// Whether this is (still) the user's session key; errcode 87009 is the answer "no". Page: `checkSessionKey`.
    pub async fn is_session_key_current(&self, openid: &str, session_key: &SecretString) -> Outcome<bool> {
        let signature = checked(openid, session_key)?;
        let call = Call::get("/wxa/checksession", pairs(openid, &signature), Repeat::Safe);
        match self.call::<Done>(call).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.refusal_code() == Some(&RefusalCode::Mini(MiniCode::SessionKeyStale)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// A new session key for the user; the old one is dead at once, and the new one ends when the old one would have.
    /// After an unknown outcome neither is sure: ask the client for `wx.login`. Frequent resets for one user are
    /// refused. Refusal to expect: [`SessionKeyStale`](MiniCode::SessionKeyStale). Page: `resetUserSessionKey`.
    pub async fn reset_session_key(&self, openid: &str, session_key: &SecretString) -> Outcome<SecretString> {
        let signature = checked(openid, session_key)?;
        let call = Call::get("/wxa/resetusersessionkey", pairs(openid, &signature), Repeat::Never);
        let answer: ResetAnswer = self.call(call).await?;
        if answer.openid != openid || !(1..=KEY_LIMIT_BYTES).contains(&answer.session_key.len()) {
            return Err(unreadable("openid or session_key is out of shape"));
        }
        Ok(answer.session_key.into())
    }
}
