//! JSON in and out.

use std::ops::{Deref, DerefMut};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::objects::Objects;
use super::{body, by_schema, fault};
use crate::base::error::{Code, Error, Refusal, Result, Wrong};
use crate::web::Problem;

/// A JSON body, as extractor and as answer.
///
/// Refused: another content type or a compressed body (415), more than the route takes (413), a body that stalls (408),
/// and with 400 what `T` does not take, arrays in place of objects, doubled names, nesting deeper than 128 and U+0000
/// in any text, which PostgreSQL can't store.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            require_json(&request)?;
            let bytes = body::read(&request, payload).await?;
            Ok(Self(parse(&bytes)?))
        })
    }
}

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0)
    }
}

/// Exactly one `application/json`, in UTF-8 if it says so. It is also what keeps a form of another site out.
fn require_json(request: &HttpRequest) -> Result<()> {
    let mut types = request.headers().get_all(CONTENT_TYPE);
    let (Some(only), None) = (types.next(), types.next()) else { return Err(Code::UnsupportedMediaType.into()) };
    let mut parts = only.to_str().unwrap_or_default().split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
            charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if json && utf8 { Ok(()) } else { Err(Code::UnsupportedMediaType.into()) }
}

/// Parses one JSON value. What is refused names every field at fault.
pub(super) fn parse<T: DeserializeOwned + ToSchema + 'static>(bytes: &[u8]) -> Result<T> {
    if escapes_nul(bytes) {
        return Err(refuse_nul(bytes));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Objects(&mut deserializer))
        .map_err(|error| if error.inner().is_data() { refuse::<T>(bytes, &error) } else { no_json(error.inner()) })?;
    deserializer.end().map_err(|error| no_json(&error))?;
    Ok(value)
}

/// Serde's fault, and what else the schema finds.
fn refuse<T: ToSchema + 'static>(bytes: &[u8], error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let first = fault::field_error(error, "body");
    match serde_json::from_slice::<Value>(bytes) {
        Ok(body) => fault::all(first, by_schema::of_body::<T>(&body)),
        // The type was looked at before the rest of the text.
        Err(error) => no_json(&error),
    }
}

/// The place of a syntax error is no field's.
fn no_json(error: &serde_json::Error) -> Error {
    let wrong = Wrong::Syntax { line: error.line(), column: error.column().max(1), ends_early: error.is_eof() };
    Refusal::field("body", wrong).into()
}

/// Whether a text holds U+0000. JSON can write it only as `\u0000`; a backslash stands only in texts.
fn escapes_nul(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at..].starts_with(b"\\u0000") {
            return true;
        }
        // The letter behind belongs to this backslash, even if it is one itself.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

/// Only now is it worth while to find out where.
fn refuse_nul(bytes: &[u8]) -> Error {
    let place = serde_json::from_slice::<Value>(bytes).ok().and_then(|value| nul_in(&value, String::new()));
    let field = place.filter(|place| !place.is_empty()).unwrap_or_else(|| "body".to_owned());
    Refusal::field(fault::shortened(field), Wrong::Letters).into()
}

/// Path of the text with U+0000; of the object, if it is in a name.
fn nul_in(value: &Value, path: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| nul_in(item, format!("{path}[{index}]")))
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            if name.contains('\0') {
                return Some(path.clone());
            }
            nul_in(member, if path.is_empty() { name.clone() } else { format!("{path}.{name}") })
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
