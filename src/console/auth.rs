//! `/admin/v1/auth` and `/admin/v1/me`: login, step-up, password and second factor.

use actix_web::HttpResponse;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::clock::Timestamp;
use crate::base::error::{FieldErrors, FieldRule, Refusal, Result, Wrong};
use crate::domain::staff::service::credentials::{self, Proof};
use crate::domain::staff::service::login::{self, Credentials, Grant};
use crate::domain::staff::{Permission, Role, Session, Staff};
use crate::web::extract::{ClientAddr, Json};
use crate::web::{Problem, ProblemDocument};

/// Longer names are nobody's.
const NAME_MAX: usize = 64;
/// More than any password that can be chosen; hashing more would be work for nothing.
const PASSWORD_MAX: usize = 512;
const CODE_MAX: usize = 16;
const DEVICE_TOKEN_MAX: usize = 1_024;

/// Refuses texts that are longer than any good one, all of them at once: name of the field, text, most characters.
fn at_most<const N: usize>(fields: [(&str, &str, usize); N]) -> Result<()> {
    let mut errors = FieldErrors::default();
    for (field, text, max) in fields {
        if text.chars().count() > max {
            errors.add(field, Wrong::TooLong(max as u64));
        }
    }
    errors.finish()
}

/// A login of an operator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorLogin {
    #[schema(max_length = 64, example = "kim")]
    pub(in crate::console) name: String,
    #[schema(max_length = 512, format = Password)]
    pub(in crate::console) password: String,
    /// The code of now, once the second factor is enrolled.
    #[schema(max_length = 16, example = "123456")]
    pub(in crate::console) totp: Option<String>,
    /// `device_token` of an earlier login on this device: others who try this name can't keep its owner waiting here.
    #[schema(max_length = 1024)]
    pub(in crate::console) device_token: Option<String>,
}

/// A session of an operator.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorToken {
    /// For the `Authorization` header.
    access_token: String,
    /// To be kept on this device and given with the next login, for 90 days or until the password changes. It opens nothing by itself.
    device_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// When the session ends, used or not; unused it ends after 30 minutes.
    expires_at: Timestamp,
    name: String,
    role: Role,
    /// Nothing but `POST /admin/v1/auth/password` is open before.
    must_change_password: bool,
    /// Nothing but `POST /admin/v1/auth/totp` is open before.
    must_enrol_totp: bool,
}

impl From<Grant> for OperatorToken {
    fn from(grant: Grant) -> Self {
        Self {
            access_token: grant.token,
            device_token: grant.device_token,
            token_type: "Bearer",
            expires_at: grant.expires_at,
            name: grant.name,
            role: grant.role,
            must_change_password: grant.must_change_password,
            must_enrol_totp: !grant.has_totp,
        }
    }
}

