//! What all mini program calls with an access token share: token, method, body, answer (contract A.0).

use serde_json::{Map, Value, json};

use super::mini::{MiniRefusal, refuse};
use super::route::Route;
use super::state::State;
use super::{Context, content_check, link, session, shipping, subscribe, waybill, wxacode};
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

pub(crate) fn answer(context: &mut Context<'_>, request: &Request, route: Route) -> Result<MiniReply, MiniRefusal> {
    check_token(context.state, request, context.now)?;
    match route {
        Route::CheckSession => session::check(context, request),
        Route::ResetSession => session::reset(context, request),
        _ => {
            let body = Args::posted(request)?;
            posted(context, request, route, &body)
        }
    }
}

fn posted(context: &mut Context<'_>, request: &Request, route: Route, body: &Args) -> Result<MiniReply, MiniRefusal> {
    match route {
        Route::UnlimitedCode => wxacode::unlimited(context, body),
        Route::UrlScheme => link::scheme(context, body),
        Route::UrlLink => link::url_link(context, body),
        Route::SubscribeSend => subscribe::send(context, body),
        Route::TextCheck => content_check::text(context, body),
        Route::MediaCheck => content_check::media(context, body),
        Route::ShippingUpload => shipping::upload::one(context, body),
        Route::ShippingCombined => shipping::upload::combined(context, body),
        Route::ShippingOrder => shipping::query::order(context, body),
        Route::ShippingOrders => shipping::query::orders(context, body),
        Route::ShippingRemind => shipping::query::remind(context, body),
        Route::TradeManaged => shipping::query::managed(context, request, body),
        Route::MessageJumpPath => shipping::query::jump_path(context, body),
        Route::DeliveryList => Ok(waybill::companies()),
        Route::TraceWaybill => waybill::trace(context, body),
        Route::QueryTrace => waybill::query(context, body),
        _ => refuse(-1, "system error"),
    }
}

/// 41001 without a token, 42001 for one that has expired, 40001 for one that was never given or was replaced.
pub(crate) fn check_token(
    state: &State,
    request: &Request,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), MiniRefusal> {
    let token = request.query("access_token").unwrap_or_default();
    if token.is_empty() {
        return refuse(41001, "access_token missing");
    }
    let held = state.tokens.iter().flat_map(|tokens| [Some(&tokens.current), tokens.previous.as_ref()]).flatten();
    match held.into_iter().find(|held| held.value == token) {
        Some(held) if now < held.expires_at => Ok(()),
        Some(_) => refuse(42001, "access_token expired"),
        None => refuse(40001, "invalid credential, access_token is invalid or not latest"),
    }
}

/// The JSON object of a POST.
pub(crate) struct Args(Map<String, Value>);

impl Args {
    fn posted(request: &Request) -> Result<Self, MiniRefusal> {
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
