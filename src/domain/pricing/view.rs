//! A quote as it goes out.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Quote, QuoteLine, QuoteProblem};
use crate::base::ids::{ProductId, SkuId};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::domain::catalogue::Supervision;
use crate::domain::orders::{Sums, TaxBasis};

/// What an order would cost now. Nothing is set aside by asking.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuoteView {
    /// What it costs; give `payable_fen` back as `expected_payable_fen` when ordering.
    #[serde(flatten)]
    sums: Sums,
    /// How the tax came about.
    tax_basis: TaxBasis,
    /// The consumer notice in force; give it back as `notice_version` when ordering.
    notice_version: String,
    /// Weight of the parcel, grams.
    gross_weight_g: i64,
    /// One for each SKU, in id order. SKUs that are not on sale have none.
    lines: Vec<QuoteLineView>,
    /// What is left of the buyer's yearly limit for bonded goods; empty until that is counted.
    quota: QuotaView,
    /// What stands against an order; empty when it can be placed.
    problems: Vec<QuoteProblem>,
}

/// One SKU of a quote.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuoteLineView {
    /// SKU.
    #[schema(value_type = String)]
    sku_id: SkuId,
    /// Its product.
    #[schema(value_type = String)]
    product_id: ProductId,
    /// Code of the SKU.
    sku_code: String,
    /// Name of the product.
    name: String,
    /// What tells it from the other SKUs of the product.
    spec: String,
    /// Picture.
    image: String,
    /// Price of one piece, fen.
    unit_price_fen: Fen,
    /// Pieces.
    quantity: i64,
    /// Price of the line, fen.
    line_fen: Fen,
    /// Import tax of the line, fen.
    tax_fen: Fen,
    /// How customs sees it.
    supervision: Supervision,
}

/// What is left of the buyer's yearly limit for bonded goods.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuotaView {}

impl Quote {
    /// As it goes out, in one language.
    pub fn view(&self, lang: Lang) -> QuoteView {
        QuoteView {
            sums: self.sums,
            tax_basis: TaxBasis::NotComputed,
            notice_version: self.notice_version.clone(),
            gross_weight_g: self.gross_weight_g,
            lines: self.lines.iter().map(|line| line.view(lang)).collect(),
            quota: QuotaView {},
            problems: self.problems.clone(),
        }
    }
}

impl QuoteLine {
    fn view(&self, lang: Lang) -> QuoteLineView {
        QuoteLineView {
            sku_id: self.sku_id,
            product_id: self.product_id,
            sku_code: self.sku_code.clone(),
            name: self.name.get(lang).to_owned(),
            spec: self.spec.get(lang).to_owned(),
            image: self.image.clone(),
            unit_price_fen: self.unit_price_fen,
            quantity: self.quantity,
            line_fen: self.line_fen,
            tax_fen: self.tax_fen,
            supervision: self.supervision,
        }
    }
}
