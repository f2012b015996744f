//! Order shipping management: states, one re-ship, whose order, frozen money.

use mock_wechat::{Paid, Settings};
use serde_json::{Value, json};

use crate::support::Shop;
use crate::support::inbox::Inbox;

const UPLOAD: &str = "/wxa/sec/order/upload_shipping_info";
const ORDER: &str = "/wxa/sec/order/get_order";

fn at(second: u32) -> String {
    format!("2026-01-01T10:00:{second:02}.000+08:00")
}

fn parcel(number: &str) -> Value {
    json!({ "tracking_no": number, "express_company": "YTO", "item_desc": "红参*1" })
}

fn shipping(shop: &Shop, paid: &Paid, parcels: &[Value], second: u32) -> Value {
    json!({
        "order_key": { "order_number_type": 2, "transaction_id": paid.transaction_id },
        "logistics_type": 1, "delivery_mode": 1, "shipping_list": parcels, "upload_time": at(second),
        "payer": { "openid": shop.mock.openid_of("alice") },
    })
}

fn with(body: &Value, patch: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in patch.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn state(shop: &Shop, paid: &Paid) -> Value {
    shop.mini(ORDER, &json!({ "transaction_id": paid.transaction_id })).await["order"].clone()
}

#[actix_web::test]
async fn goods_go_from_paid_to_received_and_the_money_is_told_of_twice() {
    let inbox = Inbox::start();
    let shop = Shop::new();
    let settings =
        Settings { message_url: inbox.url.clone(), message_token: "token123".to_owned(), ..shop.mock.settings() };
    shop.mock.set_settings(settings).unwrap();
    let paid = shop.paid("ORDER-1", 100).await;
    assert_eq!(state(&shop, &paid).await["order_state"], 1);
    assert_eq!(state(&shop, &paid).await["shipping"], json!({}));
    let body = shipping(&shop, &paid, &[parcel("YT1")], 0);
    shop.mini_refused(UPLOAD, &body, 0).await;
    let shipped = state(&shop, &paid).await;
    assert_eq!((&shipped["order_state"], &shipped["shipping"]["finish_shipping_count"]), (&json!(2), &json!(1)));
    shop.staged("wx/confirm-receipt", &json!({ "out_trade_no": "ORDER-1" })).await;
    assert_eq!(state(&shop, &paid).await["order_state"], 3);
    shop.advance_s(60);
    assert_eq!(state(&shop, &paid).await["order_state"], 4);
    shop.mock.deliver_due().await;
    let told: Vec<Value> = inbox
        .delivered()
        .iter()
        .filter(|one| one.query("signature").is_some())
        .map(super::support::inbox::Delivered::json)
        .filter(|event| event["Event"] == "trade_manage_order_settlement")
        .collect();
    assert_eq!(told.len(), 2);
    assert!(told[0]["estimated_settlement_time"].is_i64() && told[0].get("settlement_time").is_none());
    assert_eq!((&told[1]["confirm_receive_method"], told[1]["settlement_time"].is_i64()), (&json!(2), true));
    inbox.stop().await;
}

/// Frozen and settled money of an order, in fen.
fn money(shop: &Shop, number: &str) -> (i64, i64) {
    let ledger = shop.mock.ledger();
    let payment = ledger.payment(number).unwrap();
    (payment.frozen_fen, payment.settled_fen)
}

#[actix_web::test]
async fn money_is_frozen_until_it_is_settled_and_what_was_refunded_is_neither() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    assert_eq!(money(&shop, "ORDER-1"), (0, 0), "nobody has paid");
    let paid = shop.paid("ORDER-1", 100).await;
    assert_eq!(money(&shop, "ORDER-1"), (100, 0));
    shop.refund(&shop.back("R-1", "ORDER-1", 30, 100)).await;
    shop.advance_s(5);
    assert_eq!(money(&shop, "ORDER-1"), (70, 0));
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT1")], 0), 0).await;
    shop.staged("wx/confirm-receipt", &json!({ "out_trade_no": "ORDER-1" })).await;
    assert_eq!(money(&shop, "ORDER-1"), (70, 0), "received is not settled");
    shop.advance_s(60);
    assert_eq!(money(&shop, "ORDER-1"), (0, 70));
}

#[actix_web::test]
async fn money_that_wechat_keeps_back_is_to_be_settled_until_it_lets_go() {
    let shop = Shop::new();
    shop.staged("settings", &json!({ "settlement_held": true })).await;
    let paid = shop.paid("ORDER-1", 100).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT1")], 0), 0).await;
    shop.staged("wx/confirm-receipt", &json!({ "out_trade_no": "ORDER-1" })).await;
    assert_eq!(state(&shop, &paid).await["order_state"], 3);
    shop.advance_s(60);
    assert_eq!(state(&shop, &paid).await["order_state"], 6);
    shop.advance_s(30 * 86_400);
    assert_eq!(state(&shop, &paid).await["order_state"], 6);
    let listed = shop.mini("/wxa/sec/order/get_order_list", &json!({ "order_state": 6 })).await;
    assert_eq!(listed["order_list"][0]["merchant_trade_no"], "ORDER-1");
    assert_eq!(money(&shop, "ORDER-1"), (100, 0));
    shop.staged("settings", &json!({ "settlement_held": false })).await;
    shop.advance_s(60);
    assert_eq!((&state(&shop, &paid).await["order_state"], money(&shop, "ORDER-1")), (&json!(4), (0, 100)));
}

