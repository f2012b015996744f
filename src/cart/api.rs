//! `/cart`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service;
use super::store::{self, LineRow};
use crate::app::App;
use crate::auth::Buyer;
use crate::catalogue::{Supervision, media_url, shown};
use crate::clock::Timestamp;
use crate::error::{Error, Refusal, Result};
use crate::ids::{CustomerId, ProductId, SkuId};
use crate::money::Fen;
use crate::quotes::{ProblemCode, QUANTITY_MAX, problem_with};
use crate::web::extract::{Json, Path};
use crate::web::{Lang, Problem, ProblemDocument};

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
        (status = 409, description = "`limit_reached`, with `limit_of` and `limit`", body = ProblemDocument),
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
        return Err(Error::from(Refusal::field("quantity", "out_of_range")).into());
    }
    app.db.write(move |tx| service::put(tx, customer_id, sku_id, quantity, at)).await?;
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
    app.db.write(move |tx| service::remove(tx, customer_id, sku_id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn priced(app: &App, customer_id: CustomerId, lang: Lang) -> Result<CartView> {
    CartView::new(app.db.read_one(move |rx| store::lines(rx, customer_id)).await?, lang)
}

impl CartView {
    /// Bonded goods first; a group that has no lines is left out.
    fn new(rows: Vec<LineRow>, lang: Lang) -> Result<Self> {
        let mut groups: Vec<CartGroup> = Supervision::ALL
            .iter()
            .map(|&supervision| CartGroup { supervision, lines: Vec::new(), goods_fen: Fen::ZERO })
            .collect();
        for row in rows {
            let Some(group) = groups.iter_mut().find(|group| group.supervision == row.supervision) else { continue };
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
    fn new(row: LineRow, lang: Lang) -> Result<Self> {
        let available = row.available.unwrap_or(0);
        let on_sale = row.on_sale && row.published;
        Ok(Self {
            sku_id: row.sku_id,
            product_id: row.product_id,
            product_slug: row.product_slug,
            sku_code: row.sku_code,
            name: row.name.get(lang).to_owned(),
            spec: row.spec.get(lang).to_owned(),
            image: media_url(&row.image),
            unit_price_fen: row.price_fen,
            quantity: row.quantity,
            line_fen: row.price_fen.times(row.quantity)?,
            limit_per_order: row.limit_per_order,
            available: shown(available, row.limit_per_order),
            problem: problem_with(on_sale, row.limit_per_order, available, row.quantity),
            added_at: row.added_at,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::catalogue::Text3;
    use crate::clock::Clock;

    fn row(sku_id: i64) -> LineRow {
        let text = Text3 { zh: "霜".into(), ko: "크림".into(), en: "cream".into() };
        LineRow {
            sku_id: SkuId(sku_id),
            quantity: 2,
            added_at: Clock::system().timestamp(),
            sku_code: "S".into(),
            spec: text.clone(),
            price_fen: Fen::new(1_000),
            limit_per_order: 5,
            on_sale: true,
            product_id: ProductId(1),
            product_slug: "cream".into(),
            name: text,
            image: "products/cream.jpg".into(),
            supervision: Supervision::Bonded1210,
            published: true,
            available: Some(9),
        }
    }

    #[test]
    fn dead_lines_stay_say_why_and_are_not_summed() {
        let rows = vec![
            row(1),
            LineRow { on_sale: false, ..row(2) },
            LineRow { published: false, ..row(3) },
            LineRow { available: None, ..row(4) },
            LineRow { available: Some(1), ..row(5) },
            LineRow { limit_per_order: 1, ..row(6) },
        ];
        let cart = CartView::new(rows, Lang::Ko).unwrap();
        let [group] = &cart.groups[..] else { unreachable!("one group") };
        let problems: Vec<_> = group.lines.iter().map(|line| line.problem).collect();
        let why = [
            ProblemCode::NotOnSale,
            ProblemCode::NotOnSale,
            ProblemCode::OutOfStock,
            ProblemCode::NotEnoughStock,
            ProblemCode::OverLimit,
        ];
        assert_eq!(problems[0], None);
        assert_eq!(problems[1..], why.map(Some));
        assert_eq!(group.goods_fen, Fen::new(2_000));
        assert_eq!((group.lines[0].name.as_str(), group.lines[0].available), ("크림", 5));
    }

    #[test]
    fn bonded_and_domestic_lines_stand_apart() {
        let domestic = LineRow { supervision: Supervision::Domestic, ..row(1) };
        let cart = CartView::new(vec![domestic, row(2), row(3)], Lang::Zh).unwrap();
        let groups: Vec<_> = cart.groups.iter().map(|group| (group.supervision, group.goods_fen.get())).collect();
        assert_eq!(groups, [(Supervision::Bonded1210, 4_000), (Supervision::Domestic, 2_000)]);
    }
}
