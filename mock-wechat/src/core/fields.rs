//! Checks of request bodies against a field list: presence, type, length, range, extra fields.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::records::Settings;
use super::refusal::Refusal;

/// One field of an object.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) need: Need,
    pub(crate) kind: Kind,
}

#[derive(PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

/// What a value has to be. Lengths count characters.
pub(crate) enum Kind {
    Text {
        min: usize,
        max: usize,
    },
    /// Text of ASCII letters, digits and these other characters.
    Identifier {
        min: usize,
        max: usize,
        others: &'static str,
    },
    OneOf(&'static [&'static str]),
    /// RFC 3339, at most 64 characters.
    Time,
    /// A URL without query; whether plain http is taken, [`check_notify_url`] says.
    NotifyUrl {
        max: usize,
    },
    Address,
    /// A whole number, both bounds included.
    Whole {
        min: i64,
        max: i64,
    },
    Flag,
    Object(&'static [Field]),
    List(&'static Kind),
}

/// The largest amount in fen that is taken; a limit of the stand-in.
pub(crate) const MAX_FEN: i64 = i32::MAX as i64;

pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, need: Need::Required, kind }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, need: Need::Optional, kind }
}

pub(crate) const fn text(max: usize) -> Kind {
    Kind::Text { min: 1, max }
}

/// Parses a body and checks it against the list.
pub(crate) fn parse(body: &[u8], fields: &'static [Field]) -> Result<Value, Refusal> {
    let not_json = || Refusal::parameter("/", &Value::Null, "请求体不是合法的JSON对象");
    let value: Value = serde_json::from_slice(body).map_err(|_| not_json())?;
    let object = value.as_object().ok_or_else(not_json)?;
    check_object(object, fields, "")?;
    Ok(value)
}

fn check_object(object: &Map<String, Value>, fields: &'static [Field], at: &str) -> Result<(), Refusal> {
    if let Some(extra) = object.keys().find(|key| fields.iter().all(|field| field.name != *key)) {
        return Err(Refusal::extra_field(&format!("{at}/{extra}")));
    }
    for field in fields {
        let path = format!("{at}/{}", field.name);
        match object.get(field.name) {
            Some(value) => check(value, &field.kind, &path)?,
            None if field.need == Need::Required => {
                return Err(Refusal::parameter(&path, &Value::Null, "缺少必填参数"));
            }
            None => {}
        }
    }
    Ok(())
}

fn check(value: &Value, kind: &'static Kind, path: &str) -> Result<(), Refusal> {
    let refuse = |issue: &str| Err(Refusal::parameter(path, value, issue));
    match kind {
        Kind::Whole { min, max } => match value.as_i64() {
            Some(number) if (*min..=*max).contains(&number) => Ok(()),
            Some(_) => refuse("数值超出范围"),
            None => refuse("类型错误，应为整数"),
        },
        Kind::Flag if value.is_boolean() => Ok(()),
        Kind::Flag => refuse("类型错误，应为布尔值"),
        Kind::Object(fields) => match value.as_object() {
            Some(object) => check_object(object, fields, path),
            None => refuse("类型错误，应为对象"),
        },
        Kind::List(item) => match value.as_array() {
            Some(items) => {
                items.iter().enumerate().try_for_each(|(at, value)| check(value, item, &format!("{path}/{at}")))
            }
            None => refuse("类型错误，应为数组"),
        },
        _ => match value.as_str() {
            Some(text) => check_text(text, kind).or_else(refuse),
            None => refuse("类型错误，应为字符串"),
        },
    }
}

fn check_text(text: &str, kind: &Kind) -> Result<(), &'static str> {
    let length = text.chars().count();
    let within = |min: usize, max: usize| match length {
        short if short < min => Err("字符串长度小于最小值"),
        long if long > max => Err("字符串长度大于最大值"),
        _ => Ok(()),
    };
    match kind {
        Kind::Text { min, max } => within(*min, *max),
        Kind::Identifier { min, max, others } => {
            within(*min, *max)?;
            let fits = |character: char| character.is_ascii_alphanumeric() || others.contains(character);
            text.chars().all(fits).then_some(()).ok_or("含有不允许的字符")
        }
        Kind::OneOf(choices) => choices.contains(&text).then_some(()).ok_or("不在允许的取值范围内"),
        Kind::Time => {
            within(1, 64)?;
            chrono::DateTime::parse_from_rfc3339(text).map(drop).map_err(|_| "时间格式不是RFC3339")
        }
        Kind::NotifyUrl { max } => {
            within(1, *max)?;
            is_notify_url(text).then_some(()).ok_or(NOTIFY_URL)
        }
        Kind::Address => {
            within(1, 45)?;
            text.parse::<IpAddr>().map(drop).map_err(|_| "不是合法的IP地址")
        }
        Kind::Whole { .. } | Kind::Flag | Kind::Object(_) | Kind::List(_) => Err("类型错误"),
    }
}

fn is_notify_url(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| {
        let bare = url.query().is_none() && url.fragment().is_none();
        let http = matches!(url.scheme(), "http" | "https");
        http && bare && url.username().is_empty() && url.password().is_none() && url.host().is_some()
    })
}

const NOTIFY_URL: &str = "回调地址应为不带参数的https地址";

/// WeChat takes https alone. The stand-in takes plain http to a loopback host, and to any where the settings allow it, as
/// between containers.
pub(crate) fn check_notify_url(settings: &Settings, field: &str, value: &Value) -> Result<(), Refusal> {
    let url = value.as_str().and_then(|text| reqwest::Url::parse(text).ok());
    let Some(url) = url.filter(|url| url.scheme() == "http" && !settings.http_notify) else { return Ok(()) };
    let loopback = url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    });
    if loopback { Ok(()) } else { Err(Refusal::parameter(field, value, NOTIFY_URL)) }
}
