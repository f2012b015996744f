//! Load shedding: the answer to a request whose class is full. In a crowd it is given ten thousand times a second, by the cores that place the orders of
//! those who got in: its text is written once for each language, its route is not looked for, and it has no line in the log. The limits say
//! once a second how many it was.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpMessage as _, HttpResponse};
use futures_util::StreamExt as _;

use super::access_log::AccessRecord;
use super::unread_body::UnreadBody;
use super::{headers, request_id};
use crate::base::error::Error;
use crate::base::observability::TraceId;
use crate::base::text::Lang;
use crate::web::Problem;

/// A body of this size came with its head; it is thrown away so that the connection can be used again.
const DRAINED_MAX: u64 = 16 * 1024;
/// No longer than this.
const DRAINED_WITHIN: Duration = Duration::from_millis(20);
/// Where the trace id goes. None of our texts has it.
const TRACE_ID_SLOT: &str = "{trace_id}";

static TEXTS: LazyLock<[Text; Lang::ALL.len()]> = LazyLock::new(|| Lang::ALL.map(Text::of));

/// The problem document in one language, cut where the trace id goes.
struct Text {
    before: String,
    after: String,
}

impl Text {
    fn of(lang: Lang) -> Self {
        let whole = Problem::from(Error::busy("")).body(lang, TRACE_ID_SLOT);
        let (before, after) = whole.split_once(TRACE_ID_SLOT).unwrap_or((&whole, ""));
        Self { before: before.to_owned(), after: after.to_owned() }
    }

    fn with(&self, trace_id: &TraceId) -> String {
        [&self.before, trace_id.as_str(), &self.after].concat()
    }
}

pub(super) async fn answer(mut request: ServiceRequest, full: Problem) -> ServiceResponse<BoxBody> {
    let record = AccessRecord::new(&request);
    let unread = UnreadBody::of(&mut request);
    drain_body(&mut request).await;
    let refused = refusal(Lang::from_headers(request.headers()), &request_id::of(&request), &full);
    record.shed(&refused);
    request.into_response(unread.hold_in(refused))
}

fn refusal(lang: Lang, trace_id: &TraceId, full: &Problem) -> HttpResponse {
    let [zh, ko, en] = &*TEXTS;
    let mut response = full.respond_with(lang, lang.pick(zh, ko, en).with(trace_id));
    headers::set(&mut response, trace_id);
    response
}

/// Takes the body off the wire: actix closes a connection whose body was not read, and a crowd that has to connect anew makes the crowd
/// worse.
async fn drain_body(request: &mut ServiceRequest) {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_none_or(|bytes| bytes == 0 || bytes > DRAINED_MAX) {
        return;
    }
    let mut payload = request.take_payload();
    // Mostly it came with its head, and is there once actix has gone on to take it apart: then no timer is set.
    tokio::task::yield_now().await;
    let whole = async { while let Some(Ok(_)) = payload.next().await {} };
    // Too slow: then actix closes the connection.
    let _ = tokio::time::timeout(DRAINED_WITHIN, whole).await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use actix_web::body::to_bytes;
    use actix_web::http::header::HeaderValue;
    use actix_web::web::Bytes;

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
            let full = Problem::from(Error::Unavailable { reason: "".into(), retry_after_s: 3 });
            let mut written = full.respond(lang, trace_id.as_str());
            headers::set(&mut written, &trace_id);
            assert_eq!(parts(refusal(lang, &trace_id, &full)).await, parts(written).await);
        }
    }
}
