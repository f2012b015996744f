//! Customs by v2 XML: signatures, states, split, change, push again.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws_lc_rs::hmac;
use md5::{Digest, Md5};
use mock_wechat::{CustomsFiling, CustomsState, Paid, Request, Settings};
use serde_json::json;

use crate::support::Shop;

type Fields = BTreeMap<String, String>;

const DECLARE: &str = "/cgi-bin/mch/customs/customdeclareorder";
const QUERY: &str = "/cgi-bin/mch/customs/customdeclarequery";
const REDECLARE: &str = "/cgi-bin/mch/newcustoms/customdeclareredeclare";

/// Written apart from the stand-in: upper-case MD5, or HMAC where it is asked for, over sorted fields and the key.
fn sign(shop: &Shop, fields: &Fields) -> String {
    let key = &shop.mock.account().api_v2_key;
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()) {
        write!(text, "{name}={value}&").unwrap();
    }
    write!(text, "key={key}").unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    if fields.get("sign_type").is_some_and(|kind| kind == "HMAC-SHA256") {
        return hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), text.as_bytes()).as_ref());
    }
    hex(&Md5::digest(text.as_bytes()))
}

fn to_xml(fields: &Fields) -> String {
    let items = fields.iter().map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>"));
    format!("<xml>{}</xml>", items.collect::<Vec<_>>().concat())
}

/// Enough for the flat answers of the stand-in.
fn from_xml(text: &str) -> Fields {
    let mut rest = text.strip_prefix("<xml>").unwrap().strip_suffix("</xml>").unwrap();
    let mut fields = Fields::new();
    while let Some((name, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        let (value, after) = after.split_once(&format!("</{name}>")).unwrap();
        let value = value.trim_start_matches("<![CDATA[").trim_end_matches("]]>");
        fields.insert(name.to_owned(), value.to_owned());
        rest = after;
    }
    fields
}

async fn post(shop: &Shop, path: &str, body: String) -> Fields {
    let answer = shop.send(Request::new("POST", path).body(body)).await;
    assert_eq!(answer.status, 200);
    from_xml(&String::from_utf8(answer.body).unwrap())
}

/// A signed call whose answer is rightly signed.
async fn call(shop: &Shop, path: &str, fields: &[(&str, &str)]) -> Fields {
    let account = shop.mock.account();
    let mut all: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    all.insert("appid".to_owned(), account.appid.clone());
    all.insert("mch_id".to_owned(), account.mchid.clone());
    all.insert("sign".to_owned(), sign(shop, &all));
    let answer = post(shop, path, to_xml(&all)).await;
    assert_eq!(answer.get("return_code").map(String::as_str), Some("SUCCESS"), "{answer:?}");
    assert_eq!(answer["sign"], sign(shop, &answer), "{answer:?}");
    answer
}

fn base<'a>(paid: &'a Paid, number: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("out_trade_no", number),
        ("transaction_id", &paid.transaction_id),
        ("customs", "GUANGZHOU_ZS"),
        ("mch_customs_no", "3713960ABC"),
    ]
}

async fn states(shop: &Shop, number: &str) -> Fields {
    call(shop, QUERY, &[("customs", "GUANGZHOU_ZS"), ("out_trade_no", number)]).await
}

#[actix_web::test]
async fn a_payment_goes_from_undeclared_to_success() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let declared = call(&shop, DECLARE, &base(&paid, "ORDER-1")).await;
    assert_eq!((declared["result_code"].as_str(), declared["state"].as_str()), ("SUCCESS", "UNDECLARED"));
    assert_eq!(declared["cert_check_result"], "UNCHECKED");
    assert_eq!(declared["verify_department"], "NETSUNION");
    assert!(!declared["verify_department_trade_id"].is_empty() && declared["modify_time"].len() == 14);
    shop.advance_s(5);
    assert_eq!(states(&shop, "ORDER-1").await["state_0"], "PROCESSING");
    shop.advance_s(5);
    let found = states(&shop, "ORDER-1").await;
    assert_eq!((found["count"].as_str(), found["state_0"].as_str()), ("1", "SUCCESS"));
}

