//! `/cart`: the buyer's cart, priced now.

mod store;
#[cfg(test)]
mod tests;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::store::CartRow;
use super::catalogue::shown;
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Error, FieldRule, Refusal, Result, Wrong};
use crate::base::ids::{CustomerId, ProductId, SkuId};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::domain::cart::{self, LINES_MAX};
use crate::domain::catalogue::{self, Supervision, media_url};
use crate::domain::customers;
use crate::domain::pricing::{PER_ORDER, ProblemCode, QUANTITY_MAX, problem_with};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::web::extract::{Json, Path};
use crate::web::{Problem, ProblemDocument};

/// How many.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutItem {
    /// Pieces; replaces what is in the cart.
    #[schema(minimum = 1, maximum = 999)]
    quantity: i64,
}

/// A cart, priced now.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartView {
    /// What can go into one order each.
    groups: Vec<CartGroup>,
}

/// Lines that can go into one order.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartGroup {
    /// What they have in common.
    supervision: Supervision,
    /// Oldest first; those that can't be ordered too.
    lines: Vec<CartLine>,
    /// Goods, fen, of the lines that can be ordered.
    goods_fen: Fen,
}

/// One SKU of a cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartLine {
    /// SKU.
    #[schema(value_type = String)]
    sku_id: SkuId,
    /// Its product.
    #[schema(value_type = String)]
    product_id: ProductId,
    /// Its product's name in addresses.
    product_slug: String,
    /// Code of the SKU.
    sku_code: String,
    /// Name of the product.
    name: String,
    /// What tells it from the other SKUs.
    spec: String,
    /// Picture.
    image: String,
    /// Price of one piece now, fen.
    unit_price_fen: Fen,
    /// Pieces.
    quantity: i64,
    /// Price of the line now, fen.
    line_fen: Fen,
    /// Pieces that one order may hold.
    limit_per_order: i64,
    /// Pieces left, at most `limit_per_order`.
    available: i64,
    /// Why the line can't be ordered: `not_on_sale`, `out_of_stock`, `not_enough_stock` or `over_limit`; `null` if it
    /// can.
    problem: Option<ProblemCode>,
    /// When it came into the cart.
    added_at: Timestamp,
}

/// The buyer's cart.
#[utoipa::path(
    get, path = "/api/v1/cart", tag = "cart", security(("bearer" = [])),
    responses(
        (status = 200, description = "The cart, priced now", body = CartView),
        (status = 401, description = "`unauthorized`", body = ProblemDocument),
    )
)]
pub(crate) async fn show(app: Data<App>, buyer: Buyer, lang: Lang) -> Result<Json<CartView>, Problem> {
    Ok(Json(priced(&app, buyer.customer_id, lang).await?))
}

/// Sets the pieces of a SKU, and answers the whole cart.
#[utoipa::path(
    put, path = "/api/v1/cart/items/{sku_id}", tag = "cart", security(("bearer" = [])),
    params(("sku_id" = String, Path, description = "SKU", pattern = "^[1-9][0-9]{0,17}$")), request_body = PutItem,
    responses(
        (status = 200, description = "The cart, priced now", body = CartView),
        (status = 400, description = "`invalid_request`", body = ProblemDocument),
        (status = 401, description = "`unauthorized`", body = ProblemDocument),
        (status = 404, description = "`not_found`: no such SKU on sale", body = ProblemDocument),
        (status = 409, description = "`limit_reached`: `reason` is `per_order` or `cart_lines`, with `limit`", body = ProblemDocument),
    )
)]
pub(crate) async fn put(
    app: Data<App>,
    buyer: Buyer,
    sku_id: Path<SkuId>,
    item: Json<PutItem>,
    lang: Lang,
) -> Result<Json<CartView>, Problem> {
    let (customer_id, sku_id, quantity, at) = (buyer.customer_id, sku_id.0, item.0.quantity, app.clock.timestamp());
    if !(1..=QUANTITY_MAX).contains(&quantity) {
        return Err(Error::from(Refusal::field(
            "quantity",
            Wrong::OutOfRange { min: Some(1), max: Some(QUANTITY_MAX) },
        ))
        .into());
    }
    app.db.write(move |tx| put_line(tx, customer_id, sku_id, quantity, at)).await?;
    Ok(Json(priced(&app, customer_id, lang).await?))
}

