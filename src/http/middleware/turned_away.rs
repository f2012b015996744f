//! The answer to whoever finds the lane full. In a crowd it is given ten thousand times a second, by the cores that place the orders of
//! those who got in: its text is written once for each language, and no time in the metrics and no line in the log is kept of it. The doors
//! count, and say once a second how many it was.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpResponse};
use futures_util::StreamExt as _;

use super::unread::Unread;
use super::{headers, request_id};
use crate::error::Error;
use crate::observability::TraceId;
use crate::web::limits::Full;
use crate::web::{Lang, PROBLEM_JSON, Problem};

/// A body of this size came with its head; it is thrown away so that the connection can be used again.
const THROWN_AWAY_MAX: u64 = 16 * 1024;
/// No longer than this.
const THROWN_AWAY_WITHIN: Duration = Duration::from_millis(20);
/// Where the trace id goes. None of our texts has it.
const PLACE: &str = "{trace_id}";

static TEXTS: LazyLock<[Text; Lang::ALL.len()]> = LazyLock::new(|| Lang::ALL.map(Text::of));

/// The problem document in one language, cut where the trace id goes.
struct Text {
    before: String,
    after: String,
}

impl Text {
    fn of(lang: Lang) -> Self {
        let whole = Problem::from(Error::busy("")).body(lang, PLACE);
        let (before, after) = whole.split_once(PLACE).unwrap_or((&whole, ""));
        Self { before: before.to_owned(), after: after.to_owned() }
    }

    fn with(&self, trace_id: &TraceId) -> Bytes {
        [&self.before, trace_id.as_str(), &self.after].concat().into()
    }
}

pub(super) async fn answer(mut request: ServiceRequest, full: Full) -> ServiceResponse<BoxBody> {
    let unread = Unread::of(&mut request);
    throw_body_away(&mut request).await;
    let refused = refusal(Lang::from_headers(request.headers()), &request_id::of(&request), full);
    request.into_response(unread.hold_in(refused))
}

fn refusal(lang: Lang, trace_id: &TraceId, full: Full) -> HttpResponse {
    let [zh, ko, en] = &*TEXTS;
    let body = BoxBody::new(lang.pick(zh, ko, en).with(trace_id));
    let mut response = HttpResponse::with_body(StatusCode::SERVICE_UNAVAILABLE, body);
    let head = response.headers_mut();
    head.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    head.insert(CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    head.insert(RETRY_AFTER, HeaderValue::from(full.retry_after_s));
    headers::set(&mut response, trace_id);
    response
}

/// Takes the body off the wire: actix closes a connection whose body was not read, and a crowd that has to connect anew makes the crowd
/// worse.
async fn throw_body_away(request: &mut ServiceRequest) {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_none_or(|bytes| bytes == 0 || bytes > THROWN_AWAY_MAX) {
        return;
    }
    let mut payload: Payload = request.take_payload();
    // Mostly it came with its head, and is there once actix has gone on to take it apart: then no timer is set.
    tokio::task::yield_now().await;
    let whole = async { while let Some(Ok(_)) = payload.next().await {} };
    if tokio::time::timeout(THROWN_AWAY_WITHIN, whole).await.is_err() {
        request.set_payload(payload);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use actix_web::body::to_bytes;

    use super::*;

    async fn parts(response: HttpResponse) -> (u16, BTreeMap<String, String>, Bytes) {
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        (status, headers, to_bytes(response.into_body()).await.unwrap())
    }

    #[actix_web::test]
    async fn what_is_written_once_is_what_would_be_written_each_time() {
        for lang in Lang::ALL {
            let trace_id = TraceId::random();
            let full = Error::Unavailable { reason: "".into(), retry_after_s: 3 };
            let mut written = Problem::from(full).respond(lang, trace_id.as_str());
            headers::set(&mut written, &trace_id);
            let ready = refusal(lang, &trace_id, Full { retry_after_s: 3 });
            assert_eq!(parts(ready).await, parts(written).await);
        }
    }
}
