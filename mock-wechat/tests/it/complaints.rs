//! Complaints: told, answered, completed.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::Shop;
use crate::support::inbox::Inbox;
use crate::support::merchant::der;

const LIST: &str = "/v3/merchant-service/complaints-v2";
const URL: &str = "/v3/merchant-service/complaint-notifications";

async fn complained(shop: &Shop) -> String {
    shop.paid("ORDER-1", 100).await;
    let body = json!({ "out_trade_no": "ORDER-1", "detail": "没有收到货", "problem_type": "REFUND" });
    shop.staged("complaints", &body).await["complaint_id"].as_str().unwrap().to_owned()
}

fn phone(shop: &Shop, sealed: &Value) -> String {
    let key = PrivateDecryptingKey::from_pkcs8(&der(&shop.mock.account().merchant_private_key_pem)).unwrap();
    let key = OaepPrivateDecryptingKey::new(key).unwrap();
    let mut room = vec![0; key.min_output_size()];
    let sealed = STANDARD.decode(sealed.as_str().unwrap()).unwrap();
    String::from_utf8(key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut room, None).unwrap().to_vec()).unwrap()
}

#[actix_web::test]
async fn a_complaint_is_told_answered_and_completed() {
    let inbox = Inbox::start();
    let shop = Shop::new();
    let (status, _) = shop.call("POST", URL, Some(&json!({ "url": inbox.url }))).await;
    assert_eq!(status, 200);
    let id = complained(&shop).await;
    let (_, detail) = shop.call("GET", &format!("{LIST}/{id}"), None).await;
    assert_eq!((&detail["complaint_state"], &detail["incoming_user_response"]), (&json!("PENDING"), &json!(true)));
    assert!(phone(&shop, &detail["payer_phone"]).starts_with("138"));
    let mchid = &shop.mock.account().mchid;
    let complete = format!("{LIST}/{id}/complete");
    let done = json!({ "complainted_mchid": mchid });
    assert_eq!(shop.call("POST", &complete, Some(&done)).await.0, 400);
    let reply = json!({ "complainted_mchid": mchid, "response_content": "已重新发货" });
    assert_eq!(shop.call("POST", &format!("{LIST}/{id}/response"), Some(&reply)).await.0, 204);
    assert_eq!(shop.call("POST", &complete, Some(&done)).await.0, 204);
    let (_, history) = shop.call("GET", &format!("{LIST}/{id}/negotiation-historys"), None).await;
    let kinds: Vec<&str> =
        history["data"].as_array().unwrap().iter().map(|step| step["operate_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["MERCHANT_CONFIRM_COMPLETE", "MERCHANT_RESPONSE", "USER_CREATE_COMPLAINT"]);
    shop.mock.deliver_due().await;
    let told: Vec<_> = inbox
        .delivered()
        .into_iter()
        .filter(|one| one.json()["event_type"].as_str().unwrap().starts_with("COMPLAINT"))
        .collect();
    assert_eq!(told[0].json()["event_type"], "COMPLAINT.CREATE");
    assert_eq!(told[0].plaintext(&shop.merchant), json!({ "complaint_id": id, "action_type": "CREATE_COMPLAINT" }));
    assert!(told.len() >= 2 && told.iter().all(|one| one.verifies(&shop.merchant)));
    inbox.stop().await;
}

#[actix_web::test]
async fn a_list_spans_at_most_thirty_days_and_a_foreign_merchant_sees_nothing() {
    let shop = Shop::new();
    complained(&shop).await;
    let day = (shop.mock.clock().now() + chrono::TimeDelta::hours(8)).date_naive();
    let (_, list) = shop.call("GET", &format!("{LIST}?begin_date={day}&end_date={day}"), None).await;
    assert_eq!((&list["total_count"], &list["data"][0]["problem_type"]), (&json!(1), &json!("REFUND")), "{list}");
    for (query, status) in [
        (format!("begin_date={}&end_date={day}", day - chrono::TimeDelta::days(31)), 400),
        (format!("begin_date={day}&end_date={day}&limit=51"), 400),
        (format!("begin_date={day}&end_date={day}&complainted_mchid=1"), 403),
        ("begin_date=today".to_owned(), 400),
    ] {
        assert_eq!(shop.call("GET", &format!("{LIST}?{query}"), None).await.0, status, "{query}");
    }
}

#[actix_web::test]
async fn a_refund_is_promised_or_refused_with_a_reason() {
    let shop = Shop::new();
    let id = complained(&shop).await;
    let path = format!("{LIST}/{id}/update-refund-progress");
    assert_eq!(shop.call("POST", &path, Some(&json!({ "action": "REJECT" }))).await.0, 400);
    assert_eq!(shop.call("POST", &path, Some(&json!({ "action": "APPROVE", "launch_refund_day": 1 }))).await.0, 204);
    shop.staged(&format!("complaints/{id}/reply"), &json!({ "text": "请快一点" })).await;
    let (_, detail) = shop.call("GET", &format!("{LIST}/{id}"), None).await;
    assert_eq!((&detail["complaint_state"], &detail["incoming_user_response"]), (&json!("PROCESSING"), &json!(true)));
}

#[actix_web::test]
async fn there_is_one_address_for_complaints() {
    let shop = Shop::new();
    let body = json!({ "url": "https://shop.example/complaint" });
    assert_eq!(shop.call("GET", URL, None).await.0, 404);
    assert_eq!(shop.call("POST", URL, Some(&body)).await.0, 200);
    assert_eq!(shop.call("POST", URL, Some(&body)).await.1["code"], "INVALID_REQUEST");
    assert_eq!(shop.call("PUT", URL, Some(&body)).await.1["url"], body["url"]);
    assert_eq!(shop.call("DELETE", URL, None).await.0, 204);
    assert_eq!(shop.call("GET", URL, None).await.0, 404);
}
