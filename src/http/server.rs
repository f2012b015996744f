//! The listeners.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::middleware::{Condition, from_fn};
use actix_web::{App as ActixApp, HttpServer, web};

use super::connections::Connections;
use super::health;
use super::middleware::envelope;
use super::routes;
use crate::domain::sessions::Sessions;
use crate::domain::staff::Operators;
use crate::flows::push_event::Push;
use crate::platform::app::App;
use crate::storefront::catalogue::Catalogue;
use crate::web::extract::TrustedProxies;

/// From the opening of a connection to the end of a request's head.
pub(super) const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// Longer than the 60 s that proxies keep an idle connection, so that they never write into one that is being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// From the last byte of an answer to the client's closing.
pub(super) const CLOSE_DEADLINE: Duration = Duration::from_secs(2);
/// Open connections of a worker; what is above would wait in the listener's queue. At nine tenths old ones go for new ones.
const CONNECTIONS_PER_WORKER: usize = 4096;
/// Connections that wait to be taken from the listener. The standard library asks for 128: in a crowd of 500 the kernel dropped the first
/// packet of honest callers, WeChat's notifies among them, who then came a second late.
const BACKLOG: i32 = 4096;

/// Connections of so many workers.
pub(crate) fn connections_max(workers: usize) -> u64 {
    u64::try_from(workers.saturating_mul(CONNECTIONS_PER_WORKER)).unwrap_or(u64::MAX)
}

/// A browser asks again after this, seconds.
const CORS_KEPT_S: usize = 3_600;

/// What handlers take, each app data of its own. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) app: web::Data<App>,
    pub(crate) catalogue: web::Data<Catalogue>,
    pub(crate) sessions: web::Data<Sessions>,
    pub(crate) operators: web::Data<Operators>,
    pub(crate) push: web::Data<Push>,
}

/// For web pages of these origins. Without credentials: a login goes by header, never by cookie.
fn cors(origins: &[String]) -> Cors {
    let listed = origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    listed
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Accept-Language",
            "X-Request-Id",
            "If-None-Match",
        ])
        .expose_headers(["X-Request-Id", "Retry-After", "ETag", "Content-Language"])
        .block_on_origin_mismatch(false)
        .max_age(CORS_KEPT_S)
}

/// Serves the API until its handle is stopped. Signals are left to the caller, who has more to stop than this.
pub(crate) fn serve(parts: Parts, listener: TcpListener, workers: usize) -> io::Result<Server> {
    let app = parts.app.clone();
    let shutdown_s = app.settings.http.shutdown_s;
    let proxies = TrustedProxies::new(&app.settings.http.trusted_proxies);
    let trusted = proxies.clone();
    let media_folder = app.settings.media_dir.clone();
    let origins = app.settings.http.cors_origins.clone();
    let readiness = web::Data::new(health::Readiness::default());
    let factory = move || {
        ActixApp::new()
            .wrap(from_fn(envelope))
            // Outermost: an answer that the envelope makes, an error or a refusal of the crowd, must be readable for the page too.
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .app_data(parts.app.clone())
            .app_data(parts.catalogue.clone())
            .app_data(parts.sessions.clone())
            .app_data(parts.operators.clone())
            .app_data(parts.push.clone())
            .app_data(readiness.clone())
            .app_data(proxies.clone())
            .app_data(Rc::new(parts.app.metrics.clone()))
            .configure(|config| routes::configure(config, &media_folder))
            .default_service(web::to(routes::not_found))
    };
    let limit = workers.saturating_mul(CONNECTIONS_PER_WORKER) / 10 * 9;
    let connections = Connections::new(limit, trusted);
    // Asked once more of a socket that listens already, it only changes the length of the queue.
    socket2::SockRef::from(&listener).listen(BACKLOG)?;
    let server = HttpServer::new(factory)
        .workers(workers)
        .client_request_timeout(HEAD_DEADLINE)
        .client_disconnect_timeout(CLOSE_DEADLINE)
        .keep_alive(KEEP_ALIVE)
        .max_connections(CONNECTIONS_PER_WORKER)
        .on_connect(move |stream, data| connections.opened(stream, data))
        .shutdown_timeout(shutdown_s)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
