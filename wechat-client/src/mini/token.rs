//! `getStableAccessToken` (稳定版): one token for all nodes, one fetch at a time, replaced when WeChat rejects it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::clock::shanghai;
use crate::crypto::nonce_str;
use crate::mini::exchange::{Repeat, json_bytes, pause};
use crate::mini::store::{LocalTokens, TokenRecord, TokenStore, TokenStoreFault};
use crate::mini::{MiniClient, unreadable};
use crate::outcome::{CallError, Outcome, RefusalCode, Throttle};
use crate::transport::{Method, OutboundRequest};

/// A token is renewed this long before it expires. WeChat's rule is "at most 60 s": what it answers in the last
/// 5 minutes is a new token anyway, and both work.
const RENEW_BEFORE_S: i64 = 60;
/// While it can't be renewed, the old one is used until this long before its end.
const USE_BEFORE_S: i64 = 5;
/// Longest life that is believed, in seconds (page: "at most 7200").
const LIFE_MAX_S: i64 = 7200;
/// Forced refreshes closer than this do nothing at WeChat.
const FORCE_GAP: TimeDelta = TimeDelta::seconds(30);
/// WeChat allows 20 a day; the rest is left to the people who run the shop.
const FORCED_A_DAY: u32 = 18;
/// A lease outlives the two calls that may be made under it, each of which takes 5 s at most.
const LEASE: TimeDelta = TimeDelta::seconds(15);
/// Longest wait for another node that has the lease.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(8);
/// The clocks of two nodes may differ so much. A token from further in the future proves nothing.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(60);

/// The token at hand, and the gate through which one caller at a time fetches another.
pub(super) struct Tokens {
    pub(super) store: Arc<dyn TokenStore>,
    /// This client's name in leases.
    holder: String,
    current: Mutex<Option<TokenRecord>>,
    gate: tokio::sync::Mutex<Option<CallError>>,
    /// Fetches that have ended, so that one who waited can tell whether the end of a fetch was meant for it too.
    ended: AtomicU64,
}

impl Tokens {
    pub(super) fn new() -> Result<Self, Vec<String>> {
        Ok(Self {
            store: Arc::new(LocalTokens::default()),
            holder: nonce_str().map_err(|fault| vec![fault.to_string()])?,
            current: Mutex::default(),
            gate: tokio::sync::Mutex::default(),
            ended: AtomicU64::new(0),
        })
    }

    fn current(&self) -> Option<TokenRecord> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The old value stays until here.
    fn keep(&self, record: TokenRecord) -> SecretString {
        let token = record.token.clone();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(record);
        token
    }

    /// The token at hand, even if it is to be renewed, as long as it lives and is not the rejected one.
    fn still_alive(&self, now: DateTime<Utc>, rejected: Option<&SecretString>) -> Option<SecretString> {
        self.current().filter(|record| record.is_usable(now, USE_BEFORE_S, rejected)).map(|record| record.token)
    }
}

impl TokenRecord {
    fn is_fresh(&self, now: DateTime<Utc>, rejected: Option<&SecretString>) -> bool {
        let life_s = (self.expires_at - self.fetched_at).num_seconds();
        self.is_usable(now, RENEW_BEFORE_S.min(life_s / 2), rejected)
    }

    fn is_usable(&self, now: DateTime<Utc>, before_s: i64, rejected: Option<&SecretString>) -> bool {
        let is_other = rejected.is_none_or(|old| old.expose_secret() != self.token.expose_secret());
        let lives = now < self.expires_at - TimeDelta::seconds(before_s);
        // A clock that was set back proves nothing about a token fetched in its future.
        is_other && lives && self.fetched_at <= now + CLOCKS_DIFFER
    }

    /// Counts one more forced refresh, or says how long to wait for it.
    fn count_forced(&mut self, now: DateTime<Utc>) -> Outcome<()> {
        let forced_today = if self.forced_at.map(china_day) == Some(china_day(now)) { self.forced_that_day } else { 0 };
        let gap = self.forced_at.map_or(TimeDelta::zero(), |at| FORCE_GAP - (now - at));
        let wait = if forced_today >= FORCED_A_DAY { TimeDelta::hours(1) } else { gap.min(FORCE_GAP) };
        if wait > TimeDelta::zero() {
            return Err(held_back("forced token refresh held back", wait));
        }
        self.forced_at = Some(now);
        self.forced_that_day = forced_today + 1;
        Ok(())
    }
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

impl MiniClient {
    /// The `access_token`, shared through the [`TokenStore`] and renewed 60 s before it expires; many callers at once
    /// make one fetch, and share its failure. Whoever comes while it is being renewed is given the old one, as long as
    /// that lives. Refusals to expect: [`InvalidSecret`](RefusalCode::InvalidSecret),
    /// [`AddressNotAllowed`](RefusalCode::AddressNotAllowed). Never print it.
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
        let now = self.clock.now();
        if let Some(record) = self.tokens.current().filter(|record| record.is_fresh(now, rejected)) {
            return Ok(record.token);
        }
        let seen = self.tokens.ended.load(Ordering::Acquire);
        let mut last_failure = match self.tokens.gate.try_lock() {
            Ok(gate) => gate,
            Err(_) => match self.tokens.still_alive(now, rejected) {
                Some(old) => return Ok(old),
                None => self.tokens.gate.lock().await,
            },
        };
        let now = self.clock.now();
        if let Some(record) = self.tokens.current().filter(|record| record.is_fresh(now, rejected)) {
            return Ok(record.token);
        }
        if self.tokens.ended.load(Ordering::Acquire) != seen
            && let Some(fault) = &*last_failure
        {
            return Err(fault.clone());
        }
        let renewed = self.renew(rejected).await;
        *last_failure = renewed.as_ref().err().cloned();
        self.tokens.ended.fetch_add(1, Ordering::Release);
        // A token that lives for some seconds more is better than none.
        renewed.or_else(|fault| self.tokens.still_alive(self.clock.now(), rejected).ok_or(fault))
    }

