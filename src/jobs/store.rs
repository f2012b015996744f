//! Rows of the job table.

use diesel::prelude::*;

use super::{Job, JobState, NewJob};
use crate::clock::Timestamp;
use crate::db::schema::jobs;
use crate::db::{DbConn, Tx, on_backend, prepared};
use crate::error::Result;
use crate::ids::JobId;

/// A row as an operator sees it.
#[derive(Clone, Debug, Queryable)]
pub struct Row {
    pub(super) id: JobId,
    pub(super) kind: String,
    pub(super) payload: String,
    pub(super) state: JobState,
    pub(super) run_at: Timestamp,
    pub(super) attempts: i32,
    pub(super) last_error: Option<String>,
}

/// Queues; `false` if a live job has the same key.
pub(super) fn insert(tx: &mut Tx, job: &NewJob, every_s: Option<i64>, now: Timestamp) -> Result<bool> {
    let row = (
        jobs::kind.eq(job.kind),
        jobs::dedup_key.eq(&job.dedup_key),
        jobs::payload.eq(&job.payload),
        jobs::state.eq(JobState::Ready),
        jobs::run_at.eq(job.run_at),
        jobs::attempts.eq(0),
        jobs::generation.eq(0_i64),
        jobs::every_s.eq(every_s),
        jobs::created_at.eq(now),
    );
    let inserted = on_backend!(&mut **tx, |c| diesel::insert_into(jobs::table)
        .values(row)
        .on_conflict(jobs::dedup_key)
        .do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Forgets the job with this key, whatever it is doing: its run can't finish a row that is gone.
pub(super) fn delete_by_key(tx: &mut Tx, dedup_key: &str) -> Result<()> {
    diesel::delete(jobs::table.filter(jobs::dedup_key.eq(dedup_key))).execute(&mut **tx)?;
    Ok(())
}

type Due = (JobId, String, String, i32, i64, Option<i64>, Timestamp);

/// What may be claimed now: ready and due, or running with a lease that ended.
pub(super) fn due(conn: &mut DbConn, now: Timestamp, limit: i64) -> Result<Vec<Job>> {
    let ready = jobs::state.eq(JobState::Ready).and(jobs::run_at.le(now));
    let abandoned = jobs::state.eq(JobState::Running).and(jobs::lease_until.le(now));
    let rows: Vec<Due> = jobs::table
        .filter(ready.or(abandoned))
        .order((jobs::run_at, jobs::id))
        .limit(limit)
        .select((
            jobs::id,
            jobs::kind,
            jobs::payload,
            jobs::attempts,
            jobs::generation,
            jobs::every_s,
            jobs::created_at,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, payload, attempts, generation, every_s, created_at)| Job {
            id,
            kind,
            payload,
            attempts,
            generation,
            every_s,
            created_at,
        })
        .collect())
}

/// Takes the lease if nobody else did; the generation decides.
pub(super) fn claim(tx: &mut Tx, job: &Job, lease_until: Timestamp) -> Result<bool> {
    let claimed = prepared(
        diesel::update(jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::generation.eq(job.generation))).set((
            jobs::state.eq(JobState::Running),
            jobs::lease_until.eq(lease_until),
            jobs::generation.eq(jobs::generation + 1),
            jobs::attempts.eq(jobs::attempts + 1),
        )),
    )
    .execute(&mut **tx)?;
    Ok(claimed == 1)
}

/// Deletes a job that is done, if it is still ours.
pub(super) fn delete(tx: &mut Tx, job: &Job) -> Result<bool> {
    let deleted = diesel::delete(jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::generation.eq(job.generation)))
        .execute(&mut **tx)?;
    Ok(deleted == 1)
}

/// Puts a job back, if it is still ours.
pub(super) fn put_back(tx: &mut Tx, job: &Job, back: &PutBack) -> Result<bool> {
    let updated = prepared(
        diesel::update(jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::generation.eq(job.generation))).set((
            jobs::state.eq(back.state),
            jobs::run_at.eq(back.run_at),
            jobs::attempts.eq(back.attempts),
            // Whoever read the row as due before must not claim it now.
            jobs::generation.eq(jobs::generation + 1),
            jobs::last_error.eq(&back.error),
            jobs::lease_until.eq(None::<Timestamp>),
        )),
    )
    .execute(&mut **tx)?;
    Ok(updated == 1)
}

/// How a job is put back.
#[derive(Clone, Debug)]
pub(super) struct PutBack {
    pub(super) state: JobState,
    pub(super) run_at: Timestamp,
    pub(super) attempts: i32,
    pub(super) error: Option<String>,
}

pub(super) fn list(conn: &mut DbConn, state: Option<JobState>, limit: i64) -> Result<Vec<Row>> {
    let columns = (jobs::id, jobs::kind, jobs::payload, jobs::state, jobs::run_at, jobs::attempts, jobs::last_error);
    let mut query = jobs::table.select(columns).order((jobs::run_at, jobs::id)).limit(limit).into_boxed();
    if let Some(state) = state {
        query = query.filter(jobs::state.eq(state));
    }
    Ok(query.load(conn)?)
}

/// A dead job gets a new life.
pub(super) fn revive(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    let revived =
        prepared(diesel::update(jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Dead))).set((
            jobs::state.eq(JobState::Ready),
            jobs::run_at.eq(now),
            jobs::attempts.eq(0),
        )))
        .execute(&mut **tx)?;
    Ok(revived == 1)
}
