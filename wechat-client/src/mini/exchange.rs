//! Sending a call, judging its answer, and the few repetitions that are allowed.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_lc_rs::rand;
use chrono::DateTime;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::mini::{MiniClient, unreadable};
use crate::outcome::errcodes::{harmless, not_a_refusal, refusal_code, rests_on_time, throttled};
use crate::outcome::{CallError, Outcome, Refusal, Unknown, UnknownCause, clipped};
use crate::transport::{InboundAnswer, Method, OutboundRequest, unsent_or_unknown};

/// Tries of a call that may be repeated, the first one included.
const TRIES: u32 = 3;
/// No further try starts so long after the first one began: a caller must not wait for three timeouts.
const TRIES_WITHIN: Duration = Duration::from_secs(6);
/// The pause before the second try lies between half of this and all of it; each later one is twice as long.
const PAUSE: Duration = Duration::from_millis(300);
/// From here on, two clocks differ; `Date` counts whole seconds and the answer was under way.
const SKEW_FROM_S: i64 = 60;

/// Whether the same bytes may be sent again after an unknown outcome (contract, part 0).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// A second arrival does the same as one: questions, and what WeChat recognises as the same.
    Safe,
    /// A second arrival may do it twice, or fail where the first one did it.
    Never,
}

/// A call that carries the `access_token`.
pub(super) struct Call<'c> {
    pub(super) path: &'static str,
    /// Further pairs of the query.
    pub(super) query: Vec<(&'static str, &'c str)>,
    /// The JSON to post; a GET without it.
    pub(super) body: Option<Vec<u8>>,
    pub(super) repeat: Repeat,
}

impl<'c> Call<'c> {
    pub(super) fn get(path: &'static str, query: Vec<(&'static str, &'c str)>, repeat: Repeat) -> Self {
        Self { path, query, body: None, repeat }
    }

    pub(super) fn post<B: Serialize + ?Sized>(path: &'static str, body: &B, repeat: Repeat) -> Outcome<Self> {
        Ok(Self { path, query: Vec::new(), body: Some(json_bytes(body)?), repeat })
    }
}

/// The bytes of a request body. Serialising plain structs does not fail.
pub(super) fn json_bytes<B: Serialize + ?Sized>(body: &B) -> Outcome<Vec<u8>> {
    serde_json::to_vec(body).map_err(|_| CallError::unknown(UnknownCause::NotSent("no body".to_owned())))
}

/// How an answer is read.
pub(super) type Reader<T> = fn(&MiniClient, &InboundAnswer) -> Outcome<T>;

/// What every answer may tell. Everything else of the page is ignored.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

/// An answer of which only the errcode matters.
#[derive(Deserialize)]
pub(super) struct Done {}

