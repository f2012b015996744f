//! One database of a world: made once, kept as a template, and put back before each round, so that every round begins with the same
//! rows.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use diesel::connection::{Connection, SimpleConnection};

use crate::Fault;
use crate::postgres::Server;

/// Stock that does not end, with a move for it: the books must add up at the end.
const PLENTY: &str = "INSERT INTO stock_moves (sku_id, kind, quantity, at) \
        SELECT sku_id, 'adjust', 10000000, '2026-01-02 03:04:05.678' FROM stock ORDER BY sku_id; \
    UPDATE stock SET available = available + 10000000";

pub(crate) enum Database {
    Sqlite { folder: PathBuf },
    Postgres { server: Rc<Server>, name: String },
}

impl Database {
    pub(crate) fn new(server: Option<&Rc<Server>>, folder: &Path, orders: u64) -> Result<Self, Fault> {
        let Some(server) = server else { return Ok(Self::Sqlite { folder: folder.to_owned() }) };
        let name = format!("bench_{orders}");
        server.sql("postgres", &format!("DROP DATABASE IF EXISTS {name}_work; DROP DATABASE IF EXISTS {name}"))?;
        server.sql("postgres", &format!("CREATE DATABASE {name}_work"))?;
        Ok(Self::Postgres { server: Rc::clone(server), name })
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    /// Where the shop works.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { folder } => format!("sqlite:{}", folder.join("shop.db").display()),
            Self::Postgres { server, name } => server.url_of(&format!("{name}_work")),
        }
    }

    pub(crate) fn raise_stock(&self) -> Result<(), Fault> {
        match self {
            Self::Sqlite { folder } => Ok(connect(&folder.join("shop.db"))?.batch_execute(PLENTY)?),
            Self::Postgres { server, name } => server.sql(&format!("{name}_work"), PLENTY).map(drop),
        }
    }

    /// The shop has ended: what is there now is how every round begins.
    pub(crate) fn keep_as_template(&self) -> Result<(), Fault> {
        match self {
            Self::Sqlite { folder } => {
                let shop = folder.join("shop.db");
                connect(&shop)?.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
                Ok(fs::rename(shop, folder.join("template.db"))?)
            }
            Self::Postgres { server, name } => {
                // Else the server would tidy up in the middle of a leg.
                server.sql(&format!("{name}_work"), "VACUUM (ANALYZE)")?;
                server.sql("postgres", &format!("ALTER DATABASE {name}_work RENAME TO {name}")).map(drop)
            }
        }
    }

    pub(crate) fn restore(&self) -> Result<(), Fault> {
        match self {
            Self::Sqlite { folder } => {
                for file in ["shop.db-wal", "shop.db-shm"] {
                    let _ = fs::remove_file(folder.join(file));
                }
                fs::copy(folder.join("template.db"), folder.join("shop.db"))?;
                // On the disk before the measuring begins, not during it.
                Ok(File::open(folder.join("shop.db"))?.sync_all()?)
            }
            Self::Postgres { server, name } => {
                let copy = format!("CREATE DATABASE {name}_work TEMPLATE {name} STRATEGY FILE_COPY");
                server.sql(
                    "postgres",
                    &format!("DROP DATABASE IF EXISTS {name}_work WITH (FORCE); {copy}; CHECKPOINT"),
                )?;
                Ok(())
            }
        }
    }
}

/// As the shop's writer opens it (`src/base/db/sqlite/open.rs`).
pub(crate) fn connect(path: &Path) -> Result<diesel::SqliteConnection, Fault> {
    let mut conn = diesel::SqliteConnection::establish(&path.display().to_string())?;
    conn.batch_execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; \
         PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(conn)
}