#[actix_web::test]
async fn a_buyer_who_says_nothing_has_received_after_ten_days() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT1")], 0), 0).await;
    shop.advance_s(10 * 86_400 - 10);
    assert_eq!(state(&shop, &paid).await["order_state"], 2);
    shop.advance_s(10);
    assert_eq!(state(&shop, &paid).await["order_state"], 3);
}

#[actix_web::test]
async fn a_second_reship_and_a_change_without_change_are_refused() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT1")], 0), 0).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT1")], 1), 10_060_023).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT2")], 0), 10_060_014).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT2")], 1), 0).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT3")], 2), 10_060_003).await;
    assert_eq!(state(&shop, &paid).await["shipping"]["shipping_list"][0]["tracking_no"], "YT2");
    shop.staged("wx/confirm-receipt", &json!({ "out_trade_no": "ORDER-1" })).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid, &[parcel("YT3")], 3), 10_060_002).await;
}

#[actix_web::test]
async fn parcels_of_a_split_order_add_up_until_all_are_sent() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let split = |number: &str, whole: bool, second: u32| {
        let body = shipping(&shop, &paid, &[parcel(number)], second);
        with(&body, &json!({ "delivery_mode": 2, "is_all_delivered": whole }))
    };
    shop.mini_refused(UPLOAD, &split("YT1", false, 0), 0).await;
    assert_eq!(state(&shop, &paid).await["order_state"], 1);
    shop.mini_refused(UPLOAD, &split("YT2", true, 1), 0).await;
    let order = state(&shop, &paid).await;
    assert_eq!((&order["order_state"], order["shipping"]["shipping_list"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(order["shipping"]["finish_shipping_count"], 1);
}

#[actix_web::test]
async fn what_breaks_a_rule_is_refused_with_its_own_code() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let good = shipping(&shop, &paid, &[parcel("YT1")], 0);
    let item = |patch: Value| json!({ "shipping_list": [with(&parcel("YT1"), &patch)] });
    let mchid = &shop.mock.account().mchid;
    for (patch, errcode) in [
        (json!({ "order_key": { "order_number_type": 3 } }), 268_485_194),
        (json!({ "order_key": { "order_number_type": 2 } }), 268_485_195),
        (json!({ "order_key": { "order_number_type": 1, "out_trade_no": "ORDER-1" } }), 268_485_196),
        (json!({ "order_key": { "order_number_type": 1, "mchid": mchid } }), 268_485_197),
        (json!({ "order_key": { "order_number_type": 1, "mchid": mchid, "out_trade_no": "ORDER-X" } }), 10_060_001),
        (json!({ "logistics_type": 5 }), 10_060_005),
        (json!({ "delivery_mode": "UNIFIED_DELIVERY" }), 47001),
        (json!({ "delivery_mode": 3 }), 268_485_224),
        (json!({ "delivery_mode": 2 }), 10_060_007),
        (json!({ "delivery_mode": 2, "logistics_type": 3, "is_all_delivered": true }), 10_060_006),
        (json!({ "shipping_list": parcel("YT1") }), 47001),
        (json!({ "shipping_list": [parcel("YT1"), parcel("YT2")] }), 268_485_228),
        (item(json!({ "tracking_no": "" })), 268_485_226),
        (item(json!({ "express_company": "" })), 268_485_227),
        (item(json!({ "tracking_no": "1".repeat(129) })), 10_060_026),
        (item(json!({ "item_desc": "" })), 10_060_008),
        (item(json!({ "item_desc": "字".repeat(121) })), 10_060_009),
        (item(json!({ "express_company": "SF" })), 10_060_014),
        (json!({ "upload_time": "2026-01-01 10:00:00" }), 268_485_216),
        (json!({ "payer": { "openid": "oOther" } }), 10_060_031),
    ] {
        shop.mini_refused(UPLOAD, &with(&good, &patch), errcode).await;
    }
    let contact = json!({ "express_company": "SF", "contact": { "receiver_contact": "+86-177****1234" } });
    shop.mini_refused(UPLOAD, &with(&good, &item(contact)), 0).await;
}

#[actix_web::test]
async fn an_order_just_paid_is_unknown_for_a_while_and_a_refunded_one_cannot_be_shipped() {
    let shop = Shop::new();
    shop.mock.set_settings(Settings { shipping_visible_after_s: 10, ..shop.mock.settings() }).unwrap();
    let paid = shop.paid("ORDER-1", 100).await;
    let body = shipping(&shop, &paid, &[parcel("YT1")], 0);
    shop.mini_refused(UPLOAD, &body, 10_060_001).await;
    shop.advance_s(10);
    shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await;
    shop.advance_s(5);
    shop.mini_refused(UPLOAD, &body, 10_060_004).await;
    assert_eq!(state(&shop, &paid).await["order_state"], 5);
}

#[actix_web::test]
async fn combined_orders_ship_together_or_not_at_all() {
    let shop = Shop::new();
    let (one, two) = (shop.paid("ORDER-1", 100).await, shop.paid("ORDER-2", 100).await);
    let sub = |paid: &Paid| {
        json!({
            "order_key": { "order_number_type": 2, "transaction_id": paid.transaction_id },
            "logistics_type": 1, "delivery_mode": 1, "shipping_list": [parcel("YT1")],
        })
    };
    let whole = |orders: Value| {
        json!({
            "order_key": { "order_number_type": 2, "transaction_id": one.transaction_id }, "sub_orders": orders,
            "upload_time": at(0), "payer": { "openid": shop.mock.openid_of("alice") },
        })
    };
    let path = "/wxa/sec/order/upload_combined_shipping_info";
    shop.mini_refused(path, &whole(json!([sub(&one), sub(&one)])), 10_060_013).await;
    assert_eq!(state(&shop, &one).await["order_state"], 1);
    shop.mini_refused(path, &whole(json!([sub(&one), sub(&two)])), 0).await;
    assert_eq!(state(&shop, &two).await["order_state"], 2);
}

#[actix_web::test]
async fn a_list_pages_and_a_reminder_works_once() {
    let shop = Shop::new();
    let mut paid = Vec::new();
    for number in ["ORDER-1", "ORDER-2", "ORDER-3"] {
        paid.push(shop.paid(number, 100).await);
    }
    let list = "/wxa/sec/order/get_order_list";
    let first = shop.mini(list, &json!({ "page_size": 2 })).await;
    assert_eq!((first["order_list"].as_array().unwrap().len(), &first["has_more"]), (2, &json!(true)));
    let rest = shop.mini(list, &json!({ "page_size": 2, "last_index": first["last_index"] })).await;
    assert_eq!(rest["order_list"][0]["merchant_trade_no"], "ORDER-3");
    assert_eq!(rest["has_more"], false);
    shop.mini_refused(list, &json!({ "last_index": "x" }), 10_060_011).await;
    let remind = "/wxa/sec/order/notify_confirm_receive";
    let of = |shop: &Shop| json!({ "transaction_id": paid[0].transaction_id, "received_time": shop.merchant.now_s() });
    shop.mini_refused(remind, &of(&shop), 10_060_028).await;
    shop.mini_refused(UPLOAD, &shipping(&shop, &paid[0], &[parcel("YT1")], 0), 0).await;
    shop.mini_refused(remind, &json!({ "transaction_id": paid[0].transaction_id, "received_time": 1 }), 10_060_029)
        .await;
    shop.mini_refused(remind, &of(&shop), 0).await;
    shop.mini_refused(remind, &of(&shop), 10_060_030).await;
    let appid = json!({ "appid": shop.mock.account().appid });
    assert_eq!(shop.mini("/wxa/sec/order/is_trade_managed", &appid).await["is_trade_managed"], true);
    assert_eq!(shop.mini("/wxa/sec/order/set_msg_jump_path", &json!({ "path": "pages/order" })).await["errcode"], 0);
}

#[actix_web::test]
async fn a_parcel_can_be_traced_by_its_own_buyer_only() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let prefix = "/cgi-bin/express/delivery/open_msg";
    let companies = shop.mini(&format!("{prefix}/get_delivery_list"), &json!({})).await;
    assert_eq!(companies["delivery_list"][0], json!({ "delivery_id": "SF", "delivery_name": "顺丰速运" }));
    let body = json!({
        "openid": shop.mock.openid_of("alice"), "waybill_id": "YT1", "receiver_phone": "13800000000",
        "trans_id": paid.transaction_id, "delivery_id": "YTO",
        "goods_info": { "detail_list": [{ "goods_name": "红参", "goods_img_url": "https://cdn.example/a.png" }] },
    });
    let token = shop.mini(&format!("{prefix}/trace_waybill"), &body).await["waybill_token"].clone();
    let trace = format!("{prefix}/query_trace");
    assert_eq!(shop.mini(&trace, &json!({ "waybill_token": token })).await["waybill_info"]["status"], 0);
    shop.staged("waybills", &json!({ "waybill_id": "YT1", "status": 4 })).await;
    assert_eq!(shop.mini(&trace, &json!({ "waybill_token": token })).await["waybill_info"]["status"], 4);
    shop.mini_refused(&trace, &json!({ "waybill_token": token, "openid": "other" }), 9_300_534).await;
    shop.mini_refused(&trace, &json!({ "waybill_token": "x" }), 9_300_507).await;
}
