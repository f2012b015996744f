//! Connections with the pragmas that the design rests on, read back so that a wrong one refuses the start.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::base::config::DatabaseSettings;
use crate::base::db::DbConn;
use crate::base::error::{Error, Result};
use crate::base::private_file;

/// 3.7.0 to 3.51.2 can corrupt a database in WAL mode ("WAL-reset bug", fixed in 3.51.3 of 2026-03-13).
const SAFE_VERSION: (u32, u32, u32) = (3, 51, 3);
/// A reader that gets no connection in this time answers 503.
const READ_POOL_WAIT: Duration = Duration::from_secs(2);

/// WAL, synced at every commit (NORMAL may lose acknowledged commits on power loss), and a WAL file that shrinks again. What is deleted is
/// overwritten where that costs no page of its own; what stays behind opens until its key is destroyed (`platform::sealing`).
const WRITER_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
    PRAGMA busy_timeout = 5000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;";
const READER_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
    PRAGMA query_only = ON;";

/// Whether `sqlite_version()` is free of the WAL-reset bug. Text that is not a version is not.
pub(crate) fn version_is_safe(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => (major, minor, patch) >= SAFE_VERSION,
        _ => false,
    }
}

/// The writing connection. Refuses an unsafe library and a pragma that did not take.
pub(crate) fn open_writer(path: &Path) -> Result<DbConn> {
    // SQLite gives the files beside it the same mode. One that is there keeps its mode.
    match private_file::create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(Error::internal(format!("can't create {}: {error}", path.display())));
        }
        _ => {}
    }
    let mut conn = establish(path)?;
    let version: String = diesel::select(diesel::dsl::sql::<Text>("sqlite_version()")).get_result(&mut conn)?;
    if !version_is_safe(&version) {
        return Err(Error::internal(format!("SQLite {version} can corrupt a WAL database; 3.51.3 or newer is needed")));
    }
    conn.batch_execute(WRITER_PRAGMAS)?;
    let journal = pragma_text(&mut conn, "SELECT journal_mode AS value FROM pragma_journal_mode")?;
    let synchronous = pragma_number(&mut conn, "SELECT synchronous AS value FROM pragma_synchronous")?;
    let foreign_keys = pragma_number(&mut conn, "SELECT foreign_keys AS value FROM pragma_foreign_keys")?;
    if (journal.as_str(), synchronous, foreign_keys) != ("wal", 2, 1) {
        return Err(Error::internal(format!(
            "SQLite did not take its settings: journal_mode={journal} (wal), synchronous={synchronous} (2), \
             foreign_keys={foreign_keys} (1)"
        )));
    }
    Ok(DbConn::Sqlite(conn))
}

pub(in crate::base::db) fn establish(path: &Path) -> Result<SqliteConnection> {
    let shown = path.display().to_string();
    SqliteConnection::establish(&shown).map_err(|error| Error::internal(format!("can't open {shown}: {error}")))
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Integer)]
    value: i32,
}

fn pragma_text(conn: &mut SqliteConnection, query: &str) -> Result<String> {
    Ok(diesel::sql_query(query).get_result::<TextRow>(conn)?.value)
}

fn pragma_number(conn: &mut SqliteConnection, query: &str) -> Result<i32> {
    Ok(diesel::sql_query(query).get_result::<NumberRow>(conn)?.value)
}

/// Opens `query_only` connections for r2d2.
pub(crate) struct ReadManager {
    path: PathBuf,
}

impl r2d2::ManageConnection for ReadManager {
    type Connection = DbConn;
    type Error = Error;

    fn connect(&self) -> Result<DbConn> {
        let mut conn = establish(&self.path)?;
        conn.batch_execute(READER_PRAGMAS)?;
        Ok(DbConn::Sqlite(conn))
    }

    fn is_valid(&self, conn: &mut DbConn) -> Result<()> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, _conn: &mut DbConn) -> bool {
        false
    }
}

pub(crate) fn read_pool(path: &Path, settings: &DatabaseSettings) -> Result<r2d2::Pool<ReadManager>> {
    r2d2::Pool::builder()
        .max_size(settings.read_connections.saturating_add(super::RESERVED_READERS))
        .min_idle(Some(1))
        .connection_timeout(READ_POOL_WAIT)
        .test_on_check_out(false)
        .build(ReadManager { path: path.to_owned() })
        .map_err(|error| Error::internal(format!("can't open reading connections: {error}")))
}
