//! What buyers see of the catalogue. The `...Head` types are written as JSON objects when a snapshot is built, and left open for what is left
//! in stock; the whole ones stand in the API document.

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::{ProductId, SkuId};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::domain::catalogue::{StoredSku, Supervision};
use crate::domain::content::StoredNotice;
use crate::web::pages::Cursor;

/// A list that has no pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing<T> {
    /// All of them.
    pub(super) items: Vec<T>,
}

/// A category.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    /// Its name in addresses.
    #[schema(example = "cosmetics")]
    pub(super) slug: String,
    /// Its name for people.
    pub(super) name: String,
    /// Picture.
    pub(super) image: String,
    /// Products on sale.
    pub(super) product_count: usize,
}

/// A firm of Gunpo. Its products: `GET /products?vendor={slug}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct VendorView {
    /// Its name in addresses.
    pub(super) slug: String,
    /// Its name for people.
    pub(super) name: String,
    /// What it makes, and how.
    pub(super) intro: String,
    /// Year.
    pub(super) founded: i32,
    /// Picture.
    pub(super) image: String,
    /// Products on sale.
    pub(super) product_count: usize,
}

/// The firm of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct VendorRef {
    /// Its name in addresses.
    pub(super) slug: String,
    /// Its name for people.
    pub(super) name: String,
}

/// A product in a list, but for what is left.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemHead {
    /// Product.
    #[schema(value_type = String, example = "7")]
    pub(super) id: ProductId,
    /// Its name in addresses.
    pub(super) slug: String,
    /// Its name for people.
    pub(super) name: String,
    /// Who makes it.
    pub(super) vendor: VendorRef,
    /// Slug of its category.
    pub(super) category: String,
    /// Picture.
    #[schema(example = "/media/products/peony-eye-cream.jpg")]
    pub(super) image: String,
    /// Price of its cheapest SKU, fen.
    pub(super) price_fen: Fen,
    /// Import tax on that piece, without freight, fen. Not computed yet: 0.
    pub(super) tax_fen: Fen,
}

/// A product in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductItem {
    #[serde(flatten)]
    head: ItemHead,
    /// Whether one of its SKUs can be had.
    in_stock: bool,
}

/// One page of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductPage {
    /// In the order asked for.
    items: Vec<ProductItem>,
    /// Give it back as `cursor` for the next page; `null` at the end.
    next_cursor: Option<Cursor>,
    /// How many match in all.
    total: usize,
}

/// A text that a buyer has to agree to.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// Which text; give it back as `notice_version` when ordering.
    #[schema(example = "2026-11-01")]
    version: String,
    /// In the language asked for; the Chinese one counts.
    text: String,
}

impl NoticeView {
    pub(super) fn new(notice: &StoredNotice, lang: Lang) -> Self {
        Self { version: notice.version.clone(), text: notice.text.get(lang).to_owned() }
    }
}

/// A product, but for its SKUs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductHead {
    #[serde(flatten)]
    pub(super) item: ItemHead,
    /// In one sentence.
    pub(super) summary: String,
    /// In full.
    pub(super) description: String,
    /// Country of origin, ISO 3166.
    #[schema(example = "KR")]
    pub(super) origin: String,
    /// Who makes it, and where.
    pub(super) maker: String,
    /// The Chinese electronic label that stands in for a paper one, one entry a line.
    pub(super) label_zh: String,
    /// How customs sees it.
    pub(super) supervision: Supervision,
    /// What a buyer has to agree to: the newest consumer notice.
    pub(super) notices: Vec<NoticeView>,
    /// Expiry of the oldest goods, a date. Not known yet: `null`.
    pub(super) earliest_expiry: Option<String>,
}

/// A SKU, but for what is left.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkuHead {
    /// SKU.
    #[schema(value_type = String, example = "9")]
    id: SkuId,
    /// Its code in the warehouse.
    code: String,
    /// What tells it from the other SKUs.
    spec: String,
    /// Price of one piece, fen.
    price_fen: Fen,
    /// Import tax on one piece, fen. Not computed yet: 0.
    tax_fen: Fen,
    /// Pieces that one order may hold.
    limit_per_order: i64,
}

impl SkuHead {
    pub(super) fn new(sku: &StoredSku, lang: Lang) -> Self {
        Self {
            id: sku.id,
            code: sku.code.clone(),
            spec: sku.spec.get(lang).to_owned(),
            price_fen: sku.price_fen,
            tax_fen: Fen::ZERO,
            limit_per_order: sku.limit_per_order,
        }
    }
}

/// A SKU.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkuView {
    #[serde(flatten)]
    head: SkuHead,
    /// Pieces left, at most `limit_per_order`.
    available: i64,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductView {
    #[serde(flatten)]
    head: ProductHead,
    /// Whether one of its SKUs can be had.
    in_stock: bool,
    /// What of it can be bought.
    skus: Vec<SkuView>,
}
