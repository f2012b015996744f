//! The XML way.

use std::sync::Arc;

use chrono::{TimeZone, Utc};
use secrecy::SecretString;

use super::{
    API_V2_KEY, DECLARED, ID_NUMBER, NAME, ORDER_NO, TRANSACTION_ID, credentials, customs_client, identity, order,
    part, query, redeclare, signed_values, signed_xml, values,
};
use crate::customs::sign::SignMethod;
use crate::customs::xml::{Values, read, written};
use crate::testing::{APPID, ScriptedWeChat, bare_answer};
use crate::transport::TransportError;
use crate::{
    CallError, CustomsClient, CustomsCredentials, CustomsKey, CustomsState, DeclareOrder, IdentityCheck,
    PAY_BACKUP_URL, Redeclare, RefusalCode, Unknown, UnknownCause, VerifyDepartment, VerifyFault,
};

fn answering(bodies: impl IntoIterator<Item = String>) -> (CustomsClient, Arc<ScriptedWeChat>) {
    let wechat = ScriptedWeChat::replies(bodies.into_iter().map(|body| Ok(bare_answer(200, &body))));
    (customs_client(&wechat), wechat)
}

fn sent(wechat: &ScriptedWeChat) -> Values {
    read(&wechat.requests().pop().unwrap().body).unwrap()
}

fn cause(fault: CallError) -> UnknownCause {
    match fault {
        CallError::Unknown(Unknown { cause, .. }) => cause,
        other => panic!("not unknown: {other}"),
    }
}

