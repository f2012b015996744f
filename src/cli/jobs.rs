//! `jobs list` and `jobs retry`.

use clap::Subcommand;

use super::{Fault, print, variables};
use crate::base::clock::Clock;
use crate::base::config::DatabaseSettings;
use crate::base::db::Db;
use crate::base::ids::JobId;
use crate::platform::jobs::{self, JobState};

#[derive(Subcommand)]
pub(super) enum JobsCommand {
    /// Show jobs, the oldest first, at most 200; dead ones by due time.
    List {
        /// Only those that failed too often.
        #[arg(long)]
        dead: bool,
    },
    /// Give a dead job a new life.
    Retry {
        /// Number shown by `jobs list`.
        id: i64,
    },
}

pub(super) async fn run(command: JobsCommand) -> Result<(), Fault> {
    let settings = DatabaseSettings::from_map(&variables()?)?;
    match command {
        JobsCommand::List { dead } => {
            let db = Db::open_reading(&settings)?;
            let state = dead.then_some(JobState::Dead);
            for job in db.read(move |rx| jobs::list(rx, state)).await? {
                print(&format!(
                    "{:>8}  {:<24} {:<8} {}  attempts {:<3} {}  {}",
                    job.id,
                    job.kind,
                    job.state.as_str(),
                    job.run_at.rfc3339(),
                    job.attempts,
                    job.payload,
                    job.last_error.unwrap_or_default()
                ))?;
            }
            Ok(())
        }
        JobsCommand::Retry { id } => {
            let db = Db::open(&settings)?;
            let now = Clock::system().timestamp();
            if db.write(move |tx| jobs::retry(tx, JobId(id), now)).await? {
                print(&format!("job {id} is ready again"))
            } else {
                Err(format!("job {id} is not dead").into())
            }
        }
    }
}
