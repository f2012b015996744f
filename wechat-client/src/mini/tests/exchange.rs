//! Which calls are repeated, where, and what a clock that is wrong is called.

use super::*;
use crate::mini::exchange::pause;
use crate::{MiniCode, OrderKey, SubscribeMessage};

fn order() -> OrderKey {
    OrderKey::Transaction("4200000001".to_owned())
}

fn found() -> Result<InboundAnswer, TransportError> {
    json(serde_json::json!({"errcode":0,"order":{"transaction_id":"4200000001","order_state":1}}))
}

fn message() -> SubscribeMessage {
    SubscribeMessage::new("oAlice", "TPL").with("thing1", "x").unwrap()
}

#[tokio::test]
async fn a_question_is_asked_again_with_the_same_bytes_after_trouble_and_three_times_at_most() {
    let (client, wechat) = api([Ok(bare_answer(503, "")), Err(TransportError::TimedOut), found()]);
    client.managed_order(&order()).await.unwrap();
    let sent = asked(&wechat);
    assert_eq!(sent.len(), 3);
    assert!(sent.windows(2).all(|two| two[0].body == two[1].body && two[0].url == two[1].url));
    let (client, wechat) = api((0..9).map(|_| Ok(error(-1))));
    client.managed_order(&order()).await.unwrap_err();
    assert_eq!(asked(&wechat).len(), 3);
}

#[tokio::test]
async fn what_may_have_been_done_is_never_sent_twice() {
    for fault in [
        Err(TransportError::TimedOut),
        Err(TransportError::Broken("x".to_owned())),
        Err(TransportError::NotConnected("x".to_owned())),
        Ok(error(-1)),
        Ok(bare_answer(502, "")),
    ] {
        let (client, wechat) = api([fault, json(serde_json::json!({"errcode":0}))]);
        client.send_subscribe_message(&message()).await.unwrap_err();
        assert_eq!(asked(&wechat).len(), 1);
    }
}

#[tokio::test]
async fn refused_throttled_and_unreadable_answers_are_not_asked_again() {
    for answer in [error(10_060_001), error(45011), bare_answer(200, "<html>"), bare_answer(404, "")] {
        let (client, wechat) = api([Ok(answer), found()]);
        client.managed_order(&order()).await.unwrap_err();
        assert_eq!(asked(&wechat).len(), 1);
    }
}

#[tokio::test]
async fn a_rejected_token_is_replaced_and_the_call_replayed_once() {
    for errcode in [40001, 40014, 42001] {
        let mut tokens = 0;
        let wechat = ScriptedWeChat::new(move |request| {
            if request.url.path() == "/cgi-bin/stable_token" {
                tokens += 1;
                return Ok(token(&format!("T{tokens}"), 7200));
            }
            let is_new = request.url.query_pairs().any(|(name, value)| name == "access_token" && value == "T2");
            if is_new { Ok(bare_answer(200, r#"{"errcode":0}"#)) } else { Ok(error(errcode)) }
        });
        let client = client(&wechat, &TestClock::new());
        client.send_subscribe_message(&message()).await.unwrap();
        assert_eq!((asked(&wechat).len(), wechat.requests().len()), (2, 4), "{errcode}");
    }
}

#[tokio::test]
async fn the_backup_host_is_tried_once_where_that_can_do_no_harm() {
    let hosts = |wechat: &ScriptedWeChat| {
        asked(wechat).iter().map(|request| request.url.host_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let both = ["api.weixin.qq.com", "api2.weixin.qq.com"];
    let unsent = [TransportError::NotConnected("x".to_owned()), TransportError::BreakerOpen];
    for fault in unsent {
        let (client, wechat) = api([Err(fault), json(serde_json::json!({"errcode":0}))]);
        let client = client.with_backup_url("https://api2.weixin.qq.com").unwrap();
        client.send_subscribe_message(&message()).await.unwrap();
        assert_eq!(hosts(&wechat), both);
        assert_eq!(asked(&wechat)[0].body, asked(&wechat)[1].body);
    }
    let (client, wechat) = api([Err(TransportError::TimedOut), found()]);
    let client = client.with_backup_url("https://api2.weixin.qq.com").unwrap();
    client.managed_order(&order()).await.unwrap();
    assert_eq!(hosts(&wechat), both);
    let (client, wechat) = api([Err(TransportError::TimedOut), found()]);
    let client = client.with_backup_url("https://api2.weixin.qq.com").unwrap();
    client.send_subscribe_message(&message()).await.unwrap_err();
    assert_eq!(hosts(&wechat), both[..1]);
    assert!(client.with_backup_url("http://api2.weixin.qq.com").is_err());
}

#[test]
fn pauses_grow_and_differ() {
    for tries in 1..=3 {
        let longest = Duration::from_millis(300) * 2_u32.pow(tries - 1);
        let all: Vec<_> = (0..50).map(|_| pause(tries)).collect();
        assert!(all.iter().all(|pause| (longest / 2..=longest).contains(pause)), "{all:?}");
        assert!(all.iter().any(|pause| *pause != all[0]));
    }
}

#[tokio::test]
async fn a_wrong_clock_is_called_a_clock() {
    let clock = TestClock::new();
    let date = (clock.now() + chrono::TimeDelta::seconds(400)).to_rfc2822().replace("+0000", "GMT");
    let dated = move |answer: InboundAnswer| {
        let mut answer = answer;
        answer.headers.push(("date".to_owned(), date.clone()));
        Ok(answer)
    };
    let (client, _) = api([dated(error(10_060_029)), dated(error(43101)), found()]);
    assert_eq!(client.clock_skew_s(), None);
    let fault = client.remind_to_confirm(&order(), TestClock::new().now()).await.unwrap_err();
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(MiniCode::ReceivedTimeInvalid)));
    assert!(fault.to_string().contains("clock"), "{fault}");
    assert!(client.clock_skew_s().is_some_and(|skew_s| (398..=402).contains(&skew_s)));
    let fault = client.send_subscribe_message(&message()).await.unwrap_err();
    assert!(!fault.to_string().contains("clock"), "{fault}");
    // Without a date nothing new is known.
    client.managed_order(&order()).await.unwrap();
    assert!(client.clock_skew_s().is_some());
}
