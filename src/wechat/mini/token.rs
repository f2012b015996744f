//! `getStableAccessToken` (稳定版): one cached token, one fetch at a time, replaced when WeChat rejects it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::wechat::mini::{MiniClient, unreadable};
use crate::wechat::outcome::{CallError, Outcome, RefusalCode, Throttle, UnknownCause};
use crate::wechat::transport::{Method, OutboundRequest};

/// A token is given up this long before it expires. WeChat's rule is "at most 60 s": what it answers in the last
/// 5 minutes is a new token anyway, and both work.
const MARGIN_S: i64 = 60;

/// Longest life that is believed, in seconds (page: "at most 7200").
const LIFE_MAX_S: i64 = 7200;

/// Forced refreshes closer than this do nothing at WeChat; it also allows 20 a day only.
const FORCE_GAP: TimeDelta = TimeDelta::seconds(30);

/// The token at hand, and the gate through which one caller at a time fetches another.
#[derive(Default)]
pub(super) struct TokenCache {
    current: Mutex<Option<CachedToken>>,
    gate: tokio::sync::Mutex<Gate>,
    /// Fetches that have ended, so that one who waited can tell whether the end of a fetch was meant for it too.
    ended: AtomicU64,
}

/// Kept by absolute time on our clock, because the `expires_in` that WeChat tells shrinks from call to call.
struct CachedToken {
    token: SecretString,
    fetched_at: DateTime<Utc>,
    usable_until: DateTime<Utc>,
}

#[derive(Default)]
struct Gate {
    last_failure: Option<CallError>,
    forced_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct TokenRequest<'c> {
    grant_type: &'static str,
    appid: &'c str,
    secret: &'c str,
    force_refresh: bool,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: i64,
}

impl TokenCache {
    fn usable(&self, now: DateTime<Utc>) -> Option<SecretString> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current
            .as_ref()
            // A clock that was set back proves nothing about a token fetched in its future.
            .filter(|cached| cached.fetched_at <= now && now < cached.usable_until)
            .map(|cached| cached.token.clone())
    }

    fn keep(&self, cached: Option<CachedToken>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = cached;
    }
}

impl MiniClient {
    /// The `access_token`, cached until 60 s before it expires; many callers at once make one fetch, and share its
    /// failure. Refusals to expect: [`InvalidSecret`](RefusalCode::InvalidSecret),
    /// [`AddressNotAllowed`](RefusalCode::AddressNotAllowed). Never print or store it.
    pub async fn access_token(&self) -> Outcome<SecretString> {
        self.token_other_than(None).await
    }

    /// Runs a call that carries the token. If WeChat rejects the token (errcodes 40001, 40014, 42001), another one is
    /// fetched once and the call is replayed once; a second rejection is the result.
    pub async fn with_token<T, F, Fut>(&self, call: F) -> Outcome<T>
    where
        F: Fn(SecretString) -> Fut,
        Fut: Future<Output = Outcome<T>>,
    {
        let token = self.access_token().await?;
        let first = call(token.clone()).await;
        match &first {
            Err(fault) if fault.refusal_code() == Some(&RefusalCode::TokenRejected) => {}
            _ => return first,
        }
        let fresh = self.token_other_than(Some(&token)).await?;
        call(fresh).await
    }

    /// A token that is not `rejected`. Whoever finds the gate closed waits, then takes what the fetch before it
    /// brought, good or bad: 200 callers must not try one after the other at a WeChat that is down.
    async fn token_other_than(&self, rejected: Option<&SecretString>) -> Outcome<SecretString> {
        let is_other = |token: &SecretString| rejected.is_none_or(|old| old.expose_secret() != token.expose_secret());
        if let Some(token) = self.tokens.usable(self.clock.now()).filter(is_other) {
            return Ok(token);
        }
        let seen = self.tokens.ended.load(Ordering::Acquire);
        let mut gate = self.tokens.gate.lock().await;
        if let Some(token) = self.tokens.usable(self.clock.now()).filter(is_other) {
            return Ok(token);
        }
        if self.tokens.ended.load(Ordering::Acquire) != seen
            && let Some(fault) = &gate.last_failure
        {
            return Err(fault.clone());
        }
        self.tokens.keep(None);
        let result = self.fetch_other_than(rejected, &mut gate).await;
        gate.last_failure = result.as_ref().err().cloned();
        self.tokens.ended.fetch_add(1, Ordering::Release);
        result
    }

    /// Normal mode first: another node may have replaced the token already, and forcing would kill the token that it
    /// now uses. Only if normal mode still gives the rejected token is a new one forced.
    async fn fetch_other_than(&self, rejected: Option<&SecretString>, gate: &mut Gate) -> Outcome<SecretString> {
        let fetched = self.fetch_token(false).await?;
        let same = rejected.is_some_and(|old| old.expose_secret() == fetched.token.expose_secret());
        let fetched = if same { self.force_token(gate).await? } else { fetched };
        let token = fetched.token.clone();
        self.tokens.keep(Some(fetched));
        Ok(token)
    }

    async fn force_token(&self, gate: &mut Gate) -> Outcome<CachedToken> {
        let now = self.clock.now();
        if let Some(forced_at) = gate.forced_at {
            let left = FORCE_GAP - (now - forced_at);
            if left > TimeDelta::zero() && left <= FORCE_GAP {
                return Err(CallError::Throttled(Throttle {
                    retry_after: left.to_std().unwrap_or(Duration::from_secs(30)),
                    code: "forced token refresh held back".to_owned(),
                    status: None,
                }));
            }
        }
        gate.forced_at = Some(now);
        log::warn!("wechat access_token was rejected and is still handed out: a new one is forced");
        self.fetch_token(true).await
    }

    async fn fetch_token(&self, force_refresh: bool) -> Outcome<CachedToken> {
        // Counted from before the call: the answer's way must not lengthen the token's life.
        let fetched_at = self.clock.now();
        let body = serde_json::to_vec(&TokenRequest {
            grant_type: "client_credential",
            appid: &self.credentials.appid,
            secret: self.credentials.app_secret.expose_secret(),
            force_refresh,
        })
        .map_err(|_| CallError::unknown(UnknownCause::NotSent("no body".to_owned())))?;
        let request = OutboundRequest {
            method: Method::Post,
            url: self.url("/cgi-bin/stable_token"),
            headers: vec![("Accept", "application/json".to_owned()), ("Content-Type", "application/json".to_owned())],
            body,
        };
        let answer: TokenAnswer = self.exchange(request).await.map_err(as_bootstrap)?;
        let token_fits = (1..=2048).contains(&answer.access_token.len())
            && answer.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if !token_fits || !(1..=LIFE_MAX_S).contains(&answer.expires_in) {
            return Err(unreadable("access_token or expires_in is out of shape"));
        }
        let life_s = answer.expires_in - MARGIN_S.min(answer.expires_in / 2);
        Ok(CachedToken {
            token: answer.access_token.into(),
            fetched_at,
            usable_until: fetched_at + TimeDelta::seconds(life_s),
        })
    }
}

/// Asked without a token, 40001 speaks of the secret.
fn as_bootstrap(fault: CallError) -> CallError {
    match fault {
        CallError::Refused(mut refusal) if refusal.code == RefusalCode::TokenRejected => {
            refusal.code = RefusalCode::InvalidSecret;
            CallError::Refused(refusal)
        }
        other => other,
    }
}
