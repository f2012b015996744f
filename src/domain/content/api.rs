//! `/legal`: the texts that buyers agree to. No login.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Document, Language, newest as newest_of};
use crate::base::clock::Timestamp;
use crate::base::text::Lang;
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::web::Problem;
use crate::web::extract::{ClientAddr, Json, Path};

/// A document in one language.
#[derive(Serialize, ToSchema)]
pub(crate) struct LegalView {
    document: Document,
    /// To be named with the consent.
    #[schema(example = "2026-11-01")]
    version: String,
    language: Language,
    /// Paragraphs are separated by line breaks.
    text: String,
    /// SHA-256 of `text`, hex: what the proof of consent keeps.
    text_sha256: String,
    published_at: Timestamp,
}

/// The version that counts now, in the caller's language.
#[utoipa::path(
    get, path = "/api/v1/legal/{document}", tag = "legal",
    params(("document" = Document, Path, description = "Which")),
    responses(
        (status = 200, body = LegalView),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 404, description = "`not_found`: nothing is published", body = Problem),
        (status = 429, description = "`too_many_requests`: wait for `Retry-After`", body = Problem),
    )
)]
pub(crate) async fn newest(
    app: Data<App>,
    from: ClientAddr,
    document: Path<Document>,
    lang: Lang,
) -> Result<Json<LegalView>, Problem> {
    app.limits.check_rate(Rule::LegalPeer, from.ip())?;
    let (document, now) = (*document, app.clock.timestamp());
    let found = app.db.read(move |rx| newest_of(rx, document, now)).await?;
    let language = Language::from(lang);
    Ok(Json(LegalView {
        document,
        language,
        text: found.text(language).to_owned(),
        text_sha256: hex::encode(found.hash(language)),
        version: found.version,
        published_at: found.published_at,
    }))
}
