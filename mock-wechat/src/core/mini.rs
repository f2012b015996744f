//! The mini program's server calls (contract A.1 and A.3). Failures are HTTP 200 with an `errcode`.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Context;
use super::state::{LoginCode, Record, State, Token, Tokens, User};
use crate::Error;
use crate::crypto::{base64, sha256_hex};
use crate::message::Request;

/// How long a login code can be redeemed.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(5);
/// How long a `session_key` is good; WeChat publishes no number (unconfirmed).
const KEY_LIFE: TimeDelta = TimeDelta::days(3);
/// The life of an access token, and the last part of it in which a new one is handed out.
const TOKEN_LIFE: TimeDelta = TimeDelta::seconds(7200);
const TOKEN_OVERLAP: TimeDelta = TimeDelta::seconds(300);
/// Forced renewals: at most so many on a Beijing day, and so far apart.
const FORCED_PER_DAY: u32 = 20;
const FORCED_GAP: TimeDelta = TimeDelta::seconds(30);

/// An `errcode` other than 0.
#[derive(Debug)]
pub(crate) struct MiniRefusal {
    pub(crate) errcode: i64,
    pub(crate) errmsg: Cow<'static, str>,
}

pub(crate) fn refuse<T>(errcode: i64, errmsg: impl Into<Cow<'static, str>>) -> Result<T, MiniRefusal> {
    Err(MiniRefusal::new(errcode, errmsg))
}

impl MiniRefusal {
    pub(crate) fn new(errcode: i64, errmsg: impl Into<Cow<'static, str>>) -> Self {
        Self { errcode, errmsg: errmsg.into() }
    }

    pub(crate) fn body(&self, context: &mut Context<'_>) -> Value {
        let rid = [8, 8, 8].map(|length| context.random.hex(length)).join("-");
        json!({ "errcode": self.errcode, "errmsg": format!("{}, rid: {rid}", self.errmsg) })
    }
}

impl From<Error> for MiniRefusal {
    fn from(error: Error) -> Self {
        log::error!("{error}");
        Self::new(-1, "system error")
    }
}

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
    context.save(Record::User(visitor));
    let code = format!("0{}", context.random.alphanumeric(31));
    context.save(Record::LoginCode(LoginCode {
        code: code.clone(),
        user: name.to_owned(),
        created_at: context.now,
        used: false,
    }));
    code
}

fn check_app(context: &Context<'_>, appid: &str, secret: &str) -> Result<(), MiniRefusal> {
    let account = &context.keys.account;
    match (appid, secret) {
        ("", _) => refuse(41002, "appid missing"),
        (_, "") => refuse(41004, "appsecret missing"),
        (id, _) if id != account.appid => refuse(40013, "invalid appid"),
        (_, secret) if secret != account.app_secret => refuse(40125, "invalid appsecret"),
        _ => Ok(()),
    }
}

/// Redeems a login code. A refused call leaves the code as it was.
pub(crate) fn code_to_session(context: &mut Context<'_>, request: &Request) -> Result<Value, MiniRefusal> {
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
    context.save(Record::LoginCode(LoginCode { used: true, ..known }));
    context.save(Record::User(user));
    Ok(session)
}

/// Hands out the stable access token.
pub(crate) fn stable_token(context: &mut Context<'_>, request: &Request) -> Result<Value, MiniRefusal> {
    if request.method != "POST" {
        return refuse(43002, "require POST method");
    }
    if request.body.is_empty() {
        return refuse(44002, "empty post data");
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else {
        return refuse(47001, "data format error");
    };
    let text = |name: &str| match body.get(name) {
        None => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => refuse(47001, "data format error"),
    };
    let force = match body.get("force_refresh") {
        None => false,
        Some(Value::Bool(force)) => *force,
        Some(_) => return refuse(47001, "data format error"),
    };
    check_app(context, text("appid")?, text("secret")?)?;
    if !context.state.settings.allows(request.peer) {
        let peer = request.peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_canonical().to_string());
        return refuse(40164, format!("invalid ip {peer}, not in whitelist"));
    }
    if text("grant_type")? != "client_credential" {
        return refuse(40002, "invalid grant_type");
    }
    let (tokens, is_new) = next_tokens(context, force);
    let answer = json!({
        "access_token": tokens.current.value,
        "expires_in": (tokens.current.expires_at - context.now).num_seconds(),
    });
    if is_new {
        context.save(Record::Tokens(tokens));
    }
    Ok(answer)
}

/// The tokens after this call, and whether they differ from before.
fn next_tokens(context: &mut Context<'_>, force: bool) -> (Tokens, bool) {
    let now = context.now;
    let fresh = Token { value: format!("90_{}", context.random.alphanumeric(130)), expires_at: now + TOKEN_LIFE };
    let Some(held) = context.state.tokens.clone() else {
        let first = Tokens {
            current: fresh,
            previous: None,
            forced_at: force.then_some(now),
            forced_that_day: u32::from(force),
        };
        return (first, true);
    };
    if force && may_force(&held, now) {
        let today = held.forced_at.is_some_and(|at| beijing_day(at) == beijing_day(now));
        let forced = Tokens {
            current: fresh,
            previous: None,
            forced_at: Some(now),
            forced_that_day: if today { held.forced_that_day + 1 } else { 1 },
        };
        return (forced, true);
    }
    if held.current.expires_at - now >= TOKEN_OVERLAP {
        return (held, false);
    }
    let renewed = Tokens { previous: Some(held.current), current: fresh, ..held };
    (renewed, true)
}

fn may_force(held: &Tokens, now: DateTime<Utc>) -> bool {
    held.forced_at.is_none_or(|at| {
        let today = beijing_day(at) == beijing_day(now);
        now - at >= FORCED_GAP && (!today || held.forced_that_day < FORCED_PER_DAY)
    })
}

fn beijing_day(time: DateTime<Utc>) -> NaiveDate {
    super::beijing(time).date_naive()
}

/// Whether a call with this access token would be accepted.
pub(crate) fn accepts_token(state: &State, token: &str, now: DateTime<Utc>) -> bool {
    let Some(tokens) = &state.tokens else {
        return false;
    };
    let good = |held: &Token| held.value == token && now < held.expires_at;
    good(&tokens.current) || tokens.previous.as_ref().is_some_and(good)
}
