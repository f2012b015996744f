//! Message push (contract A.12): events that WeChat posts to the URL of the console, signed with SHA-1 over a token.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Context;
use super::mini;
use super::push::{Push, merge, refuse};
use super::settings::Settings;
use super::state::{Hold, Message, Notice, Record};
use crate::Error;
use crate::crypto::{seal_message, sha1_hex};
use crate::keys::Signer;
use crate::seal::{Seal, Tamper};

/// A user took data back in WeChat's settings.
pub(crate) const REVOKE: &str = "user_authorization_revoke";

/// Attempts in all when no answer comes within five seconds.
pub(crate) const ATTEMPTS: u32 = 3;
/// Until the next attempt.
pub(crate) const GAP: TimeDelta = TimeDelta::seconds(5);

/// Queues an event; gives the id of the notify.
pub(crate) fn push(context: &mut Context<'_>, push: Push) -> Result<String, Error> {
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
                "ToUserName": "gh_0123456789ab",
                "FromUserName": openid,
                "CreateTime": context.now.timestamp(),
                "MsgType": "event",
                "Event": push.event,
                "OpenID": openid,
                "AppID": context.keys.account.appid,
                "RevokeInfo": push.revoke_info.unwrap_or_else(|| json!("8")),
                "PluginID": "",
                "OpenPID": "",
            });
            merge(&mut event, push.plaintext);
            wrap(context, &event)?
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
    context.save(Record::Notice(Box::new(notice)));
    Ok(id)
}

fn last_body(context: &Context<'_>, openid: &str) -> Option<String> {
    let about = context.state.notices.rows().filter(|notice| notice.message.is_some() && notice.subject == openid);
    about.last().map(|notice| notice.body.clone())
}

/// The event as it is posted: plain, or sealed when the console has a key (secure mode).
fn wrap(context: &mut Context<'_>, event: &Value) -> Result<String, Error> {
    let key = context.state.settings.message_aes_key.clone();
    if key.is_empty() {
        return Ok(event.to_string());
    }
    let salt = context.random.bytes::<16>();
    let appid = &context.keys.account.appid;
    let encrypted = seal_message(&key, &salt, event.to_string().as_bytes(), appid)?;
    Ok(json!({ "ToUserName": event["ToUserName"], "Encrypt": encrypted }).to_string())
}

/// The URL of one attempt, with its signatures.
pub(crate) fn signed_url(settings: &Settings, notice: &Notice, nonce: &str, now: DateTime<Utc>) -> String {
    let timestamp = now.timestamp().saturating_add(notice.seal.timestamp_offset_s).to_string();
    let encrypted = serde_json::from_str::<Value>(&notice.body).ok();
    let encrypted = encrypted.as_ref().and_then(|body| body["Encrypt"].as_str());
    let openid = notice.message.as_ref().map(|message| message.openid.as_str()).unwrap_or_default();
    let mut query = format!("timestamp={timestamp}&nonce={nonce}&openid={openid}");
    // A signature of the right form that a wrong token made.
    let token = match notice.seal.tamper {
        Some(Tamper::Absent) => return joined(&notice.url, &query),
        Some(_) => format!("{}x", settings.message_token),
        None => settings.message_token.clone(),
    };
    query = format!("signature={}&{query}", signature(&[&token, &timestamp, nonce]));
    if let Some(encrypted) = encrypted {
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
        return Err(refuse("message_url and message_token are not set (POST /_mock/settings)"));
    }
    let (nonce, echo) = (context.random.digits(10), context.random.digits(19));
    let timestamp = context.now.timestamp().to_string();
    let signature = signature(&[&token, &timestamp, &nonce]);
    Ok((joined(&url, &format!("signature={signature}&timestamp={timestamp}&nonce={nonce}&echostr={echo}")), echo))
}
