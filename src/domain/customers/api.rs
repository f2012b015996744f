//! `/identity`: the name and ID number that bonded goods are declared with.

pub(crate) mod me;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Document;
use super::consents::Agreed;
use super::identity::{self, ConsentedIdentity};
use crate::base::clock::Timestamp;
use crate::base::error::{Code, Error, FieldErrors};
use crate::base::text::Lang;
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::platform::sealing::{mask_id_number, mask_name};
use crate::web::Problem;
use crate::web::extract::Json;
use crate::web::text::check_line;

/// Characters.
const CONSENT_VERSION_MAX: usize = 32;

/// An identity to be left.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityRequest {
    /// As on the identity card: 2 to 30 Chinese characters, letters, or `·`.
    #[schema(min_length = 2, max_length = 30, example = "张三")]
    name: String,
    /// Chinese resident identity number (GB 11643-1999), 18 characters. Under 18 years of age: `under_age`.
    #[schema(example = "11010519491231002X")]
    id_number: String,
    /// Version of `/legal/identity` that the buyer agreed to, separately from everything else. It must be the newest.
    #[schema(min_length = 1, max_length = 32, example = "2026-11-01")]
    consent_version: String,
}

/// An identity as it is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentityView {
    /// Masked.
    #[schema(example = "张*")]
    name: String,
    /// Masked.
    #[schema(example = "110105********002X")]
    id_number: String,
    /// The consent text that was agreed to.
    consent_version: String,
    /// When.
    consented_at: Timestamp,
}

impl From<ConsentedIdentity> for IdentityView {
    fn from(found: ConsentedIdentity) -> Self {
        Self {
            name: mask_name(&found.identity.name),
            id_number: mask_id_number(&found.identity.id_number),
            consent_version: found.consent_version,
            consented_at: found.consented_at,
        }
    }
}

/// The buyer's identity, masked.
#[utoipa::path(
    get, path = "/api/v1/identity", tag = "identity", security(("bearer" = [])),
    responses(
        (status = 200, description = "Masked", body = IdentityView),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`not_found`: the buyer left none", body = Problem),
    )
)]
pub(crate) async fn show(app: Data<App>, buyer: Buyer) -> Result<Json<IdentityView>, Problem> {
    let context = app.clone();
    let found = app.db.read(move |rx| identity::find_identity(rx, &context.sealer, buyer.customer_id)).await?;
    Ok(Json(found.ok_or(Error::from(Code::NotFound))?.into()))
}

/// Leaves an identity, or replaces the one there is.
#[utoipa::path(
    put, path = "/api/v1/identity", tag = "identity", request_body = IdentityRequest, security(("bearer" = [])),
    responses(
        (status = 200, description = "Stored, sealed; masked here", body = IdentityView),
        (status = 400, description = "`invalid_request`: names the field", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`not_found`: no consent text is published (`gunpo-mall legal publish`)", body = Problem),
        (status = 409, description = "`document_changed`: there is a newer text, named in `version`; or `consent_required`: to the privacy text",
         body = Problem),
    )
)]
pub(crate) async fn put(
    app: Data<App>,
    buyer: Buyer,
    lang: Lang,
    Json(request): Json<IdentityRequest>,
) -> Result<Json<IdentityView>, Problem> {
    let mut errors = FieldErrors::default();
    errors.take("consent_version", check_line(&request.consent_version, 1, CONSENT_VERSION_MAX));
    let typed = identity::typed(&request.name, &request.id_number, app.clock.timestamp(), &mut errors);
    errors.finish()?;
    let typed = typed.ok_or_else(|| Error::internal("an identity without a fault is none"))?;
    let agreed = Agreed::now("consent_version", Document::Identity, request.consent_version, lang);
    let stored = identity::put_identity(&app, buyer.customer_id, typed, agreed);
    Ok(Json(stored.await?.into()))
}

/// Withdraws the consent; the identity is deleted. Orders keep the copy that customs law asks for.
#[utoipa::path(
    delete, path = "/api/v1/identity", tag = "identity", security(("bearer" = [])),
    responses(
        (status = 204, description = "Gone, or was never there"),
        (status = 401, description = "`unauthorized`", body = Problem),
    )
)]
pub(crate) async fn delete(app: Data<App>, buyer: Buyer) -> Result<HttpResponse, Problem> {
    identity::delete_identity(&app, buyer.customer_id).await?;
    Ok(HttpResponse::NoContent().finish())
}
