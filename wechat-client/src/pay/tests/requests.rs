//! What leaves us: bytes, headers, signatures.

use std::collections::HashMap;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{OPENID, ORDER_NO, REFUND_NO, TRANSACTION_ID, prepay_order, refund_order, transaction_json};
use crate::testing::TestClock;
use crate::testing::{
    API_V3_KEY, APPID, MCHID, MERCHANT_SERIAL, PUBLIC_KEY_ID, parties, pay_client, public_key_credentials,
    signed_answer,
};
use crate::transport::{Method, OutboundRequest};
use crate::{PrepayOrder, RefundOrder, RefundTarget};

pub(super) fn is_signed_by_merchant(message: &str, signature: &str) -> bool {
    let signature = STANDARD.decode(signature).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, parties().merchant.spki())
        .verify(message.as_bytes(), &signature)
        .is_ok()
}

/// Takes the Authorization header apart as the page describes it, independently of how it was put together.
pub(super) fn authorization_parts(request: &OutboundRequest) -> HashMap<String, String> {
    let header = request.header("authorization").unwrap();
    let rest = header.strip_prefix("WECHATPAY2-SHA256-RSA2048 ").unwrap();
    rest.split(',')
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap();
            (name.to_owned(), value.trim_matches('"').to_owned())
        })
        .collect()
}

fn assert_signed_as_sent(request: &OutboundRequest) {
    let parts = authorization_parts(request);
    assert_eq!(parts["mchid"], MCHID);
    assert_eq!(parts["serial_no"], MERCHANT_SERIAL);
    assert_eq!(parts["nonce_str"].len(), 32);
    let sent = request.url.as_str().strip_prefix("https://api.mch.weixin.qq.com").unwrap();
    let body = std::str::from_utf8(&request.body).unwrap();
    let (timestamp, nonce) = (&parts["timestamp"], &parts["nonce_str"]);
    let message = format!("{}\n{sent}\n{timestamp}\n{nonce}\n{body}\n", request.method.as_str());
    assert!(is_signed_by_merchant(&message, &parts["signature"]), "not signed as sent: {request:?}");
}

#[test]
fn prepay_body_has_no_byte_that_the_page_does_not_name() {
    let (client, _) = pay_client([], &TestClock::new());
    let body = client.prepay_body(&prepay_order()).unwrap();
    assert_eq!(
        String::from_utf8(body).unwrap(),
        format!(
            r#"{{"appid":"{APPID}","mchid":"{MCHID}","description":"军浦馆 面膜 2 盒","out_trade_no":"{ORDER_NO}","time_expire":"2026-11-23T20:00:00+08:00","notify_url":"https://shop.example.com/api/v1/wechat/pay/notify","amount":{{"total":12345,"currency":"CNY"}},"payer":{{"openid":"{OPENID}"}}}}"#
        )
    );
}