/// Takes a SKU out of the cart, whether it is in or not.
#[utoipa::path(
    delete, path = "/api/v1/cart/items/{sku_id}", tag = "cart", security(("bearer" = [])),
    params(("sku_id" = String, Path, description = "SKU", pattern = "^[1-9][0-9]{0,17}$")),
    responses(
        (status = 204, description = "It is not in the cart"),
        (status = 400, description = "`invalid_request`", body = ProblemDocument),
        (status = 401, description = "`unauthorized`", body = ProblemDocument),
    )
)]
pub(crate) async fn remove(app: Data<App>, buyer: Buyer, sku_id: Path<SkuId>) -> Result<HttpResponse, Problem> {
    let (customer_id, sku_id) = (buyer.customer_id, sku_id.0);
    app.db.write(move |tx| cart::remove(tx, customer_id, sku_id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sets the pieces of one SKU. `not_found` for a SKU that is not on sale; `limit_reached` above what one order may hold
/// of it, and for a line more than a cart holds. What is left is not looked at: the line then says so when it is read.
fn put_line(tx: &mut Tx, customer_id: CustomerId, sku_id: SkuId, quantity: i64, at: Timestamp) -> Result<()> {
    let limit = catalogue::limit_of(tx, sku_id)?.ok_or(Code::NotFound)?;
    if quantity > limit {
        return Err(limit_reached(PER_ORDER, limit));
    }
    // Lines are counted: two requests at once must not both find the last place free.
    customers::lock(tx, customer_id)?;
    let in_cart = cart::sku_ids(tx, customer_id)?;
    if !in_cart.contains(&sku_id) && i64::try_from(in_cart.len()).is_ok_and(|lines| lines >= LINES_MAX) {
        return Err(limit_reached(CART_FULL, LINES_MAX));
    }
    cart::put(tx, customer_id, sku_id, quantity, at)
}

const CART_FULL: FieldRule = FieldRule::new(
    "cart_lines",
    [
        "购物车最多 100 种商品，请删除部分后再添加。",
        "장바구니에는 100종까지 담을 수 있습니다. 일부를 삭제한 뒤 담아 주세요.",
        "A cart holds 100 lines. Remove one first.",
    ],
);

fn limit_reached(what: FieldRule, limit: i64) -> Error {
    Refusal::new(Code::LimitReached).because(what).with("limit", limit).into()
}

async fn priced(app: &App, customer_id: CustomerId, lang: Lang) -> Result<CartView> {
    CartView::new(app.db.read_one(move |rx| store::lines(rx, customer_id)).await?, lang)
}

impl CartView {
    /// Bonded goods first; a group that has no lines is left out.
    fn new(rows: Vec<CartRow>, lang: Lang) -> Result<Self> {
        let mut groups: Vec<CartGroup> = Supervision::ALL
            .iter()
            .map(|&supervision| CartGroup { supervision, lines: Vec::new(), goods_fen: Fen::ZERO })
            .collect();
        for row in rows {
            let Some(group) = groups.iter_mut().find(|group| group.supervision == row.sku.supervision) else {
                continue;
            };
            let line = CartLine::new(row, lang)?;
            if line.problem.is_none() {
                group.goods_fen = group.goods_fen.plus(line.line_fen)?;
            }
            group.lines.push(line);
        }
        groups.retain(|group| !group.lines.is_empty());
        Ok(Self { groups })
    }
}

impl CartLine {
    fn new(row: CartRow, lang: Lang) -> Result<Self> {
        let CartRow { quantity, added_at, sku } = row;
        let available = sku.available();
        Ok(Self {
            problem: problem_with(sku.is_on_sale(), sku.limit_per_order, available, quantity),
            sku_id: sku.id,
            product_id: sku.product_id,
            product_slug: sku.product_slug,
            sku_code: sku.code,
            name: sku.name.into_text(lang),
            spec: sku.spec.into_text(lang),
            image: media_url(&sku.image),
            unit_price_fen: sku.price_fen,
            quantity,
            line_fen: sku.price_fen.times(quantity)?,
            limit_per_order: sku.limit_per_order,
            available: shown(available, sku.limit_per_order),
            added_at,
        })
    }
}
