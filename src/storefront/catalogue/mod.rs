//! The catalogue as buyers read it.
//!
//! Reads are served from a [`Snapshot`]: immutable, built from the database in one read, with indexes, the search index
//! and pre-serialised JSON. Beside it stands what is left of each SKU. So a read of the catalogue touches neither the
//! database nor the JSON writer.
//!
//! Every node looks for a raised `catalogue_version` twice a second and builds a new snapshot; what is left is read as often. Neither is
//! ever used for money or stock: quotes and orders read the rows.
//!
//! `api` (handlers) -> `render` (bytes of a list and a page) -> `snapshot` (built from rows, by way of `view`) and `listing` (orders, filters,
//! cursors); `refresh` replaces the whole.

pub(crate) mod api;
mod listing;
mod refresh;
mod render;
mod snapshot;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use arc_swap::{ArcSwap, Guard};

use crate::base::text::PerLang;

pub(crate) use refresh::keep_fresh;
pub(crate) use snapshot::Snapshot;

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

/// Pieces that are shown as left: never more than one order may hold, which is all that a buyer needs to know.
pub(crate) fn shown(available: i64, limit_per_order: i64) -> i64 {
    available.clamp(0, limit_per_order)
}
