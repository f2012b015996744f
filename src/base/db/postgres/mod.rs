//! PostgreSQL: one bounded pool, stated timeouts everywhere, and no guess about a commit whose answer was lost.
//!
//! - A lost COMMIT is [`Error::OutcomeUnknown`]. To ask for the transaction by its number (`pg_xact_status`) would be a guess: a server that
//!   crashes before the flush gives the number to somebody else. Who asked repeats with the same key; jobs and notifies come again.
//! - With synchronous standbys (`synchronous_standby_names`) a row can be seen before it is replicated, and is gone if the standby is promoted
//!   then. So nothing is acknowledged because of what was found: each write writes something, and its COMMIT waits for the standby.

mod server;
mod standbys;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::DbConn;
use super::fault::{Fault, classify, rolled_back, unavailable};
use super::handle::{DbLoad, Health};
use super::transaction::{Rx, Tx, run_read, run_write};
use crate::base::config::DatabaseSettings;
use crate::base::error::{Error, Result};

use server::Process;
pub(super) use server::establish;

/// A caller that gets no connection in this time answers 503.
const POOL_WAIT: Duration = Duration::from_secs(2);
/// Settings of the server that changed, standbys above all, are known after this time at the latest.
const CONNECTION_LIFE: Duration = Duration::from_mins(1);
/// Of `connections`, how many only notifies and health may use.
pub(super) fn reserved(connections: u32) -> u32 {
    (connections / 8).max(1)
}

/// The longest a caller waits for a write, commit included.
pub(super) const CLIENT_DEADLINE: Duration = Duration::from_secs(15);
/// Runs of one write after serialization failures and deadlocks.
const RUNS_MAX: usize = 4;
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// The guarded updates are written for READ COMMITTED, whatever the server's default is.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// COMMIT alone succeeds in a transaction that a failed statement has aborted, and rolls it back; the statement before it does not.
const COMMIT: &str = "SELECT 1; COMMIT";
/// The message makes a COMMIT wait for the standby even if nothing else was written.
const COMMIT_WITH_STANDBYS: &str = "SELECT pg_logical_emit_message(true, 'gunpo-mall', ''); COMMIT";
const IS_READ_ONLY: &str = "SELECT current_setting('transaction_read_only')::boolean AS value";

pub(super) struct Postgres {
    url: String,
    pool: r2d2::Pool<Manager>,
    standbys: Arc<AtomicU32>,
}

pub(super) struct Manager {
    url: String,
    /// How many a commit waits for, as the newest connection found it.
    standbys: Arc<AtomicU32>,
}

/// A connection of the pool.
pub(super) struct Pooled {
    conn: DbConn,
    process: Process,
    /// What was begun on it has ended. Else nobody knows what it holds, and it is not used again.
    clean: bool,
}

/// The server's process at work for one write, told between the write and whoever ends it.
#[derive(Default)]
pub(super) struct AtWork(Mutex<Work>);

#[derive(Default)]
enum Work {
    #[default]
    NotBegun,
    /// By this process.
    Begun(Process),
    /// Somebody ends the process: its connection is not used again.
    BeingEnded,
    Over,
}

