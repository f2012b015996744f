//! Prepay: re-entry, fields, payer.

use chrono::{SecondsFormat, TimeDelta};
use mock_wechat::{Request, Settings};
use serde_json::{Value, json};

use crate::support::Shop;

/// Expects a refusal with this status and code.
async fn refused(shop: &Shop, order: &Value, status: u16, code: &str) {
    let (got, body) = shop.prepay(order).await;
    assert_eq!((got, &body["code"]), (status, &json!(code)), "{order}\n{body}");
}

/// An order with one field changed; `Null` takes it away.
fn with(shop: &Shop, pointer: &str, value: Value) -> Value {
    let mut order = shop.order("ORDER-1", 100);
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = order.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => drop(parent.remove(field)),
        value => drop(parent.insert(field.to_owned(), value)),
    }
    order
}

#[actix_web::test]
async fn same_order_again_gets_a_new_prepay_id_and_no_second_order() {
    let shop = Shop::new();
    let first = shop.prepaid("ORDER-1", 100).await;
    let second = shop.prepaid("ORDER-1", 100).await;
    assert_ne!(first, second);
    assert!(first.starts_with("wx") && first.len() == 36, "{first}");
    assert_eq!(shop.mock.ledger().payments.len(), 1);
    // Both are good until one is paid.
    assert!(shop.pay("alice", &shop.merchant.pay_params(&first)).await.is_ok());
    assert!(shop.pay("alice", &shop.merchant.pay_params(&second)).await.is_err());
}

#[actix_web::test]
async fn reordered_fields_are_the_same_parameters() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    let order = shop.order("ORDER-1", 100);
    let fields: Vec<String> =
        order.as_object().unwrap().iter().rev().map(|(name, value)| format!("{}: {value}", json!(name))).collect();
    let body = format!("{{ {} }}", fields.join(" , "));
    let target = "/v3/pay/transactions/jsapi";
    let mut request = shop.merchant.request("POST", target, None);
    let authorization = shop.merchant.authorization("POST", target, &body, shop.merchant.now_s());
    request.headers.retain(|(name, _)| name != "authorization");
    assert_eq!(shop.send(request.header("authorization", &authorization).body(body)).await.status, 200);
}

#[actix_web::test]
async fn same_number_with_other_parameters_is_refused() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    let expiry = (shop.mock.clock().now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    for (field, value) in [
        ("/amount/total", json!(101)),
        ("/description", json!("other")),
        ("/notify_url", json!("https://shop.example/other")),
        ("/time_expire", json!(expiry)),
        ("/attach", json!("new")),
        ("/settle_info", json!({ "profit_sharing": true })),
        ("/payer/openid", json!(shop.mock.openid_of("bob"))),
        ("/amount/currency", Value::Null),
    ] {
        refused(&shop, &with(&shop, field, value), 400, "INVALID_REQUEST").await;
    }
}

#[actix_web::test]
async fn prepay_after_payment_or_closing_is_refused() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    refused(&shop, &shop.order("ORDER-1", 100), 400, "ORDERPAID").await;
    refused(&shop, &shop.order("ORDER-1", 999), 400, "ORDERPAID").await;
    shop.prepaid("ORDER-2", 100).await;
    assert_eq!(shop.close("ORDER-2").await.0, 204);
    refused(&shop, &shop.order("ORDER-2", 100), 400, "ORDER_CLOSED").await;
}

#[actix_web::test]
async fn prepay_after_the_order_expired_is_refused() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    shop.advance_s(7 * 86_400 + 1);
    refused(&shop, &shop.order("ORDER-1", 100), 400, "ORDER_CLOSED").await;
}

#[actix_web::test]
async fn missing_fields_are_refused() {
    let shop = Shop::new();
    for field in [
        "/appid",
        "/mchid",
        "/description",
        "/out_trade_no",
        "/notify_url",
        "/amount",
        "/amount/total",
        "/payer",
        "/payer/openid",
    ] {
        refused(&shop, &with(&shop, field, Value::Null), 400, "PARAM_ERROR").await;
    }
    assert!(shop.mock.ledger().payments.is_empty());
}

