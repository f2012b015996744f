//! An order and its lines as they are stored: written and read by the same structs.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CancelReason, Hold, OrderState};
use crate::base::clock::Timestamp;
use crate::base::db::schema::{order_lines, orders};
use crate::base::ids::{CustomerId, OrderId, ProductId, SkuId, VendorId};
use crate::base::money::Fen;
use crate::base::sql_types::sql_text_enum;
use crate::base::text::{Lang, Text3};
use crate::domain::catalogue::Supervision;

sql_text_enum! {
    /// How the tax of a quote or an order came about.
    pub enum TaxBasis {
        /// Import tax is not computed yet: `tax_fen` is 0 and says nothing.
        NotComputed = "not_computed",
    }
}

/// What an order costs. `payable = goods + freight + tax - discount`, by a CHECK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema, Insertable, Queryable, Selectable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub struct Sums {
    /// Goods, fen.
    pub goods_fen: Fen,
    /// Freight, fen.
    pub freight_fen: Fen,
    /// Import tax, fen.
    pub tax_fen: Fen,
    /// Discount, fen.
    pub discount_fen: Fen,
    /// To pay, fen.
    pub payable_fen: Fen,
}

/// All of an order but its id.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub struct OrderContent {
    /// Public number, also `out_trade_no`.
    pub order_no: String,
    pub customer_id: CustomerId,
    pub state: OrderState,
    /// Why it waits.
    pub hold: Option<Hold>,
    /// Frozen when placed.
    #[diesel(embed)]
    pub sums: Sums,
    /// What came in.
    pub paid_fen: Fen,
    /// Refunds asked for; never above what was paid.
    pub refund_committed_fen: Fen,
    /// Refunds paid out.
    pub refunded_fen: Fen,
    /// The consumer notice that was agreed to.
    pub notice_version: String,
    /// The code that was scanned.
    pub scene: Option<String>,
    /// Where it goes, as far as it is no secret.
    #[diesel(embed)]
    pub place: Place,
    /// Sealed [`Consignee`](super::Consignee); empty once its time is over.
    pub consignee_sealed: Vec<u8>,
    /// Sealed name and ID number of the orderer, from the first pay call of a bonded order on.
    pub identity_sealed: Option<Vec<u8>>,
    /// How customs sees its goods.
    pub supervision: Supervision,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it is cancelled unless paid.
    pub expires_at: Timestamp,
    /// The newest pay call.
    pub payment_opened_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Why it was, or is being, cancelled.
    pub cancel_reason: Option<CancelReason>,
    /// When what is sealed on it goes, and who paid it.
    pub wipe_after: Option<Timestamp>,
}

/// Where an order goes, without the street.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub struct Place {
    /// As the region has it.
    pub province: String,
    /// As the region has it.
    pub city: String,
    /// As the region has it.
    pub district: String,
    /// Six digits (GB/T 2260).
    pub region_code: String,
}

/// An order as it stands.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = orders)]
pub struct OrderRow {
    pub id: OrderId,
    /// The rest.
    #[diesel(embed)]
    pub content: OrderContent,
}

/// What the stories of an order decide on: no address, no name.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = orders)]
pub struct Order {
    pub id: OrderId,
    /// Public number, also `out_trade_no`.
    pub order_no: String,
    pub customer_id: CustomerId,
    pub state: OrderState,
    /// Why it waits.
    pub hold: Option<Hold>,
    /// How customs sees its goods.
    pub supervision: Supervision,
    /// Frozen when placed.
    pub payable_fen: Fen,
    /// When it expires unpaid.
    pub expires_at: Timestamp,
    /// The newest pay call. Before the first one nobody can have paid.
    pub payment_opened_at: Option<Timestamp>,
    /// Why it was, or is being, cancelled.
    pub cancel_reason: Option<CancelReason>,
    /// Whether its orderer is frozen.
    #[diesel(select_expression = orders::identity_sealed.is_not_null())]
    pub has_identity: bool,
}

/// A line as it was frozen. With every column named, many are one statement on SQLite too.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
pub struct LineContent {
    pub sku_id: SkuId,
    pub product_id: ProductId,
    pub vendor_id: VendorId,
    /// Code of the SKU.
    pub sku_code: String,
    /// Name of the product.
    #[diesel(embed)]
    pub name: LineName,
    /// What tells it from the other SKUs of the product.
    #[diesel(embed)]
    pub spec: LineSpec,
    /// Picture, as `/media/...`.
    pub image: String,
    /// Price of one piece.
    pub unit_price_fen: Fen,
    pub quantity: i64,
    /// Price of the line.
    pub line_fen: Fen,
    /// Import tax of the line.
    pub tax_fen: Fen,
    /// Weight of all its pieces, grams.
    pub gross_weight_g: i64,
}

/// A line of an order.
#[derive(Clone, Debug, Insertable, HasQuery)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
pub struct LineRow {
    /// Of which order.
    pub order_id: OrderId,
    /// The rest.
    #[diesel(embed)]
    pub content: LineContent,
}

/// The product's name as it was shown.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
#[allow(clippy::struct_field_names, reason = "columns")]
pub struct LineName {
    name_zh: String,
    name_ko: String,
    name_en: String,
}

impl LineName {
    pub(super) fn into_text(self, lang: Lang) -> String {
        lang.pick(self.name_zh, self.name_ko, self.name_en)
    }
}

impl From<Text3> for LineName {
    fn from(Text3 { zh: name_zh, ko: name_ko, en: name_en }: Text3) -> Self {
        Self { name_zh, name_ko, name_en }
    }
}

/// The SKU's specification as it was shown.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
#[allow(clippy::struct_field_names, reason = "columns")]
pub struct LineSpec {
    spec_zh: String,
    spec_ko: String,
    spec_en: String,
}

impl LineSpec {
    pub(super) fn into_text(self, lang: Lang) -> String {
        lang.pick(self.spec_zh, self.spec_ko, self.spec_en)
    }
}

impl From<Text3> for LineSpec {
    fn from(Text3 { zh: spec_zh, ko: spec_ko, en: spec_en }: Text3) -> Self {
        Self { spec_zh, spec_ko, spec_en }
    }
}
