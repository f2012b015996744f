//! `/admin/v1/operators`: accounts, for managers. A manager can't change their own: the last one can't lock everybody out.

use actix_web::HttpResponse;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, FieldRule, Refusal, Result};
use crate::domain::staff::service::accounts::{self, FirstPassword, Listed};
use crate::domain::staff::{FIRST_PASSWORD_LIFE, ManageOperators, May, Role, Staff, SteppedUp};
use crate::web::extract::{Json, Path};
use crate::web::text::line;
use crate::web::{Problem, ProblemDocument};

/// Why, in the manager's words: characters.
const REASON_MIN: usize = 3;
const REASON_MAX: usize = 200;

/// Every account, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accounts {
    pub(in crate::console) items: Vec<Listed>,
}

/// Accounts of operators.
#[utoipa::path(
    get, path = "/admin/v1/operators", tag = "operators", security(("operator" = ["manage_operators"])),
    responses(
        (status = 200, body = Accounts), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn list(_manager: May<ManageOperators>, staff: Staff) -> std::result::Result<Json<Accounts>, Problem> {
    let items = staff.db.read(|rx| accounts::list(rx)).await?;
    Ok(Json(Accounts { items }))
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperator {
    /// 2 to 32 lower-case letters, digits, `.`, `-`, `_`; begins with a letter.
    #[schema(min_length = 2, max_length = 32, pattern = "^[a-z][a-z0-9._-]+$", example = "kim")]
    name: String,
    role: Role,
}

/// A one-time password; it is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirstLogin {
    pub(in crate::console) name: String,
    /// To be changed at the first login.
    pub(in crate::console) one_time_password: String,
    /// Good until then.
    pub(in crate::console) expires_at: Timestamp,
}

/// Makes an account. Needs a step-up.
#[utoipa::path(
    post, path = "/admin/v1/operators", tag = "operators", request_body = NewOperator,
    security(("operator" = ["manage_operators"])),
    responses(
        (status = 201, body = FirstLogin), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument),
        (status = 403, description = "`forbidden`, or `step_up_required`", body = ProblemDocument),
        (status = 409, description = "`wrong_state`: the name is taken", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn add(
    manager: SteppedUp<ManageOperators>,
    staff: Staff,
    Json(asked): Json<NewOperator>,
) -> std::result::Result<HttpResponse, Problem> {
    Ok(HttpResponse::Created().json(make(manager, staff, asked).await?))
}

/// As [`add`], for its page.
pub(in crate::console) async fn make(
    manager: SteppedUp<ManageOperators>,
    staff: Staff,
    asked: NewOperator,
) -> std::result::Result<FirstLogin, Problem> {
    accounts::check_name(&asked.name)?;
    let first = FirstPassword::made_in(&staff).await?;
    let (now, by, hash) = (staff.clock.timestamp(), manager.entry("operator.added"), first.hash());
    let NewOperator { name, role } = asked;
    let (row, who) = (name.clone(), (manager.id, manager.role));
    let added = staff.db.write(move |tx| {
        accounts::lock_manager(tx, who.0, who.1)?;
        accounts::add(tx, &row, role, &hash, &by, now)
    });
    added.await?;
    Ok(FirstLogin::of(name, &first, now))
}

impl FirstLogin {
    fn of(name: String, first: &FirstPassword, now: Timestamp) -> Self {
        let one_time_password = first.password.expose_secret().to_owned();
        Self { name, one_time_password, expires_at: now.plus(FIRST_PASSWORD_LIFE) }
    }
}

/// What is to be changed: what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeOperator {
    role: Option<Role>,
    disabled: Option<bool>,
    /// Why; goes into the audit log.
    #[schema(min_length = 3, max_length = 200)]
    reason: String,
}

const NOTHING_TO_CHANGE: FieldRule = FieldRule::new(
    "missing",
    [
        "请填写 role 或 disabled 中要修改的一项。",
        "바꿀 항목(role 또는 disabled)을 보내 주세요.",
        "Give what is to be changed: `role` or `disabled`.",
    ],
);

/// Gives another role, disables or enables. The account's sessions end at once. Needs a step-up.
#[utoipa::path(
    patch, path = "/admin/v1/operators/{name}", tag = "operators", request_body = ChangeOperator,
    params(("name" = String, Path, description = "Name of the account")),
    security(("operator" = ["manage_operators"])),
    responses(
        (status = 204), (status = 400, body = ProblemDocument), (status = 401, body = ProblemDocument),
        (status = 403, description = "`step_up_required`, or `forbidden` (also for one's own account)", body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn change(
    manager: SteppedUp<ManageOperators>,
    staff: Staff,
    name: Path<String>,
    Json(asked): Json<ChangeOperator>,
) -> std::result::Result<HttpResponse, Problem> {
    line("reason", &asked.reason, REASON_MIN, REASON_MAX)?;
    if asked.role.is_none() && asked.disabled.is_none() {
        return Err(Refusal::field("role", NOTHING_TO_CHANGE).into());
    }
    let name = others(&manager, name)?;
    let now = staff.clock.timestamp();
    let end = |action| manager.entry(action).because(asked.reason.as_str());
    let on_role = end("operator.role_changed");
    let on_switch = end(if asked.disabled == Some(true) { "operator.disabled" } else { "operator.enabled" });
    let (role, disabled) = (asked.role, asked.disabled);
    let who = (manager.id, manager.role);
    let changed = move |tx: &mut Tx| {
        accounts::lock_manager(tx, who.0, who.1)?;
        let mut ended = Vec::new();
        if let Some(role) = role {
            ended.extend(accounts::set_role(tx, &name, role, &on_role, now)?);
        }
        if let Some(disabled) = disabled {
            ended.extend(accounts::set_disabled(tx, &name, disabled, &on_switch, now)?);
        }
        Ok(ended)
    };
    accounts::forget(&staff, &staff.db.write(changed).await?);
    Ok(HttpResponse::NoContent().finish())
}

/// Why a reset is needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetOperator {
    /// Goes into the audit log.
    #[schema(min_length = 3, max_length = 200)]
    reason: String,
}

/// A new one-time password and no second factor, for who has lost either. The account's sessions end at once. Needs a
/// step-up.
#[utoipa::path(
    post, path = "/admin/v1/operators/{name}/reset", tag = "operators", request_body = ResetOperator,
    params(("name" = String, Path, description = "Name of the account")),
    security(("operator" = ["manage_operators"])),
    responses(
        (status = 200, body = FirstLogin), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument),
        (status = 403, description = "`step_up_required`, or `forbidden` (also for one's own account)", body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, description = "`wrong_state`: somebody else changed the account just now", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn reset(
    manager: SteppedUp<ManageOperators>,
    staff: Staff,
    name: Path<String>,
    Json(asked): Json<ResetOperator>,
) -> std::result::Result<Json<FirstLogin>, Problem> {
    line("reason", &asked.reason, REASON_MIN, REASON_MAX)?;
    let name = others(&manager, name)?;
    let first = FirstPassword::made_in(&staff).await?;
    let (now, hash) = (staff.clock.timestamp(), first.hash());
    let by = manager.entry("operator.reset").because(asked.reason);
    let (row, who) = (name.clone(), (manager.id, manager.role));
    let ended = staff.db.write(move |tx| {
        accounts::lock_manager(tx, who.0, who.1)?;
        accounts::reset(tx, &row, &hash, &by, now)
    });
    accounts::forget(&staff, &ended.await?);
    Ok(Json(FirstLogin::of(name, &first, now)))
}

/// A name that is not the manager's own.
fn others(manager: &SteppedUp<ManageOperators>, name: Path<String>) -> Result<String> {
    let name = name.into_inner();
    if name == manager.name { Err(Code::Forbidden.into()) } else { Ok(name) }
}
