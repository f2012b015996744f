//! Codes of the phone button.

use mock_wechat::Request;
use serde_json::{Value, json};

use crate::support::{Shop, json_of};

const PATH: &str = "/wxa/business/getuserphonenumber";

async fn token(shop: &Shop) -> String {
    let account = shop.mock.account();
    let body = json!({ "grant_type": "client_credential", "appid": account.appid, "secret": account.app_secret });
    let answer = shop.send(Request::new("POST", "/cgi-bin/stable_token").body(body.to_string())).await;
    json_of(&answer)["access_token"].as_str().unwrap().to_owned()
}

async fn redeem(shop: &Shop, body: &Value) -> Value {
    let target = format!("{PATH}?access_token={}", token(shop).await);
    json_of(&shop.send(Request::new("POST", &target).body(body.to_string())).await)
}

#[actix_web::test]
async fn phone_code_is_good_once_and_for_five_minutes() {
    let shop = Shop::new();
    let (code, late) = (shop.mock.phone("alice"), shop.mock.phone("alice"));
    let answer = redeem(&shop, &json!({ "code": code })).await;
    let info = &answer["phone_info"];
    assert_eq!(answer["errcode"], 0);
    assert_eq!(info["countryCode"], 86);
    assert_eq!(info["phoneNumber"], info["purePhoneNumber"]);
    assert!(info["purePhoneNumber"].as_str().unwrap().starts_with("138"));
    assert_eq!(info["watermark"]["appid"], json!(shop.mock.account().appid));
    assert_eq!(redeem(&shop, &json!({ "code": code })).await["errcode"], 40029);
    shop.advance_s(301);
    assert_eq!(redeem(&shop, &json!({ "code": late })).await["errcode"], 40029);
}

#[actix_web::test]
async fn phone_code_of_another_user_is_refused_and_left_alone() {
    let shop = Shop::new();
    let code = shop.mock.phone("alice");
    let (alice, bob) = (shop.mock.openid_of("alice"), shop.mock.openid_of("bob"));
    assert_eq!(redeem(&shop, &json!({ "code": code, "openid": bob })).await["errcode"], 40003);
    assert_eq!(redeem(&shop, &json!({ "code": code, "openid": alice })).await["errcode"], 0);
}

#[actix_web::test]
async fn phone_needs_the_access_token_and_a_whole_request() {
    let shop = Shop::new();
    let code = shop.mock.phone("alice");
    let body = json!({ "code": code }).to_string();
    let good = format!("{PATH}?access_token={}", token(&shop).await);
    for (method, target, body, errcode) in [
        ("POST", PATH, body.as_str(), 41001),
        ("POST", &format!("{PATH}?access_token=x"), &body, 40001),
        ("GET", &good, "", 43002),
        ("POST", &good, "", 44002),
        ("POST", &good, "code=1", 47001),
        ("POST", &good, "{\"code\":1}", 47001),
        ("POST", &good, "{}", 40097),
        ("POST", &good, "{\"code\":\"unknown\"}", 40029),
    ] {
        let answer = json_of(&shop.send(Request::new(method, target).body(body)).await);
        assert_eq!(answer["errcode"], errcode, "{method} {target} {body}");
    }
    assert_eq!(redeem(&shop, &json!({ "code": code })).await["errcode"], 0);
}

#[actix_web::test]
async fn a_phone_of_elsewhere_has_its_country_code_as_text() {
    let shop = Shop::new();
    let asked = json!({ "user": "minji", "phone": "1012345678", "country_code": "82" });
    let (status, body) = shop.control("POST", "/_mock/wx/phone", &asked).await;
    assert_eq!(status, 200, "{body}");
    let info = redeem(&shop, &json!({ "code": body["code"] })).await["phone_info"].clone();
    assert_eq!(info["phoneNumber"], "+821012345678");
    assert_eq!((&info["purePhoneNumber"], &info["countryCode"]), (&json!("1012345678"), &json!("82")));
    let (status, _) = shop.control("POST", "/_mock/wx/phone", &json!({ "user": "minji", "phone": "abc" })).await;
    assert_eq!(status, 400);
}
