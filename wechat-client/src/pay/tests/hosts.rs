//! The back-up host, waits between attempts, and a clock that is wrong.

use std::sync::Arc;
use std::time::Duration;

use super::{ORDER_NO, prepay_order, transaction_json};
use crate::testing::TestClock;
use crate::testing::{ScriptedWeChat, bare_answer, public_key_credentials, signed_answer};
use crate::transport::{InboundAnswer, TransportError};
use crate::{
    Backoff, CallError, ClockHealth, ComplaintReply, Outcome, PAY_BACKUP_URL, PayClient, RefusalCode, Throttle,
    Unknown, UnknownCause,
};

type Reply = Result<InboundAnswer, TransportError>;

fn with_backup(replies: impl IntoIterator<Item = Reply>, clock: &TestClock) -> (PayClient, Arc<ScriptedWeChat>) {
    let wechat = ScriptedWeChat::replies(replies);
    let client = PayClient::new(&public_key_credentials(), wechat.clone(), clock.clone()).unwrap();
    (client.with_backup(PAY_BACKUP_URL).unwrap(), wechat)
}

fn hosts(wechat: &ScriptedWeChat) -> Vec<String> {
    wechat.requests().iter().map(|request| request.url.host_str().unwrap().to_owned()).collect()
}

const MAIN: &str = "api.mch.weixin.qq.com";
const BACKUP: &str = "api2.mch.weixin.qq.com";

fn not_connected() -> Reply {
    Err(TransportError::NotConnected("refused".to_owned()))
}

fn reply_to_complaint() -> ComplaintReply {
    ComplaintReply { complaint_id: "1".to_owned(), text: "好".to_owned(), images: Vec::new(), link: None }
}

#[tokio::test]
async fn what_was_not_sent_goes_to_the_backup_host_with_the_same_bytes() {
    let clock = TestClock::new();
    for first in [not_connected(), Err(TransportError::BreakerOpen)] {
        let (client, wechat) = with_backup([first, Ok(signed_answer(204, "", &clock))], &clock);
        client.reply_to_complaint(&reply_to_complaint()).await.unwrap();
        assert_eq!(hosts(&wechat), [MAIN, BACKUP]);
        let [one, other] = wechat.requests().try_into().unwrap();
        assert_eq!((one.url.path(), &one.body, &one.headers), (other.url.path(), &other.body, &other.headers));
    }
}

