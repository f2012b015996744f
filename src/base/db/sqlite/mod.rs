//! SQLite: a pool of reading connections and one writer thread that commits in groups.

mod file_lock;
mod open;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

pub(super) use file_lock::FileLock;
pub(super) use open::{establish, open_writer};

use super::fault::{rolled_back, unavailable};
use super::handle::{DbLoad, Health};
use super::on_backend;
use super::priority::WritePriority;
use super::transaction::{Rx, Tx, run_read};
use crate::base::config::DatabaseSettings;
use crate::base::error::{Error, Result};
use open::{ReadManager, read_pool};
use queue::Queue;
use writer::{Progress, Waiting, Writer};

/// A write that has not begun after this long is answered 503 instead of being run for a caller who has gone.
const WRITE_DEADLINE: Duration = Duration::from_secs(5);
/// What a caller waits beyond the deadline for a write that has begun.
const COMMIT_GRACE: Duration = Duration::from_millis(500);

/// Reading connections beside those of the settings, for what is critical.
pub(super) const RESERVED_READERS: u32 = 1;

/// One database file, open for reading and, by this process alone, for writing.
pub(super) struct Sqlite {
    readers: r2d2::Pool<ReadManager>,
    queue: Arc<Queue>,
    writer: Option<std::thread::JoinHandle<()>>,
    /// Held until the writer has ended.
    _lock: Option<FileLock>,
}

impl Sqlite {
    pub(super) fn open(path: &Path, settings: &DatabaseSettings) -> Result<Self> {
        let lock = FileLock::take(path)?;
        let conn = open_writer(path)?;
        let readers = read_pool(path, settings)?;
        let queue = Arc::new(Queue::new());
        let writer = Writer::new(conn, path.to_owned(), Arc::clone(&queue));
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || writer.run())
            .map_err(|error| Error::internal(format!("the writer thread did not start: {error}")))?;
        Ok(Self { readers, queue, writer: Some(thread), _lock: Some(lock) })
    }

    /// Beside a running server: no lock, no writer, every write refused.
    pub(super) fn open_reading(path: &Path, settings: &DatabaseSettings) -> Result<Self> {
        if !path.exists() {
            return Err(Error::internal(format!("there is no database at {}", path.display())));
        }
        let queue = Arc::new(Queue::new());
        queue.close();
        Ok(Self { readers: read_pool(path, settings)?, queue, writer: None, _lock: None })
    }

    pub(super) fn read<T>(&self, work: &impl Fn(&mut Rx) -> Result<T>) -> Result<T> {
        let mut conn = self.readers.get().map_err(|_| unavailable("no free reading connection"))?;
        begin_read(&mut conn)?;
        let answer = run_read(&mut conn, work);
        // A reading transaction has nothing to keep; ending it frees the snapshot so that the WAL can be reset.
        end_read(&mut conn)?;
        answer.map_err(rolled_back)
    }

    /// One statement that only reads: SQLite gives it a snapshot of its own.
    pub(super) fn ask<T>(&self, work: impl Fn(&mut super::DbConn) -> Result<T>) -> Result<T> {
        let mut conn = self.readers.get().map_err(|_| unavailable("no free reading connection"))?;
        work(&mut conn).map_err(rolled_back)
    }

    pub(super) async fn write<T, F>(&self, priority: WritePriority, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (reply, mut answer) = oneshot::channel();
        let progress = Progress::default();
        self.queue.push(priority, Box::new(Waiting::new(work, reply, progress.clone())))?;
        let answered = match tokio::time::timeout(WRITE_DEADLINE, &mut answer).await {
            Ok(answered) => answered,
            Err(_) if progress.abandon() => return Err(unavailable("the write waited too long")),
            Err(_) => match tokio::time::timeout(COMMIT_GRACE, answer).await {
                Ok(answered) => answered,
                Err(_) => return Err(Error::OutcomeUnknown("the writer did not answer in time".into())),
            },
        };
        answered.unwrap_or_else(|_| Err(Error::OutcomeUnknown("the writer stopped".into())))
    }

    pub(super) fn load(&self) -> DbLoad {
        let pool = self.readers.state();
        DbLoad { waiting_writes: self.queue.waiting(), connections: pool.connections, idle: pool.idle_connections }
    }

    pub(super) fn health(&self) -> Health {
        self.queue.health()
    }
}

impl Drop for Sqlite {
    /// Lets the writer finish what was accepted before the lock is given up.
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn begin_read(conn: &mut super::DbConn) -> Result<()> {
    on_backend!(conn, |c| diesel::connection::SimpleConnection::batch_execute(c, "BEGIN DEFERRED"))
        .map_err(|error| rolled_back(error.into()))
}

fn end_read(conn: &mut super::DbConn) -> Result<()> {
    on_backend!(conn, |c| diesel::connection::SimpleConnection::batch_execute(c, "ROLLBACK"))
        .map_err(|error| rolled_back(error.into()))
}
