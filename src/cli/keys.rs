//! `keys status` and `keys rotate`.

use std::sync::Arc;

use clap::Subcommand;

use super::{Fault, print, variables};
use crate::base::clock::{Clock, Timestamp};
use crate::base::config::{DatabaseSettings, Settings};
use crate::base::db::Db;
use crate::flows::keys::{self, KeyStatus};
use crate::platform::sealing::Sealer;

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Show which keys of `DATA_KEYS` hold what: one that holds nothing can be taken out and destroyed.
    Status,
    /// Wrap everything anew under the first key of `DATA_KEYS`. A running shop does so by itself within ten minutes.
    Rotate,
}

/// Far more than any shop has.
const CHUNKS_MAX: usize = 1_000_000;

pub(super) async fn run(command: KeysCommand) -> Result<(), Fault> {
    let map = variables()?;
    let settings = DatabaseSettings::from_map(&map)?;
    let sealer = Arc::new(Sealer::new(&Settings::from_map(&map)?.data_keys)?);
    match command {
        KeysCommand::Status => {
            let db = Db::open_reading(&settings)?;
            let context = Arc::clone(&sealer);
            let status = db.read(move |rx| keys::status(rx, &context)).await?;
            show(&status, &sealer)
        }
        KeysCommand::Rotate => {
            let db = Db::open(&settings)?;
            let done = keys::rotate(&db, &sealer, Clock::system().timestamp(), CHUNKS_MAX).await?;
            print(&format!("{} data keys wrapped anew, {} secrets sealed anew", done.keys, done.secrets))
        }
    }
}

fn show(status: &KeyStatus, sealer: &Sealer) -> Result<(), Fault> {
    let first = sealer.epoch()?;
    print("key       place     data keys  wrapped since")?;
    let is_unused = |id: &&str| status.epochs.iter().all(|used| used.epoch != **id);
    for id in sealer.configured().filter(is_unused) {
        print(&format!("{id:<9} {:<9} {:>9}", if id == first { "first" } else { "opens" }, 0))?;
    }
    for used in &status.epochs {
        let place = match used.epoch.as_str() {
            id if id == first => "first",
            id if sealer.configured().any(|known| known == id) => "opens",
            _ => "MISSING",
        };
        let since = used.oldest.map(Timestamp::rfc3339).unwrap_or_default();
        print(&format!("{:<9} {place:<9} {:>9}  {since}", used.epoch, used.keys))?;
    }
    let left = status.left;
    print(&format!("secrets of the shop under older keys: {}", status.older_secrets))?;
    print(&format!(
        "rows without a subject's key: {} people, {} orders, {} notifies",
        left.people, left.orders, left.notifies
    ))?;
    let retire: Vec<&str> = sealer.configured().skip(1).filter(is_unused).collect();
    if status.older_secrets == 0 && left.sum() == 0 && !retire.is_empty() {
        print(&format!("can be destroyed: {}", retire.join(", ")))?;
    }
    if status.lost.is_empty() {
        return Ok(());
    }
    Err(format!("{} do(es) not open what they wrap", names(status)).into())
}

fn names(status: &KeyStatus) -> String {
    status.lost.iter().map(|used| used.epoch.as_str()).collect::<Vec<_>>().join(", ")
}
