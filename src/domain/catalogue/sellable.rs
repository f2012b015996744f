//! A SKU as it can be bought now: the one read that cart and price share. What is left of it is the stock's column, read here and nowhere
//! decided.

use diesel::prelude::*;

use super::Supervision;
use crate::base::db::DbConn;
use crate::base::db::schema::{products, skus, stock};
use crate::base::error::Result;
use crate::base::ids::{ProductId, SkuId, VendorId};
use crate::base::money::Fen;
use crate::base::text::Text3;

/// A SKU with its product and what is left of it.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct SellableSku {
    pub(crate) id: SkuId,
    pub(crate) code: String,
    pub(crate) spec: Text3,
    pub(crate) price_fen: Fen,
    pub(crate) gross_weight_g: i64,
    pub(crate) limit_per_order: i64,
    pub(crate) product_id: ProductId,
    pub(crate) product_slug: String,
    pub(crate) vendor_id: VendorId,
    pub(crate) name: Text3,
    pub(crate) image: String,
    pub(crate) supervision: Supervision,
    pub(crate) on_sale: bool,
    pub(crate) published: bool,
    /// None if it never had stock.
    pub(crate) left: Option<i64>,
}

/// Whether anything can be bought at all, in stock or not.
pub(crate) fn has_goods_on_sale(conn: &mut DbConn) -> Result<bool> {
    let goods =
        skus::table.inner_join(products::table).filter(skus::on_sale.eq(true)).filter(products::published.eq(true));
    Ok(goods.select(skus::id).first::<SkuId>(conn).optional()?.is_some())
}

/// Whether anything that can be bought is there.
pub(crate) fn has_goods_in_stock(conn: &mut DbConn) -> Result<bool> {
    let goods = skus::table.inner_join(products::table).inner_join(stock::table);
    let goods =
        goods.filter(skus::on_sale.eq(true)).filter(products::published.eq(true)).filter(stock::available.gt(0));
    Ok(goods.select(skus::id).first::<SkuId>(conn).optional()?.is_some())
}

impl SellableSku {
    /// Whether it may be bought at all.
    pub(crate) fn is_on_sale(&self) -> bool {
        self.on_sale && self.published
    }

    /// On sale, with five to an order and nine left.
    #[cfg(test)]
    pub(crate) fn sample(id: i64) -> Self {
        let text = Text3 { zh: "霜".into(), ko: "크림".into(), en: "cream".into() };
        Self {
            id: SkuId(id),
            code: format!("S-{id}"),
            spec: text.clone(),
            price_fen: Fen::new(1_000),
            gross_weight_g: 300,
            limit_per_order: 5,
            product_id: ProductId(id),
            product_slug: "cream".into(),
            vendor_id: VendorId(1),
            name: text,
            image: "products/cream.jpg".into(),
            supervision: Supervision::Bonded1210,
            on_sale: true,
            published: true,
            left: Some(9),
        }
    }

    /// Pieces left.
    pub(crate) fn available(&self) -> i64 {
        self.left.unwrap_or(0)
    }
}

type Text3Columns<Zh, Ko, En> = (Zh, Ko, En);
/// The columns of [`SellableSku`], to be selected from `skus` joined with `products` and, outer, `stock`.
pub(crate) type Sellable = (
    skus::id,
    skus::code,
    Text3Columns<skus::spec_zh, skus::spec_ko, skus::spec_en>,
    skus::price_fen,
    skus::gross_weight_g,
    skus::limit_per_order,
    products::id,
    products::slug,
    products::vendor_id,
    Text3Columns<products::name_zh, products::name_ko, products::name_en>,
    products::image,
    products::supervision,
    skus::on_sale,
    products::published,
    diesel::dsl::Nullable<stock::available>,
);

/// See [`Sellable`].
pub(crate) fn sellable() -> Sellable {
    (
        skus::id,
        skus::code,
        (skus::spec_zh, skus::spec_ko, skus::spec_en),
        skus::price_fen,
        skus::gross_weight_g,
        skus::limit_per_order,
        products::id,
        products::slug,
        products::vendor_id,
        (products::name_zh, products::name_ko, products::name_en),
        products::image,
        products::supervision,
        skus::on_sale,
        products::published,
        stock::available.nullable(),
    )
}

#[diesel::dsl::auto_type]
fn sellable_rows() -> _ {
    let columns: Sellable = sellable();
    skus::table.inner_join(products::table).left_join(stock::table).select(columns)
}

/// Those of `ids` that there are, in the order of `ids`, which is that of the ids.
///
/// PostgreSQL is asked once for all of them. On SQLite a list of ids can't be a prepared statement: one at a time takes
/// 2.5 µs each, all at once 20 µs before the first (measured), and nothing is saved on the way there.
pub(crate) fn sellable_skus(conn: &mut DbConn, ids: &[SkuId]) -> Result<Vec<SellableSku>> {
    match conn {
        #[cfg(feature = "sqlite")]
        DbConn::Sqlite(conn) => {
            let one = |&id: &SkuId| sellable_rows().filter(skus::id.eq(id)).get_result(conn).optional().transpose();
            Ok(ids.iter().filter_map(one).collect::<QueryResult<_>>()?)
        }
        #[cfg(feature = "postgres")]
        DbConn::Postgres(conn) => Ok(sellable_rows().filter(skus::id.eq_any(ids)).order(skus::id).load(conn)?),
    }
}

/// What one order may hold of a SKU that is on sale.
pub(crate) fn limit_of(conn: &mut DbConn, sku_id: SkuId) -> Result<Option<i64>> {
    conn.row(
        skus::table
            .inner_join(products::table)
            .filter(skus::id.eq(sku_id))
            .filter(skus::on_sale.eq(true))
            .filter(products::published.eq(true))
            .select(skus::limit_per_order),
    )
}
