//! Consumer complaints v2 (contract B.17).

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::context::{Context, Reply, beijing, rfc3339};
use super::fields::{Field, Kind, check_notify_url, optional, parse, required, text};
use super::notify::{self, Event};
use super::records::{Complaint, Console, Step};
use super::refusal::Refusal;
use super::{phone, picture};
use crate::Error;
use crate::message::Request;

/// The longest span of a list, in days.
const MOST_DAYS: i64 = 30;
const MOST_PAGE: usize = 50;
/// Of one complaint; a limit of the stand-in.
const MOST_HISTORY: usize = 300;

const RESPONSE: &[Field] = &[
    required("complainted_mchid", text(64)),
    required("response_content", text(200)),
    optional("response_images", Kind::List(&Kind::Text { min: 1, max: 512 })),
    optional("jump_url", text(512)),
    optional("jump_url_text", text(10)),
    optional("mini_program_jump_info", Kind::Object(MINI_PROGRAM)),
];
const MINI_PROGRAM: &[Field] = &[required("appid", text(32)), required("path", text(512)), required("text", text(10))];
const COMPLETE: &[Field] = &[required("complainted_mchid", text(64))];
const PROGRESS: &[Field] = &[
    required("action", Kind::OneOf(&["REJECT", "APPROVE"])),
    optional("launch_refund_day", Kind::Whole { min: 0, max: 30 }),
    optional("reject_reason", text(200)),
    optional("reject_media_list", Kind::List(&Kind::Text { min: 1, max: 512 })),
    optional("remark", text(200)),
];
const URL: &[Field] = &[required("url", Kind::NotifyUrl { max: 255 })];

pub(crate) fn detail(context: &Context<'_>, id: &str) -> Result<Reply, Refusal> {
    Ok(Reply::ok(object(context, known(context, id)?)?))
}

fn known<'a>(context: &Context<'a>, id: &str) -> Result<&'a Complaint, Refusal> {
    context.state.complaints.get(id).ok_or_else(|| Refusal::resource_not_found("投诉单不存在"))
}

fn page(request: &Request, default: usize) -> Result<(usize, usize), Refusal> {
    let number = |name: &str, default: usize| match request.query(name) {
        None => Ok(default),
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::query(name, "类型错误，应为整数")),
    };
    let (limit, offset) = (number("limit", default)?, number("offset", 0)?);
    if limit == 0 || limit > MOST_PAGE {
        return Err(Refusal::query("limit", "数值超出范围"));
    }
    Ok((limit, offset))
}

pub(crate) fn list(context: &Context<'_>, request: &Request) -> Result<Reply, Refusal> {
    let (limit, offset) = page(request, 10)?;
    let day = |name: &str| {
        let day = request.query(name).and_then(|text| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok());
        day.ok_or_else(|| Refusal::query(name, "日期格式应为yyyy-MM-DD"))
    };
    let (begin, end) = (day("begin_date")?, day("end_date")?);
    if end < begin || (end - begin).num_days() > MOST_DAYS {
        return Err(Refusal::query("end_date", "查询时间范围不超过30天"));
    }
    if request.query("complainted_mchid").is_some_and(|mchid| mchid != context.keys.account.mchid) {
        return Err(Refusal::no_permission("无权限查询该商户的投诉"));
    }
    let rows = context.state.complaints.rows();
    let meant: Vec<&Complaint> =
        rows.filter(|row| (begin..=end).contains(&beijing(row.created_at).date_naive())).collect();
    let data = meant.iter().skip(offset).take(limit).map(|row| object(context, row));
    let data = data.collect::<Result<Vec<Value>, Error>>()?;
    Ok(Reply::ok(json!({ "data": data, "limit": limit, "offset": offset, "total_count": meant.len() })))
}

