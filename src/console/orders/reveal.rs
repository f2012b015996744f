//! `POST /admin/v1/orders/{order_no}/reveal`.

use std::time::Duration;

use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::base::clock::shanghai;
use crate::base::error::{Code, Refusal, Result};
use crate::domain::cases::{self, CaseKind, NewCase};
use crate::domain::orders::{self, Consignee, OrderContent, Place};
use crate::domain::staff::{self, RevealPersonalData, SteppedUp};
use crate::platform::app::App;
use crate::platform::audit;
use crate::web::extract::{Json, Path};
use crate::web::text::line;
use crate::web::{Problem, ProblemDocument};

/// Why a person's data is looked at, in the operator's words: characters.
const REASON_MIN: usize = 5;
const REASON_MAX: usize = 200;
/// Consignees that one operator is shown in an hour: a telephone does not ring oftener, and a leak must not be a whole table.
const REVEALED_MAX: usize = 40;
const HOUR: Duration = Duration::from_hours(1);

/// Why a consignee is to be shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealConsignee {
    /// Goes into the audit log.
    #[schema(min_length = 5, max_length = 200, example = "buyer asks where the parcel is")]
    pub(in crate::console) reason: String,
}

/// Who a parcel is for, in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevealedConsignee {
    pub(in crate::console) order_no: String,
    pub(in crate::console) name: String,
    pub(in crate::console) phone: String,
    pub(in crate::console) province: String,
    pub(in crate::console) city: String,
    pub(in crate::console) district: String,
    pub(in crate::console) detail: String,
    /// The buyer's own words; they may name people and numbers too.
    pub(in crate::console) remark: String,
}

/// Shows one order's consignee in full. Needs a step-up; who looked, and why, is written down before anything is shown.
#[utoipa::path(
    post, path = "/admin/v1/orders/{order_no}/reveal", tag = "admin_orders", request_body = RevealConsignee,
    params(("order_no" = String, Path, description = "Order number")),
    security(("operator" = ["reveal_personal_data"])),
    responses(
        (status = 200, body = RevealedConsignee), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument),
        (status = 403, description = "`forbidden`, or `step_up_required`", body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 429, description = "`too_many_requests`: 40 an hour; a case is opened", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn reveal(
    operator: SteppedUp<RevealPersonalData>,
    app: Data<App>,
    order_no: Path<String>,
    Json(request): Json<RevealConsignee>,
) -> Result<Json<RevealedConsignee>, Problem> {
    line("reason", &request.reason, REASON_MIN, REASON_MAX)?;
    let (number, now) = (order_no.into_inner(), app.clock.timestamp());
    let entry = operator.entry("order.revealed").on("order", number.as_str()).because(request.reason);
    let (context, operator_id, operator_name) = (app.clone(), operator.id, operator.name.clone());
    let shown = app.db.write(move |tx| {
        let row = orders::row(tx, &number)?.ok_or(Code::NotFound)?;
        // Two at once are counted one after the other.
        staff::hold(tx, operator_id)?;
        if audit::count_since(tx, &entry, now.minus(HOUR))? >= REVEALED_MAX {
            // Kept although nothing is shown: somebody must look. Once a day.
            let day = now.utc().with_timezone(&shanghai()).format("%F").to_string();
            let case = NewCase::once_each(CaseKind::RevealedOften, &operator_name, json!({ "day": day }));
            cases::open(tx, &context.metrics, &case, now)?;
            return Ok(None);
        }
        audit::record(tx, &entry, now)?;
        let consignee = Consignee::open(tx, &context.sealer, &number, &row.content.consignee_sealed)?;
        Ok(Some((row.content, consignee)))
    });
    let too_often = || Refusal::new(Code::TooManyRequests).with("retry_after_s", HOUR.as_secs());
    let (OrderContent { order_no, place, .. }, consignee) = shown.await?.ok_or_else(too_often)?;
    let Consignee { name, phone, detail, remark } = consignee;
    let Place { province, city, district, .. } = place;
    Ok(Json(RevealedConsignee { order_no, name, phone, province, city, district, detail, remark }))
}
