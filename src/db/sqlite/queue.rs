//! What waits for the writer: three lanes, each bounded.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::db::DbConn;
use crate::db::door::Lane;
use crate::db::fault::unavailable;
use crate::error::Result;

/// Notifies that may wait. WeChat sends again what is refused, but the buyer waits.
const VITAL_MAX: usize = 1_024;
/// Requests that may wait; at some thousand commits a second this is well below the deadline.
const URGENT_MAX: usize = 2_048;
/// Bulk writes that may wait.
const BULK_MAX: usize = 64;

/// A write that waits to be run, answered once.
pub(super) trait Pending: Send {
    /// Not to be begun after this.
    fn deadline(&self) -> Instant;
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
    lanes: Mutex<Lanes>,
    ready: Condvar,
}

#[derive(Default)]
struct Lanes {
    vital: VecDeque<Box<dyn Pending>>,
    urgent: VecDeque<Box<dyn Pending>>,
    bulk: VecDeque<Box<dyn Pending>>,
    closed: bool,
    stopped: bool,
}

impl Lanes {
    fn pop(&mut self) -> Option<Box<dyn Pending>> {
        self.vital.pop_front().or_else(|| self.urgent.pop_front()).or_else(|| self.bulk.pop_front())
    }
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { lanes: Mutex::new(Lanes::default()), ready: Condvar::new() }
    }

    /// A panic while the lock is held can't leave the two lists half changed.
    fn lock(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, lane: Lane, pending: Box<dyn Pending>) -> Result<()> {
        let mut lanes = self.lock();
        if lanes.closed {
            return Err(unavailable("the writer has stopped"));
        }
        let (list, max) = match lane {
            Lane::Vital => (&mut lanes.vital, VITAL_MAX),
            Lane::Urgent => (&mut lanes.urgent, URGENT_MAX),
            Lane::Bulk => (&mut lanes.bulk, BULK_MAX),
        };
        if list.len() >= max {
            return Err(unavailable("too many writes are waiting"));
        }
        list.push_back(pending);
        drop(lanes);
        self.ready.notify_one();
        Ok(())
    }

    /// Waits for the next write; `None` when the queue is closed and empty.
    pub(super) fn next(&self) -> Option<Box<dyn Pending>> {
        let mut lanes = self.lock();
        loop {
            if let Some(pending) = lanes.pop() {
                return Some(pending);
            }
            if lanes.closed {
                return None;
            }
            lanes = self.ready.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
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
            let mut lanes = self.lock();
            lanes.closed = true;
            lanes.stopped = true;
            let mut abandoned: Vec<_> = lanes.vital.drain(..).collect();
            abandoned.extend(lanes.urgent.drain(..));
            abandoned.extend(lanes.bulk.drain(..));
            abandoned
        };
        for pending in abandoned {
            pending.answer(End::NotDone("the writer has stopped"));
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }
}
