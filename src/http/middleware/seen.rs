//! One line in the access log and one count in the metrics for each request.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody as _};
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use prometheus::IntGauge;

use super::render::AnsweredCode;
use crate::observability::{Metrics, RequestSeen};

/// A request under way. Dropped without an answer when the client goes away.
pub(super) struct Seen {
    started: Instant,
    method: &'static str,
    metrics: Option<Metrics>,
    _in_flight: Option<InFlight>,
}

struct InFlight(IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Seen {
    pub(super) fn new(request: &ServiceRequest) -> Self {
        let metrics = request.app_data::<Metrics>().cloned();
        let in_flight = metrics.as_ref().map(|metrics| {
            metrics.in_flight().inc();
            InFlight(metrics.in_flight().clone())
        });
        Self { started: Instant::now(), method: word(request.method()), metrics, _in_flight: in_flight }
    }

    /// Says what was answered: the pattern of the route, never the path, for paths and queries hold what people
    /// typed. The time is until the head of the answer; the trace id stands before the line.
    pub(super) fn answered(self, route: Option<&str>, response: &HttpResponse) {
        let took = self.started.elapsed();
        let route = route.unwrap_or("unmatched");
        let status = response.status().as_u16();
        if let Some(metrics) = &self.metrics {
            metrics.request(RequestSeen { method: self.method, route, status, took });
        }
        let (method, us, bytes) = (self.method, took.as_micros(), bytes(response));
        match response.extensions().get::<AnsweredCode>() {
            Some(AnsweredCode(code)) => {
                log::info!(target: "access", "{method} {route} {status} {code} us={us} bytes={bytes}");
            }
            None => log::info!(target: "access", "{method} {route} {status} us={us} bytes={bytes}"),
        }
    }
}

/// Bytes of the body; 0 for one of unknown length, which nothing here has.
fn bytes(response: &HttpResponse) -> u64 {
    match response.body().size() {
        BodySize::Sized(bytes) => bytes,
        BodySize::None | BodySize::Stream => 0,
    }
}

fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
