//! The data folder's journal: one line for each change, replayed and compacted at open.
//!
//! A line is a JSON array of the rows that change together. It is handed to the system with one write, so it survives the death of the process, not the
//! loss of power. Between two openings the file grows with every change and has no upper limit.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::records::Record;
use crate::Error;

const FILE: &str = "journal.jsonl";
const LOCK: &str = "lock";

/// Where changes are written; nowhere when the stand-in lives in memory only.
pub(crate) struct Journal(Option<Open>);

struct Open {
    path: PathBuf,
    file: Option<File>,
    /// Bytes of whole lines; what a failed write leaves behind is cut off.
    length: u64,
    /// Held, not read: two writers would destroy the journal. The system frees it at any death.
    _lock: File,
}

impl Journal {
    /// Takes the data folder for this stand-in alone.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, Error> {
        let Some(folder) = folder else {
            return Ok(Self(None));
        };
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let lock = File::create(folder.join(LOCK)).map_err(Error::file(folder.join(LOCK)))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::InUse { path: folder.to_owned() },
            TryLockError::Error(error) => Error::file(folder.join(LOCK))(error),
        })?;
        Ok(Self(Some(Open { path: folder.join(FILE), file: None, length: 0, _lock: lock })))
    }

    /// Reads every record. A last line without its line end was torn by a kill and never counted.
    pub(crate) fn replay(&self, mut apply: impl FnMut(Record)) -> Result<(), Error> {
        let Some(open) = &self.0 else {
            return Ok(());
        };
        let file = match File::open(&open.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            file => file.map_err(Error::file(&open.path))?,
        };
        let mut lines = BufReader::new(file);
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            lines.read_until(b'\n', &mut bytes).map_err(Error::file(&open.path))?;
            if bytes.pop() != Some(b'\n') {
                break;
            }
            let damaged = |source| Error::Journal { path: open.path.clone(), line, source };
            let records: Vec<Record> = serde_json::from_slice(&bytes).map_err(damaged)?;
            records.into_iter().for_each(&mut apply);
        }
        Ok(())
    }

    /// Writes the state anew, aside and then renamed, and goes on behind it.
    pub(crate) fn compact(&mut self, records: impl Iterator<Item = Record>) -> Result<(), Error> {
        let Some(open) = &mut self.0 else {
            return Ok(());
        };
        let (file, length) = open.rewrite(records).map_err(Error::file(&open.path))?;
        open.file = Some(file);
        open.length = length;
        Ok(())
    }

    /// Adds all records or none.
    pub(crate) fn append(&mut self, records: &[Record]) -> Result<(), Error> {
        let Some(Open { path, file: Some(file), length, .. }) = &mut self.0 else {
            return Ok(());
        };
        if records.is_empty() {
            return Ok(());
        }
        let mut line = Vec::new();
        write_line(&mut line, records).map_err(Error::file(&*path))?;
        if let Err(error) = file.write_all(&line) {
            // A half line would hide all that follow. If it can't be cut off either, the next
            // replay stops there with an error instead of guessing.
            let _ = file.set_len(*length);
            return Err(Error::file(&*path)(error));
        }
        *length += line.len() as u64;
        Ok(())
    }
}

fn write_line(target: &mut impl Write, records: &[Record]) -> std::io::Result<()> {
    serde_json::to_writer(&mut *target, records)?;
    target.write_all(b"\n")
}

impl Open {
    fn rewrite(&self, records: impl Iterator<Item = Record>) -> std::io::Result<(File, u64)> {
        let aside = self.path.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // It holds session keys and access tokens.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut target = BufWriter::new(options.open(&aside)?);
        for record in records {
            write_line(&mut target, &[record])?;
        }
        target.flush()?;
        target.get_ref().sync_all()?;
        fs::rename(&aside, &self.path)?;
        let file = OpenOptions::new().append(true).open(&self.path)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    }
}
