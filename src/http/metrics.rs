//! `/metrics`, on a listener of its own. It has no login: the listener belongs on loopback or a private network.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};

use super::server::{CLOSE_DEADLINE, HEAD_DEADLINE};
use crate::base::db::backup::BackupRecord;
use crate::domain::orders::{self, OrderState};
use crate::platform::app::App;
use crate::platform::jobs::{self, JobFacts};

/// The scraper, and an operator or two.
const CONNECTIONS_MAX: usize = 32;
/// Text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A scrape waits no longer for the database.
const COUNT_DEADLINE: Duration = Duration::from_secs(2);

/// Serves until its handle is stopped; with the backlog of these jobs.
pub(crate) fn metrics_server(app: web::Data<App>, jobs: Vec<JobFacts>, listener: TcpListener) -> io::Result<Server> {
    let jobs = web::Data::new(jobs);
    let factory = move || {
        let scrape = web::resource("/metrics").get(metrics);
        ActixApp::new().app_data(app.clone()).app_data(jobs.clone()).service(scrape)
    };
    let server = HttpServer::new(factory)
        .workers(1)
        .client_request_timeout(HEAD_DEADLINE)
        .client_disconnect_timeout(CLOSE_DEADLINE)
        .max_connections(CONNECTIONS_MAX)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

async fn metrics(app: web::Data<App>, jobs: web::Data<Vec<JobFacts>>) -> HttpResponse {
    count_rows(&app, jobs.to_vec()).await;
    app.metrics.database(app.db.load());
    if let Some(last) = BackupRecord::read(&app.settings.database.url) {
        app.metrics.backup(last.made_at_s);
    }
    HttpResponse::Ok().content_type(TEXT).body(app.metrics.render())
}

/// A database that does not answer leaves the gauges as they were.
async fn count_rows(app: &App, jobs: Vec<JobFacts>) {
    let now = app.clock.timestamp();
    let database = app.db.critical();
    let counted = database.read(move |rx| Ok((jobs::backlog(rx, &jobs, now)?, orders::count_open(rx)?)));
    match tokio::time::timeout(COUNT_DEADLINE, counted).await {
        Ok(Ok((kinds, open))) => {
            for kind in kinds {
                let oldest_s = kind.oldest.map_or(0, |oldest| (now.utc() - oldest.utc()).num_seconds());
                app.metrics.job_backlog(kind.kind, kind.due, oldest_s, kind.dead);
            }
            for state in OrderState::ALL.iter().filter(|state| !state.is_over()) {
                let count = open.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
                app.metrics.orders_open(state.as_str(), count);
            }
        }
        Ok(Err(error)) => log::warn!("the backlog is not known: {error}"),
        Err(_) => log::warn!("the backlog is not known: the database does not answer"),
    }
}
