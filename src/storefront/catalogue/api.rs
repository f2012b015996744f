//! Categories, vendors and products, to anybody. The bytes come from the snapshot; only what is left is put in.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, VARY};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::Catalogue;
use super::listing::{ListQuery, ListRequest};
use super::view::{CategoryView, Listing, ProductPage, ProductView, VendorView};
use crate::base::bulkhead::Permit;
use crate::base::error::{Code, Error, Result};
use crate::base::text::Lang;
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::web::extract::{ClientAddr, Path, Query};
use crate::web::{Problem, ProblemDocument};

/// All categories.
#[utoipa::path(
    get, path = "/api/v1/categories", tag = "catalogue",
    responses((status = 200, description = "In display order", body = Listing<CategoryView>)),
)]
pub(crate) async fn categories(catalogue: Data<Catalogue>, request: HttpRequest, lang: Lang) -> HttpResponse {
    let current = catalogue.current();
    conditional(&request, current.still_tags.get(lang), || current.snapshot.categories.get(lang).clone())
}

/// All firms.
#[utoipa::path(
    get, path = "/api/v1/vendors", tag = "catalogue",
    responses((status = 200, description = "All firms", body = Listing<VendorView>)),
)]
pub(crate) async fn vendors(catalogue: Data<Catalogue>, request: HttpRequest, lang: Lang) -> HttpResponse {
    let current = catalogue.current();
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
    catalogue: Data<Catalogue>,
    request: HttpRequest,
    slug: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let current = catalogue.current();
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
    catalogue: Data<Catalogue>,
    client: ClientAddr,
    request: HttpRequest,
    query: Query<ListQuery>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let listed = ListRequest::new(&query)?;
    let _permit = if query.is_search() {
        app.limits.check_rate(Rule::SearchPeer, client.ip())?;
        search_permit(&app, &catalogue).await?
    } else {
        None
    };
    let current = catalogue.current();
    Ok(conditional(&request, current.stock_tags.get(lang), || current.list(&listed, lang)))
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
    catalogue: Data<Catalogue>,
    request: HttpRequest,
    product: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let current = catalogue.current();
    let product = current.snapshot.product(&product).ok_or(Error::from(Code::NotFound))?;
    Ok(conditional(&request, current.stock_tags.get(lang), || current.page(product, lang)))
}

/// Leave to search. Among few texts that costs less than asking for it would.
pub(crate) async fn search_permit(app: &App, catalogue: &Catalogue) -> Result<Option<Permit>> {
    let costly = catalogue.current().snapshot.search().is_costly();
    if costly { app.limits.search_permit().await.map(Some) } else { Ok(None) }
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
