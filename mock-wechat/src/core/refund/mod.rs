//! Domestic refunds (contract B.10).

pub(crate) mod abnormal;
pub(crate) mod rates;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::fields::{Field, Kind, MAX_FEN, check_notify_url, optional, parse, required, text};
use super::notify;
use super::prepay::TRADE_NO;
use super::refusal::Refusal;
use crate::core::context::{Context, Reply, params_sha256, rfc3339};
use crate::core::records::{PaidOrder, Payment, Refund, RefundStatus};
use crate::{Account, Error};

const MOST_REFUNDS: u32 = 50;
const WINDOW: TimeDelta = TimeDelta::days(365);

const FIELDS: &[Field] = &[
    optional("transaction_id", text(32)),
    optional("out_trade_no", TRADE_NO),
    required("out_refund_no", Kind::Identifier { min: 1, max: 64, others: "_-|*@" }),
    optional("reason", text(80)),
    optional("notify_url", Kind::NotifyUrl { max: 256 }),
    optional("funds_account", Kind::OneOf(&["AVAILABLE", "UNSETTLED"])),
    required("amount", Kind::Object(AMOUNT)),
    optional("goods_detail", Kind::List(&Kind::Object(GOODS))),
];

const FEN: Kind = Kind::Whole { min: 1, max: MAX_FEN };

const AMOUNT: &[Field] = &[
    required("refund", FEN),
    required("total", FEN),
    required("currency", Kind::OneOf(&["CNY"])),
    optional("from", Kind::List(&Kind::Object(FROM))),
];

const FROM: &[Field] = &[required("account", Kind::OneOf(&["AVAILABLE", "UNAVAILABLE"])), required("amount", FEN)];

const GOODS: &[Field] = &[
    required("merchant_goods_id", text(32)),
    optional("wechatpay_goods_id", text(32)),
    optional("goods_name", text(256)),
    required("unit_price", Kind::Whole { min: 0, max: MAX_FEN }),
    required("refund_amount", FEN),
    required("refund_quantity", FEN),
];

/// A new refund, or the same one again for the same number and parameters.
pub(crate) fn refund(context: &mut Context<'_>, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parse(body, FIELDS)?;
    check_notify_url(&context.state.settings, "/notify_url", &params["notify_url"])?;
    let digest = params_sha256(&params);
    let number = params["out_refund_no"].as_str().unwrap_or_default();
    if let Some(known) = context.state.refunds.get(number) {
        if known.params_sha256 != digest {
            return Err(Refusal::invalid_request("退款单号已使用，请求重入时参数与首次请求时不一致"));
        }
        return Ok(Reply::ok(object(known)));
    }
    let (payment, paid) = find_order(context, &params)?;
    let amount = [&params["amount"]["refund"], &params["amount"]["total"]];
    let [refund_fen, total_fen] = amount.map(|fen| fen.as_i64().unwrap_or_default());
    check_sources(&params, refund_fen)?;
    check_order(context, &payment, &paid, refund_fen, total_fen)?;
    check_balance(context, refund_fen)?;
    let accepted = new_refund(context, &params, digest, &payment, &paid);
    let reply = Reply::ok(object(&accepted));
    context.save(Payment {
        refunds: payment.refunds + 1,
        refund_promised_fen: payment.refund_promised_fen + refund_fen,
        last_refund_at: Some(context.now),
        ..payment
    });
    context.save(accepted);
    Ok(reply)
}

/// The paid order that both numbers, where given, name.
fn find_order(context: &Context<'_>, params: &Value) -> Result<(Payment, PaidOrder), Refusal> {
    let [transaction_id, out_trade_no] = ["transaction_id", "out_trade_no"].map(|name| params[name].as_str());
    let named = transaction_id.map(|id| context.state.number_by_transaction.get(id).map(String::as_str));
    let number = match (named, out_trade_no) {
        (None, None) => {
            let issue = "transaction_id与out_trade_no至少填写一个";
            return Err(Refusal::parameter("/out_trade_no", &Value::Null, issue));
        }
        (Some(named), Some(number)) if named.is_some_and(|named| named != number) => {
            return Err(Refusal::invalid_request("transaction_id与out_trade_no不匹配"));
        }
        (Some(named), _) => named,
        (None, number) => number,
    };
    let payment = number.and_then(|number| context.state.payments.get(number));
    let payment = payment.ok_or_else(|| Refusal::resource_not_found("订单不存在"))?;
    match &payment.paid {
        Some(paid) => Ok((payment.clone(), paid.clone())),
        None => Err(Refusal::invalid_request("订单未支付，不能退款")),
    }
}