#[actix_web::test]
async fn a_wrong_signature_a_doctype_and_garbage_are_told_without_a_signature() {
    let shop = Shop::new();
    let wrong: Fields = [("appid", "x"), ("sign", "0")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for body in [
        to_xml(&wrong),
        "<!DOCTYPE xml [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><xml><appid>&e;</appid></xml>".to_owned(),
        "garbage".to_owned(),
        String::new(),
    ] {
        let answer = post(&shop, DECLARE, body).await;
        assert_eq!(answer["return_code"], "FAIL");
        assert!(!answer.contains_key("sign"), "{answer:?}");
    }
}

#[actix_web::test]
async fn hmac_is_taken_where_it_is_named_and_md5_is_not_taken_for_it() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let mut fields = base(&paid, "ORDER-1");
    fields.push(("sign_type", "HMAC-SHA256"));
    let declared = call(&shop, DECLARE, &fields).await;
    assert_eq!((declared["state"].as_str(), declared["sign"].len()), ("UNDECLARED", 64));
    let named = |kind: &str, signed_as: &str| {
        let mut fields: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        fields.insert("sign_type".to_owned(), signed_as.to_owned());
        fields.insert("sign".to_owned(), sign(&shop, &fields));
        fields.insert("sign_type".to_owned(), kind.to_owned());
        to_xml(&fields)
    };
    for body in [named("HMAC-SHA256", "MD5"), named("MD5", "HMAC-SHA256"), named("SHA256", "SHA256")] {
        let answer = post(&shop, DECLARE, body).await;
        assert_eq!((answer["return_code"].as_str(), answer.get("sign")), ("FAIL", None), "{answer:?}");
    }
}

#[actix_web::test]
async fn trouble_and_throttling_come_signed_on_demand_with_and_without_effect() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    for (code, effect, count) in [("FREQUENCY_LIMITED", false, "0"), ("SYSTEMERROR", true, "1")] {
        let fault =
            json!({ "route": "customs_declare", "kind": "status", "status": 200, "code": code, "effect": effect });
        shop.staged("faults", &fault).await;
        let answer = call(&shop, DECLARE, &base(&paid, "ORDER-1")).await;
        assert_eq!((answer["result_code"].as_str(), answer["err_code"].as_str()), ("FAIL", code));
        assert_eq!(states(&shop, "ORDER-1").await["count"], count);
    }
    let fault = json!({ "route": "customs_query", "kind": "status", "status": 200, "code": "NOAUTH", "signed": false });
    shop.staged("faults", &fault).await;
    let answer = post(&shop, QUERY, String::new()).await;
    assert_eq!((answer["return_code"].as_str(), answer.get("sign")), ("FAIL", None));
}

#[actix_web::test]
async fn a_declaration_that_is_repeated_is_answered_as_wechat_does_and_changed_only_by_modify() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let mut fields = base(&paid, "ORDER-1");
    fields.push(("action_type", "MODIFY"));
    assert_eq!(call(&shop, DECLARE, &fields).await["err_code"], "ORDERNOTEXIST");
    call(&shop, DECLARE, &base(&paid, "ORDER-1")).await;
    assert_eq!(call(&shop, DECLARE, &base(&paid, "ORDER-1")).await["err_code"], "35311004");
    shop.advance_s(20);
    assert_eq!(call(&shop, DECLARE, &fields).await["state"], "SUBMITTED");
    assert_eq!(states(&shop, "ORDER-1").await["count"], "1");
}

