//! Order shipping management.

use super::calls::upload;
use super::*;
use crate::{
    CombinedUpload, Delivery, Logistics, MaskedPhone, MiniCode, OrderKey, OrderListQuery, OrderState, Parcel,
    ShippingUpload, SubOrder, Uploaded,
};

fn ok() -> Result<InboundAnswer, TransportError> {
    json(serde_json::json!({"errcode":0,"errmsg":"ok"}))
}

fn merchant(number: &str) -> OrderKey {
    OrderKey::Merchant { mchid: "1900000109".to_owned(), out_trade_no: number.to_owned() }
}

#[tokio::test]
async fn an_upload_is_written_as_the_page_says() {
    let (client, wechat) = api([ok()]);
    assert_eq!(client.upload_shipping(&upload()).await.unwrap(), Uploaded::Taken);
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({
        "order_key":{"order_number_type":2,"transaction_id":"4200000001"},
        "logistics_type":1,"delivery_mode":1,
        "shipping_list":[{"tracking_no":"YT123","express_company":"YTO","item_desc":"mask*1"}],
        "upload_time":"2022-12-15T13:29:35.120+08:00","payer":{"openid":"ocanaryopenid"}});
    assert_eq!((path.as_str(), body), ("/wxa/sec/order/upload_shipping_info", expected));

    let (client, wechat) = api([ok()]);
    let sf = Parcel { receiver: MaskedPhone::mask("+86-17712341234"), ..Parcel::express("SF", "SF1", "a*1") };
    let split = ShippingUpload {
        order: merchant("GP_1-2*"),
        delivery: Delivery::Split { parcels: vec![sf, Parcel::express("YTO", "YT2", "b*1")], all_sent: false },
        uploaded_at: "2022-12-15T23:00:00Z".parse().unwrap(),
        ..upload()
    };
    client.upload_shipping(&split).await.unwrap();
    let expected = serde_json::json!({
        "order_key":{"order_number_type":1,"mchid":"1900000109","out_trade_no":"GP_1-2*"},
        "logistics_type":1,"delivery_mode":2,"is_all_delivered":false,
        "shipping_list":[
            {"tracking_no":"SF1","express_company":"SF","item_desc":"a*1","contact":{"receiver_contact":"+86-177****1234"}},
            {"tracking_no":"YT2","express_company":"YTO","item_desc":"b*1"}],
        "upload_time":"2022-12-16T07:00:00.000+08:00","payer":{"openid":"ocanaryopenid"}});
    assert_eq!(one(&wechat).2, expected);
}

#[tokio::test]
async fn a_combined_upload_is_written_as_the_page_says() {
    let (client, wechat) = api([ok(), Ok(error(10_060_023))]);
    let part = |number: &str| SubOrder {
        order: merchant(number),
        logistics: Logistics::SelfPickup,
        delivery: Delivery::Whole(Parcel::without_number("a*1")),
    };
    let combined = CombinedUpload {
        order: merchant("ALL"),
        parts: vec![part("A"), part("B")],
        uploaded_at: upload().uploaded_at,
        payer_openid: "oAlice".to_owned(),
    };
    client.upload_combined_shipping(&combined).await.unwrap();
    let (path, _, body) = one(&wechat);
    assert_eq!(path, "/wxa/sec/order/upload_combined_shipping_info");
    assert_eq!(
        body["sub_orders"][1],
        serde_json::json!({
        "order_key":{"order_number_type":1,"mchid":"1900000109","out_trade_no":"B"},
        "logistics_type":4,"delivery_mode":1,"shipping_list":[{"item_desc":"a*1"}]})
    );
    assert_eq!(client.upload_combined_shipping(&combined).await.unwrap(), Uploaded::Known);
    let mixed = SubOrder { order: OrderKey::Transaction("42".to_owned()), ..part("A") };
    for parts in [Vec::new(), vec![part("A"), part("A")], vec![part("A"), mixed]] {
        let fault = client.upload_combined_shipping(&CombinedUpload { parts, ..combined.clone() }).await.unwrap_err();
        assert!(fault.nothing_was_sent());
    }
}

#[tokio::test]
async fn an_upload_after_an_unknown_outcome_is_sent_again_with_the_same_bytes_and_known_is_success() {
    let (client, wechat) = api([Err(TransportError::TimedOut), Ok(error(10_060_023))]);
    assert_eq!(client.upload_shipping(&upload()).await.unwrap(), Uploaded::Known);
    let sent = asked(&wechat);
    assert_eq!((sent.len(), &sent[0].body), (2, &sent[1].body));
}

