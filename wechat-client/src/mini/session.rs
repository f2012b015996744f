//! `auth.code2Session` (小程序登录凭证校验): who is behind a login code.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::mini::exchange::Repeat;
use crate::mini::{MiniClient, is_id, unreadable};
use crate::outcome::{CallError, Outcome, RefusalCode};
use crate::transport::{Method, OutboundRequest};

/// Longest login code that is sent on, in bytes; real ones have 32.
const CODE_LIMIT_BYTES: usize = 256;

/// A buyer's session with WeChat.
#[derive(Debug, Clone)]
pub struct Session {
    /// The buyer within this appid; up to 128 characters.
    pub openid: String,
    /// The buyer across the owner's appids; only if the mini program is bound to an Open Platform account.
    pub unionid: Option<String>,
    /// Opens what the client encrypts. Must never leave the server; the next login may replace it.
    pub session_key: SecretString,
}

#[derive(Deserialize)]
struct SessionAnswer {
    openid: String,
    session_key: String,
    #[serde(default)]
    unionid: Option<String>,
}

impl MiniClient {
    /// Exchanges a code of `wx.login`; a code works once, for 5 minutes. Refusals to expect:
    /// [`InvalidCode`](RefusalCode::InvalidCode), [`Blocked`](RefusalCode::Blocked) (deny, do not retry).
    /// After an unknown outcome ask the client for a NEW code: this one may be used up.
    pub async fn code_to_session(&self, code: &str) -> Outcome<Session> {
        if !is_id(code, CODE_LIMIT_BYTES) {
            return Err(CallError::refused_here(
                RefusalCode::InvalidCode,
                "the code is empty, too long, or has strange characters",
            ));
        }
        let mut url = self.url("/sns/jscode2session");
        url.query_pairs_mut()
            .append_pair("appid", &self.credentials.appid)
            .append_pair("secret", self.credentials.app_secret.expose_secret())
            .append_pair("js_code", code)
            .append_pair("grant_type", "authorization_code");
        let answer: SessionAnswer = self
            .exchange(
                OutboundRequest {
                    method: Method::Get,
                    url,
                    headers: vec![("Accept", "application/json".to_owned())],
                    body: Vec::new(),
                },
                Repeat::Never,
                Self::read_json,
            )
            .await?;
        if !is_id(&answer.openid, 128) || answer.session_key.is_empty() {
            return Err(unreadable("openid or session_key is out of shape"));
        }
        Ok(Session {
            openid: answer.openid,
            unionid: answer.unionid.filter(|id| !id.is_empty()),
            session_key: answer.session_key.into(),
        })
    }
}
