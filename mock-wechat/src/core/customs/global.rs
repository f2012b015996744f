//! The v3 calls (contract C.2). Request and answer spell the filing's name differently; that is WeChat's doing.

use serde_json::{Value, json};

use super::{Asked, CustomsRefusal, Names, cert_check, check_filing, clearing, declare, find, paid_order, redeclare};
use crate::core::context::{Context, Reply, rfc3339};
use crate::core::fields::{Field, Kind, MAX_FEN, optional, parse, required, text};
use crate::core::records::Declaration;
use crate::core::refusal::Refusal;
use crate::message::Request;

const FEN: Kind = Kind::Whole { min: 0, max: MAX_FEN };

const DECLARE: &[Field] = &[
    required("appid", text(32)),
    required("mchid", text(32)),
    required("out_trade_no", text(32)),
    required("transaction_id", text(32)),
    required("customs", text(32)),
    required("merchant_customs_no", text(32)),
    optional("duty", FEN),
    optional("sub_order_no", text(32)),
    optional("fee_type", text(16)),
    optional("order_fee", FEN),
    optional("transport_fee", FEN),
    optional("product_fee", FEN),
];

const IDENTITY: &[Field] = &[
    required("appid", text(32)),
    required("mchid", text(32)),
    required("out_trade_no", text(32)),
    required("transaction_id", text(32)),
    required("customs", text(32)),
    required("merchant_customs_no", text(32)),
    optional("sub_order_no", text(32)),
    required("certificate_type", Kind::OneOf(&["IDCARD"])),
    required("certificate_id", text(1024)),
    required("certificate_name", text(1024)),
];

const REDECLARE: &[Field] = &[
    required("appid", text(32)),
    required("mchid", text(32)),
    optional("out_trade_no", text(32)),
    optional("transaction_id", text(32)),
    optional("sub_order_no", text(32)),
    optional("sub_order_id", text(64)),
    required("customs", text(32)),
    required("merchant_customs_no", text(32)),
];

const MOST_PAGE: usize = 20;

impl From<CustomsRefusal> for Refusal {
    fn from(CustomsRefusal { code, message }: CustomsRefusal) -> Self {
        match code {
            "ORDERNOTEXIST" => Self::order_not_found(),
            "NOAUTH" => Self::no_permission(&message),
            "PARAM_ERROR" => Self::header(&message),
            _ => Self::invalid_request(&message),
        }
    }
}

fn parsed(context: &Context<'_>, body: &[u8], fields: &'static [Field]) -> Result<Value, Refusal> {
    let params = parse(body, fields)?;
    let account = &context.keys.account;
    if params["mchid"] != account.mchid {
        return Err(Refusal::parameter("/mchid", &params["mchid"], "与Authorization中的mchid不一致"));
    }
    if params["appid"] == account.appid { Ok(params) } else { Err(Refusal::appid_not_bound()) }
}

fn owned(params: &Value, name: &str) -> Option<String> {
    params[name].as_str().map(str::to_owned)
}

pub(crate) fn submit(context: &mut Context<'_>, request: &Request, modify: bool) -> Result<Reply, Refusal> {
    let params = parsed(context, &request.body, DECLARE)?;
    let asked = Asked {
        out_trade_no: owned(&params, "out_trade_no").unwrap_or_default(),
        transaction_id: owned(&params, "transaction_id").unwrap_or_default(),
        customs: owned(&params, "customs").unwrap_or_default(),
        mch_customs_no: owned(&params, "merchant_customs_no").unwrap_or_default(),
        modify,
        sub_order_no: owned(&params, "sub_order_no"),
        fee_type: owned(&params, "fee_type"),
        order_fee: params["order_fee"].as_i64(),
        transport_fee: params["transport_fee"].as_i64(),
        product_fee: params["product_fee"].as_i64(),
        duty: params["duty"].as_i64(),
        ..Asked::default()
    };
    let declared = declare(context, &asked)?;
    let mut told = standing(context, &declared);
    if modify {
        told["modify_time"] = json!(rfc3339(declared.modified_at(context.now)));
    }
    Ok(Reply::ok(told))
}

fn standing(context: &Context<'_>, declared: &Declaration) -> Value {
    let (department, trade_id) = clearing(&declared.transaction_id);
    let mut told = json!({
        "appid": context.keys.account.appid,
        "mchid": context.keys.account.mchid,
        "state": declared.state(context.now),
        "out_trade_no": declared.out_trade_no,
        "transaction_id": declared.transaction_id,
        "verify_department": department,
        "verify_department_trade_id": trade_id,
    });
    for (name, value) in [("sub_order_no", &declared.sub_order_no), ("sub_order_id", &declared.sub_order_id)] {
        if let Some(value) = value {
            told[name] = json!(value);
        }
    }
    told
}

