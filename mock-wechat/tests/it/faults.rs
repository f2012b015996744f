//! Faults on calls: what the caller sees, and whether the call took effect.

use std::time::{Duration, Instant};

use mock_wechat::{Answer, Fault, FaultKind, Response, Route};
use serde_json::{Value, json};

use crate::support::{Shop, json_of};

const JSAPI: &str = "/v3/pay/transactions/jsapi";

async fn arm(shop: &Shop, fault: Value) {
    let (status, body) = shop.control("POST", "/_mock/faults", &fault).await;
    assert_eq!(status, 200, "{fault}: {body}");
}

async fn order(shop: &Shop, number: &str) -> Response {
    shop.mock.handle(shop.merchant.request("POST", JSAPI, Some(&shop.order(number, 100)))).await
}

fn orders(shop: &Shop) -> usize {
    shop.mock.ledger().payments.len()
}

#[actix_web::test]
async fn timeout_before_effect_has_none_and_after_effect_has_one() {
    let shop = Shop::new();
    arm(&shop, json!({ "route": "prepay", "kind": "timeout_before_effect" })).await;
    assert!(matches!(order(&shop, "ORDER-1").await, Response::TimedOut { .. }));
    assert_eq!(orders(&shop), 0);
    arm(&shop, json!({ "route": "prepay", "kind": "timeout_after_effect", "hold_ms": 10 })).await;
    let response = order(&shop, "ORDER-1").await;
    assert!(matches!(response, Response::TimedOut { held } if held == Duration::from_millis(10)));
    assert_eq!(orders(&shop), 1);
    assert!(matches!(order(&shop, "ORDER-1").await, Response::Answer(Answer { status: 200, .. })));
}

#[actix_web::test]
async fn cut_before_effect_has_none_and_cut_has_one() {
    let shop = Shop::new();
    arm(&shop, json!({ "route": "prepay", "kind": "cut_before_effect" })).await;
    assert!(matches!(order(&shop, "ORDER-1").await, Response::Cut));
    assert_eq!(orders(&shop), 0);
    arm(&shop, json!({ "route": "prepay", "kind": "cut" })).await;
    assert!(matches!(order(&shop, "ORDER-1").await, Response::Cut));
    assert_eq!(orders(&shop), 1);
}

#[actix_web::test]
async fn status_comes_instead_of_the_effect_or_after_it() {
    let shop = Shop::new();
    arm(&shop, json!({ "route": "prepay", "kind": "status", "status": 500, "times": 2 })).await;
    for _ in 0..2 {
        let answer = order(&shop, "ORDER-1").await.answer().unwrap();
        assert_eq!((answer.status, json_of(&answer)["code"].clone()), (500, json!("SYSTEM_ERROR")));
        assert!(answer.get("wechatpay-signature").is_some());
    }
    assert_eq!(orders(&shop), 0);
    let fault = json!({
        "route": "prepay", "kind": "status", "status": 429, "code": "FREQUENCY_LIMITED", "effect": true, "signed": false,
    });
    arm(&shop, fault).await;
    let answer = order(&shop, "ORDER-1").await.answer().unwrap();
    assert_eq!((answer.status, json_of(&answer)["code"].clone()), (429, json!("FREQUENCY_LIMITED")));
    assert!(answer.get("wechatpay-signature").is_none());
    assert_eq!(orders(&shop), 1);
}

#[actix_web::test]
async fn mini_program_status_carries_an_errcode() {
    let shop = Shop::new();
    arm(&shop, json!({ "route": "code2session", "kind": "status", "status": 200, "code": "45011" })).await;
    let answer = shop.send(mock_wechat::Request::new("GET", "/sns/jscode2session")).await;
    assert_eq!((answer.status, json_of(&answer)["errcode"].clone()), (200, json!(45011)));
    arm(&shop, json!({ "route": "stable_token", "kind": "status", "status": 502, "body": "<html>" })).await;
    let answer = shop.send(mock_wechat::Request::new("POST", "/cgi-bin/stable_token")).await;
    assert_eq!((answer.status, answer.body), (502, b"<html>".to_vec()));
}