fn check_sources(params: &Value, refund_fen: i64) -> Result<(), Refusal> {
    let Some(sources) = params["amount"]["from"].as_array() else {
        return Ok(());
    };
    // No overflow: the body limit holds the list to some thousand items below 2^31.
    let sum: i64 = sources.iter().filter_map(|source| source["amount"].as_i64()).sum();
    if sum == refund_fen {
        Ok(())
    } else {
        Err(Refusal::parameter("/amount/from", &json!(sum), "出资金额之和不等于退款金额"))
    }
}

fn check_order(
    context: &Context<'_>,
    payment: &Payment,
    paid: &PaidOrder,
    refund_fen: i64,
    total_fen: i64,
) -> Result<(), Refusal> {
    if context.now - paid.at > WINDOW {
        return Err(Refusal::invalid_request("订单已超过一年的退款期限"));
    }
    if total_fen != payment.total_fen {
        return Err(Refusal::invalid_request("订单金额与原订单不一致"));
    }
    if refund_fen > payment.total_fen - payment.refund_promised_fen {
        return Err(Refusal::invalid_request("退款金额大于订单可退金额"));
    }
    if payment.refunds >= MOST_REFUNDS {
        return Err(Refusal::invalid_request("部分退款次数超过50次"));
    }
    let gap = TimeDelta::seconds(context.state.settings.refund_gap_s.into());
    if payment.last_refund_at.is_some_and(|last| context.now - last < gap) {
        return Err(Refusal::too_frequent("同一订单多次退款请间隔1分钟"));
    }
    Ok(())
}

/// The merchant's money: `NOT_ENOUGH` asks to top up and to call again with the same number.
fn check_balance(context: &Context<'_>, refund_fen: i64) -> Result<(), Refusal> {
    match context.state.settings.balance_fen {
        Some(balance) if balance < refund_fen => Err(Refusal::not_enough()),
        _ => Ok(()),
    }
}

fn new_refund(
    context: &mut Context<'_>,
    params: &Value,
    params_sha256: String,
    payment: &Payment,
    paid: &PaidOrder,
) -> Refund {
    let settings = &context.state.settings;
    let owned = |name: &str| params[name].as_str().map(str::to_owned);
    let end = settings.refund_outcome;
    let ends_at = context.now + TimeDelta::seconds(settings.refund_settle_s.into());
    Refund {
        out_refund_no: owned("out_refund_no").unwrap_or_default(),
        params_sha256,
        id: format!("50{}", context.random.digits(27)),
        out_trade_no: payment.out_trade_no.clone(),
        transaction_id: paid.transaction_id.clone(),
        amount_fen: params["amount"]["refund"].as_i64().unwrap_or_default(),
        total_fen: payment.total_fen,
        notify_url: owned("notify_url"),
        status: RefundStatus::Processing,
        created_at: context.now,
        success_time: None,
        channel: None,
        settles: (end != RefundStatus::Processing).then_some((ends_at, end)),
    }
}

/// GET `/v3/refund/domestic/refunds/{out_refund_no}`
pub(crate) fn query(context: &Context<'_>, number: &str) -> Result<Reply, Refusal> {
    let known = context.state.refunds.get(number);
    let known = known.ok_or_else(|| Refusal::resource_not_found("退款单不存在"))?;
    Ok(Reply::ok(object(known)))
}

