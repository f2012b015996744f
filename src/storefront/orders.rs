//! `/orders`: the buyer's orders, read.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::base::error::Result;
use crate::base::ids::OrderId;
use crate::base::text::Lang;
use crate::domain::orders::{self, OrderFilter, OrderState, OrderView};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::web::extract::{Path, Query};
use crate::web::pages::{Cursor, Limit, Page};
use crate::web::{Problem, ProblemDocument, ok_json};

/// Filters of the list of orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only orders in this state.
    #[param(inline)]
    state: Option<OrderState>,
    /// `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// 20 if left out.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Limit,
}

/// The buyer's orders, newest first.
#[utoipa::path(
    get, path = "/api/v1/orders", tag = "orders", params(ListQuery),
    responses(
        (status = 200, body = Page<OrderView>), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument)),
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
    let context = Arc::clone(&app);
    let filter = OrderFilter { customer_id: Some(buyer.customer_id), state, before, order_no: None };
    let page = app
        .db
        .read(move |rx| {
            let page = Page::of(orders::page(rx, &filter, limit.and_one())?, limit, |row| row.id);
            let ids: Vec<OrderId> = page.items.iter().map(|row| row.id).collect();
            let mut lines = orders::lines(rx, &ids)?;
            page.try_map(|row| {
                let lines = lines.remove(&row.id).unwrap_or_default();
                OrderView::open(rx, row, lines, Vec::new(), &context.sealer, lang)
            })
        })
        .await?;
    Ok(ok_json(&page))
}

/// One order with its timeline.
#[utoipa::path(
    get, path = "/api/v1/orders/{order_no}", tag = "orders",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = OrderView), (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn get(
    app: web::Data<App>,
    buyer: Buyer,
    path: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    Ok(ok_json(&orders::view_of(&app.into_inner(), buyer.customer_id, &path, lang).await?))
}
