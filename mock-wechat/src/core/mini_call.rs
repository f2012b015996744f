//! What all mini program calls with an access token share: token, method, body, answer (contract A.0).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::state::State;
use crate::Error;
use crate::message::Request;

/// The answer of a call that succeeded.
pub(crate) enum MiniReply {
    Json(Value),
    Image { content_type: &'static str, bytes: Vec<u8> },
}

/// `errcode` 0 with these fields beside it.
pub(crate) fn done(mut fields: Value) -> MiniReply {
    fields["errcode"] = json!(0);
    fields["errmsg"] = json!("ok");
    MiniReply::Json(fields)
}

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

/// The mini program and its secret, which the calls that give tokens and logins want.
pub(crate) fn check_app(context: &Context<'_>, appid: &str, secret: &str) -> Result<(), MiniRefusal> {
    let account = &context.keys.account;
    match (appid, secret) {
        ("", _) => refuse(41002, "appid missing"),
        (_, "") => refuse(41004, "appsecret missing"),
        (id, _) if id != account.appid => refuse(40013, "invalid appid"),
        (_, secret) if secret != account.app_secret => refuse(40125, "invalid appsecret"),
        _ => Ok(()),
    }
}

/// 41001 without a token, 42001 for one that has expired, 40001 for one that was never given or was replaced.
pub(crate) fn check_token(state: &State, request: &Request, now: DateTime<Utc>) -> Result<(), MiniRefusal> {
    let token = request.query("access_token").unwrap_or_default();
    if token.is_empty() {
        return refuse(41001, "access_token missing");
    }
    match state.access_tokens().find(|held| held.value == token) {
        Some(held) if now < held.expires_at => Ok(()),
        Some(_) => refuse(42001, "access_token expired"),
        None => refuse(40001, "invalid credential, access_token is invalid or not latest"),
    }
}

/// The JSON object of a POST.
pub(crate) struct Args(Map<String, Value>);

impl Args {
    pub(crate) fn posted(request: &Request) -> Result<Self, MiniRefusal> {
        if request.method != "POST" {
            return refuse(43002, "require POST method");
        }
        if request.body.is_empty() {
            return refuse(44002, "empty post data");
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => refuse(47001, "data format error"),
        }
    }

    pub(crate) fn of(value: &Value) -> Result<Self, MiniRefusal> {
        value.as_object().cloned().map_or_else(|| refuse(47001, "data format error"), |fields| Ok(Self(fields)))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Empty when it is left out; another type is 47001.
    pub(crate) fn text(&self, name: &str) -> Result<&str, MiniRefusal> {
        match self.get(name) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => refuse(47001, format!("data format error, {name} is no string")),
        }
    }

    pub(crate) fn whole(&self, name: &str) -> Result<Option<i64>, MiniRefusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(number)),
                None => refuse(47001, format!("data format error, {name} is no integer")),
            },
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, MiniRefusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => refuse(47001, format!("data format error, {name} is no boolean")),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, MiniRefusal> {
        self.get(name).map(Self::of).transpose()
    }

    /// An object where an array is due is the typical 47001.
    pub(crate) fn list(&self, name: &str) -> Result<&[Value], MiniRefusal> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => refuse(47001, format!("data format error, {name} is no array")),
        }
    }

    pub(crate) fn value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}
