//! The composition root: builds everything, starts it, stops it. What runs in the background is listed in `jobs.rs`; the clients of WeChat are
//! made in `wechat.rs`.

pub mod data_map;
pub(crate) mod files;
pub mod jobs;
mod wechat;
pub mod words;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::db::{Db, Health};
use crate::base::error::{Error, Result};
use crate::base::observability::Metrics;
use crate::domain::cases::CaseKind;
use crate::domain::sessions::Sessions;
use crate::domain::staff::Operators;
use crate::flows::notify;
use crate::flows::push_event::Push;
use crate::http::{self, Parts};
use crate::platform::app::App;
use crate::platform::jobs::{Registry, Worker};
use crate::platform::limits::Limits;
use crate::platform::sealing::Sealer;
use crate::platform::wechat_token::SharedToken;
use crate::storefront::catalogue::{self, Catalogue};

/// How often the health of the database is looked at.
const HEALTH_EVERY: Duration = Duration::from_secs(1);

/// A shop that is built and does not run yet.
pub struct Built {
    pub app: Arc<App>,
    /// The snapshot that is served.
    pub catalogue: Data<Catalogue>,
    /// Runs the jobs.
    pub worker: Worker,
    parts: Parts,
}

impl Built {
    /// Opens the database and builds everything on it. Refuses while migrations are pending, and where newer ones were run that are not
    /// marked compatible: code must not meet a schema that it does not know.
    pub async fn new(settings: Settings, clock: Clock) -> Result<Self> {
        let db = Db::open(&settings.database)?;
        db.check_schema()?;
        let push = wechat::message_push(&settings.wechat, &clock)?;
        let sealer = Arc::new(Sealer::new(&settings.data_keys)?);
        let (pay, mini) = wechat::clients(&settings.wechat, &clock)?;
        let token = SharedToken::new(db.clone(), Arc::clone(&sealer), &settings.wechat.appid);
        let mini = mini.with_token_store(Arc::new(token));
        let sessions = Data::new(Sessions::new(&settings.jwt_secret, clock.clone())?);
        let operators = Data::new(Operators::new(&settings.jwt_secret, clock.clone())?);
        let catalogue = Data::new(Catalogue::load(&db).await?);
        let metrics = Metrics::new()?;
        let limits = Limits::new(&settings.limits, settings.http.workers, clock.clone(), &metrics)?;
        let app = Arc::new(App { settings, clock, db, sealer, pay, mini, limits, metrics });
        let registry = jobs::registry(&app, &sessions);
        let (facts, now) = (registry.facts(), app.clock.timestamp());
        let job_kinds: Vec<_> = facts.iter().map(|fact| fact.name).collect();
        let case_kinds: Vec<_> = CaseKind::ALL.iter().map(|kind| kind.as_str()).collect();
        app.metrics.start_at_zero(&job_kinds, &case_kinds, notify::OUTCOMES);
        app.db.write(move |tx| Registry::ensure_recurring(&facts, tx, now)).await?;
        let worker = Worker::new(registry, app.db.clone(), app.clock.clone(), app.metrics.clone());
        let parts = Parts {
            app: Data::from(Arc::clone(&app)),
            catalogue: catalogue.clone(),
            sessions,
            operators,
            push: Data::new(Push(push)),
        };
        Ok(Self { app, catalogue, worker, parts })
    }
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
    pub fn start(built: Built, listen: TcpListener, metrics_listen: Option<TcpListener>) -> Result<Self> {
        files::raise_limit(http::connections_max(built.app.settings.http.workers));
        let mut shop = Self::start_without_loops(&built, listen)?;
        if let Some(listener) = metrics_listen {
            let (app, jobs) = (Data::from(Arc::clone(&shop.app)), built.worker.facts());
            let server = http::metrics_server(app, jobs, listener).map_err(io_fault)?;
            shop.spawn_server(server);
        }
        shop.tasks.push(tokio::spawn(built.worker.run_forever(shop.stop.subscribe())));
        let (catalogue, db, mut stop) = (built.catalogue, built.app.db.clone(), shop.stop.subscribe());
        shop.tasks.push(tokio::spawn(async move {
            tokio::select! {
                () = catalogue::keep_fresh(catalogue, db) => {}
                _ = stop.changed() => {}
            }
        }));
        Ok(shop)
    }

    /// Only the API: tests run jobs step by step.
    pub fn start_without_loops(built: &Built, listen: TcpListener) -> Result<Self> {
        let app = Arc::clone(&built.app);
        let address = listen.local_addr().map_err(io_fault)?;
        let server = http::serve(built.parts.clone(), listen, app.settings.http.workers).map_err(io_fault)?;
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

/// Binds early, so that a taken port is a fault of the start, with its address named.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| Error::internal(format!("can't listen on {address}: {error}")))
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
    while app.db.health() != Health::Stopped {
        tokio::time::sleep(HEALTH_EVERY).await;
    }
}

fn io_fault(error: std::io::Error) -> Error {
    Error::internal(format!("can't listen: {error}"))
}
