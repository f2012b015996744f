//! What an order would cost, and what stands against it.
//!
//! A quote is computed from rows read on the caller's connection, by the same function for `POST /quotes` and inside
//! the transaction that places an order: prices are decided in the database, never by the client or by the snapshot.
//!
//! - Lines of the same SKU are summed before limits and stock are looked at.
//! - Freight: by province (the first two digits of the region code) and the total gross weight; first weight, then
//!   begun steps; free from a goods value of `free_from_fen` on.
//! - Bonded and domestic goods can't go into one order.
//! - Bonded goods are declared in the orderer's name: without an identity there is no order, nor above [`BONDED_VALUE_MAX`].
//! - Import tax is not computed yet; the answer says so (`tax_basis`).

mod quote;
mod store;
#[cfg(test)]
mod tests;
mod view;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use quote::{check_items, quote};
pub(crate) use store::{FreightRow, has_freight};
pub use view::QuoteView;

use crate::base::error::{Code, FieldRule, Refusal};
use crate::base::ids::{ProductId, SkuId, VendorId};
use crate::base::money::Fen;
use crate::base::sql_types::sql_text_enum;
use crate::base::text::Text3;
use crate::domain::catalogue::Supervision;
use crate::domain::orders::Sums;

/// Lines of one request.
pub const LINES_MAX: usize = 50;
/// Pieces of one line.
pub const QUANTITY_MAX: i64 = 999;

/// What one order of bonded goods may be worth, freight included (财关税〔2018〕49号: 5,000 yuan a transaction). A single piece above it may be
/// imported at full tax; that is not computed yet, so it is refused too.
pub const BONDED_VALUE_MAX: Fen = Fen::new(500_000);
/// What WeChat Pay can take at once: `amount.total` is a signed number of 32 bits (JSAPI 下单).
pub const PAYABLE_MAX: Fen = Fen::new(2_147_483_647);

/// A SKU and how many of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Which SKU.
    #[schema(value_type = String, pattern = "^[1-9][0-9]{0,17}$", example = "7")]
    pub sku_id: SkuId,
    /// Pieces.
    #[schema(minimum = 1, maximum = 999)]
    pub quantity: i64,
}

/// A computed price. The sums are over `lines`; SKUs that are not on sale have no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What it costs; no freight if the place is not served.
    pub sums: Sums,
    /// How customs sees the goods: bonded, if a line is.
    pub supervision: Supervision,
    /// The consumer notice that has to be agreed to.
    pub notice_version: String,
    /// Whole parcel, grams.
    pub gross_weight_g: i64,
    /// In SKU id order, one for each SKU.
    pub lines: Vec<QuoteLine>,
    /// What stands against an order; empty when it can be placed.
    pub problems: Vec<QuoteProblem>,
}

/// One SKU of a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    pub sku_id: SkuId,
    pub product_id: ProductId,
    pub vendor_id: VendorId,
    /// Code of the SKU.
    pub sku_code: String,
    /// Name of the product.
    pub name: Text3,
    /// What tells it from the other SKUs of the product.
    pub spec: Text3,
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
    /// Pieces that one order may hold, and all unpaid orders of a buyer together.
    pub limit_per_order: i64,
    /// How customs sees it.
    pub supervision: Supervision,
}

sql_text_enum! {
    /// What stands against an order.
    pub enum ProblemCode {
        /// Unknown, unpublished or taken off sale.
        NotOnSale = "not_on_sale",
        /// None left.
        OutOfStock = "out_of_stock",
        /// Fewer left than asked for.
        NotEnoughStock = "not_enough_stock",
        /// More than one order may hold.
        OverLimit = "over_limit",
        /// Nothing is delivered there.
        PlaceNotServed = "place_not_served",
        /// The lines can't go into one order.
        SplitRequired = "split_required",
        /// Bonded goods, and nobody's name and ID number to declare them with.
        IdentityRequired = "identity_required",
        /// Worth more than one order may be.
        ValueLimit = "value_limit",
    }
}

