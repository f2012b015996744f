//! What is asked of the server before anything is believed that it says.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};

use super::standbys;
use crate::base::error::{Error, Result};

/// A half-open socket would otherwise hang a pool for minutes (libpq connection parameters). A standby, or a primary that was made
/// read-only, is no server for us: with several hosts in the URL libpq goes on to the next.
///
/// Kerberos is not tried unless the URL asks for it: its library aborts a process that ends while a connection is being opened
/// (`krb5int_getspecific`), as a `doctor` that has just found no fault does.
const CONNECTION_PARAMETERS: [(&str, &str); 8] = [
    ("connect_timeout", "3"),
    ("keepalives", "1"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
    ("gssencmode", "disable"),
    ("target_session_attrs", "read-write"),
];
const SESSION: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET TIME ZONE 'UTC'; SET client_encoding = 'UTF8'";
const SETTINGS: &str = "SELECT current_setting('synchronous_commit') AS synchronous_commit, \
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes, \
    current_setting('lc_messages') AS lc_messages, \
    current_setting('synchronous_standby_names') AS standby_names, \
    pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_standbys, \
    pg_backend_pid() AS pid, \
    (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS started_at";

/// Settings of the server on which the truth of an answer depends.
#[derive(QueryableByName)]
struct Settings {
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Text)]
    fsync: String,
    #[diesel(sql_type = Text)]
    full_page_writes: String,
    #[diesel(sql_type = Text)]
    lc_messages: String,
    #[diesel(sql_type = Text)]
    standby_names: String,
    #[diesel(sql_type = Bool)]
    sees_standbys: bool,
    #[diesel(sql_type = Integer)]
    pid: i32,
    #[diesel(sql_type = Text)]
    started_at: String,
}

/// A connection to a server that keeps what it acknowledges.
pub(super) struct Connected {
    pub(super) conn: PgConnection,
    /// The server's process behind it. The number alone may be another's by now, or on another server.
    pub(super) process: Process,
    /// How many standbys a commit waits for.
    pub(super) standbys: u32,
}

/// Connects to a server that keeps what it acknowledges; any other is refused, with each fault named.
pub(super) fn connect(url: &str) -> Result<Connected> {
    let mut conn = establish(url)?;
    conn.batch_execute(SESSION)?;
    let settings: Settings = diesel::sql_query(SETTINGS).get_result(&mut conn)?;
    let faults = settings.faults();
    if faults.is_empty() {
        let process = Process { pid: settings.pid, started_at: settings.started_at };
        return Ok(Connected { conn, process, standbys: standbys::needed(&settings.standby_names) });
    }
    Err(Error::internal(format!("this PostgreSQL can't be used: {}", faults.join("; "))))
}

/// A process of the server, and no other that has its number.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pid: i32,
    started_at: String,
}

impl Process {
    /// Ends it, if it is still there. The role may end its own processes.
    pub(super) fn end(&self, url: &str) -> Result<()> {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2";
        let end = diesel::sql_query(end).bind::<Integer, _>(self.pid).bind::<Text, _>(&self.started_at);
        end.execute(&mut establish(url)?)?;
        Ok(())
    }
}

impl Settings {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let (commit, has_standbys) = (self.synchronous_commit.as_str(), standbys::needed(&self.standby_names) > 0);
        if commit == "off" || (commit == "local" && has_standbys) {
            faults.push(format!("synchronous_commit is {commit}: acknowledged orders can be lost; set it to on"));
        }
        if has_standbys && !self.sees_standbys {
            faults.push(
                "there are standbys and this role can't see what they have: GRANT pg_read_all_stats to it".to_owned(),
            );
        }
        if self.fsync == "off" {
            faults.push("fsync is off: a crash can destroy the database; set it to on".to_owned());
        }
        if self.full_page_writes == "off" {
            faults.push("full_page_writes is off: a crash can destroy the database; set it to on".to_owned());
        }
        // Diesel keeps no SQLSTATE for a deadlock or a cancelled statement; both are told by libpq's text.
        let language = self.lc_messages.as_str();
        if !(language.is_empty() || language.starts_with("en") || ["C", "POSIX", "C.UTF-8"].contains(&language)) {
            faults.push(format!("lc_messages is {language}: errors must be in English; set it to C for this database"));
        }
        faults
    }
}

/// Connects to a server that can be written to, without any demand on its settings.
pub(in crate::base::db) fn establish(url: &str) -> Result<PgConnection> {
    // The error of libpq names host and user, never the password.
    PgConnection::establish(&with_connection_parameters(url))
        .map_err(|error| Error::internal(format!("can't reach PostgreSQL: {error}")))
}

/// Adds what the URL does not set itself.
fn with_connection_parameters(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in CONNECTION_PARAMETERS {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        }
    }
    url
}
