//! Errors as RFC 9457 problem documents.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use diesel::result::Error as DieselError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::field_texts::FieldProblem;
use super::problem_texts::{OUTCOME_UNKNOWN, ProblemText, text_of};
use crate::base::error::{Code, Error, Refusal};
use crate::base::text::Lang;

/// Media type of RFC 9457.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
/// Where the codes are explained; `type` is this, a slash and the code.
pub(crate) const ERRORS_PAGE: &str = "/docs/errors";
/// Seconds, for a 503 that does not say how long.
const RETRY_AFTER_S: u64 = 5;
/// A refusal may carry this extra member (seconds); it becomes `Retry-After` too.
const RETRY_AFTER_MEMBER: &str = "retry_after_s";

/// An error on its way out of a handler. Only the middleware of `http`, which knows language and trace id, renders and
/// logs it; `error_response` alone is for what does not pass through it, as in a unit test.
pub struct Problem(Error);

/// The error document (RFC 9457). Some codes add members, for example the new quote to `price_changed`.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// The page that explains the code.
    #[serde(rename = "type")]
    #[schema(example = "/docs/errors/out_of_stock")]
    kind: String,
    /// Names the kind of problem, in the caller's language.
    title: &'static str,
    /// As in the status line.
    #[schema(example = 409)]
    status: u16,
    /// Stable; clients decide by it.
    #[schema(schema_with = codes)]
    code: &'static str,
    /// What to do, in the caller's language.
    detail: &'static str,
    /// Give it to customer service; the log has it too, but for a 503 because the shop is full.
    trace_id: String,
    /// The fields at fault.
    errors: Vec<FieldProblem>,
    /// More members, by code.
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Map<String, Value>,
}

/// What a person is told of a problem.
pub(crate) struct Told {
    pub(crate) title: &'static str,
    pub(crate) detail: &'static str,
    /// Which fields, and what would be right.
    pub(crate) fields: Vec<(String, String)>,
}

/// Every code there is.
fn codes() -> Schema {
    let words = Code::ALL.iter().map(|code| code.as_str());
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build())
}

impl Problem {
    /// What goes out as code.
    pub(crate) fn code(&self) -> Code {
        match &self.0 {
            Error::Refused(refusal) => refusal.code,
            Error::Unavailable { .. } | Error::OutcomeUnknown(_) => Code::Unavailable,
            Error::Database(_) | Error::Internal(_) => Code::Internal,
        }
    }

    /// The code for a status that something other than our handlers chose; none if the status says enough.
    pub(crate) fn of_status(status: StatusCode) -> Option<Self> {
        if status.is_server_error() {
            return Some(Error::internal(format!("a service answered {status}")).into());
        }
        let code = Code::ALL.iter().find(|code| code.status() == status.as_u16() && code.status() != 409)?;
        Some((*code).into())
    }

    fn text(&self) -> ProblemText {
        match &self.0 {
            Error::OutcomeUnknown(_) => OUTCOME_UNKNOWN,
            _ => text_of(self.code()),
        }
    }

    fn document(&self, lang: Lang, trace_id: &str) -> ProblemDocument {
        let code = self.code();
        let text = self.text();
        // What was meant for the caller; a 5xx says nothing but the trace id.
        let (detail, errors, extra) = match &self.0 {
            Error::Refused(refusal) if code.status() < 500 => {
                let errors = refusal.fields.iter().map(|error| FieldProblem::new(error, lang)).collect();
                (refusal.detail.unwrap_or(text.detail), errors, refusal.extra.clone())
            }
            _ => (text.detail, Vec::new(), Map::new()),
        };
        ProblemDocument {
            kind: format!("{ERRORS_PAGE}/{}", code.as_str()),
            title: text.title.get(lang),
            status: code.status(),
            code: code.as_str(),
            detail: detail.get(lang),
            trace_id: trace_id.to_owned(),
            errors,
            extra,
        }
    }

