//! Runs what is due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::watch;

use super::service::{self, Ended};
use super::{FAILURES_LOUD, Job, Kind};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids;

/// Jobs of one claim; they run side by side.
const BATCH: i64 = 16;
/// How long a claim holds.
const LEASE: Duration = Duration::from_mins(1);
/// A run is given up before its lease ends, so that two workers are never at one job.
const RUN_MAX: Duration = Duration::from_secs(50);
/// Pause of an idle worker, in real time: the clock may be moved under it.
const IDLE: Duration = Duration::from_millis(200);

/// Claims what is due, runs it, writes how it ended. Gives the number of jobs run: tests step by it.
pub async fn run_due(app: &Arc<App>) -> Result<usize> {
    let now = app.clock.timestamp();
    if !app.db.read(move |rx| service::is_due(rx, now)).await? {
        return Ok(0);
    }
    let claimed = app.db.write_bulk(move |tx| service::claim(tx, now, LEASE, BATCH)).await?;
    crate::failpoint::reach!("jobs.after_claim");
    let count = claimed.len();
    for ended in join_all(claimed.into_iter().map(|job| run_one(Arc::clone(app), job))).await {
        ended?;
    }
    Ok(count)
}

/// Until told to stop. What runs is finished first.
pub async fn run_forever(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let pause = match run_due(&app).await {
            Ok(0) => IDLE,
            Ok(_) => continue,
            Err(error) => {
                log::error!("jobs can't be claimed: {error}");
                IDLE * 5
            }
        };
        let _ = tokio::time::timeout(pause, stop.changed()).await;
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
