//! `POST /quotes`.

use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Item, Quote, QuoteLine, QuoteProblem, TaxBasis, service};
use crate::addresses;
use crate::app::App;
use crate::auth::Buyer;
use crate::catalogue::Supervision;
use crate::error::Result;
use crate::ids::{ProductId, SkuId};
use crate::money::Fen;
use crate::web::extract::Json;
use crate::web::{Lang, Problem, ProblemDocument};

/// What to price.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// 1 to 50 lines; lines of the same SKU are summed.
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<Item>,
    /// One of the buyer's addresses: freight depends on it.
    address_id: String,
}

/// What an order would cost now. Nothing is set aside by asking.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuoteView {
    /// Goods, fen.
    goods_fen: Fen,
    /// Freight, fen.
    freight_fen: Fen,
    /// Import tax, fen.
    tax_fen: Fen,
    /// How the tax came about.
    tax_basis: TaxBasis,
    /// Discount, fen.
    discount_fen: Fen,
    /// To pay, fen; give it back as `expected_payable_fen` when ordering.
    payable_fen: Fen,
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
            goods_fen: self.goods_fen,
            freight_fen: self.freight_fen,
            tax_fen: self.tax_fen,
            tax_basis: TaxBasis::NotComputed,
            discount_fen: self.discount_fen,
            payable_fen: self.payable_fen,
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

/// Prices a basket for one of the buyer's addresses.
#[utoipa::path(
    post, path = "/api/v1/quotes", tag = "quotes", request_body = QuoteRequest, security(("bearer" = [])),
    responses(
        (status = 200, description = "The price now, and what stands against an order", body = QuoteView),
        (status = 400, description = "`invalid_request`", body = ProblemDocument),
        (status = 401, description = "`unauthorized`", body = ProblemDocument),
        (status = 404, description = "`not_found`: not the buyer's address", body = ProblemDocument),
    )
)]
pub(crate) async fn create(
    app: Data<App>,
    buyer: Buyer,
    lang: Lang,
    Json(request): Json<QuoteRequest>,
) -> Result<Json<QuoteView>, Problem> {
    let quote = app.db.read(move |rx| {
        let region_code = addresses::service::region_code(rx, buyer.customer_id, &request.address_id)?;
        service::quote(rx, &request.items, &region_code)
    });
    Ok(Json(quote.await?.view(lang)))
}