    /// The document as JSON.
    pub(crate) fn body(&self, lang: Lang, trace_id: &str) -> String {
        serde_json::to_string(&self.document(lang, trace_id)).unwrap_or_default()
    }

    /// The same for a page.
    pub(crate) fn told(&self, lang: Lang) -> Told {
        let document = self.document(lang, "");
        let fields = document.errors.into_iter().map(FieldProblem::into_parts).collect();
        Told { title: document.title, detail: document.detail, fields }
    }

    /// The whole answer.
    pub(crate) fn respond(&self, lang: Lang, trace_id: &str) -> HttpResponse {
        self.respond_with(lang, self.body(lang, trace_id))
    }

    /// The whole answer around a [`body`](Self::body) that is there already.
    pub(crate) fn respond_with(&self, lang: Lang, body: String) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.content_type(PROBLEM_JSON).insert_header((CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag())));
        if let Some(seconds) = self.retry_after_s() {
            answer.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        // RFC 9110, 15.5.2: each 401 says how to do better.
        if self.status_code() == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static(self.challenge())));
        }
        answer.body(body)
    }

    /// RFC 6750, 3.1: a token that was sent and does not count is named so; without one only the scheme is told.
    fn challenge(&self) -> &'static str {
        let sent = match &self.0 {
            Error::Refused(refusal) => refusal.extra.get("reason").and_then(Value::as_str),
            _ => None,
        };
        match sent {
            Some("invalid_token" | "expired_token" | "session_ended") => "Bearer error=\"invalid_token\"",
            _ => "Bearer",
        }
    }

    /// The answer in WeChat Pay's own form (支付成功回调): it is not 2xx, so the notify comes again.
    pub(crate) fn respond_to_wechat(&self) -> HttpResponse {
        let message = self.text().title.get(Lang::En);
        HttpResponse::build(self.status_code()).json(serde_json::json!({ "code": "FAIL", "message": message }))
    }

    fn retry_after_s(&self) -> Option<u64> {
        let stated = match &self.0 {
            Error::Unavailable { retry_after_s, .. } => Some(u64::from(*retry_after_s)),
            Error::Refused(refusal) => refusal.extra.get(RETRY_AFTER_MEMBER).and_then(Value::as_u64),
            _ => None,
        };
        stated.or_else(|| (self.code().status() == 503).then_some(RETRY_AFTER_S))
    }

    /// Logs a failure of ours. Called once for each, where it is rendered. A refusal is not one: its code is in the
    /// access log.
    pub(crate) fn log(&self) {
        match &self.0 {
            Error::Refused(refusal) if refusal.code.status() < 500 => {}
            Error::Refused(refusal) => log::warn!("answered {}", refusal.code.as_str()),
            // A refusal by a limit gives no reason: one line speaks for many at once.
            Error::Unavailable { reason, .. } if reason.is_empty() => {}
            Error::Unavailable { reason, .. } => log::warn!("unavailable: {reason}"),
            Error::Database(error) => log::error!("database: {}", WithoutValues(error)),
            Error::OutcomeUnknown(reason) => log::error!("the outcome of a write is unknown: {reason}"),
            Error::Internal(reason) => log::error!("internal: {reason}"),
        }
    }
}

/// A database error as it may be logged. The driver's message can quote values (`Key (phone)=(...) already exists`):
/// only the kind and the names of what was violated are kept.
struct WithoutValues<'a>(&'a DieselError);