fn object(context: &Context<'_>, complaint: &Complaint) -> Result<Value, Error> {
    let payment = context.state.payments.get(&complaint.out_trade_no);
    let about = context.state.complaints.rows().filter(|row| row.out_trade_no == complaint.out_trade_no);
    Ok(json!({
        "complaint_id": complaint.id,
        "complaint_time": rfc3339(complaint.created_at),
        "complaint_detail": complaint.detail,
        "complaint_state": complaint.state,
        "complainted_mchid": context.keys.account.mchid,
        "payer_phone": context.keys.seal_for_merchant(&complaint.phone)?,
        "payer_openid": complaint.openid,
        "complaint_order_info": [{
            "transaction_id": complaint.transaction_id,
            "out_trade_no": complaint.out_trade_no,
            "amount": complaint.amount_fen,
        }],
        "complaint_full_refunded": payment.is_some_and(|payment| payment.refunded_fen >= payment.total_fen),
        "incoming_user_response": complaint.unread,
        "problem_description": complaint.detail,
        "user_complaint_times": about.count(),
        "problem_type": complaint.problem_type,
        "apply_refund_amount": if complaint.problem_type == "REFUND" { complaint.amount_fen } else { 0 },
        "user_tag_list": ["TRUSTED"],
        "in_platform_service": false,
        "need_immediate_service": false,
    }))
}

pub(crate) fn history(context: &Context<'_>, request: &Request, id: &str) -> Result<Reply, Refusal> {
    let (limit, offset) = page(request, MOST_PAGE)?;
    let complaint = known(context, id)?;
    let data = complaint.history.iter().rev().skip(offset).take(limit).map(|step| {
        json!({
            "log_id": step.id,
            "operator": step.operator,
            "operate_time": rfc3339(step.at),
            "operate_type": step.kind,
            "operate_details": step.details,
        })
    });
    let data: Vec<Value> = data.collect();
    let total = complaint.history.len();
    Ok(Reply::ok(json!({ "data": data, "limit": limit, "offset": offset, "total_count": total })))
}

/// The merchant's own complaint, still open.
fn own(context: &Context<'_>, id: &str, params: &Value) -> Result<Complaint, Refusal> {
    let complaint = known(context, id)?.clone();
    if params.get("complainted_mchid").is_some_and(|mchid| *mchid != context.keys.account.mchid) {
        return Err(Refusal::no_permission("被诉商户号与投诉单不一致"));
    }
    if complaint.open() { Ok(complaint) } else { Err(Refusal::invalid_request("投诉单已处理完成")) }
}

pub(crate) fn respond(context: &mut Context<'_>, id: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parse(body, RESPONSE)?;
    picture::check(context, "/response_images", &params["response_images"])?;
    let mut complaint = own(context, id, &params)?;
    complaint.unread = false;
    let said = params["response_content"].as_str().unwrap_or_default();
    step(context, complaint, "PROCESSING", ("商家", "MERCHANT_RESPONSE", said), "MERCHANT_RESPONSE")?;
    Ok(Reply::no_content())
}

pub(crate) fn complete(context: &mut Context<'_>, id: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parse(body, COMPLETE)?;
    let complaint = own(context, id, &params)?;
    if complaint.state == "PENDING" {
        return Err(Refusal::invalid_request("请先回复用户再反馈处理完成"));
    }
    step(context, complaint, "PROCESSED", ("商家", "MERCHANT_CONFIRM_COMPLETE", ""), "MERCHANT_CONFIRM_COMPLETE")?;
    Ok(Reply::no_content())
}

pub(crate) fn refund_progress(context: &mut Context<'_>, id: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parse(body, PROGRESS)?;
    picture::check(context, "/reject_media_list", &params["reject_media_list"])?;
    let complaint = own(context, id, &params)?;
    if complaint.problem_type != "REFUND" {
        return Err(Refusal::invalid_request("该投诉单不是申请退款类型"));
    }
    let approve = params["action"] == "APPROVE";
    let needed = if approve { "launch_refund_day" } else { "reject_reason" };
    if params.get(needed).is_none() {
        return Err(Refusal::parameter(&format!("/{needed}"), &Value::Null, "缺少必填参数"));
    }
    // Spelled as WeChat spells it.
    let kind = if approve { "MERCHANT_APPROVE_REFUND" } else { "MERCHANT_REFUSE_RERUND" };
    let reason = params["reject_reason"].as_str().unwrap_or_default();
    step(context, complaint, "PROCESSING", ("商家", kind, reason), kind)?;
    Ok(Reply::no_content())
}

