//! `backup` and `restore`.

use std::path::Path;
use std::time::Instant;

use super::{Fault, print, variables};
use crate::base::clock::Clock;
use crate::base::config::DatabaseSettings;
use crate::base::db::backup::{back_up, open_backup, restore_into};
use crate::flows::audit::audit;

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

/// Looks whether a backup can be used; then, unless it was only to be looked at, writes it into the configured database.
pub(super) fn restore(file: &Path, check: bool) -> Result<(), Fault> {
    let settings = DatabaseSettings::from_map(&variables()?)?;
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
    print("restored; run gunpo-mall migrate. It opens with the keys (DATA_KEYS, BLIND_INDEX_KEY) of the backup's time")
}
