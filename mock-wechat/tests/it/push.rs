//! Notifies made by hand.

use serde_json::{Value, json};

use crate::support::Shop;
use crate::support::inbox::{Delivered, Inbox};

/// Pushes, delivers and gives what arrived last.
async fn pushed(shop: &Shop, inbox: &Inbox, event: Value) -> Delivered {
    let (status, body) = shop.control("POST", "/_mock/push", &event).await;
    assert_eq!(status, 200, "{event}: {body}");
    let (_, outcome) = shop.control("POST", "/_mock/deliver", &Value::Null).await;
    assert_eq!(outcome, json!({ "attempts": 1 }));
    inbox.delivered().pop().unwrap()
}

async fn paid_and_notified() -> (Shop, Inbox) {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.paid("ORDER-1", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 1);
    (shop, inbox)
}

#[actix_web::test]
async fn crafted_plaintext_is_rightly_signed_and_encrypted() {
    let (shop, inbox) = paid_and_notified().await;
    let plaintext = json!({
        "appid": "wx0000000000000000", "mchid": "1900000001", "trade_state": "CLOSED",
        "amount": { "total": 1, "currency": "USD", "payer_total": null },
    });
    let event = json!({ "event": "payment_notify", "out_trade_no": "ORDER-1", "plaintext": plaintext });
    let delivered = pushed(&shop, &inbox, event).await;
    assert!(delivered.verifies(&shop.merchant));
    let plain = delivered.plaintext(&shop.merchant);
    assert_eq!(plain["appid"], "wx0000000000000000");
    assert_eq!(plain["trade_state"], "CLOSED");
    assert_eq!(plain["amount"], json!({ "total": 1, "currency": "USD", "payer_currency": "CNY" }));
    assert_eq!(plain["out_trade_no"], "ORDER-1");
    assert_ne!(delivered.json()["id"], inbox.delivered()[0].json()["id"]);
    assert_eq!(shop.query("ORDER-1").await.1["amount"]["total"], 100, "the books say what is true");
    inbox.stop().await;
}

#[actix_web::test]
async fn resent_notify_has_the_same_id_and_bytes() {
    let (shop, inbox) = paid_and_notified().await;
    let event = json!({ "event": "payment_notify", "out_trade_no": "ORDER-1", "resend": true });
    let delivered = pushed(&shop, &inbox, event).await;
    assert_eq!(delivered.body, inbox.delivered()[0].body);
    assert!(delivered.verifies(&shop.merchant));
    inbox.stop().await;
}

#[actix_web::test]
async fn envelope_and_signature_can_be_broken_one_at_a_time() {
    let (shop, inbox) = paid_and_notified().await;
    let event = |extra: Value| {
        let mut event = json!({ "event": "payment_notify", "out_trade_no": "ORDER-1" });
        event.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        event
    };
    let envelope = json!({ "resource": { "nonce": "short", "associated_data": null } });
    let delivered = pushed(&shop, &inbox, event(json!({ "envelope": envelope }))).await;
    assert!(delivered.verifies(&shop.merchant));
    assert_eq!(delivered.json()["resource"]["nonce"], "short");
    let delivered = pushed(&shop, &inbox, event(json!({ "body": "<xml></xml>" }))).await;
    assert!(delivered.verifies(&shop.merchant) && delivered.body == b"<xml></xml>");
    let delivered = pushed(&shop, &inbox, event(json!({ "tamper": "bad" }))).await;
    assert!(!delivered.verifies(&shop.merchant));
    let delivered = pushed(&shop, &inbox, event(json!({ "signer": "certificate" }))).await;
    assert_eq!(delivered.header("wechatpay-serial").unwrap().len(), 40);
    let delivered = pushed(&shop, &inbox, event(json!({ "serial": "PUB_KEY_ID_9", "timestamp_offset_s": -301 }))).await;
    assert_eq!(delivered.header("wechatpay-serial").unwrap(), "PUB_KEY_ID_9");
    let sent: i64 = delivered.header("wechatpay-timestamp").unwrap().parse().unwrap();
    assert!(shop.merchant.now_s() - sent >= 301);
    inbox.stop().await;
}

#[actix_web::test]
async fn pushed_notify_is_tried_once_unless_it_is_to_be_retried() {
    let (shop, inbox) = paid_and_notified().await;
    inbox.answer_with(&[500, 500]);
    for retry in [false, true] {
        let event = json!({ "event": "payment_notify", "out_trade_no": "ORDER-1", "retry": retry });
        pushed(&shop, &inbox, event).await;
        let notify = shop.mock.ledger().notifies.pop().unwrap();
        assert_eq!(notify.next_attempt_at.is_some(), retry);
    }
    inbox.stop().await;
}

#[actix_web::test]
async fn unpaid_and_unknown_orders_can_be_claimed_as_paid() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.prepaid("ORDER-1", 100).await;
    let delivered = pushed(&shop, &inbox, json!({ "event": "payment_notify", "out_trade_no": "ORDER-1" })).await;
    assert_eq!(delivered.plaintext(&shop.merchant)["trade_state"], "SUCCESS");
    assert_eq!(shop.query("ORDER-1").await.1["trade_state"], "NOTPAY");
    let event = json!({ "event": "payment_notify", "out_trade_no": "NOBODY-1", "notify_url": inbox.url });
    let delivered = pushed(&shop, &inbox, event).await;
    assert_eq!(delivered.plaintext(&shop.merchant)["out_trade_no"], "NOBODY-1");
    inbox.stop().await;
}

#[actix_web::test]
async fn refund_notify_can_come_early_and_with_another_status() {
    let (shop, inbox) = paid_and_notified().await;
    shop.refund(&shop.back("R-1", "ORDER-1", 40, 100)).await;
    let event = json!({
        "event": "refund_notify", "out_refund_no": "R-1",
        "plaintext": { "refund_status": "ABNORMAL" }, "envelope": { "event_type": "REFUND.ABNORMAL" },
    });
    let delivered = pushed(&shop, &inbox, event).await;
    assert_eq!(delivered.json()["event_type"], "REFUND.ABNORMAL");
    assert_eq!(delivered.plaintext(&shop.merchant)["refund_status"], "ABNORMAL");
    assert_eq!(shop.query_refund("R-1").await.1["status"], "PROCESSING");
    inbox.stop().await;
}

#[actix_web::test]
async fn unknown_event_and_missing_subject_are_refused() {
    let shop = Shop::new();
    for event in [
        json!({ "event": "shipping_notify", "out_trade_no": "ORDER-1" }),
        json!({ "event": "payment_notify" }),
        json!({ "event": "refund_notify", "out_refund_no": "R-9" }),
        json!({ "event": "payment_notify", "out_trade_no": "NOBODY-1" }),
        json!({ "event": "payment_notify", "out_trade_no": "ORDER-1", "surprise": 1 }),
        json!({ "event": "payment_notify", "out_trade_no": "ORDER-1", "resend": true }),
    ] {
        let (status, body) = shop.control("POST", "/_mock/push", &event).await;
        assert_eq!(status, 400, "{event}: {body}");
    }
    assert!(shop.mock.ledger().notifies.is_empty());
}
