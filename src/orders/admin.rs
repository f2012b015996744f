//! `/admin/v1/orders`: orders for operators. Who the parcel is for is masked; one order's consignee is shown after a step-up,
//! for a reason, and the audit log keeps both.

use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::store;
use super::store::admin::{self as rows, AdminRow, PaymentRow, RefundRow, Sought};
use super::view::{Consignee, EventView, LineView};
use super::{CancelReason, Hold, OrderState};
use crate::app::App;
use crate::audit;
use crate::clock::Timestamp;
use crate::error::{Code, Result};
use crate::ids::{CustomerId, OrderId};
use crate::money::Fen;
use crate::operators::{May, ReadOrders, RevealPersonalData, SteppedUp};
use crate::privacy::{self, Sealer};
use crate::web::extract::{Json, Path, Query};
use crate::web::pages::{Cursor, Limit, Page};
use crate::web::text::line;
use crate::web::{Lang, Problem, ProblemDocument};

/// An order number has 22 characters.
const SOUGHT_MAX: usize = 64;
/// Why a person's data is looked at, in the operator's words: characters.
const REASON_MIN: usize = 5;
const REASON_MAX: usize = 200;

/// Which orders.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminOrdersQuery {
    /// Only orders in this state.
    state: Option<OrderState>,
    /// A whole order number.
    #[param(max_length = 64)]
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// 20 if left out; more than 100 counts as 100.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1)]
    limit: Limit,
}

/// An order as operators see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminOrder {
    order_no: String,
    /// Whose: a number, for seeing that two orders are of one buyer.
    #[schema(value_type = String)]
    customer_id: CustomerId,
    state: OrderState,
    hold: Option<Hold>,
    goods_fen: Fen,
    freight_fen: Fen,
    tax_fen: Fen,
    discount_fen: Fen,
    payable_fen: Fen,
    paid_fen: Fen,
    /// Refunds asked for.
    refund_committed_fen: Fen,
    /// Refunds paid out.
    refunded_fen: Fen,
    /// Masked, and without the street.
    consignee: MaskedConsignee,
    /// The code that was scanned.
    scene: Option<String>,
    placed_at: Timestamp,
    expires_at: Timestamp,
    paid_at: Option<Timestamp>,
    cancelled_at: Option<Timestamp>,
    cancel_reason: Option<CancelReason>,
}

/// Where an order goes, as far as everybody who works here may know.
#[derive(Serialize, ToSchema)]
pub(crate) struct MaskedConsignee {
    #[schema(example = "王**")]
    name: String,
    #[schema(example = "138****8000")]
    phone: String,
    province: String,
    city: String,
    district: String,
}

impl AdminOrder {
    fn new(row: AdminRow, sealer: &Sealer) -> Result<Self> {
        let consignee = open(&row, sealer)?;
        Ok(Self {
            consignee: MaskedConsignee {
                name: privacy::mask_name(&consignee.name),
                phone: privacy::mask_phone(&consignee.phone),
                province: row.province,
                city: row.city,
                district: row.district,
            },
            order_no: row.order_no,
            customer_id: row.customer_id,
            state: row.state,
            hold: row.hold,
            goods_fen: row.goods_fen,
            freight_fen: row.freight_fen,
            tax_fen: row.tax_fen,
            discount_fen: row.discount_fen,
            payable_fen: row.payable_fen,
            paid_fen: row.paid_fen,
            refund_committed_fen: row.refund_committed_fen,
            refunded_fen: row.refunded_fen,
            scene: row.scene,
            placed_at: row.placed_at,
            expires_at: row.expires_at,
            paid_at: row.paid_at,
            cancelled_at: row.cancelled_at,
            cancel_reason: row.cancel_reason,
        })
    }
}

fn open(row: &AdminRow, sealer: &Sealer) -> Result<Consignee> {
    Consignee::open(sealer, &row.order_no, &row.consignee_sealed)
}

/// An order with all that belongs to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminOrderDetail {
    #[serde(flatten)]
    order: AdminOrder,
    lines: Vec<LineView>,
    /// What happened, oldest first.
    timeline: Vec<EventView>,
    /// None before the first pay call.
    payment: Option<AdminPayment>,
    /// Oldest first.
    refunds: Vec<AdminRefund>,
}

/// The payment of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminPayment {
    /// `open`, `paid` or `closed`.
    state: String,
    amount_fen: Fen,
    /// WeChat's number, once paid.
    transaction_id: Option<String>,
    opened_at: Timestamp,
    success_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

