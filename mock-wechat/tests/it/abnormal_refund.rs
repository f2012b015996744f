//! A refund that the buyer's account can't take goes another way.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mock_wechat::{RefundStatus, Settings};
use serde_json::json;

use crate::support::Shop;
use crate::support::merchant::der;

async fn abnormal(shop: &Shop) -> String {
    shop.mock.set_settings(Settings { refund_outcome: RefundStatus::Abnormal, ..shop.mock.settings() }).unwrap();
    shop.paid("ORDER-1", 100).await;
    let (_, refund) = shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await;
    let id = refund["refund_id"].as_str().unwrap();
    format!("/v3/refund/domestic/refunds/{id}/apply-abnormal-refund")
}

#[actix_web::test]
async fn it_ends_as_success_on_the_merchants_card() {
    let shop = Shop::new();
    let path = abnormal(&shop).await;
    let body = json!({ "out_refund_no": "R-1", "type": "MERCHANT_BANK_CARD" });
    assert_eq!(shop.call("POST", &path, Some(&body)).await.1["code"], "INVALID_REQUEST");
    shop.advance_s(5);
    let (status, refund) = shop.call("POST", &path, Some(&body)).await;
    assert_eq!((status, &refund["status"], &refund["channel"]), (200, &json!("PROCESSING"), &json!("BALANCE")));
    shop.advance_s(5);
    assert_eq!(shop.query_refund("R-1").await.1["status"], "SUCCESS");
    assert_eq!(shop.mock.ledger().payments[0].refunded_fen, 100);
}

#[actix_web::test]
async fn a_users_card_that_is_not_sealed_for_wechat_is_refused() {
    let shop = Shop::new();
    let path = abnormal(&shop).await;
    shop.advance_s(5);
    let key = PublicEncryptingKey::from_der(&der(&shop.mock.account().public_key_pem)).unwrap();
    let key = OaepPublicEncryptingKey::new(key).unwrap();
    let seal = |text: &str| {
        let mut room = vec![0; key.ciphertext_size()];
        STANDARD.encode(key.encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut room, None).unwrap())
    };
    let mut body = json!({
        "out_refund_no": "R-1", "type": "USER_BANK_CARD", "bank_type": "CMB_DEBIT", "bank_account": "6225880000000000",
        "real_name": seal("张三"),
    });
    assert_eq!(shop.call("POST", &path, Some(&body)).await.1["code"], "PARAM_ERROR");
    body["bank_account"] = json!(seal("6225880000000000"));
    assert_eq!(shop.call("POST", &path, Some(&body)).await.1["channel"], "OTHER_BANKCARD");
}

#[actix_web::test]
async fn a_refund_beyond_the_merchants_balance_waits_for_money_under_the_same_number() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    let body = shop.back("R-1", "ORDER-1", 100, 100);
    shop.mock.set_settings(Settings { balance_fen: Some(50), ..shop.mock.settings() }).unwrap();
    let (status, refused) = shop.refund(&body).await;
    assert_eq!((status, &refused["code"]), (403, &json!("NOT_ENOUGH")));
    shop.mock.set_settings(Settings { balance_fen: None, ..shop.mock.settings() }).unwrap();
    assert_eq!(shop.refund(&body).await.0, 200);
}
