//! The JSON way.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{DECLARED, ID_NUMBER, NAME, ORDER_NO, TRANSACTION_ID, identity, order, part, query, redeclare};
use crate::crypto::MerchantKey;
use crate::testing::TestClock;
use crate::testing::{PUBLIC_KEY_ID, ScriptedWeChat, parties, pay_client, signed_answer};
use crate::transport::Method;
use crate::{
    CallError, CustomsKey, CustomsState, DeclareOrder, FieldPadding, GlobalCustoms, GlobalCustomsSettings,
    IdentityCheck, Redeclare, RefusalCode,
};

fn answering(status: u16, bodies: &[&str], padding: FieldPadding) -> (GlobalCustoms, Arc<ScriptedWeChat>) {
    let clock = TestClock::new();
    let answers: Vec<_> = bodies.iter().map(|body| Ok(signed_answer(status, body, &clock))).collect();
    let (client, wechat) = pay_client(answers, &clock);
    let settings = GlobalCustomsSettings { padding, ..GlobalCustomsSettings::default() };
    (GlobalCustoms::new(Arc::new(client), settings).unwrap(), wechat)
}

fn declared() -> String {
    serde_json::to_string(&std::collections::BTreeMap::from(DECLARED))
        .unwrap()
        .replace("20261125120000", "2026-11-25T12:00:00+08:00")
}

fn sent(wechat: &ScriptedWeChat) -> Value {
    serde_json::from_slice(&wechat.requests().pop().unwrap().body).unwrap()
}

#[tokio::test]
async fn a_payment_is_declared_and_changed_by_post_and_patch() {
    let (client, wechat) = answering(200, &[&declared(), &declared()], FieldPadding::Pkcs1V15);
    let found = client.declare(&DeclareOrder { identity: Some(identity()), ..order() }).await.unwrap();
    assert_eq!((found.state, found.identity), (CustomsState::Undeclared, None));
    assert_eq!(found.modified_at.unwrap().to_rfc3339(), "2026-11-25T04:00:00+00:00");
    let text = String::from_utf8(wechat.requests()[0].body.clone()).unwrap();
    assert!(!text.contains(NAME) && !text.contains(ID_NUMBER), "{text}");
    client.modify(&DeclareOrder { part: Some(part()), ..order() }).await.unwrap();
    let requests = wechat.requests();
    assert_eq!(requests[0].method, Method::Post);
    assert_eq!((requests[1].method, requests[1].url.path()), (Method::Patch, "/v3/global/customs/orders"));
    assert_eq!(requests[1].header("content-type"), Some("application/json"));
    let body = sent(&wechat);
    assert_eq!((body["order_fee"].as_i64(), body["merchant_customs_no"].as_str()), (Some(1000), Some("3713W6K001")));
}

#[tokio::test]
async fn what_is_on_record_is_read_and_an_empty_list_has_to_say_that_it_is_empty() {
    let record = r#"{"mch_customs_no":"3713W6K001","customs":"GUANGZHOU_ZS","order_fee":1000,"state":"EXCEPT","modify_time":"2026-11-25T12:00:00+08:00"}"#;
    let whole = format!(
        r#"{{"appid":"a","mchid":"b","transaction_id":"{TRANSACTION_ID}","verify_department":"OTHERS","verify_department_trade_id":"1","offset":0,"limit":20,"total_count":1,"data":[{record}]}}"#
    );
    let bodies = [
        whole.as_str(),
        r#"{"total_count":0,"data":[]}"#,
        r#"{"total_count":1,"data":[]}"#,
        r#"{"data":[]}"#,
        &whole.replace(TRANSACTION_ID, "4200009999"),
        &whole.replace("1000", "10.5"),
    ];
    let (client, wechat) = answering(200, &bodies, FieldPadding::Pkcs1V15);
    let found = client.query(&query()).await.unwrap();
    assert_eq!((found.records[0].state.clone(), found.records[0].order_fen), (CustomsState::Except, Some(1000)));
    assert!(client.query(&query()).await.unwrap().records.is_empty());
    for _ in 0..4 {
        assert!(matches!(client.query(&query()).await.unwrap_err(), CallError::Unknown(_)));
    }
    let asked = wechat.requests()[0].url.query().unwrap().to_owned();
    assert!(asked.contains(&format!("order_type=transaction_id&order_no={TRANSACTION_ID}&customs=GUANGZHOU_ZS")));
}

