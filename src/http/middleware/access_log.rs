//! One line in the access log and one count in the metrics for each request; what was shed is only counted.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody as _};
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;

use super::render::AnsweredCode;
use crate::base::observability::{ACCESS, Metrics, RequestSeen};

/// Stands for the route of a request that was refused before a route was looked for.
const SHED: &str = "shed";

/// A request under way. Dropped without an answer when the client goes away.
pub(super) struct AccessRecord {
    started: Instant,
    method: &'static str,
    /// The worker's own handle: a count that all workers shared would be written by all of them for each request.
    metrics: Option<Rc<Metrics>>,
}

impl Drop for AccessRecord {
    fn drop(&mut self) {
        if let Some(metrics) = &self.metrics {
            metrics.in_flight().dec();
        }
    }
}

impl AccessRecord {
    pub(super) fn new(request: &ServiceRequest) -> Self {
        let metrics = request.app_data::<Rc<Metrics>>().map(Rc::clone);
        if let Some(metrics) = &metrics {
            metrics.in_flight().inc();
        }
        Self { started: Instant::now(), method: word(request.method()), metrics }
    }

    /// Counts a request that was shed, without a line.
    pub(super) fn shed(self, response: &HttpResponse) {
        self.count(SHED, response.status().as_u16(), self.started.elapsed());
    }

    fn count(&self, route: &str, status: u16, took: Duration) {
        if let Some(metrics) = &self.metrics {
            metrics.request(RequestSeen { method: self.method, route, status, took });
        }
    }

    /// Says what was answered: the pattern of the route, never the path, for paths and queries hold what people
    /// typed. The time is until the head of the answer; the trace id stands before the line.
    pub(super) fn answered(self, route: Option<&str>, response: &HttpResponse) {
        let took = self.started.elapsed();
        let route = route.unwrap_or("unmatched");
        let status = response.status().as_u16();
        self.count(route, status, took);
        let (method, us, bytes) = (self.method, u64::try_from(took.as_micros()).unwrap_or(u64::MAX), bytes(response));
        match response.extensions().get::<AnsweredCode>() {
            Some(AnsweredCode(code)) => log::info!(target: ACCESS, method, route, status, code, us, bytes; "answered"),
            None => log::info!(target: ACCESS, method, route, status, us, bytes; "answered"),
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