    /// Takes what another node has stored, or the lease to ask WeChat; else waits for the node that has it.
    async fn renew(&self, rejected: Option<&SecretString>) -> Outcome<SecretString> {
        let begun = Instant::now();
        let Tokens { store, holder, .. } = &self.tokens;
        loop {
            let now = self.clock.now();
            let leased = match store.load().await {
                Ok(Some(record)) if record.is_fresh(now, rejected) => return Ok(self.tokens.keep(record)),
                Ok(_) => store.take_lease(holder, now, now + LEASE).await,
                Err(fault) => Err(fault),
            };
            match leased {
                Ok(true) => {
                    let renewed = self.renew_under_lease(rejected).await;
                    if let Err(fault) = store.release_lease(holder).await {
                        log::warn!("{fault}");
                    }
                    return renewed;
                }
                Ok(false) => {}
                Err(fault) => return self.renew_without_store(&fault, rejected).await,
            }
            if let Some(old) = self.tokens.still_alive(now, rejected) {
                return Ok(old);
            }
            if begun.elapsed() >= WAIT_FOR_OTHERS {
                return Err(held_back("another node renews the token", TimeDelta::seconds(1)));
            }
            tokio::time::sleep(pause(1)).await;
        }
    }

    /// Normal mode first: forcing would kill a token that others use. Only if normal mode still gives the rejected
    /// token is a new one forced.
    async fn renew_under_lease(&self, rejected: Option<&SecretString>) -> Outcome<SecretString> {
        // Once more: another node may have stored one between the look and the lease.
        let stored = match self.tokens.store.load().await {
            Ok(stored) => stored,
            Err(fault) => return self.renew_without_store(&fault, rejected).await,
        };
        if let Some(record) = stored.as_ref().filter(|record| record.is_fresh(self.clock.now(), rejected)) {
            return Ok(self.tokens.keep(record.clone()));
        }
        let mut record = self.fetch_token(false).await?;
        if let Some(old) = stored {
            record.generation = old.generation + 1;
            record.forced_at = old.forced_at;
            record.forced_that_day = old.forced_that_day;
        }
        if is_rejected(&record, rejected) {
            // Counted before it is sent: a node that dies now has spent it all the same.
            record.count_forced(self.clock.now())?;
            if !self.is_stored(&record).await {
                return Err(held_back("another node renews the token", TimeDelta::seconds(1)));
            }
            log::warn!("wechat access_token was rejected and is still handed out: a new one is forced");
            let forced = self.fetch_token(true).await?;
            record = TokenRecord {
                generation: record.generation + 1,
                forced_at: record.forced_at,
                forced_that_day: record.forced_that_day,
                ..forced
            };
        }
        if !self.is_stored(&record).await {
            log::warn!("wechat access_token: another node stored one first, or the store is away");
        }
        Ok(self.tokens.keep(record))
    }

    async fn is_stored(&self, record: &TokenRecord) -> bool {
        match self.tokens.store.store_if_newer(record.clone()).await {
            Ok(is_newest) => is_newest,
            Err(fault) => {
                log::warn!("{fault}");
                false
            }
        }
    }

    /// Normal mode gives every node the same token, so that it needs no store. Forcing does: it is not done here.
    async fn renew_without_store(
        &self,
        fault: &TokenStoreFault,
        rejected: Option<&SecretString>,
    ) -> Outcome<SecretString> {
        log::warn!("{fault}");
        let record = self.fetch_token(false).await?;
        if is_rejected(&record, rejected) {
            return Err(held_back("forced token refresh held back: no store", FORCE_GAP));
        }
        Ok(self.tokens.keep(record))
    }

    async fn fetch_token(&self, force_refresh: bool) -> Outcome<TokenRecord> {
        // Counted from before the call: the answer's way must not lengthen the token's life.
        let fetched_at = self.clock.now();
        let body = json_bytes(&TokenRequest {
            grant_type: "client_credential",
            appid: &self.credentials.appid,
            secret: self.credentials.app_secret.expose_secret(),
            force_refresh,
        })?;
        let json = "application/json".to_owned();
        let request = OutboundRequest {
            method: Method::Post,
            url: self.url("/cgi-bin/stable_token"),
            headers: vec![("Accept", json.clone()), ("Content-Type", json)],
            body,
        };
        let answer: TokenAnswer = self.exchange(request, Repeat::Never, Self::read_json).await.map_err(as_bootstrap)?;
        let token_fits = (1..=2048).contains(&answer.access_token.len())
            && answer.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if !token_fits || !(1..=LIFE_MAX_S).contains(&answer.expires_in) {
            return Err(unreadable("access_token or expires_in is out of shape"));
        }
        Ok(TokenRecord {
            generation: 1,
            token: answer.access_token.into(),
            fetched_at,
            expires_at: fetched_at + TimeDelta::seconds(answer.expires_in),
            forced_at: None,
            forced_that_day: 0,
        })
    }
}

fn is_rejected(record: &TokenRecord, rejected: Option<&SecretString>) -> bool {
    rejected.is_some_and(|old| old.expose_secret() == record.token.expose_secret())
}

fn held_back(why: &str, wait: TimeDelta) -> CallError {
    let retry_after = wait.to_std().unwrap_or(Duration::from_secs(1));
    CallError::Throttled(Throttle { retry_after, code: why.to_owned(), status: None })
}

/// The day by which WeChat counts.
fn china_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&shanghai()).date_naive()
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
