//! Edits of the catalogue: rows that are put, and the version that tells every node.

use diesel::prelude::*;

use super::{CustomsStatus, Supervision};
use crate::base::clock::Timestamp;
use crate::base::db::rows::{put_row, put_whole};
use crate::base::db::schema::{catalogue_version, categories, products, sku_customs, skus, vendors};
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids::{CategoryId, ProductId, SkuId, VendorId};
use crate::base::money::Fen;

/// Tells every node to read the catalogue anew; part of each edit's transaction.
pub(crate) fn bump_version(tx: &mut Tx) -> Result<()> {
    let raised = diesel::update(catalogue_version::table.find(1_i64))
        .set(catalogue_version::version.eq(catalogue_version::version + 1));
    match tx.execute(raised)? {
        1 => Ok(()),
        _ => Err(Error::internal("the catalogue has no version row")),
    }
}

put_row! {
    /// A category, known by its slug.
    CategoryRow in categories by slug: String {
        name_zh: String, name_ko: String, name_en: String, position: i32,
    }
}
put_row! {
    /// A vendor, known by its slug.
    VendorRow in vendors by slug: String {
        name_zh: String, name_ko: String, name_en: String,
        intro_zh: String, intro_ko: String, intro_en: String,
        founded: i32,
    }
}
put_row! {
    /// A product, known by its slug.
    ProductRow in products by slug: String {
        vendor_id: VendorId, category_id: CategoryId,
        name_zh: String, name_ko: String, name_en: String,
        summary_zh: String, summary_ko: String, summary_en: String,
        description_zh: String, description_ko: String, description_en: String,
        maker_zh: String, maker_ko: String, maker_en: String,
        origin_country: String, label_zh: String, search_terms: String, image: String,
        supervision: Supervision, published: bool,
    }
}
put_row! {
    /// A SKU, known by its code. Price in fen, weight in grams.
    SkuRow in skus by code: String {
        product_id: ProductId,
        spec_zh: String, spec_ko: String, spec_en: String,
        price_fen: Fen, gross_weight_g: i64, limit_per_order: i64, shelf_life_days: Option<i32>, on_sale: bool,
    }
}
put_row! {
    /// What customs wants to know of a SKU. Codes of GAC's parameter sets; quantities are decimal text.
    CustomsRow in sku_customs by sku_id: SkuId {
        gcode: String, name_zh: String, unit: String, unit1: String, unit2: Option<String>,
        qty1_per_piece: String, qty2_per_piece: Option<String>, net_content: String, net_content_unit: String,
        origin_code: String, currency_code: String, status: CustomsStatus,
    }
}
put_whole! {
    CategoryRow in categories by slug,
    VendorRow in vendors by slug,
    SkuRow in skus by code,
    CustomsRow in sku_customs by sku_id,
}

impl ProductRow {
    /// Whether something was written.
    pub(crate) fn put(&self, tx: &mut Tx, at: Timestamp) -> Result<bool> {
        match self.stored(tx)? {
            Some(stored) if stored == *self => return Ok(false),
            Some(_) => tx.execute(
                diesel::update(products::table.filter(products::slug.eq(&self.slug)))
                    .set((self, products::updated_at.eq(at))),
            )?,
            None => tx.execute(diesel::insert_into(products::table).values((
                self,
                products::created_at.eq(at),
                products::updated_at.eq(at),
            )))?,
        };
        Ok(true)
    }
}

/// Declares how the id of a row is found that is known to be stored.
macro_rules! known_by {
    ($($name:ident: $Id:ty, $table:ident by $key:ident;)+) => {$(
        pub(crate) fn $name(conn: &mut DbConn, key: &str) -> Result<$Id> {
            let id = conn.row($table::table.filter($table::$key.eq(key)).select($table::id))?;
            id.ok_or_else(|| Error::internal(format!("{key} is not in the catalogue")))
        }
    )+};
}

known_by! {
    category_id: CategoryId, categories by slug;
    vendor_id: VendorId, vendors by slug;
    product_id: ProductId, products by slug;
    sku_id: SkuId, skus by code;
}
