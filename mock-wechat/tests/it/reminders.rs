//! What WeChat writes by itself to a merchant who does not ship.

use serde_json::{Value, json};

use crate::support::Shop;
use crate::support::inbox::Inbox;

const HOUR_S: u64 = 3600;

/// A shop whose console pushes to the inbox, where its notifies go too.
async fn console() -> (Shop, Inbox) {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.staged("settings", &json!({ "message_url": inbox.url, "message_token": "token123" })).await;
    (shop, inbox)
}

/// Ships the order by one parcel.
async fn ship(shop: &Shop, transaction_id: &str) {
    let body = json!({
        "order_key": { "order_number_type": 2, "transaction_id": transaction_id },
        "logistics_type": 1, "delivery_mode": 1, "upload_time": "2026-01-01T10:00:00.000+08:00",
        "shipping_list": [{ "tracking_no": "YT1", "express_company": "YTO", "item_desc": "红参*1" }],
        "payer": { "openid": shop.mock.openid_of("alice") },
    });
    shop.mini_refused("/wxa/sec/order/upload_shipping_info", &body, 0).await;
}

/// The events of this name that have arrived so far.
async fn told(shop: &Shop, inbox: &Inbox, name: &str) -> Vec<Value> {
    shop.mock.deliver_due().await;
    let events = inbox.delivered().into_iter().map(|one| one.json());
    events.filter(|event| event["Event"] == name).collect()
}

#[actix_web::test]
async fn a_merchant_who_never_shipped_is_told_with_the_first_trade_and_then_daily() {
    const NAME: &str = "trade_manage_remind_access_api";
    let (shop, inbox) = console().await;
    assert!(told(&shop, &inbox, NAME).await.is_empty(), "no trade, no reminder");
    let paid = shop.paid("ORDER-1", 100).await;
    shop.paid("ORDER-2", 100).await;
    let first = told(&shop, &inbox, NAME).await;
    assert!(first.len() == 1 && first[0]["msg"].is_string(), "{first:?}");
    shop.advance_s(23 * HOUR_S);
    assert_eq!(told(&shop, &inbox, NAME).await.len(), 1);
    shop.advance_s(HOUR_S);
    assert_eq!(told(&shop, &inbox, NAME).await.len(), 2);
    shop.advance_s(5 * 24 * HOUR_S);
    assert_eq!(told(&shop, &inbox, NAME).await.len(), 3, "days that nobody saw are not made up for");
    ship(&shop, &paid.transaction_id).await;
    shop.advance_s(24 * HOUR_S);
    assert_eq!(told(&shop, &inbox, NAME).await.len(), 3);
    inbox.stop().await;
}

#[actix_web::test]
async fn an_order_that_waits_for_more_than_two_days_is_told_of_once() {
    const NAME: &str = "trade_manage_remind_shipping";
    let (shop, inbox) = console().await;
    let shipped = shop.paid("SHIPPED-1", 100).await;
    ship(&shop, &shipped.transaction_id).await;
    let late = shop.paid("LATE-1", 100).await;
    shop.paid("REFUNDED-1", 100).await;
    shop.refund(&shop.back("R-1", "REFUNDED-1", 100, 100)).await;
    shop.advance_s(48 * HOUR_S - 60);
    assert!(told(&shop, &inbox, NAME).await.is_empty());
    shop.advance_s(61);
    let events = told(&shop, &inbox, NAME).await;
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(
        (&event["transaction_id"], &event["merchant_trade_no"]),
        (&json!(late.transaction_id), &json!("LATE-1"))
    );
    assert!(event["pay_time"].is_i64() && event["msg"].is_string(), "{event}");
    shop.advance_s(10 * 24 * HOUR_S);
    assert_eq!(told(&shop, &inbox, NAME).await.len(), 1);
    inbox.stop().await;
}
