//! Who signs the answers, and the platform certificate.

use mock_wechat::Answer;
use serde_json::{Value, json};

use crate::support::merchant::{der, verifies};
use crate::support::{Shop, json_of};

const MISSING: &str = "/v3/refund/domestic/refunds/R1";

/// Sends a signed GET that asks for this serial.
async fn get(shop: &Shop, target: &str, serial: Option<&str>) -> Answer {
    let mut request = shop.merchant.request("GET", target, None);
    request.headers.retain(|(name, _)| name != "wechatpay-serial");
    if let Some(serial) = serial {
        request = request.header("wechatpay-serial", serial);
    }
    shop.send(request).await
}

fn signed_by(answer: &Answer, public_key_der: &[u8]) -> bool {
    verifies(public_key_der, |name| answer.get(name).map(str::to_owned), &answer.body)
}

/// The public key of the certificate that `/v3/certificates` hands out, and its serial.
async fn certificate(shop: &Shop) -> (Vec<u8>, String) {
    let answer = get(shop, "/v3/certificates", None).await;
    let entry = json_of(&answer)["data"][0].clone();
    let pem = shop.merchant.decrypt(&entry["encrypt_certificate"]);
    let (_, block) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let parsed = block.parse_x509().unwrap();
    let serial = parsed.raw_serial_as_string().replace(':', "").to_uppercase();
    assert_eq!(entry["serial_no"], json!(serial));
    assert_eq!(serial.len(), 40);
    let key = parsed.public_key().raw.to_vec();
    assert!(signed_by(&answer, &key), "the answer is signed by the certificate that it carries");
    (key, serial)
}

#[actix_web::test]
async fn the_key_named_by_the_request_signs_the_answer() {
    let shop = Shop::new();
    let (certificate_key, serial) = certificate(&shop).await;
    let public_key = der(&shop.merchant.account.public_key_pem);
    let id = shop.merchant.account.public_key_id.clone();
    for (asked, key, named) in
        [(Some(&*id), &public_key, &id), (Some(&*serial), &certificate_key, &serial), (None, &certificate_key, &serial)]
    {
        let answer = get(&shop, MISSING, asked).await;
        assert_eq!(answer.get("wechatpay-serial"), Some(&**named));
        assert!(signed_by(&answer, key), "{asked:?}");
    }
}

#[actix_web::test]
async fn unknown_wechatpay_serial_is_refused() {
    let shop = Shop::new();
    let answer = get(&shop, MISSING, Some("PUB_KEY_ID_0")).await;
    assert_eq!((answer.status, json_of(&answer)["code"].clone()), (400, json!("PARAM_ERROR")));
}

#[actix_web::test]
async fn merchant_of_the_public_key_mode_has_no_certificate() {
    let shop = Shop::new();
    let (_, serial) = certificate(&shop).await;
    shop.control("POST", "/_mock/settings", &json!({ "certificate_mode": false })).await;
    let answer = get(&shop, "/v3/certificates", None).await;
    assert_eq!((answer.status, json_of(&answer)["code"].clone()), (404, json!("RESOURCE_NOT_EXISTS")));
    assert!(signed_by(&answer, &der(&shop.merchant.account.public_key_pem)));
    assert_eq!(get(&shop, MISSING, Some(&serial)).await.status, 400);
}

#[actix_web::test]
async fn empty_answer_and_refusals_are_signed_too() {
    let shop = Shop::new();
    let public_key = der(&shop.merchant.account.public_key_pem);
    shop.prepaid("ORDER-1", 100).await;
    let body = json!({ "mchid": shop.merchant.account.mchid });
    let target = "/v3/pay/transactions/out-trade-no/ORDER-1/close";
    let closed = shop.send(shop.merchant.request("POST", target, Some(&body))).await;
    assert_eq!((closed.status, closed.body.len()), (204, 0));
    assert!(signed_by(&closed, &public_key));
    let mut unsigned = shop.merchant.request("GET", MISSING, None);
    unsigned.headers.retain(|(name, _)| name != "authorization");
    let refusal = shop.send(unsigned).await;
    assert_eq!(refusal.status, 401);
    assert!(signed_by(&refusal, &public_key));
}

#[actix_web::test]
async fn refusals_can_be_switched_to_unsigned() {
    let shop = Shop::new();
    shop.control("POST", "/_mock/settings", &json!({ "sign_errors": false })).await;
    assert_eq!(get(&shop, MISSING, None).await.get("wechatpay-signature"), None);
    shop.prepaid("ORDER-1", 100).await;
    let target = format!("/v3/pay/transactions/out-trade-no/ORDER-1?mchid={}", shop.merchant.account.mchid);
    assert!(get(&shop, &target, None).await.get("wechatpay-signature").is_some());
}

#[actix_web::test]
async fn unknown_setting_is_refused() {
    let shop = Shop::new();
    let (status, _) = shop.control("POST", "/_mock/settings", &json!({ "certificates": false })).await;
    assert_eq!(status, 400);
    let (_, settings) = shop.control("GET", "/_mock/settings", &Value::Null).await;
    assert_eq!(settings["certificate_mode"], true);
}
