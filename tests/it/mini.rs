//! The mini program's client against the stand-in, where the shop itself asks for none of it yet.

use std::time::Duration;

use mock_wechat::Route;
use serde_json::json;
use wechat_client::{CallError, CardGoods, CardState, ComplaintAnswer, MiniCode, RefusalCode, ServiceCard};

use crate::support::on_both;

on_both! {
    async fn the_client_hears_that_trade_management_is_confirmed(shop: &TestShop) {
        assert!(shop.app.mini.is_trade_managed().await.unwrap());
        assert!(shop.app.mini.is_trade_management_confirmed().await.unwrap());
    }

    async fn a_server_that_is_not_in_the_allow_list_hears_what_is_wrong(shop: &TestShop) {
        shop.set_wechat(|settings| settings.allowed_addresses = vec!["203.0.113.7".parse().unwrap()]);
        let fault = shop.app.mini.access_token().await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::AddressNotAllowed));
        assert!(fault.to_string().contains("invalid ip 127.0.0.1"), "whoever keeps the list must know which: {fault}");
        shop.set_wechat(|settings| settings.allowed_addresses.push("127.0.0.1".parse().unwrap()));
        shop.app.mini.access_token().await.unwrap();
    }

    async fn a_token_beyond_the_cap_of_the_day_is_a_throttle(shop: &TestShop) {
        shop.set_wechat(|settings| {
            settings.rate_limits = true;
            settings.daily_limits = [(Route::StableToken, 0)].into();
        });
        let CallError::Throttled(throttle) = shop.app.mini.access_token().await.unwrap_err() else { panic!() };
        assert_eq!((throttle.code.as_str(), throttle.retry_after), ("ERRCODE45009", Duration::from_hours(1)));
    }

    async fn a_buyer_who_paid_sees_a_card_and_its_complaint_is_answered_step_by_step(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order("red-ginseng-stick", 1).await;
        alice.pay(&order_no).await;
        let ledger = shop.wechat.ledger();
        let payment = ledger.payments.last().unwrap();
        let card = |state| ServiceCard {
            openid: shop.wechat.openid_of("alice"),
            transaction_id: payment.transaction_id.clone().unwrap(),
            state,
            page: format!("pages/order/detail?no={order_no}"),
            paid_fen: payment.total_fen.try_into().unwrap(),
            paid_at: payment.success_time.unwrap(),
        };
        let goods = || vec![CardGoods {
            name: "面霜".to_owned(),
            image_url: "https://mall.example/1.png".to_owned(),
            page: "pages/product/index".to_owned(),
            count: 1,
            single_price: 12_900,
        }];
        let early = shop.app.mini.show_service_card(&card(CardState::Paid(goods()))).await.unwrap_err();
        assert_eq!(early.refusal_code(), Some(&RefusalCode::Mini(MiniCode::CardCodeUnknown)));
        shop.advance_s(60);
        shop.app.mini.show_service_card(&card(CardState::Paid(goods()))).await.unwrap();
        shop.app.mini.show_service_card(&card(CardState::Sent)).await.unwrap();
        shop.app.mini.set_order_detail_path("pages/order/detail?no=${商品订单号}").await.unwrap();
        assert!(shop.app.mini.order_detail_path().await.unwrap().is_some());

        let body = json!({ "out_trade_no": payment.out_trade_no, "detail": "没有收到货" }).to_string();
        let made = shop.wechat.handle(mock_wechat::Request::new("POST", "/_mock/trade-complaints").body(body)).await;
        let made: serde_json::Value = serde_json::from_slice(&made.answer().unwrap().body).unwrap();
        let id: u64 = made["complaint_order_id"].as_str().unwrap().parse().unwrap();
        let complaint = shop.app.mini.trade_complaint(id).await.unwrap();
        assert_eq!((complaint.status, complaint.out_trade_no.as_str()), (201, payment.out_trade_no.as_str()));
        let answer = ComplaintAnswer { content: "已为您退款".to_owned(), media_ids: Vec::new() };
        shop.app.mini.respond_to_trade_complaint(id, true, &answer).await.unwrap();
        shop.app.mini.supply_complaint_refund(id, &answer).await.unwrap();
        assert_eq!(shop.app.mini.trade_complaint(id).await.unwrap().expires_at_s, None);
    }

    async fn a_phone_of_elsewhere_comes_with_its_country(shop: &TestShop) {
        let asked = json!({ "user": "minji", "phone": "1012345678", "country_code": "82" }).to_string();
        let button = mock_wechat::Request::new("POST", "/_mock/wx/phone").body(asked);
        let answer = shop.wechat.handle(button).await.answer().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let phone = shop.app.mini.phone_number(told["code"].as_str().unwrap(), &shop.wechat.openid_of("minji")).await;
        let phone = phone.unwrap();
        assert_eq!((phone.country_code.as_str(), phone.number.as_str()), ("82", "1012345678"));
    }
}