/// One thing that stands against an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuoteProblem {
    /// What.
    pub code: ProblemCode,
    /// Which SKU, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub sku_id: Option<SkuId>,
    /// Pieces asked for, all lines of the SKU together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<i64>,
    /// Pieces left (`not_enough_stock`, `out_of_stock`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    /// Pieces that one order may hold (`over_limit`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Fen that one order may be worth (`value_limit`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_fen: Option<Fen>,
    /// The orders it takes (`split_required`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<OrderGroup>,
}

/// SKUs that can go into one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderGroup {
    /// What they have in common.
    pub supervision: Supervision,
    /// In id order.
    #[schema(value_type = Vec<String>)]
    pub sku_ids: Vec<SkuId>,
}

/// What stands against `quantity` pieces of one SKU. The one definition that cart and quote share; only
/// `stock::reserve` decides.
///
/// The limit goes before the stock: what is left beyond it is nobody's business.
pub fn problem_with(on_sale: bool, limit_per_order: i64, available: i64, quantity: i64) -> Option<ProblemCode> {
    if !on_sale {
        Some(ProblemCode::NotOnSale)
    } else if quantity > limit_per_order {
        Some(ProblemCode::OverLimit)
    } else if quantity <= available {
        None
    } else if available == 0 {
        Some(ProblemCode::OutOfStock)
    } else {
        Some(ProblemCode::NotEnoughStock)
    }
}

impl QuoteProblem {
    fn of_place(code: ProblemCode) -> Self {
        Self { code, sku_id: None, asked: None, available: None, limit: None, limit_fen: None, groups: Vec::new() }
    }

    fn of_sku(code: ProblemCode, item: Item) -> Self {
        Self { sku_id: Some(item.sku_id), asked: Some(item.quantity), ..Self::of_place(code) }
    }
}

/// More pieces than one order may hold.
pub const PER_ORDER: FieldRule = FieldRule::new(
    "per_order",
    [
        "超过每单限购数量，请减少后再提交。",
        "주문당 구매 한도를 넘었습니다. 수량을 줄여 주세요.",
        "More pieces than one order may hold. Take fewer.",
    ],
);

impl Quote {
    /// Why no order can be placed, if so; the first that applies of: `out_of_stock` (with `lines`; also for what is no
    /// longer on sale), `limit_reached` (with `lines`), `split_required` (with `groups`), `place_not_served`, `value_limit` (with
    /// `limit_fen`), `identity_required`. The member `problems` has all.
    pub fn refusal(&self) -> Option<Refusal> {
        let first = self.problems.iter().min_by_key(|problem| Self::rank(problem.code))?;
        let of_lines = |code| {
            let lines: Vec<_> = self.problems.iter().filter(|problem| problem.sku_id.is_some()).collect();
            Refusal::new(code).with("lines", lines)
        };
        let refusal = match first.code {
            ProblemCode::SplitRequired => Refusal::new(Code::SplitRequired).with("groups", &first.groups),
            ProblemCode::OverLimit => of_lines(Code::LimitReached).because(PER_ORDER),
            ProblemCode::NotOnSale | ProblemCode::OutOfStock | ProblemCode::NotEnoughStock => {
                of_lines(Code::OutOfStock)
            }
            ProblemCode::PlaceNotServed => Refusal::new(Code::PlaceNotServed),
            ProblemCode::ValueLimit => Refusal::new(Code::ValueLimit).with("limit_fen", first.limit_fen),
            ProblemCode::IdentityRequired => Refusal::new(Code::IdentityRequired),
        };
        Some(refusal.with("problems", &self.problems))
    }

    fn rank(code: ProblemCode) -> u8 {
        match code {
            ProblemCode::NotOnSale | ProblemCode::OutOfStock | ProblemCode::NotEnoughStock => 0,
            ProblemCode::OverLimit => 1,
            ProblemCode::SplitRequired => 2,
            ProblemCode::PlaceNotServed => 3,
            ProblemCode::ValueLimit => 4,
            ProblemCode::IdentityRequired => 5,
        }
    }
}
