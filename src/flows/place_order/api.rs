//! `POST /orders`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PlaceOrder, PlaceOutcome, place_order};
use crate::base::error::{Error, FieldErrors, Result, Wrong};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::domain::orders::{self, OrderView};
use crate::domain::pricing::{Item, check_items};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::platform::idempotency::Claim;
use crate::platform::limits::Rule;
use crate::web::extract::{IdempotencyKey, Json};
use crate::web::text::check_line;
use crate::web::{Problem, ProblemDocument};

/// A remark may be this long (characters).
const REMARK_MAX: usize = 100;
/// A scene of a QR code (wxacode.getUnlimited: at most 32 visible characters).
const SCENE_MAX: usize = 32;
/// Dates of consumer notices.
const NOTICE_VERSION_MAX: usize = 32;

/// An order to be placed.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceOrderBody {
    /// What to buy; the same SKU on two lines counts as one line.
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<Item>,
    /// One of the buyer's addresses.
    #[schema(min_length = 1, max_length = 64)]
    address_id: String,
    /// The sum that the buyer saw, fen. Another one is answered with 409 `price_changed`.
    expected_payable_fen: Fen,
    /// The consumer notice that the buyer agreed to.
    #[schema(min_length = 1, max_length = 32, example = "2026-11-01")]
    notice_version: String,
    /// For the warehouse.
    #[schema(max_length = 100)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
    /// The code that was scanned.
    #[schema(min_length = 1, max_length = 32)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scene: Option<String>,
}

impl PlaceOrderBody {
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        check_items(&self.items, &mut errors);
        errors.take("address_id", check_line(&self.address_id, 1, 64));
        errors.take("notice_version", check_line(&self.notice_version, 1, NOTICE_VERSION_MAX));
        if let Some(remark) = &self.remark {
            errors.take("remark", check_line(remark, 0, REMARK_MAX));
        }
        if let Some(scene) = &self.scene {
            errors.take("scene", check_line(scene, 1, SCENE_MAX));
        }
        if self.expected_payable_fen < Fen::ZERO {
            errors.add("expected_payable_fen", Wrong::OutOfRange { min: Some(0), max: None });
        }
        errors.finish()
    }

    /// What two requests must agree in to be the same: the body written out again, so that spaces do not count.
    fn canonical(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| Error::internal("a request can't be written"))
    }
}

/// Places an order and reserves its stock for 30 minutes.
#[utoipa::path(
    post, path = "/api/v1/orders", tag = "orders",
    params(("Idempotency-Key" = String, Header, description = "8 to 64 visible characters; kept for 24 hours",
        min_length = 8, max_length = 64, pattern = "^[!-~]+$")),
    request_body = PlaceOrderBody,
    responses(
        (status = 201, body = OrderView), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, description = "`price_changed` (with the new quote), `out_of_stock` (with the lines), `notice_changed`, \
         `place_not_served`, `split_required`, `limit_reached`, `identity_required`, `value_limit`, `account_closing`", body = ProblemDocument),
        (status = 422, description = "`idempotency_key_reused`", body = ProblemDocument),
        (status = 503, body = ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn place(
    app: web::Data<App>,
    buyer: Buyer,
    key: IdempotencyKey,
    lang: Lang,
    body: Json<PlaceOrderBody>,
) -> Result<HttpResponse, Problem> {
    body.check()?;
    let customer_id = buyer.customer_id;
    let principal = format!("customer:{customer_id}");
    let claim = Claim::new(principal, "POST /orders", key.into_inner(), &body.canonical()?, app.clock.timestamp());
    let PlaceOrderBody { items, address_id, expected_payable_fen, notice_version, remark, scene } = body.into_inner();
    let remark = remark.unwrap_or_default();
    let request =
        PlaceOrder { customer_id, items, address_id, expected_payable_fen, notice_version, remark, scene, lang };
    app.limits.check_rate(Rule::Order, customer_id)?;
    let app = app.into_inner();
    let placed = place_order(&app, request, claim).await?;
    crate::base::failpoint::reach!("order.after_commit");
    let view = match placed {
        PlaceOutcome::Now(view) => *view,
        PlaceOutcome::Before(order_no) => orders::view_of(&app, customer_id, &order_no, lang).await?,
    };
    crate::base::failpoint::reach!("order.before_answer");
    Ok(HttpResponse::Created().json(&view))
}