#[tokio::test]
async fn refusals_of_an_upload_are_told_apart() {
    for (errcode, code) in [
        (10_060_001, RefusalCode::Mini(MiniCode::OrderNotFound)),
        (10_060_002, RefusalCode::Mini(MiniCode::AlreadyShipped)),
        (10_060_003, RefusalCode::Mini(MiniCode::ReshipUsed)),
        (10_060_004, RefusalCode::Mini(MiniCode::NotShippable)),
        (10_060_031, RefusalCode::Mini(MiniCode::PayerMismatch)),
        (268_485_216, RefusalCode::ParamError),
        (47001, RefusalCode::ParamError),
    ] {
        let (client, wechat) = api([Ok(error(errcode))]);
        let fault = client.upload_shipping(&upload()).await.unwrap_err();
        assert_eq!((fault.refusal_code(), asked(&wechat).len()), (Some(&code), 1), "{errcode}");
    }
}

#[tokio::test]
async fn an_upload_out_of_its_limits_is_not_sent() {
    let (client, wechat) = api([]);
    let whole = |parcel: Parcel| ShippingUpload { delivery: Delivery::Whole(parcel), ..upload() };
    let split = |count: usize, logistics: Logistics| ShippingUpload {
        logistics,
        delivery: Delivery::Split { parcels: vec![Parcel::express("YTO", "1", "a"); count], all_sent: true },
        ..upload()
    };
    for bad in [
        whole(Parcel::without_number("a*1")),
        whole(Parcel::express("", "YT1", "a*1")),
        whole(Parcel::express("YTO", "1".repeat(129), "a*1")),
        whole(Parcel::express("YTO", "YT1", "")),
        whole(Parcel::express("YTO", "YT1", " ")),
        whole(Parcel::express("YTO", "YT1", "面".repeat(121))),
        whole(Parcel::express("SF", "SF1", "a*1")),
        split(0, Logistics::Express),
        split(16, Logistics::Express),
        split(2, Logistics::SameCity),
        ShippingUpload { payer_openid: String::new(), ..upload() },
        ShippingUpload { order: OrderKey::Transaction(String::new()), ..upload() },
        ShippingUpload { order: merchant("a|b"), ..upload() },
        ShippingUpload { order: merchant(&"1".repeat(33)), ..upload() },
    ] {
        let fault = client.upload_shipping(&bad).await.unwrap_err();
        assert_eq!((fault.refusal_code(), fault.nothing_was_sent()), (Some(&RefusalCode::ParamError), true), "{bad:?}");
    }
    assert!(wechat.requests().is_empty());
}

#[test]
fn a_phone_is_masked_but_for_its_last_four_digits() {
    for (number, masked) in [
        ("+86-17712341234", "+86-177****1234"),
        ("17712341234", "177****1234"),
        ("0766-66888866", "076****8866"),
        ("6688886", "****8886"),
    ] {
        let shown = MaskedPhone::mask(number).unwrap();
        assert_eq!(shown, MaskedPhone::masked(masked).unwrap(), "{number}");
    }
    for number in ["", "123456", "1771234123a", "+8617712341234", "177****1234"] {
        assert_eq!(MaskedPhone::mask(number), None, "{number}");
    }
    for text in ["17712341234", "177****12a4", "17712341234****1234", "****", "", "面膜面膜", "177 ****1234"] {
        assert_eq!(MaskedPhone::masked(text), None, "{text}");
    }
}

#[tokio::test]
async fn an_order_is_read_shipped_or_not() {
    let shipped = serde_json::json!({"errcode":0,"order":{"transaction_id":"42","merchant_trade_no":"GP1","merchant_id":"19",
        "paid_amount":2990,"openid":"ocanary","pay_time":1_700_000_000,"order_state":2,"in_complaint":false,
        "shipping":{"delivery_mode":1,"logistics_type":1,"finish_shipping":true,"finish_shipping_count":1,
            "shipping_list":[{"tracking_no":"YT1","express_company":"YTO","goods_desc":"a","upload_time":1_700_000_100,
                "contact":{"receiver_contact":"177****1234"}}]}}});
    let fresh = serde_json::json!({"errcode":0,"order":{"transaction_id":"42","order_state":1,"shipping":{}}});
    let odd = serde_json::json!({"errcode":0,"order":{"transaction_id":"42","order_state":77}});
    let (client, wechat) = api([json(shipped), json(fresh), json(odd)]);
    let order = client.managed_order(&merchant("GP1")).await.unwrap();
    assert_eq!(
        (order.state, order.paid_fen, order.all_sent, order.finished_times),
        (OrderState::Shipped, 2990, true, 1)
    );
    assert_eq!((order.parcels[0].tracking_no.as_str(), order.parcels[0].uploaded_at_s), ("YT1", 1_700_000_100));
    assert!(!format!("{order:?}").contains("canary"));
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"merchant_id":"1900000109","merchant_trade_no":"GP1"});
    assert_eq!((path.as_str(), body), ("/wxa/sec/order/get_order", expected));
    let key = OrderKey::Transaction("42".to_owned());
    let order = client.managed_order(&key).await.unwrap();
    assert_eq!((order.state, order.parcels.len(), order.all_sent), (OrderState::ToShip, 0, false));
    assert_eq!(client.managed_order(&key).await.unwrap().state, OrderState::Other(77));
}

