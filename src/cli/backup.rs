//! `backup` and `restore`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::{Fault, print, variables};
use crate::base::clock::Clock;
use crate::base::config::{DatabaseSettings, EndedAccounts};
use crate::base::db::backup::{back_up, open_backup, restore_into};
use crate::base::db::{Db, Migrations};
use crate::flows::audit::audit;
use crate::flows::close_account::replay;
use crate::platform::sealing::Sealer;

/// How far the shop's requests go before this.
const NICE: i32 = 10;

pub(super) fn backup(file: &Path) -> Result<(), Fault> {
    let settings = DatabaseSettings::from_map(&variables()?)?;
    // A system that refuses makes the same backup, only less politely.
    let _ = rustix::process::nice(NICE);
    let started = Instant::now();
    let made = back_up(&settings, file, Clock::system().timestamp().utc().timestamp())?;
    print(&format!("{}: {} bytes in {} s", file.display(), made.bytes, started.elapsed().as_secs()))
}

/// Looks whether a backup can be used; then, unless it was only to be looked at, writes it into the configured database, brings that up to this
/// program's schema, and ends again the accounts that have ended since.
pub(super) async fn restore(file: &Path, check: bool) -> Result<(), Fault> {
    let map = variables()?;
    let settings = DatabaseSettings::from_map(&map)?;
    let ended = EndedAccounts::from_map(&map, &settings.url)?;
    let work = tempfile::tempdir()?;
    let faults = open_backup(&settings, file, work.path())?.read(|rx| audit(rx))?;
    if !faults.is_empty() {
        return Err(format!("{} is no good:\n  - {}", file.display(), faults.join("\n  - ")).into());
    }
    print(&format!("{}: integrity, schema, stock and money are right", file.display()))?;
    if check {
        return Ok(());
    }
    restore_into(&settings, file)?;
    Migrations::open(&settings)?.run()?;
    match &ended.data_keys {
        Some(keys) => {
            let sealer = Arc::new(Sealer::new(keys)?);
            let again = replay(&Db::open(&settings)?, &sealer, &ended.file, Clock::system().timestamp()).await?;
            print(&format!("{again} account(s) that had ended since were ended again"))?;
        }
        None => print(&format!("there is no {}: whoever has ended the account since is back", ended.file.display()))?,
    }
    print("restored; it opens with the keys (DATA_KEYS, BLIND_INDEX_KEY) of the backup's time")
}
