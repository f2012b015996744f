//! JSAPI prepay (contract B.5).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use serde_json::json;

use super::context::{Context, Reply, beijing, params_sha256};
use super::fields::{Field, Kind, MAX_FEN, check_notify_url, optional, parse, required, text};
use super::records::{Payment, Prepay};
use super::refusal::Refusal;

/// Life of a `prepay_id`, whatever the order's own expiry is.
pub(crate) const PREPAY_LIFE: TimeDelta = TimeDelta::hours(2);
const DEFAULT_EXPIRY: TimeDelta = TimeDelta::days(7);
const LEAST_EXPIRY: TimeDelta = TimeDelta::minutes(1);
const MOST_EXPIRY: TimeDelta = TimeDelta::days(90);
/// The whole `detail`, in bytes as sent without spaces.
const DETAIL_BYTES: usize = 6144;

/// The characters of an `out_trade_no` besides letters and digits.
pub(crate) const TRADE_NO: Kind = Kind::Identifier { min: 6, max: 32, others: "_-|*" };

const FIELDS: &[Field] = &[
    required("appid", text(32)),
    required("mchid", text(32)),
    required("description", text(127)),
    required("out_trade_no", TRADE_NO),
    optional("time_expire", Kind::Time),
    optional("attach", text(128)),
    required("notify_url", Kind::NotifyUrl { max: 255 }),
    optional("goods_tag", text(32)),
    optional("support_fapiao", Kind::Flag),
    required("amount", Kind::Object(AMOUNT)),
    required("payer", Kind::Object(PAYER)),
    optional("detail", Kind::Object(DETAIL)),
    optional("scene_info", Kind::Object(SCENE)),
    optional("settle_info", Kind::Object(&[optional("profit_sharing", Kind::Flag)])),
    optional("limit_pay", Kind::List(&Kind::OneOf(&["no_balance", "no_credit", "no_debit", "balance_only"]))),
];

const AMOUNT: &[Field] =
    &[required("total", Kind::Whole { min: 1, max: MAX_FEN }), optional("currency", Kind::OneOf(&["CNY"]))];

const PAYER: &[Field] = &[required("openid", text(128)), optional("identity", Kind::Object(IDENTITY))];

const IDENTITY: &[Field] = &[required("type", text(32)), required("number", text(1024)), required("name", text(1024))];

const DETAIL: &[Field] = &[
    optional("cost_price", Kind::Whole { min: 0, max: MAX_FEN }),
    optional("invoice_id", text(32)),
    optional("goods_detail", Kind::List(&Kind::Object(GOODS))),
];

const GOODS: &[Field] = &[
    required("merchant_goods_id", text(32)),
    optional("wechatpay_goods_id", text(32)),
    optional("goods_name", text(256)),
    required("quantity", Kind::Whole { min: 1, max: MAX_FEN }),
    required("unit_price", Kind::Whole { min: 0, max: MAX_FEN }),
];

const SCENE: &[Field] = &[
    required("payer_client_ip", Kind::Address),
    optional("device_id", text(32)),
    optional("store_info", Kind::Object(STORE)),
];

const STORE: &[Field] = &[
    required("id", text(32)),
    optional("name", text(256)),
    optional("area_code", text(32)),
    optional("address", text(512)),
];

/// A new order, or a new `prepay_id` for the same order asked with the same parameters.
pub(crate) fn prepay(context: &mut Context<'_>, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parse(body, FIELDS)?;
    check_merchant(context, &params)?;
    check_notify_url(&context.state.settings, "/notify_url", &params["notify_url"])?;
    let digest = params_sha256(&params);
    let number = string(&params, "/out_trade_no");
    if let Some(known) = context.state.payments.get(number) {
        check_reentry(known, &digest, context.now)?;
    } else {
        check_payer(context, &params)?;
        context.save(new_payment(&params, digest, context.now));
    }
    let stamp = beijing(context.now).format("%Y%m%d%H%M%S");
    let prepay_id = format!("wx{stamp}{}", context.random.hex(20));
    context.save(Prepay { id: prepay_id.clone(), out_trade_no: number.to_owned(), created_at: context.now });
    Ok(Reply::ok(json!({ "prepay_id": prepay_id })))
}

fn check_merchant(context: &Context<'_>, params: &Value) -> Result<(), Refusal> {
    let account = &context.keys.account;
    let mchid = &params["mchid"];
    if *mchid != account.mchid {
        return Err(Refusal::parameter("/mchid", mchid, "与Authorization中的mchid不一致"));
    }
    if params["appid"] != account.appid {
        return Err(Refusal::appid_not_bound());
    }
    if params.pointer("/payer/identity").is_some() {
        return Err(Refusal::no_permission("商户无实名支付权限"));
    }
    let detail = params.get("detail").map_or(0, |detail| detail.to_string().len());
    if detail > DETAIL_BYTES {
        return Err(Refusal::parameter("/detail", &Value::Null, "长度超过6144字节"));
    }
    Ok(())
}

/// Paid and closed orders say so before parameters are compared.
fn check_reentry(known: &Payment, digest: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    if known.paid.is_some() {
        return Err(Refusal::order_paid());
    }
    if known.closed_at.is_some() {
        return Err(Refusal::order_closed());
    }
    if known.params_sha256 != digest {
        return Err(Refusal::other_parameters());
    }
    if now > known.expires_at {
        return Err(Refusal::order_expired());
    }
    Ok(())
}

/// The payer must be a user of this appid. An unknown value that has an openid's form is taken for
/// an openid of another appid.
fn check_payer(context: &Context<'_>, params: &Value) -> Result<(), Refusal> {
    let openid = string(params, "/payer/openid");
    if context.state.user_by_openid.contains_key(openid) {
        return Ok(());
    }
    if openid.len() == 28 && openid.starts_with('o') {
        return Err(Refusal::openid_of_another_appid());
    }
    Err(Refusal::parameter("/payer/openid", &params["payer"]["openid"], "无效的openid"))
}

fn new_payment(params: &Value, params_sha256: String, now: DateTime<Utc>) -> Payment {
    let owned = |pointer| params.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    Payment {
        out_trade_no: string(params, "/out_trade_no").to_owned(),
        params_sha256,
        openid: string(params, "/payer/openid").to_owned(),
        total_fen: params["amount"]["total"].as_i64().unwrap_or_default(),
        notify_url: string(params, "/notify_url").to_owned(),
        description: string(params, "/description").to_owned(),
        attach: owned("/attach"),
        device_id: owned("/scene_info/device_id"),
        created_at: now,
        expires_at: expiry(string(params, "/time_expire"), now),
        paid: None,
        closed_at: None,
        refunds: 0,
        refund_promised_fen: 0,
        refunded_fen: 0,
        last_refund_at: None,
        overdue_told: false,
    }
}

/// The last moment to pay: silently at least a minute and at most 90 days away.
fn expiry(asked: &str, now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(asked)
        .map_or(now + DEFAULT_EXPIRY, |asked| asked.to_utc().clamp(now + LEAST_EXPIRY, now + MOST_EXPIRY))
}

/// A checked text field, or nothing.
fn string<'a>(params: &'a Value, pointer: &str) -> &'a str {
    params.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
