//! Queueing inside a business transaction, and what an operator does with the table.

use std::time::Duration;

use super::store::{self, PutBack};
use super::{Job, JobState, Kind, NewJob, Next, backoff};
use crate::clock::Timestamp;
use crate::db::{DbConn, Tx};
use crate::error::Result;
use crate::ids::JobId;

/// Jobs that one listing shows at most.
const LIST_MAX: i64 = 200;
/// Characters of an error that are kept.
const ERROR_MAX: usize = 500;

/// Queues a job in the transaction of the business; `false` if a live one has the same key.
pub fn enqueue(tx: &mut Tx, job: &NewJob, now: Timestamp) -> Result<bool> {
    store::insert(tx, job, None, now)
}

/// Makes sure that the recurring row of `kind` exists.
pub fn ensure_recurring(tx: &mut Tx, kind: &'static str, every: Duration, now: Timestamp) -> Result<()> {
    let row = NewJob { kind, dedup_key: Some(format!("recurring:{kind}")), payload: String::new(), run_at: now };
    let every_s = i64::try_from(every.as_secs()).unwrap_or(i64::MAX).max(1);
    store::insert(tx, &row, Some(every_s), now)?;
    Ok(())
}

/// Forgets the job with this key: its reason is gone.
pub fn cancel(tx: &mut Tx, dedup_key: &str) -> Result<()> {
    store::delete_by_key(tx, dedup_key)
}

/// A job as `gunpo-mall jobs list` shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Listed {
    /// For `jobs retry`.
    pub id: JobId,
    /// Kind.
    pub kind: String,
    /// What it is about.
    pub payload: String,
    /// Where it stands.
    pub state: JobState,
    /// When it is due.
    pub run_at: Timestamp,
    /// Runs so far.
    pub attempts: i32,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// The first 200 jobs by due time, all or of one state.
pub fn list(conn: &mut DbConn, state: Option<JobState>) -> Result<Vec<Listed>> {
    Ok(store::list(conn, state, LIST_MAX)?.into_iter().map(Listed::from).collect())
}

/// Jobs that are not recurring: what a test wants to be empty at its end.
pub fn waiting(conn: &mut DbConn) -> Result<Vec<Listed>> {
    Ok(list(conn, None)?.into_iter().filter(|job| !job.payload.is_empty()).collect())
}

/// Gives a dead job a new life; `false` if it is not dead (any more).
pub fn retry(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    store::revive(tx, id, now)
}

/// Whether anything can be claimed: asked on a reading connection, so that an idle worker never takes the write lock.
pub(super) fn is_due(conn: &mut DbConn, now: Timestamp) -> Result<bool> {
    Ok(!store::due(conn, now, 1)?.is_empty())
}

/// Claims up to `limit` due jobs for `lease`.
pub(super) fn claim(tx: &mut Tx, now: Timestamp, lease: Duration, limit: i64) -> Result<Vec<Job>> {
    let mut claimed = Vec::new();
    for mut job in store::due(tx, now, limit)? {
        if store::claim(tx, &job, now.plus(lease))? {
            crate::failpoint::reach!("jobs.in_claim");
            job.generation += 1;
            job.attempts += 1;
            claimed.push(job);
        }
    }
    Ok(claimed)
}

/// Writes how a run ended. `false`: the lease was lost meanwhile, and the row now belongs to somebody else.
pub(super) fn finish(tx: &mut Tx, job: &Job, ended: &Ended, now: Timestamp) -> Result<bool> {
    let back = match (ended, job.every_s) {
        (Ended::Well(Next::Done), None) => return store::delete(tx, job),
        (Ended::Well(Next::Done), Some(every_s)) => {
            let every = Duration::from_secs(u64::try_from(every_s).unwrap_or(1));
            PutBack { state: JobState::Ready, run_at: now.plus(every), attempts: 0, error: None }
        }
        (Ended::Well(Next::Again(at)), _) => PutBack { state: JobState::Ready, run_at: *at, attempts: 0, error: None },
        (Ended::Badly { error, jitter_per_mille, attempts_max }, every_s) => {
            // A recurring job never dies: tomorrow is another day.
            let dead = job.attempts >= *attempts_max && every_s.is_none();
            PutBack {
                state: if dead { JobState::Dead } else { JobState::Ready },
                run_at: now.plus(backoff(job.attempts, *jitter_per_mille)),
                attempts: job.attempts,
                error: Some(error.chars().take(ERROR_MAX).collect()),
            }
        }
    };
    store::put_back(tx, job, &back)
}

/// How a run ended.
#[derive(Clone, Debug)]
pub(super) enum Ended {
    Well(Next),
    Badly { error: String, jitter_per_mille: u32, attempts_max: i32 },
}

impl Ended {
    pub(super) fn from(ran: Result<Next>, kind: Option<&Kind>, jitter_per_mille: u32) -> Self {
        match ran {
            Ok(next) => Self::Well(next),
            Err(error) => Self::Badly {
                error: error.to_string(),
                jitter_per_mille,
                attempts_max: kind.map_or(1, |kind| kind.attempts_max),
            },
        }
    }
}

impl From<store::Row> for Listed {
    fn from(row: store::Row) -> Self {
        let store::Row { id, kind, payload, state, run_at, attempts, last_error } = row;
        Self { id, kind, payload, state, run_at, attempts, last_error }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::customers::testing::TestDb;

    const LEASE: Duration = Duration::from_mins(1);

    /// A process that was stopped for longer than its lease, and goes on as if nothing had happened.
    #[test]
    fn who_lost_the_lease_can_neither_finish_nor_put_back_what_another_runs() {
        let shop = TestDb::new();
        let row = NewJob { kind: "test", dedup_key: None, payload: "x".to_owned(), run_at: shop.clock.timestamp() };
        shop.write(move |tx, now| enqueue(tx, &row, now)).unwrap();
        let claim_at =
            |after: Duration| shop.write(move |tx, now| claim(tx, now.plus(after), LEASE, 10)).unwrap().pop();
        let first = claim_at(Duration::ZERO).unwrap();
        assert!(claim_at(LEASE / 2).is_none(), "the lease holds");
        let second = claim_at(LEASE).unwrap();
        let end = |job: &Job, ended: Ended| {
            let job = job.clone();
            shop.write(move |tx, now| finish(tx, &job, &ended, now)).unwrap()
        };
        assert!(!end(&first, Ended::Well(Next::Done)), "deleted what another runs");
        assert!(!end(&first, Ended::Well(Next::Again(shop.clock.timestamp()))), "handed out what another runs");
        assert!(end(&second, Ended::Well(Next::Done)));
        assert!(shop.write(|tx, _| list(tx, None)).unwrap().is_empty());
    }
}
