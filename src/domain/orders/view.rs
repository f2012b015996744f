//! An order as its buyer sees it.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Actor, CancelReason, Consignee, EventKind, EventRow, Hold, LineRow, OrderContent, OrderRow, OrderState, Sums,
    TaxBasis, consignee_or_nothing, events, store,
};
use crate::base::clock::Timestamp;
use crate::base::db::DbConn;
use crate::base::error::{Code, Result};
use crate::base::ids::{CustomerId, ProductId, SkuId};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::platform::app::App;
use crate::platform::sealing::{Sealer, mask_phone};

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// Number; also the `out_trade_no` at WeChat.
    #[schema(example = "20261123k3v9x0a7b2c5d8")]
    order_no: String,
    /// Fulfilment.
    state: OrderState,
    /// Why it waits, if it does.
    hold: Option<Hold>,
    /// Frozen when placed.
    #[serde(flatten)]
    sums: Sums,
    /// How the tax came about.
    tax_basis: TaxBasis,
    /// What came in, fen.
    paid_fen: Fen,
    /// What went back, fen.
    refunded_fen: Fen,
    /// Consumer notice that was agreed to.
    notice_version: String,
    /// The buyer's remark.
    remark: String,
    /// Where it goes.
    consignee: ConsigneeView,
    /// What was bought.
    lines: Vec<LineView>,
    /// When it was placed.
    placed_at: Timestamp,
    /// When it is cancelled unless paid.
    expires_at: Timestamp,
    /// When it was paid.
    paid_at: Option<Timestamp>,
    /// When it was cancelled.
    cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    cancel_reason: Option<CancelReason>,
    /// What happened, oldest first. Empty in lists.
    timeline: Vec<EventView>,
}

/// Where an order goes; the phone is masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsigneeView {
    name: String,
    phone: String,
    province: String,
    city: String,
    district: String,
    detail: String,
    region_code: String,
}

/// A line of an order, as it was shown when it was placed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineView {
    #[schema(value_type = String)]
    pub(crate) sku_id: SkuId,
    #[schema(value_type = String)]
    pub(crate) product_id: ProductId,
    pub(crate) sku_code: String,
    pub(crate) name: String,
    pub(crate) spec: String,
    pub(crate) image: String,
    pub(crate) unit_price_fen: Fen,
    pub(crate) quantity: i64,
    pub(crate) line_fen: Fen,
    pub(crate) tax_fen: Fen,
}

/// A step of the timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    pub(crate) kind: EventKind,
    pub(crate) actor: Actor,
    pub(crate) state: Option<OrderState>,
    pub(crate) amount_fen: Option<Fen>,
    pub(crate) at: Timestamp,
}

impl OrderView {
    /// From its rows, the consignee still sealed. `timeline` is left empty in lists.
    pub(crate) fn open(
        conn: &mut DbConn,
        row: OrderRow,
        lines: Vec<LineRow>,
        timeline: Vec<EventRow>,
        sealer: &Sealer,
        lang: Lang,
    ) -> Result<Self> {
        let OrderContent { order_no, consignee_sealed, .. } = &row.content;
        let consignee = consignee_or_nothing(conn, sealer, order_no, consignee_sealed)?;
        Ok(Self::new(row.content, consignee, lines, timeline, lang))
    }

    /// As [`open`](Self::open), where the consignee is known.
    pub(crate) fn new(
        order: OrderContent,
        consignee: Consignee,
        lines: Vec<LineRow>,
        timeline: Vec<EventRow>,
        lang: Lang,
    ) -> Self {
        Self {
            order_no: order.order_no,
            state: order.state,
            hold: order.hold,
            sums: order.sums,
            tax_basis: TaxBasis::NotComputed,
            paid_fen: order.paid_fen,
            refunded_fen: order.refunded_fen,
            notice_version: order.notice_version,
            remark: consignee.remark,
            consignee: ConsigneeView {
                name: consignee.name,
                phone: mask_phone(&consignee.phone),
                province: order.place.province,
                city: order.place.city,
                district: order.place.district,
                detail: consignee.detail,
                region_code: order.place.region_code,
            },
            lines: lines.into_iter().map(|line| LineView::new(line, lang)).collect(),
            placed_at: order.placed_at,
            expires_at: order.expires_at,
            paid_at: order.paid_at,
            cancelled_at: order.cancelled_at,
            cancel_reason: order.cancel_reason,
            timeline: timeline.into_iter().map(EventView::from).collect(),
        }
    }
}

/// An order as its buyer sees it; 404 if it is somebody else's.
pub(crate) async fn view_of(app: &Arc<App>, customer: CustomerId, order_no: &str, lang: Lang) -> Result<OrderView> {
    let (context, number) = (Arc::clone(app), order_no.to_owned());
    let read = app.db.read(move |rx| {
        let own = store::row(rx, &number)?.filter(|row| row.content.customer_id == customer);
        let row = own.ok_or(Code::NotFound)?;
        let (lines, timeline) = (store::lines_of(rx, row.id)?, events(rx, row.id)?);
        OrderView::open(rx, row, lines, timeline, &context.sealer, lang)
    });
    read.await
}

impl LineView {
    pub(crate) fn new(line: LineRow, lang: Lang) -> Self {
        let line = line.content;
        Self {
            sku_id: line.sku_id,
            product_id: line.product_id,
            sku_code: line.sku_code,
            name: line.name.into_text(lang),
            spec: line.spec.into_text(lang),
            image: line.image,
            unit_price_fen: line.unit_price_fen,
            quantity: line.quantity,
            line_fen: line.line_fen,
            tax_fen: line.tax_fen,
        }
    }
}

impl From<EventRow> for EventView {
    fn from(event: EventRow) -> Self {
        let EventRow { kind, actor, to_state, amount_fen, at } = event;
        Self { kind, actor, state: to_state, amount_fen, at }
    }
}
