//! `/admin/v1/jobs`: what the shop does by itself and could not do.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::Timestamp;
use crate::base::error::{Code, Result};
use crate::base::ids::JobId;
use crate::domain::staff::{May, RunJobs};
use crate::platform::app::App;
use crate::platform::audit;
use crate::platform::jobs::{self, JobRow, JobState};
use crate::web::extract::{Json, Path, Query};
use crate::web::{Problem, ProblemDocument};

/// A job as operators see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminJob {
    #[schema(value_type = String)]
    pub(in crate::console) id: JobId,
    /// What it does; `docs/runbook.md` explains each.
    #[schema(example = "close_unpaid_order")]
    pub(in crate::console) kind: String,
    /// What it is about, as JSON.
    pub(in crate::console) payload: String,
    pub(in crate::console) state: JobState,
    /// When it is due, or was.
    pub(in crate::console) run_at: Timestamp,
    pub(in crate::console) attempts: i32,
    /// Why the last attempt failed.
    pub(in crate::console) last_error: Option<String>,
}

/// Some jobs.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminJobs {
    /// Dead ones by due time, others the oldest first; at most 200.
    pub(in crate::console) items: Vec<AdminJob>,
}

/// Which jobs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobsQuery {
    /// Only those that failed too often.
    #[serde(default)]
    pub(in crate::console) dead: bool,
}

/// Jobs, at most 200: dead ones by due time, others the oldest first.
#[utoipa::path(
    get, path = "/admin/v1/jobs", tag = "jobs", params(JobsQuery), security(("operator" = ["run_jobs"])),
    responses(
        (status = 200, body = AdminJobs), (status = 400, body = ProblemDocument), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn list(
    _operator: May<RunJobs>,
    app: Data<App>,
    query: Query<JobsQuery>,
) -> Result<Json<AdminJobs>, Problem> {
    let state = query.dead.then_some(JobState::Dead);
    let rows = app.db.read(move |rx| jobs::list(rx, state)).await?;
    let items = rows.into_iter().map(|JobRow { id, kind, payload, state, run_at, attempts, last_error }| AdminJob {
        id,
        kind,
        payload,
        state,
        run_at,
        attempts,
        last_error,
    });
    Ok(Json(AdminJobs { items: items.collect() }))
}

/// Gives a dead job a new life.
#[utoipa::path(
    post, path = "/admin/v1/jobs/{job_id}/retry", tag = "jobs", security(("operator" = ["run_jobs"])),
    params(("job_id" = String, Path, description = "Number of the job")),
    responses(
        (status = 204), (status = 400, body = ProblemDocument), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument),
        (status = 409, description = "`wrong_state`: it is not dead", body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn retry(operator: May<RunJobs>, app: Data<App>, id: Path<JobId>) -> Result<HttpResponse, Problem> {
    let (id, now) = (id.into_inner(), app.clock.timestamp());
    let entry = operator.entry("job.retried").on("job", id.to_string());
    app.db
        .write(move |tx| {
            if !jobs::retry(tx, id, now)? {
                return Err(Code::WrongState.into());
            }
            audit::record(tx, &entry, now)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
