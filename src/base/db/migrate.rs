//! Migrations, embedded for both backends under the same names.

use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Db, DbConn, on_backend};
use crate::base::config::{DatabaseSettings, DatabaseUrl};
use crate::base::error::{Error, Result};

#[cfg(feature = "sqlite")]
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Two migrating processes take turns (any number that nobody else uses: "gunpo" in hex).
#[cfg(feature = "postgres")]
const ADVISORY_LOCK: &str = "SELECT pg_advisory_lock(444487986287)";
#[cfg(feature = "postgres")]
const ADVISORY_UNLOCK: &str = "SELECT pg_advisory_unlock(444487986287)";

/// More migrations than there will ever be.
const MARKS_MAX: i64 = 10_000;

/// Runs and reverts migrations on a connection of its own: a migration may take longer than any request may.
pub struct Migrations {
    conn: DbConn,
    /// On SQLite, nobody else may write meanwhile.
    #[cfg(feature = "sqlite")]
    _lock: Option<super::sqlite::FileLock>,
}

impl Migrations {
    /// Connects; on SQLite takes the writer's lock, on PostgreSQL an advisory one.
    pub fn open(settings: &DatabaseSettings) -> Result<Self> {
        match &settings.url {
            #[cfg(feature = "sqlite")]
            DatabaseUrl::Sqlite(path) => {
                let lock = super::sqlite::FileLock::take(path)?;
                Ok(Self { conn: super::sqlite::open_writer(path)?, _lock: Some(lock) })
            }
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => {
                use diesel::connection::SimpleConnection;
                let mut conn = super::postgres::establish(url)?;
                conn.batch_execute(ADVISORY_LOCK)?;
                Ok(Self {
                    conn: DbConn::Postgres(conn),
                    #[cfg(feature = "sqlite")]
                    _lock: None,
                })
            }
            #[allow(unreachable_patterns, reason = "reachable when a backend is not compiled in")]
            other => Err(Error::internal(format!("this binary was built without {}", other.backend()))),
        }
    }

    /// Names of migrations that were not run yet, oldest first.
    pub fn pending(&mut self) -> Result<Vec<String>> {
        pending(&mut self.conn)
    }

    /// Runs what is pending; gives the names.
    pub fn run(&mut self) -> Result<Vec<String>> {
        let names = pending(&mut self.conn)?;
        match &mut self.conn {
            #[cfg(feature = "sqlite")]
            DbConn::Sqlite(conn) => without_foreign_keys(conn, |conn| {
                for _ in &names {
                    checked(conn, |conn| conn.run_next_migration(SQLITE).map(drop))?;
                    crate::base::failpoint::reach!("migration.after_one");
                }
                Ok(())
            })?,
            #[cfg(feature = "postgres")]
            DbConn::Postgres(conn) => {
                for _ in &names {
                    conn.run_next_migration(POSTGRES).map_err(failed)?;
                    crate::base::failpoint::reach!("migration.after_one");
                }
            }
        }
        Ok(names)
    }

    /// Reverts the newest `steps` migrations. For tests and emergencies.
    pub fn revert(&mut self, steps: usize) -> Result<()> {
        match &mut self.conn {
            #[cfg(feature = "sqlite")]
            DbConn::Sqlite(conn) => without_foreign_keys(conn, |conn| {
                (0..steps).try_for_each(|_| checked(conn, |conn| conn.revert_last_migration(SQLITE).map(drop)))
            }),
            #[cfg(feature = "postgres")]
            DbConn::Postgres(conn) => {
                (0..steps).try_for_each(|_| conn.revert_last_migration(POSTGRES).map(drop).map_err(failed))
            }
        }
    }

    /// Runs what is pending, unless a newer program has been here.
    pub(super) fn bring_up(&mut self) -> Result<()> {
        refuse(&unknown(&mut self.conn)?, NEWER)?;
        self.run().map(drop)
    }

    pub(super) fn conn(&mut self) -> &mut DbConn {
        &mut self.conn
    }

    /// How many there are in this binary for this backend.
    pub fn count(&mut self) -> Result<usize> {
        let pending = pending(&mut self.conn)?.len();
        let applied = on_backend!(&mut self.conn, |c| c.applied_migrations().map_err(failed)?.len());
        Ok(pending + applied)
    }
}

#[cfg(feature = "postgres")]
impl Drop for Migrations {
    fn drop(&mut self) {
        #[allow(irrefutable_let_patterns, reason = "refutable with both backends compiled in")]
        if let DbConn::Postgres(conn) = &mut self.conn {
            let _ = diesel::connection::SimpleConnection::batch_execute(conn, ADVISORY_UNLOCK);
        }
    }
}

impl Db {
    /// Names of migrations that were not run yet. `serve` refuses to start while there are any.
    pub fn pending_migrations(&self) -> Result<Vec<String>> {
        self.backend().ask(pending)
    }

