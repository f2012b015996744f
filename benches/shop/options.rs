//! The command line.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::Fault;
use crate::postgres::Server;

/// Measures the shop beside its neighbours.
#[derive(Parser)]
pub(crate) struct Options {
    /// Which database; without this all that were compiled in.
    #[arg(long, value_enum)]
    database: Option<Databases>,
    /// Finished orders that are there before; several sizes are compared with one another.
    #[arg(long, value_delimiter = ',', default_value = "1000,1000000")]
    orders: Vec<u64>,
    /// A smoke check: one round of one second a leg, on 1000 orders.
    #[arg(long)]
    quick: bool,
    /// Times that everything is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Seconds of a leg.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Only legs whose name begins with this.
    #[arg(long, default_value = "")]
    leg: String,
    /// Starts the shop under another program, for example `perf record -g -o FILE`. Its CPU then counts as the shop's.
    #[arg(long, default_value = "")]
    pub(crate) under: String,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    pub(crate) own: Option<Own>,
}

/// Processes that this binary starts of itself.
#[derive(Subcommand)]
pub(crate) enum Own {
    #[command(hide = true)]
    Bare { pages: PathBuf },
    #[command(hide = true)]
    StandIn { account: PathBuf },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Databases {
    Sqlite,
    Postgres,
    Both,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// The server that PostgreSQL needs.
    pub(crate) fn server(self, work: &Path) -> Result<Option<Rc<Server>>, Fault> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => Server::start(work).map(Rc::new).map(Some),
        }
    }
}

impl Options {
    pub(crate) fn databases(&self) -> Result<Vec<Backend>, Fault> {
        let compiled_in = if cfg!(feature = "postgres") { Databases::Both } else { Databases::Sqlite };
        let wanted = self.database.unwrap_or(compiled_in);
        if wanted != Databases::Sqlite && compiled_in == Databases::Sqlite {
            return Err("built without PostgreSQL: cargo bench --features postgres -- --database both".into());
        }
        Ok(match wanted {
            Databases::Sqlite => vec![Backend::Sqlite],
            Databases::Postgres => vec![Backend::Postgres],
            Databases::Both => vec![Backend::Sqlite, Backend::Postgres],
        })
    }

    pub(crate) fn orders(&self) -> Vec<u64> {
        if self.quick { vec![1000] } else { self.orders.clone() }
    }

    pub(crate) fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    pub(crate) fn lasting(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { self.seconds })
    }

    pub(crate) fn wants(&self, leg: &str) -> bool {
        leg.starts_with(&self.leg)
    }
}

/// `target/bench`: results, and databases on the disk that the target folder is on. A folder for temporary files may be memory, where
/// nothing is ever synced.
pub(crate) fn folder() -> Result<PathBuf, Fault> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("there is no target folder")?;
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
