//! What happens on the buyer's phone: `wx.requestPayment` (contract B.6), and money that comes
//! without it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::Context;
use super::mini;
use super::notify;
use super::prepay::PREPAY_LIFE;
use super::records::{PaidOrder, Payment};
use crate::Error;

/// What the shop hands to `wx.requestPayment`; field names in JSON are those of the client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayParams {
    /// Unix seconds as text.
    pub time_stamp: String,
    /// Random, at most 32 characters.
    pub nonce_str: String,
    /// `prepay_id=` and the id.
    pub package: String,
    /// `RSA`.
    pub sign_type: String,
    /// Base64 of the merchant's signature over appid, time, nonce and package.
    pub pay_sign: String,
}

impl PayParams {
    /// The client refuses what is not text before anything else.
    pub(crate) fn read(value: &Value) -> Result<Self, Refused> {
        let field = |name: &str| match &value[name] {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            Value::String(_) | Value::Null => Err(Refused::because(&format!("缺少参数{name}"))),
            other => Err(Refused::because(&format!(
                "parameter error: parameter.{name} should be String instead of {};",
                kind(other)
            ))),
        };
        Ok(Self {
            time_stamp: field("timeStamp")?,
            nonce_str: field("nonceStr")?,
            package: field("package")?,
            sign_type: field("signType")?,
            pay_sign: field("paySign")?,
        })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Number(_) => "Number",
        Value::Bool(_) => "Boolean",
        Value::Array(_) => "Array",
        _ => "Object",
    }
}

/// An order that was just paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paid {
    /// The merchant's number.
    pub out_trade_no: String,
    /// WeChat's number.
    pub transaction_id: String,
    /// The amount in fen.
    pub total_fen: i64,
    /// When the money moved.
    pub success_time: DateTime<Utc>,
}

/// A payment that did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{err_msg}")]
pub struct Refused {
    /// As the client app gets it: `requestPayment:fail ...`.
    #[serde(rename = "errMsg")]
    pub err_msg: String,
}

impl Refused {
    pub(crate) fn because(reason: &str) -> Self {
        Self { err_msg: format!("requestPayment:fail {reason}") }
    }

    pub(crate) fn cancelled() -> Self {
        Self::because("cancel")
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        log::error!("{error}");
        Self::because("system error")
    }
}

/// Checks all that the cash desk checks, then pays.
pub(crate) fn request_payment(context: &mut Context<'_>, user: &str, params: &PayParams) -> Result<Paid, Refused> {
    let payment = check(context, user, params)?;
    settle(context, &payment)
}

/// The same checks without paying: the buyer closes the cash desk.
pub(crate) fn look_and_cancel(context: &mut Context<'_>, user: &str, params: &PayParams) -> Refused {
    check(context, user, params).map_or_else(|refused| refused, |_| Refused::cancelled())
}

fn check(context: &Context<'_>, user: &str, params: &PayParams) -> Result<Payment, Refused> {
    check_signature(context, params)?;
    let prepay = params
        .package
        .strip_prefix("prepay_id=")
        .and_then(|id| context.state.prepays.get(id))
        .ok_or_else(|| Refused::because("prepay_id无效"))?;
    if context.now - prepay.created_at > PREPAY_LIFE {
        return Err(Refused::because("prepay_id已过期"));
    }
    let payment = context.state.payments.get(&prepay.out_trade_no);
    let payment = payment.ok_or_else(|| Refused::because("订单不存在"))?;
    if mini::user(context, user).openid != payment.openid {
        return Err(Refused::because("下单账号与支付账号不一致"));
    }
    check_payable(payment, context.now)?;
    Ok(payment.clone())
}

fn check_signature(context: &Context<'_>, params: &PayParams) -> Result<(), Refused> {
    if params.sign_type != "RSA" {
        return Err(Refused::because("signType应为RSA"));
    }
    if !params.time_stamp.bytes().all(|byte| byte.is_ascii_digit()) || params.nonce_str.len() > 32 {
        return Err(Refused::because("timeStamp或nonceStr格式错误"));
    }
    let lines = [&context.keys.account.appid, &params.time_stamp, &params.nonce_str, &params.package];
    let message = lines.map(|line| format!("{line}\n")).concat();
    if context.keys.merchant.verifies(message.as_bytes(), &params.pay_sign) {
        Ok(())
    } else {
        Err(Refused::because("支付验证签名失败"))
    }
}

fn check_payable(payment: &Payment, now: DateTime<Utc>) -> Result<(), Refused> {
    if payment.paid.is_some() {
        return Err(Refused::because("该订单已支付"));
    }
    if payment.closed_at.is_some() {
        return Err(Refused::because("该订单已关闭"));
    }
    if now > payment.expires_at {
        return Err(Refused::because("订单已过期"));
    }
    Ok(())
}

/// Money for an order without the client app; `force` overrides closing and expiry.
pub(crate) fn pay_direct(context: &mut Context<'_>, number: &str, force: bool) -> Result<Paid, Refused> {
    let payment = context.state.payments.get(number).cloned();
    let payment = payment.ok_or_else(|| Refused::because("订单不存在"))?;
    if !force || payment.paid.is_some() {
        check_payable(&payment, context.now)?;
    }
    settle(context, &payment)
}

fn settle(context: &mut Context<'_>, payment: &Payment) -> Result<Paid, Refused> {
    let PaidOrder { transaction_id, at } = notify::pay(context, payment)?;
    Ok(Paid {
        out_trade_no: payment.out_trade_no.clone(),
        transaction_id,
        total_fen: payment.total_fen,
        success_time: at,
    })
}
