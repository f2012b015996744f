//! Read and write, whichever backend runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::DbConn;
use super::connection_budget::{ConnectionBudget, Share};
#[cfg(feature = "postgres")]
use super::postgres::{self, Postgres};
use super::priority::WritePriority;
#[cfg(feature = "sqlite")]
use super::sqlite::{self, Sqlite};
use super::transaction::{Rx, Tx, refuse_nested_write, run_read};
use crate::base::bulkhead::Permit;
use crate::base::config::{DatabaseSettings, DatabaseUrl};
use crate::base::error::{Error, Result};

/// The database. Cloning shares it.
#[derive(Clone)]
pub struct Db {
    backend: Arc<Backend>,
    budget: Arc<ConnectionBudget>,
    share: Share,
    last_commit: Arc<LastCommit>,
}

/// When a write was last acknowledged.
struct LastCommit {
    opened: Instant,
    /// Milliseconds after that; 0: never.
    at: AtomicU64,
}

impl LastCommit {
    fn is_now(&self) {
        let elapsed = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        self.at.store(elapsed, Ordering::Relaxed);
    }

    fn age(&self) -> Option<Duration> {
        let at = Some(self.at.load(Ordering::Relaxed)).filter(|at| *at > 0)?;
        Some(self.opened.elapsed().saturating_sub(Duration::from_millis(at)))
    }
}

pub(super) enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

/// How busy the database is, for the gauges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DbLoad {
    /// Writes that wait for SQLite's one writer: critical, normal, bulk. PostgreSQL has none.
    pub waiting_writes: [usize; 3],
    /// Connections of the pool; on SQLite those that read.
    pub connections: u32,
    /// Of these, who has nothing to do.
    pub idle: u32,
}

/// What `/healthz/ready` wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Reads and writes work.
    Ok,
    /// The outcome of a commit is unknown and the writer has stopped: the process must be restarted.
    Stopped,
    /// The writer has been at one group for longer than a caller waits: the file is locked, or the disk hangs.
    Stuck,
    /// The server takes no writes.
    ReadOnly,
    /// The standbys that a commit waits for are away.
    NoStandby,
}

impl Backend {
    #[cfg(feature = "postgres")]
    fn postgres(&self) -> Result<&Postgres> {
        match self {
            Self::Postgres(postgres) => Ok(postgres),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Err(Error::internal("not PostgreSQL")),
        }
    }

    /// One statement that only reads.
    pub(super) fn ask<T>(&self, work: impl Fn(&mut DbConn) -> Result<T>) -> Result<T> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => sqlite.ask(work),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.ask(work),
        }
    }
}

impl Db {
    /// Opens the pools and, on SQLite, the writer thread. Refuses an unsafe SQLite, a wrong pragma and a second writer.
    /// Does not migrate.
    pub fn open(settings: &DatabaseSettings) -> Result<Self> {
        let backend = match &settings.url {
            #[cfg(feature = "sqlite")]
            DatabaseUrl::Sqlite(path) => Backend::Sqlite(Sqlite::open(path, settings)?),
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => Backend::Postgres(Postgres::open(url, settings)?),
            #[allow(unreachable_patterns, reason = "reachable when a backend is not compiled in")]
            other => return Err(Error::internal(format!("this binary was built without {}", other.backend()))),
        };
        Ok(Self::of(backend, settings))
    }

