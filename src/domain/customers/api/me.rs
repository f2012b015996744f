//! `/me`: the buyer's profile, phone and consents.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::base::clock::Timestamp;
use crate::base::error::{Refusal, Result};
use crate::base::ids::CustomerId;
use crate::base::text::Lang;
use crate::domain::customers::consents::{self, Agreed, Consent};
use crate::domain::customers::profile::{self, Change, Profile, closes_at_latest};
use crate::domain::customers::{Document, Language, check_code};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::platform::sealing::mask_phone;
use crate::web::Problem;
use crate::web::extract::{Json, Path};
use crate::web::text::line;

/// Characters.
const NICKNAME_MAX: usize = 20;
/// Characters of a version.
const VERSION_MAX: usize = 32;

/// What may be changed. Anything else is an unknown field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileRequest {
    /// 1 to 20 characters, which WeChat may refuse; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 20, example = "小明")]
    nickname: Option<Option<String>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Language>)]
    language: Option<Option<Language>>,
}

/// Tells `null` apart from a field that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A code of the phone button.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneRequest {
    /// What the event of the button `open-type="getPhoneNumber"` gave. Good once, for five minutes.
    #[schema(min_length = 1, max_length = 128, pattern = "^[0-9A-Za-z_-]+$")]
    code: String,
}

/// What is agreed to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentRequest {
    document: Document,
    /// The newest version, as `/legal/{document}` gives it. The language that was shown goes by `Accept-Language`.
    #[schema(min_length = 1, max_length = 32, example = "2026-11-01")]
    version: String,
    /// The buyer is at least 14 years old, or a guardian agrees too. Without it nobody agrees to the privacy text.
    #[serde(default)]
    age_confirmed: bool,
}

/// The buyer's own data.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfileView {
    #[schema(value_type = String, example = "1")]
    id: CustomerId,
    nickname: Option<String>,
    /// Masked.
    #[schema(example = "138****0000")]
    phone: Option<String>,
    language: Option<Language>,
    created_at: Timestamp,
    /// What stands; withdrawn ones are in the export.
    consents: Vec<Consent>,
    /// Only after the buyer asked for the account's end.
    closing: Option<ClosingView>,
}

/// An account whose end has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosingView {
    /// When the buyer asked for it.
    requested_at: Timestamp,
    /// The account is closed when no money is open any more, and then at the latest. Until then `POST /me/keep` takes it
    /// back.
    at_latest: Timestamp,
}

impl ClosingView {
    pub(crate) fn since(requested_at: Timestamp) -> Self {
        Self { requested_at, at_latest: closes_at_latest(requested_at) }
    }
}

impl ProfileView {
    fn new(profile: Profile, consents: Vec<Consent>) -> Self {
        Self {
            id: profile.id,
            nickname: profile.nickname,
            phone: profile.phone.as_deref().map(mask_phone),
            language: profile.language,
            created_at: profile.created_at,
            consents,
            closing: profile.closing_at.map(ClosingView::since),
        }
    }
}

/// The profile as it is now; also what every change of it answers.
pub(crate) async fn view_of(app: &Data<App>, customer: CustomerId) -> Result<Json<ProfileView>> {
    let context = app.clone();
    let read = app.db.read(move |rx| {
        let profile = profile::find(rx, &context.sealer, customer)?;
        Ok(ProfileView::new(profile, consents::standing(rx, customer)?))
    });
    Ok(Json(read.await?))
}

/// The buyer's profile; the phone is masked. `/me/export` gives everything.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "me", security(("bearer" = [])),
    responses(
        (status = 200, body = ProfileView),
        (status = 401, description = "`unauthorized`", body = Problem),
    )
)]
pub(crate) async fn show(app: Data<App>, buyer: Buyer) -> Result<Json<ProfileView>, Problem> {
    Ok(view_of(&app, buyer.customer_id).await?)
}

