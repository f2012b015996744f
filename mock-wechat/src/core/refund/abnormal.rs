//! An `ABNORMAL` refund takes another way (contract B.11).

use chrono::TimeDelta;
use serde_json::Value;

use super::object;
use crate::core::context::{Context, Reply};
use crate::core::fields::{Field, Kind, optional, parse, required, text};
use crate::core::records::{Refund, RefundStatus};
use crate::core::refusal::Refusal;
use crate::message::Request;

/// Unconfirmed in the contract.
const WINDOW: TimeDelta = TimeDelta::days(30);
const SEALED: usize = 1024;

const FIELDS: &[Field] = &[
    required("out_refund_no", text(64)),
    required("type", Kind::OneOf(&["USER_BANK_CARD", "MERCHANT_BANK_CARD"])),
    optional("bank_type", text(16)),
    optional("bank_account", text(SEALED)),
    optional("real_name", text(SEALED)),
];

/// POST `/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`: `PROCESSING` again, then `SUCCESS`.
pub(crate) fn apply(context: &mut Context<'_>, request: &Request, id: &str) -> Result<Reply, Refusal> {
    let params = parse(&request.body, FIELDS)?;
    let number = params["out_refund_no"].as_str().unwrap_or_default();
    let refund = context.state.refunds.get(number).filter(|refund| refund.id == id).cloned();
    let refund = refund.ok_or_else(|| Refusal::resource_not_found("退款单不存在"))?;
    if refund.status != RefundStatus::Abnormal || context.now - refund.created_at > WINDOW {
        return Err(Refusal::invalid_request("退款单状态不允许发起异常退款"));
    }
    let serial = request.get("Wechatpay-Serial").ok_or_else(|| Refusal::header("Http头缺少Wechatpay-Serial"))?;
    let to_user = params["type"] == "USER_BANK_CARD";
    if to_user {
        if params.get("bank_type").is_none() {
            return Err(Refusal::parameter("/bank_type", &Value::Null, "缺少必填参数"));
        }
        for name in ["bank_account", "real_name"] {
            let sealed = params[name].as_str();
            let sealed = sealed.ok_or_else(|| Refusal::parameter(&format!("/{name}"), &Value::Null, "缺少必填参数"))?;
            if context.keys.open_oaep(serial, sealed, context.now).is_none_or(|text| text.is_empty()) {
                return Err(Refusal::parameter(&format!("/{name}"), &params[name], "解密失败"));
            }
        }
    }
    let ends_at = context.now + TimeDelta::seconds(context.state.settings.refund_settle_s.into());
    let again = Refund {
        status: RefundStatus::Processing,
        channel: Some(if to_user { "OTHER_BANKCARD" } else { "BALANCE" }.to_owned()),
        settles: Some((ends_at, RefundStatus::Success)),
        ..refund
    };
    let reply = Reply::ok(object(&again));
    context.save(again);
    Ok(reply)
}