#[actix_web::test]
async fn spoilt_signatures_of_answers_do_not_verify() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    for (kind, verifies) in [
        (FaultKind::BadSignature, false),
        (FaultKind::AbsentSignature, false),
        (FaultKind::SigntestSignature, false),
        (FaultKind::StaleTimestamp, true),
        (FaultKind::UnknownSerial, true),
    ] {
        shop.mock.add_fault(Fault::new(Route::Query, kind.clone()));
        let target = format!("/v3/pay/transactions/out-trade-no/ORDER-1?mchid={}", shop.merchant.account.mchid);
        let answer = shop.send(shop.merchant.request("GET", &target, None)).await;
        let header = |name: &str| answer.get(name).map(str::to_owned);
        assert_eq!(shop.merchant.verifies(header, &answer.body), verifies, "{kind:?}");
        if kind == FaultKind::StaleTimestamp {
            let sent: i64 = header("wechatpay-timestamp").unwrap().parse().unwrap();
            assert!(shop.merchant.now_s() - sent >= 600);
        }
        if kind == FaultKind::UnknownSerial {
            assert_ne!(header("wechatpay-serial").unwrap(), shop.merchant.account.public_key_id);
        }
    }
}

#[actix_web::test]
async fn delayed_answer_comes_late_and_content_type_can_lie() {
    let shop = Shop::new();
    arm(&shop, json!({ "route": "*", "kind": "delay_ms", "delay_ms": 120 })).await;
    let before = Instant::now();
    shop.prepaid("ORDER-1", 100).await;
    assert!(before.elapsed() >= Duration::from_millis(120));
    arm(&shop, json!({ "route": "prepay", "kind": "content_type", "value": "text/html" })).await;
    assert_eq!(order(&shop, "ORDER-1").await.answer().unwrap().get("content-type"), Some("text/html"));
}

#[actix_web::test]
async fn fault_strikes_only_where_and_when_it_is_told() {
    let shop = Shop::new();
    arm(&shop, json!({ "route": "prepay", "kind": "cut", "subject": "ORDER-2", "skip": 1, "times": 0 })).await;
    for (number, cut) in
        [("ORDER-1", false), ("ORDER-2", false), ("ORDER-2", true), ("ORDER-1", false), ("ORDER-2", true)]
    {
        assert_eq!(matches!(order(&shop, number).await, Response::Cut), cut, "{number}");
    }
    let (_, armed) = shop.control("GET", "/_mock/faults", &Value::Null).await;
    assert_eq!(armed["faults"][0]["kind"], "cut_after_effect");
    assert_eq!(shop.control("DELETE", "/_mock/faults", &Value::Null).await.0, 200);
    assert!(matches!(order(&shop, "ORDER-2").await, Response::Answer(_)));
}

#[actix_web::test]
async fn misspelt_or_misplaced_fault_is_refused() {
    let shop = Shop::new();
    for fault in [
        json!({ "route": "prepay", "kind": "explode" }),
        json!({ "route": "everywhere", "kind": "cut" }),
        json!({ "route": "prepay", "kind": "cut", "time": 3 }),
        json!({ "route": "prepay", "kind": "lose" }),
        json!({ "route": "notify", "kind": "cut" }),
        json!({ "route": "code2session", "kind": "bad_signature" }),
        json!({ "route": "prepay", "kind": "status" }),
        json!([]),
    ] {
        let (status, body) = shop.control("POST", "/_mock/faults", &fault).await;
        assert_eq!(status, 400, "{fault}: {body}");
    }
    assert!(shop.mock.handle(shop.merchant.request("GET", "/v3/certificates", None)).await.answer().is_some());
}
