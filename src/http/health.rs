//! Is it alive, and should it get requests? Strangers may ask, so neither says why not; the log does.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use serde_json::json;
use tokio::sync::Mutex;

use crate::base::db::Health;
use crate::base::error::Error;
use crate::platform::app::App;
use crate::platform::jobs::{self, JobState};
use crate::web::Problem;

/// A database that takes longer than this to read nearly nothing can't serve anybody.
const DEADLINE: Duration = Duration::from_secs(1);

/// An answer is good for this long, for everybody: a crowd that asks costs one look at the database a second, and none of the connections
/// that are kept for WeChat's notifies.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The last look, and what was wrong, if anything. Whoever comes while one looks waits for the same answer.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<(Instant, Option<String>)>>);

impl Readiness {
    async fn fault(&self, app: &App) -> Option<String> {
        let mut last = self.0.lock().await;
        if let Some((at, fault)) = &*last
            && at.elapsed() < GOOD_FOR
        {
            return fault.clone();
        }
        let fault = look(app).await.err();
        *last = Some((Instant::now(), fault.clone()));
        fault
    }
}

/// The process answers.
#[utoipa::path(get, path = "/healthz/live", tag = "health", responses((status = 200, description = "The process answers")))]
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// Whether to send requests here: the database can be read and its writer runs. The catalogue is loaded before the
/// listener opens.
#[utoipa::path(
    get, path = "/healthz/ready", tag = "health",
    responses(
        (status = 200, description = "Requests can be sent here"),
        (status = 503, description = "Not now", body = crate::web::ProblemDocument),
    )
)]
pub(super) async fn ready(app: web::Data<App>, known: web::Data<Readiness>) -> Result<HttpResponse, Problem> {
    // What is known without asking the database is never kept from a caller by an older answer.
    if let Some(fault) = fault_of(app.db.health()) {
        return Err(Error::busy(format!("not ready: {fault}")).into());
    }
    match known.fault(&app).await {
        None => Ok(HttpResponse::Ok().json(json!({ "status": "ok" }))),
        Some(fault) => Err(Error::busy(format!("not ready: {fault}")).into()),
    }
}

async fn look(app: &App) -> Result<(), String> {
    // A busy database has no connection to spare for this question, and needs none: what was just committed answers it.
    if app.db.last_commit_age().is_some_and(|age| age < GOOD_FOR) {
        return Ok(());
    }
    let database = app.db.critical();
    let look = async {
        database.read(|rx| jobs::list(rx, Some(JobState::Dead)).map(drop)).await?;
        database.probe().await
    };
    match tokio::time::timeout(DEADLINE, look).await {
        Ok(Ok(health)) => fault_of(health).map_or(Ok(()), |fault| Err(fault.to_owned())),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the database does not answer".to_owned()),
    }
}

fn fault_of(health: Health) -> Option<&'static str> {
    match health {
        Health::Ok => None,
        Health::Stopped => Some("the writer has stopped"),
        Health::Stuck => Some("the writer is stuck"),
        Health::ReadOnly => Some("the database server is read-only"),
        Health::NoStandby => Some("the standbys that a commit waits for are away"),
    }
}
