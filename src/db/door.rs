//! Read and write, whichever backend runs.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::DbConn;
use super::gate::{Gate, Share};
#[cfg(feature = "postgres")]
use super::postgres::{self, Postgres};
#[cfg(feature = "sqlite")]
use super::sqlite::{self, Sqlite};
use crate::config::{DatabaseSettings, DatabaseUrl};
use crate::error::{Error, Result};
use crate::turns::Turn;

/// A write that has not begun after this long is answered 503 instead of being run for a caller who has gone.
pub(super) const WRITE_DEADLINE: Duration = Duration::from_secs(5);
/// Retry-After (seconds) of a refusal for want of a connection or a place in the queue.
pub(super) const RETRY_AFTER_S: u32 = 1;

/// The database. Cloning shares it.
#[derive(Clone)]
pub struct Db {
    backend: Arc<Backend>,
    gate: Arc<Gate>,
    share: Share,
}

pub(super) enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

/// A read transaction: one snapshot, no writes.
pub struct Rx<'a>(&'a mut DbConn);

/// A write transaction. Use cases that others call take `&mut Tx`; only the outermost one opens it.
pub struct Tx<'a>(&'a mut DbConn);

impl<'a> Rx<'a> {
    pub(super) fn new(conn: &'a mut DbConn) -> Self {
        Self(conn)
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(conn: &'a mut DbConn) -> Self {
        Self(conn)
    }
}

impl Deref for Rx<'_> {
    type Target = DbConn;
    fn deref(&self) -> &DbConn {
        self.0
    }
}

impl DerefMut for Rx<'_> {
    fn deref_mut(&mut self) -> &mut DbConn {
        self.0
    }
}

impl Deref for Tx<'_> {
    type Target = DbConn;
    fn deref(&self) -> &DbConn {
        self.0
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut DbConn {
        self.0
    }
}

/// What `/healthz/ready` wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Reads and writes work.
    Ok,
    /// The outcome of a commit is unknown and the writer has stopped: the process must be restarted.
    Stopped,
}

impl Backend {
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
        Self { backend: Arc::new(backend), gate: Arc::new(Gate::new(common, reserved)), share: Share::Common }
    }

    /// The same database for WeChat's notifies and for health: requests can use up neither its connections nor its places in the
    /// writer's queue.
    #[must_use]
    pub fn vital(&self) -> Self {
        Self { backend: Arc::clone(&self.backend), gate: Arc::clone(&self.gate), share: Share::Vital }
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
        let turn = self.gate.enter(self.share).await?;
        blocking(turn, move || match &*backend {
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
        let turn = self.gate.enter(self.share).await?;
        blocking(turn, move || backend.ask(|conn| run_read(conn, &work))).await
    }

    /// One write transaction, in the lane of requests. `Ok` means committed and synced.
    /// Any `Err` but [`Error::OutcomeUnknown`] means that nothing was done.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let lane = if self.share == Share::Vital { Lane::Vital } else { Lane::Urgent };
        self.write_in(lane, work).await
    }

    /// One write transaction behind those of requests and notifies. A chunk is at most 200 rows.
    pub async fn write_bulk<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.write_in(Lane::Bulk, work).await
    }

    #[cfg_attr(not(feature = "sqlite"), allow(unused_variables, reason = "PostgreSQL has no lanes"))]
    async fn write_in<T, F>(&self, lane: Lane, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        refuse_nested_write()?;
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => sqlite.write(lane, work).await,
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => {
                let backend = Arc::clone(&self.backend);
                let turn = self.gate.enter(self.share).await?;
                let run = blocking(turn, move || match &*backend {
                    Backend::Postgres(postgres) => postgres.write(&work),
                    #[cfg(feature = "sqlite")]
                    Backend::Sqlite(_) => Err(Error::internal("the backend changed")),
                });
                // COMMIT is not under PostgreSQL's statement_timeout: a server that hangs must not hang the caller.
                match tokio::time::timeout(postgres::CLIENT_DEADLINE, run).await {
                    Ok(answer) => answer,
                    Err(_) => Err(Error::OutcomeUnknown("the database did not answer in time".into())),
                }
            }
        }
    }

    /// Whether the database can be used.
    pub fn health(&self) -> Health {
        match &*self.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => sqlite.health(),
            #[cfg(feature = "postgres")]
            Backend::Postgres(_) => Health::Ok,
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

/// Which queue a write stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// WeChat's notifies: before all others, in places that nobody else takes.
    Vital,
    /// Requests.
    Urgent,
    /// Jobs' bulk work, seeding, pruning.
    Bulk,
}

thread_local! {
    static IN_WRITE: Cell<bool> = const { Cell::new(false) };
}

/// A write opened inside another would wait for itself for ever; this says so instead.
fn refuse_nested_write() -> Result<()> {
    if IN_WRITE.get() {
        log::error!("db.write opened inside another db.write");
        return Err(Error::internal("db.write opened inside another db.write"));
    }
    Ok(())
}

/// Runs a closure of a write, marked as such, and turns a panic into an error so that the caller can roll back.
pub(super) fn run_write<T>(conn: &mut DbConn, work: &impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
    IN_WRITE.set(true);
    let ran = catch_unwind(AssertUnwindSafe(|| work(&mut Tx::new(conn))));
    IN_WRITE.set(false);
    ran.unwrap_or_else(|_| Err(Error::internal("panic inside a write")))
}

/// As [`run_write`], for a read.
pub(super) fn run_read<T>(conn: &mut DbConn, work: &impl Fn(&mut Rx) -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| work(&mut Rx::new(conn))))
        .unwrap_or_else(|_| Err(Error::internal("panic inside a read")))
}

async fn blocking<T: Send + 'static>(turn: Turn, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let run = move || {
        let answer = work();
        drop(turn);
        answer
    };
    tokio::task::spawn_blocking(run).await.unwrap_or_else(|_| Err(Error::internal("a database thread died")))
}
