//! The v2 calls (contract C.1): flat XML, signed with the `APIv2` key.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Asked, CustomsRefusal, Names, clearing, declare, find, redeclare, refuse};
use crate::core::context::{Context, beijing};
use crate::core::records::Declaration;
use crate::crypto::v2_sign;
use crate::keys::Keys;
use crate::message::Request;
use crate::{Error, xml};

/// Names and texts of a flat document.
pub(crate) type Fields = BTreeMap<String, String>;

/// What a call does once its signature is right: the fields of its answer.
pub(crate) type Work = fn(&mut Context<'_>, &Fields) -> Result<Map<String, Value>, CustomsRefusal>;

/// The body of the answer.
pub(crate) fn answer(context: &mut Context<'_>, request: &Request, work: Work) -> Result<String, Error> {
    let fields = match std::str::from_utf8(&request.body).ok().and_then(xml::read) {
        Some(fields) if request.method == "POST" => fields,
        _ => return broken("XML格式错误"),
    };
    let hmac = fields.get("sign_type").is_some_and(|kind| kind == "HMAC-SHA256");
    if fields.get("sign_type").is_some_and(|kind| !["", "MD5", "HMAC-SHA256"].contains(&kind.as_str())) {
        return broken("sign_type错误");
    }
    let signed = v2_sign(&fields, &context.keys.account.api_v2_key, hmac);
    if fields.get("sign") != Some(&signed) {
        return broken("签名失败");
    }
    let done = check_account(context, &fields).and_then(|()| work(context, &fields));
    told(context.keys, hmac, done.as_ref().map_err(|refusal| (refusal.code, refusal.message.as_str())))
}

/// A signed refusal that no rule brings about, for a fault.
pub(crate) fn refusal(keys: &Keys, code: &str, message: &str) -> Result<String, Error> {
    told(keys, false, Err((code, message)))
}

/// A signed answer: what was done, or the code and words of why not.
fn told(keys: &Keys, hmac: bool, done: Result<&Map<String, Value>, (&str, &str)>) -> Result<String, Error> {
    let account = &keys.account;
    let mut answer = json!({
        "return_code": "SUCCESS",
        "return_msg": "成功",
        "appid": account.appid,
        "mch_id": account.mchid,
        "sign_type": if hmac { "HMAC-SHA256" } else { "MD5" },
    });
    match done {
        Ok(fields) => {
            answer["result_code"] = json!("SUCCESS");
            answer["err_code"] = json!("0");
            answer["err_code_des"] = json!("OK");
            for (name, value) in fields {
                answer[name] = value.clone();
            }
        }
        Err((code, message)) => {
            answer["result_code"] = json!("FAIL");
            answer["err_code"] = json!(code);
            answer["err_code_des"] = json!(message);
        }
    }
    answer["sign"] = json!(v2_sign(&texts(&answer), &account.api_v2_key, hmac));
    xml::write(&answer).map_err(Error::Xml)
}

/// A failure of the protocol carries no signature.
pub(crate) fn broken(message: &str) -> Result<String, Error> {
    xml::write(&json!({ "return_code": "FAIL", "return_msg": message })).map_err(Error::Xml)
}

fn texts(answer: &Value) -> Fields {
    let fields = answer.as_object().into_iter().flatten();
    fields
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}

fn check_account(context: &Context<'_>, fields: &Fields) -> Result<(), CustomsRefusal> {
    let account = &context.keys.account;
    if fields.contains_key("nonce_str") {
        return refuse("PARAM_ERROR", "不支持的参数nonce_str");
    }
    if fields.get("appid") != Some(&account.appid) || fields.get("mch_id") != Some(&account.mchid) {
        return refuse("PARAM_ERROR", "appid与mch_id不匹配");
    }
    Ok(())
}

/// Present, not empty, not too long.
fn needed(fields: &Fields, name: &str, most: usize) -> Result<String, CustomsRefusal> {
    optional(fields, name, most)?.map_or_else(|| refuse("PARAM_ERROR", format!("缺少参数{name}")), Ok)
}

fn optional(fields: &Fields, name: &str, most: usize) -> Result<Option<String>, CustomsRefusal> {
    match fields.get(name).filter(|value| !value.is_empty()) {
        Some(value) if value.chars().count() > most => refuse("PARAM_ERROR", format!("参数{name}过长")),
        found => Ok(found.cloned()),
    }
}

fn fen(fields: &Fields, name: &str) -> Result<Option<i64>, CustomsRefusal> {
    let Some(text) = optional(fields, name, 10)? else {
        return Ok(None);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = digits.then(|| text.parse::<i32>().ok()).flatten();
    whole.map_or_else(|| refuse("PARAM_ERROR", format!("参数{name}应为整数分")), |fen| Ok(Some(fen.into())))
}

pub(crate) fn submit(context: &mut Context<'_>, fields: &Fields) -> Result<Map<String, Value>, CustomsRefusal> {
    let number = needed(fields, "out_trade_no", 32)?;
    if !number.chars().all(|c| c.is_ascii_alphanumeric() || "_-|*@".contains(c)) {
        return refuse("PARAM_ERROR", "out_trade_no含有不允许的字符");
    }
    let customs = needed(fields, "customs", 32)?;
    let filing = if customs == "NO" {
        optional(fields, "mch_customs_no", 32)?.unwrap_or_default()
    } else {
        needed(fields, "mch_customs_no", 32)?
    };
    let modify = match optional(fields, "action_type", 16)?.as_deref() {
        None | Some("ADD") => false,
        Some("MODIFY") => true,
        Some(_) => return refuse("PARAM_ERROR", "action_type应为ADD或MODIFY"),
    };
    let cert_id = optional(fields, "cert_id", 64)?;
    if optional(fields, "cert_type", 32)?.is_some_and(|kind| kind != "IDCARD") {
        return refuse("PARAM_ERROR", "cert_type应为IDCARD");
    }
    if cert_id.as_ref().is_some_and(|id| id.ends_with('x')) {
        return refuse("PARAM_ERROR", "身份证号尾位X需大写");
    }
    let asked = Asked {
        out_trade_no: number,
        transaction_id: needed(fields, "transaction_id", 28)?,
        customs,
        mch_customs_no: filing,
        modify,
        sub_order_no: optional(fields, "sub_order_no", 32)?,
        fee_type: optional(fields, "fee_type", 3)?,
        order_fee: fen(fields, "order_fee")?,
        transport_fee: fen(fields, "transport_fee")?,
        product_fee: fen(fields, "product_fee")?,
        duty: fen(fields, "duty")?,
        cert_id,
        name: optional(fields, "name", 64)?,
    };
    let declared = declare(context, &asked)?;
    let (department, trade_id) = clearing(&declared.transaction_id);
    let mut told = standing(context, &declared);
    told.insert("cert_check_result".to_owned(), json!(declared.cert_check));
    told.insert("verify_department".to_owned(), json!(department));
    told.insert("verify_department_trade_id".to_owned(), json!(trade_id));
    Ok(told)
}

fn standing(context: &Context<'_>, declared: &Declaration) -> Map<String, Value> {
    let now = context.now;
    let mut told = Map::new();
    told.insert("state".to_owned(), json!(declared.state(now).name()));
    told.insert("transaction_id".to_owned(), json!(declared.transaction_id));
    told.insert("out_trade_no".to_owned(), json!(declared.out_trade_no));
    told.insert("modify_time".to_owned(), json!(compact(declared.modified_at(now))));
    for (name, value) in [("sub_order_no", &declared.sub_order_no), ("sub_order_id", &declared.sub_order_id)] {
        if let Some(value) = value {
            told.insert(name.to_owned(), json!(value));
        }
    }
    told
}

/// `yyyyMMddHHmmss` in Beijing.
fn compact(time: chrono::DateTime<chrono::Utc>) -> String {
    beijing(time).format("%Y%m%d%H%M%S").to_string()
}

fn names(fields: &Fields) -> Result<Names, CustomsRefusal> {
    Ok(Names {
        sub_order_id: optional(fields, "sub_order_id", 64)?,
        sub_order_no: optional(fields, "sub_order_no", 32)?,
        transaction_id: optional(fields, "transaction_id", 28)?,
        out_trade_no: optional(fields, "out_trade_no", 32)?,
    })
}

/// Numbered fields, one set a declaration. The identity is never given back.
pub(crate) fn query(context: &Context<'_>, fields: &Fields) -> Result<Map<String, Value>, CustomsRefusal> {
    let found = find(context, &names(fields)?, &needed(fields, "customs", 32)?)?;
    let now = context.now;
    let mut told = Map::new();
    told.insert("count".to_owned(), json!(found.len().to_string()));
    told.insert("transaction_id".to_owned(), json!(found.first().map_or("", |row| &row.transaction_id)));
    if let Some(first) = found.first() {
        let (department, trade_id) = clearing(&first.transaction_id);
        told.insert("verify_department".to_owned(), json!(department));
        told.insert("verify_department_trade_id".to_owned(), json!(trade_id));
    }
    for (at, row) in found.iter().enumerate() {
        let fen = |fen: Option<i64>| fen.map(|fen| fen.to_string());
        let split = row.sub_order_no.as_ref();
        let values = [
            ("sub_order_no", row.sub_order_no.clone()),
            ("sub_order_id", row.sub_order_id.clone()),
            ("mch_customs_no", Some(row.mch_customs_no.clone())),
            ("customs", Some(row.customs.clone())),
            ("fee_type", split.map(|_| "CNY".to_owned())),
            ("order_fee", split.and_then(|_| fen(Some(row.order_fee)))),
            ("duty", fen(row.duty)),
            ("transport_fee", fen(row.transport_fee)),
            ("product_fee", fen(row.product_fee)),
            ("state", Some(row.state(now).name().to_owned())),
            ("explanation", Some(row.explanation(now).to_owned())),
            ("modify_time", Some(compact(row.modified_at(now)))),
            ("cert_check_result", Some(row.cert_check.clone())),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                told.insert(format!("{name}_{at}"), json!(value));
            }
        }
    }
    Ok(told)
}

pub(crate) fn push_again(context: &mut Context<'_>, fields: &Fields) -> Result<Map<String, Value>, CustomsRefusal> {
    let (customs, number) = (needed(fields, "customs", 32)?, needed(fields, "mch_customs_no", 32)?);
    let declared = redeclare(context, &names(fields)?, &customs, &number)?;
    let mut told = standing(context, &declared);
    told.insert("explanation".to_owned(), json!(declared.explanation(context.now)));
    Ok(told)
}
