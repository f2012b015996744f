//! One process writes. A second one is told who holds the database instead of corrupting its pace or its cache.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use fs4::TryLockError;

use crate::base::error::{Error, Result};

/// The holder's line is read back at most this far (bytes).
const HOLDER_MAX: u64 = 200;

/// An advisory lock on `<database>.lock`, released when dropped or when the process dies.
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    pub(crate) fn take(database: &Path) -> Result<Self> {
        let path = PathBuf::from(format!("{}.lock", database.display()));
        let refused = |error| Error::internal(format!("can't lock {}: {error}", path.display()));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(refused)?;
        }
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(refused)?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(HOLDER_MAX).read_to_string(&mut holder);
                return Err(Error::internal(format!(
                    "{} is being written by another process ({})",
                    database.display(),
                    holder.trim()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        let line = format!("pid {}\n", std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(line.as_bytes())).map_err(refused)?;
        Ok(Self { _file: file })
    }
}
