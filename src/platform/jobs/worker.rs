//! Runs what is due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::registry::{JobFacts, Registered, Registry};
use super::slots::{Pace, Slot, Slots, Wanted};
use super::store::{self, Claimed, PutBack};
use super::{JobState, MONEY_ATTEMPTS_MAX, Next};
use crate::base::clock::{Clock, Timestamp};
use crate::base::db::{Db, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids;
use crate::base::observability::Metrics;

/// Claims in a row of which nobody knows how they ended, until a job is dead. From the second on it runs beside no other such job, so that one
/// that ends the process does not take others along. A job about money never dies of this: its process may have died of anything.
const ABANDONED_MAX: i32 = 10;
/// How long a claim holds.
const LEASE: Duration = Duration::from_mins(1);
/// A run is given up before its lease ends, so that two workers are never at one job.
const RUN_MAX: Duration = Duration::from_secs(50);
/// Pause of an idle worker, in real time: the clock may be moved under it.
const IDLE: Duration = Duration::from_millis(200);
/// At least so long between two claims, in real time: a backlog of a hundred thousand must not take the machine from the buyers. Eight slots
/// are two thousand jobs a second of one kind.
const CLAIM_GAP: Duration = Duration::from_millis(4);
/// First pause after a failure; doubled with each further one.
const BACKOFF_FIRST: Duration = Duration::from_secs(2);
/// Longest pause.
const BACKOFF_MAX: Duration = Duration::from_mins(10);
/// Per mille, excluded.
const JITTER_UNTIL: u32 = 1_001;
/// From so many failures on, each is an error that somebody should see.
const FAILURES_LOUD: i32 = 10;
/// Characters of an error that are kept.
const ERROR_MAX: usize = 500;

/// Claims and runs the jobs of a registry. Cloning shares it.
#[derive(Clone)]
pub struct Worker {
    registry: Arc<Registry>,
    db: Db,
    clock: Clock,
    metrics: Metrics,
}

impl Worker {
    /// For all jobs of a registry.
    pub fn new(registry: Registry, db: Db, clock: Clock, metrics: Metrics) -> Self {
        Self { registry: Arc::new(registry), db, clock, metrics }
    }

    /// What it runs.
    pub fn facts(&self) -> Vec<JobFacts> {
        self.registry.facts()
    }

    /// Claims what is due, runs it, writes how it ended. Gives the number of jobs run: tests step by it.
    pub async fn run_due(&self) -> Result<usize> {
        let kinds = self.registry.facts().iter().map(|facts| (facts.name, facts.slots)).collect();
        let claimed = self.claim_due(Wanted { kinds, suspect: true }).await?;
        let count = claimed.len();
        for ended in join_all(claimed.into_iter().map(|job| self.run_one(job))).await {
            ended?;
        }
        Ok(count)
    }

    /// Until told to stop. What runs is finished first. A slow job keeps its own slot busy and nobody else's: a WeChat that answers
    /// slowly must not hold up the question about the next payment.
    pub async fn run_forever(self, mut stop: watch::Receiver<bool>) {
        let slots = Slots::new(self.registry.facts());
        let mut running = JoinSet::new();
        let mut pace = Pace::Idle;
        while !*stop.borrow() {
            let pause = match self.claim_at(pace, slots.wanted(pace)).await {
                Ok(claimed) if claimed.is_empty() => IDLE,
                Ok(claimed) => {
                    for job in claimed {
                        let slot = slots.take(&job);
                        running.spawn(self.clone().run_and_log(job, slot));
                    }
                    pace = Pace::Busy;
                    // Whatever ends meanwhile.
                    tokio::time::sleep(CLAIM_GAP).await;
                    continue;
                }
                Err(error) => {
                    log::error!(error:%; "jobs can't be claimed");
                    IDLE * 5
                }
            };
            pace = Pace::Idle;
            tokio::select! {
                _ = running.join_next(), if !running.is_empty() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    }

    /// Who is idle looks before it claims: a claim is a write, and one that hangs holds a connection.
    async fn claim_at(&self, pace: Pace, wanted: Wanted) -> Result<Vec<Claimed>> {
        if pace == Pace::Idle {
            let (now, kinds) = (self.clock.timestamp(), wanted.names());
            if !self.db.read_one(move |rx| store::is_any_due(rx, &kinds, now)).await? {
                return Ok(Vec::new());
            }
        }
        self.claim_due(wanted).await
    }

    async fn claim_due(&self, wanted: Wanted) -> Result<Vec<Claimed>> {
        if wanted.kinds.is_empty() {
            return Ok(Vec::new());
        }
        let (now, facts, jitter) = (self.clock.timestamp(), self.registry.facts(), jitter()?);
        let claimed = self
            .db
            .write_bulk(move |tx| {
                release_abandoned(tx, &facts, now, jitter)?;
                claim(tx, &wanted, now)
            })
            .await;
        crate::base::failpoint::reach!("jobs.after_claim");
        claimed
    }

    /// The slot is free again at the end, however that comes.
    async fn run_and_log(self, job: Claimed, _slot: Slot) {
        let what = format!("{} {}", job.kind, job.payload);
        if let Err(error) = self.run_one(job).await {
            log::error!(job:% = what, error:%; "the end of a job could not be written; its lease will end");
        }
    }

    async fn run_one(&self, job: Claimed) -> Result<()> {
        let Some(registered) = self.registry.find(&job.kind) else {
            return Err(Error::internal(format!("no job of kind {}", job.kind)));
        };
        let ran = guarded(registered, &job).await;
        let outcome = if ran.is_ok() { "done" } else { "failed" };
        self.metrics.job(registered.facts.name, outcome, self.clock.timestamp().utc().timestamp());
        if let Err(error) = &ran {
            let level = if job.attempts >= FAILURES_LOUD { log::Level::Error } else { log::Level::Warn };
            log::log!(level, "job {} {} failed (attempt {}): {error}", job.kind, job.payload, job.attempts);
        }
        let end = End::of(&job, ran, registered.facts.attempts_max, self.clock.timestamp(), jitter()?);
        let (id, kind) = (job.id, job.kind.clone());
        crate::base::failpoint::reach!("jobs.before_finish");
        let ours = self
            .db
            .write(move |tx| {
                let ours = end.write(tx, &job)?;
                crate::base::failpoint::reach!("jobs.in_finish");
                Ok(ours)
            })
            .await?;
        crate::base::failpoint::reach!("jobs.after_finish");
        if !ours {
            log::info!(kind, id:%; "a job was cancelled, or taken over after its lease ended");
        }
        Ok(())
    }
}

/// Puts back what was claimed by a process that died, or hung, a while later each time.
fn release_abandoned(tx: &mut Tx, facts: &[JobFacts], now: Timestamp, jitter: u32) -> Result<()> {
    for (nth, lost) in (0_u32..).zip(store::lost_leases(tx, now)?) {
        let (kind, times) = (&lost.kind, lost.abandoned + 1);
        let known = facts.iter().find(|facts| facts.name == kind);
        let is_mortal = lost.every_s.is_none() && known.is_some_and(|facts| facts.attempts_max < MONEY_ATTEMPTS_MAX);
        let state = if is_mortal && times >= ABANDONED_MAX { JobState::Dead } else { JobState::Ready };
        let level = if times >= ABANDONED_MAX { log::Level::Error } else { log::Level::Warn };
        log::log!(level, "a {kind} was claimed by a process that died or hung, {times} time(s) in a row");
        store::release(tx, &lost, state, now.plus(backoff(times, (jitter + 37 * nth) % JITTER_UNTIL)))?;
    }
    Ok(())
}

/// Claims what is due of each kind, up to so many.
fn claim(tx: &mut Tx, wanted: &Wanted, now: Timestamp) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::new();
    for (kind, limit) in &wanted.kinds {
        let limit = i64::try_from(*limit).unwrap_or(i64::MAX);
        claimed.extend(store::claim(tx, kind, now, now.plus(LEASE), limit)?);
        crate::base::failpoint::reach!("jobs.in_claim");
    }
    if wanted.suspect {
        claimed.extend(store::claim_suspect(tx, &wanted.names(), now, now.plus(LEASE))?);
    }
    Ok(claimed)
}

/// A job that hangs or panics is a failed one.
async fn guarded(registered: &Registered, job: &Claimed) -> Result<Next> {
    let run = AssertUnwindSafe(registered.start(job)?).catch_unwind();
    match tokio::time::timeout(RUN_MAX, run).await {
        Ok(Ok(ran)) => ran,
        Ok(Err(_)) => Err(Error::internal("the job panicked")),
        Err(_) => Err(Error::internal("the job took too long")),
    }
}

/// What becomes of a job's row after a run.
#[derive(Clone, Debug)]
enum End {
    Delete,
    PutBack(PutBack),
}

impl End {
    fn of(job: &Claimed, ran: Result<Next>, attempts_max: i32, now: Timestamp, jitter_per_mille: u32) -> Self {
        let again = |run_at| Self::PutBack(PutBack { state: JobState::Ready, run_at, attempts: 0, error: None });
        match (ran, job.every_s) {
            (Ok(Next::Done), None) => Self::Delete,
            (Ok(Next::Done), Some(every_s)) => {
                again(now.plus(Duration::from_secs(u64::try_from(every_s).unwrap_or(1))))
            }
            (Ok(Next::Again(at)), _) => again(at),
            (Err(error), every_s) => {
                // A recurring job never dies: tomorrow is another day.
                let dead = job.attempts >= attempts_max && every_s.is_none();
                Self::PutBack(PutBack {
                    state: if dead { JobState::Dead } else { JobState::Ready },
                    run_at: now.plus(backoff(job.attempts, jitter_per_mille)),
                    attempts: job.attempts,
                    error: Some(error.to_string().chars().take(ERROR_MAX).collect()),
                })
            }
        }
    }

    /// `false`: the lease was lost meanwhile, and the row now belongs to somebody else.
    fn write(&self, tx: &mut Tx, job: &Claimed) -> Result<bool> {
        match self {
            Self::Delete => store::delete(tx, job),
            Self::PutBack(back) => store::put_back(tx, job, back),
        }
    }
}

/// Pause after so many attempts, with jitter (per mille, 0 to 1000) of up to a quarter, so that many failures of one cause do not
/// come back in step.
fn backoff(attempts: i32, jitter_per_mille: u32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    let pause = BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX);
    pause + pause / 4_000 * jitter_per_mille
}

fn jitter() -> Result<u32> {
    Ok(u32::from(ids::random_u16()?) % JITTER_UNTIL)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{enqueue, list, payloads};
    use super::*;
    use crate::base::db::testing::TestDb;

    payloads! {
        /// Nothing is done with it.
        Nothing = "test" { what }, 5 attempts;
        /// Nothing is done with it either.
        Money = "money" { what }, MONEY_ATTEMPTS_MAX attempts;
    }

    /// As a process of this program does so long after the start of the test.
    fn claimed(test: &TestDb, after: Duration) -> Vec<Claimed> {
        let facts = vec![JobFacts::of::<Nothing>(None), JobFacts::of::<Money>(None)];
        let claim_then = move |tx: &mut Tx, now: Timestamp| {
            release_abandoned(tx, &facts, now.plus(after), 0)?;
            let kinds = facts.iter().map(|facts| (facts.name, 10)).collect();
            claim(tx, &Wanted { kinds, suspect: true }, now.plus(after))
        };
        test.write(claim_then).unwrap()
    }

    fn end(test: &TestDb, job: &Claimed, ran: Result<Next>, attempts_max: i32) -> bool {
        let (job, end) = (job.clone(), End::of(job, ran, attempts_max, test.clock.timestamp(), 0));
        test.write(move |tx, _| end.write(tx, &job)).unwrap()
    }

    #[test]
    fn backoff_grows_is_capped_and_never_overflows() {
        assert_eq!(backoff(1, 0), Duration::from_secs(2));
        assert_eq!(backoff(4, 0), Duration::from_secs(16));
        assert_eq!(backoff(i32::MAX, 0), BACKOFF_MAX);
        assert!(backoff(i32::MAX, 1000) <= BACKOFF_MAX + BACKOFF_MAX / 4);
        assert!(backoff(1, 1000) > backoff(1, 0));
    }

    /// A process that was stopped for longer than its lease, and goes on as if nothing had happened.
    #[test]
    fn who_lost_the_lease_can_neither_finish_nor_put_back_what_another_runs() {
        let test = TestDb::new();
        test.write(|tx, now| enqueue(tx, &Nothing::of("x"), now, now)).unwrap();
        let first = claimed(&test, Duration::ZERO).remove(0);
        assert!(claimed(&test, LEASE / 2).is_empty(), "the lease holds");
        assert!(claimed(&test, LEASE).is_empty(), "it waits, for it may be what ended its process");
        let second = claimed(&test, LEASE * 2).remove(0);
        assert!(!end(&test, &first, Ok(Next::Done), 5), "deleted what another runs");
        assert!(!end(&test, &first, Ok(Next::Again(test.clock.timestamp())), 5), "handed out what another runs");
        assert!(end(&test, &second, Ok(Next::Done), 5));
        assert!(test.write(|tx, _| list(tx, None)).unwrap().is_empty());
    }

    /// While nodes are replaced one after the other, an old one meets what a new one has queued.
    #[test]
    fn a_job_that_this_program_does_not_know_waits_for_one_that_does() {
        let test = TestDb::new();
        test.write(|tx, now| enqueue(tx, &Nothing::of("x"), now, now)).unwrap();
        let another = || Wanted { kinds: vec![("another", 10)], suspect: true };
        assert!(test.write(move |tx, now| claim(tx, &another(), now)).unwrap().is_empty());
        let waiting = test.write(|tx, _| list(tx, Some(JobState::Ready))).unwrap();
        assert_eq!((waiting.len(), waiting[0].attempts), (1, 0));
    }

    #[test]
    fn a_dead_job_does_not_swallow_what_is_asked_for_anew() {
        let test = TestDb::new();
        let ask = || test.write(|tx, now| enqueue(tx, &Nothing::of("x"), now, now)).unwrap();
        ask();
        let job = claimed(&test, Duration::ZERO).remove(0);
        end(&test, &job, Err(Error::internal("no")), 1);
        assert_eq!(test.write(|tx, _| list(tx, Some(JobState::Dead))).unwrap().len(), 1);
        ask();
        let again = claimed(&test, Duration::ZERO);
        assert_eq!((again.len(), again[0].attempts), (1, 1));
    }

    /// A job that ends the process that runs it would do so each minute, and take with it whatever runs beside it.
    #[test]
    fn a_job_that_kills_its_process_dies_alone_and_no_refund_dies_with_it() {
        let test = TestDb::new();
        for what in ["kills", "one", "two", "three"] {
            test.write(move |tx, now| enqueue(tx, &Nothing::of(what), now, now)).unwrap();
            test.write(move |tx, now| enqueue(tx, &Money::of(what), now, now)).unwrap();
        }
        // Each process lives for an hour, or until it runs what kills it. Of the refunds, one kills too.
        for hour in 0..40 {
            let claimed = claimed(&test, Duration::from_hours(hour));
            if claimed.iter().all(|job| !job.payload.contains("kills")) {
                for job in &claimed {
                    assert!(end(&test, job, Ok(Next::Done), 5));
                }
            }
        }
        let left: Vec<_> =
            test.write(|tx, _| list(tx, None)).unwrap().into_iter().map(|job| (job.kind, job.state)).collect();
        assert_eq!(left, [("test".to_owned(), JobState::Dead), ("money".to_owned(), JobState::Running)]);
    }

    #[test]
    fn what_recurs_never_dies_of_the_processes_that_ran_it() {
        let test = TestDb::new();
        let recurs = store::NewRow {
            kind: "test",
            key: "recurring:test".into(),
            payload: "{}".into(),
            run_at: test.clock.timestamp(),
            every: Some(Duration::from_secs(1)),
        };
        test.write(move |tx, now| store::insert(tx, &recurs, now)).unwrap();
        let claims: Vec<_> = (0..24).map(|hour| claimed(&test, Duration::from_hours(hour)).len()).collect();
        assert!(claims.iter().filter(|claimed| **claimed == 1).count() >= 12, "{claims:?}");
        assert!(test.write(|tx, _| list(tx, Some(JobState::Dead))).unwrap().is_empty());
    }
}
