//! An order as its buyer sees it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{EventRow, FullOrder, LineRow};
use super::{Actor, CancelReason, EventKind, Hold, OrderState};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{ProductId, SkuId};
use crate::money::Fen;
use crate::privacy::{self, Place, Sealer};
use crate::quotes::{QuoteLine, TaxBasis};
use crate::web::Lang;

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// Number; also the `out_trade_no` at WeChat.
    #[schema(example = "20261123k3v9x0a7b2c5d8")]
    pub(super) order_no: String,
    /// Fulfilment.
    pub(super) state: OrderState,
    /// Why it waits, if it does.
    pub(super) hold: Option<Hold>,
    /// Goods, fen.
    pub(super) goods_fen: Fen,
    /// Freight, fen.
    pub(super) freight_fen: Fen,
    /// Import tax, fen.
    pub(super) tax_fen: Fen,
    /// How the tax came about.
    pub(super) tax_basis: TaxBasis,
    /// Discount, fen.
    pub(super) discount_fen: Fen,
    /// To pay, fen; frozen.
    pub(super) payable_fen: Fen,
    /// What came in, fen.
    pub(super) paid_fen: Fen,
    /// What went back, fen.
    pub(super) refunded_fen: Fen,
    /// Consumer notice that was agreed to.
    pub(super) notice_version: String,
    /// The buyer's remark.
    pub(super) remark: String,
    /// Where it goes.
    pub(super) consignee: ConsigneeView,
    /// What was bought.
    pub(super) lines: Vec<LineView>,
    /// When it was placed.
    pub(super) placed_at: Timestamp,
    /// When it is cancelled unless paid.
    pub(super) expires_at: Timestamp,
    /// When it was paid.
    pub(super) paid_at: Option<Timestamp>,
    /// When it was cancelled.
    pub(super) cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    pub(super) cancel_reason: Option<CancelReason>,
    /// What happened, oldest first. Empty in lists.
    pub(super) timeline: Vec<EventView>,
}

/// Where an order goes; the phone is masked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsigneeView {
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) province: String,
    pub(super) city: String,
    pub(super) district: String,
    pub(super) detail: String,
    pub(super) region_code: String,
}

/// A line of an order, as it was shown when it was placed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineView {
    #[schema(value_type = String)]
    pub(super) sku_id: SkuId,
    #[schema(value_type = String)]
    pub(super) product_id: ProductId,
    pub(super) sku_code: String,
    pub(super) name: String,
    pub(super) spec: String,
    pub(super) image: String,
    pub(super) unit_price_fen: Fen,
    pub(super) quantity: i64,
    pub(super) line_fen: Fen,
    pub(super) tax_fen: Fen,
}

/// A step of the timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventView {
    pub(super) kind: EventKind,
    pub(super) actor: Actor,
    pub(super) state: Option<OrderState>,
    pub(super) amount_fen: Option<Fen>,
    pub(super) at: Timestamp,
}

/// What is sealed on an order: the parts of an address that point at a person, and what the buyer wrote, which may name
/// people and numbers too.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Consignee {
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) detail: String,
    #[serde(default)]
    pub(super) remark: String,
}

impl Consignee {
    /// Opens what is sealed on an order. It is empty, and so is what is shown, once its time is over.
    pub(super) fn open(sealer: &Sealer, order_no: &str, sealed: &[u8]) -> Result<Self> {
        if sealed.is_empty() {
            return Ok(Self::default());
        }
        let opened = sealer.open(&consignee_place(order_no), sealed)?;
        serde_json::from_slice(&opened).map_err(|_| Error::internal("a sealed consignee can't be read"))
    }
}

/// Binds the sealed consignee to its order: moved to another row it does not open.
pub(super) fn consignee_place(order_no: &str) -> Place<'_> {
    Place { table: "orders", column: "consignee", row: order_no }
}

impl OrderView {
    /// From its rows. `timeline` is left empty in lists.
    pub(super) fn new(
        order: FullOrder,
        lines: Vec<LineRow>,
        timeline: Vec<EventRow>,
        sealer: &Sealer,
        lang: Lang,
    ) -> Result<Self> {
        let consignee = Consignee::open(sealer, &order.order_no, &order.consignee_sealed)?;
        Ok(Self {
            consignee: ConsigneeView {
                name: consignee.name,
                phone: privacy::mask_phone(&consignee.phone),
                province: order.province,
                city: order.city,
                district: order.district,
                detail: consignee.detail,
                region_code: order.region_code,
            },
            lines: lines.into_iter().map(|line| LineView::new(line, lang)).collect(),
            timeline: timeline.into_iter().map(EventView::from).collect(),
            order_no: order.order_no,
            state: order.state,
            hold: order.hold,
            goods_fen: order.goods_fen,
            freight_fen: order.freight_fen,
            tax_fen: order.tax_fen,
            tax_basis: TaxBasis::NotComputed,
            discount_fen: order.discount_fen,
            payable_fen: order.payable_fen,
            paid_fen: order.paid_fen,
            refunded_fen: order.refunded_fen,
            notice_version: order.notice_version,
            remark: consignee.remark,
            placed_at: order.placed_at,
            expires_at: order.expires_at,
            paid_at: order.paid_at,
            cancelled_at: order.cancelled_at,
            cancel_reason: order.cancel_reason,
        })
    }
}

impl LineView {
    pub(super) fn new(line: LineRow, lang: Lang) -> Self {
        Self {
            sku_id: line.sku_id,
            product_id: line.product_id,
            sku_code: line.sku_code,
            name: lang.pick(line.name_zh, line.name_ko, line.name_en),
            spec: lang.pick(line.spec_zh, line.spec_ko, line.spec_en),
            image: line.image,
            unit_price_fen: line.unit_price_fen,
            quantity: line.quantity,
            line_fen: line.line_fen,
            tax_fen: line.tax_fen,
        }
    }

    /// A line that was just priced.
    pub(super) fn of_quote(line: QuoteLine, lang: Lang) -> Self {
        Self {
            sku_id: line.sku_id,
            product_id: line.product_id,
            sku_code: line.sku_code,
            name: lang.pick(line.name.zh, line.name.ko, line.name.en),
            spec: lang.pick(line.spec.zh, line.spec.ko, line.spec.en),
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
