//! Every error as a problem document in the caller's language; under `/wechat/pay` in WeChat's form.

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::ALLOW;

use crate::base::observability::TraceId;
use crate::base::text::Lang;
use crate::web::Problem;

/// Callbacks of WeChat Pay are answered in its own form.
const WECHAT_PAY: &str = "/wechat/pay/";

/// What an error needs to know of its request. Taken before the request is given away.
pub(super) struct Caller {
    lang: Lang,
    is_wechat: bool,
    trace_id: TraceId,
}

/// The code in the problem document of an answer, for the access log.
pub(super) struct AnsweredCode(pub(super) &'static str);

impl Caller {
    pub(super) fn of(request: &ServiceRequest, trace_id: TraceId) -> Self {
        let lang = Lang::from_headers(request.headers());
        Self { lang, is_wechat: request.match_info().as_str().starts_with(WECHAT_PAY), trace_id }
    }

    pub(super) fn trace_id(&self) -> &TraceId {
        &self.trace_id
    }

    /// Renders and logs: the one place for both, but for what is shed.
    pub(super) fn render(&self, problem: &Problem) -> HttpResponse {
        problem.log();
        let mut response = if self.is_wechat {
            problem.respond_to_wechat()
        } else {
            problem.respond(self.lang, self.trace_id.as_str())
        };
        response.extensions_mut().insert(AnsweredCode(problem.code().as_str()));
        response
    }

    /// Turns the errors of handlers, extractors and actix itself into problem documents. An error that a handler has
    /// written itself, with a body, is left alone.
    pub(super) fn render_errors(&self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response;
        }
        let failed = response.response().error();
        let rendered = match failed.and_then(|error| error.as_error::<Problem>()) {
            Some(problem) => self.render(problem),
            None if failed.is_some() || is_empty(&response) => match Problem::of_status(status) {
                Some(problem) => self.render(&problem),
                None => return response,
            },
            None => return response,
        };
        let (request, old) = response.into_parts();
        let mut rendered = rendered;
        if let Some(methods) = old.headers().get(ALLOW) {
            rendered.headers_mut().insert(ALLOW, methods.clone());
        }
        ServiceResponse::new(request, rendered)
    }
}

fn is_empty(response: &ServiceResponse<BoxBody>) -> bool {
    matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0))
}