impl MiniClient {
    /// Calls with the token; reads a success as the type of the call's page.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Outcome<T> {
        self.call_reading(call, Self::read_json).await
    }

    /// Calls with the token; a success is read by `read`.
    pub(super) async fn call_reading<T>(&self, call: Call<'_>, read: Reader<T>) -> Outcome<T> {
        self.with_token(|token| self.exchange(self.request(&call, &token), call.repeat, read)).await
    }

    fn request(&self, call: &Call<'_>, token: &SecretString) -> OutboundRequest {
        let mut url = self.url(call.path);
        url.query_pairs_mut().append_pair("access_token", token.expose_secret()).extend_pairs(&call.query);
        let json = "application/json".to_owned();
        let mut headers = vec![("Accept", json.clone())];
        if call.body.is_some() {
            headers.push(("Content-Type", json));
        }
        let method = if call.body.is_some() { Method::Post } else { Method::Get };
        OutboundRequest { method, url, headers, body: call.body.clone().unwrap_or_default() }
    }

    /// Sends, and again where that is allowed: with a growing, random pause if the call is [`Repeat::Safe`]; at the
    /// back-up host, if there is one, also when it is certain that nothing was sent.
    pub(super) async fn exchange<T>(&self, request: OutboundRequest, repeat: Repeat, read: Reader<T>) -> Outcome<T> {
        let begun = Instant::now();
        let mut request = request;
        let mut tries = 1;
        loop {
            let outcome = self.once(request.clone(), read).await;
            let Err(CallError::Unknown(Unknown { cause, .. })) = &outcome else { return outcome };
            if tries == TRIES || begun.elapsed() >= TRIES_WITHIN {
                return outcome;
            }
            let other_host = self.backup_url.as_ref().filter(|_| tries == 1 && is_of_the_way(cause));
            if let Some(backup) = other_host.filter(|_| repeat == Repeat::Safe || was_not_sent(cause)) {
                request.url = moved(request.url, backup);
            } else if repeat == Repeat::Never || !passes_by_itself(cause) {
                return outcome;
            } else {
                tokio::time::sleep(pause(tries)).await;
            }
            tries += 1;
        }
    }

    async fn once<T>(&self, request: OutboundRequest, read: Reader<T>) -> Outcome<T> {
        let answer = self.transport.send(request).await.map_err(unsent_or_unknown)?;
        self.note_clock(&answer);
        read(self, &answer)
    }

    /// A success, as JSON. Parses by content: WeChat answers JSON as text/plain.
    pub(super) fn read_json<T: DeserializeOwned>(&self, answer: &InboundAnswer) -> Outcome<T> {
        self.accepted(answer)?;
        // The parser's own text may quote a session_key or a token.
        serde_json::from_slice(&answer.body).map_err(|_| unreadable("it lacks what the page of the call promises"))
    }

    /// An absent `errcode` means 0.
    pub(super) fn accepted(&self, answer: &InboundAnswer) -> Outcome<()> {
        let status = answer.status;
        arrived(answer)?;
        // The parser would take an empty array for an object without fields.
        let is_object = answer.body.trim_ascii_start().starts_with(b"{");
        let Some(told) = serde_json::from_slice::<Told>(&answer.body).ok().filter(|_| is_object) else {
            return Err(unreadable("not JSON of the mini program API"));
        };
        match told.errcode {
            0 => Ok(()),
            errcode => Err(self.fault_of(errcode, &told.errmsg, status)),
        }
    }

    fn fault_of(&self, errcode: i64, errmsg: &str, status: u16) -> CallError {
        if let Some(fault) = not_a_refusal(errcode, status) {
            return fault;
        }
        // WeChat is not known to repeat secrets in its texts; nothing is lost by making sure.
        let (text, trace) = harmless(&errmsg.replace(self.credentials.app_secret.expose_secret(), "***"));
        let clock = match self.clock_skew_s().filter(|_| rests_on_time(errcode)) {
            Some(skew_s) => format!("; look at the clock: WeChat's is {skew_s} s from ours"),
            None => String::new(),
        };
        CallError::Refused(Refusal {
            code: refusal_code(errcode),
            message: clipped(&format!("errcode {errcode}: {text}{clock}")),
            status: Some(status),
            trace,
            signed: false,
        })
    }

    /// Seconds by which WeChat's clock differs from ours (theirs minus ours) by the `Date` of its last answer, if that
    /// is a minute or more. Nothing is refused for it: it tells an operator why WeChat finds our times wrong.
    pub fn clock_skew_s(&self) -> Option<i64> {
        Some(self.skew_s.load(Ordering::Relaxed)).filter(|skew_s| skew_s.abs() >= SKEW_FROM_S)
    }

    fn note_clock(&self, answer: &InboundAnswer) {
        let date = answer.header_values("date").first().and_then(|text| DateTime::parse_from_rfc2822(text).ok());
        let Some(date) = date else { return };
        let skew_s = date.timestamp() - self.clock.now().timestamp();
        let before = self.skew_s.swap(skew_s, Ordering::Relaxed);
        if skew_s.abs() >= SKEW_FROM_S && before.abs() < SKEW_FROM_S {
            log::warn!("clock: WeChat's is {skew_s} s from ours");
        }
    }
}

/// What HTTP itself says: errors of this API come as 200.
pub(super) fn arrived(answer: &InboundAnswer) -> Outcome<()> {
    match answer.status {
        200 => Ok(()),
        429 => Err(throttled(2, "HTTP 429", 429)),
        status @ 500.. => Err(CallError::unknown(UnknownCause::ServerTrouble { status, code: String::new() })),
        status => Err(unreadable(&format!("HTTP {status}"))),
    }
}

/// Another host may be reached where this one is not.
fn is_of_the_way(cause: &UnknownCause) -> bool {
    was_not_sent(cause) || matches!(cause, UnknownCause::TimedOut | UnknownCause::ConnectionLost(_))
}

fn was_not_sent(cause: &UnknownCause) -> bool {
    matches!(cause, UnknownCause::NotSent(_) | UnknownCause::BreakerOpen)
}

/// A short wait may help. An open breaker stays open for longer, and an unreadable answer stays what it is.
fn passes_by_itself(cause: &UnknownCause) -> bool {
    let from_there = matches!(cause, UnknownCause::ServerTrouble { .. });
    from_there || (is_of_the_way(cause) && !matches!(cause, UnknownCause::BreakerOpen))
}

/// The same address at another host.
fn moved(url: Url, host: &Url) -> Url {
    let mut there = host.clone();
    there.set_path(url.path());
    there.set_query(url.query());
    there
}

/// Grows with each try, and differs between nodes, so that they do not come back all at once.
pub(super) fn pause(tries: u32) -> Duration {
    let longest = PAUSE * 2_u32.pow(tries.saturating_sub(1).min(4));
    let mut byte = [0_u8; 1];
    // Without random bytes the pause is the shortest one: still a pause.
    if rand::fill(&mut byte).is_err() {
        return longest / 2;
    }
    longest / 2 + longest / 2 * u32::from(byte[0]) / 255
}