/// Changes nickname or language; what is left out stays.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "me", request_body = ProfileRequest, security(("bearer" = [])),
    responses(
        (status = 200, body = ProfileView),
        (status = 400, description = "`invalid_request`: names the field", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 409, description = "`consent_required`: a nickname wants consent to the privacy text", body = Problem),
    )
)]
pub(crate) async fn change(
    app: Data<App>,
    buyer: Buyer,
    Json(request): Json<ProfileRequest>,
) -> Result<Json<ProfileView>, Problem> {
    let ProfileRequest { nickname, language } = request;
    let nickname = nickname.map(|nickname| nickname.map(|text| text.trim().to_owned()));
    if let Some(Some(text)) = &nickname {
        line("nickname", text, 1, NICKNAME_MAX)?;
    }
    profile::change(&app, buyer.customer_id, Change { nickname, language }).await?;
    Ok(view_of(&app, buyer.customer_id).await?)
}

/// As PATCH, for mini programs: `wx.request` knows no PATCH. What is left out stays here too.
#[utoipa::path(
    put, path = "/api/v1/me", tag = "me", request_body = ProfileRequest, security(("bearer" = [])),
    responses(
        (status = 200, body = ProfileView),
        (status = 400, description = "`invalid_request`: names the field", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 409, description = "`consent_required`: a nickname wants consent to the privacy text", body = Problem),
    )
)]
pub(crate) async fn change_by_put(
    app: Data<App>,
    buyer: Buyer,
    request: Json<ProfileRequest>,
) -> Result<Json<ProfileView>, Problem> {
    change(app, buyer, request).await
}

/// Binds the phone that WeChat names for a code. A phone is never taken from the client.
#[utoipa::path(
    post, path = "/api/v1/me/phone", tag = "me", request_body = PhoneRequest, security(("bearer" = [])),
    responses(
        (status = 200, description = "Bound; masked here", body = ProfileView),
        (status = 400, description = "`invalid_request`: the code is used, expired, unknown, or another user's",
         body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 409, description = "`consent_required`: to the privacy text, named in `version`", body = Problem),
        (status = 502, description = "`wechat_refused`", body = Problem),
        (status = 503, description = "`wechat_unavailable`: try again with a NEW code", body = Problem),
    )
)]
pub(crate) async fn bind_phone(
    app: Data<App>,
    buyer: Buyer,
    Json(request): Json<PhoneRequest>,
) -> Result<Json<ProfileView>, Problem> {
    check_code(&request.code).map_err(|wrong| Refusal::field("code", wrong))?;
    profile::bind_phone(&app, buyer.customer_id, &request.code).await?;
    Ok(view_of(&app, buyer.customer_id).await?)
}

/// Agrees to the newest version of a document. Agreed to twice, the first proof stands.
#[utoipa::path(
    post, path = "/api/v1/me/consents", tag = "me", request_body = ConsentRequest, security(("bearer" = [])),
    responses(
        (status = 200, description = "The proof that is kept", body = Consent),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`not_found`: nothing is published", body = Problem),
        (status = 409, description = "`document_changed`: there is a newer version, named in `version`", body = Problem),
    )
)]
pub(crate) async fn agree(
    app: Data<App>,
    buyer: Buyer,
    lang: Lang,
    Json(request): Json<ConsentRequest>,
) -> Result<Json<Consent>, Problem> {
    line("version", &request.version, 1, VERSION_MAX)?;
    let agreed = Agreed::now("version", request.document, request.version, lang)
        .by_somebody_old_enough(request.age_confirmed)?;
    let (customer, now) = (buyer.customer_id, app.clock.timestamp());
    let given = app.db.write(move |tx| consents::give(tx, customer, &agreed, now)).await?;
    Ok(Json(given))
}

/// Takes a consent back. The proof that it was given stays.
#[utoipa::path(
    delete, path = "/api/v1/me/consents/{document}", tag = "me", security(("bearer" = [])),
    params(("document" = Document, Path, description = "Which")),
    responses(
        (status = 204, description = "Withdrawn, or there was none"),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
    )
)]
pub(crate) async fn withdraw(app: Data<App>, buyer: Buyer, document: Path<Document>) -> Result<HttpResponse, Problem> {
    let (customer, document, now) = (buyer.customer_id, *document, app.clock.timestamp());
    app.db.write(move |tx| consents::withdraw(tx, customer, document, now)).await?;
    Ok(HttpResponse::NoContent().finish())
}
