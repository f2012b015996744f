//! Every way in which a request's signature can be wrong is refused.

use mock_wechat::Request;
use serde_json::{Value, json};

use crate::support::merchant::Merchant;
use crate::support::{Shop, json_of};

const TARGET: &str = "/v3/refund/domestic/refunds/R1";

/// Sends a GET with this `Authorization` and gives status and code.
async fn answer_to(shop: &Shop, authorization: &str) -> (u16, Value) {
    let request = Merchant::unsigned("GET", TARGET, "").header("authorization", authorization);
    let answer = shop.send(request).await;
    (answer.status, json_of(&answer)["code"].clone())
}

fn refused() -> (u16, Value) {
    (401, json!("SIGN_ERROR"))
}

#[actix_web::test]
async fn right_signature_is_not_refused() {
    let shop = Shop::new();
    let header = shop.merchant.authorization("GET", TARGET, "", shop.merchant.now_s());
    assert_eq!(answer_to(&shop, &header).await, (404, json!("RESOURCE_NOT_EXISTS")));
}

#[actix_web::test]
async fn parts_may_come_in_any_order() {
    let shop = Shop::new();
    let header = shop.merchant.authorization("GET", TARGET, "", shop.merchant.now_s());
    let (scheme, list) = header.split_once(' ').unwrap();
    let mut parts: Vec<&str> = list.split(',').collect();
    parts.reverse();
    let header = format!("{scheme} {}", parts.join(","));
    assert_eq!(answer_to(&shop, &header).await.0, 404);
}

#[actix_web::test]
async fn missing_or_misshapen_authorization_is_refused() {
    let shop = Shop::new();
    let unsigned = shop.send(Merchant::unsigned("GET", TARGET, "")).await;
    assert_eq!((unsigned.status, json_of(&unsigned)["code"].clone()), refused());
    let good = shop.merchant.authorization("GET", TARGET, "", shop.merchant.now_s());
    for header in [
        String::new(),
        good.replace("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3"),
        good.replace("WECHATPAY2-SHA256-RSA2048 ", "WECHATPAY2-SHA256-RSA2048"),
        good.replace("timestamp=", "time="),
        good.replace("mchid=", "serial_no="),
        good.replace(",signature", ";signature"),
        good.replace('"', ""),
        format!("{good},extra=\"1\""),
        good.replacen("mchid=", "mchid=\"\",mchid=", 1),
    ] {
        assert_eq!(answer_to(&shop, &header).await, refused(), "{header}");
    }
    for part in ["mchid", "nonce_str", "timestamp", "serial_no", "signature"] {
        let (scheme, list) = good.split_once(' ').unwrap();
        let rest: Vec<&str> = list.split(',').filter(|item| !item.starts_with(part)).collect();
        let header = format!("{scheme} {}", rest.join(","));
        assert_eq!(answer_to(&shop, &header).await, refused(), "without {part}");
    }
}

#[actix_web::test]
async fn unknown_serial_is_refused() {
    let shop = Shop::new();
    let good = shop.merchant.authorization("GET", TARGET, "", shop.merchant.now_s());
    let header = good.replace(&shop.merchant.account.merchant_serial, &"A".repeat(40));
    assert_eq!(answer_to(&shop, &header).await, refused());
}

#[actix_web::test]
async fn unknown_merchant_is_refused() {
    let shop = Shop::new();
    let good = shop.merchant.authorization("GET", TARGET, "", shop.merchant.now_s());
    let header = good.replace(&shop.merchant.account.mchid, "1900000001");
    assert_eq!(answer_to(&shop, &header).await, (400, json!("MCH_NOT_EXISTS")));
}

#[actix_web::test]
async fn clock_that_is_wrong_by_more_than_five_minutes_is_refused() {
    let shop = Shop::new();
    let now = shop.merchant.now_s();
    for (skew, accepted) in [(-295, true), (295, true), (-305, false), (305, false), (86_400, false)] {
        let header = shop.merchant.authorization("GET", TARGET, "", now + skew);
        let refusal = answer_to(&shop, &header).await == refused();
        assert_eq!(!refusal, accepted, "skew {skew}");
    }
    let good = shop.merchant.authorization("GET", TARGET, "", now);
    for timestamp in ["0".repeat(30), "-5".to_owned(), "now".to_owned(), format!("{now}000")] {
        let header = good.replace(&format!("timestamp=\"{now}\""), &format!("timestamp=\"{timestamp}\""));
        assert_eq!(answer_to(&shop, &header).await, refused(), "{timestamp}");
    }
}

#[actix_web::test]
async fn signature_over_other_bytes_is_refused() {
    let shop = Shop::new();
    let now = shop.merchant.now_s();
    for header in [
        shop.merchant.authorization("POST", TARGET, "", now),
        shop.merchant.authorization("GET", "/v3/refund/domestic/refunds/R2", "", now),
        shop.merchant.authorization("GET", &format!("{TARGET}?a=1"), "", now),
        shop.merchant.authorization("GET", TARGET, "{}", now),
        shop.merchant.authorization("GET", TARGET, "", now).replace("signature=\"", "signature=\"AAAA"),
        shop.merchant.authorization("GET", TARGET, "", now).replace("nonce", "n0nce"),
    ] {
        assert_eq!(answer_to(&shop, &header).await, refused(), "{header}");
    }
}

#[actix_web::test]
async fn body_changed_after_signing_is_refused_and_has_no_effect() {
    let shop = Shop::new();
    let signed = shop.order("ORDER-1", 100);
    let mut sent = shop.merchant.request("POST", "/v3/pay/transactions/jsapi", Some(&signed));
    sent.body = signed.to_string().replace("100", "1").into_bytes();
    assert_eq!(shop.send(sent).await.status, 401);
    assert!(shop.mock.ledger().payments.is_empty());
}

#[actix_web::test]
async fn request_without_accept_or_user_agent_is_refused() {
    let shop = Shop::new();
    let header = shop.merchant.authorization("GET", TARGET, "", shop.merchant.now_s());
    let bare = Request::new("GET", TARGET).header("authorization", &header);
    let no_agent = bare.clone().header("accept", "application/json");
    let no_accept = bare.clone().header("user-agent", "x");
    let html = no_accept.clone().header("accept", "text/html");
    for request in [bare, no_agent, no_accept, html] {
        let answer = shop.send(request).await;
        assert_eq!((answer.status, json_of(&answer)["code"].clone()), (400, json!("PARAM_ERROR")));
    }
}

#[actix_web::test]
async fn an_unknown_path_or_method_is_not_found_whoever_asks() {
    let shop = Shop::new();
    for (method, target) in [("GET", "/v3/pay/transactions/jsapi"), ("GET", "/v3/other"), ("POST", "/")] {
        let (status, body) = shop.call(method, target, None).await;
        assert_eq!((status, &body["code"]), (404, &json!("NOT_FOUND")), "{method} {target}");
    }
    assert_eq!(shop.send(Merchant::unsigned("GET", "/v3/other", "")).await.status, 404);
}
