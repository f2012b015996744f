//! `serve`: the API, the metrics listener, the job worker and the refreshing of the snapshot, until told to stop.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Fault, print, variables};
use crate::app::App;
#[cfg(not(feature = "failpoints"))]
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::{Health, Migrations};
use crate::error::{Error, Result};
use crate::{catalogue, http, jobs};

/// How often the health of the database is looked at.
const HEALTH_EVERY: Duration = Duration::from_secs(1);

pub(super) async fn run(migrate: bool) -> std::result::Result<(), Fault> {
    let settings = Settings::from_map(&variables()?)?;
    if migrate {
        Migrations::open(&settings.database)?.run()?;
    }
    let (listen, metrics_listen) = (bind(settings.http.listen)?, bind(settings.http.metrics_listen)?);
    #[cfg(feature = "failpoints")]
    let clock = crate::failpoint::armed::clock();
    #[cfg(not(feature = "failpoints"))]
    let clock = Clock::system();
    let app = App::build(settings, clock).await?;
    let shop = Shop::start(app, listen, Some(metrics_listen))?;
    print(&format!("listening on http://{}", shop.address))?;
    shop.until_stopped().await?;
    Ok(())
}

/// Binds early, so that a taken port is a fault of the start, with its address named.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| Error::internal(format!("can't listen on {address}: {error}")))
}

/// A running shop. `serve`, `demo` and tests start it the same way.
pub struct Shop {
    /// Where the API listens.
    pub address: SocketAddr,
    app: Arc<App>,
    servers: Vec<ServerHandle>,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Shop {
    /// Starts the listeners and the loops.
    pub fn start(app: Arc<App>, listen: TcpListener, metrics_listen: Option<TcpListener>) -> Result<Self> {
        let mut shop = Self::start_without_loops(app, listen)?;
        if let Some(listener) = metrics_listen {
            let server = http::metrics_server(web::Data::from(Arc::clone(&shop.app)), listener).map_err(io_fault)?;
            shop.spawn_server(server);
        }
        let (app, stop) = (Arc::clone(&shop.app), shop.stop.subscribe());
        shop.tasks.push(tokio::spawn(jobs::run_forever(app, stop)));
        let (app, mut stop) = (web::Data::from(Arc::clone(&shop.app)), shop.stop.subscribe());
        shop.tasks.push(tokio::spawn(async move {
            tokio::select! {
                () = catalogue::service::keep_fresh(app) => {}
                _ = stop.changed() => {}
            }
        }));
        Ok(shop)
    }

    /// Only the API: tests run jobs step by step.
    pub fn start_without_loops(app: Arc<App>, listen: TcpListener) -> Result<Self> {
        let address = listen.local_addr().map_err(io_fault)?;
        let workers = app.settings.http.workers;
        let server = http::serve(web::Data::from(Arc::clone(&app)), listen, workers).map_err(io_fault)?;
        let (stop, _) = watch::channel(false);
        let mut shop = Self { address, app, servers: Vec::new(), tasks: Vec::new(), stop };
        shop.spawn_server(server);
        Ok(shop)
    }

    fn spawn_server(&mut self, server: actix_web::dev::Server) {
        self.servers.push(server.handle());
        self.tasks.push(tokio::spawn(async move {
            if let Err(error) = server.await {
                log::error!("a listener ended: {error}");
            }
        }));
    }

    /// Until SIGINT, SIGTERM, or a database whose last commit is in doubt: then only a new process may go on.
    pub async fn until_stopped(self) -> Result<()> {
        let why = tokio::select! {
            () = stop_signal() => Ok(()),
            () = writer_stopped(&self.app) => {
                Err(Error::internal("the outcome of a commit is unknown: restart, the database decides what is there"))
            }
        };
        log::info!("stopping");
        self.stop().await;
        why
    }

    /// Takes no more requests, lets open ones and running jobs end.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for server in &self.servers {
            server.stop(true).await;
        }
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn writer_stopped(app: &App) {
    while app.db.health() == Health::Ok {
        tokio::time::sleep(HEALTH_EVERY).await;
    }
}

fn io_fault(error: std::io::Error) -> Error {
    Error::internal(format!("can't listen: {error}"))
}
