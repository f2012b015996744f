//! Runs what is due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::service::{self, Ended};
use super::{FAILURES_LOUD, Job, Kind};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids;

/// Jobs that run side by side.
const RUNNING_MAX: usize = 16;
/// How long a claim holds.
const LEASE: Duration = Duration::from_mins(1);
/// A run is given up before its lease ends, so that two workers are never at one job.
const RUN_MAX: Duration = Duration::from_secs(50);
/// Pause of an idle worker, in real time: the clock may be moved under it.
const IDLE: Duration = Duration::from_millis(200);

/// Claims what is due, runs it, writes how it ended. Gives the number of jobs run: tests step by it.
pub async fn run_due(app: &Arc<App>) -> Result<usize> {
    let claimed = claim_due(app, RUNNING_MAX).await?;
    let count = claimed.len();
    for ended in join_all(claimed.into_iter().map(|job| run_one(Arc::clone(app), job))).await {
        ended?;
    }
    Ok(count)
}

/// Until told to stop. What runs is finished first. A slow job keeps its own slot busy and nobody else's: a WeChat that answers
/// slowly must not hold up the question about the next payment.
pub async fn run_forever(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        let free = RUNNING_MAX.saturating_sub(running.len());
        let pause = match claim_due(&app, free).await {
            Ok(claimed) if claimed.is_empty() => IDLE,
            Ok(claimed) => {
                for job in claimed {
                    running.spawn(run_and_log(Arc::clone(&app), job));
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

async fn claim_due(app: &Arc<App>, limit: usize) -> Result<Vec<Job>> {
    let (now, limit) = (app.clock.timestamp(), i64::try_from(limit).unwrap_or(0));
    if limit == 0 || !app.db.read(move |rx| service::is_due(rx, now)).await? {
        return Ok(Vec::new());
    }
    let claimed = app.db.write_bulk(move |tx| service::claim(tx, now, LEASE, limit)).await;
    crate::failpoint::reach!("jobs.after_claim");
    claimed
}

async fn run_and_log(app: Arc<App>, job: Job) {
    let what = format!("{} {}", job.kind, job.payload);
    if let Err(error) = run_one(app, job).await {
        log::error!("the end of job {what} could not be written; its lease will end: {error}");
    }
}

async fn run_one(app: Arc<App>, job: Job) -> Result<()> {
    let kind = app.job_kinds.iter().find(|kind| kind.name == job.kind);
    let ran = match kind {
        Some(kind) => run_guarded(kind, &app, &job).await,
        None => Err(Error::internal(format!("no job of kind {}", job.kind))),
    };
    let outcome = if ran.is_ok() { "done" } else { "failed" };
    app.metrics.job(kind.map_or("unknown", |kind| kind.name), outcome);
    if let Err(error) = &ran {
        let level = if job.attempts >= FAILURES_LOUD { log::Level::Error } else { log::Level::Warn };
        log::log!(level, "job {} {} failed (attempt {}): {error}", job.kind, job.payload, job.attempts);
    }
    let ended = Ended::from(ran, kind, jitter()?);
    let now = app.clock.timestamp();
    let (id, kind) = (job.id, job.kind.clone());
    crate::failpoint::reach!("jobs.before_finish");
    let ours = app
        .db
        .write_bulk(move |tx| {
            let ours = service::finish(tx, &job, &ended, now)?;
            crate::failpoint::reach!("jobs.in_finish");
            Ok(ours)
        })
        .await?;
    crate::failpoint::reach!("jobs.after_finish");
    if !ours {
        log::info!("job {kind} {id} was cancelled, or taken over after its lease ended");
    }
    Ok(())
}

/// A job that hangs or panics is a failed one.
async fn run_guarded(kind: &Kind, app: &Arc<App>, job: &Job) -> Result<super::Next> {
    let run = AssertUnwindSafe((kind.run)(Arc::clone(app), job.clone())).catch_unwind();
    match tokio::time::timeout(RUN_MAX, run).await {
        Ok(Ok(ran)) => ran,
        Ok(Err(_)) => Err(Error::internal("the job panicked")),
        Err(_) => Err(Error::internal("the job took too long")),
    }
}

fn jitter() -> Result<u32> {
    Ok(u32::from(ids::random_u16()?) % 1_001)
}
