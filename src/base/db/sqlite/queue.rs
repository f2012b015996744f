//! What waits for the writer: three priorities, each bounded.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::base::db::DbConn;
use crate::base::db::fault::unavailable;
use crate::base::db::handle::Health;
use crate::base::db::priority::WritePriority;
use crate::base::error::Result;

/// Notifies that may wait. WeChat sends again what is refused, but the buyer waits.
const CRITICAL_MAX: usize = 1_024;
/// Requests that may wait; at some thousand commits a second this is well below the deadline.
const NORMAL_MAX: usize = 2_048;
/// A group takes milliseconds. Less than the time that a caller waits, so that no more are sent here.
const STUCK_AFTER: Duration = Duration::from_secs(3);
/// Bulk writes that may wait.
const BULK_MAX: usize = 64;

/// Under pressure every eighth write is bulk all the same: orders must expire while others are placed, however slow the disk is.
const BULK_EVERY: usize = 8;

/// A write that waits to be run, answered once.
pub(super) trait Pending: Send {
    /// Whether its caller has given it up.
    fn is_abandoned(&self) -> bool;
    /// `false` if its caller has given it up. From here on a caller who goes away is told that the outcome is unknown.
    fn begin(&mut self) -> bool;
    /// Runs the work and keeps its result; may be called again after the transaction was lost.
    fn run(&mut self, conn: &mut DbConn) -> Ran;
    /// Tells the caller how it ended.
    fn answer(self: Box<Self>, end: End);
}

/// What to do with the savepoint of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    Keep,
    Undo,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The group is on disk: the caller gets the result of its work, refusal or not.
    Committed,
    /// Nothing was done, for this reason.
    NotDone(&'static str),
    /// The commit may or may not have reached the disk.
    Unknown,
}

pub(super) struct Queue {
    queues: Mutex<Queues>,
    ready: Condvar,
}

#[derive(Default)]
struct Queues {
    critical: VecDeque<Box<dyn Pending>>,
    normal: VecDeque<Box<dyn Pending>>,
    bulk: VecDeque<Box<dyn Pending>>,
    /// Writes taken since one of them was bulk.
    since_bulk: usize,
    closed: bool,
    stopped: bool,
    /// Since when the writer is at one group.
    busy_since: Option<Instant>,
}

impl Queues {
    fn pop(&mut self) -> Option<Box<dyn Pending>> {
        while let Some(pending) = self.pop_any() {
            if !pending.is_abandoned() {
                return Some(pending);
            }
        }
        None
    }

    fn pop_any(&mut self) -> Option<Box<dyn Pending>> {
        self.since_bulk += 1;
        if self.since_bulk >= BULK_EVERY || (self.critical.is_empty() && self.normal.is_empty()) {
            self.since_bulk = 0;
            if let Some(bulk) = self.bulk.pop_front() {
                return Some(bulk);
            }
        }
        self.critical.pop_front().or_else(|| self.normal.pop_front())
    }
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { queues: Mutex::new(Queues::default()), ready: Condvar::new() }
    }

    /// A panic while the lock is held can't leave the two lists half changed.
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, priority: WritePriority, pending: Box<dyn Pending>) -> Result<()> {
        let mut queues = self.lock();
        if queues.closed {
            return Err(unavailable("the writer has stopped"));
        }
        let (list, max) = match priority {
            WritePriority::Critical => (&mut queues.critical, CRITICAL_MAX),
            WritePriority::Normal => (&mut queues.normal, NORMAL_MAX),
            WritePriority::Bulk => (&mut queues.bulk, BULK_MAX),
        };
        if list.len() >= max {
            return Err(unavailable("too many writes are waiting"));
        }
        list.push_back(pending);
        drop(queues);
        self.ready.notify_one();
        Ok(())
    }

    /// Waits for the next write; `None` when the queue is closed and empty.
    pub(super) fn next(&self) -> Option<Box<dyn Pending>> {
        let mut queues = self.lock();
        loop {
            queues.busy_since = None;
            if let Some(pending) = queues.pop() {
                queues.busy_since = Some(Instant::now());
                return Some(pending);
            }
            if queues.closed {
                return None;
            }
            queues = self.ready.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes that wait: critical, normal, bulk.
    pub(super) fn waiting(&self) -> [usize; 3] {
        let queues = self.lock();
        [queues.critical.len(), queues.normal.len(), queues.bulk.len()]
    }

    /// What stands in the queue now, without waiting.
    pub(super) fn try_next(&self) -> Option<Box<dyn Pending>> {
        self.lock().pop()
    }

    /// Takes no more; what was accepted is still run.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }

    /// The outcome of a commit is unknown: nothing more may be run on what may not be there.
    pub(super) fn stop(&self) {
        let abandoned = {
            let mut queues = self.lock();
            queues.closed = true;
            queues.stopped = true;
            let mut abandoned: Vec<_> = queues.critical.drain(..).collect();
            abandoned.extend(queues.normal.drain(..));
            abandoned.extend(queues.bulk.drain(..));
            abandoned
        };
        for pending in abandoned {
            pending.answer(End::NotDone("the writer has stopped"));
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn health(&self) -> Health {
        let queues = self.lock();
        match queues.busy_since {
            _ if queues.stopped => Health::Stopped,
            Some(since) if since.elapsed() > STUCK_AFTER => Health::Stuck,
            _ => Health::Ok,
        }
    }
}
