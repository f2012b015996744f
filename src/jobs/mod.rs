//! Durable jobs, which are also the outbox: a row is inserted in the transaction of the business it belongs to, so that neither can
//! be without the other. No transaction is held while a job runs; a lease, fenced by a generation number, says who runs it.
//!
//! A job may run more than once (a crash after its effect, a lost lease): its use case must be guarded by state, and all are.

mod service;
mod store;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::app::App;
use crate::clock::Timestamp;
use crate::db::sql_text_enum;
use crate::error::Result;
use crate::ids::JobId;

pub use service::{Listed, cancel, enqueue, ensure_recurring, list, retry, waiting};
pub use worker::{run_due, run_forever};

sql_text_enum! {
    /// Where a job stands. Done ones are deleted.
    pub enum JobState {
        /// Waits for its time.
        Ready = "ready",
        /// A worker has it, until its lease ends.
        Running = "running",
        /// Failed too often: a person must look (`gunpo-mall jobs list`, `jobs retry`).
        Dead = "dead",
    }
}

/// A job to be queued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// One of the registered kinds.
    pub kind: &'static str,
    /// At most one live job has this key; a second one is not queued.
    pub dedup_key: Option<String>,
    /// What it is about, for example an order number. Never personal data.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
}

/// A job that was claimed and is being run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Row.
    pub id: JobId,
    /// Kind.
    pub kind: String,
    /// As queued.
    pub payload: String,
    /// Runs so far, this one included.
    pub attempts: i32,
    /// Fences off a worker that lost its lease.
    pub generation: i64,
    /// Seconds between runs of a recurring job.
    pub every_s: Option<i64>,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// How a run ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to do.
    Done,
    /// Run again at this time; not a failure.
    Again(Timestamp),
}

/// What a kind of job does. An `Err` is tried again with backoff, then dead.
pub type Run = fn(Arc<App>, Job) -> BoxFuture<'static, Result<Next>>;

/// A kind of job, declared by its domain in `jobs.rs`.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Name in the table; never renamed while rows may exist.
    pub name: &'static str,
    /// Failures until it is dead.
    pub attempts_max: i32,
    /// The work.
    pub run: Run,
}

/// Failures until a job about money is dead: a week of trying every ten minutes.
pub const MONEY_ATTEMPTS_MAX: i32 = 1_000;
/// From so many failures on, each is an error that somebody should see.
const FAILURES_LOUD: i32 = 10;

/// First pause after a failure; doubled with each further one.
const BACKOFF_FIRST: Duration = Duration::from_secs(2);
/// Longest pause.
const BACKOFF_MAX: Duration = Duration::from_mins(10);

/// Pause after so many attempts, with jitter (per mille, 0 to 1000) of up to a quarter, so that many failures of one cause do not
/// come back in step.
fn backoff(attempts: i32, jitter_per_mille: u32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    let pause = BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX);
    pause + pause / 4_000 * jitter_per_mille
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_is_capped_and_never_overflows() {
        assert_eq!(backoff(1, 0), Duration::from_secs(2));
        assert_eq!(backoff(4, 0), Duration::from_secs(16));
        assert_eq!(backoff(i32::MAX, 0), BACKOFF_MAX);
        assert!(backoff(i32::MAX, 1000) <= BACKOFF_MAX + BACKOFF_MAX / 4);
        assert!(backoff(1, 1000) > backoff(1, 0));
    }
}
