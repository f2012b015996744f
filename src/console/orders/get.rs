//! `GET /admin/v1/orders/{order_no}`.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::AdminOrder;
use super::store::{self, AdminPayment, AdminRefund};
use crate::base::error::{Code, Result};
use crate::base::text::Lang;
use crate::domain::orders::{self, EventView, LineView};
use crate::domain::staff::{May, ReadOrders};
use crate::platform::app::App;
use crate::web::extract::{Json, Path};
use crate::web::{Problem, ProblemDocument};

/// An order with all that belongs to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminOrderDetail {
    #[serde(flatten)]
    pub(in crate::console) order: AdminOrder,
    pub(in crate::console) lines: Vec<LineView>,
    /// What happened, oldest first.
    pub(in crate::console) timeline: Vec<EventView>,
    /// None before the first pay call.
    pub(in crate::console) payment: Option<AdminPayment>,
    /// Oldest first.
    pub(in crate::console) refunds: Vec<AdminRefund>,
}

/// One order with lines, timeline, payment and refunds, masked.
#[utoipa::path(
    get, path = "/admin/v1/orders/{order_no}", tag = "admin_orders",
    params(("order_no" = String, Path, description = "Order number")),
    security(("operator" = ["read_orders"])),
    responses(
        (status = 200, body = AdminOrderDetail), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn get(
    _operator: May<ReadOrders>,
    app: Data<App>,
    order_no: Path<String>,
    lang: Lang,
) -> Result<Json<AdminOrderDetail>, Problem> {
    let (number, context) = (order_no.into_inner(), app.clone());
    let read = app.db.read(move |rx| {
        let row = orders::row(rx, &number)?.ok_or(Code::NotFound)?;
        let (lines, timeline) = (orders::lines_of(rx, row.id)?, orders::events(rx, row.id)?);
        let (payment, refunds) = (store::payment(rx, row.id)?, store::refunds_of(rx, row.id)?);
        Ok(AdminOrderDetail {
            order: AdminOrder::new(rx, row.content, &context.sealer)?,
            lines: lines.into_iter().map(|line| LineView::new(line, lang)).collect(),
            timeline: timeline.into_iter().map(EventView::from).collect(),
            payment,
            refunds,
        })
    });
    Ok(Json(read.await?))
}
