//! Refunds: sums, limits, numbers, outcomes.

use mock_wechat::{RefundStatus, Settings};
use serde_json::{Value, json};

use crate::support::Shop;

async fn refused(shop: &Shop, body: &Value, status: u16, code: &str) {
    let (got, answer) = shop.refund(body).await;
    assert_eq!((got, &answer["code"]), (status, &json!(code)), "{body}\n{answer}");
}

#[actix_web::test]
async fn accepted_is_not_refunded_until_time_has_passed() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let (status, refund) = shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await;
    assert_eq!((status, &refund["status"]), (200, &json!("PROCESSING")), "{refund}");
    assert_eq!(refund["transaction_id"], json!(paid.transaction_id));
    assert!(refund.get("success_time").is_none());
    let id = refund["refund_id"].as_str().unwrap();
    assert!(id.starts_with("50") && id.len() == 29, "{id}");
    assert_eq!(shop.mock.ledger().payments[0].refunded_fen, 0);
    assert_eq!(shop.query("ORDER-1").await.1["trade_state"], "REFUND");
    shop.advance_s(5);
    let (_, refund) = shop.query_refund("R-1").await;
    assert_eq!(refund["status"], "SUCCESS");
    assert!(refund["success_time"].as_str().unwrap().ends_with("+08:00"));
    assert_eq!(shop.mock.ledger().payments[0].refunded_fen, 100);
}

#[actix_web::test]
async fn same_number_and_parameters_refund_once() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    let body = shop.back("R-1", "ORDER-1", 40, 100);
    let (_, first) = shop.refund(&body).await;
    let (_, second) = shop.refund(&body).await;
    assert_eq!(first, second);
    shop.advance_s(5);
    assert_eq!(shop.refund(&body).await.1["status"], "SUCCESS");
    assert_eq!(shop.mock.ledger().refunds.len(), 1);
    assert_eq!(shop.mock.ledger().payments[0].refunded_fen, 40);
}

#[actix_web::test]
async fn same_number_with_other_parameters_is_refused() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    shop.paid("ORDER-2", 100).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 40, 100)).await;
    refused(&shop, &shop.back("R-1", "ORDER-1", 41, 100), 400, "INVALID_REQUEST").await;
    refused(&shop, &shop.back("R-1", "ORDER-2", 40, 100), 400, "INVALID_REQUEST").await;
}

#[actix_web::test]
async fn sum_of_refunds_cannot_pass_what_was_paid() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    refused(&shop, &shop.back("R-0", "ORDER-1", 101, 100), 400, "INVALID_REQUEST").await;
    assert_eq!(shop.refund(&shop.back("R-1", "ORDER-1", 60, 100)).await.0, 200);
    shop.advance_s(60);
    // A refund that is under way counts too.
    refused(&shop, &shop.back("R-2", "ORDER-1", 41, 100), 400, "INVALID_REQUEST").await;
    assert_eq!(shop.refund(&shop.back("R-2", "ORDER-1", 40, 100)).await.0, 200);
    shop.advance_s(60);
    refused(&shop, &shop.back("R-3", "ORDER-1", 1, 100), 400, "INVALID_REQUEST").await;
    assert_eq!(shop.mock.ledger().payments[0].refunded_fen, 100);
}

#[actix_web::test]
async fn two_refunds_within_a_minute_are_refused_unless_switched_off() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    assert_eq!(shop.refund(&shop.back("R-1", "ORDER-1", 10, 100)).await.0, 200);
    refused(&shop, &shop.back("R-2", "ORDER-1", 10, 100), 429, "FREQUENCY_LIMITED").await;
    shop.control("POST", "/_mock/settings", &json!({ "refund_gap_s": 0 })).await;
    assert_eq!(shop.refund(&shop.back("R-2", "ORDER-1", 10, 100)).await.0, 200);
}

#[actix_web::test]
async fn fifty_first_refund_of_an_order_is_refused() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    for number in 0..50 {
        assert_eq!(shop.refund(&shop.back(&format!("R-{number}"), "ORDER-1", 1, 100)).await.0, 200);
        shop.advance_s(60);
    }
    refused(&shop, &shop.back("R-50", "ORDER-1", 1, 100), 400, "INVALID_REQUEST").await;
}

#[actix_web::test]
async fn refund_after_a_year_is_refused() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    shop.advance_s(365 * 86_400 - 60);
    assert_eq!(shop.refund(&shop.back("R-1", "ORDER-1", 1, 100)).await.0, 200);
    shop.advance_s(120);
    refused(&shop, &shop.back("R-2", "ORDER-1", 1, 100), 400, "INVALID_REQUEST").await;
}