pub(crate) fn query(context: &Context<'_>, request: &Request) -> Result<Reply, Refusal> {
    let needed = |name: &str| {
        let value = request.query(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Refusal::query(name, "缺少必填参数"))
    };
    let (appid, mchid, kind, number, customs) =
        (needed("appid")?, needed("mchid")?, needed("order_type")?, needed("order_no")?, needed("customs")?);
    if appid != context.keys.account.appid || mchid != context.keys.account.mchid {
        return Err(Refusal::appid_not_bound());
    }
    let number = Some(number);
    let names = match kind.as_str() {
        "out_trade_no" => Names { out_trade_no: number, ..Names::default() },
        "transaction_id" => Names { transaction_id: number, ..Names::default() },
        "sub_order_no" => Names { sub_order_no: number, ..Names::default() },
        "sub_order_id" => Names { sub_order_id: number, ..Names::default() },
        _ => return Err(Refusal::query("order_type", "不在允许的取值范围内")),
    };
    let counted = |name: &str, default: usize| match request.query(name) {
        None => Ok(default),
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::query(name, "类型错误，应为整数")),
    };
    let (offset, limit) = (counted("offset", 0)?, counted("limit", MOST_PAGE)?.min(MOST_PAGE));
    let found = find(context, &names, &customs)?;
    let first = found.first().ok_or_else(Refusal::order_not_found)?;
    let mut told = standing(context, first);
    for name in ["state", "out_trade_no", "sub_order_no", "sub_order_id"] {
        told.as_object_mut().map(|told| told.remove(name));
    }
    let rows = found.iter().skip(offset).take(limit).map(|row| record(context, row));
    told["data"] = Value::Array(rows.collect());
    told["offset"] = json!(offset);
    told["limit"] = json!(limit);
    told["total_count"] = json!(found.len());
    Ok(Reply::ok(told))
}

fn record(context: &Context<'_>, row: &Declaration) -> Value {
    let mut told = json!({
        "mch_customs_no": row.mch_customs_no,
        "customs": row.customs,
        "fee_type": "CNY",
        "order_fee": row.order_fee,
        "state": row.state(context.now),
        "explanation": row.explanation(context.now),
        "modify_time": rfc3339(row.modified_at(context.now)),
    });
    let fen = [("duty", row.duty), ("transport_fee", row.transport_fee), ("product_fee", row.product_fee)];
    for (name, value) in fen.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        told[name] = json!(value);
    }
    for (name, value) in [("sub_order_no", &row.sub_order_no), ("sub_order_id", &row.sub_order_id)] {
        if let Some(value) = value {
            told[name] = json!(value);
        }
    }
    told
}

/// These pages of WeChat's ask for PKCS#1 v1.5 padding, not OAEP (contract B.14).
pub(crate) fn identity(context: &Context<'_>, request: &Request) -> Result<Reply, Refusal> {
    let params = parsed(context, &request.body, IDENTITY)?;
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    check_filing(context, text("customs"), text("merchant_customs_no"))?;
    let (payment, paid) = paid_order(context, text("transaction_id"), text("out_trade_no"))?;
    let is_about = |row: &Declaration| row.transaction_id == paid.transaction_id && row.customs == text("customs");
    if !context.state.declarations.rows().any(is_about) {
        return Err(Refusal::invalid_request("订单未报关，不能校验身份"));
    }
    let serial = request.get("Wechatpay-Serial").ok_or_else(|| Refusal::header("Http头缺少Wechatpay-Serial"))?;
    let open = |name: &str| {
        let opened = context.keys.open_pkcs1(serial, text(name), context.now);
        opened.ok_or_else(|| Refusal::parameter(&format!("/{name}"), &params[name], "解密失败"))
    };
    let (id, name) = (open("certificate_id")?, open("certificate_name")?);
    let result = cert_check(context, &payment.openid, Some(&id), Some(&name));
    Ok(Reply::ok(json!({
        "appid": context.keys.account.appid,
        "mchid": context.keys.account.mchid,
        "out_trade_no": payment.out_trade_no,
        "transaction_id": paid.transaction_id,
        "certificate_check_result": result,
    })))
}

pub(crate) fn push_again(context: &mut Context<'_>, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parsed(context, body, REDECLARE)?;
    let names = Names {
        sub_order_id: owned(&params, "sub_order_id"),
        sub_order_no: owned(&params, "sub_order_no"),
        transaction_id: owned(&params, "transaction_id"),
        out_trade_no: owned(&params, "out_trade_no"),
    };
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    let declared = redeclare(context, &names, text("customs"), text("merchant_customs_no"))?;
    let mut told = standing(context, &declared);
    for name in ["verify_department", "verify_department_trade_id"] {
        told.as_object_mut().map(|told| told.remove(name));
    }
    told["modify_time"] = json!(rfc3339(declared.modified_at(context.now)));
    told["explanation"] = json!(declared.explanation(context.now));
    Ok(Reply::ok(told))
}
