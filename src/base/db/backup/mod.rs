//! A consistent copy of the database in one file, made by a process of its own while the shop serves.
//!
//! A copy is written beside its name and gets it only when it is whole and on the disk: what a killed process leaves is no backup, and nothing
//! is ever overwritten. SQLite: `VACUUM INTO`, one reading transaction. PostgreSQL: `pg_dump`, one snapshot.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::transaction::run_read;
use super::{Migrations, Rx};
use crate::base::config::{DatabaseSettings, DatabaseUrl};
use crate::base::error::{Error, Result};
use crate::base::private_file;

/// Some ten megabytes.
const FLUSH_EVERY: Duration = Duration::from_millis(20);

/// What is known of the last backup: a file, because a second process must not write to SQLite.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct BackupRecord {
    /// When it was begun, Unix seconds: what was written later is not in it.
    pub made_at_s: i64,
    /// Its size.
    pub bytes: u64,
}

impl BackupRecord {
    /// Of the last backup of this database; nothing if there was none.
    pub fn read(url: &DatabaseUrl) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(record_path(url)).ok()?).ok()
    }

    fn write(&self, url: &DatabaseUrl) -> Result<()> {
        let json = serde_json::to_vec(self).map_err(|_| Error::internal("a backup's record can't be written"))?;
        let path = record_path(url);
        std::fs::write(&path, json).map_err(|error| unwritable(&path, &error))
    }
}

/// Beside the SQLite file; with PostgreSQL in the folder where the shop runs.
fn record_path(url: &DatabaseUrl) -> PathBuf {
    match url {
        DatabaseUrl::Sqlite(file) => beside(file, ".backup.json"),
        DatabaseUrl::Postgres(_) => PathBuf::from("gunpo-mall.backup.json"),
    }
}

/// Copies the database into `file`, which must be new, and notes that it was done. `now_s` is the time of its beginning.
pub fn back_up(settings: &DatabaseSettings, file: &Path, now_s: i64) -> Result<BackupRecord> {
    if file.exists() {
        return Err(Error::internal(format!("{} is there already", file.display())));
    }
    let part = beside(file, ".part");
    // What a killed backup left behind.
    for left in [&part, &beside(&part, "-journal")] {
        if left.exists() {
            std::fs::remove_file(left).map_err(|error| unwritable(left, &error))?;
        }
    }
    // As private as the database: it holds the same.
    private_file::create(&part).map_err(|error| unwritable(&part, &error))?;
    let copied = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| flush_by_pieces(&part, &copied));
        let ended = copy(&settings.url, &part);
        copied.store(true, Ordering::Relaxed);
        ended
    })?;
    rename_whole(&part, file)?;
    let bytes = std::fs::metadata(file).map_err(|error| unwritable(file, &error))?.len();
    let record = BackupRecord { made_at_s: now_s, bytes };
    record.write(&settings.url)?;
    Ok(record)
}

fn copy(url: &DatabaseUrl, part: &Path) -> Result<()> {
    match url {
        #[cfg(feature = "sqlite")]
        DatabaseUrl::Sqlite(database) => sqlite::copy(database, part),
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(url) => postgres::dump(url, part),
        #[allow(unreachable_patterns, reason = "reachable when a backend is not compiled in")]
        other => Err(Error::internal(format!("this binary was built without {}", other.backend()))),
    }
}

/// What is written goes to the disk bit by bit: gigabytes at once, at the end, would keep the commits of the shop waiting behind them.
fn flush_by_pieces(part: &Path, copied: &AtomicBool) {
    while !copied.load(Ordering::Relaxed) {
        std::thread::sleep(FLUSH_EVERY);
        // It may not be there yet; what fails here fails at the end too, where it is looked at.
        let _ = File::open(part).and_then(|written| written.sync_data());
    }
}

/// A copy of a backup in nobody's way, brought up to this program's schema; gone when dropped.
pub struct OpenedBackup {
    copy: Migrations,
    #[cfg(feature = "postgres")]
    _scratch: Option<postgres::ScratchDatabase>,
}

impl OpenedBackup {
    /// However long it takes: no request waits for it.
    pub fn read<T>(&mut self, work: impl Fn(&mut Rx) -> Result<T>) -> Result<T> {
        run_read(self.copy.conn(), &work)
    }
}

/// Opens a copy of a backup: in the folder `work`, or in a database of its own on the server of the settings. Refuses one that is broken, not
/// finished, or newer than this program.
#[cfg_attr(not(feature = "sqlite"), allow(unused_variables, reason = "PostgreSQL needs no folder"))]
pub fn open_backup(settings: &DatabaseSettings, file: &Path, work: &Path) -> Result<OpenedBackup> {
    let bring_up = |url: DatabaseUrl| {
        let mut copy = Migrations::open(&DatabaseSettings { url, ..settings.clone() })?;
        copy.bring_up().map(|()| copy)
    };
    match &settings.url {
        #[cfg(feature = "sqlite")]
        DatabaseUrl::Sqlite(_) => {
            let copy = work.join("backup.db");
            std::fs::copy(file, &copy).map_err(|error| unwritable(&copy, &error))?;
            sqlite::check(&copy)?;
            Ok(OpenedBackup {
                copy: bring_up(DatabaseUrl::Sqlite(copy))?,
                #[cfg(feature = "postgres")]
                _scratch: None,
            })
        }
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(url) => {
            let scratch = postgres::ScratchDatabase::restore(url, file)?;
            Ok(OpenedBackup { copy: bring_up(DatabaseUrl::Postgres(scratch.url.clone()))?, _scratch: Some(scratch) })
        }
        #[allow(unreachable_patterns, reason = "reachable when a backend is not compiled in")]
        other => Err(Error::internal(format!("this binary was built without {}", other.backend()))),
    }
}

/// Writes a backup into the database of the settings, which must be new: nothing is overwritten.
pub fn restore_into(settings: &DatabaseSettings, file: &Path) -> Result<()> {
    match &settings.url {
        #[cfg(feature = "sqlite")]
        DatabaseUrl::Sqlite(database) => {
            let _lock = super::sqlite::FileLock::take(database)?;
            // A log that a crashed shop left behind would be played over the restored file.
            for there in
                [database.clone(), beside(database, "-wal"), beside(database, "-shm"), beside(database, "-journal")]
            {
                if there.exists() {
                    return Err(Error::internal(format!("{} is there already; move it away first", there.display())));
                }
            }
            let part = beside(database, ".part");
            std::fs::copy(file, &part).map_err(|error| unwritable(&part, &error))?;
            sqlite::unmark(&part)?;
            rename_whole(&part, database)
        }
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(url) => postgres::restore(url, file),
        #[allow(unreachable_patterns, reason = "reachable when a backend is not compiled in")]
        other => Err(Error::internal(format!("this binary was built without {}", other.backend()))),
    }
}

/// On the disk first, then under its name, then the name on the disk.
fn rename_whole(part: &Path, file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let done = File::open(part)
        .and_then(|written| written.sync_all())
        .and_then(|()| std::fs::rename(part, file))
        .and_then(|()| File::open(folder)?.sync_all());
    done.map_err(|error| unwritable(file, &error))
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn unwritable(file: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", file.display()))
}
