//! What is for sale: categories, firms, products and their SKUs. What is shown of it is a snapshot, which `storefront::catalogue` serves.
//!
//! - An edit raises `catalogue_version` in its transaction ([`bump_version`]); every node sees that within a second.
//! - A product is shown if it is published and has a SKU on sale; any other is 404 and in no list. `price_fen` of a product is that of its
//!   cheapest SKU.
//! - Pictures are paths under the media folder, shown as `/media/<path>`. Those of categories and vendors go by their
//!   slug: `categories/<slug>.png`, `vendors/<slug>.jpg`.

mod edit;
mod sellable;
mod store;

use crate::base::sql_types::sql_text_enum;

pub(crate) use edit::{
    CategoryRow, CustomsRow, ProductRow, SkuRow, VendorRow, bump_version, category_id, product_id, sku_id, vendor_id,
};
pub(crate) use sellable::{SellableSku, has_goods_in_stock, has_goods_on_sale, limit_of, sellable, sellable_skus};
pub(crate) use store::{Rows, StoredCategory, StoredProduct, StoredSku, StoredVendor, load, version};

sql_text_enum! {
    /// How customs sees the goods. Goods of different kinds can't go into one order: one order is one customs list and
    /// one parcel.
    pub enum Supervision {
        /// Bonded warehouse, declared for each order.
        Bonded1210 = "bonded_1210",
        /// Cleared goods, no declaration.
        Domestic = "domestic",
    }
}

sql_text_enum! {
    /// Whether the customs broker has confirmed the facts of a SKU.
    pub enum CustomsStatus {
        /// Not yet: nothing may be declared with them.
        ToBeConfirmed = "to_be_confirmed_by_broker",
        /// Confirmed.
        Confirmed = "confirmed",
    }
}

/// Where a picture is served.
pub fn media_url(path: &str) -> String {
    format!("/media/{path}")
}
