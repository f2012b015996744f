//! Queries and closing.

use serde_json::{Value, json};

use crate::support::Shop;

#[actix_web::test]
async fn unpaid_order_shows_neither_transaction_nor_payer() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    let (status, order) = shop.query("ORDER-1").await;
    assert_eq!((status, &order["trade_state"]), (200, &json!("NOTPAY")));
    for field in ["transaction_id", "payer", "success_time", "trade_type", "bank_type", "attach"] {
        assert!(order.get(field).is_none(), "{field} in {order}");
    }
}

#[actix_web::test]
async fn paid_order_is_found_by_both_numbers_alike() {
    let shop = Shop::new();
    let mut order = shop.order("ORDER-1", 100);
    order["attach"] = json!("scene=7");
    let (_, body) = shop.prepay(&order).await;
    let params = shop.merchant.pay_params(body["prepay_id"].as_str().unwrap());
    let paid = shop.pay("alice", &params).await.unwrap();
    let (_, by_number) = shop.query("ORDER-1").await;
    let target = format!("/v3/pay/transactions/id/{}?mchid={}", paid.transaction_id, shop.merchant.account.mchid);
    let (status, by_transaction) = shop.call("GET", &target, None).await;
    assert_eq!((status, &by_transaction), (200, &by_number));
    assert_eq!(by_number["trade_state"], "SUCCESS");
    assert_eq!(by_number["transaction_id"], json!(paid.transaction_id));
    assert_eq!(by_number["payer"]["openid"], json!(shop.mock.openid_of("alice")));
    assert_eq!(
        by_number["amount"],
        json!({ "total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY" })
    );
    assert_eq!(by_number["attach"], "scene=7");
    assert!(by_number["success_time"].as_str().unwrap().ends_with("+08:00"));
}

#[actix_web::test]
async fn unknown_number_and_other_merchant_find_nothing() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    assert_eq!(shop.query("ORDER-2").await.1["code"], "ORDER_NOT_EXIST");
    for (target, status, code) in [
        ("/v3/pay/transactions/out-trade-no/ORDER-1?mchid=1900000001", 404, "ORDER_NOT_EXIST"),
        ("/v3/pay/transactions/out-trade-no/ORDER-1", 400, "PARAM_ERROR"),
        ("/v3/pay/transactions/id/4200000000?mchid=1900000001", 404, "ORDER_NOT_EXIST"),
    ] {
        let (got, body) = shop.call("GET", target, None).await;
        assert_eq!((got, &body["code"]), (status, &json!(code)), "{target}");
    }
}

#[actix_web::test]
async fn number_with_percent_encoding_is_found() {
    let shop = Shop::new();
    shop.prepaid("A|B*C-1", 100).await;
    assert_eq!(shop.query("A%7CB%2AC-1").await.1["out_trade_no"], "A|B*C-1");
}

#[actix_web::test]
async fn closing_twice_is_allowed_and_leaves_no_body() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    assert_eq!(shop.close("ORDER-1").await, (204, Value::Null));
    assert_eq!(shop.close("ORDER-1").await, (204, Value::Null));
    assert_eq!(shop.query("ORDER-1").await.1["trade_state"], "CLOSED");
}

#[actix_web::test]
async fn closing_a_paid_or_unknown_order_is_refused() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    let (status, body) = shop.close("ORDER-1").await;
    assert_eq!((status, &body["code"]), (400, &json!("ORDERPAID")));
    let (status, body) = shop.close("ORDER-2").await;
    assert_eq!((status, &body["code"]), (404, &json!("ORDER_NOT_EXIST")));
    let target = "/v3/pay/transactions/out-trade-no/ORDER-1/close";
    for body in [json!({}), json!({ "mchid": "1900000001" }), json!({ "mchid": 1 })] {
        let (status, answer) = shop.call("POST", target, Some(&body)).await;
        assert_eq!((status, &answer["code"]), (400, &json!("PARAM_ERROR")), "{body}");
    }
    assert_eq!(shop.query("ORDER-1").await.1["trade_state"], "SUCCESS");
}
