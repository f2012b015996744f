//! Complaints of the mini program's trade guarantee (交易投诉): pushed as `complaint_callback`, answered by five calls.
//!
//! WeChat publishes 201 (the merchant has to act), 206 (proof is due) and 312 (WeChat refunds), with 48 hours for the first two.
//! 102 for "WeChat decides" and 300 for "over" are the stand-in's: a shop must take any number and go by `expire_time`.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::context::Context;
use super::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use super::records::{TradeComplaint, TradeStep};
use super::{message, phone};
use crate::Error;
use crate::message::Request;

const MERCHANT_ACTS: i64 = 201;
const PROOF_IS_DUE: i64 = 206;
const WECHAT_DECIDES: i64 = 102;
const OVER: i64 = 300;
/// Since 25 March 2024; 72 hours before.
const TIME_TO_ACT: TimeDelta = TimeDelta::hours(48);
/// Of one complaint; a limit of the stand-in.
const MOST_STEPS: usize = 100;
const MOST_TEXT: usize = 500;

/// GET `/wxaapi/minishop/complaintOrderDetail`
pub(crate) fn detail(context: &Context<'_>, request: &Request) -> Result<MiniReply, MiniRefusal> {
    let id = request.query("complaintOrderId").unwrap_or_default();
    let complaint = context.state.trade_complaints.get(&id);
    let complaint = complaint.ok_or(MiniRefusal::new(40097, "invalid args complaintOrderId"))?;
    Ok(done(json!({ "data": object(context, complaint) })))
}

/// POST `.../bussiRespondComplaint`: 1 agrees, after which proof is due; 2 refuses, and WeChat decides.
pub(crate) fn respond(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let status = match body.whole("bussiHandle")? {
        Some(1) => PROOF_IS_DUE,
        Some(2) => WECHAT_DECIDES,
        _ => return refuse(40097, "invalid args bussiHandle"),
    };
    act(context, body, &[MERCHANT_ACTS], status)
}

/// POST `.../bussiSupplyProof`
pub(crate) fn supply_proof(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    act(context, body, &[WECHAT_DECIDES], WECHAT_DECIDES)
}

/// POST `.../bussiSupplyRefund`: the money is on its way.
pub(crate) fn supply_refund(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    act(context, body, &[PROOF_IS_DUE], OVER)
}

/// POST `.../busiAppeal`: against a decision.
pub(crate) fn appeal(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    act(context, body, &[OVER, PROOF_IS_DUE, 312], WECHAT_DECIDES)
}

fn act(context: &mut Context<'_>, body: &Args, from: &[i64], to: i64) -> Result<MiniReply, MiniRefusal> {
    let id = match body.get("complaintOrderId") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return refuse(40097, "invalid args complaintOrderId"),
    };
    let complaint = context.state.trade_complaints.get(&id).cloned();
    let complaint = complaint.ok_or(MiniRefusal::new(40097, "invalid args complaintOrderId"))?;
    if !from.contains(&complaint.status) {
        return refuse(40097, format!("invalid args, the complaint is in state {}", complaint.status));
    }
    let content = body.text("content")?.to_owned();
    let media: Vec<String> = body.list("mediaIdList")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if (content.is_empty() && media.is_empty()) || content.chars().count() > MOST_TEXT {
        return refuse(40097, "invalid args content, mediaIdList");
    }
    step(context, complaint, to, content, media)?;
    Ok(done(json!({})))
}

/// A buyer complains about a paid order.
pub(crate) fn create(context: &mut Context<'_>, number: &str, detail: String) -> Result<String, Error> {
    let unpaid = || Error::Control("no such paid order".to_owned());
    let payment = context.state.payments.get(number).ok_or_else(unpaid)?;
    let paid = payment.paid.clone().ok_or_else(unpaid)?;
    let buyer = context.state.user_of(&payment.openid).map(|user| user.name.clone()).unwrap_or_default();
    let complaint = TradeComplaint {
        id: format!("9{}", context.random.digits(15)),
        out_trade_no: number.to_owned(),
        transaction_id: paid.transaction_id,
        openid: payment.openid.clone(),
        phone: phone::phone_of(&buyer),
        amount_fen: payment.total_fen,
        product: payment.description.clone(),
        detail: detail.clone(),
        status: MERCHANT_ACTS,
        created_at: context.now,
        expires_at: None,
        history: Vec::new(),
    };
    let id = complaint.id.clone();
    step(context, complaint, MERCHANT_ACTS, detail, Vec::new())?;
    Ok(id)
}

/// WeChat moves a complaint on.
pub(crate) fn decide(context: &mut Context<'_>, id: &str, status: i64) -> Result<(), Error> {
    let complaint = context.state.trade_complaints.get(id).cloned();
    let complaint = complaint.ok_or_else(|| Error::Control("no such trade complaint".to_owned()))?;
    step(context, complaint, status, "平台处理".to_owned(), Vec::new())
}

fn step(
    context: &mut Context<'_>,
    mut complaint: TradeComplaint,
    status: i64,
    content: String,
    media: Vec<String>,
) -> Result<(), Error> {
    if complaint.history.len() >= MOST_STEPS {
        return Err(Error::Control("a trade complaint has at most 100 steps".to_owned()));
    }
    complaint.status = status;
    complaint.expires_at = [MERCHANT_ACTS, PROOF_IS_DUE].contains(&status).then(|| context.now + TIME_TO_ACT);
    complaint.history.push(TradeStep { at: context.now, content, media });
    let mut told = object(context, &complaint);
    told["option_type"] = json!(if complaint.history.len() == 1 { 1 } else { 2 });
    let openid = complaint.openid.clone();
    message::tell(context, &openid, "complaint_callback", json!({ "BussiCallBackInfo": told }), TimeDelta::zero())?;
    context.save(complaint);
    Ok(())
}

fn object(context: &Context<'_>, complaint: &TradeComplaint) -> Value {
    let history = complaint.history.iter().map(
        |step| json!({ "time": step.at.timestamp(), "content": step.content, "media_id_list": step.media.join(",") }),
    );
    json!({
        "appid": context.keys.account.appid,
        "complaint_order_id": complaint.id,
        "status": complaint.status,
        "create_time": complaint.created_at.timestamp(),
        "expire_time": complaint.expires_at.map_or(0, |at| at.timestamp()),
        "type": 1,
        "order_id": complaint.transaction_id,
        "out_trade_no": complaint.out_trade_no,
        "phone_number": complaint.phone,
        "open_id": complaint.openid,
        "customer_material_content": complaint.detail,
        "customer_material_media_id_list": "",
        "pay_time": context.state.payments.get(&complaint.out_trade_no).and_then(|payment| payment.paid.as_ref()).map(|paid| paid.at.timestamp()),
        "total_cost": complaint.amount_fen,
        "product_name": complaint.product,
        "history": history.collect::<Vec<_>>(),
    })
}
