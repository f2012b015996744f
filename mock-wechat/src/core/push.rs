//! Notifies made by hand: sent again, or rightly signed but with other content.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::context::{Context, rfc3339};
use super::notify::{self, Event};
use super::records::{Hold, Message, Notice, PaidOrder, Payment, Refund};
use super::{message, mini, refund};
use crate::Error;
use crate::json::merge;
use crate::keys::Signer;
use crate::seal::{Seal, Tamper};

/// The body of `POST /_mock/push`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Push {
    event: String,
    out_trade_no: Option<String>,
    out_refund_no: Option<String>,
    complaint_id: Option<String>,
    /// Of a message: whom it is about.
    user: Option<String>,
    /// Of `user_authorization_revoke`: the code of what was taken back; `8`, the phone, unless given.
    revoke_info: Option<Value>,
    /// Send the last notify of this subject again, with its id and bytes.
    #[serde(default)]
    resend: bool,
    /// Merged into the plaintext before encryption; null takes a field away.
    plaintext: Option<Value>,
    /// Merged into the envelope before signing; null takes a field away.
    envelope: Option<Value>,
    /// The whole body, signed as it is.
    body: Option<String>,
    notify_url: Option<String>,
    signer: Option<Signer>,
    serial: Option<String>,
    tamper: Option<Tamper>,
    #[serde(default)]
    timestamp_offset_s: i64,
    #[serde(default)]
    delay_s: u32,
    /// Follow the retry schedule; otherwise one attempt only.
    #[serde(default)]
    retry: bool,
}

/// What the event is about: its kind, its plaintext and where it goes by default.
struct Content {
    event: Event,
    plain: Value,
    url: Option<String>,
}

/// Queues the notify and gives its id.
pub(crate) fn push(context: &mut Context<'_>, push: Push) -> Result<String, Error> {
    if message::EVENTS.contains(&push.event.as_str()) {
        return push_event(context, push);
    }
    let Content { event, mut plain, url } = content(context, &push)?;
    let sent_before = push.resend.then(|| last_notice(context, &event.subject)).flatten();
    if push.resend && sent_before.is_none() {
        return Err(refuse("nothing was sent for this number"));
    }
    let url = push.notify_url.or(url).ok_or_else(|| refuse("no notify_url is known; give one"))?;
    merge(&mut plain, push.plaintext);
    let mut envelope = match sent_before {
        Some(body) => body,
        None => notify::envelope(context, &event, &plain.to_string())?,
    };
    // The queue's own id: a notify that is sent again keeps the id in its envelope.
    let id = if push.resend { context.random.uuid() } else { text(&envelope, "id") };
    merge(&mut envelope, push.envelope);
    let notice = Notice {
        id: id.clone(),
        url,
        event_type: text(&envelope, "event_type"),
        body: push.body.unwrap_or_else(|| envelope.to_string()),
        subject: event.subject,
        seal: Seal {
            signer: push.signer.unwrap_or_else(|| notify::choose_signer(context)),
            serial: push.serial,
            timestamp_offset_s: push.timestamp_offset_s,
            tamper: push.tamper,
        },
        retried: push.retry,
        attempts: 0,
        last_status: None,
        delivered: false,
        due: Some(context.now + TimeDelta::seconds(push.delay_s.into())),
        hold: Hold::Never,
        message: None,
    };
    context.save(notice);
    Ok(id)
}

/// An event of the message push.
fn push_event(context: &mut Context<'_>, push: Push) -> Result<String, Error> {
    let settings = &context.state.settings;
    let url = push.notify_url.unwrap_or_else(|| settings.message_url.clone());
    if url.is_empty() || settings.message_token.is_empty() {
        return Err(refuse("message_url and message_token are not set (POST /_mock/settings)"));
    }
    let name = push.user.ok_or_else(|| refuse("user is missing"))?;
    let openid = mini::user(context, &name).openid;
    let body = match (push.body, push.resend) {
        (Some(body), _) => body,
        (None, true) => last_body(context, &openid).ok_or_else(|| refuse("nothing was sent about this user"))?,
        (None, false) => {
            let mut event = json!({
                "ToUserName": message::ACCOUNT,
                "FromUserName": openid,
                "CreateTime": context.now.timestamp(),
                "MsgType": "event",
                "Event": push.event,
            });
            if push.event == message::REVOKE {
                let revoked = push.revoke_info.unwrap_or_else(|| json!("8"));
                let appid = &context.keys.account.appid;
                let more = json!({
                    "OpenID": openid, "AppID": appid, "RevokeInfo": revoked, "PluginID": "", "OpenPID": "",
                });
                merge(&mut event, Some(more));
            }
            merge(&mut event, push.plaintext);
            message::wrap(context, &event)?
        }
    };
    let id = context.random.uuid();
    let notice = Notice {
        id: id.clone(),
        url,
        event_type: push.event,
        body,
        subject: openid.clone(),
        seal: Seal { tamper: push.tamper, timestamp_offset_s: push.timestamp_offset_s, ..Seal::by(Signer::PublicKey) },
        retried: push.retry,
        attempts: 0,
        last_status: None,
        delivered: false,
        due: Some(context.now + TimeDelta::seconds(push.delay_s.into())),
        hold: Hold::Never,
        message: Some(Message { openid }),
    };
    context.save(notice);
    Ok(id)
}

