//! The mini program's client against the stand-in, where the shop itself asks for none of it yet.

use std::time::Duration;

use mock_wechat::Route;
use serde_json::json;
use wechat_client::{CallError, RefusalCode};

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