#[actix_web::test]
async fn a_refused_declaration_says_why_and_cannot_be_pushed_again() {
    let shop = Shop::new();
    let settings = Settings {
        customs_outcome: CustomsState::Fail,
        customs_explanation: "支付人与订购人不一致".to_owned(),
        ..shop.mock.settings()
    };
    shop.mock.set_settings(settings).unwrap();
    let paid = shop.paid("ORDER-1", 100).await;
    call(&shop, DECLARE, &base(&paid, "ORDER-1")).await;
    let again = [("customs", "GUANGZHOU_ZS"), ("mch_customs_no", "3713960ABC"), ("out_trade_no", "ORDER-1")];
    assert_eq!(call(&shop, REDECLARE, &again).await["err_code"], "INVALID_REQUEST");
    shop.advance_s(10);
    let found = states(&shop, "ORDER-1").await;
    assert_eq!((found["state_0"].as_str(), found["explanation_0"].as_str()), ("FAIL", "支付人与订购人不一致"));
    assert_eq!(call(&shop, REDECLARE, &again).await["err_code"], "INVALID_REQUEST");
    let decided = json!({ "out_trade_no": "ORDER-1", "state": "EXCEPT" });
    shop.staged("customs", &decided).await;
    assert_eq!(states(&shop, "ORDER-1").await["state_0"], "EXCEPT");
    assert_eq!(call(&shop, REDECLARE, &again).await["result_code"], "SUCCESS");
}

#[actix_web::test]
async fn parts_cannot_be_declared_for_more_than_was_paid_or_beside_the_whole() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 100).await;
    let part = |number: &'static str, order: &'static str, product: &'static str| {
        let mut fields = base(&paid, "ORDER-1");
        let split = [("sub_order_no", number), ("fee_type", "CNY"), ("order_fee", order), ("transport_fee", "10")];
        fields.extend(split);
        fields.push(("product_fee", product));
        fields
    };
    assert_eq!(call(&shop, DECLARE, &part("SUB-1", "60", "40")).await["err_code"], "PARAM_ERROR");
    let declared = call(&shop, DECLARE, &part("SUB-1", "60", "50")).await;
    assert!(!declared["sub_order_id"].is_empty());
    assert_eq!(call(&shop, DECLARE, &part("SUB-2", "50", "40")).await["err_code"], "PARAM_ERROR");
    assert_eq!(call(&shop, DECLARE, &part("SUB-2", "40", "30")).await["result_code"], "SUCCESS");
    assert_eq!(call(&shop, DECLARE, &base(&paid, "ORDER-1")).await["err_code"], "PARAM_ERROR");
    let found = states(&shop, "ORDER-1").await;
    assert_eq!((found["count"].as_str(), found["order_fee_1"].as_str()), ("2", "40"));
}

#[actix_web::test]
async fn an_order_unpaid_unknown_or_of_another_filing_is_refused_and_nothing_is_found_as_zero() {
    let shop = Shop::new();
    shop.prepaid("ORDER-2", 100).await;
    let paid = shop.paid("ORDER-1", 100).await;
    let refused = async |number: &str| call(&shop, DECLARE, &base(&paid, number)).await["err_code"].clone();
    assert_eq!(refused("ORDER-9").await, "ORDERNOTEXIST");
    assert_eq!(refused("ORDER-2").await, "ORDERNOTPAID");
    let found = states(&shop, "ORDER-1").await;
    assert_eq!((found["result_code"].as_str(), found["count"].as_str()), ("SUCCESS", "0"));
    let customs_filings =
        vec![CustomsFiling { customs: "ZONGSHU".to_owned(), mch_customs_no: "3713960ABC".to_owned() }];
    shop.mock.set_settings(Settings { customs_filings, ..shop.mock.settings() }).unwrap();
    assert_eq!(refused("ORDER-1").await, "NOAUTH");
}

#[actix_web::test]
async fn an_identity_that_differs_from_the_payers_is_told() {
    let shop = Shop::new();
    let identity = json!({ "id_number": "11010519491231002X", "name": "李四" });
    shop.staged("wx/user", &json!({ "user": "alice", "identity": identity })).await;
    let paid = shop.paid("ORDER-1", 100).await;
    let mut fields = base(&paid, "ORDER-1");
    fields.extend([("cert_type", "IDCARD"), ("cert_id", "11010519491231002X"), ("name", "张三")]);
    assert_eq!(call(&shop, DECLARE, &fields).await["cert_check_result"], "DIFFERENT");
    fields.pop();
    fields.extend([("name", "李四"), ("action_type", "MODIFY")]);
    assert_eq!(call(&shop, DECLARE, &fields).await["cert_check_result"], "SAME");
}