#[tokio::test]
async fn a_document_is_pushed_again_by_one_number_alone() {
    let (client, wechat) = answering(200, &[&declared(), &declared()], FieldPadding::Pkcs1V15);
    client.redeclare(&redeclare()).await.unwrap();
    assert_eq!(sent(&wechat)["out_trade_no"].as_str(), Some(ORDER_NO));
    let by_part = Redeclare { part: Some(CustomsKey::SubOrderId("7".to_owned())), ..redeclare() };
    client.redeclare(&by_part).await.unwrap();
    let body = sent(&wechat);
    assert_eq!((body["sub_order_id"].as_str(), body.get("out_trade_no")), (Some("7"), None));
}

#[tokio::test]
async fn the_buyer_is_compared_encrypted_with_the_padding_that_is_configured() {
    use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let said =
        |result: &str| format!(r#"{{"transaction_id":"{TRANSACTION_ID}","certificate_check_result":"{result}"}}"#);
    let platform = MerchantKey::from_pem(&SecretString::from(parties().platform.private_pem())).unwrap();
    for padding in [FieldPadding::Pkcs1V15, FieldPadding::OaepSha1] {
        let (client, wechat) = answering(200, &[&said("SAME"), &said("DIFFERENT")], padding);
        assert_eq!(client.verify_identity(&order(), &identity()).await.unwrap(), IdentityCheck::Same);
        assert_eq!(client.verify_identity(&order(), &identity()).await.unwrap(), IdentityCheck::Different);
        let request = wechat.requests().pop().unwrap();
        assert_eq!(request.header("wechatpay-serial"), Some(PUBLIC_KEY_ID));
        let sealed = STANDARD.decode(sent(&wechat)["certificate_id"].as_str().unwrap()).unwrap();
        let mut room = vec![0; 256];
        let key = platform.for_decryption().unwrap();
        let opened = match padding {
            FieldPadding::Pkcs1V15 => {
                Pkcs1PrivateDecryptingKey::new(key).unwrap().decrypt(&sealed, &mut room).unwrap().to_vec()
            }
            FieldPadding::OaepSha1 => OaepPrivateDecryptingKey::new(key)
                .unwrap()
                .decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut room, None)
                .unwrap()
                .to_vec(),
        };
        assert_eq!(opened, identity().id_number.expose_secret().as_bytes());
    }
}

#[tokio::test]
async fn an_answer_about_another_payment_is_no_answer_and_a_refusal_is_proven() {
    let other = declared().replace(TRANSACTION_ID, "4200009999");
    let (client, _) = answering(200, &[&other], FieldPadding::Pkcs1V15);
    assert!(matches!(client.declare(&order()).await.unwrap_err(), CallError::Unknown(_)));
    let (client, _) = answering(403, &[r#"{"code":"NO_AUTH"}"#], FieldPadding::Pkcs1V15);
    assert_eq!(client.declare(&order()).await.unwrap_err().refusal_code(), Some(&RefusalCode::NoAuth));
}

#[test]
fn the_older_path_can_be_chosen_and_a_broken_one_not() {
    let clock = TestClock::new();
    for (path, fits) in [("/global/v3/customs", true), ("v3", false), ("/v3/", false), ("/v3?x", false), ("", false)] {
        let (client, _) = pay_client([], &clock);
        let settings = GlobalCustomsSettings { path: path.to_owned(), ..GlobalCustomsSettings::default() };
        assert_eq!(GlobalCustoms::new(Arc::new(client), settings).is_ok(), fits, "{path}");
    }
}
