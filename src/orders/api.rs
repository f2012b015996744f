//! Placing and reading orders.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::service::{self, PlaceOrder, Placed};
use super::store::{self, LineRow};
use super::{OrderState, OrderView};
use crate::app::App;
use crate::auth::Buyer;
use crate::error::{Code, Refusal, Result};
use crate::idempotency::Claim;
use crate::ids::{CustomerId, OrderId};
use crate::money::Fen;
use crate::quotes::Item;
use crate::web::extract::{IdempotencyKey, Json, Path, Query};
use crate::web::limits::Rule;
use crate::web::pages::{Cursor, Limit, Page};
use crate::web::text::line;
use crate::web::{Lang, Problem};

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
        line("address_id", &self.address_id, 1, 64)?;
        line("notice_version", &self.notice_version, 1, NOTICE_VERSION_MAX)?;
        if let Some(remark) = &self.remark {
            line("remark", remark, 0, REMARK_MAX)?;
        }
        if let Some(scene) = &self.scene {
            line("scene", scene, 1, SCENE_MAX)?;
        }
        if self.expected_payable_fen < Fen::ZERO {
            return Err(Refusal::field("expected_payable_fen", "out_of_range").into());
        }
        Ok(())
    }
}

/// Places an order and holds its stock for 30 minutes.
#[utoipa::path(
    post, path = "/api/v1/orders", tag = "orders",
    params(("Idempotency-Key" = String, Header, description = "8 to 64 visible characters; kept for 24 hours",
        min_length = 8, max_length = 64, pattern = "^[!-~]+$")),
    request_body = PlaceOrderBody,
    responses(
        (status = 201, body = OrderView), (status = 400, body = crate::web::ProblemDocument),
        (status = 401, body = crate::web::ProblemDocument), (status = 404, body = crate::web::ProblemDocument),
        (status = 409, description = "`price_changed` (with the new quote), `out_of_stock` (with the lines), `notice_changed`, \
         `place_not_served`, `split_required`, `limit_reached`", body = crate::web::ProblemDocument),
        (status = 422, description = "`idempotency_key_reused`", body = crate::web::ProblemDocument),
        (status = 503, body = crate::web::ProblemDocument)),
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
    let asked = serde_json::to_vec(&*body).map_err(|_| crate::error::Error::internal("a request can't be written"))?;
    let principal = format!("customer:{}", buyer.customer_id);
    let claim = Claim::new(principal, "POST /orders", key.into_inner(), &asked, app.clock.timestamp());
    let body = body.into_inner();
    let request = PlaceOrder {
        customer_id: buyer.customer_id,
        items: body.items,
        address_id: body.address_id,
        expected_payable_fen: body.expected_payable_fen,
        notice_version: body.notice_version,
        remark: body.remark.unwrap_or_default(),
        scene: body.scene,
        lang,
    };
    app.doors.pass(Rule::Order, buyer.customer_id)?;
    let app = app.into_inner();
    let placed = service::place(&app, request, claim).await?;
    crate::failpoint::reach!("order.after_commit");
    let view = match placed {
        Placed::Now(view) => *view,
        Placed::Before(order_no) => view_of(&app, buyer.customer_id, &order_no, lang).await?,
    };
    crate::failpoint::reach!("order.before_answer");
    Ok(HttpResponse::Created().json(&view))
}

/// Filters of the list of orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only orders in this state.
    state: Option<OrderState>,
    /// `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// 20 if left out; more than 100 counts as 100.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Limit,
}

/// The buyer's orders, newest first.
#[utoipa::path(
    get, path = "/api/v1/orders", tag = "orders", params(ListQuery),
    responses(
        (status = 200, body = Page<OrderView>), (status = 400, body = crate::web::ProblemDocument),
        (status = 401, body = crate::web::ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    app: web::Data<App>,
    buyer: Buyer,
    query: Query<ListQuery>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let ListQuery { state, cursor, limit } = query.into_inner();
    let before = cursor.map(|cursor| cursor.parse::<OrderId>()).transpose()?;
    let app = app.into_inner();
    let (customer, context) = (buyer.customer_id, Arc::clone(&app));
    let page = app
        .db
        .read(move |rx| {
            let orders = store::page(rx, customer, state, before, limit.and_one())?;
            let page = Page::of(orders, limit, |order| order.id);
            let ids: Vec<OrderId> = page.items.iter().map(|order| order.id).collect();
            let mut lines: HashMap<OrderId, Vec<LineRow>> = HashMap::new();
            for line in store::lines(rx, &ids)? {
                lines.entry(line.order_id).or_default().push(line);
            }
            page.try_map(|order| {
                let lines = lines.remove(&order.id).unwrap_or_default();
                OrderView::new(order, lines, Vec::new(), &context.sealer, lang)
            })
        })
        .await?;
    Ok(answer(&page))
}

/// One order with its timeline.
#[utoipa::path(
    get, path = "/api/v1/orders/{order_no}", tag = "orders",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = OrderView), (status = 401, body = crate::web::ProblemDocument),
        (status = 404, body = crate::web::ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn get(
    app: web::Data<App>,
    buyer: Buyer,
    path: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    Ok(answer(&view_of(&app.into_inner(), buyer.customer_id, &path, lang).await?))
}

/// An order as its buyer sees it; 404 if it is somebody else's.
pub(crate) async fn view_of(app: &Arc<App>, customer: CustomerId, order_no: &str, lang: Lang) -> Result<OrderView> {
    let (context, number) = (Arc::clone(app), order_no.to_owned());
    app.db
        .read(move |rx| {
            let order = store::full(rx, customer, &number)?.ok_or(Code::NotFound)?;
            let lines = store::lines_of(rx, order.id)?;
            let timeline = store::events(rx, order.id)?;
            OrderView::new(order, lines, timeline, &context.sealer, lang)
        })
        .await
}

/// 200 with JSON.
pub(crate) fn answer(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(body)
}