#[actix_web::test]
async fn fields_of_wrong_form_are_refused() {
    let shop = Shop::new();
    for (field, value) in [
        ("/surprise", json!(1)),
        ("/amount/extra", json!(1)),
        ("/payer/name", json!("x")),
        ("/description", json!("")),
        ("/description", json!("字".repeat(128))),
        ("/attach", json!("a".repeat(129))),
        ("/out_trade_no", json!("12345")),
        ("/out_trade_no", json!("a".repeat(33))),
        ("/out_trade_no", json!("ORDER 1")),
        ("/out_trade_no", json!("订单订单订单")),
        ("/out_trade_no", json!(123_456)),
        ("/amount/total", json!(0)),
        ("/amount/total", json!(-1)),
        ("/amount/total", json!("100")),
        ("/amount/total", json!(1.5)),
        ("/amount/currency", json!("KRW")),
        ("/time_expire", json!("2030-01-01 00:00:00")),
        ("/notify_url", json!("http://shop.example/notify")),
        ("/notify_url", json!("https://shop.example/notify?a=1")),
        ("/notify_url", json!("ftp://shop.example/notify")),
        ("/notify_url", json!("shop.example/notify")),
        ("/notify_url", json!(format!("https://shop.example/{}", "a".repeat(240)))),
        ("/scene_info", json!({})),
        ("/scene_info", json!({ "payer_client_ip": "256.1.1.1" })),
        ("/limit_pay", json!(["no_money"])),
        ("/support_fapiao", json!("true")),
        ("/detail", json!({ "goods_detail": [{ "merchant_goods_id": "x", "quantity": 1 }] })),
        (
            "/detail",
            json!({ "goods_detail": vec![json!({ "merchant_goods_id": "abcdefgh", "quantity": 1, "unit_price": 1 }); 120] }),
        ),
        ("/payer/openid", json!("alice")),
        ("/mchid", json!("1900000001")),
    ] {
        refused(&shop, &with(&shop, field, value), 400, "PARAM_ERROR").await;
    }
    assert!(shop.mock.ledger().payments.is_empty());
}

#[actix_web::test]
async fn body_that_is_no_object_is_refused() {
    let shop = Shop::new();
    for body in [json!(null), json!([]), json!("x"), json!(1)] {
        refused(&shop, &body, 400, "PARAM_ERROR").await;
    }
}

#[actix_web::test]
async fn every_allowed_field_is_taken() {
    let shop = Shop::new();
    let mut order = shop.order("A1_-|*", 100);
    order["time_expire"] = json!("2099-01-01T00:00:00+08:00");
    order["attach"] = json!("a".repeat(128));
    order["goods_tag"] = json!("WXG");
    order["support_fapiao"] = json!(true);
    order["limit_pay"] = json!(["no_credit"]);
    order["settle_info"] = json!({ "profit_sharing": false });
    order["scene_info"] = json!({
        "payer_client_ip": "2001:db8::1",
        "device_id": "stand-7",
        "store_info": { "id": "1", "name": "馆", "area_code": "371300", "address": "临沂" },
    });
    order["detail"] = json!({
        "cost_price": 200,
        "invoice_id": "i",
        "goods_detail": [{
            "merchant_goods_id": "g", "wechatpay_goods_id": "w", "goods_name": "红参", "quantity": 1, "unit_price": 100,
        }],
    });
    let (status, body) = shop.prepay(&order).await;
    assert_eq!(status, 200, "{body}");
}

#[actix_web::test]
async fn other_appid_and_openid_of_another_appid_are_refused() {
    let shop = Shop::new();
    refused(&shop, &with(&shop, "/appid", json!("wx0000000000000000")), 400, "APPID_MCHID_NOT_MATCH").await;
    let foreign = format!("o{}", "x".repeat(27));
    refused(&shop, &with(&shop, "/payer/openid", json!(foreign)), 500, "OPENID_MISMATCH").await;
}

#[actix_web::test]
async fn expiry_is_silently_at_least_a_minute_away() {
    let shop = Shop::new();
    let order = with(&shop, "/time_expire", json!("2020-01-01T00:00:00+08:00"));
    let (_, body) = shop.prepay(&order).await;
    let params = shop.merchant.pay_params(body["prepay_id"].as_str().unwrap());
    shop.advance_s(50);
    assert!(shop.pay("alice", &params).await.is_ok());
}

#[actix_web::test]
async fn prepay_beyond_its_rate_is_throttled_makes_no_order_and_goes_on_in_the_next_second() {
    let shop = Shop::new();
    let settings = Settings { rate_limits: true, sign_errors: false, ..shop.mock.settings() };
    shop.mock.set_settings(settings).unwrap();
    let mut throttled = Value::Null;
    // Unsigned calls count as well and cost no time, so that one second has room for them all.
    for number in 0..20 {
        for _ in 0..500 {
            shop.send(Request::new("POST", "/v3/pay/transactions/jsapi")).await;
        }
        let (status, answer) = shop.prepay(&shop.order(&format!("ORDER-{number}"), 100)).await;
        if status == 429 {
            throttled = answer;
            assert_eq!(shop.mock.ledger().payments.len(), number);
            break;
        }
        shop.advance_s(1);
    }
    assert_eq!(throttled["code"], "FREQUENCY_LIMITED");
    shop.advance_s(1);
    shop.prepaid("ORDER-1", 100).await;
}