#[tokio::test]
async fn a_payment_is_declared_signed_and_without_a_nonce() {
    let mut answer = DECLARED.to_vec();
    answer.extend([("cert_check_result", "SAME"), ("sign_type", "MD5")]);
    let (client, wechat) = answering([signed_xml(&answer)]);
    let declared = client.declare(&DeclareOrder { identity: Some(identity()), ..order() }).await.unwrap();
    assert_eq!((declared.state, declared.identity), (CustomsState::Undeclared, Some(IdentityCheck::Same)));
    assert_eq!(declared.modified_at, Utc.with_ymd_and_hms(2026, 11, 25, 4, 0, 0).single());
    assert_eq!(declared.verify_department.as_ref().and_then(VerifyDepartment::customs_digit), Some(2));
    assert_eq!(declared.verify_department_trade_id.as_deref(), Some("2018112288340107038204310100000"));
    assert_eq!(wechat.requests()[0].url.path(), "/cgi-bin/mch/customs/customdeclareorder");
    let mut body = sent(&wechat);
    let sign = body.remove("sign").unwrap();
    assert!(SignMethod::Md5.is_signed(&body, &sign, &SecretString::from(API_V2_KEY)));
    let wanted = values(&[
        ("action_type", "ADD"),
        ("appid", APPID),
        ("cert_id", ID_NUMBER),
        ("cert_type", "IDCARD"),
        ("customs", "GUANGZHOU_ZS"),
        ("duty", "888"),
        ("mch_customs_no", "3713W6K001"),
        ("mch_id", "1900000109"),
        ("name", NAME),
        ("out_trade_no", ORDER_NO),
        ("transaction_id", TRANSACTION_ID),
    ]);
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn a_part_carries_its_sum_in_fen_and_a_change_says_so() {
    let mut answer = DECLARED.to_vec();
    answer.extend([("sub_order_no", "GP1-1"), ("sub_order_id", "1"), ("state", "SUBMITTED")]);
    let (client, wechat) = answering([signed_xml(&answer)]);
    let changed = client.modify(&DeclareOrder { part: Some(part()), duty_fen: None, ..order() }).await.unwrap();
    assert_eq!((changed.state, changed.sub_order_id.as_deref()), (CustomsState::Submitted, Some("1")));
    let body = sent(&wechat);
    let fees = ["action_type", "fee_type", "order_fee", "transport_fee", "product_fee"].map(|name| body[name].as_str());
    assert_eq!(fees, ["MODIFY", "CNY", "1000", "100", "900"]);
}

#[tokio::test]
async fn with_hmac_the_type_is_named_in_every_call_and_the_answer_may_still_be_md5() {
    let hmac = written(&signed_values(&DECLARED, SignMethod::HmacSha256)).unwrap();
    let mut md5 = DECLARED.to_vec();
    md5.push(("sign_type", "MD5"));
    let mut odd = DECLARED.to_vec();
    odd.push(("sign_type", "NONE"));
    let bodies = [String::from_utf8(hmac).unwrap(), signed_xml(&md5), signed_xml(&odd)];
    let wechat = ScriptedWeChat::replies(bodies.map(|body| Ok(bare_answer(200, &body))));
    let credentials = CustomsCredentials { sign_method: SignMethod::HmacSha256, ..credentials() };
    let client = CustomsClient::new(&credentials, wechat.clone()).unwrap();
    client.declare(&order()).await.unwrap();
    client.declare(&order()).await.unwrap();
    client.declare(&order()).await.unwrap_err();
    let body = sent(&wechat);
    assert_eq!((body["sign_type"].as_str(), body["sign"].len()), ("HMAC-SHA256", 64));
}

#[tokio::test]
async fn what_is_on_record_is_read_with_its_numbered_fields() {
    let (client, wechat) = answering([
        signed_xml(&[
            ("err_code", "0"),
            ("err_code_des", "OK"),
            ("transaction_id", TRANSACTION_ID),
            ("count", "2"),
            ("verify_department", "UNIONPAY"),
            ("state_0", "SUCCESS"),
            ("order_fee_0", "1000"),
            ("customs_0", "GUANGZHOU_ZS"),
            ("modify_time_0", "20261125120000"),
            ("state_1", "FAIL"),
            ("sub_order_no_1", "GP1-2"),
            ("explanation_1", "支付单已存在"),
            ("cert_check_result_1", "DIFFERENT"),
        ]),
        signed_xml(&[("count", "0"), ("transaction_id", ""), ("err_code", "0")]),
        signed_xml(&[("transaction_id", TRANSACTION_ID)]),
        signed_xml(&[("count", "2"), ("state_0", "SUCCESS")]),
        signed_xml(&[("count", "1"), ("state_0", "SUCCESS"), ("order_fee_0", "10.00")]),
        signed_xml(&[("count", "1"), ("state_0", "SUCCESS"), ("transaction_id", "4200009999")]),
    ]);
    let found = client.query(&query()).await.unwrap();
    assert_eq!(found.records.len(), 2);
    assert_eq!((found.records[0].state.clone(), found.records[0].order_fen), (CustomsState::Success, Some(1000)));
    assert_eq!(found.records[1].state, CustomsState::Fail);
    assert_eq!(found.records[1].identity, Some(IdentityCheck::Different));
    assert!(client.query(&query()).await.unwrap().records.is_empty());
    // Neither a missing count nor a record without state means "nothing was declared".
    for _ in 0..4 {
        assert!(matches!(cause(client.query(&query()).await.unwrap_err()), UnknownCause::Unreadable(_)));
    }
    let body = sent(&wechat);
    assert_eq!((body["sign_type"].as_str(), body["transaction_id"].as_str()), ("MD5", TRANSACTION_ID));
}

#[tokio::test]
async fn a_lost_document_is_pushed_again_by_the_other_path() {
    let (client, wechat) = answering([signed_xml(&DECLARED)]);
    let by_part = Redeclare { part: Some(CustomsKey::SubOrderNo("GP1-1".to_owned())), ..redeclare() };
    client.redeclare(&by_part).await.unwrap();
    assert_eq!(wechat.requests()[0].url.path(), "/cgi-bin/mch/newcustoms/customdeclareredeclare");
    let body = sent(&wechat);
    assert_eq!((body["out_trade_no"].as_str(), body["sub_order_no"].as_str()), (ORDER_NO, "GP1-1"));
}

#[tokio::test]
async fn every_state_is_known_and_a_new_one_does_not_break_anything() {
    let states = [
        ("UNDECLARED", CustomsState::Undeclared),
        ("NDECLARED", CustomsState::Undeclared),
        ("SUBMITTED", CustomsState::Submitted),
        ("PROCESSING", CustomsState::Processing),
        ("SUCCESS", CustomsState::Success),
        ("FAIL", CustomsState::Fail),
        ("EXCEPT", CustomsState::Except),
        ("NEWSTATE", CustomsState::Unknown("NEWSTATE".to_owned())),
    ];
    for (text, state) in states {
        let (client, _) = answering([signed_xml(&[("state", text)])]);
        assert_eq!(client.declare(&order()).await.unwrap().state, state);
    }
}

#[tokio::test]
async fn each_error_code_has_its_class() {
    let refused = [
        ("SIGN_ERROR", RefusalCode::SignError),
        ("SIGNERROR", RefusalCode::SignError),
        ("PARAM_ERROR", RefusalCode::ParamError),
        ("NOAUTH", RefusalCode::NoAuth),
        ("ORDERNOTEXIST", RefusalCode::OrderNotExist),
        ("SOMETHING_NEW", RefusalCode::Other("SOMETHINGNEW".to_owned())),
    ];
    for (text, code) in refused {
        let (client, _) = answering([signed_xml(&[("result_code", "FAIL"), ("err_code", text)])]);
        assert_eq!(client.declare(&order()).await.unwrap_err().refusal_code(), Some(&code));
    }
    for text in ["SYSTEMERROR", "35311004", "12345"] {
        let (client, _) = answering([signed_xml(&[("result_code", "FAIL"), ("err_code", text)])]);
        let cause = cause(client.declare(&order()).await.unwrap_err());
        assert!(matches!(cause, UnknownCause::ServerTrouble { .. } | UnknownCause::InProgress { .. }), "{cause}");
    }
    let (client, _) = answering([signed_xml(&[("result_code", "FAIL"), ("err_code", "FREQUENCY_LIMITED")])]);
    assert!(matches!(client.declare(&order()).await.unwrap_err(), CallError::Throttled(_)));
}

#[tokio::test]
async fn a_failure_that_nobody_signed_refuses_only_for_our_own_signature() {
    let (client, _) = answering(
        ["签名失败", "系统繁忙"]
            .map(|text| format!("<xml><return_code>FAIL</return_code><return_msg>{text}</return_msg></xml>")),
    );
    let CallError::Refused(refusal) = client.declare(&order()).await.unwrap_err() else { panic!() };
    assert_eq!((refusal.code, refusal.signed), (RefusalCode::SignError, false));
    assert!(matches!(cause(client.declare(&order()).await.unwrap_err()), UnknownCause::Unverified { .. }));
}

#[tokio::test]
async fn an_answer_of_another_merchant_payment_or_key_is_not_believed() {
    let other_key = {
        let mut values = signed_values(&DECLARED, SignMethod::Md5);
        values.remove("sign");
        let sign = SignMethod::Md5.sign(&values, &SecretString::from("another key of thirty-two bytes!"));
        values.insert("sign".to_owned(), sign);
        String::from_utf8(written(&values).unwrap()).unwrap()
    };
    let mut other_merchant = DECLARED.to_vec();
    other_merchant.push(("mch_id", "1900000110"));
    let (client, _) = answering([other_key, signed_xml(&other_merchant)]);
    for _ in 0..2 {
        let UnknownCause::Unverified { fault, .. } = cause(client.declare(&order()).await.unwrap_err()) else {
            panic!()
        };
        assert_eq!(fault, VerifyFault::BadSignature);
    }
    let (client, _) = answering([signed_xml(&[("state", "SUCCESS"), ("transaction_id", "4200009999")])]);
    assert!(matches!(cause(client.declare(&order()).await.unwrap_err()), UnknownCause::Unreadable(_)));
}

#[tokio::test]
async fn all_faults_are_told_at_once_and_no_person_is_named() {
    let (client, wechat) = answering([]);
    let mut person = identity();
    person.id_number = SecretString::from("canary-id-number");
    person.name = SecretString::from("");
    let mut broken = part();
    broken.sub_order_no = String::new();
    broken.transport_fen = -1;
    let wrong = DeclareOrder {
        out_trade_no: String::new(),
        transaction_id: "x y".to_owned(),
        customs: "linyi".to_owned(),
        merchant_customs_no: "a b".to_owned(),
        duty_fen: Some(-1),
        part: Some(broken),
        identity: Some(person),
    };
    let fault = client.declare(&wrong).await.unwrap_err();
    assert_eq!(fault.to_string().matches(';').count(), 8, "{fault}");
    assert!(fault.nothing_was_sent() && wechat.requests().is_empty());
    let printed = format!("{fault:?} {wrong:?} {client:?} {:?}", credentials());
    assert!(!printed.contains("canary") && !printed.contains(API_V2_KEY), "{printed}");
    let wrong = Redeclare { payment: CustomsKey::SubOrderNo("1".to_owned()), ..redeclare() };
    client.redeclare(&wrong).await.unwrap_err();
}

#[tokio::test]
async fn only_a_question_or_what_was_not_sent_goes_to_the_backup_host() {
    let timed_out = || Err(TransportError::TimedOut);
    let not_connected = || Err(TransportError::NotConnected("refused".to_owned()));
    let found = || Ok(bare_answer(200, &signed_xml(&[("count", "0")])));
    let wechat = ScriptedWeChat::replies([
        timed_out(),
        found(),
        timed_out(),
        not_connected(),
        Ok(bare_answer(200, &signed_xml(&DECLARED))),
    ]);
    let client = customs_client(&wechat).with_backup(PAY_BACKUP_URL).unwrap();
    client.query(&query()).await.unwrap();
    let fault = client.declare(&order()).await.unwrap_err();
    assert!(!fault.nothing_was_sent(), "{fault}");
    client.declare(&order()).await.unwrap();
    let hosts: Vec<_> = wechat.requests().iter().map(|request| request.url.host_str().unwrap().to_owned()).collect();
    let (main, backup) = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com");
    assert_eq!(hosts, [main, backup, main, main, backup]);
}

#[test]
fn wrong_credentials_are_told_at_once_without_the_key() {
    let wrong = CustomsCredentials {
        appid: "x".to_owned(),
        mchid: "y".to_owned(),
        api_v2_key: SecretString::from("canary"),
        base_url: "http://api.mch.weixin.qq.com".to_owned(),
        ..credentials()
    };
    let faults = wrong.validate().unwrap_err();
    assert_eq!(faults.len(), 4, "{faults:?}");
    assert!(!format!("{faults:?} {wrong:?}").contains("canary"));
    credentials().validate().unwrap();
}