    /// Versions of migrations that were run by a newer program and are not marked compatible with older ones. `serve` refuses to start:
    /// what this one writes might be wrong there.
    pub fn unknown_migrations(&self) -> Result<Vec<String>> {
        self.backend().ask(unknown)
    }

    /// Refuses a schema that this program does not know.
    pub fn check_schema(&self) -> Result<()> {
        refuse(&self.pending_migrations()?, "migrations are pending; run gunpo-mall migrate")?;
        refuse(&self.unknown_migrations()?, NEWER)
    }
}

const NEWER: &str = "the database is newer than this program; start the newer one";

fn refuse(versions: &[String], what: &str) -> Result<()> {
    if versions.is_empty() { Ok(()) } else { Err(Error::internal(format!("{what} ({})", versions.join(", ")))) }
}

fn unknown(conn: &mut DbConn) -> Result<Vec<String>> {
    let (known, applied) = match conn {
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(conn) => {
            let known = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(failed)?;
            (versions(&known), conn.applied_migrations().map_err(failed)?)
        }
        #[cfg(feature = "postgres")]
        DbConn::Postgres(conn) => {
            let known = MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES).map_err(failed)?;
            (versions(&known), conn.applied_migrations().map_err(failed)?)
        }
    };
    let compatible = compatible(conn)?;
    let is_known = |version: &String| known.contains(version) || compatible.contains(version);
    Ok(applied.iter().map(ToString::to_string).filter(|version| !is_known(version)).collect())
}

/// Versions that a migration has marked as good for older programs too (migrations/README.md).
fn compatible(conn: &mut DbConn) -> Result<Vec<String>> {
    use super::schema::compatible_migrations as marks;
    use diesel::prelude::*;
    let marked = marks::table.order(marks::version).limit(MARKS_MAX).select(marks::version);
    // A database from before the table was made has no marks.
    match conn.rows(marked) {
        Err(Error::Database(diesel::result::Error::DatabaseError(_, info))) if is_missing(info.message()) => {
            Ok(Vec::new())
        }
        marked => marked,
    }
}

fn is_missing(message: &str) -> bool {
    message.contains("compatible_migrations")
        && (message.contains("no such table") || message.contains("does not exist"))
}

fn versions<B: diesel::backend::Backend>(list: &[Box<dyn diesel::migration::Migration<B>>]) -> Vec<String> {
    list.iter().map(|migration| migration.name().version().to_string()).collect()
}

fn pending(conn: &mut DbConn) -> Result<Vec<String>> {
    match conn {
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(conn) => {
            if has_migration_table(conn)? {
                return Ok(names(&conn.pending_migrations(SQLITE).map_err(failed)?));
            }
            // Diesel would create its table, which a reading connection must not.
            Ok(names(&MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(failed)?))
        }
        #[cfg(feature = "postgres")]
        DbConn::Postgres(conn) => Ok(names(&conn.pending_migrations(POSTGRES).map_err(failed)?)),
    }
}

fn names<B: diesel::backend::Backend>(list: &[Box<dyn diesel::migration::Migration<B>>]) -> Vec<String> {
    list.iter().map(|migration| migration.name().to_string()).collect()
}

#[cfg(feature = "sqlite")]
fn has_migration_table(conn: &mut diesel::SqliteConnection) -> Result<bool> {
    use diesel::RunQueryDsl;
    let table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '__diesel_schema_migrations'";
    Ok(!diesel::sql_query(table).load::<Name>(conn)?.is_empty())
}

#[cfg(feature = "sqlite")]
#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

/// One migration, committed only if no row has lost its parent: a database that is broken must not pass for migrated at the next start.
#[cfg(feature = "sqlite")]
fn checked(
    conn: &mut diesel::SqliteConnection,
    migrate: impl FnOnce(&mut diesel::SqliteConnection) -> diesel::migration::Result<()>,
) -> Result<()> {
    diesel::connection::Connection::transaction(conn, |conn| {
        migrate(conn).map_err(failed)?;
        foreign_key_check(conn)
    })
}

/// Tables are rebuilt with foreign keys off, and checked: SQLite can't alter most of a table in place.
#[cfg(feature = "sqlite")]
fn without_foreign_keys(
    conn: &mut diesel::SqliteConnection,
    migrate: impl FnOnce(&mut diesel::SqliteConnection) -> Result<()>,
) -> Result<()> {
    use diesel::connection::SimpleConnection;
    conn.batch_execute("PRAGMA foreign_keys = OFF")?;
    migrate(conn)?;
    Ok(conn.batch_execute("PRAGMA foreign_keys = ON")?)
}

#[cfg(feature = "sqlite")]
fn foreign_key_check(conn: &mut diesel::SqliteConnection) -> Result<()> {
    use diesel::RunQueryDsl;
    let broken: Vec<Name> =
        diesel::sql_query("SELECT \"table\" AS name FROM pragma_foreign_key_check LIMIT 1").load(conn)?;
    match broken.first() {
        Some(row) => Err(Error::internal(format!("a migration left rows of {} without their parent", row.name))),
        None => Ok(()),
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::internal(format!("migration: {error}"))
}