impl fmt::Display for WithoutValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DieselError::DatabaseError(kind, info) => {
                write!(f, "{kind:?}")?;
                let names = [
                    ("table", info.table_name()),
                    ("constraint", info.constraint_name()),
                    ("column", info.column_name()),
                ];
                for (what, name) in names {
                    if let Some(name) = name {
                        write!(f, " {what}={name}")?;
                    }
                }
                // SQLite has no names apart from the message, which names table and column only.
                match info.message() {
                    message if message.starts_with("UNIQUE constraint failed: ") || !message.contains(['"', '\'']) => {
                        write!(f, " {message}")
                    }
                    _ => Ok(()),
                }
            }
            DieselError::DeserializationError(_) => f.write_str("a column holds what this binary can't read"),
            DieselError::SerializationError(_) => f.write_str("a value can't be written"),
            DieselError::QueryBuilderError(_) => f.write_str("a query can't be built"),
            other => write!(f, "{other}"),
        }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Problem {
    /// The code only: actix logs this at debug level.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(Lang::default(), "")
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        ProblemDocument::schema()
    }
}

impl ToSchema for Problem {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ProblemDocument::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use actix_web::body::to_bytes;
    use diesel::result::DatabaseErrorKind;

    use super::*;
    use crate::base::error::Wrong;

    async fn rendered(problem: Problem, lang: Lang) -> (HttpResponse<()>, Value) {
        let (head, body) = problem.respond(lang, "t-1").into_parts();
        let body = to_bytes(body).await.unwrap();
        (head, serde_json::from_slice(&body).unwrap())
    }

    #[actix_web::test]
    async fn a_refusal_names_fields_and_carries_its_members() {
        let refusal =
            Refusal::field("items[0].quantity", Wrong::OutOfRange { min: Some(1), max: Some(999) }).with("quote", 7);
        let (head, body) = rendered(refusal.into(), Lang::En).await;
        assert_eq!(head.headers().get("content-type").unwrap(), PROBLEM_JSON);
        let expected = serde_json::json!({
            "type": "/docs/errors/invalid_request", "title": "Invalid request", "status": 400, "code": "invalid_request",
            "detail": "Check the fields that are named and try again.", "trace_id": "t-1",
            "errors": [{"field": "items[0].quantity", "reason": "out_of_range", "detail": "Must be 1 to 999.", "min": 1, "max": 999}],
            "quote": 7,
        });
        assert_eq!(body, expected);
    }

    #[actix_web::test]
    async fn a_fault_of_ours_shows_neither_reason_nor_members() {
        let violation = DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new("secret".to_owned()));
        let refused = Refusal::new(Code::WechatRefused).with("quote", "secret").and_field("secret", Wrong::Invalid);
        let unavailable = Error::Unavailable { reason: "secret".into(), retry_after_s: 7 };
        let unknown = Error::OutcomeUnknown("secret".into());
        for (problem, status) in [
            (Problem::from(Error::internal("secret")), 500),
            (Problem::from(Error::Database(violation)), 500),
            (Problem::from(refused), 502),
            (Problem::from(unavailable), 503),
            (Problem::from(unknown), 503),
        ] {
            let (head, body) = rendered(problem, Lang::Zh).await;
            assert_eq!(head.status().as_u16(), status);
            assert!(!body.to_string().contains("secret"), "{body}");
            assert_eq!(head.headers().contains_key(RETRY_AFTER), status == 503);
        }
    }

    #[actix_web::test]
    async fn an_unknown_outcome_is_not_told_as_nothing_done() {
        let (_, unknown) = rendered(Error::OutcomeUnknown(String::new()).into(), Lang::En).await;
        let (_, busy) = rendered(Error::busy("queue").into(), Lang::En).await;
        assert_eq!(unknown["code"], busy["code"]);
        assert!(unknown["detail"].as_str().unwrap().contains("may or may not"));
        assert!(busy["detail"].as_str().unwrap().contains("nothing was done"));
    }

    #[test]
    fn a_logged_database_error_quotes_no_value() {
        let message = "invalid input syntax for type bigint: \"13800138000\"".to_owned();
        let error = DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message));
        assert!(!WithoutValues(&error).to_string().contains("13800138000"));
        let message = "UNIQUE constraint failed: customers.openid".to_owned();
        let error = DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new(message));
        assert!(WithoutValues(&error).to_string().contains("customers.openid"));
    }
}
