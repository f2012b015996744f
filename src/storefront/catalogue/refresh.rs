//! Loading and refreshing what is served.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use actix_web::web::{Bytes, Data};
use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};

use super::listing::ListRequest;
use super::snapshot::{Snapshot, short_hex};
use super::{Catalogue, Current, shown};
use crate::base::db::{Db, DbConn};
use crate::base::error::{Error, Result};
use crate::base::ids::SkuId;
use crate::base::text::{Lang, PerLang};
use crate::domain::{catalogue, content, stock};

/// An edit is seen within a second: half of it for waiting, half for reading.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Catalogue {
    /// Reads the whole catalogue. Fails on a database that is not migrated and on rows that can't be understood.
    pub async fn load(db: &Db) -> Result<Self> {
        let current = db.read(|rx| read_anew(rx)).await?;
        Ok(Self { current: ArcSwap::from_pointee(current), refreshing: tokio::sync::Mutex::new(()) })
    }

    /// Reads what is left, and the catalogue if its version is another one. Whether what is served changed.
    pub async fn refresh(&self, db: &Db) -> Result<bool> {
        let _alone = self.refreshing.lock().await;
        let seen = self.current.load_full();
        let Some(next) = db.read(move |rx| read_if_changed(rx, &seen)).await? else { return Ok(false) };
        self.current.store(Arc::new(next));
        Ok(true)
    }
}

/// Refreshes for ever. What was read last stays while the database can't be read.
pub(crate) async fn keep_fresh(catalogue: Data<Catalogue>, db: Db) {
    let mut failing = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match catalogue.refresh(&db).await {
            Ok(_) if failing => {
                failing = false;
                log::info!("the catalogue is fresh again");
            }
            Err(error) if !failing => {
                failing = true;
                log::error!("the catalogue can't be refreshed and is served as it was: {error}");
            }
            Ok(_) | Err(_) => {}
        }
    }
}

fn read_anew(conn: &mut DbConn) -> Result<Current> {
    let (rows, notice) = (catalogue::load(conn)?, content::newest_notice(conn)?);
    let snapshot = Snapshot::build(&rows, notice.as_ref())?;
    Current::new(Arc::new(snapshot), &stock::availability(conn)?)
}

fn read_if_changed(conn: &mut DbConn, seen: &Current) -> Result<Option<Current>> {
    if catalogue::version(conn)? != seen.snapshot.version {
        return read_anew(conn).map(Some);
    }
    let left = stock::availability(conn)?;
    if shown_of(&seen.snapshot, &left) == seen.available {
        return Ok(None);
    }
    Current::new(Arc::clone(&seen.snapshot), &left).map(Some)
}

/// What is shown as left of the snapshot's SKUs; nothing of those that never had stock. Both lists are in id order.
fn shown_of(snapshot: &Snapshot, left: &[(SkuId, i64)]) -> Vec<i64> {
    let available = |sku_id: &SkuId| match left.binary_search_by_key(sku_id, |(id, _)| *id) {
        Ok(index) => left.get(index).map_or(0, |(_, available)| *available),
        Err(_) => 0,
    };
    snapshot.sku_ids.iter().zip(&snapshot.limits).map(|(sku_id, limit)| shown(available(sku_id), *limit)).collect()
}

impl Current {
    pub(super) fn new(snapshot: Arc<Snapshot>, left: &[(SkuId, i64)]) -> Result<Self> {
        let available = shown_of(&snapshot, left);
        let mut hash = Sha256::new();
        for pieces in &available {
            hash.update(pieces.to_le_bytes());
        }
        let stock = short_hex(hash);
        let digest = &snapshot.digest;
        let still_tags = tags(|lang| format!("\"{digest}-{}\"", lang.tag()))?;
        let stock_tags = tags(|lang| format!("\"{digest}-{stock}-{}\"", lang.tag()))?;
        let mut current =
            Self { snapshot, available, still_tags, stock_tags, first_pages: PerLang::of(|_| Bytes::new()) };
        current.first_pages = PerLang::of(|lang| current.render(&ListRequest::first_page(), lang));
        Ok(current)
    }
}

fn tags(text: impl Fn(Lang) -> String) -> Result<PerLang<HeaderValue>> {
    PerLang::build(|lang| {
        HeaderValue::from_str(&text(lang)).map_err(|_| Error::internal("an entity tag that is no header value"))
    })
}
