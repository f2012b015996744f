//! PostgreSQL: one bounded pool, stated timeouts everywhere, and an answer for the commit whose answer was lost.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::DbConn;
use super::fault::{Fault, classify, rolled_back, unavailable};
use super::transaction::{Rx, Tx, run_read, run_write};
use crate::base::config::DatabaseSettings;
use crate::base::error::{Error, Result};

/// A caller that gets no connection in this time answers 503.
const POOL_WAIT: Duration = Duration::from_secs(2);
/// Of `connections`, how many only notifies and health may use.
pub(super) fn reserved(connections: u32) -> u32 {
    (connections / 8).max(1)
}

/// The longest a caller waits for a write, commit included.
pub(super) const CLIENT_DEADLINE: Duration = Duration::from_secs(15);
/// Runs of one write after serialization failures and deadlocks.
const RUNS_MAX: usize = 4;
/// How often the fate of a transaction is asked for, this far apart.
const FATE_ASKS: usize = 5;
const FATE_GAP: Duration = Duration::from_millis(200);

/// A half-open socket would otherwise hang a pool for minutes (libpq connection parameters).
///
/// Kerberos is not tried unless the URL asks for it: its library aborts a process that ends while a connection is being opened
/// (`krb5int_getspecific`), as a `doctor` that has just found no fault does.
const NETWORK_PARAMETERS: [(&str, &str); 7] = [
    ("connect_timeout", "3"),
    ("keepalives", "1"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
    ("gssencmode", "disable"),
];
const SESSION: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET TIME ZONE 'UTC'; SET client_encoding = 'UTF8'";

pub(super) struct Postgres {
    pool: r2d2::Pool<Manager>,
}

pub(super) struct Manager {
    url: String,
}

/// A connection of the pool.
pub(super) struct Pooled {
    conn: DbConn,
    /// What was begun on it has ended. Else nobody knows what it holds, and it is not used again.
    clean: bool,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = Error;

    fn connect(&self) -> Result<Pooled> {
        // The error of libpq names host and user, never the password.
        let mut conn = PgConnection::establish(&self.url)
            .map_err(|error| Error::internal(format!("can't reach PostgreSQL: {error}")))?;
        conn.batch_execute(SESSION)?;
        Ok(Pooled { conn: DbConn::Postgres(conn), clean: true })
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
}

impl Postgres {
    pub(super) fn open(url: &str, settings: &DatabaseSettings) -> Result<Self> {
        let pool = r2d2::Pool::builder()
            .max_size(settings.connections)
            .min_idle(Some(1))
            .connection_timeout(POOL_WAIT)
            .test_on_check_out(false)
            .build(Manager { url: with_network_parameters(url) })
            .map_err(|error| Error::internal(format!("can't open the database pool: {error}")))?;
        let opened = Self { pool };
        opened.ask(check_messages)?;
        Ok(opened)
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

    pub(super) fn read<T>(&self, work: &impl Fn(&mut Rx) -> Result<T>) -> Result<T> {
        let mut pooled = self.begin_transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let answer = run_read(&mut pooled.conn, work);
        pooled.roll_back()?;
        answer.map_err(rolled_back)
    }

    pub(super) fn write<T>(&self, work: &impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        let mut runs = 0;
        loop {
            runs += 1;
            match self.attempt(work)? {
                Attempt::Ended(answer) => return answer.map_err(rolled_back),
                Attempt::Again(error) if runs >= RUNS_MAX => return Err(rolled_back(error)),
                Attempt::Again(_) => {}
            }
        }
    }

    fn attempt<T>(&self, work: &impl Fn(&mut Tx) -> Result<T>) -> Result<Attempt<T>> {
        let mut pooled = self.begin_transaction("BEGIN")?;
        // Asked before the work: at its end rows are locked that others wait for.
        let transaction = match transaction_id(&mut pooled.conn) {
            Ok(transaction) => transaction,
            Err(error) => {
                pooled.roll_back()?;
                return Ok(Attempt::Ended(Err(error)));
            }
        };
        let answer = match run_write(&mut pooled.conn, work) {
            Ok(answer) => answer,
            Err(error) => {
                let again = matches!(&error, Error::Database(database) if classify(database) == Fault::Retry);
                pooled.roll_back()?;
                return Ok(if again { Attempt::Again(error) } else { Attempt::Ended(Err(error)) });
            }
        };
        crate::base::failpoint::reach!("write.before_commit");
        match pooled.end("COMMIT") {
            Ok(()) => {
                crate::base::failpoint::reach!("write.after_commit");
                Ok(Attempt::Ended(Ok(answer)))
            }
            Err(error) if classify(&error) == Fault::Retry => {
                pooled.roll_back()?;
                Ok(Attempt::Again(error.into()))
            }
            // The answer to COMMIT was lost: it is looked up by the transaction's own number, never guessed.
            Err(error) => {
                drop(pooled);
                match self.fate(&transaction) {
                    Some(true) => Ok(Attempt::Ended(Ok(answer))),
                    Some(false) => Ok(Attempt::Again(error.into())),
                    None => Err(Error::OutcomeUnknown(format!("COMMIT lost: {error}"))),
                }
            }
        }
    }

    /// Whether a transaction was committed; `None` if the server can't be asked.
    fn fate(&self, transaction: &str) -> Option<bool> {
        for _ in 0..FATE_ASKS {
            if let Ok(status) = self.ask(|conn| transaction_status(conn, transaction)) {
                match status.as_deref() {
                    Some("committed") => return Some(true),
                    Some("aborted") => return Some(false),
                    _ => {}
                }
            }
            std::thread::sleep(FATE_GAP);
        }
        None
    }
}

enum Attempt<T> {
    Ended(Result<T>),
    Again(Error),
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

/// Diesel keeps no SQLSTATE for a deadlock or a cancelled statement; both are told by libpq's text, which must be English.
fn check_messages(conn: &mut DbConn) -> Result<()> {
    let language =
        one_text(conn, diesel::sql_query("SELECT current_setting('lc_messages') AS value"))?.unwrap_or_default();
    if language.is_empty() || language.starts_with("en") || ["C", "POSIX", "C.UTF-8"].contains(&language.as_str()) {
        return Ok(());
    }
    Err(Error::internal(format!(
        "PostgreSQL speaks '{language}' (lc_messages); set it to C or en_US for this database"
    )))
}

diesel::define_sql_function! {
    /// Is an `xid8`, of which Diesel knows nothing; `concat` takes whatever there is.
    fn pg_current_xact_id() -> Text;
}
diesel::define_sql_function! {
    fn concat(any: Text) -> Text;
}

/// Gives the transaction its number, which it would get with its first row anyway.
fn transaction_id(conn: &mut DbConn) -> Result<String> {
    let number = diesel::select(concat(pg_current_xact_id()));
    match conn {
        DbConn::Postgres(conn) => Ok(number.get_result(conn)?),
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(_) => Err(Error::internal("not PostgreSQL")),
    }
}

fn transaction_status(conn: &mut DbConn, transaction: &str) -> Result<Option<String>> {
    let query = diesel::sql_query("SELECT pg_xact_status($1::xid8) AS value").bind::<Text, _>(transaction.to_owned());
    match conn {
        DbConn::Postgres(conn) => Ok(query.get_result::<TextRow>(conn)?.value),
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(_) => Ok(None),
    }
}

fn one_text(conn: &mut DbConn, query: diesel::query_builder::SqlQuery) -> Result<Option<String>> {
    match conn {
        DbConn::Postgres(conn) => Ok(query.get_result::<TextRow>(conn)?.value),
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(_) => Ok(None),
    }
}

/// Adds what the URL does not set itself.
pub(super) fn with_network_parameters(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in NETWORK_PARAMETERS {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        }
    }
    url
}
