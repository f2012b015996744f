//! The one writer. It takes the next write and what queues behind it, runs each in a savepoint of one IMMEDIATE transaction,
//! commits (and syncs) once, and only then answers them all: an answer may rest on a row of the same group.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::open::open_writer;
use super::queue::{End, Pending, Queue, Ran};
use crate::base::db::DbConn;
use crate::base::db::fault::{Fault, classify, rolled_back, unavailable};
use crate::base::db::transaction::{Tx, run_write};
use crate::base::error::{Error, Result};

/// Writes of one commit. Measured: 64 a commit give twelve times the throughput of one.
const GROUP_MAX: usize = 64;
/// A group takes no more writes after this, so that the first one does not wait for the last.
const GROUP_TIME: Duration = Duration::from_millis(10);

/// How far a write has come, told between its caller and the writer: either the caller gives it up, or the writer begins it, never both.
#[derive(Clone, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

const QUEUED: u8 = 0;
const BEGUN: u8 = 1;
const ABANDONED: u8 = 2;

impl Progress {
    fn begin(&self) -> bool {
        // Run again after its group was lost: it has begun already.
        self.0.compare_exchange(QUEUED, BEGUN, Ordering::AcqRel, Ordering::Acquire) != Err(ABANDONED)
    }

    fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) == ABANDONED
    }

    /// `true`: nothing was done, and nothing will be.
    pub(super) fn abandon(&self) -> bool {
        self.0.compare_exchange(QUEUED, ABANDONED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Between two looks at a lock; each look waits for it besides (`busy_timeout`).
const LOCKED_PAUSE: Duration = Duration::from_millis(100);

/// A write with its caller.
pub(super) struct Waiting<T, F> {
    work: F,
    result: Option<Result<T>>,
    progress: Progress,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Waiting<T, F> {
    pub(super) fn new(work: F, reply: oneshot::Sender<Result<T>>, progress: Progress) -> Self {
        Self { work, result: None, progress, reply }
    }
}

impl<T, F> Pending for Waiting<T, F>
where
    T: Send,
    F: Fn(&mut Tx) -> Result<T> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.progress.is_abandoned() || self.reply.is_closed()
    }

    fn begin(&mut self) -> bool {
        !self.reply.is_closed() && self.progress.begin()
    }

    fn run(&mut self, conn: &mut DbConn) -> Ran {
        let result = run_write(conn, &self.work);
        let ran = if result.is_ok() { Ran::Keep } else { Ran::Undo };
        self.result = Some(result);
        ran
    }

    fn answer(self: Box<Self>, end: End) {
        let answer = match end {
            End::Committed => self.result.unwrap_or_else(|| Err(Error::internal("a write was not run"))),
            End::NotDone(reason) => Err(unavailable(reason)),
            End::Unknown => Err(Error::OutcomeUnknown("the disk failed during the commit".into())),
        };
        // A caller who has gone does not undo what is committed.
        let _ = self.reply.send(answer.map_err(rolled_back));
    }
}

/// A writer that panics outside of a caller's work leaves nobody waiting.
struct StopOnPanic(Arc<Queue>);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

pub(super) struct Writer {
    conn: DbConn,
    path: PathBuf,
    queue: Arc<Queue>,
    /// Stands for a disk that fails at COMMIT, which no test can bring about by itself.
    #[cfg(test)]
    pub(super) fail_commit: Option<&'static str>,
}

impl Writer {
    pub(super) fn new(conn: DbConn, path: PathBuf, queue: Arc<Queue>) -> Self {
        Self {
            conn,
            path,
            queue,
            #[cfg(test)]
            fail_commit: None,
        }
    }

    /// Until the queue is closed and empty, or the outcome of a commit is unknown.
    pub(super) fn run(mut self) {
        let _stop = StopOnPanic(Arc::clone(&self.queue));
        while let Some(first) = self.queue.next() {
            if self.group(first).is_break() {
                log::error!("the outcome of a commit is unknown: the writer stops, the process must be restarted");
                self.queue.stop();
                return;
            }
        }
    }

    /// One group. What is left over when its transaction is lost runs again in a new one; each loss answers one write, so this
    /// ends after at most `GROUP_MAX` rounds.
    fn group(&mut self, first: Box<dyn Pending>) -> ControlFlow<()> {
        let started = Instant::now();
        let mut todo = VecDeque::from([first]);
        let mut taken = 1;
        loop {
            if let Err(error) = self.execute("BEGIN IMMEDIATE") {
                let reason = lost_reason(classify(&error));
                for pending in todo {
                    pending.answer(End::NotDone(reason));
                }
                self.wait_until_writable();
                return ControlFlow::Continue(());
            }
            let mut done: Vec<Box<dyn Pending>> = Vec::with_capacity(GROUP_MAX);
            let lost = loop {
                let next = todo.pop_front().or_else(|| {
                    let more = taken < GROUP_MAX && started.elapsed() < GROUP_TIME;
                    more.then(|| self.queue.try_next()).flatten().inspect(|_| taken += 1)
                });
                let Some(mut pending) = next else { break None };
                if !pending.begin() {
                    continue;
                }
                match self.in_savepoint(&mut *pending) {
                    Ok(()) => done.push(pending),
                    Err(reason) => break Some((pending, reason)),
                }
            };
            let Some((culprit, reason)) = lost else {
                return self.commit(done);
            };
            // Nobody has been answered: the transaction is gone, and with it the work of all before. They run again.
            let usable = self.abandon();
            culprit.answer(End::NotDone(reason));
            if !usable {
                for pending in done.into_iter().chain(todo) {
                    pending.answer(End::NotDone("the writer has stopped"));
                }
                return ControlFlow::Break(());
            }
            for pending in done.into_iter().rev() {
                todo.push_front(pending);
            }
            if todo.is_empty() {
                return ControlFlow::Continue(());
            }
        }
    }

    /// Runs one write. `Err` means that its savepoint, and with it the whole transaction, no longer exists: a full disk rolls back
    /// everything, and statements after it would commit one by one.
    fn in_savepoint(&mut self, pending: &mut dyn Pending) -> std::result::Result<(), &'static str> {
        self.execute("SAVEPOINT one").map_err(|error| lost_reason(classify(&error)))?;
        let end = match pending.run(&mut self.conn) {
            Ran::Keep => "RELEASE one",
            Ran::Undo => "ROLLBACK TO one; RELEASE one",
        };
        self.execute(end).map_err(|error| lost_reason(classify(&error)))
    }

    fn commit(&mut self, done: Vec<Box<dyn Pending>>) -> ControlFlow<()> {
        crate::base::failpoint::reach!("write.before_commit");
        #[cfg(test)]
        let committed = match self.fail_commit.take() {
            Some(text) => Err(diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::Unknown,
                Box::new(text.to_owned()),
            )),
            None => self.execute("COMMIT"),
        };
        #[cfg(not(test))]
        let committed = self.execute("COMMIT");
        let mut usable = true;
        let end = match committed.as_ref().map_err(classify) {
            Ok(()) => {
                crate::base::failpoint::reach!("write.after_commit");
                End::Committed
            }
            Err(Fault::Io | Fault::Lost) => End::Unknown,
            Err(fault) => {
                log::error!("COMMIT refused ({fault:?}); its writes are rolled back");
                usable = self.abandon();
                End::NotDone(lost_reason(fault))
            }
        };
        for pending in done {
            pending.answer(end);
        }
        if end == End::Unknown || !usable { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Who comes meanwhile is refused at its deadline, and the shop is not ready, until a transaction can be begun.
    fn wait_until_writable(&mut self) {
        log::error!("no write can begin; is {} locked by another process?", self.path.display());
        while self.execute("BEGIN IMMEDIATE; ROLLBACK").is_err() && !self.queue.is_closed() {
            std::thread::sleep(LOCKED_PAUSE);
        }
    }

    /// Leaves no transaction open. If even that fails, the connection is replaced; `false` if that fails too, and nothing can be written
    /// any more.
    fn abandon(&mut self) -> bool {
        // "no transaction is active" is what a full disk leaves behind: as good as rolled back.
        let clean = match self.execute("ROLLBACK") {
            Ok(()) => true,
            Err(error) => error.to_string().contains("no transaction is active"),
        };
        if clean {
            return true;
        }
        match open_writer(&self.path) {
            Ok(conn) => {
                self.conn = conn;
                true
            }
            Err(error) => {
                log::error!("the writing connection could not be opened again: {error}");
                false
            }
        }
    }

    fn execute(&mut self, sql: &str) -> diesel::QueryResult<()> {
        self.conn.batch_execute(sql)
    }
}

fn lost_reason(fault: Fault) -> &'static str {
    match fault {
        Fault::Full => "the disk is full",
        Fault::Busy => "the database is locked by another process",
        Fault::Io => "the disk failed before the commit",
        Fault::Retry | Fault::Lost | Fault::ReadOnly | Fault::Aborted | Fault::Other => "the transaction was lost",
    }
}