#[test]
fn attach_is_left_out_rather_than_null() {
    let (client, _) = pay_client([], &TestClock::new());
    let with = PrepayOrder { attach: Some("v1".to_owned()), ..prepay_order() };
    let with = String::from_utf8(client.prepay_body(&with).unwrap()).unwrap();
    assert!(with.contains(r#""attach":"v1""#));
    let without = String::from_utf8(client.prepay_body(&prepay_order()).unwrap()).unwrap();
    assert!(!without.contains("attach") && !without.contains("null"));
}

#[tokio::test]
async fn paying_again_does_not_change_a_byte() {
    let clock = TestClock::new();
    let prepaid = || Ok(signed_answer(200, r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#, &clock));
    let (client, wechat) = pay_client([prepaid(), prepaid()], &clock);
    // Other spacing and order than this client would choose: stored bytes are sent as they are.
    let stored = br#"{ "payer" : {"openid":"o1"}, "amount":{"total":1} }"#;
    client.prepay(stored).await.unwrap();
    let prepay_id = client.prepay(stored).await.unwrap();
    assert_eq!(prepay_id, "wx201410272009395522657a690389285100");
    let requests = wechat.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(request.body, stored);
        assert_signed_as_sent(request);
    }
    let nonces: Vec<_> = requests.iter().map(|request| authorization_parts(request)["nonce_str"].clone()).collect();
    assert_ne!(nonces[0], nonces[1], "a nonce must not be used twice");
}

#[tokio::test]
async fn every_call_is_signed_over_what_is_sent() {
    let (client, wechat) = pay_client([], &TestClock::new());
    let odd_no = "GP-2026_11|23*X";
    // The script is empty: only what was sent matters here.
    drop(client.query_by_out_trade_no(ORDER_NO).await);
    drop(client.query_by_out_trade_no(odd_no).await);
    drop(client.query_by_transaction_id(TRANSACTION_ID).await);
    drop(client.close(ORDER_NO).await);
    drop(client.refund(&client.refund_body(&refund_order()).unwrap()).await);
    drop(client.query_refund("R@F|1*").await);
    drop(client.refresh_certificates().await);
    let requests = wechat.requests();
    let sent: Vec<String> =
        requests.iter().map(|request| format!("{} {}", request.method.as_str(), request.url.path())).collect();
    assert_eq!(
        sent,
        [
            format!("GET /v3/pay/transactions/out-trade-no/{ORDER_NO}"),
            format!("GET /v3/pay/transactions/out-trade-no/{odd_no}"),
            format!("GET /v3/pay/transactions/id/{TRANSACTION_ID}"),
            format!("POST /v3/pay/transactions/out-trade-no/{ORDER_NO}/close"),
            "POST /v3/refund/domestic/refunds".to_owned(),
            "GET /v3/refund/domestic/refunds/R@F|1*".to_owned(),
            "GET /v3/certificates".to_owned(),
        ]
    );
    for request in &requests {
        assert_signed_as_sent(request);
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(request.header("wechatpay-serial"), Some(PUBLIC_KEY_ID));
        let is_post = request.method == Method::Post;
        assert_eq!(request.header("content-type"), is_post.then_some("application/json"));
        assert_eq!(request.body.is_empty(), !is_post);
    }
    let queries: Vec<_> = requests[..3].iter().map(|request| request.url.query()).collect();
    assert_eq!(queries, [Some("mchid=1900000109"); 3]);
    assert_eq!(requests[3].body, br#"{"mchid":"1900000109"}"#);
}

#[test]
fn refund_body_has_no_byte_that_the_page_does_not_name() {
    let (client, _) = pay_client([], &TestClock::new());
    let body = client.refund_body(&refund_order()).unwrap();
    assert_eq!(
        String::from_utf8(body).unwrap(),
        format!(
            r#"{{"out_trade_no":"{ORDER_NO}","out_refund_no":"{REFUND_NO}","reason":"退货","amount":{{"refund":345,"total":12345,"currency":"CNY"}}}}"#
        )
    );
    let by_id =
        RefundOrder { target: RefundTarget::TransactionId(TRANSACTION_ID.to_owned()), reason: None, ..refund_order() };
    let body = String::from_utf8(client.refund_body(&by_id).unwrap()).unwrap();
    assert!(body.starts_with(&format!(r#"{{"transaction_id":"{TRANSACTION_ID}","out_refund_no""#)));
}

#[test]
fn what_wechat_would_refuse_is_refused_before_sending_all_at_once() {
    let (client, _) = pay_client([], &TestClock::new());
    let wrong = PrepayOrder {
        description: "字".repeat(128),
        out_trade_no: "five5".to_owned(),
        attach: Some(String::new()),
        notify_url: "https://shop.example.com/notify?x=1".to_owned(),
        total_fen: 0,
        payer_openid: "o\n1".to_owned(),
        ..prepay_order()
    };
    assert_eq!(client.prepay_body(&wrong).unwrap_err().len(), 6);
    let wrong = RefundOrder {
        target: RefundTarget::TransactionId("42/../x".to_owned()),
        out_refund_no: "a/b".to_owned(),
        reason: Some("长".repeat(81)),
        notify_url: Some("http://shop.example.com/n".to_owned()),
        refund_fen: 12_346,
        ..refund_order()
    };
    assert_eq!(client.refund_body(&wrong).unwrap_err().len(), 5);
}

#[test]
fn the_longest_allowed_description_is_not_refused() {
    let (client, _) = pay_client([], &TestClock::new());
    let longest = PrepayOrder { description: "字".repeat(127), ..prepay_order() };
    assert!(client.prepay_body(&longest).is_ok());
    let negative = RefundOrder { refund_fen: -1, ..refund_order() };
    assert!(client.refund_body(&negative).is_err());
    let line_feed = PrepayOrder { description: "a\nb".to_owned(), ..prepay_order() };
    assert!(client.prepay_body(&line_feed).is_err());
}

#[tokio::test]
async fn a_number_that_could_leave_its_path_is_never_sent() {
    let (client, wechat) = pay_client([], &TestClock::new());
    for number in ["", "short", "../../../refund", "GP2026/close", "GP2026?mchid=1", "GP2026#aaaa", "GP 20261123"] {
        assert!(client.query_by_out_trade_no(number).await.unwrap_err().nothing_was_sent());
        assert!(client.close(number).await.unwrap_err().nothing_was_sent());
    }
    assert!(client.query_by_transaction_id("4200/x").await.unwrap_err().nothing_was_sent());
    assert!(client.query_refund("..").await.unwrap_err().nothing_was_sent());
    assert!(client.refund(b"not json").await.unwrap_err().nothing_was_sent());
    assert!(wechat.requests().is_empty());
}

#[test]
fn pay_sign_is_what_the_client_app_checks() {
    let clock = TestClock::new();
    let (client, _) = pay_client([], &clock);
    let params = client.pay_params("wx2611230000").unwrap();
    let message = format!("{APPID}\n{}\n{}\nprepay_id=wx2611230000\n", params.time_stamp, params.nonce_str);
    assert!(is_signed_by_merchant(&message, &params.pay_sign));
    let json = serde_json::to_value(&params).unwrap();
    let signed_at: i64 = json["timeStamp"].as_str().unwrap().parse().unwrap();
    assert!((clock.now().timestamp() - signed_at).abs() <= 2);
    assert_eq!(json["package"], "prepay_id=wx2611230000");
    assert_eq!(json["signType"], "RSA");
    assert!(json["nonceStr"].is_string() && json["paySign"].is_string());
    assert_eq!(json.as_object().unwrap().len(), 5);
}

#[tokio::test]
async fn no_secret_is_in_what_is_printed() {
    let clock = TestClock::new();
    let (client, wechat) = pay_client([Ok(signed_answer(200, &transaction_json("\"\"", "\"\""), &clock))], &clock);
    client.query_by_out_trade_no(ORDER_NO).await.unwrap();
    let printed = format!("{:?} {client:?} {:?}", public_key_credentials(), wechat.requests());
    let private_line = parties().merchant.private_pem().lines().nth(3).unwrap().to_owned();
    assert!(!printed.contains(API_V3_KEY));
    assert!(!printed.contains(&private_line));
    assert!(!printed.contains("signature="));
}
