//! What is for sale.
//!
//! Reads are served from a [`Snapshot`]: immutable, built from the database in one read, with indexes, the search index
//! and pre-serialised JSON. Beside it stands what is left of each SKU. So a read of the catalogue touches neither the
//! database nor the JSON writer.
//!
//! - A catalogue edit raises `catalogue_version` in its transaction ([`service::bump_version`]); every node sees that
//!   within a second and builds a new snapshot. What is left is read as often. Neither is ever used for money or stock:
//!   quotes and orders read the rows.
//! - A product is shown if it is published and has a SKU on sale; any other is 404 and in no list. `price_fen` of a
//!   product is that of its cheapest SKU.
//! - Pictures are paths under the media folder, shown as `/media/<path>`. Those of categories and vendors go by their
//!   slug: `categories/<slug>.png`, `vendors/<slug>.jpg`.

pub mod api;
mod listing;
pub mod service;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use arc_swap::{ArcSwap, Guard};
use serde::Deserialize;

pub use listing::{ListQuery, Sort};
pub(crate) use snapshot::Snapshot;
pub(crate) use store::{CategoryRow, CustomsRow, FreightRow, NoticeRow, ProductRow, SkuRow, VendorRow};

use crate::db::sql_text_enum;
use crate::error::Result;
use crate::web::Lang;

/// The snapshot that is served now, replaced as a whole.
pub struct Catalogue {
    current: ArcSwap<Current>,
    /// One refresh at a time: an older reading must not replace a newer one.
    refreshing: tokio::sync::Mutex<()>,
}

impl Catalogue {
    /// What is served now.
    pub(crate) fn current(&self) -> Guard<Arc<Current>> {
        self.current.load()
    }
}

/// A snapshot, and what is left of its SKUs.
pub(crate) struct Current {
    pub(crate) snapshot: Arc<Snapshot>,
    /// As shown, that is at most `limit_per_order`; in the order of the snapshot's SKUs.
    available: Vec<i64>,
    /// Entity tags of what depends on the snapshot alone.
    still_tags: PerLang<HeaderValue>,
    /// Entity tags of what depends on what is left, too.
    stock_tags: PerLang<HeaderValue>,
    /// What a mini program shows when it is opened, ready to be sent: it is asked for more than everything else.
    first_pages: PerLang<Bytes>,
}

/// One thing for each language.
#[derive(Clone, Debug)]
pub(crate) struct PerLang<T>([T; 3]);

impl<T> PerLang<T> {
    /// The first error, if one can't be made.
    pub(crate) fn build(of: impl FnMut(Lang) -> Result<T>) -> Result<Self> {
        let [zh, ko, en] = Lang::ALL.map(of);
        Ok(Self([zh?, ko?, en?]))
    }

    pub(crate) fn get(&self, lang: Lang) -> &T {
        let [zh, ko, en] = &self.0;
        lang.pick(zh, ko, en)
    }
}

/// A text in the three languages of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, diesel::Queryable)]
#[serde(deny_unknown_fields)]
pub struct Text3 {
    /// Chinese, for buyers and the warehouse.
    pub zh: String,
    /// Korean, for the firms.
    pub ko: String,
    /// English.
    pub en: String,
}

impl Text3 {
    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.ko, &self.en)
    }

    /// All three.
    pub(crate) fn all(&self) -> [&str; 3] {
        [&self.zh, &self.ko, &self.en]
    }
}

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

/// Pieces that are shown as left: never more than one order may hold, which is all that a buyer needs to know.
pub(crate) fn shown(available: i64, limit_per_order: i64) -> i64 {
    available.clamp(0, limit_per_order)
}
