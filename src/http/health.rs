//! Is it alive, and should it get requests? Strangers may ask, so neither says why not; the log does.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::App;
use crate::db::Health;
use crate::error::Error;
use crate::jobs::{self, JobState};
use crate::web::Problem;

/// A database that takes longer than this to read nearly nothing can't serve anybody.
const DEADLINE: Duration = Duration::from_secs(1);

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
pub(super) async fn ready(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    if app.db.health() != Health::Ok {
        return Err(Error::busy("not ready: the writer has stopped").into());
    }
    let database = app.db.vital();
    let read = database.read(|rx| jobs::list(rx, Some(JobState::Dead)).map(drop));
    match tokio::time::timeout(DEADLINE, read).await {
        Ok(Ok(())) => Ok(HttpResponse::Ok().json(json!({ "status": "ok" }))),
        Ok(Err(error)) => Err(Error::busy(format!("not ready: {error}")).into()),
        Err(_) => Err(Error::busy("not ready: the database does not answer").into()),
    }
}
