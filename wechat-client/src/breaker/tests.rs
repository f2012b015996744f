//! A dead WeChat must cost little, and must be noticed alive again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Url;

use crate::Breaker;
use crate::testing::TestClock;
use crate::testing::{ScriptedWeChat, bare_answer};
use crate::transport::{Method, OutboundRequest, Transport, TransportError};

fn request(host: &str) -> OutboundRequest {
    let url = Url::parse(&format!("https://{host}/v3/x")).unwrap();
    OutboundRequest { method: Method::Get, url, headers: Vec::new(), body: Vec::new() }
}

/// A WeChat that can be switched off; `api.mch` only.
fn switchable() -> (Arc<ScriptedWeChat>, Arc<AtomicBool>) {
    let alive = Arc::new(AtomicBool::new(false));
    let seen = alive.clone();
    let wechat = ScriptedWeChat::slow(Duration::from_millis(40), move |request| {
        let answers = seen.load(Ordering::SeqCst) || request.url.host_str() != Some("api.mch");
        if answers { Ok(bare_answer(200, "")) } else { Err(TransportError::TimedOut) }
    });
    (wechat, alive)
}

async fn open(breaker: &Breaker) {
    for _ in 0..5 {
        assert_eq!(breaker.send(request("api.mch")).await.unwrap_err(), TransportError::TimedOut);
    }
}

#[tokio::test]
async fn after_five_failures_nobody_waits_for_a_dead_wechat() {
    let (wechat, _) = switchable();
    let breaker = Breaker::new(wechat.clone(), TestClock::new());
    open(&breaker).await;
    for _ in 0..100 {
        assert_eq!(breaker.send(request("api.mch")).await.unwrap_err(), TransportError::BreakerOpen);
    }
    assert_eq!(wechat.requests().len(), 5);
    assert_eq!(breaker.open_origins(), ["https://api.mch"]);
    // The other host is not made to suffer.
    breaker.send(request("api.mini")).await.unwrap();
}

#[tokio::test]
async fn one_probe_at_a_time_finds_out_that_wechat_is_back() {
    let clock = TestClock::new();
    let (wechat, alive) = switchable();
    let breaker = Breaker::new(wechat.clone(), clock.clone());
    open(&breaker).await;
    clock.advance(Duration::from_secs(6));
    let burst = (0..20).map(|_| breaker.send(request("api.mch")));
    let results = futures_util::future::join_all(burst).await;
    let probes = results.iter().filter(|result| matches!(result, Err(TransportError::TimedOut))).count();
    assert_eq!((probes, wechat.requests().len()), (1, 6));
    // The probe failed: closed to all for another while.
    assert_eq!(breaker.send(request("api.mch")).await.unwrap_err(), TransportError::BreakerOpen);
    alive.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(6));
    for _ in 0..10 {
        breaker.send(request("api.mch")).await.unwrap();
    }
    assert!(breaker.open_origins().is_empty());
}

#[tokio::test]
async fn a_probe_whose_caller_went_away_does_not_keep_it_shut_for_ever() {
    let clock = TestClock::new();
    let (wechat, alive) = switchable();
    let breaker = Breaker::new(wechat.clone(), clock.clone());
    open(&breaker).await;
    alive.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(6));
    let gone = tokio::time::timeout(Duration::from_millis(2), breaker.send(request("api.mch"))).await;
    assert!(gone.is_err());
    breaker.send(request("api.mch")).await.unwrap();
}

#[tokio::test]
async fn failures_with_successes_between_and_business_errors_do_not_open_it() {
    let mut number = 0;
    let wechat = ScriptedWeChat::new(move |_| {
        number += 1;
        match number % 5 {
            0 => Ok(bare_answer(500, r#"{"code":"SYSTEM_ERROR"}"#)),
            1 => Err(TransportError::Broken(String::new())),
            2 => Err(TransportError::NotConnected(String::new())),
            _ => Ok(bare_answer(503, "")),
        }
    });
    let breaker = Breaker::new(wechat.clone(), TestClock::new());
    for _ in 0..50 {
        drop(breaker.send(request("api.mch")).await);
    }
    assert_eq!(wechat.requests().len(), 50);
    let gateway = ScriptedWeChat::new(|_| Ok(bare_answer(502, "")));
    let breaker = Breaker::new(gateway.clone(), TestClock::new());
    for _ in 0..50 {
        drop(breaker.send(request("api.mch")).await);
    }
    assert_eq!(gateway.requests().len(), 5);
}
