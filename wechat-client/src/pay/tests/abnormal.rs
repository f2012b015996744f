//! Abnormal refunds: card and name leave for WeChat's eyes only.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{REFUND_NO, refund_json};
use crate::crypto::MerchantKey;
use crate::pay::sensitive::opened_by_merchant;
use crate::testing::TestClock;
use crate::testing::{PUBLIC_KEY_ID, bare_answer, parties, pay_client, signed_answer};
use crate::{AbnormalPayee, AbnormalRefund, CallError, RefundStatus, RefusalCode};

const CARD: &str = "6222020200112233445";
const NAME: &str = "张三";

fn to_card() -> AbnormalRefund {
    AbnormalRefund {
        refund_id: "50000000382019052709732678859".to_owned(),
        out_refund_no: REFUND_NO.to_owned(),
        payee: AbnormalPayee::UserBankCard {
            bank_type: "ICBC_DEBIT".to_owned(),
            bank_account: SecretString::from(CARD),
            real_name: SecretString::from(NAME),
        },
    }
}

#[tokio::test]
async fn card_and_name_are_readable_by_wechat_alone() {
    let clock = TestClock::new();
    let (client, wechat) =
        pay_client([Ok(signed_answer(200, &refund_json("PROCESSING", "PROCESSING"), &clock))], &clock);
    let refund = client.apply_abnormal_refund(&to_card()).await.unwrap();
    assert_eq!(refund.status, RefundStatus::Processing);
    let sent = wechat.requests().pop().unwrap();
    assert_eq!(sent.url.path(), "/v3/refund/domestic/refunds/50000000382019052709732678859/apply-abnormal-refund");
    assert_eq!(sent.header("wechatpay-serial"), Some(PUBLIC_KEY_ID));
    let text = String::from_utf8(sent.body.clone()).unwrap();
    assert!(!text.contains(CARD) && !text.contains(NAME));
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!((body["type"].as_str(), body["bank_type"].as_str()), (Some("USER_BANK_CARD"), Some("ICBC_DEBIT")));
    let platform = MerchantKey::from_pem(&SecretString::from(parties().platform.private_pem())).unwrap();
    for (field, value) in [("bank_account", CARD), ("real_name", NAME)] {
        let opened = opened_by_merchant(&platform, body[field].as_str().unwrap()).unwrap();
        assert_eq!(opened.expose_secret(), value);
    }
}

#[tokio::test]
async fn to_the_merchant_no_field_of_a_card_is_sent() {
    let clock = TestClock::new();
    let (client, wechat) =
        pay_client([Ok(signed_answer(200, &refund_json("PROCESSING", "PROCESSING"), &clock))], &clock);
    let request = AbnormalRefund { payee: AbnormalPayee::MerchantBankCard, ..to_card() };
    client.apply_abnormal_refund(&request).await.unwrap();
    let sent = String::from_utf8(wechat.requests().pop().unwrap().body).unwrap();
    assert_eq!(sent, format!(r#"{{"out_refund_no":"{REFUND_NO}","type":"MERCHANT_BANK_CARD"}}"#));
}

#[tokio::test]
async fn all_faults_are_told_at_once_and_none_quotes_the_card() {
    let clock = TestClock::new();
    let (client, wechat) = pay_client([], &clock);
    let wrong = AbnormalRefund {
        refund_id: "../x".to_owned(),
        out_refund_no: "a b".to_owned(),
        payee: AbnormalPayee::UserBankCard {
            bank_type: "icbc".to_owned(),
            bank_account: SecretString::from("canary-card"),
            real_name: SecretString::from(""),
        },
    };
    let fault = client.apply_abnormal_refund(&wrong).await.unwrap_err();
    let text = fault.to_string();
    for field in ["refund_id", "out_refund_no", "bank_type", "bank_account", "real_name"] {
        assert!(text.contains(field), "{text}");
    }
    assert!(fault.nothing_was_sent() && wechat.requests().is_empty());
    assert!(!format!("{fault:?} {wrong:?} {:?} {:?}", wrong.payee, to_card()).contains("canary"));
    assert!(!format!("{:?}", to_card()).contains(CARD));
}

#[tokio::test]
async fn without_a_key_to_encrypt_with_nothing_leaves() {
    let clock = TestClock::new();
    let wechat = crate::testing::ScriptedWeChat::new(|_| Ok(bare_answer(500, "")));
    let credentials = crate::testing::certificate_credentials();
    let client = crate::PayClient::new(&credentials, wechat.clone(), clock).unwrap();
    let fault = client.apply_abnormal_refund(&to_card()).await.unwrap_err();
    assert!(fault.nothing_was_sent(), "{fault}");
    assert!(wechat.requests().iter().all(|request| request.url.path() == "/v3/certificates"));
}

#[tokio::test]
async fn a_refund_that_is_not_abnormal_is_refused_by_wechat_as_proven() {
    let clock = TestClock::new();
    let answers = ["INVALID_REQUEST", "RESOURCE_NOT_EXISTS", "PARAM_ERROR"]
        .map(|code| Ok(signed_answer(400, &format!(r#"{{"code":"{code}"}}"#), &clock)));
    let (client, _) = pay_client(answers, &clock);
    for code in [RefusalCode::InvalidRequest, RefusalCode::ResourceNotExists, RefusalCode::ParamError] {
        assert_eq!(client.apply_abnormal_refund(&to_card()).await.unwrap_err().refusal_code(), Some(&code));
    }
    // An answer about another refund is no answer.
    let other = refund_json(REFUND_NO, "RF-other");
    let (client, _) = pay_client([Ok(signed_answer(200, &other, &clock))], &clock);
    assert!(matches!(client.apply_abnormal_refund(&to_card()).await.unwrap_err(), CallError::Unknown(_)));
}
