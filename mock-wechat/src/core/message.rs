//! Message push (contract A.12): events that WeChat posts to the URL of the console, signed with SHA-1 over a token.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::context::Context;
use super::records::Settings;
use super::records::{Hold, Message, Notice};
use crate::crypto::{seal_message, sha1_hex};
use crate::json::merge;
use crate::keys::Signer;
use crate::seal::{Seal, Tamper};
use crate::{Error, xml};

/// A user took data back in WeChat's settings.
pub(crate) const REVOKE: &str = "user_authorization_revoke";

/// The original id of the mini program.
pub(crate) const ACCOUNT: &str = "gh_0123456789ab";

/// Events that can be pushed by hand (contract A.12.3).
pub(crate) const EVENTS: [&str; 12] = [
    REVOKE,
    "user_authorization_cancellation",
    "user_info_modified",
    "trade_manage_remind_access_api",
    "trade_manage_remind_shipping",
    "trade_manage_order_settlement",
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
    "complaint_callback",
    "wxa_media_check",
    "user_enter_tempsession",
];

/// Attempts in all when no answer comes within five seconds.
pub(crate) const ATTEMPTS: u32 = 3;
/// Until the next attempt.
pub(crate) const GAP: TimeDelta = TimeDelta::seconds(5);

/// Whether the console has a URL and a token.
pub(crate) fn is_set_up(settings: &Settings) -> bool {
    !settings.message_url.is_empty() && !settings.message_token.is_empty()
}

/// Queues an event that follows from a call, if the console has a URL.
pub(crate) fn tell(
    context: &mut Context<'_>,
    openid: &str,
    name: &str,
    fields: Value,
    later: TimeDelta,
) -> Result<(), Error> {
    if !is_set_up(&context.state.settings) {
        return Ok(());
    }
    let url = context.state.settings.message_url.clone();
    let mut event = json!({
        "ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": context.now.timestamp(), "MsgType": "event",
        "Event": name,
    });
    merge(&mut event, Some(fields));
    let notice = Notice {
        id: context.random.uuid(),
        url,
        event_type: name.to_owned(),
        body: wrap(context, &event)?,
        subject: openid.to_owned(),
        seal: Seal::by(Signer::PublicKey),
        retried: true,
        attempts: 0,
        last_status: None,
        delivered: false,
        due: Some(context.now + later),
        hold: Hold::Never,
        message: Some(Message { openid: openid.to_owned() }),
    };
    context.save(notice);
    Ok(())
}

/// The event as it is posted: plain, or sealed when the console has a key (secure mode), or both (compatible mode).
pub(crate) fn wrap(context: &mut Context<'_>, event: &Value) -> Result<String, Error> {
    let key = context.state.settings.message_aes_key.clone();
    let as_xml = context.state.settings.message_xml;
    let write = |event: &Value| if as_xml { xml::write(event).map_err(Error::Xml) } else { Ok(event.to_string()) };
    // In XML the list of a subscription event is wrapped once more.
    let mut plain = event.clone();
    let wrapper = match event["Event"].as_str() {
        Some("subscribe_msg_popup_event") => "SubscribeMsgPopupEvent",
        Some("subscribe_msg_change_event") => "SubscribeMsgChangeEvent",
        Some("subscribe_msg_sent_event") => "SubscribeMsgSentEvent",
        _ => "",
    };
    if as_xml
        && !wrapper.is_empty()
        && let Some(list) = plain.as_object_mut().and_then(|plain| plain.remove("List"))
    {
        plain[wrapper] = json!({ "List": list });
    }
    let text = write(&plain)?;
    if key.is_empty() {
        return Ok(text);
    }
    let salt = context.random.bytes::<16>();
    let appid = &context.keys.account.appid;
    let mut shown =
        if context.state.settings.message_compatible { plain } else { json!({ "ToUserName": event["ToUserName"] }) };
    shown["Encrypt"] = json!(seal_message(&key, &salt, text.as_bytes(), appid)?);
    write(&shown)
}

/// The sealed part of a body, in either format; in compatible mode the event stands beside it.
fn encrypted_part(body: &str) -> Option<String> {
    let found = match serde_json::from_str::<Value>(body) {
        Ok(body) => body["Encrypt"].as_str().map(str::to_owned),
        Err(_) => xml::read_one(body, "Encrypt"),
    };
    found.filter(|text| !text.is_empty())
}

/// The URL of one attempt, with its signatures.
pub(crate) fn signed_url(settings: &Settings, notice: &Notice, nonce: &str, now: DateTime<Utc>) -> String {
    let timestamp = now.timestamp().saturating_add(notice.seal.timestamp_offset_s).to_string();
    let encrypted = encrypted_part(&notice.body);
    let openid = notice.message.as_ref().map(|message| message.openid.as_str()).unwrap_or_default();
    let mut query = format!("timestamp={timestamp}&nonce={nonce}&openid={openid}");
    // A signature of the right form that a wrong token made.
    let token = match notice.seal.tamper {
        Some(Tamper::Absent) => return joined(&notice.url, &query),
        Some(_) => format!("{}x", settings.message_token),
        None => settings.message_token.clone(),
    };
    query = format!("signature={}&{query}", signature(&[&token, &timestamp, nonce]));
    if let Some(encrypted) = &encrypted {
        let whole = signature(&[&token, &timestamp, nonce, encrypted]);
        query = format!("{query}&encrypt_type=aes&msg_signature={whole}");
    }
    joined(&notice.url, &query)
}

fn joined(url: &str, query: &str) -> String {
    format!("{url}{}{query}", if url.contains('?') { '&' } else { '?' })
}

/// Contract A.12.1: hex SHA-1 of the sorted parts.
pub(crate) fn signature(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    sha1_hex(parts.concat().as_bytes())
}

/// The URL of the check that the console makes when it is saved, and the text that must come back.
pub(crate) fn check(context: &mut Context<'_>) -> Result<(String, String), Error> {
    let settings = &context.state.settings;
    let (url, token) = (settings.message_url.clone(), settings.message_token.clone());
    if url.is_empty() || token.is_empty() {
        let reason = "message_url and message_token are not set (POST /_mock/settings)";
        return Err(Error::Control(reason.to_owned()));
    }
    let (nonce, echo) = (context.random.digits(10), context.random.digits(19));
    let timestamp = context.now.timestamp().to_string();
    let signature = signature(&[&token, &timestamp, &nonce]);
    Ok((joined(&url, &format!("signature={signature}&timestamp={timestamp}&nonce={nonce}&echostr={echo}")), echo))
}
