//! `POST /quotes`: what an order would cost now.

use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::base::error::{FieldErrors, Result};
use crate::base::text::Lang;
use crate::domain::customers::addresses;
use crate::domain::pricing::{self, Item, QuoteView};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::web::extract::Json;
use crate::web::{Problem, ProblemDocument};

/// What to price.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// 1 to 50 lines; lines of the same SKU are summed.
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<Item>,
    /// One of the buyer's addresses: freight depends on it.
    address_id: String,
}

/// Prices a basket for one of the buyer's addresses.
#[utoipa::path(
    post, path = "/api/v1/quotes", tag = "quotes", request_body = QuoteRequest, security(("bearer" = [])),
    responses(
        (status = 200, description = "The price now, and what stands against an order", body = QuoteView),
        (status = 400, description = "`invalid_request`", body = ProblemDocument),
        (status = 401, description = "`unauthorized`", body = ProblemDocument),
        (status = 404, description = "`not_found`: not the buyer's address", body = ProblemDocument),
    )
)]
pub(crate) async fn create(
    app: Data<App>,
    buyer: Buyer,
    lang: Lang,
    Json(request): Json<QuoteRequest>,
) -> Result<Json<QuoteView>, Problem> {
    let mut errors = FieldErrors::default();
    pricing::check_items(&request.items, &mut errors);
    errors.finish()?;
    let quote = app.db.read(move |rx| {
        let (region_code, has_identity) = addresses::for_quote(rx, buyer.customer_id, &request.address_id)?;
        pricing::quote(rx, &request.items, &region_code, has_identity)
    });
    Ok(Json(quote.await?.view(lang)))
}
