//! A platform certificate gives way to the next one.

use serde_json::json;

use crate::support::merchant::{Merchant, verifies};
use crate::support::{Shop, json_of, open};

async fn serials(shop: &Shop) -> Vec<String> {
    let (_, list) = shop.call("GET", "/v3/certificates", None).await;
    list["data"].as_array().unwrap().iter().map(|one| one["serial_no"].as_str().unwrap().to_owned()).collect()
}

/// The serial that signs an answer to a client of the certificate mode.
async fn signer(shop: &Shop) -> String {
    let authorization = shop.merchant.authorization("GET", "/v3/certificates", "", shop.merchant.now_s());
    let request = Merchant::unsigned("GET", "/v3/certificates", "").header("authorization", &authorization);
    let answer = shop.send(request).await;
    let serial = answer.get("Wechatpay-Serial").unwrap().to_owned();
    let list = json_of(&answer);
    let own = list["data"].as_array().unwrap().iter().find(|one| one["serial_no"] == serial).unwrap();
    let pem = shop.merchant.decrypt(&own["encrypt_certificate"]);
    let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let certificate = pem.parse_x509().unwrap();
    assert!(verifies(certificate.public_key().raw, |name| answer.get(name).map(str::to_owned), &answer.body));
    serial
}

#[actix_web::test]
async fn the_next_certificate_is_listed_before_it_signs_and_the_old_one_goes_after() {
    let shop = Shop::new();
    let old = signer(&shop).await;
    let told = shop.staged("certificates/rotate", &json!({ "signs_in_s": 3600, "overlap_s": 600 })).await;
    let new = told["serial_no"].as_str().unwrap().to_owned();
    assert_eq!(serials(&shop).await, [old.clone(), new.clone()]);
    assert_eq!(signer(&shop).await, old);
    shop.advance_s(3600);
    assert_eq!(signer(&shop).await, new);
    assert_eq!(serials(&shop).await, [old, new.clone()]);
    shop.advance_s(600);
    assert_eq!(serials(&shop).await, [new]);
}

#[actix_web::test]
async fn a_rotation_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::of(open(Some(folder.path())));
    shop.staged("certificates/rotate", &json!({})).await;
    let before = (signer(&shop).await, serials(&shop).await);
    drop(shop);
    let shop = Shop::of(open(Some(folder.path())));
    assert_eq!((signer(&shop).await, serials(&shop).await), before);
}

#[actix_web::test]
async fn probes_come_on_their_own_when_they_are_asked_for() {
    let shop = Shop::new();
    let settings = mock_wechat::Settings { signtest_percent: 50, ..shop.mock.settings() };
    shop.mock.set_settings(settings).unwrap();
    let mut probes = 0;
    for _ in 0..40 {
        let answer = shop.send(shop.merchant.request("GET", "/v3/certificates", None)).await;
        probes += u32::from(answer.get("Wechatpay-Signature").unwrap().starts_with("WECHATPAY/SIGNTEST/"));
    }
    assert!((5..36).contains(&probes), "{probes}");
}