/// Writes a step down and tells the merchant.
fn step(
    context: &mut Context<'_>,
    mut complaint: Complaint,
    state: &str,
    (operator, kind, details): (&str, &str, &str),
    action: &str,
) -> Result<(), Error> {
    if complaint.history.len() >= MOST_HISTORY {
        return Err(Error::Control("a complaint has at most 300 steps".to_owned()));
    }
    let changed = complaint.state != state || complaint.history.is_empty();
    state.clone_into(&mut complaint.state);
    complaint.history.push(Step {
        id: format!("3002{}", context.random.digits(24)),
        operator: operator.to_owned(),
        kind: kind.to_owned(),
        details: details.to_owned(),
        at: context.now,
    });
    let url = context.state.console.complaint_url.clone();
    let created = complaint.history.len() == 1;
    if !url.is_empty() && (changed || operator != "商家") {
        let event = Event {
            kind: if created { "COMPLAINT.CREATE" } else { "COMPLAINT.STATE_CHANGE" }.to_owned(),
            original_type: "complaint",
            summary: if created { "产生新投诉" } else { "投诉单状态变化" },
            subject: complaint.id.clone(),
        };
        let plain = json!({ "complaint_id": complaint.id, "action_type": action });
        notify::queue(context, event, url, &plain, context.now)?;
    }
    context.save(complaint);
    Ok(())
}

/// A buyer complains about a paid order.
pub(crate) fn create(
    context: &mut Context<'_>,
    number: &str,
    detail: String,
    problem_type: String,
) -> Result<String, Error> {
    let unpaid = || Error::Control("no such paid order".to_owned());
    let payment = context.state.payments.get(number).ok_or_else(unpaid)?;
    let paid = payment.paid.clone().ok_or_else(unpaid)?;
    let buyer = context.state.user_of(&payment.openid).map(|user| user.name.clone()).unwrap_or_default();
    let complaint = Complaint {
        id: format!("2002{}{}", beijing(context.now).format("%Y%m%d"), context.random.digits(16)),
        out_trade_no: number.to_owned(),
        transaction_id: paid.transaction_id,
        openid: payment.openid.clone(),
        phone: phone::phone_of(&buyer),
        amount_fen: payment.total_fen,
        detail: detail.clone(),
        problem_type,
        state: "PENDING".to_owned(),
        unread: true,
        created_at: context.now,
        history: Vec::new(),
    };
    let id = complaint.id.clone();
    step(context, complaint, "PENDING", ("投诉人", "USER_CREATE_COMPLAINT", &detail), "CREATE_COMPLAINT")?;
    Ok(id)
}

/// The buyer writes once more.
pub(crate) fn reply(context: &mut Context<'_>, id: &str, text: &str) -> Result<(), Error> {
    let known = context.state.complaints.get(id).cloned();
    let complaint = known.ok_or_else(|| Error::Control("no such complaint".to_owned()))?;
    let state = if complaint.open() { complaint.state.clone() } else { "PROCESSING".to_owned() };
    step(context, Complaint { unread: true, ..complaint }, &state, ("投诉人", "USER_RESPONSE", text), "USER_RESPONSE")
}

pub(crate) fn url(context: &Context<'_>) -> Result<Reply, Refusal> {
    let url = &context.state.console.complaint_url;
    if url.is_empty() {
        return Err(Refusal::resource_not_found("投诉通知地址不存在"));
    }
    Ok(Reply::ok(json!({ "mchid": context.keys.account.mchid, "url": url })))
}

pub(crate) fn set_url(context: &mut Context<'_>, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parse(body, URL)?;
    check_notify_url(&context.state.settings, "/url", &params["url"])?;
    let url = params["url"].as_str().unwrap_or_default().to_owned();
    save_url(context, url.clone());
    Ok(Reply::ok(json!({ "mchid": context.keys.account.mchid, "url": url })))
}

/// There is one address at most.
pub(crate) fn create_url(context: &mut Context<'_>, body: &[u8]) -> Result<Reply, Refusal> {
    if context.state.console.complaint_url.is_empty() {
        set_url(context, body)
    } else {
        Err(Refusal::invalid_request("投诉通知地址已存在"))
    }
}

pub(crate) fn delete_url(context: &mut Context<'_>) -> Result<Reply, Refusal> {
    url(context)?;
    save_url(context, String::new());
    Ok(Reply::no_content())
}

fn save_url(context: &mut Context<'_>, complaint_url: String) {
    let console = Console { complaint_url, ..context.state.console.clone() };
    context.save(console);
}