#[tokio::test]
async fn another_order_than_was_asked_for_or_odd_money_is_unknown() {
    for order in [
        serde_json::json!({"transaction_id":"43","order_state":1}),
        serde_json::json!({"transaction_id":"","order_state":1}),
        serde_json::json!({"transaction_id":"42","order_state":1,"paid_amount":-1}),
        serde_json::json!({"transaction_id":"42","order_state":1,"paid_amount":1.5}),
        serde_json::json!({"transaction_id":"42"}),
    ] {
        let (client, _) = api([json(serde_json::json!({"errcode":0,"order":order}))]);
        let fault = client.managed_order(&OrderKey::Transaction("42".to_owned())).await.unwrap_err();
        assert!(matches!(fault, CallError::Unknown(_)), "{order}: {fault}");
    }
}

#[tokio::test]
async fn orders_are_listed_page_by_page_and_a_page_that_leads_nowhere_is_unknown() {
    let page = serde_json::json!({"errcode":0,"order_list":[{"transaction_id":"42","order_state":1}],"last_index":"i1","has_more":true});
    let last = serde_json::json!({"errcode":0,"order_list":[],"last_index":"","has_more":false});
    let (client, wechat) = api([json(page.clone()), json(last), json(page)]);
    let mut query = OrderListQuery {
        paid_from: Some("2022-12-15T00:00:00Z".parse().unwrap()),
        state: Some(OrderState::ToShip),
        page_size: Some(50),
        ..OrderListQuery::default()
    };
    let page = client.managed_orders(&query).await.unwrap();
    assert_eq!((page.orders.len(), page.next.as_deref()), (1, Some("i1")));
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"pay_time_range":{"begin_time":1_671_062_400},"order_state":1,"page_size":50});
    assert_eq!((path.as_str(), body), ("/wxa/sec/order/get_order_list", expected));
    query.after = page.next;
    assert_eq!(client.managed_orders(&query).await.unwrap().next, None);
    assert!(matches!(client.managed_orders(&query).await.unwrap_err(), CallError::Unknown(_)), "the same page again");
    for page_size in [0, 101] {
        query.page_size = Some(page_size);
        assert!(client.managed_orders(&query).await.unwrap_err().nothing_was_sent());
    }
}

#[tokio::test]
async fn a_buyer_is_reminded_once_and_not_of_a_receipt_to_come() {
    let (client, wechat) = api([ok(), Ok(error(10_060_030)), Ok(error(10_060_028)), Ok(error(10_060_032))]);
    let now = TestClock::new().now();
    client.remind_to_confirm(&merchant("GP1"), now).await.unwrap();
    let (path, _, body) = one(&wechat);
    let expected =
        serde_json::json!({"merchant_id":"1900000109","merchant_trade_no":"GP1","received_time":now.timestamp()});
    assert_eq!((path.as_str(), body), ("/wxa/sec/order/notify_confirm_receive", expected));
    for code in [MiniCode::ReminderUsed, MiniCode::NotShippedYet, MiniCode::NotExpress] {
        let fault = client.remind_to_confirm(&merchant("GP1"), now).await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(code)));
    }
    let fault = client.remind_to_confirm(&merchant("GP1"), now + chrono::TimeDelta::hours(1)).await.unwrap_err();
    assert!(fault.nothing_was_sent() && fault.to_string().contains("clock"), "{fault}");
    assert_eq!(asked(&wechat).len(), 4);
}

#[tokio::test]
async fn the_settings_are_read_and_written() {
    let (client, wechat) = api([
        ok(),
        json(serde_json::json!({"errcode":0,"is_trade_managed":true})),
        json(serde_json::json!({"errcode":0,"completed":false})),
    ]);
    client.set_order_page("pages/order/detail").await.unwrap();
    assert!(client.is_trade_managed().await.unwrap());
    assert!(!client.is_trade_management_confirmed().await.unwrap());
    let sent: Vec<_> = asked(&wechat)
        .into_iter()
        .map(|request| (request.url.path().to_owned(), String::from_utf8(request.body).unwrap()))
        .collect();
    let appid = format!(r#"{{"appid":"{APPID}"}}"#);
    let expected = [
        ("/wxa/sec/order/set_msg_jump_path", r#"{"path":"pages/order/detail"}"#),
        ("/wxa/sec/order/is_trade_managed", &appid),
        ("/wxa/sec/order/is_trade_management_confirmation_completed", &appid),
    ]
    .map(|(path, body)| (path.to_owned(), body.to_owned()));
    assert_eq!(sent, expected);
}
