//! Rows of the job table.

use std::time::Duration;

use diesel::prelude::*;

use super::{Backlog, JobRow, JobState};
use crate::base::clock::Timestamp;
use crate::base::db::schema::jobs;
use crate::base::db::{DbConn, Prepared, Tx, on_backend};
use crate::base::error::Result;
use crate::base::ids::JobId;

diesel::alias!(jobs as due: Due);

/// From so many abandoned claims in a row on, a job may be what ends its process. Also in an index, see [`claim_suspect`].
pub(super) const SUSPECT_FROM: i32 = 2;
/// Ended leases that one claim gives free; a process has fewer slots.
const RELEASED_MAX: i64 = 200;

/// What a claim changes.
macro_rules! lease {
    ($until:expr) => {
        (
            jobs::state.eq(JobState::Running),
            jobs::lease_until.eq($until),
            jobs::generation.eq(jobs::generation + 1),
            jobs::attempts.eq(jobs::attempts + 1),
        )
    };
}

type LeasesEnded = diesel::dsl::Filter<
    diesel::dsl::Filter<jobs::table, diesel::dsl::LtEq<jobs::lease_until, Timestamp>>,
    diesel::dsl::Eq<jobs::state, JobState>,
>;

fn leases_ended(now: Timestamp) -> LeasesEnded {
    jobs::table.filter(jobs::lease_until.le(now)).filter(jobs::state.eq(JobState::Running))
}

/// A job to be written.
pub(super) struct NewRow<'a> {
    pub(super) kind: &'a str,
    pub(super) key: String,
    pub(super) payload: String,
    pub(super) run_at: Timestamp,
    pub(super) every: Option<Duration>,
}

/// A job that was claimed and is being run.
#[derive(Clone, Debug, Queryable, Selectable)]
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
    /// Claims in a row before this one of which nobody knows how they ended.
    pub(super) abandoned: i32,
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
        jobs::abandoned.eq(0),
        jobs::created_at.eq(now),
    );
    Ok(tx.execute(diesel::update(dead).set(alive))? == 1)
}

/// Its run can't finish a row that is gone.
pub(super) fn delete_by_key(tx: &mut Tx, dedup_key: &str) -> Result<()> {
    tx.execute(diesel::delete(jobs::table.filter(jobs::dedup_key.eq(dedup_key))))?;
    Ok(())
}

/// Whether any job of these kinds is due, or any lease has ended.
pub(super) fn is_any_due(conn: &mut DbConn, kinds: &[&str], now: Timestamp) -> Result<bool> {
    let ready = jobs::table.filter(jobs::kind.eq_any(kinds)).filter(jobs::state.eq(JobState::Ready));
    let is_due = conn.row::<_, JobId>(ready.filter(jobs::run_at.le(now)).select(jobs::id).limit(1))?.is_some();
    Ok(is_due || conn.row::<_, JobId>(leases_ended(now).select(jobs::id).limit(1))?.is_some())
}

/// Takes the lease of up to `limit` due jobs of one kind, the longest due first. Of a known kind: what a newer program has queued waits for a
/// newer program. Suspects are left to [`claim_suspect`].
pub(super) fn claim(
    tx: &mut Tx,
    kind: &str,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Claimed>> {
    let (id, run_at) = (due.field(jobs::id), due.field(jobs::run_at));
    let ready = due.filter(due.field(jobs::kind).eq(kind)).filter(due.field(jobs::state).eq(JobState::Ready));
    let harmless = ready.filter(due.field(jobs::abandoned).lt(SUSPECT_FROM));
    let first = harmless.filter(run_at.le(now)).order((run_at, id)).limit(limit).select(id);
    match tx.conn() {
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(conn) => {
            let claimed = diesel::update(jobs::table.filter(jobs::id.eq_any(first))).set(lease!(lease_until));
            Ok(Prepared(claimed.returning(Claimed::as_returning())).load(conn)?)
        }
        // Another node takes others meanwhile, instead of waiting for these.
        #[cfg(feature = "postgres")]
        DbConn::Postgres(conn) => {
            let first = first.for_update().skip_locked();
            let claimed = diesel::update(jobs::table.filter(jobs::id.eq_any(first))).set(lease!(lease_until));
            Ok(Prepared(claimed.returning(Claimed::as_returning())).load(conn)?)
        }
    }
}

/// Takes the lease of one job that may be what ends its process, of one of these kinds.
pub(super) fn claim_suspect(
    tx: &mut Tx,
    kinds: &[&str],
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Claimed>> {
    // Word for word as the partial index of migration 15 has it, or a backlog is read from end to end.
    let suspect = diesel::dsl::sql::<diesel::sql_types::Bool>("abandoned >= 2");
    let ready = jobs::table.filter(suspect).filter(jobs::run_at.le(now)).filter(jobs::state.eq(JobState::Ready));
    let first = ready.filter(jobs::kind.eq_any(kinds)).order((jobs::run_at, jobs::id)).limit(1);
    let Some(id) = tx.row::<_, JobId>(first.select(jobs::id))? else { return Ok(None) };
    let still = jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Ready));
    let claimed = diesel::update(still).set(lease!(lease_until));
    Ok(on_backend!(tx.conn(), |c| Prepared(claimed.returning(Claimed::as_returning())).load(c))?.pop())
}

