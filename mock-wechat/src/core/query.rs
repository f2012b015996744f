//! Queries (contract B.7) and the transaction object, which the payment notify carries too.

use serde_json::{Value, json};

use super::context::{Context, Reply, rfc3339};
use super::records::{PaidOrder, Payment};
use super::refusal::Refusal;
use crate::Account;
use crate::message::Request;

/// GET `/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid=`
pub(crate) fn by_number(context: &Context<'_>, request: &Request, number: &str) -> Result<Reply, Refusal> {
    check_mchid(context, request)?;
    let payment = context.state.payments.get(number).ok_or_else(Refusal::order_not_found)?;
    Ok(Reply::ok(transaction(&context.keys.account, payment)))
}

/// GET `/v3/pay/transactions/id/{transaction_id}?mchid=`: known once paid.
pub(crate) fn by_transaction(context: &Context<'_>, request: &Request, id: &str) -> Result<Reply, Refusal> {
    check_mchid(context, request)?;
    let number = context.state.number_by_transaction.get(id);
    let payment = number.and_then(|number| context.state.payments.get(number));
    let payment = payment.ok_or_else(Refusal::order_not_found)?;
    Ok(Reply::ok(transaction(&context.keys.account, payment)))
}

/// Another merchant's number finds nothing (contract part D, row 19).
fn check_mchid(context: &Context<'_>, request: &Request) -> Result<(), Refusal> {
    match request.query("mchid") {
        None => Err(Refusal::query("mchid", "缺少必填参数")),
        Some(mchid) if mchid != context.keys.account.mchid => Err(Refusal::order_not_found()),
        Some(_) => Ok(()),
    }
}

/// The order as it stands.
pub(crate) fn transaction(account: &Account, payment: &Payment) -> Value {
    let state = payment.trade_state();
    let mut object = json!({
        "appid": account.appid,
        "mchid": account.mchid,
        "out_trade_no": payment.out_trade_no,
        "trade_state": state,
        "trade_state_desc": description(state),
        "amount": { "total": payment.total_fen, "currency": "CNY" },
    });
    if let Some(paid) = &payment.paid {
        add_paid_fields(&mut object, payment, paid);
    }
    object
}

/// The order as the notify told it at the moment of payment.
pub(crate) fn transaction_when_paid(account: &Account, payment: &Payment, paid: &PaidOrder) -> Value {
    let mut object = transaction(account, payment);
    add_paid_fields(&mut object, payment, paid);
    object["trade_state"] = json!("SUCCESS");
    object["trade_state_desc"] = json!(description("SUCCESS"));
    object
}

fn add_paid_fields(object: &mut Value, payment: &Payment, paid: &PaidOrder) {
    object["transaction_id"] = json!(paid.transaction_id);
    object["trade_type"] = json!("JSAPI");
    object["bank_type"] = json!("OTHERS");
    object["success_time"] = json!(rfc3339(paid.at));
    object["payer"] = json!({ "openid": payment.openid });
    object["amount"] = json!({
        "total": payment.total_fen,
        "payer_total": payment.total_fen,
        "currency": "CNY",
        "payer_currency": "CNY",
    });
    if let Some(attach) = &payment.attach {
        object["attach"] = json!(attach);
    }
    if let Some(device_id) = &payment.device_id {
        object["scene_info"] = json!({ "device_id": device_id });
    }
}

fn description(state: &str) -> &'static str {
    match state {
        "SUCCESS" => "支付成功",
        "REFUND" => "转入退款",
        "CLOSED" => "订单已关闭",
        _ => "订单未支付",
    }
}
