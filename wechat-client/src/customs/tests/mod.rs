//! Customs: a declaration that nobody can prove is not one, and is not made twice.

mod v2;
mod v3;
mod xml;

use std::sync::Arc;

use secrecy::SecretString;

use crate::customs::sign::SignMethod;
use crate::customs::xml::{Values, written};
use crate::testing::{APPID, MCHID, ScriptedWeChat};
use crate::{
    CUSTOMS_BASE_URL, CUSTOMS_GUANGZHOU_ZS, CustomsClient, CustomsCredentials, CustomsKey, CustomsQuery, DeclareOrder,
    DeclarePart, PayerIdentity, Redeclare,
};

pub(crate) const API_V2_KEY: &str = "192006250b4c09247ec02edce69f6a2d";
pub(crate) const ORDER_NO: &str = "GP20261123ABCDEF0123456";
pub(crate) const TRANSACTION_ID: &str = "4200001234202611230123456789";
const ID_NUMBER: &str = "11010519491231002X";
const NAME: &str = "张三";

pub(crate) fn credentials() -> CustomsCredentials {
    CustomsCredentials {
        appid: APPID.to_owned(),
        mchid: MCHID.to_owned(),
        api_v2_key: SecretString::from(API_V2_KEY),
        sign_method: SignMethod::Md5,
        base_url: CUSTOMS_BASE_URL.to_owned(),
    }
}

pub(crate) fn customs_client(wechat: &Arc<ScriptedWeChat>) -> CustomsClient {
    CustomsClient::new(&credentials(), wechat.clone()).unwrap()
}

pub(crate) fn order() -> DeclareOrder {
    DeclareOrder {
        out_trade_no: ORDER_NO.to_owned(),
        transaction_id: TRANSACTION_ID.to_owned(),
        customs: CUSTOMS_GUANGZHOU_ZS.to_owned(),
        merchant_customs_no: "3713W6K001".to_owned(),
        duty_fen: Some(888),
        part: None,
        identity: None,
    }
}

fn part() -> DeclarePart {
    DeclarePart { sub_order_no: "GP1-1".to_owned(), transport_fen: 100, product_fen: 900 }
}

pub(crate) fn identity() -> PayerIdentity {
    PayerIdentity { id_number: SecretString::from(ID_NUMBER), name: SecretString::from(NAME) }
}

pub(crate) fn query() -> CustomsQuery {
    CustomsQuery { by: CustomsKey::TransactionId(TRANSACTION_ID.to_owned()), customs: CUSTOMS_GUANGZHOU_ZS.to_owned() }
}

pub(crate) fn redeclare() -> Redeclare {
    Redeclare {
        payment: CustomsKey::OutTradeNo(ORDER_NO.to_owned()),
        part: None,
        customs: CUSTOMS_GUANGZHOU_ZS.to_owned(),
        merchant_customs_no: "3713W6K001".to_owned(),
    }
}

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The values of an answer that WeChat signed, with more of them.
fn signed_values(more: &[(&str, &str)], method: SignMethod) -> Values {
    let mut all = values(&[
        ("return_code", "SUCCESS"),
        ("return_msg", "OK"),
        ("result_code", "SUCCESS"),
        ("appid", APPID),
        ("mch_id", MCHID),
    ]);
    all.extend(values(more));
    let sign = method.sign(&all, &SecretString::from(API_V2_KEY));
    all.insert("sign".to_owned(), sign);
    all
}

/// A signed answer as text.
pub(crate) fn signed_xml(more: &[(&str, &str)]) -> String {
    String::from_utf8(written(&signed_values(more, SignMethod::Md5)).unwrap()).unwrap()
}

/// What a declaration is answered with.
pub(crate) const DECLARED: [(&str, &str); 6] = [
    ("state", "UNDECLARED"),
    ("transaction_id", TRANSACTION_ID),
    ("out_trade_no", ORDER_NO),
    ("modify_time", "20261125120000"),
    ("verify_department", "NETSUNION"),
    ("verify_department_trade_id", "2018112288340107038204310100000"),
];