impl From<PaymentRow> for AdminPayment {
    fn from(row: PaymentRow) -> Self {
        let PaymentRow { state, amount_fen, transaction_id, opened_at, success_at, closed_at } = row;
        Self { state, amount_fen, transaction_id, opened_at, success_at, closed_at }
    }
}

/// A refund of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminRefund {
    /// Our number at WeChat.
    out_refund_no: String,
    /// WeChat's number, once it has answered.
    refund_id: Option<String>,
    amount_fen: Fen,
    /// `requested`, `processing`, `succeeded`, `abnormal` or `closed`.
    state: String,
    reason: String,
    requested_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<RefundRow> for AdminRefund {
    fn from(row: RefundRow) -> Self {
        let RefundRow { out_refund_no, refund_id, amount_fen, state, reason, requested_at, finished_at } = row;
        Self { out_refund_no, refund_id, amount_fen, state, reason, requested_at, finished_at }
    }
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
        line("q", q, 1, SOUGHT_MAX)?;
    }
    let before = cursor.map(|cursor| cursor.parse::<OrderId>()).transpose()?;
    // A number that was copied brings blanks, and capitals if it was typed.
    let sought = Sought { state, order_no: q.map(|q| q.trim().to_ascii_lowercase()), before };
    let found = app.db.read(move |rx| rows::page(rx, &sought, limit.and_one())).await?;
    let page = Page::of(found, limit, |row| row.id);
    Ok(Json(page.try_map(|row| AdminOrder::new(row, &app.sealer))?))
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
    let number = order_no.into_inner();
    let (row, lines, events, payment, refunds) = app
        .db
        .read(move |rx| {
            let row = rows::by_no(rx, &number)?.ok_or(Code::NotFound)?;
            let (lines, events) = (store::lines_of(rx, row.id)?, store::events(rx, row.id)?);
            let (payment, refunds) = (rows::payment(rx, row.id)?, rows::refunds_of(rx, row.id)?);
            Ok((row, lines, events, payment, refunds))
        })
        .await?;
    Ok(Json(AdminOrderDetail {
        order: AdminOrder::new(row, &app.sealer)?,
        lines: lines.into_iter().map(|line| LineView::new(line, lang)).collect(),
        timeline: events.into_iter().map(EventView::from).collect(),
        payment: payment.map(AdminPayment::from),
        refunds: refunds.into_iter().map(AdminRefund::from).collect(),
    }))
}

/// Why a consignee is to be shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealConsignee {
    /// Goes into the audit log.
    #[schema(min_length = 5, max_length = 200, example = "buyer asks where the parcel is")]
    reason: String,
}

/// Who a parcel is for, in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevealedConsignee {
    order_no: String,
    name: String,
    phone: String,
    province: String,
    city: String,
    district: String,
    detail: String,
    /// The buyer's own words; they may name people and numbers too.
    remark: String,
}

/// Shows one order's consignee in full. Needs a step-up; who looked, and why, is written down before anything is shown.
#[utoipa::path(
    post, path = "/admin/v1/orders/{order_no}/reveal", tag = "admin_orders", request_body = RevealConsignee,
    params(("order_no" = String, Path, description = "Order number")),
    security(("operator" = ["reveal_personal_data"])),
    responses(
        (status = 200, body = RevealedConsignee), (status = 400, body = ProblemDocument),
        (status = 401, body = ProblemDocument),
        (status = 403, description = "`forbidden`, or `step_up_required`", body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 503, body = ProblemDocument))
)]
pub(crate) async fn reveal(
    operator: SteppedUp<RevealPersonalData>,
    app: Data<App>,
    order_no: Path<String>,
    Json(asked): Json<RevealConsignee>,
) -> Result<Json<RevealedConsignee>, Problem> {
    line("reason", &asked.reason, REASON_MIN, REASON_MAX)?;
    let (number, now) = (order_no.into_inner(), app.clock.timestamp());
    let entry = operator.entry("order.revealed").on("order", number.as_str()).because(asked.reason);
    let row = app
        .db
        .write(move |tx| {
            let row = rows::by_no(tx, &number)?.ok_or(Code::NotFound)?;
            audit::record(tx, &entry, now)?;
            Ok(row)
        })
        .await?;
    let Consignee { name, phone, detail, remark } = open(&row, &app.sealer)?;
    let AdminRow { order_no, province, city, district, .. } = row;
    Ok(Json(RevealedConsignee { order_no, name, phone, province, city, district, detail, remark }))
}
