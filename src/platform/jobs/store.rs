//! Rows of the job table.

use std::time::Duration;

use diesel::prelude::*;

use super::{JobRow, JobState};
use crate::base::clock::Timestamp;
use crate::base::db::schema::jobs;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::JobId;

/// A job to be written.
pub(super) struct NewRow<'a> {
    pub(super) kind: &'a str,
    pub(super) key: String,
    pub(super) payload: String,
    pub(super) run_at: Timestamp,
    pub(super) every: Option<Duration>,
}

/// A job that was claimed and is being run.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = jobs)]
pub(super) struct Claimed {
    pub(super) id: JobId,
    pub(super) kind: String,
    pub(super) payload: String,
    /// Runs so far, this one included.
    pub(super) attempts: i32,
    /// Fences off a worker that lost its lease.
    pub(super) generation: i64,
    /// Seconds between runs of a recurring job.
    pub(super) every_s: Option<i64>,
    pub(super) created_at: Timestamp,
}

/// Queues; `false` if a live job has the same key. A dead one gets a new life: whoever asks anew must not be answered by what failed before.
pub(super) fn insert(tx: &mut Tx, job: &NewRow, now: Timestamp) -> Result<bool> {
    let every_s = job.every.map(|every| i64::try_from(every.as_secs()).unwrap_or(i64::MAX).max(1));
    let row = (
        jobs::kind.eq(job.kind),
        jobs::dedup_key.eq(&job.key),
        jobs::payload.eq(&job.payload),
        jobs::state.eq(JobState::Ready),
        jobs::run_at.eq(job.run_at),
        jobs::attempts.eq(0),
        jobs::generation.eq(0_i64),
        jobs::every_s.eq(every_s),
        jobs::created_at.eq(now),
    );
    let insert = diesel::insert_into(jobs::table).values(row).on_conflict(jobs::dedup_key).do_nothing();
    if tx.execute(insert)? == 1 {
        return Ok(true);
    }
    let dead = jobs::table.filter(jobs::dedup_key.eq(&job.key)).filter(jobs::state.eq(JobState::Dead));
    let alive = (
        jobs::payload.eq(&job.payload),
        jobs::state.eq(JobState::Ready),
        jobs::run_at.eq(job.run_at),
        jobs::attempts.eq(0),
        jobs::created_at.eq(now),
    );
    Ok(tx.execute(diesel::update(dead).set(alive))? == 1)
}

/// Its run can't finish a row that is gone.
pub(super) fn delete_by_key(tx: &mut Tx, dedup_key: &str) -> Result<()> {
    tx.execute(diesel::delete(jobs::table.filter(jobs::dedup_key.eq(dedup_key))))?;
    Ok(())
}

/// What may be claimed now: ready and due, or running with a lease that ended. Of these kinds alone: what a newer program has queued waits
/// for a newer program.
pub(super) fn due(conn: &mut DbConn, kinds: &[&str], now: Timestamp, limit: i64) -> Result<Vec<Claimed>> {
    let ready = jobs::state.eq(JobState::Ready).and(jobs::run_at.le(now));
    let abandoned = jobs::state.eq(JobState::Running).and(jobs::lease_until.le(now));
    let due = Claimed::query().filter(jobs::kind.eq_any(kinds)).filter(ready.or(abandoned));
    Ok(due.order((jobs::run_at, jobs::id)).limit(limit).load(conn)?)
}

/// Takes the lease if nobody else did; the generation decides.
pub(super) fn claim(tx: &mut Tx, job: &Claimed, lease_until: Timestamp) -> Result<bool> {
    let unclaimed = jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::generation.eq(job.generation));
    let claimed = tx.execute(diesel::update(unclaimed).set((
        jobs::state.eq(JobState::Running),
        jobs::lease_until.eq(lease_until),
        jobs::generation.eq(jobs::generation + 1),
        jobs::attempts.eq(jobs::attempts + 1),
    )))?;
    Ok(claimed == 1)
}

/// Deletes a job that is done, if it is still ours.
pub(super) fn delete(tx: &mut Tx, job: &Claimed) -> Result<bool> {
    let ours = jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::generation.eq(job.generation));
    Ok(tx.execute(diesel::delete(ours))? == 1)
}

/// How a job is put back.
#[derive(Clone, Debug)]
pub(super) struct PutBack {
    pub(super) state: JobState,
    pub(super) run_at: Timestamp,
    pub(super) attempts: i32,
    pub(super) error: Option<String>,
}

/// Puts a job back, if it is still ours.
pub(super) fn put_back(tx: &mut Tx, job: &Claimed, back: &PutBack) -> Result<bool> {
    let ours = jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::generation.eq(job.generation));
    let updated = tx.execute(diesel::update(ours).set((
        jobs::state.eq(back.state),
        jobs::run_at.eq(back.run_at),
        jobs::attempts.eq(back.attempts),
        // Whoever read the row as due before must not claim it now.
        jobs::generation.eq(jobs::generation + 1),
        jobs::last_error.eq(&back.error),
        jobs::lease_until.eq(None::<Timestamp>),
    )))?;
    Ok(updated == 1)
}

/// By due time, with the recurring ones or without.
pub(super) fn list(conn: &mut DbConn, state: Option<JobState>, recurring: bool, limit: i64) -> Result<Vec<JobRow>> {
    let columns = (jobs::id, jobs::kind, jobs::payload, jobs::state, jobs::run_at, jobs::attempts, jobs::last_error);
    let mut query = jobs::table.select(columns).order((jobs::run_at, jobs::id)).limit(limit).into_boxed();
    if let Some(state) = state {
        query = query.filter(jobs::state.eq(state));
    }
    if !recurring {
        query = query.filter(jobs::every_s.is_null());
    }
    Ok(query.load(conn)?)
}

/// A dead job gets a new life.
pub(super) fn revive(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    let dead = jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Dead));
    let alive = (jobs::state.eq(JobState::Ready), jobs::run_at.eq(now), jobs::attempts.eq(0));
    Ok(tx.execute(diesel::update(dead).set(alive))? == 1)
}
