//! The mini program's server API (host `api.weixin.qq.com`): login codes and the `access_token`.
//!
//! Nothing here is signed; what an answer says rests on TLS alone. Errors come as HTTP 200 with `errcode`, secrets go
//! in query strings and bodies, so neither is ever printed.

mod phone;
mod session;
mod token;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::clock::Clock;
use crate::wechat::outcome::{CallError, Outcome, Refusal, RefusalCode, Throttle, UnknownCause, clipped};
use crate::wechat::pay::is_appid;
use crate::wechat::transport::{InboundAnswer, OutboundRequest, Transport, checked_base_url, unsent_or_unknown};

pub use phone::PhoneNumber;
pub use session::Session;

/// The address of the mini program's server API.
pub const MINI_BASE_URL: &str = "https://api.weixin.qq.com";

/// The mini program's credentials (console: development settings).
#[derive(Clone)]
pub struct MiniCredentials {
    /// `wx` and 16 lower-case letters or digits.
    pub appid: String,
    /// The `AppSecret`, 32 characters as a rule.
    pub app_secret: SecretString,
    /// [`MINI_BASE_URL`], or the address of the stand-in.
    pub base_url: String,
}

impl MiniCredentials {
    /// Checks everything, and reports all faults in words for the operator. No fault quotes the secret.
    pub fn validate(&self) -> Result<(), Vec<String>> {
        self.parsed_base_url().map(|_| ())
    }

    fn parsed_base_url(&self) -> Result<Url, Vec<String>> {
        let mut faults = Vec::new();
        if !is_appid(&self.appid) {
            faults.push("appid must be wx and 16 lower-case letters or digits".to_owned());
        }
        let secret = self.app_secret.expose_secret();
        let is_visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !(16..=128).contains(&secret.len()) || !is_visible {
            faults.push("AppSecret must be 16 to 128 visible ASCII characters".to_owned());
        }
        match checked_base_url(&self.base_url) {
            Ok(url) if faults.is_empty() => return Ok(url),
            Ok(_) => {}
            Err(fault) => faults.push(format!("base URL {fault}")),
        }
        Err(faults)
    }
}

impl fmt::Debug for MiniCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MiniCredentials")
            .field("appid", &self.appid)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// The client of one mini program. Share it in an `Arc`: it holds the one cached `access_token`.
pub struct MiniClient {
    credentials: MiniCredentials,
    base_url: Url,
    transport: Arc<dyn Transport>,
    clock: Clock,
    tokens: token::TokenCache,
}

impl MiniClient {
    /// Checks the credentials and reports all their faults; nothing is sent yet. Wrap the transport in a
    /// [`Breaker`](super::Breaker).
    pub fn new(
        credentials: &MiniCredentials,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, Vec<String>> {
        let base_url = credentials.parsed_base_url()?;
        Ok(Self { credentials: credentials.clone(), base_url, transport, clock, tokens: token::TokenCache::default() })
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(path);
        url
    }

    /// Sends, and reads a success as the type of the call's page.
    async fn exchange<T: DeserializeOwned>(&self, request: OutboundRequest) -> Outcome<T> {
        let answer = self.transport.send(request).await;
        let answer = answer.map_err(unsent_or_unknown)?;
        self.accepted(&answer)?;
        // The parser's own text may quote a session_key or a token.
        serde_json::from_slice(&answer.body).map_err(|_| unreadable("it lacks what the page of the call promises"))
    }

    /// Parses by content: WeChat answers JSON as text/plain. An absent `errcode` means 0.
    fn accepted(&self, answer: &InboundAnswer) -> Outcome<()> {
        let status = answer.status;
        if status == 429 {
            return Err(throttled(2, "HTTP 429", status));
        }
        if status >= 500 {
            return Err(CallError::unknown(UnknownCause::ServerTrouble { status, code: String::new() }));
        }
        if status != 200 {
            return Err(unreadable(&format!("HTTP {status}")));
        }
        let Ok(told) = serde_json::from_slice::<Told>(&answer.body) else {
            return Err(unreadable("not JSON of the mini program API"));
        };
        match told.errcode {
            0 => Ok(()),
            errcode => Err(self.fault_of(errcode, &told.errmsg, status)),
        }
    }

    fn fault_of(&self, errcode: i64, errmsg: &str, status: u16) -> CallError {
        let code = format!("ERRCODE{errcode}");
        match errcode {
            -1 => CallError::unknown(UnknownCause::ServerTrouble { status, code }),
            44990 => throttled(1, &code, status),
            44991 | 45011 => throttled(60, &code, status),
            // A daily cap, as a rule. Asking every hour spends little of the next day's.
            45009 => throttled(3600, &code, status),
            _ => {
                // WeChat is not known to repeat secrets in its texts; nothing is lost by making sure.
                let secret = self.credentials.app_secret.expose_secret();
                let text = errmsg.replace(secret, "***");
                CallError::Refused(Refusal {
                    code: refusal_code(errcode),
                    message: clipped(&format!("errcode {errcode}: {text}")),
                    status: Some(status),
                    trace: None,
                    signed: false,
                })
            }
        }
    }
}

impl fmt::Debug for MiniClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MiniClient").field("appid", &self.credentials.appid).finish_non_exhaustive()
    }
}

/// What every answer may tell.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

fn refusal_code(errcode: i64) -> RefusalCode {
    match errcode {
        40001 | 40014 | 42001 => RefusalCode::TokenRejected,
        40003 | 43104 => RefusalCode::OpenidMismatch,
        40013 => RefusalCode::InvalidAppid,
        40029 | 40163 => RefusalCode::InvalidCode,
        40125 | 40243 => RefusalCode::InvalidSecret,
        40164 | 89501 | 89503 | 89506 | 89507 => RefusalCode::AddressNotAllowed,
        40226 => RefusalCode::Blocked,
        40002 | 40097 | 41001..=41008 | 43002 | 44002 | 47001 => RefusalCode::ParamError,
        other => RefusalCode::Other(format!("ERRCODE{other}")),
    }
}

fn throttled(wait_s: u64, code: &str, status: u16) -> CallError {
    CallError::Throttled(Throttle {
        retry_after: Duration::from_secs(wait_s),
        code: code.to_owned(),
        status: Some(status),
    })
}

fn unreadable(text: &str) -> CallError {
    CallError::unknown(UnknownCause::Unreadable(text.to_owned()))
}
