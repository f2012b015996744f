//! What happens to every request. One function instead of a pile: the order of its parts matters, and a request is
//! boxed once.

mod headers;
mod render;
mod request_id;
mod seen;

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error as ActixError, HttpResponse};
use futures_util::FutureExt as _;

use self::render::Caller;
use self::seen::Seen;
use crate::error::{Code, Error};
use crate::web::Problem;

/// Longest path with query, bytes. The longest honest one is a search with a cursor.
const URI_MAX: usize = 2048;

/// Around every request.
pub(super) async fn envelope<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let trace_id = request_id::of(&request);
    let seen = Seen::new(&request);
    let caller = Caller::of(&request, trace_id.clone());
    // Whatever answers GET answers HEAD: actix's encoder remembers the method and leaves the body out.
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    trace_id.around(answer(request, next, caller, seen)).await
}

async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    caller: Caller,
    seen: Seen,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let length = request.uri().path_and_query().map_or(0, |whole| whole.as_str().len());
    if length > URI_MAX {
        let (request, _) = request.into_parts();
        let rendered = caller.render(&Code::UriTooLong.into());
        return Ok(finish(ServiceResponse::new(request, rendered), &caller, seen));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => Ok(finish(caller.render_errors(response.map_into_boxed_body()), &caller, seen)),
        Ok(Err(error)) => Err(lost(
            error.as_error::<Problem>().map_or_else(
                || caller.render(&Problem::of_status(error.as_response_error().status_code()).unwrap_or_else(unnamed)),
                |problem| caller.render(problem),
            ),
            &caller,
            seen,
        )),
        // The hook has logged where.
        Err(_) => Err(lost(caller.render(&Error::internal("a handler panicked").into()), &caller, seen)),
    }
}

fn unnamed() -> Problem {
    Error::internal("a service failed without a status").into()
}

fn finish(mut response: ServiceResponse<BoxBody>, caller: &Caller, seen: Seen) -> ServiceResponse<BoxBody> {
    headers::set(response.response_mut(), caller.trace_id());
    let route = response.request().match_pattern();
    seen.answered(route.as_deref(), response.response());
    response
}

/// The request is gone with the service that failed; actix takes an error that brings its answer along.
fn lost(mut response: HttpResponse, caller: &Caller, seen: Seen) -> ActixError {
    headers::set(&mut response, caller.trace_id());
    seen.answered(None, &response);
    InternalError::from_response("see the log", response).into()
}