#[tokio::test]
async fn a_question_and_an_idempotent_call_are_asked_again_after_a_timeout() {
    let clock = TestClock::new();
    let failures =
        || [Err(TransportError::TimedOut), Err(TransportError::Broken("reset".to_owned())), Ok(bare_answer(502, ""))];
    for first in failures() {
        let paid = transaction_json("\"\"", "\"\"");
        let (client, wechat) = with_backup([first, Ok(signed_answer(200, &paid, &clock))], &clock);
        client.query_by_out_trade_no(ORDER_NO).await.unwrap();
        assert_eq!(hosts(&wechat), [MAIN, BACKUP]);
        assert_eq!(wechat.requests()[1].url.query(), Some("mchid=1900000109"));
    }
    for first in failures() {
        let (client, wechat) = with_backup([first, Ok(signed_answer(200, r#"{"prepay_id":"wx1"}"#, &clock))], &clock);
        let body = client.prepay_body(&prepay_order()).unwrap();
        client.prepay(&body).await.unwrap();
        assert_eq!(hosts(&wechat), [MAIN, BACKUP]);
    }
}

#[tokio::test]
async fn a_reply_that_may_have_arrived_is_not_sent_a_second_time() {
    let clock = TestClock::new();
    for first in
        [Err(TransportError::TimedOut), Err(TransportError::Broken("reset".to_owned())), Ok(bare_answer(503, ""))]
    {
        let (client, wechat) = with_backup([first, Ok(signed_answer(204, "", &clock))], &clock);
        let fault = client.reply_to_complaint(&reply_to_complaint()).await.unwrap_err();
        assert!(!fault.nothing_was_sent(), "{fault}");
        assert_eq!(hosts(&wechat), [MAIN]);
    }
}

#[tokio::test]
async fn a_call_that_may_have_arrived_is_not_called_unsent_because_the_backup_is_dead_too() {
    let clock = TestClock::new();
    let (client, _) = with_backup([Err(TransportError::TimedOut), not_connected()], &clock);
    let fault = client.close(ORDER_NO).await.unwrap_err();
    assert!(matches!(&fault, CallError::Unknown(Unknown { cause: UnknownCause::TimedOut, .. })), "{fault}");
    let (client, _) = with_backup([not_connected(), not_connected()], &clock);
    assert!(client.close(ORDER_NO).await.unwrap_err().nothing_was_sent());
    let (client, _) = with_backup([not_connected(), Err(TransportError::TimedOut)], &clock);
    assert!(!client.close(ORDER_NO).await.unwrap_err().nothing_was_sent());
}

#[tokio::test]
async fn a_refusal_or_a_success_asks_nobody_else() {
    let clock = TestClock::new();
    for answer in [
        signed_answer(400, r#"{"code":"ORDER_CLOSED"}"#, &clock),
        signed_answer(204, "", &clock),
        bare_answer(500, ""),
        bare_answer(429, ""),
    ] {
        let (client, wechat) = with_backup([Ok(answer)], &clock);
        drop(client.close(ORDER_NO).await);
        assert_eq!(hosts(&wechat), [MAIN]);
    }
    assert!(
        PayClient::new(&public_key_credentials(), ScriptedWeChat::replies([]), clock)
            .unwrap()
            .with_backup("http://api2.mch.weixin.qq.com")
            .is_err()
    );
}

#[test]
fn waits_grow_with_jitter_to_a_cap_and_a_refusal_is_not_tried_again() {
    let backoff = Backoff::default();
    let unknown = CallError::Unknown(Unknown { cause: UnknownCause::TimedOut, trace: None });
    let mut waits = std::collections::BTreeSet::new();
    for attempt in 1..=40 {
        let whole = Duration::from_secs(2_u64.saturating_pow(attempt)).min(backoff.cap);
        for _ in 0..20 {
            let wait = backoff.wait(attempt, &unknown).unwrap();
            assert!(whole / 2 <= wait && wait <= whole, "{attempt}: {wait:?}");
            waits.insert(wait);
        }
    }
    assert!(waits.len() > 100, "no jitter");
    backoff.wait(u32::MAX, &unknown).unwrap();
    let throttled =
        CallError::Throttled(Throttle { retry_after: Duration::from_hours(1), code: String::new(), status: Some(429) });
    assert_eq!(backoff.wait(1, &throttled), Some(Duration::from_hours(1)));
    let refused = CallError::refused_here(RefusalCode::ParamError, "x");
    assert_eq!(backoff.wait(1, &refused), None);
}

async fn asked_at(date: &str, clock: &TestClock) -> (Outcome<()>, PayClient) {
    let mut answer = bare_answer(401, r#"{"code":"SIGN_ERROR","message":"时间戳过期"}"#);
    answer.headers.push(("date".to_owned(), date.to_owned()));
    let wechat = ScriptedWeChat::replies([Ok(answer)]);
    let client = PayClient::new(&public_key_credentials(), wechat, clock.clone()).unwrap();
    (client.close(ORDER_NO).await, client)
}

#[tokio::test]
async fn a_wrong_clock_is_called_a_clock_and_a_wrong_key_a_key() {
    let clock = TestClock::new();
    let date = |ahead_s: i64| (clock.now() + chrono::TimeDelta::seconds(ahead_s)).to_rfc2822().replace("+0000", "GMT");
    let (result, client) = asked_at(&date(900), &clock).await;
    let fault = result.unwrap_err();
    assert!((899..=901).contains(&fault.clock_skew_s().unwrap()), "{fault}");
    assert!(fault.to_string().contains("clock"), "{fault}");
    assert!(matches!(client.clock_health(), ClockHealth::Wrong { .. }));
    let (result, client) = asked_at(&date(-90), &clock).await;
    assert_eq!(result.unwrap_err().refusal_code(), Some(&RefusalCode::SignError));
    assert!(matches!(client.clock_health(), ClockHealth::Drifting { skew_s: -91..=-89 }));
    let (result, client) = asked_at("yesterday", &clock).await;
    assert_eq!(result.unwrap_err().refusal_code(), Some(&RefusalCode::SignError));
    assert_eq!(client.clock_health(), ClockHealth::Unseen);
}

#[tokio::test]
async fn every_answer_tells_how_the_clock_stands() {
    let clock = TestClock::new();
    let (client, _) = with_backup([Ok(signed_answer(204, "", &clock))], &clock);
    assert_eq!(client.clock_health(), ClockHealth::Unseen);
    client.close(ORDER_NO).await.unwrap();
    assert!(matches!(client.clock_health(), ClockHealth::Good { .. }));
}
