//! Categories, vendors and products, to anybody. The bytes come from the snapshot; only what is left is put in.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, VARY};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::{Asked, Found, ListQuery};
use super::snapshot::Product;
use super::store::{StoredNotice, StoredSku};
use super::{Current, Supervision};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::ids::{ProductId, SkuId};
use crate::money::Fen;
use crate::search::api as search;
use crate::web::extract::{ClientAddr, Path, Query};
use crate::web::limits::Rule;
use crate::web::pages::Cursor;
use crate::web::{Lang, Problem, ProblemDocument};

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

/// All categories.
#[utoipa::path(
    get, path = "/api/v1/categories", tag = "catalogue",
    responses((status = 200, description = "In display order", body = Listing<CategoryView>)),
)]
pub(crate) async fn categories(app: Data<App>, request: HttpRequest, lang: Lang) -> HttpResponse {
    let current = app.catalogue.current();
    conditional(&request, current.still_tags.get(lang), || current.snapshot.categories.get(lang).clone())
}

/// All firms.
#[utoipa::path(
    get, path = "/api/v1/vendors", tag = "catalogue",
    responses((status = 200, description = "All firms", body = Listing<VendorView>)),
)]
pub(crate) async fn vendors(app: Data<App>, request: HttpRequest, lang: Lang) -> HttpResponse {
    let current = app.catalogue.current();
    conditional(&request, current.still_tags.get(lang), || current.snapshot.vendors.get(lang).clone())
}

/// One firm.
#[utoipa::path(
    get, path = "/api/v1/vendors/{slug}", tag = "catalogue", params(("slug" = String, Path, description = "Vendor")),
    responses(
        (status = 200, description = "The firm", body = VendorView),
        (status = 404, description = "`not_found`", body = ProblemDocument),
    )
)]
pub(crate) async fn vendor(
    app: Data<App>,
    request: HttpRequest,
    slug: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let current = app.catalogue.current();
    let page = current.snapshot.vendor(&slug, lang).ok_or(Error::from(Code::NotFound))?;
    Ok(conditional(&request, current.still_tags.get(lang), || page))
}

/// Products on sale. An unknown category or vendor has none.
#[utoipa::path(
    get, path = "/api/v1/products", tag = "catalogue", params(ListQuery),
    responses(
        (status = 200, description = "One page", body = ProductPage),
        (status = 304, description = "Unchanged since the `ETag` in `If-None-Match`"),
        (status = 400, description = "`invalid_request`", body = ProblemDocument),
        (status = 429, description = "`too_many_requests` (with `q`): wait for `Retry-After`", body = ProblemDocument),
    )
)]
pub(crate) async fn products(
    app: Data<App>,
    client: ClientAddr,
    request: HttpRequest,
    query: Query<ListQuery>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::new(&query)?;
    let _turn = if query.is_search() {
        app.doors.pass(Rule::SearchPeer, client)?;
        search::turn(&app).await?
    } else {
        None
    };
    let current = app.catalogue.current();
    Ok(conditional(&request, current.stock_tags.get(lang), || current.list(&asked, lang)))
}

/// One product, by id or slug.
#[utoipa::path(
    get, path = "/api/v1/products/{product}", tag = "catalogue",
    params(("product" = String, Path, description = "Id or slug")),
    responses(
        (status = 200, description = "The product", body = ProductView),
        (status = 304, description = "Unchanged since the `ETag` in `If-None-Match`"),
        (status = 404, description = "`not_found`: unknown or not on sale", body = ProblemDocument),
    )
)]
pub(crate) async fn product(
    app: Data<App>,
    request: HttpRequest,
    product: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let current = app.catalogue.current();
    let product = current.snapshot.product(&product).ok_or(Error::from(Code::NotFound))?;
    Ok(conditional(&request, current.stock_tags.get(lang), || current.page(product, lang)))
}

impl Current {
    pub(super) fn list(&self, asked: &Asked, lang: Lang) -> Bytes {
        if *asked == Asked::first_page() { self.first_pages.get(lang).clone() } else { self.render(asked, lang) }
    }

    pub(super) fn render(&self, asked: &Asked, lang: Lang) -> Bytes {
        let Found { products, next, total } = self.snapshot.find(asked);
        let size: usize = products.iter().map(|product| product.item.get(lang).len() + 20).sum();
        let mut json = Vec::with_capacity(size + 128);
        json.extend_from_slice(b"{\"items\":[");
        for (index, product) in products.into_iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            json.extend_from_slice(product.item.get(lang));
            json.extend_from_slice(self.in_stock(product));
            json.push(b'}');
        }
        json.extend_from_slice(b"],\"next_cursor\":");
        let cursor = next.map(Cursor::of);
        json.extend_from_slice(serde_json::to_string(&cursor).as_deref().unwrap_or("null").as_bytes());
        json.extend_from_slice(format!(",\"total\":{total}}}").as_bytes());
        json.into()
    }

    pub(super) fn page(&self, product: &Product, lang: Lang) -> Bytes {
        let open = product.page.get(lang);
        let size: usize = product.skus.iter().map(|sku| sku.open.get(lang).len() + 40).sum();
        let mut json = Vec::with_capacity(open.len() + size + 40);
        json.extend_from_slice(open);
        json.extend_from_slice(self.in_stock(product));
        json.extend_from_slice(b",\"skus\":[");
        for (index, sku) in product.skus.iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            json.extend_from_slice(sku.open.get(lang));
            json.extend_from_slice(format!(",\"available\":{}}}", self.left(sku.slot)).as_bytes());
        }
        json.extend_from_slice(b"]}");
        json.into()
    }

    fn in_stock(&self, product: &Product) -> &'static [u8] {
        let in_stock = product.skus.iter().any(|sku| self.left(sku.slot) > 0);
        if in_stock { b",\"in_stock\":true" } else { b",\"in_stock\":false" }
    }

    fn left(&self, slot: usize) -> i64 {
        self.available.get(slot).copied().unwrap_or(0)
    }
}

/// The body under its entity tag, or 304 if the client has it. A client or cache asks every time, and mostly gets 304.
pub(super) fn conditional(request: &HttpRequest, tag: &HeaderValue, body: impl FnOnce() -> Bytes) -> HttpResponse {
    let mut response = if has(request.headers(), tag) {
        HttpResponse::NotModified().finish()
    } else {
        let mut response = HttpResponse::Ok().body(body());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, tag.clone());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=0, must-revalidate"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
    response
}

/// `If-None-Match` compares weakly (RFC 9110, 13.1.2); our tags hold no comma.
fn has(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag.as_bytes())
}
