//! `/admin/v1/cases`: what a person has to look at. Somebody takes a case, and says in the end what it was; it is never deleted.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::Timestamp;
use crate::base::error::{Code, Result};
use crate::base::ids::CaseId;
use crate::base::text::Lang;
use crate::domain::cases::{self, Case, CaseDecision};
use crate::domain::staff::{DecideCases, May, ReadCases};
use crate::platform::app::App;
use crate::platform::audit;
use crate::web::extract::{Json, Path, Query};
use crate::web::pages::{Cursor, Limit, Page};
use crate::web::text::line;
use crate::web::{Problem, ProblemDocument};

/// What it was, in the operator's words: characters.
const NOTE_MIN: usize = 5;
const NOTE_MAX: usize = 500;

/// A case as operators see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminCase {
    #[schema(value_type = String)]
    pub(in crate::console) id: CaseId,
    /// Stable word.
    #[schema(example = "refund_failed")]
    pub(in crate::console) kind: String,
    /// `now`: money or stock may be wrong; `soon`: within a working day.
    #[schema(example = "now")]
    pub(in crate::console) severity: &'static str,
    /// What has happened, in the caller's language.
    pub(in crate::console) means: &'static str,
    /// What a person does.
    pub(in crate::console) act: &'static str,
    /// `order`, `refund`, `notify` or `operator`.
    #[schema(example = "order")]
    pub(in crate::console) about: &'static str,
    /// Its number.
    pub(in crate::console) subject: String,
    /// What was seen, as JSON.
    pub(in crate::console) detail: String,
    pub(in crate::console) opened_at: Timestamp,
    /// Who looks after it.
    pub(in crate::console) taken_by: Option<String>,
    pub(in crate::console) decision: Option<CaseDecision>,
    pub(in crate::console) decided_by: Option<String>,
    pub(in crate::console) note: Option<String>,
    pub(in crate::console) closed_at: Option<Timestamp>,
}

impl AdminCase {
    fn new(case: Case, lang: Lang) -> Self {
        let kind = case.kind();
        Self {
            severity: kind.map_or("soon", |kind| kind.severity().as_str()),
            means: kind.map_or("", |kind| kind.means().get(lang)),
            act: kind.map_or("", |kind| kind.act().get(lang)),
            about: kind.map_or("", cases::CaseKind::subject),
            id: case.id,
            kind: case.kind,
            subject: case.subject,
            detail: case.detail,
            opened_at: case.opened_at,
            taken_by: case.taken_by,
            decision: case.decision,
            decided_by: case.decided_by,
            note: case.note,
            closed_at: case.closed_at,
        }
    }
}

/// Which cases.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CasesQuery {
    /// Closed ones instead of open ones.
    #[serde(default)]
    pub(in crate::console) closed: bool,
    /// `next_cursor` of the page before.
    #[param(inline)]
    pub(in crate::console) cursor: Option<Cursor>,
    /// 20 if left out.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub(in crate::console) limit: Limit,
}

/// Cases, newest first.
#[utoipa::path(
    get, path = "/admin/v1/cases", tag = "cases", params(CasesQuery), security(("operator" = ["read_cases"])),
    responses(
        (status = 200, body = Page<AdminCase>), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn list(
    _operator: May<ReadCases>,
    app: Data<App>,
    query: Query<CasesQuery>,
    lang: Lang,
) -> Result<Json<Page<AdminCase>>, Problem> {
    let CasesQuery { closed, cursor, limit } = query.into_inner();
    let before = cursor.map(|cursor| cursor.parse::<CaseId>()).transpose()?;
    let rows = app.db.read(move |rx| cases::page(rx, closed, before, limit.and_one())).await?;
    Ok(Json(Page::of(rows, limit, |case| case.id).map(|case| AdminCase::new(case, lang))))
}

/// One case.
#[utoipa::path(
    get, path = "/admin/v1/cases/{case_id}", tag = "cases", security(("operator" = ["read_cases"])),
    params(("case_id" = String, Path, description = "Number of the case")),
    responses(
        (status = 200, body = AdminCase), (status = 400, body = ProblemDocument), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn get(
    _operator: May<ReadCases>,
    app: Data<App>,
    id: Path<CaseId>,
    lang: Lang,
) -> Result<Json<AdminCase>, Problem> {
    let id = id.into_inner();
    let case = app.db.read(move |rx| cases::get(rx, id)).await?.ok_or(Code::NotFound)?;
    Ok(Json(AdminCase::new(case, lang)))
}

/// I look after it. Whoever had it before is told by the list; taking one's own again changes nothing.
#[utoipa::path(
    post, path = "/admin/v1/cases/{case_id}/take", tag = "cases", security(("operator" = ["decide_cases"])),
    params(("case_id" = String, Path, description = "Number of the case")),
    responses(
        (status = 204), (status = 400, body = ProblemDocument), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, description = "`wrong_state`: it is closed", body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn take(
    operator: May<DecideCases>,
    app: Data<App>,
    id: Path<CaseId>,
) -> Result<HttpResponse, Problem> {
    let (id, now, name) = (id.into_inner(), app.clock.timestamp(), operator.name.clone());
    let entry = operator.entry("case.taken").on("case", id.to_string());
    app.db
        .write(move |tx| {
            let case = cases::get(tx, id)?.ok_or(Code::NotFound)?;
            if case.taken_by.as_deref() == Some(name.as_str()) && case.closed_at.is_none() {
                return Ok(());
            }
            if !cases::take(tx, id, &name, now)? {
                return Err(Code::WrongState.into());
            }
            audit::record(tx, &entry, now)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How a case ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseCase {
    pub(in crate::console) decision: CaseDecision,
    /// What it was and what was done. Never personal data.
    #[schema(min_length = 5, max_length = 500, example = "refunded 12.00 in the merchant platform, buyer agrees")]
    pub(in crate::console) note: String,
}

/// Ends a case: it was dealt with, or nothing was wrong. Moves neither money nor stock.
#[utoipa::path(
    post, path = "/admin/v1/cases/{case_id}/close", tag = "cases", request_body = CloseCase,
    security(("operator" = ["decide_cases"])),
    params(("case_id" = String, Path, description = "Number of the case")),
    responses(
        (status = 204), (status = 400, body = ProblemDocument), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, description = "`wrong_state`: somebody closed it before", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn close(
    operator: May<DecideCases>,
    app: Data<App>,
    id: Path<CaseId>,
    Json(asked): Json<CloseCase>,
) -> Result<HttpResponse, Problem> {
    line("note", &asked.note, NOTE_MIN, NOTE_MAX)?;
    let (id, now, name) = (id.into_inner(), app.clock.timestamp(), operator.name.clone());
    let entry = operator.entry("case.closed").on("case", id.to_string()).because(asked.note.clone());
    let entry = entry.detail(asked.decision.as_str());
    app.db
        .write(move |tx| {
            if cases::close(tx, id, asked.decision, &name, &asked.note, now)? {
                return audit::record(tx, &entry, now);
            }
            Err(if cases::get(tx, id)?.is_some() { Code::WrongState } else { Code::NotFound }.into())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
