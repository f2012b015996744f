//! Runs what is due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::registry::{Registered, Registry};
use super::store::{self, Claimed, PutBack};
use super::{JobState, Next};
use crate::base::clock::{Clock, Timestamp};
use crate::base::db::{Db, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids;
use crate::base::observability::Metrics;

/// Jobs that run side by side.
const RUNNING_MAX: usize = 16;
/// How long a claim holds.
const LEASE: Duration = Duration::from_mins(1);
/// A run is given up before its lease ends, so that two workers are never at one job.
const RUN_MAX: Duration = Duration::from_secs(50);
/// Pause of an idle worker, in real time: the clock may be moved under it.
const IDLE: Duration = Duration::from_millis(200);
/// First pause after a failure; doubled with each further one.
const BACKOFF_FIRST: Duration = Duration::from_secs(2);
/// Longest pause.
const BACKOFF_MAX: Duration = Duration::from_mins(10);
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

    /// Claims what is due, runs it, writes how it ended. Gives the number of jobs run: tests step by it.
    pub async fn run_due(&self) -> Result<usize> {
        let claimed = self.claim_due(RUNNING_MAX).await?;
        let count = claimed.len();
        for ended in join_all(claimed.into_iter().map(|job| self.run_one(job))).await {
            ended?;
        }
        Ok(count)
    }

    /// Until told to stop. What runs is finished first. A slow job keeps its own slot busy and nobody else's: a WeChat that answers
    /// slowly must not hold up the question about the next payment.
    pub async fn run_forever(self, mut stop: watch::Receiver<bool>) {
        let mut running = JoinSet::new();
        while !*stop.borrow() {
            let free = RUNNING_MAX.saturating_sub(running.len());
            let pause = match self.claim_due(free).await {
                Ok(claimed) if claimed.is_empty() => IDLE,
                Ok(claimed) => {
                    for job in claimed {
                        running.spawn(self.clone().run_and_log(job));
                    }
                    continue;
                }
                Err(error) => {
                    log::error!("jobs can't be claimed: {error}");
                    IDLE * 5
                }
            };
            tokio::select! {
                _ = running.join_next(), if !running.is_empty() => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    async fn claim_due(&self, limit: usize) -> Result<Vec<Claimed>> {
        let (now, limit) = (self.clock.timestamp(), i64::try_from(limit).unwrap_or(0));
        let kinds = self.registry.kinds();
        // Asked on a reading connection first, so that an idle worker never takes the write lock.
        let asked = kinds.clone();
        if limit == 0 || self.db.read(move |rx| store::due(rx, &asked, now, 1)).await?.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.db.write_bulk(move |tx| claim(tx, &kinds, now, limit)).await;
        crate::base::failpoint::reach!("jobs.after_claim");
        claimed
    }

    async fn run_and_log(self, job: Claimed) {
        let what = format!("{} {}", job.kind, job.payload);
        if let Err(error) = self.run_one(job).await {
            log::error!("the end of job {what} could not be written; its lease will end: {error}");
        }
    }

    async fn run_one(&self, job: Claimed) -> Result<()> {
        let Some(registered) = self.registry.find(&job.kind) else {
            return Err(Error::internal(format!("no job of kind {}", job.kind)));
        };
        let ran = guarded(registered, &job).await;
        let outcome = if ran.is_ok() { "done" } else { "failed" };
        self.metrics.job(registered.facts.name, outcome);
        if let Err(error) = &ran {
            let level = if job.attempts >= FAILURES_LOUD { log::Level::Error } else { log::Level::Warn };
            log::log!(level, "job {} {} failed (attempt {}): {error}", job.kind, job.payload, job.attempts);
        }
        let end = End::of(&job, ran, registered.facts.attempts_max, self.clock.timestamp(), jitter()?);
        let (id, kind) = (job.id, job.kind.clone());
        crate::base::failpoint::reach!("jobs.before_finish");
        let ours = self
            .db
            .write_bulk(move |tx| {
                let ours = end.write(tx, &job)?;
                crate::base::failpoint::reach!("jobs.in_finish");
                Ok(ours)
            })
            .await?;
        crate::base::failpoint::reach!("jobs.after_finish");
        if !ours {
            log::info!("job {kind} {id} was cancelled, or taken over after its lease ended");
        }
        Ok(())
    }
}

/// Claims up to `limit` due jobs.
fn claim(tx: &mut Tx, kinds: &[&str], now: Timestamp, limit: i64) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::new();
    for mut job in store::due(tx, kinds, now, limit)? {
        if store::claim(tx, &job, now.plus(LEASE))? {
            crate::base::failpoint::reach!("jobs.in_claim");
            job.generation += 1;
            job.attempts += 1;
            claimed.push(job);
        }
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
    Ok(u32::from(ids::random_u16()?) % 1_001)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{enqueue, list, payloads};
    use super::*;
    use crate::base::db::testing::TestDb;
    use crate::platform::jobs::Payload;

    payloads! {
        /// Nothing is done with it.
        Nothing = "test" { what }, 5 attempts;
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
        let claim_at = |after: Duration| {
            test.write(move |tx, now| claim(tx, &[Nothing::NAME], now.plus(after), 10)).unwrap().pop()
        };
        let first = claim_at(Duration::ZERO).unwrap();
        assert!(claim_at(LEASE / 2).is_none(), "the lease holds");
        let second = claim_at(LEASE).unwrap();
        let end = |job: &Claimed, ran: Next| {
            let (job, end) = (job.clone(), End::of(job, Ok(ran), 5, test.clock.timestamp(), 0));
            test.write(move |tx, _| end.write(tx, &job)).unwrap()
        };
        assert!(!end(&first, Next::Done), "deleted what another runs");
        assert!(!end(&first, Next::Again(test.clock.timestamp())), "handed out what another runs");
        assert!(end(&second, Next::Done));
        assert!(test.write(|tx, _| list(tx, None)).unwrap().is_empty());
    }

    /// While nodes are replaced one after the other, an old one meets what a new one has queued.
    #[test]
    fn a_job_that_this_program_does_not_know_waits_for_one_that_does() {
        let test = TestDb::new();
        test.write(|tx, now| enqueue(tx, &Nothing::of("x"), now, now)).unwrap();
        assert!(test.write(|tx, now| claim(tx, &["another"], now, 10)).unwrap().is_empty());
        let waiting = test.write(|tx, _| list(tx, Some(JobState::Ready))).unwrap();
        assert_eq!((waiting.len(), waiting[0].attempts), (1, 0));
    }

    #[test]
    fn a_dead_job_does_not_swallow_what_is_asked_for_anew() {
        let test = TestDb::new();
        let ask = || test.write(|tx, now| enqueue(tx, &Nothing::of("x"), now, now)).unwrap();
        ask();
        let job = test.write(|tx, now| claim(tx, &[Nothing::NAME], now, 10)).unwrap().remove(0);
        let failed = End::of(&job, Err(Error::internal("no")), 1, test.clock.timestamp(), 0);
        test.write(move |tx, _| failed.write(tx, &job)).unwrap();
        assert_eq!(test.write(|tx, _| list(tx, Some(JobState::Dead))).unwrap().len(), 1);
        ask();
        let again = test.write(|tx, now| claim(tx, &[Nothing::NAME], now, 10)).unwrap();
        assert_eq!((again.len(), again[0].attempts), (1, 1));
    }
}
