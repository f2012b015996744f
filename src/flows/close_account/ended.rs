//! Which accounts have ended: a list in a file, not in the database. A backup is older than the ends that come after it; restored, it would
//! bring those people back. `restore` ends them again by this list, which is kept with the keys. It holds numbers and times only.
//!
//! A line an account: its number, when it was made, when it ended. The number alone would not do: after a restore it may be another's.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;

use super::{end_account, keep_unpaid_for_trade};
use crate::base::clock::Timestamp;
use crate::base::db::Db;
use crate::base::error::{Error, Result};
use crate::base::ids::CustomerId;
use crate::domain::customers::profile::{self, EndedAccount};
use crate::platform::app::App;
use crate::platform::sealing::Sealer;

/// Accounts of one look.
const CHUNK: i64 = 500;
const CHUNKED: usize = 500;
/// An end is committed this long after its time at the latest: two nodes end accounts side by side.
const COMMITTED_WITHIN: Duration = Duration::from_mins(5);
/// A list of a million ends; no shop has more.
const LIST_MAX_BYTES: u64 = 128 * 1024 * 1024;

/// Adds what has ended since the last line. A list that is new gets all of them.
pub(super) async fn note(app: &Arc<App>) -> Result<()> {
    let file = app.settings.ended_accounts.clone();
    let known = blocking(move || read(&file)).await?;
    let last = known.iter().map(|account| account.closed_at).max();
    let mut from = last.map_or(Timestamp::from(DateTime::UNIX_EPOCH), |at| at.minus(COMMITTED_WITHIN));
    let mut after = CustomerId(0);
    let known: HashSet<_> = known.iter().map(|account| (account.id, account.created_at)).collect();
    loop {
        let mut ended = app.db.read(move |rx| profile::ended(rx, from, after, CHUNK)).await?;
        let Some(last) = ended.last() else { return Ok(()) };
        (from, after) = (last.closed_at, last.id);
        ended.retain(|account| !known.contains(&(account.id, account.created_at)));
        let file = app.settings.ended_accounts.clone();
        blocking(move || append(&file, &ended)).await?;
    }
}

/// Ends again whom a restored database has brought back; gives how many.
pub(crate) async fn replay(db: &Db, sealer: &Arc<Sealer>, list: &Path, now: Timestamp) -> Result<usize> {
    let list = list.to_owned();
    let known = blocking(move || read(&list)).await?;
    let mut ended = 0;
    for chunk in known.chunks(CHUNKED) {
        let accounts = chunk.to_vec();
        let back = db.read(move |rx| profile::still_open(rx, &accounts)).await?;
        for customer in back {
            let context = Arc::clone(sealer);
            let write = db.write(move |tx| {
                profile::begin_closing(tx, customer, now)?;
                keep_unpaid_for_trade(tx, &context, customer, now)?;
                end_account(tx, &context, customer, now).map(drop)
            });
            write.await?;
            log::warn!(account:% = customer; "an account had ended, was back in the database, and was ended again");
            ended += 1;
        }
    }
    Ok(ended)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Error::internal("a file could not be written"))?;
    done.map_err(|error| Error::internal(format!("the list of ended accounts: {error}")))
}

/// Nothing if there is no list yet. A line that a crash cut off is left out; its account is written again.
fn read(list: &Path) -> io::Result<Vec<EndedAccount>> {
    let mut text = String::new();
    match File::open(list) {
        Ok(file) => file.take(LIST_MAX_BYTES).read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(text.split_inclusive('\n').filter_map(|line| parse(line.strip_suffix('\n')?)).collect())
}

fn parse(line: &str) -> Option<EndedAccount> {
    let mut parts = line.split(' ');
    let id = CustomerId(parts.next()?.parse().ok()?);
    let mut time = || Some(Timestamp::from(DateTime::parse_from_rfc3339(parts.next()?).ok()?.to_utc()));
    Some(EndedAccount { id, created_at: time()?, closed_at: time()? })
}

fn append(list: &Path, ended: &[EndedAccount]) -> io::Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let mut file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(list)?;
    let mut lines = Vec::new();
    if !ends_with_a_line(&mut file)? {
        lines.push(b'\n');
    }
    for EndedAccount { id, created_at, closed_at } in ended {
        writeln!(lines, "{id} {} {}", created_at.rfc3339(), closed_at.rfc3339())?;
    }
    file.write_all(&lines)?;
    file.sync_all()
}

fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    use std::io::{Seek, SeekFrom};
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_line_that_a_crash_cut_off_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("ended");
        let account = |id: i64| {
            let at = |ms| Timestamp::from(DateTime::from_timestamp_millis(1_795_000_000_000 + ms).unwrap());
            EndedAccount { id: CustomerId(id), created_at: at(id), closed_at: at(id + 1_000) }
        };
        assert!(read(&list).unwrap().is_empty());
        append(&list, &[account(1), account(2)]).unwrap();
        let whole = std::fs::read(&list).unwrap();
        std::fs::write(&list, &whole[..whole.len() - 5]).unwrap();
        assert_eq!(read(&list).unwrap(), [account(1)]);
        append(&list, &[account(2), account(3)]).unwrap();
        assert_eq!(read(&list).unwrap(), [account(1), account(2), account(3)]);
    }
}
