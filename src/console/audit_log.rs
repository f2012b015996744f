//! `/admin/v1/audit`: the audit log, for who may read it. Nobody may write it.

use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::staff::{May, ReadAudit};
use crate::platform::app::App;
use crate::platform::audit::{self, Filter, Record};
use crate::web::extract::{Json, Query};
use crate::web::pages::{Cursor, Limit, Page};
use crate::web::text::line;
use crate::web::{Problem, ProblemDocument};

/// Longest name of an actor or id of an object that is looked for.
const SOUGHT_MAX: usize = 64;

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only of this actor: `operator:kim`.
    #[param(max_length = 64)]
    actor: Option<String>,
    /// Only about this object: an order number, the name of an operator.
    #[param(max_length = 64)]
    object_id: Option<String>,
    /// `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// 20 if left out.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Limit,
}

impl AuditQuery {
    pub(in crate::console) fn filter(&self) -> Filter {
        Filter { actor: self.actor.clone(), object_id: self.object_id.clone() }
    }
}

/// What was done, newest first.
#[utoipa::path(
    get, path = "/admin/v1/audit", tag = "operators", params(AuditQuery), security(("operator" = ["read_audit"])),
    responses(
        (status = 200, body = Page<Record>), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn audit(
    _reader: May<ReadAudit>,
    app: Data<App>,
    query: Query<AuditQuery>,
) -> std::result::Result<Json<Page<Record>>, Problem> {
    let AuditQuery { actor, object_id, cursor, limit } = query.into_inner();
    for (field, text) in [("actor", &actor), ("object_id", &object_id)] {
        if let Some(text) = text {
            line(field, text, 1, SOUGHT_MAX)?;
        }
    }
    let before = cursor.map(|cursor| cursor.parse::<i64>()).transpose()?;
    let filter = Filter { actor, object_id };
    let records = app.db.read(move |rx| audit::page(rx, &filter, before, limit.and_one())).await?;
    Ok(Json(Page::of(records, limit, |record| record.id)))
}