/// Logs an operator in. Whatever is wrong, the answer is the same.
#[utoipa::path(
    post, path = "/admin/v1/auth/login", tag = "operators", request_body = OperatorLogin,
    responses(
        (status = 200, body = OperatorToken), (status = 400, body = ProblemDocument),
        (status = 401, description = "`invalid_credentials`, or `totp_required` if only the code is missing", body = ProblemDocument),
        (status = 429, description = "`too_many_requests`: too many attempts for this name or from this address", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn login(
    staff: Staff,
    from: ClientAddr,
    Json(asked): Json<OperatorLogin>,
) -> std::result::Result<Json<OperatorToken>, Problem> {
    Ok(Json(enter(&staff, from, asked).await?.into()))
}

/// As [`login`], for its page.
pub(in crate::console) async fn enter(staff: &Staff, from: ClientAddr, asked: OperatorLogin) -> Result<Grant> {
    at_most([
        ("name", &asked.name, NAME_MAX),
        ("password", &asked.password, PASSWORD_MAX),
        ("totp", asked.totp.as_deref().unwrap_or_default(), CODE_MAX),
        ("device_token", asked.device_token.as_deref().unwrap_or_default(), DEVICE_TOKEN_MAX),
    ])?;
    let OperatorLogin { name, password, totp, device_token } = asked;
    let credentials = Credentials { name, password: SecretString::from(password), totp, device: device_token };
    login::login(staff, from.ip(), credentials).await
}

/// Ends this session at once.
#[utoipa::path(
    post, path = "/admin/v1/auth/logout", tag = "operators", security(("operator" = [])),
    responses((status = 204), (status = 401, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn logout(Session(operator): Session, staff: Staff) -> std::result::Result<HttpResponse, Problem> {
    login::logout(&staff, &operator).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Password or code once more: exactly one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUp {
    #[schema(max_length = 512, format = Password)]
    password: Option<String>,
    /// A code that was not used yet.
    #[schema(max_length = 16)]
    totp: Option<String>,
}

const ONE_OF_BOTH: FieldRule = FieldRule::new(
    "one_of",
    [
        "password 和 totp 请只填一个。",
        "password와 totp 중 하나만 보내 주세요.",
        "Give exactly one of `password` and `totp`.",
    ],
);

/// Opens what is sensitive for five minutes.
#[utoipa::path(
    post, path = "/admin/v1/auth/step-up", tag = "operators", request_body = StepUp, security(("operator" = [])),
    responses(
        (status = 204), (status = 400, body = ProblemDocument),
        (status = 401, description = "`unauthorized`, or `invalid_credentials`", body = ProblemDocument),
        (status = 429, description = "`too_many_requests`", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn step_up(
    Session(operator): Session,
    staff: Staff,
    Json(asked): Json<StepUp>,
) -> std::result::Result<HttpResponse, Problem> {
    let proof = match (asked.password, asked.totp) {
        (Some(password), None) => {
            at_most([("password", &password, PASSWORD_MAX)])?;
            Proof::Password(SecretString::from(password))
        }
        (None, Some(code)) => {
            at_most([("totp", &code, CODE_MAX)])?;
            Proof::Code(code)
        }
        _ => return Err(Refusal::field("totp", ONE_OF_BOTH).into()),
    };
    credentials::step_up(&staff, &operator, proof).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    #[schema(max_length = 512, format = Password)]
    current_password: String,
    /// At least 12 characters, 5 different ones, without the account's name, not the current one.
    #[schema(min_length = 12, max_length = 128, format = Password)]
    new_password: String,
}

/// Chooses another password. All sessions end, also this one; the answer begins a new one.
#[utoipa::path(
    post, path = "/admin/v1/auth/password", tag = "operators", request_body = ChangePassword,
    security(("operator" = [])),
    responses(
        (status = 200, body = OperatorToken), (status = 400, body = ProblemDocument),
        (status = 401, description = "`unauthorized`, or `invalid_credentials`", body = ProblemDocument),
        (status = 429, description = "`too_many_requests`", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn change_password(
    Session(operator): Session,
    staff: Staff,
    Json(asked): Json<ChangePassword>,
) -> std::result::Result<Json<OperatorToken>, Problem> {
    at_most([
        ("current_password", &asked.current_password, PASSWORD_MAX),
        ("new_password", &asked.new_password, PASSWORD_MAX),
    ])?;
    let (current, new) = (SecretString::from(asked.current_password), SecretString::from(asked.new_password));
    Ok(Json(credentials::change_password(&staff, &operator, current, new).await?.into()))
}

/// A secret for an authenticator app; it is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpSecret {
    /// For a QR code.
    #[schema(example = "otpauth://totp/Gunpo%20Mall:kim?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Gunpo%20Mall")]
    otpauth_uri: String,
    /// For typing (base 32).
    secret: String,
}

/// Begins the second factor. Asked again before it is confirmed, it gives another secret.
#[utoipa::path(
    post, path = "/admin/v1/auth/totp", tag = "operators", security(("operator" = [])),
    responses(
        (status = 200, body = TotpSecret), (status = 401, body = ProblemDocument),
        (status = 403, description = "`password_change_required`", body = ProblemDocument),
        (status = 409, description = "`wrong_state`: there is one; a manager can reset it", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn enrol_totp(
    Session(operator): Session,
    staff: Staff,
) -> std::result::Result<Json<TotpSecret>, Problem> {
    let enrolment = credentials::enrol_totp(&staff, &operator).await?;
    Ok(Json(TotpSecret { otpauth_uri: enrolment.uri, secret: enrolment.secret }))
}

/// The first code of an authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmTotp {
    #[schema(max_length = 16, example = "123456")]
    code: String,
}

/// Ends the enrolment: from now on every login needs a code. Other sessions of the account end.
#[utoipa::path(
    post, path = "/admin/v1/auth/totp/confirm", tag = "operators", request_body = ConfirmTotp,
    security(("operator" = [])),
    responses(
        (status = 204), (status = 400, description = "Also for a wrong code", body = ProblemDocument),
        (status = 401, body = ProblemDocument),
        (status = 409, description = "`wrong_state`: nothing is to be confirmed", body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn confirm_totp(
    Session(operator): Session,
    staff: Staff,
    Json(asked): Json<ConfirmTotp>,
) -> std::result::Result<HttpResponse, Problem> {
    at_most([("code", &asked.code, CODE_MAX)])?;
    credentials::confirm_totp(&staff, &operator, &asked.code).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A live session of the operator who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorSession {
    /// When it began.
    pub(in crate::console) began_at: Timestamp,
    /// Its last request, to a minute.
    pub(in crate::console) last_seen_at: Timestamp,
    /// When it ends, used or not.
    pub(in crate::console) ends_at: Timestamp,
    /// The one that asks.
    pub(in crate::console) is_this: bool,
}

/// The sessions of the operator who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorSessions {
    /// The newest first.
    pub(in crate::console) items: Vec<OperatorSession>,
}

/// Where I am logged in.
#[utoipa::path(
    get, path = "/admin/v1/auth/sessions", tag = "operators", security(("operator" = [])),
    responses((status = 200, body = OperatorSessions), (status = 401, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn sessions(
    Session(operator): Session,
    staff: Staff,
) -> std::result::Result<Json<OperatorSessions>, Problem> {
    let live = credentials::sessions(&staff, &operator).await?;
    let items = live.into_iter().map(|session| OperatorSession {
        began_at: session.created_at,
        last_seen_at: session.last_seen_at,
        ends_at: session.expires_at,
        is_this: session.sid == operator.sid,
    });
    Ok(Json(OperatorSessions { items: items.collect() }))
}

/// Logs out everywhere else.
#[utoipa::path(
    post, path = "/admin/v1/auth/sessions/end-others", tag = "operators", security(("operator" = [])),
    responses((status = 204), (status = 401, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn end_other_sessions(
    Session(operator): Session,
    staff: Staff,
) -> std::result::Result<HttpResponse, Problem> {
    credentials::end_other_sessions(&staff, &operator).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The operator who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorMe {
    name: String,
    role: Role,
    /// What the role may do.
    rights: &'static [Permission],
    must_change_password: bool,
    must_enrol_totp: bool,
    /// What is sensitive is open until then.
    stepped_up_until: Option<Timestamp>,
    /// When the session ends, used or not.
    session_ends_at: Timestamp,
}

/// Who I am and what I may do.
#[utoipa::path(
    get, path = "/admin/v1/me", tag = "operators", security(("operator" = [])),
    responses((status = 200, body = OperatorMe), (status = 401, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn me(Session(operator): Session, staff: Staff) -> std::result::Result<Json<OperatorMe>, Problem> {
    let now = staff.clock.timestamp();
    Ok(Json(OperatorMe {
        rights: operator.role.permissions(),
        must_change_password: operator.must_change_password,
        must_enrol_totp: !operator.has_totp,
        stepped_up_until: operator.stepped_up_until.filter(|until| now < *until),
        session_ends_at: operator.session_ends_at,
        role: operator.role,
        name: operator.name,
    }))
}