fn last_body(context: &Context<'_>, openid: &str) -> Option<String> {
    let about = context.state.notices.rows().filter(|notice| notice.message.is_some() && notice.subject == openid);
    about.last().map(|notice| notice.body.clone())
}

fn refuse(reason: &str) -> Error {
    Error::Control(reason.to_owned())
}

fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}

fn content(context: &mut Context<'_>, push: &Push) -> Result<Content, Error> {
    match push.event.as_str() {
        "payment_notify" => {
            let number = push.out_trade_no.as_deref().ok_or_else(|| refuse("out_trade_no is missing"))?;
            Ok(payment_content(context, number))
        }
        "refund_notify" => {
            let number = push.out_refund_no.as_deref().ok_or_else(|| refuse("out_refund_no is missing"))?;
            let refund = context.state.refunds.get(number).ok_or_else(|| refuse("no such refund"))?;
            Ok(refund_content(context, refund))
        }
        "complaint_notify" => complaint_content(context, push),
        _ => {
            Err(refuse("unknown event; known: payment_notify, refund_notify, complaint_notify, and the message events"))
        }
    }
}

/// An order that is unpaid or unknown is told as if it were paid now: that is what makes it crafted.
fn payment_content(context: &mut Context<'_>, number: &str) -> Content {
    let event = Event::payment(number);
    let account = &context.keys.account;
    let payment = context.state.payments.get(number);
    let paid = payment.and_then(|payment| payment.paid.clone()).unwrap_or_else(|| PaidOrder {
        transaction_id: format!("42000{}", context.random.digits(23)),
        at: context.now,
    });
    let Some(payment) = payment else {
        let plain = json!({
            "appid": account.appid,
            "mchid": account.mchid,
            "out_trade_no": number,
            "transaction_id": paid.transaction_id,
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "success_time": rfc3339(paid.at),
            "payer": { "openid": mini::openid_of(&account.appid, "nobody") },
            "amount": { "total": 1, "payer_total": 1, "currency": "CNY", "payer_currency": "CNY" },
        });
        return Content { event, plain, url: None };
    };
    let plain = notify::payment_plaintext(account, payment, &paid);
    let url = Some(Payment::clone(payment).notify_url);
    Content { event, plain, url }
}

fn refund_content(context: &Context<'_>, refund: &Refund) -> Content {
    Content {
        event: Event::refund(refund),
        plain: refund::plaintext(&context.keys.account, refund),
        url: refund.notify_url.clone(),
    }
}

/// The kind is `COMPLAINT.STATE_CHANGE` unless the envelope says otherwise.
fn complaint_content(context: &Context<'_>, push: &Push) -> Result<Content, Error> {
    let id = push.complaint_id.as_deref().ok_or_else(|| refuse("complaint_id is missing"))?;
    let url = Some(context.state.console.complaint_url.clone()).filter(|url| !url.is_empty());
    let event = Event {
        kind: "COMPLAINT.STATE_CHANGE".to_owned(),
        original_type: "complaint",
        summary: "投诉单状态变化",
        subject: id.to_owned(),
    };
    Ok(Content { event, plain: json!({ "complaint_id": id, "action_type": "USER_RESPONSE" }), url })
}

/// The envelope that was sent last about the subject.
fn last_notice(context: &Context<'_>, subject: &str) -> Option<Value> {
    let about = context.state.notices.rows().filter(|notice| notice.subject == subject);
    about.last().and_then(|notice| serde_json::from_str(&notice.body).ok())
}
