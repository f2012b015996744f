//! The buyer's side: what the client app checks before money moves.

use mock_wechat::PayParams;
use serde_json::{Value, json};

use crate::support::Shop;

/// Expects that nothing was paid, for a reason that contains this text.
async fn refused(shop: &Shop, user: &str, params: &PayParams, reason: &str) {
    let refusal = shop.pay(user, params).await.unwrap_err();
    assert!(refusal.err_msg.starts_with("requestPayment:fail "), "{refusal}");
    assert!(refusal.err_msg.contains(reason), "{refusal}");
}

#[actix_web::test]
async fn paying_once_moves_money_once() {
    let shop = Shop::new();
    let prepay_id = shop.prepaid("ORDER-1", 100).await;
    let params = shop.merchant.pay_params(&prepay_id);
    let paid = shop.pay("alice", &params).await.unwrap();
    assert!(paid.transaction_id.starts_with("42") && paid.transaction_id.len() == 28, "{paid:?}");
    refused(&shop, "alice", &params, "已支付").await;
    let ledger = shop.mock.ledger();
    assert_eq!(ledger.payments[0].trade_state, "SUCCESS");
    assert_eq!(ledger.notifies.len(), 1);
}

#[actix_web::test]
async fn wrong_pay_sign_is_refused() {
    let shop = Shop::new();
    let prepay_id = shop.prepaid("ORDER-1", 100).await;
    let good = shop.merchant.pay_params(&prepay_id);
    for params in [
        PayParams { pay_sign: shop.merchant.sign("something else"), ..good.clone() },
        PayParams { pay_sign: "not base64".to_owned(), ..good.clone() },
        PayParams { nonce_str: "other".to_owned(), ..good.clone() },
        PayParams { time_stamp: "1".to_owned(), ..good.clone() },
        PayParams { package: format!("prepay_id={prepay_id}x"), ..good.clone() },
    ] {
        refused(&shop, "alice", &params, "签名").await;
    }
    refused(&shop, "alice", &PayParams { sign_type: "MD5".to_owned(), ..good.clone() }, "signType").await;
    // The APP form signs the bare id; a mini program must sign the whole package.
    let bare = format!("{}\n{}\n{}\n{prepay_id}\n", shop.merchant.account.appid, good.time_stamp, good.nonce_str);
    refused(&shop, "alice", &PayParams { pay_sign: shop.merchant.sign(&bare), ..good }, "签名").await;
    assert!(shop.mock.ledger().notifies.is_empty());
}

#[actix_web::test]
async fn numeric_time_stamp_is_refused_by_the_client() {
    let shop = Shop::new();
    let prepay_id = shop.prepaid("ORDER-1", 100).await;
    let params = shop.merchant.pay_params(&prepay_id);
    let mut body = json!(params);
    body["user"] = json!("alice");
    body["timeStamp"] = json!(params.time_stamp.parse::<i64>().unwrap());
    let (status, answer) = shop.control("POST", "/_mock/wx/request-payment", &body).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["errMsg"],
        "requestPayment:fail parameter error: parameter.timeStamp should be String instead of Number;"
    );
    body["timeStamp"] = json!(params.time_stamp);
    let (_, answer) = shop.control("POST", "/_mock/wx/request-payment", &body).await;
    assert_eq!(answer, json!({ "errMsg": "requestPayment:ok" }));
}

#[actix_web::test]
async fn missing_parameter_is_refused_by_the_client() {
    let shop = Shop::new();
    let prepay_id = shop.prepaid("ORDER-1", 100).await;
    for field in ["timeStamp", "nonceStr", "package", "signType", "paySign"] {
        let mut body = json!(shop.merchant.pay_params(&prepay_id));
        body["user"] = json!("alice");
        body[field] = Value::Null;
        let (_, answer) = shop.control("POST", "/_mock/wx/request-payment", &body).await;
        assert_eq!(answer["errMsg"], format!("requestPayment:fail 缺少参数{field}"));
    }
}

#[actix_web::test]
async fn cancelling_pays_nothing() {
    let shop = Shop::new();
    let prepay_id = shop.prepaid("ORDER-1", 100).await;
    let mut body = json!(shop.merchant.pay_params(&prepay_id));
    body["user"] = json!("alice");
    body["cancel"] = json!(true);
    let (_, answer) = shop.control("POST", "/_mock/wx/request-payment", &body).await;
    assert_eq!(answer, json!({ "errMsg": "requestPayment:fail cancel" }));
    assert_eq!(shop.mock.ledger().payments[0].trade_state, "NOTPAY");
}

#[actix_web::test]
async fn another_person_cannot_pay() {
    let shop = Shop::new();
    let prepay_id = shop.prepaid("ORDER-1", 100).await;
    refused(&shop, "bob", &shop.merchant.pay_params(&prepay_id), "不一致").await;
}

#[actix_web::test]
async fn paying_after_close_is_refused() {
    let shop = Shop::new();
    let prepay_id = shop.prepaid("ORDER-1", 100).await;
    shop.close("ORDER-1").await;
    refused(&shop, "alice", &shop.merchant.pay_params(&prepay_id), "已关闭").await;
    assert!(shop.mock.pay_direct("ORDER-1", false).is_err());
    assert_eq!(shop.mock.ledger().payments[0].trade_state, "CLOSED");
}

#[actix_web::test]
async fn prepay_id_dies_after_two_hours_and_a_new_one_lives() {
    let shop = Shop::new();
    let first = shop.prepaid("ORDER-1", 100).await;
    shop.advance_s(2 * 3600 + 1);
    refused(&shop, "alice", &shop.merchant.pay_params(&first), "过期").await;
    let second = shop.prepaid("ORDER-1", 100).await;
    assert!(shop.pay("alice", &shop.merchant.pay_params(&second)).await.is_ok());
}

#[actix_web::test]
async fn paying_after_time_expire_is_refused() {
    let shop = Shop::new();
    let expiry = shop.mock.clock().now() + chrono::TimeDelta::minutes(30);
    let mut order = shop.order("ORDER-1", 100);
    order["time_expire"] = json!(expiry.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let (_, body) = shop.prepay(&order).await;
    let params = shop.merchant.pay_params(body["prepay_id"].as_str().unwrap());
    shop.advance_s(30 * 60 + 1);
    refused(&shop, "alice", &params, "过期").await;
    assert_eq!(shop.mock.ledger().payments[0].trade_state, "NOTPAY");
}

#[actix_web::test]
async fn unknown_prepay_id_is_refused() {
    let shop = Shop::new();
    refused(&shop, "alice", &shop.merchant.pay_params("wx00"), "无效").await;
}

#[actix_web::test]
async fn forced_money_comes_even_for_a_closed_order_but_never_twice() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    shop.close("ORDER-1").await;
    let (status, _) = shop.control("POST", "/_mock/pay-direct", &json!({ "out_trade_no": "ORDER-1" })).await;
    assert_eq!(status, 409);
    let force = json!({ "out_trade_no": "ORDER-1", "force": true });
    let (status, paid) = shop.control("POST", "/_mock/pay-direct", &force).await;
    assert_eq!((status, &paid["total_fen"]), (200, &json!(100)));
    assert_eq!(shop.control("POST", "/_mock/pay-direct", &force).await.0, 409);
    assert_eq!(shop.query("ORDER-1").await.1["trade_state"], "SUCCESS");
}