#[actix_web::test]
async fn unpaid_unknown_or_mismatching_orders_are_refused() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    refused(&shop, &shop.back("R-1", "ORDER-1", 1, 100), 400, "INVALID_REQUEST").await;
    refused(&shop, &shop.back("R-1", "ORDER-9", 1, 100), 404, "RESOURCE_NOT_EXISTS").await;
    let paid = shop.paid("ORDER-2", 100).await;
    refused(&shop, &shop.back("R-1", "ORDER-2", 1, 99), 400, "INVALID_REQUEST").await;
    let mut both = shop.back("R-1", "ORDER-1", 1, 100);
    both["transaction_id"] = json!(paid.transaction_id);
    refused(&shop, &both, 400, "INVALID_REQUEST").await;
    both["out_trade_no"] = json!("ORDER-2");
    assert_eq!(shop.refund(&both).await.0, 200);
    assert_eq!(shop.query_refund("R-9").await.1["code"], "RESOURCE_NOT_EXISTS");
}

#[actix_web::test]
async fn fields_of_wrong_form_are_refused() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    let good = shop.back("R-1", "ORDER-1", 10, 100);
    for (field, value) in [
        ("out_refund_no", json!("")),
        ("out_refund_no", json!("a".repeat(65))),
        ("out_refund_no", json!("退款")),
        ("reason", json!("字".repeat(81))),
        ("notify_url", json!("http://shop.example/refund")),
        ("extra", json!(1)),
        ("amount", json!({ "refund": 10, "total": 100 })),
        ("amount", json!({ "refund": 0, "total": 100, "currency": "CNY" })),
        ("amount", json!({ "refund": -1, "total": 100, "currency": "CNY" })),
        ("amount", json!({ "refund": 10, "total": 100, "currency": "USD" })),
        (
            "amount",
            json!({ "refund": 10, "total": 100, "currency": "CNY", "from": [{ "account": "AVAILABLE", "amount": 9 }] }),
        ),
    ] {
        let mut body = good.clone();
        body[field] = value;
        refused(&shop, &body, 400, "PARAM_ERROR").await;
    }
    let mut nameless = good.clone();
    nameless.as_object_mut().unwrap().remove("out_trade_no");
    refused(&shop, &nameless, 400, "PARAM_ERROR").await;
    assert!(shop.mock.ledger().refunds.is_empty());
}

#[actix_web::test]
async fn closed_refund_frees_the_money_for_a_new_number() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await;
    let (status, _) = shop.control("POST", "/_mock/refunds/R-1", &json!({ "status": "CLOSED" })).await;
    assert_eq!(status, 200);
    assert_eq!(shop.query_refund("R-1").await.1["status"], "CLOSED");
    shop.advance_s(60);
    assert_eq!(shop.refund(&shop.back("R-2", "ORDER-1", 100, 100)).await.0, 200);
    shop.advance_s(5);
    assert_eq!(shop.mock.ledger().payments[0].refunded_fen, 100);
}

#[actix_web::test]
async fn decided_refund_does_not_change_its_end() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await;
    let decide = |status: &str| json!({ "status": status });
    assert_eq!(shop.control("POST", "/_mock/refunds/R-1", &decide("PROCESSING")).await.0, 200);
    shop.advance_s(3600);
    assert_eq!(shop.query_refund("R-1").await.1["status"], "PROCESSING", "held");
    assert_eq!(shop.control("POST", "/_mock/refunds/R-1", &decide("ABNORMAL")).await.0, 200);
    assert_eq!(shop.query_refund("R-1").await.1["status"], "ABNORMAL");
    shop.mock.decide_refund("R-1", RefundStatus::Success).unwrap();
    assert_eq!(shop.control("POST", "/_mock/refunds/R-1", &decide("CLOSED")).await.0, 409);
    assert_eq!(shop.control("POST", "/_mock/refunds/R-9", &decide("CLOSED")).await.0, 404);
    assert_eq!(shop.mock.ledger().refunds[0].status, "SUCCESS");
}

#[actix_web::test]
async fn settings_decide_how_refunds_end() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    let settings = json!({ "refund_outcome": "ABNORMAL", "refund_settle_s": 3600 });
    shop.control("POST", "/_mock/settings", &settings).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await;
    shop.advance_s(3590);
    assert_eq!(shop.query_refund("R-1").await.1["status"], "PROCESSING");
    shop.advance_s(10);
    assert_eq!(shop.query_refund("R-1").await.1["status"], "ABNORMAL");
}

#[actix_web::test]
async fn seven_refunds_that_err_within_a_second_are_one_too_many() {
    let shop = Shop::new();
    shop.mock.set_settings(Settings { rate_limits: true, ..shop.mock.settings() }).unwrap();
    let mut codes = Vec::new();
    while codes.last().is_none_or(|code| code != "FREQUENCY_LIMITED") && codes.len() < 600 {
        codes.push(shop.refund(&shop.back("R-1", "ORDER-9", 1, 1)).await.1["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(codes.last().unwrap(), "FREQUENCY_LIMITED");
    assert!(codes.len() >= 7, "{codes:?}");
    shop.advance_s(1);
    shop.paid("ORDER-1", 100).await;
    assert_eq!(shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await.0, 200);
}
