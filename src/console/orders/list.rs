//! `GET /admin/v1/orders`.

use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;

use super::AdminOrder;
use crate::base::error::Result;
use crate::base::ids::OrderId;
use crate::domain::orders::{self, OrderFilter, OrderState};
use crate::domain::staff::{May, ReadOrders};
use crate::platform::app::App;
use crate::web::extract::{Json, Query};
use crate::web::pages::{Cursor, Limit, Page};
use crate::web::text::line;
use crate::web::{Problem, ProblemDocument};

/// An order number has 22 characters.
const QUERY_MAX: usize = 64;

/// Which orders.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminOrdersQuery {
    /// Only orders in this state.
    #[param(inline)]
    pub(in crate::console) state: Option<OrderState>,
    /// A whole order number.
    #[param(max_length = 64)]
    pub(in crate::console) q: Option<String>,
    /// `next_cursor` of the page before.
    #[param(inline)]
    pub(in crate::console) cursor: Option<Cursor>,
    /// 20 if left out.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub(in crate::console) limit: Limit,
}

/// All buyers' orders, newest first, masked.
#[utoipa::path(
    get, path = "/admin/v1/orders", tag = "admin_orders", params(AdminOrdersQuery),
    security(("operator" = ["read_orders"])),
    responses(
        (status = 200, body = Page<AdminOrder>), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn list(
    _operator: May<ReadOrders>,
    app: Data<App>,
    query: Query<AdminOrdersQuery>,
) -> Result<Json<Page<AdminOrder>>, Problem> {
    let AdminOrdersQuery { state, q, cursor, limit } = query.into_inner();
    if let Some(q) = &q {
        line("q", q, 1, QUERY_MAX)?;
    }
    let before = cursor.map(|cursor| cursor.parse::<OrderId>()).transpose()?;
    // A number that was copied brings blanks, and capitals if it was typed.
    let filter = OrderFilter { customer_id: None, state, order_no: q.map(|q| q.trim().to_ascii_lowercase()), before };
    let context = app.clone();
    let read = app.db.read(move |rx| {
        let page = Page::of(orders::page(rx, &filter, limit.and_one())?, limit, |row| row.id);
        page.try_map(|row| AdminOrder::new(rx, row.content, &context.sealer))
    });
    Ok(Json(read.await?))
}
