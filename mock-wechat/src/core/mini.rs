//! Users of the mini program and their login (contract A.1).

use chrono::TimeDelta;
use serde_json::json;

use super::context::Context;
use super::mini_call::{MiniRefusal, MiniReply, check_app, refuse};
use super::records::{LoginCode, User};
use crate::crypto::{base64, sha256_hex};
use crate::message::Request;

/// How long a login code can be redeemed.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(5);
/// How long a `session_key` is good; WeChat publishes no number (unconfirmed).
const KEY_LIFE: TimeDelta = TimeDelta::days(3);

/// A user's openid: 28 characters that start with `o`, always the same for one appid.
pub(crate) fn openid_of(appid: &str, user: &str) -> String {
    let hash = sha256_hex(format!("{appid}\n{user}").as_bytes());
    format!("o{}", &hash[..27])
}

/// The user, new or known.
pub(crate) fn user(context: &Context<'_>, name: &str) -> User {
    let known = context.state.users.get(name).cloned();
    known.unwrap_or_else(|| User::new(name, openid_of(&context.keys.account.appid, name)))
}

/// What `wx.login` does on the phone: 32 characters, single use, five minutes.
pub(crate) fn login(context: &mut Context<'_>, name: &str) -> String {
    let visitor = User { seen_at: Some(context.now), ..user(context, name) };
    context.save(visitor);
    let code = format!("0{}", context.random.alphanumeric(31));
    context.save(LoginCode { code: code.clone(), user: name.to_owned(), created_at: context.now, used: false });
    code
}

/// Redeems a login code. A refused call leaves the code as it was.
pub(crate) fn code_to_session(context: &mut Context<'_>, request: &Request) -> Result<MiniReply, MiniRefusal> {
    if request.method != "GET" {
        return refuse(43001, "require GET method");
    }
    let [appid, secret, code, grant_type] =
        ["appid", "secret", "js_code", "grant_type"].map(|name| request.query(name).unwrap_or_default());
    check_app(context, &appid, &secret)?;
    if code.is_empty() {
        return refuse(41008, "missing code");
    }
    if grant_type != "authorization_code" {
        return refuse(40002, "invalid grant_type");
    }
    let Some(known) = context.state.login_codes.get(&code).cloned() else {
        return refuse(40029, "invalid code");
    };
    if context.now - known.created_at > CODE_LIFE {
        return refuse(40029, "invalid code");
    }
    if known.used {
        return refuse(i64::from(context.state.settings.used_code_errcode), "code been used");
    }
    let user = user(context, &known.user);
    if user.blocked {
        return refuse(40226, "code blocked");
    }
    let session_key = base64(&context.random.bytes::<16>());
    let key_expires_at = Some(context.now + KEY_LIFE);
    let user = User { session_key: Some(session_key.clone()), key_expires_at, ..user };
    let mut session = json!({ "session_key": session_key, "openid": user.openid });
    if let Some(unionid) = &user.unionid {
        session["unionid"] = json!(unionid);
    }
    context.save(LoginCode { used: true, ..known });
    context.save(user);
    Ok(MiniReply::Json(session))
}
