//! What happens to every request. One function instead of a pile: the order of its parts matters, and a request is
//! boxed once.

mod access_log;
mod admission;
mod headers;
mod load_shed;
mod render;
mod request_id;
mod unread_body;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error as ActixError, HttpResponse};
use futures_util::FutureExt as _;
use futures_util::future::Either;

use self::access_log::AccessRecord;
use self::render::Caller;
use self::unread_body::UnreadBody;
use super::connections::OpenConnection;
use crate::base::error::{Code, Error};
use crate::platform::limits::InFlightPermit;
use crate::web::Problem;

/// Longest path with query, bytes. The longest honest one is a search with a cursor.
const URI_MAX: usize = 2048;

/// Around every request. Admission comes before all else: for a request that finds no slot, nothing is made ready.
pub(super) fn envelope<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, ActixError>> {
    match admission::admit(&request) {
        Ok(permit) => Either::Left(answer(request, next, permit)),
        Err(full) => Either::Right(load_shed::answer(request, full.into()).map(Ok)),
    }
}

/// The slot is held until the answer is there, and the connection is not ended for another one.
async fn answer<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
    _permit: Option<Rc<InFlightPermit>>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let _busy = request.request().conn_data::<OpenConnection>().map(OpenConnection::busy);
    let trace_id = request_id::of(&request);
    let exchange = Exchange {
        record: AccessRecord::new(&request),
        caller: Caller::of(&request, trace_id.clone()),
        unread: UnreadBody::of(&mut request),
    };
    // Whatever answers GET answers HEAD: actix's encoder remembers the method and leaves the body out.
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    trace_id.around(exchange.run(request, next)).await
}

/// What is kept of a request while a handler has it.
struct Exchange {
    record: AccessRecord,
    caller: Caller,
    unread: UnreadBody,
}

impl Exchange {
    async fn run<B: MessageBody + 'static>(
        self,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<BoxBody>, ActixError> {
        let length = request.uri().path_and_query().map_or(0, |whole| whole.as_str().len());
        if length > URI_MAX {
            let refused = self.caller.render(&Code::UriTooLong.into());
            return Ok(self.finish(request.into_response(refused)));
        }
        match AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(Ok(response)) => {
                let response = self.caller.render_errors(response.map_into_boxed_body());
                Ok(self.finish(response))
            }
            Ok(Err(error)) => Err(self.fail(&error)),
            Err(_) => Err(self.fail(&ActixError::from(panicked()))),
        }
    }

    fn finish(self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let (request, response) = response.into_parts();
        let route = request.match_pattern();
        ServiceResponse::new(request, self.complete(route.as_deref(), response))
    }

    /// The request is gone with the service that failed: actix takes an error that brings its answer along.
    fn fail(self, error: &ActixError) -> ActixError {
        let response = match error.as_error::<Problem>() {
            Some(problem) => self.caller.render(problem),
            None => self.caller.render(&Error::internal(format!("a service failed: {error}")).into()),
        };
        InternalError::from_response("answered", self.complete(None, response)).into()
    }

    fn complete(self, route: Option<&str>, mut response: HttpResponse) -> HttpResponse {
        headers::set(&mut response, self.caller.trace_id());
        self.record.answered(route, &response);
        self.unread.hold_in(response)
    }
}

/// The hook has logged where.
fn panicked() -> Problem {
    Error::internal("a handler panicked").into()
}