/// The end of a claim of which nobody knows how it ended: its process died, or hung.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub(super) struct LostLease {
    id: JobId,
    generation: i64,
    pub(super) kind: String,
    pub(super) every_s: Option<i64>,
    /// How often in a row before this.
    pub(super) abandoned: i32,
}

/// The first leases that have ended.
pub(super) fn lost_leases(tx: &mut Tx, now: Timestamp) -> Result<Vec<LostLease>> {
    let first = leases_ended(now).order(jobs::lease_until).limit(RELEASED_MAX);
    Ok(on_backend!(tx.conn(), |c| first.select(LostLease::as_select()).load(c))?)
}

/// Gives free what was abandoned, if nobody else has.
pub(super) fn release(tx: &mut Tx, lost: &LostLease, state: JobState, run_at: Timestamp) -> Result<()> {
    let still = jobs::table.filter(jobs::id.eq(lost.id)).filter(jobs::generation.eq(lost.generation));
    tx.execute(diesel::update(still).set((
        jobs::state.eq(state),
        jobs::run_at.eq(run_at),
        jobs::lease_until.eq(None::<Timestamp>),
        jobs::generation.eq(jobs::generation + 1),
        jobs::abandoned.eq(lost.abandoned + 1),
        jobs::last_error.eq("the process that ran it died or hung"),
    )))?;
    Ok(())
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
        jobs::abandoned.eq(0),
    )))?;
    Ok(updated == 1)
}

/// Dead ones by due time, others by number, the oldest first: both walk an index and stop, however long the backlog is. With the recurring
/// ones or without.
pub(super) fn list(conn: &mut DbConn, state: Option<JobState>, recurring: bool, limit: i64) -> Result<Vec<JobRow>> {
    let columns = (jobs::id, jobs::kind, jobs::payload, jobs::state, jobs::run_at, jobs::attempts, jobs::last_error);
    let mut query = jobs::table.select(columns).limit(limit).into_boxed();
    if let Some(state) = state {
        query = query.filter(jobs::state.eq(state));
    }
    query = if state == Some(JobState::Dead) {
        // Word for word as the partial index of migration 15 has it.
        query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'dead'")).order((jobs::run_at, jobs::id))
    } else {
        query.order(jobs::id)
    };
    if !recurring {
        query = query.filter(jobs::every_s.is_null());
    }
    Ok(query.load(conn)?)
}

/// A dead job gets a new life.
pub(super) fn revive(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    let dead = jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Dead));
    let alive = (jobs::state.eq(JobState::Ready), jobs::run_at.eq(now), jobs::attempts.eq(0), jobs::abandoned.eq(0));
    Ok(tx.execute(diesel::update(dead).set(alive))? == 1)
}

/// How much of one kind waits.
pub(super) fn backlog(conn: &mut DbConn, kind: &'static str, now: Timestamp, counted_max: i64) -> Result<Backlog> {
    let of_kind = |state: JobState| jobs::table.filter(jobs::kind.eq(kind)).filter(jobs::state.eq(state));
    let waiting = of_kind(JobState::Ready).filter(jobs::run_at.le(now)).order((jobs::run_at, jobs::id));
    let waiting: Vec<Timestamp> = conn.rows(waiting.select(jobs::run_at).limit(counted_max))?;
    let dead: Vec<JobId> = conn.rows(of_kind(JobState::Dead).select(jobs::id).limit(counted_max))?;
    Ok(Backlog { kind, due: waiting.len(), oldest: waiting.first().copied(), dead: dead.len() })
}