fn object(refund: &Refund) -> Value {
    let mut object = json!({
        "refund_id": refund.id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "channel": refund.channel.as_deref().unwrap_or("ORIGINAL"),
        "user_received_account": received_by(refund),
        "create_time": rfc3339(refund.created_at),
        "status": refund.status,
        "funds_account": "AVAILABLE",
        "amount": {
            "total": refund.total_fen,
            "refund": refund.amount_fen,
            "from": [],
            "payer_total": refund.total_fen,
            "payer_refund": refund.amount_fen,
            "settlement_refund": refund.amount_fen,
            "settlement_total": refund.total_fen,
            "discount_refund": 0,
            "currency": "CNY",
            "refund_fee": 0,
        },
        "promotion_detail": [],
    });
    if let Some(at) = refund.success_time {
        object["success_time"] = json!(rfc3339(at));
    }
    object
}

/// The decrypted content of a refund notify: `refund_status`, and fewer fields than a query gives.
pub(crate) fn plaintext(account: &Account, refund: &Refund) -> Value {
    let mut object = json!({
        "mchid": account.mchid,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "refund_id": refund.id,
        "out_refund_no": refund.out_refund_no,
        "refund_status": refund.status,
        "user_received_account": received_by(refund),
        "amount": {
            "total": refund.total_fen,
            "refund": refund.amount_fen,
            "payer_total": refund.total_fen,
            "payer_refund": refund.amount_fen,
        },
    });
    if let Some(at) = refund.success_time {
        object["success_time"] = json!(rfc3339(at));
    }
    object
}

/// Whose account takes the money.
fn received_by(refund: &Refund) -> &'static str {
    match refund.channel.as_deref() {
        Some("OTHER_BANKCARD") => "其他银行卡",
        Some("BALANCE") => "商户银行卡",
        _ => "支付用户零钱",
    }
}

/// Ends the refund that is due first, if one is due. The caller repeats until there is none.
pub(crate) fn settle_next(context: &mut Context<'_>) -> Result<bool, Error> {
    let due = context.state.settling.first().filter(|(at, _)| *at <= context.now);
    let refund = due.and_then(|(_, number)| context.state.refunds.get(number)).cloned();
    let Some((refund, (at, status))) = refund.and_then(|refund| refund.settles.map(|end| (refund, end))) else {
        return Ok(false);
    };
    finish(context, refund, status, at)?;
    Ok(true)
}

/// Why a refund can't be ended as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecidable {
    #[error("no such refund")]
    Unknown,
    #[error("the refund has already ended")]
    Ended,
    #[error(transparent)]
    Broken(#[from] Error),
}

/// A control call ends a refund, or holds it in `PROCESSING`.
pub(crate) fn decide(context: &mut Context<'_>, number: &str, status: RefundStatus) -> Result<(), Undecidable> {
    let refund = context.state.refunds.get(number).cloned().ok_or(Undecidable::Unknown)?;
    match (refund.status, status) {
        (RefundStatus::Processing, RefundStatus::Processing) => {
            let held = Refund { settles: None, ..refund };
            context.save(held);
            Ok(())
        }
        (RefundStatus::Processing, _) | (RefundStatus::Abnormal, RefundStatus::Success | RefundStatus::Closed) => {
            Ok(finish(context, refund, status, context.now)?)
        }
        _ => Err(Undecidable::Ended),
    }
}

fn finish(context: &mut Context<'_>, refund: Refund, status: RefundStatus, at: DateTime<Utc>) -> Result<(), Error> {
    let ended =
        Refund { status, success_time: (status == RefundStatus::Success).then_some(at), settles: None, ..refund };
    if let Some(payment) = context.state.payments.get(&ended.out_trade_no).cloned() {
        let returned = if status == RefundStatus::Success { ended.amount_fen } else { 0 };
        let freed = if status == RefundStatus::Closed { ended.amount_fen } else { 0 };
        context.save(Payment {
            refunded_fen: payment.refunded_fen + returned,
            refund_promised_fen: payment.refund_promised_fen - freed,
            ..payment
        });
    }
    if let Some(url) = ended.notify_url.clone() {
        let plain = plaintext(&context.keys.account, &ended);
        let event = notify::Event::refund(&ended);
        notify::queue(context, event, url, &plain, at)?;
    }
    context.save(ended);
    Ok(())
}
