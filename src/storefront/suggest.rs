//! Completions while the buyer types. The search itself is `GET /products?q=`.

use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::catalogue::Catalogue;
use super::catalogue::api::search_permit;
use crate::base::error::Result;
use crate::base::text::Lang;
use crate::domain::search::Query as Words;
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::web::extract::{ClientAddr, Json, Query};
use crate::web::{Problem, ProblemDocument};

/// What was typed so far.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuggestQuery {
    /// At most 64 characters.
    #[serde(default)]
    #[param(max_length = 64)]
    q: String,
}

/// How it may go on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// At most 10 queries that find something, best first.
    suggestions: Vec<String>,
}

/// Completions of a query.
#[utoipa::path(
    get, path = "/api/v1/search/suggest", tag = "catalogue", params(SuggestQuery),
    responses(
        (status = 200, description = "Completions", body = Suggestions),
        (status = 400, description = "`invalid_request`", body = ProblemDocument),
        (status = 429, description = "`too_many_requests`: wait for `Retry-After`", body = ProblemDocument),
    )
)]
pub(crate) async fn suggest(
    app: Data<App>,
    catalogue: Data<Catalogue>,
    client: ClientAddr,
    query: Query<SuggestQuery>,
    lang: Lang,
) -> Result<Json<Suggestions>, Problem> {
    app.limits.check_rate(Rule::SearchPeer, client.ip())?;
    let _permit = search_permit(&app, &catalogue).await?;
    let typed = Words::parse("q", &query.q)?;
    let current = catalogue.current();
    let suggestions = current.snapshot.search().suggest(&typed, lang);
    Ok(Json(Suggestions { suggestions: suggestions.into_iter().map(str::to_owned).collect() }))
}