impl AtWork {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, process: &Process) {
        *self.lock() = Work::Begun(process.clone());
    }

    /// `false`: somebody ends the process.
    fn leave(&self) -> bool {
        !matches!(std::mem::replace(&mut *self.lock(), Work::Over), Work::BeingEnded)
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(*self.lock(), Work::Over)
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = Error;

    fn connect(&self) -> Result<Pooled> {
        let connected = server::connect(&self.url)?;
        self.standbys.store(connected.standbys, Ordering::Release);
        Ok(Pooled { conn: DbConn::Postgres(connected.conn), process: connected.process, clean: true })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<()> {
        Ok(pooled.conn.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        !pooled.clean
    }
}

impl Pooled {
    /// Ends what was begun; a connection that can't even do that is not used again.
    fn end(&mut self, sql: &str) -> QueryResult<()> {
        let ended = self.conn.batch_execute(sql);
        self.clean = ended.is_ok();
        ended
    }

    fn roll_back(&mut self) -> Result<()> {
        self.end("ROLLBACK").map_err(|error| rolled_back(error.into()))
    }

    /// After work that failed. A server that can't be written to is left: the next connection may meet another.
    fn give_up(&mut self, error: &Error) -> Result<()> {
        self.roll_back()?;
        self.clean = !matches!(error, Error::Database(error) if classify(error) == Fault::ReadOnly);
        Ok(())
    }
}

impl Postgres {
    pub(super) fn open(url: &str, settings: &DatabaseSettings) -> Result<Self> {
        // By itself first: the pool tells nobody why it can't connect.
        let first = server::connect(url)?;
        let standbys = Arc::new(AtomicU32::new(first.standbys));
        drop(first);
        let pool = r2d2::Pool::builder()
            .max_size(settings.connections)
            .min_idle(Some(1))
            .connection_timeout(POOL_WAIT)
            .max_lifetime(Some(CONNECTION_LIFE))
            .test_on_check_out(false)
            .build(Manager { url: url.to_owned(), standbys: Arc::clone(&standbys) })
            .map_err(|error| Error::internal(format!("can't open the database pool: {error}")))?;
        Ok(Self { url: url.to_owned(), pool, standbys })
    }

    fn standbys(&self) -> u32 {
        self.standbys.load(Ordering::Acquire)
    }

    pub(super) fn load(&self) -> DbLoad {
        let pool = self.pool.state();
        DbLoad { waiting_writes: [0; 3], connections: pool.connections, idle: pool.idle_connections }
    }

    pub(super) fn has_standbys(&self) -> bool {
        self.standbys() > 0
    }

    /// Runs what begins a transaction, or is all of it, on a connection that answers.
    ///
    /// A connection that died in the pool, as all do when the server restarts, is found here, where nothing is lost by it yet, and
    /// another is taken. To ask each whether it lives, before it is used, would be one more round trip for every transaction.
    fn begin<T>(
        &self,
        first: impl Fn(&mut DbConn) -> Result<T>,
    ) -> Result<(r2d2::PooledConnection<Manager>, Result<T>)> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut pooled = self.pool.get().map_err(|_| unavailable("no free database connection"))?;
            pooled.clean = false;
            match first(&mut pooled.conn) {
                Err(Error::Database(error)) if classify(&error) == Fault::Lost && tries <= self.pool.max_size() => {}
                answer => return Ok((pooled, answer)),
            }
        }
    }

    fn begin_transaction(&self, sql: &str) -> Result<r2d2::PooledConnection<Manager>> {
        let (pooled, begun) = self.begin(|conn| Ok(conn.batch_execute(sql)?))?;
        begun.map(|()| pooled).map_err(rolled_back)
    }

    /// One statement that only reads, without a transaction around it.
    pub(super) fn ask<T>(&self, work: impl Fn(&mut DbConn) -> Result<T>) -> Result<T> {
        let (mut pooled, answer) = self.begin(work)?;
        pooled.clean = !matches!(&answer, Err(Error::Database(error)) if classify(error) == Fault::Lost);
        answer.map_err(rolled_back)
    }

    /// Whether a write can be acknowledged. The connection is not used again if the server takes none: it became a standby, or was fenced off.
    pub(super) fn health(&self) -> Result<Health> {
        let (mut pooled, answer) = self.begin(|conn| health(conn, self.standbys()))?;
        pooled.clean = !matches!(answer, Ok(Health::ReadOnly) | Err(_));
        answer.map_err(rolled_back)
    }

    pub(super) fn read<T>(&self, work: &impl Fn(&mut Rx) -> Result<T>) -> Result<T> {
        let mut pooled = self.begin_transaction(BEGIN_READ)?;
        let answer = run_read(&mut pooled.conn, work);
        pooled.roll_back()?;
        answer.map_err(rolled_back)
    }

    pub(super) fn write<T>(&self, work: &impl Fn(&mut Tx) -> Result<T>, at_work: &AtWork) -> Result<T> {
        let mut runs = 0;
        loop {
            runs += 1;
            match self.attempt(work, at_work)? {
                Attempt::Ended(answer) => return answer.map_err(rolled_back),
                Attempt::Again(error) if runs >= RUNS_MAX => return Err(rolled_back(error)),
                Attempt::Again(_) => {}
            }
        }
    }

    /// Ends a write that nobody waits for any more: without its standby it would keep its connection for as long as that is away.
    pub(super) fn end(&self, at_work: &AtWork) -> Result<()> {
        let process = match std::mem::replace(&mut *at_work.lock(), Work::BeingEnded) {
            Work::Begun(process) => process,
            other => {
                *at_work.lock() = other;
                return Ok(());
            }
        };
        process.end(&self.url)
    }

    fn attempt<T>(&self, work: &impl Fn(&mut Tx) -> Result<T>, at_work: &AtWork) -> Result<Attempt<T>> {
        let mut pooled = self.begin_transaction(BEGIN_WRITE)?;
        at_work.begin(&pooled.process);
        let attempt = self.attempt_on(&mut pooled, work);
        // The next write must not meet the end that is meant for this one.
        pooled.clean &= at_work.leave();
        attempt
    }

    fn attempt_on<T>(&self, pooled: &mut Pooled, work: &impl Fn(&mut Tx) -> Result<T>) -> Result<Attempt<T>> {
        let answer = match run_write(&mut pooled.conn, work) {
            Ok(answer) => answer,
            Err(error) => {
                let again = matches!(&error, Error::Database(database) if classify(database) == Fault::Retry);
                pooled.give_up(&error)?;
                return Ok(if again { Attempt::Again(error) } else { Attempt::Ended(Err(error)) });
            }
        };
        crate::base::failpoint::reach!("write.before_commit");
        let (standbys, started) = (self.standbys(), Instant::now());
        match pooled.end(if standbys > 0 { COMMIT_WITH_STANDBYS } else { COMMIT }) {
            Ok(()) => {
                crate::base::failpoint::reach!("write.after_commit");
                if standbys > 0 && started.elapsed() > standbys::COMMIT_SUSPECT {
                    standbys::confirm(on_postgres(&mut pooled.conn)?, standbys)?;
                }
                Ok(Attempt::Ended(Ok(answer)))
            }
            Err(error) => match classify(&error) {
                Fault::Retry => {
                    pooled.roll_back()?;
                    Ok(Attempt::Again(error.into()))
                }
                Fault::Aborted => {
                    pooled.roll_back()?;
                    Err(Error::internal("a statement failed inside a write, and the write went on"))
                }
                _ => Err(Error::OutcomeUnknown(format!("COMMIT lost: {error}"))),
            },
        }
    }
}

enum Attempt<T> {
    Ended(Result<T>),
    Again(Error),
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    value: bool,
}

fn health(conn: &mut DbConn, standbys: u32) -> Result<Health> {
    let conn = on_postgres(conn)?;
    if diesel::sql_query(IS_READ_ONLY).get_result::<Flag>(conn)?.value {
        return Ok(Health::ReadOnly);
    }
    let can_commit = standbys == 0 || standbys::are_there(conn, standbys)?;
    Ok(if can_commit { Health::Ok } else { Health::NoStandby })
}

fn on_postgres(conn: &mut DbConn) -> Result<&mut PgConnection> {
    match conn {
        DbConn::Postgres(conn) => Ok(conn),
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(_) => Err(Error::internal("not PostgreSQL")),
    }
}
