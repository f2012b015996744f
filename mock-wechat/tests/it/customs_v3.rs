//! Customs by v3: the same states behind JSON and RSA signatures.

use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::Shop;
use crate::support::merchant::der;

const ORDERS: &str = "/v3/global/customs/orders";

fn declaration(shop: &Shop, transaction_id: &str) -> Value {
    let account = shop.mock.account();
    json!({
        "appid": account.appid, "mchid": account.mchid, "out_trade_no": "ORDER-1", "transaction_id": transaction_id,
        "customs": "GUANGZHOU_ZS", "merchant_customs_no": "3713960ABC",
    })
}

#[actix_web::test]
async fn a_declaration_is_made_changed_found_and_pushed_again() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let body = declaration(&shop, &paid.transaction_id);
    let (status, declared) = shop.call("POST", ORDERS, Some(&body)).await;
    assert_eq!((status, &declared["state"]), (200, &json!("UNDECLARED")), "{declared}");
    let (_, changed) = shop.call("PATCH", ORDERS, Some(&body)).await;
    assert_eq!(changed["state"], "SUBMITTED");
    shop.advance_s(10);
    let account = shop.mock.account();
    let query = format!(
        "{ORDERS}?appid={}&mchid={}&order_type=out_trade_no&order_no=ORDER-1&customs=GUANGZHOU_ZS",
        account.appid, account.mchid
    );
    let (_, found) = shop.call("GET", &query, None).await;
    assert_eq!((&found["total_count"], &found["data"][0]["state"]), (&json!(1), &json!("SUCCESS")), "{found}");
    assert_eq!(found["data"][0]["mch_customs_no"], "3713960ABC");
    let mut again = body.clone();
    again.as_object_mut().unwrap().remove("out_trade_no");
    let (status, pushed) = shop.call("POST", "/v3/global/customs/redeclare", Some(&again)).await;
    assert_eq!(status, 200, "{pushed}");
    let (status, refused) = shop.call("POST", ORDERS, Some(&body)).await;
    assert_eq!((status, &refused["code"]), (400, &json!("INVALID_REQUEST")));
}

#[actix_web::test]
async fn what_was_declared_by_the_older_path_is_found_by_the_newer_one() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let body = declaration(&shop, &paid.transaction_id);
    let (status, declared) = shop.call("POST", "/global/v3/customs/orders", Some(&body)).await;
    assert_eq!((status, &declared["state"]), (200, &json!("UNDECLARED")), "{declared}");
    assert_eq!(shop.call("PATCH", ORDERS, Some(&body)).await.1["state"], "SUBMITTED");
    assert_eq!(shop.call("DELETE", "/global/v3/customs/orders", None).await.0, 404);
    assert_eq!(shop.call("POST", "/global/v3/customs/elsewhere", Some(&body)).await.0, 404);
}

#[actix_web::test]
async fn an_identity_is_compared_only_when_it_was_sealed_for_wechat() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let key = PublicEncryptingKey::from_der(&der(&shop.mock.account().public_key_pem)).unwrap();
    let key = Pkcs1PublicEncryptingKey::new(key).unwrap();
    let seal = |text: &str| {
        let mut room = vec![0; key.ciphertext_size()];
        STANDARD.encode(key.encrypt(text.as_bytes(), &mut room).unwrap())
    };
    let mut body = declaration(&shop, &paid.transaction_id);
    body["certificate_type"] = json!("IDCARD");
    body["certificate_id"] = json!(seal("11010519491231002X"));
    body["certificate_name"] = json!(seal("张三"));
    let path = "/v3/global/customs/verify-certificate";
    assert_eq!(shop.call("POST", path, Some(&body)).await.0, 400, "nothing was declared yet");
    shop.call("POST", "/v3/global/customs/orders", Some(&declaration(&shop, &paid.transaction_id))).await;
    let (status, checked) = shop.call("POST", path, Some(&body)).await;
    assert_eq!(checked["transaction_id"], paid.transaction_id.as_str());
    assert_eq!((status, &checked["certificate_check_result"]), (200, &json!("SAME")), "{checked}");
    body["certificate_id"] = json!("11010519491231002X");
    assert_eq!(shop.call("POST", path, Some(&body)).await.0, 400);
}