    fn of(backend: Backend, settings: &DatabaseSettings) -> Self {
        let (common, reserved) = match &backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(_) => (settings.read_connections, sqlite::RESERVED_READERS),
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => {
                let reserved = postgres::reserved(settings.connections);
                (settings.connections.saturating_sub(reserved).max(1), reserved)
            }
        };
        Self {
            backend: Arc::new(backend),
            budget: Arc::new(ConnectionBudget::new(common, reserved)),
            share: Share::Common,
            last_commit: Arc::new(LastCommit { opened: Instant::now(), at: AtomicU64::new(0) }),
        }
    }

    /// The same database for WeChat's notifies and for health: requests can use up neither its connections nor its places in the
    /// writer's queue.
    #[must_use]
    pub fn critical(&self) -> Self {
        Self { share: Share::Critical, ..self.clone() }
    }

    /// For commands that only look, also while a server runs on the same SQLite file.
    pub fn open_reading(settings: &DatabaseSettings) -> Result<Self> {
        match &settings.url {
            #[cfg(feature = "sqlite")]
            DatabaseUrl::Sqlite(path) => Ok(Self::of(Backend::Sqlite(Sqlite::open_reading(path, settings)?), settings)),
            #[allow(unreachable_patterns, reason = "the only pattern when SQLite is not compiled in")]
            _ => Self::open(settings),
        }
    }

    /// One read transaction on a pooled connection, off the HTTP workers.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Rx) -> Result<T> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        let permit = self.budget.acquire(self.share).await?;
        blocking(permit, move || match &*backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => sqlite.read(&work),
            #[cfg(feature = "postgres")]
            Backend::Postgres(postgres) => postgres.read(&work),
        })
        .await
    }

    /// One statement that only reads, on a pooled connection, off the HTTP workers. It costs neither `BEGIN` nor its end, which is most of
    /// what a single row by its key costs; two statements here could see different moments.
    pub async fn read_one<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Rx) -> Result<T> + Send + 'static,
    {
        let backend = Arc::clone(&self.backend);
        let permit = self.budget.acquire(self.share).await?;
        blocking(permit, move || backend.ask(|conn| run_read(conn, &work))).await
    }

    /// One write transaction, in the queue of requests. `Ok` means committed and synced.
    /// Any `Err` but [`Error::OutcomeUnknown`] means that nothing was done.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let priority = if self.share == Share::Critical { WritePriority::Critical } else { WritePriority::Normal };
        self.write_in(priority, work).await
    }

    /// One write transaction behind those of requests and notifies, which leave it one place in eight. A chunk is at most 200 rows.
    pub async fn write_bulk<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.write_in(WritePriority::Bulk, work).await
    }

    async fn write_in<T, F>(&self, priority: WritePriority, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        refuse_nested_write()?;
        let written = self.write_to_backend(priority, work).await;
        if written.is_ok() {
            self.last_commit.is_now();
        }
        written
    }

    #[cfg_attr(not(feature = "sqlite"), allow(unused_variables, reason = "PostgreSQL has no priorities"))]
    async fn write_to_backend<T, F>(&self, priority: WritePriority, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => sqlite.write(priority, work).await,
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => {
                let backend = Arc::clone(&self.backend);
                let permit = self.budget.acquire(self.share).await?;
                let watched = Watched { backend: Arc::clone(&backend), at_work: Arc::default() };
                let at_work = Arc::clone(&watched.at_work);
                let run = blocking(permit, move || backend.postgres()?.write(&work, &at_work));
                // COMMIT is not under PostgreSQL's statement_timeout: a server that hangs must not hang the caller.
                match tokio::time::timeout(postgres::CLIENT_DEADLINE, run).await {
                    Ok(answer) => answer,
                    Err(_) => Err(Error::OutcomeUnknown("the database did not answer in time".into())),
                }
            }
        }
    }

    /// Whether a write may begin, as far as is known without asking the database.
    pub fn health(&self) -> Health {
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => sqlite.health(),
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => Health::Ok,
        }
    }

    /// How busy it is now.
    pub fn load(&self) -> DbLoad {
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => sqlite.load(),
            #[cfg(feature = "postgres")]
            Backend::Postgres(postgres) => postgres.load(),
        }
    }

    /// How long ago a write was last acknowledged.
    pub fn last_commit_age(&self) -> Option<Duration> {
        self.last_commit.age()
    }

    /// As [`health`](Self::health), but PostgreSQL is asked.
    #[cfg_attr(not(feature = "postgres"), allow(clippy::unused_async, reason = "only PostgreSQL is asked"))]
    pub async fn probe(&self) -> Result<Health> {
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => Ok(sqlite.health()),
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => {
                let backend = Arc::clone(&self.backend);
                let permit = self.budget.acquire(self.share).await?;
                blocking(permit, move || backend.postgres()?.health()).await
            }
        }
    }

    /// Before something is acknowledged because it was found done: it could be seen before the standbys had it
    /// (`base::db::postgres`). Costs a commit where there are standbys, and nothing anywhere else.
    #[cfg_attr(not(feature = "postgres"), allow(clippy::unused_async, reason = "only PostgreSQL has standbys"))]
    pub async fn confirm(&self) -> Result<()> {
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Backend::Postgres(postgres) if !postgres.has_standbys() => Ok(()),
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => self.write(|_| Ok(())).await,
        }
    }

    /// `sqlite` or `postgres`, for people.
    pub fn backend_name(&self) -> &'static str {
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(_) => "sqlite",
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => "postgres",
        }
    }

    pub(super) fn backend(&self) -> &Backend {
        &self.backend
    }
}

/// A write on PostgreSQL whose caller goes away, or has waited long enough, is ended a while later: one that waits for a standby would keep its
/// connection for as long as that is away, and soon all of them.
#[cfg(feature = "postgres")]
struct Watched {
    backend: Arc<Backend>,
    at_work: Arc<postgres::AtWork>,
}

#[cfg(feature = "postgres")]
impl Drop for Watched {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.at_work.is_over() {
            return;
        }
        let (backend, at_work) = (Arc::clone(&self.backend), Arc::clone(&self.at_work));
        runtime.spawn(async move {
            tokio::time::sleep(postgres::CLIENT_DEADLINE).await;
            let end = move || backend.postgres()?.end(&at_work);
            if let Ok(Err(error)) = tokio::task::spawn_blocking(end).await {
                log::error!("a write that takes too long can't be ended: {error}");
            }
        });
    }
}

async fn blocking<T: Send + 'static>(permit: Permit, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let run = move || {
        let answer = work();
        drop(permit);
        answer
    };
    tokio::task::spawn_blocking(run).await.unwrap_or_else(|_| Err(Error::internal("a database thread died")))
}
