//! Login codes and the access token: what must not leak, and what must not be fetched twice.

mod calls;
mod content;
mod exchange;
mod links;
mod logistics;
mod open_data;
mod phone;
mod qr;
mod service_card;
mod session_key;
mod shipping;
mod subscribe;
mod token_store;

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use crate::testing::TestClock;
use crate::testing::{APPID, ScriptedWeChat, bare_answer};
use crate::transport::{InboundAnswer, Method, OutboundRequest, TransportError};
use crate::{CallError, MiniClient, MiniCredentials, Outcome, RefusalCode, Unknown, UnknownCause};

const SECRET: &str = "canary0secret1canary2secret3cana";

fn credentials() -> MiniCredentials {
    MiniCredentials {
        appid: APPID.to_owned(),
        app_secret: SecretString::from(SECRET),
        base_url: "https://api.weixin.qq.com".to_owned(),
    }
}

fn client(wechat: &Arc<ScriptedWeChat>, clock: &TestClock) -> MiniClient {
    MiniClient::new(&credentials(), wechat.clone(), clock.clone()).unwrap()
}

fn token(name: &str, expires_in: i64) -> InboundAnswer {
    bare_answer(200, &format!(r#"{{"access_token":"{name}","expires_in":{expires_in}}}"#))
}

fn error(errcode: i64) -> InboundAnswer {
    bare_answer(200, &format!(r#"{{"errcode":{errcode},"errmsg":"x {SECRET} rid: 1-2-3"}}"#))
}

/// A client with a token before a WeChat that answers in this order, then loses the connection.
fn api(replies: impl IntoIterator<Item = Result<InboundAnswer, TransportError>>) -> (MiniClient, Arc<ScriptedWeChat>) {
    let mut left: VecDeque<_> = replies.into_iter().collect();
    let wechat = ScriptedWeChat::new(move |request| {
        if request.url.path() == "/cgi-bin/stable_token" {
            return Ok(token("canarytoken", 7200));
        }
        left.pop_front().unwrap_or(Err(TransportError::Broken("script is over".to_owned())))
    });
    (client(&wechat, &TestClock::new()), wechat)
}

#[allow(clippy::unnecessary_wraps)] // a reply of the script
fn json(body: serde_json::Value) -> Result<InboundAnswer, TransportError> {
    Ok(bare_answer(200, &body.to_string()))
}

/// What was asked but for the token.
fn asked(wechat: &ScriptedWeChat) -> Vec<OutboundRequest> {
    wechat.requests().into_iter().filter(|request| request.url.path() != "/cgi-bin/stable_token").collect()
}

/// The one request: path, query without the token, body.
fn one(wechat: &ScriptedWeChat) -> (String, Vec<(String, String)>, serde_json::Value) {
    let request = asked(wechat).remove(0);
    let mut pairs: Vec<_> = request.url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    assert_eq!(pairs.remove(0), ("access_token".to_owned(), "canarytoken".to_owned()));
    let body = if request.body.is_empty() {
        serde_json::Value::Null
    } else {
        assert_eq!(request.header("Content-Type"), Some("application/json"));
        serde_json::from_slice(&request.body).unwrap()
    };
    (request.url.path().to_owned(), pairs, body)
}

async fn login(reply: Result<InboundAnswer, TransportError>) -> Outcome<crate::Session> {
    let wechat = ScriptedWeChat::replies([reply]);
    client(&wechat, &TestClock::new()).code_to_session("0a1b").await
}

fn is_forced(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).unwrap()["force_refresh"].as_bool().unwrap()
}

#[tokio::test]
async fn a_login_code_can_not_smuggle_parameters() {
    let wechat = ScriptedWeChat::replies([Ok(bare_answer(200, r#"{"openid":"o1","session_key":"a2V5"}"#))]);
    let session = client(&wechat, &TestClock::new()).code_to_session("a&secret=x#?%+/=").await.unwrap();
    assert_eq!((session.openid.as_str(), session.unionid), ("o1", None));
    let request = wechat.requests().remove(0);
    assert_eq!((request.method, request.url.path()), (Method::Get, "/sns/jscode2session"));
    let pairs: Vec<_> = request.url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    let expected =
        [("appid", APPID), ("secret", SECRET), ("js_code", "a&secret=x#?%+/="), ("grant_type", "authorization_code")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(pairs, expected);
}

#[tokio::test]
async fn an_impossible_code_is_refused_without_a_call() {
    let wechat = ScriptedWeChat::replies([]);
    let client = client(&wechat, &TestClock::new());
    for code in [String::new(), "a b".to_owned(), "a\u{0}b".to_owned(), "码".to_owned(), "x".repeat(257)] {
        let fault = client.code_to_session(&code).await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::InvalidCode));
        assert!(fault.nothing_was_sent());
    }
    assert!(wechat.requests().is_empty());
}

#[tokio::test]
async fn json_under_another_content_type_and_with_errcode_zero_is_read() {
    let mut answer =
        bare_answer(200, r#"{"openid":"o1","session_key":"a2V5","unionid":"u1","errcode":0,"errmsg":"ok"}"#);
    answer.headers.push(("content-type".to_owned(), "text/plain".to_owned()));
    let session = login(Ok(answer)).await.unwrap();
    assert_eq!(session.unionid.as_deref(), Some("u1"));
    assert_eq!(session.session_key.expose_secret(), "a2V5");
    assert!(!format!("{session:?}").contains("a2V5"));
}

#[tokio::test]
async fn every_errcode_is_sorted() {
    for (errcode, code) in [
        (40029, RefusalCode::InvalidCode),
        (40163, RefusalCode::InvalidCode),
        (40226, RefusalCode::Blocked),
        (40013, RefusalCode::InvalidAppid),
        (40125, RefusalCode::InvalidSecret),
        (40243, RefusalCode::InvalidSecret),
        (40164, RefusalCode::AddressNotAllowed),
        (41008, RefusalCode::ParamError),
        (99999, RefusalCode::Other("ERRCODE99999".to_owned())),
    ] {
        assert_eq!(login(Ok(error(errcode))).await.unwrap_err().refusal_code(), Some(&code));
    }
    for (errcode, wait_s) in [(45011, 60), (45009, 3600), (44990, 1), (44991, 60)] {
        let CallError::Throttled(throttle) = login(Ok(error(errcode))).await.unwrap_err() else { panic!("{errcode}") };
        assert_eq!(throttle.retry_after, Duration::from_secs(wait_s));
    }
    let fault = login(Ok(error(-1))).await.unwrap_err();
    assert!(matches!(fault, CallError::Unknown(Unknown { cause: UnknownCause::ServerTrouble { .. }, .. })));
}

#[tokio::test]
async fn what_is_not_a_session_is_unknown() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "<xml/>",
        r#"{"openid":"o1"}"#,
        r#"{"openid":"","session_key":"a2V5"}"#,
        r#"{"openid":"o 1","session_key":"a2V5"}"#,
        r#"{"openid":"o1","session_key":""}"#,
        r#"{"errcode":"40029"}"#,
    ] {
        let fault = login(Ok(bare_answer(200, body))).await.unwrap_err();
        assert!(matches!(fault, CallError::Unknown(_)), "{body}: {fault}");
    }
    for status in [301, 404, 500, 502] {
        let fault = login(Ok(bare_answer(status, r#"{"openid":"o1","session_key":"a2V5"}"#))).await.unwrap_err();
        assert!(matches!(fault, CallError::Unknown(_)), "{status}");
    }
    assert!(matches!(login(Ok(bare_answer(429, ""))).await.unwrap_err(), CallError::Throttled(_)));
}

#[tokio::test]
async fn the_app_secret_is_in_no_error_and_no_debug() {
    let wechat = ScriptedWeChat::replies([Ok(error(40029)), Ok(error(40125)), Err(TransportError::TimedOut)]);
    let client = client(&wechat, &TestClock::new());
    let mut printed = format!("{:?} {client:?}", credentials());
    for _ in 0..3 {
        let fault = client.code_to_session("0a1b").await.unwrap_err();
        write!(printed, "{fault} {fault:?}").unwrap();
    }
    drop(client.access_token().await);
    write!(printed, "{:?}", wechat.requests()).unwrap();
    assert!(!printed.contains("canary"), "{printed}");
}

#[tokio::test]
async fn two_hundred_callers_make_one_fetch() {
    let wechat = ScriptedWeChat::slow(Duration::from_millis(50), |_| Ok(token("T1", 7200)));
    let client = client(&wechat, &TestClock::new());
    let results = join_all((0..200).map(|_| client.access_token())).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap().expose_secret() == "T1"));
    assert_eq!(wechat.requests().len(), 1);
    let request = wechat.requests().remove(0);
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::Post, "https://api.weixin.qq.com/cgi-bin/stable_token")
    );
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"grant_type":"client_credential","appid":APPID,"secret":SECRET,"force_refresh":false})
    );
}

#[tokio::test]
async fn callers_that_waited_for_a_failed_fetch_do_not_fail_one_after_the_other() {
    let wechat = ScriptedWeChat::slow(Duration::from_millis(50), |_| Err(TransportError::TimedOut));
    let client = client(&wechat, &TestClock::new());
    let results = join_all((0..200).map(|_| client.access_token())).await;
    assert!(results.iter().all(Result::is_err));
    assert_eq!(wechat.requests().len(), 1);
    // Who comes later tries again.
    client.access_token().await.unwrap_err();
    assert_eq!(wechat.requests().len(), 2);
}

#[tokio::test]
async fn a_token_that_was_asked_for_too_often_is_throttled_and_asked_for_again_later() {
    let wechat = ScriptedWeChat::replies([Ok(error(45011)), Ok(error(45009)), Ok(token("T3", 7200))]);
    let client = client(&wechat, &TestClock::new());
    for wait_s in [60, 3600] {
        let CallError::Throttled(throttle) = client.access_token().await.unwrap_err() else { panic!("{wait_s}") };
        assert_eq!(throttle.retry_after, Duration::from_secs(wait_s));
    }
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T3", "a refusal is not kept");
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_block_the_others() {
    let wechat = ScriptedWeChat::slow(Duration::from_millis(50), |_| Ok(token("T1", 7200)));
    let client = client(&wechat, &TestClock::new());
    let gone = tokio::time::timeout(Duration::from_millis(10), client.access_token()).await;
    assert!(gone.is_err());
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T1");
}

#[tokio::test]
async fn a_token_is_given_up_before_it_expires_on_our_clock() {
    let clock = TestClock::new();
    let mut number = 0;
    let wechat = ScriptedWeChat::new(move |_| {
        number += 1;
        Ok(token(&format!("T{number}"), 400))
    });
    let client = client(&wechat, &clock);
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T1");
    clock.advance(Duration::from_secs(335));
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T1");
    clock.advance(Duration::from_secs(10));
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T2");
}

#[tokio::test]
async fn an_impossible_token_answer_is_unknown_and_not_cached() {
    let wechat = ScriptedWeChat::replies([
        Ok(token("", 7200)),
        Ok(token("T", 0)),
        Ok(token("T", -5)),
        Ok(token("T", 99_999_999)),
        Ok(bare_answer(200, r#"{"access_token":"T"}"#)),
        Ok(bare_answer(200, r#"{"access_token":"T","expires_in":7200.5}"#)),
        Ok(bare_answer(200, r#"{"errcode":40001,"errmsg":"invalid credential"}"#)),
        Ok(token("T8", 7200)),
    ]);
    let client = client(&wechat, &TestClock::new());
    for _ in 0..6 {
        assert!(matches!(client.access_token().await.unwrap_err(), CallError::Unknown(_)));
    }
    // Without a token in the question, 40001 speaks of the secret.
    assert_eq!(client.access_token().await.unwrap_err().refusal_code(), Some(&RefusalCode::InvalidSecret));
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T8");
}

/// A call that WeChat answers by looking at the token.
async fn call_accepting(client: &MiniClient, good: &str, calls: &AtomicUsize) -> Outcome<String> {
    client
        .with_token(|token| {
            let text = token.expose_secret().to_owned();
            let good = good.to_owned();
            async move {
                calls.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                if text == good { Ok(text) } else { Err(CallError::refused_here(RefusalCode::TokenRejected, "42001")) }
            }
        })
        .await
}

#[tokio::test]
async fn a_rejected_token_is_replaced_in_normal_mode_once_for_all_callers() {
    let mut number = 0;
    let wechat = ScriptedWeChat::slow(Duration::from_millis(20), move |_| {
        number += 1;
        Ok(token(&format!("T{number}"), 7200))
    });
    let client = client(&wechat, &TestClock::new());
    client.access_token().await.unwrap();
    let calls = AtomicUsize::new(0);
    let results = join_all((0..50).map(|_| call_accepting(&client, "T2", &calls))).await;
    assert!(results.iter().all(|result| result.as_deref() == Ok("T2")));
    assert_eq!(calls.load(Ordering::SeqCst), 100, "each call once with the old token, once with the new");
    let requests = wechat.requests();
    assert_eq!(requests.len(), 2, "no ping-pong");
    assert!(requests.iter().all(|request| !is_forced(&request.body)));
}

#[tokio::test]
async fn a_token_is_forced_only_when_normal_mode_gives_the_rejected_one_and_not_twice_in_thirty_seconds() {
    let clock = TestClock::new();
    let wechat = ScriptedWeChat::new(|request| Ok(token(if is_forced(&request.body) { "T2" } else { "T1" }, 7200)));
    let client = client(&wechat, &clock);
    let calls = AtomicUsize::new(0);
    assert_eq!(call_accepting(&client, "T2", &calls).await.unwrap(), "T2");
    let forced: Vec<bool> = wechat.requests().iter().map(|request| is_forced(&request.body)).collect();
    assert_eq!(forced, [false, false, true]);
    // T2 is rejected now, normal mode gives T1, which is rejected too: one replay only, then the result stands.
    let fault = call_accepting(&client, "none", &calls).await.unwrap_err();
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::TokenRejected));
    // T1 again from normal mode: forcing is held back.
    let fault = call_accepting(&client, "none", &calls).await.unwrap_err();
    let CallError::Throttled(throttle) = &fault else { panic!("{fault}") };
    assert!(throttle.retry_after <= Duration::from_secs(30) && fault.nothing_was_sent());
    clock.advance(Duration::from_secs(31));
    assert_eq!(call_accepting(&client, "T2", &calls).await.unwrap(), "T2");
    assert_eq!(wechat.requests().iter().filter(|request| is_forced(&request.body)).count(), 2);
}

#[test]
fn all_faults_of_the_credentials_are_reported_and_none_quotes_the_secret() {
    let wrong = MiniCredentials {
        appid: "WX0123456789ABCDEF".to_owned(),
        app_secret: SecretString::from("canary key"),
        base_url: "http://api.weixin.qq.com".to_owned(),
    };
    let faults = wrong.validate().unwrap_err();
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(!faults.join(" ").contains("canary"));
    credentials().validate().unwrap();
}

#[test]
fn calls_may_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    let wechat = ScriptedWeChat::replies([]);
    let client = client(&wechat, &TestClock::new());
    is_send(client.access_token());
    is_send(client.code_to_session("x"));
    let calls = AtomicUsize::new(0);
    is_send(call_accepting(&client, "T", &calls));
}
