//! Loading and refreshing what is served, and the steps that catalogue edits are made of.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use actix_web::web::{Bytes, Data};
use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};

use super::listing::Asked;
use super::snapshot::{Snapshot, short_hex};
use super::store::{self, CategoryRow, CustomsRow, FreightRow, NoticeRow, ProductRow, SkuRow, VendorRow};
use super::{Catalogue, Current, PerLang, shown};
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::{Db, DbConn, Tx};
use crate::error::{Error, Result};
use crate::ids::{CategoryId, ProductId, SkuId, VendorId};
use crate::stock;
use crate::web::Lang;

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
pub async fn keep_fresh(app: Data<App>) {
    let mut failing = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match app.catalogue.refresh(&app.db).await {
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
    let snapshot = Snapshot::build(&store::load(conn)?)?;
    Current::new(Arc::new(snapshot), &stock::service::availability(conn)?)
}

fn read_if_changed(conn: &mut DbConn, seen: &Current) -> Result<Option<Current>> {
    if store::version(conn)? != seen.snapshot.version {
        return read_anew(conn).map(Some);
    }
    let left = stock::service::availability(conn)?;
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
            Self { snapshot, available, still_tags, stock_tags, first_pages: PerLang::build(|_| Ok(Bytes::new()))? };
        current.first_pages = PerLang::build(|lang| Ok(current.render(&Asked::first_page(), lang)))?;
        Ok(current)
    }
}

fn tags(text: impl Fn(Lang) -> String) -> Result<PerLang<HeaderValue>> {
    PerLang::build(|lang| {
        HeaderValue::from_str(&text(lang)).map_err(|_| Error::internal("an entity tag that is no header value"))
    })
}

/// Tells every node to read the catalogue anew; part of each catalogue edit's transaction.
pub fn bump_version(tx: &mut Tx) -> Result<()> {
    if store::raise_version(tx)? { Ok(()) } else { Err(Error::internal("the catalogue has no version row")) }
}

/// Writes a category if it differs from what is stored; whether it was written. So for the other rows.
pub(crate) fn put_category(tx: &mut Tx, row: &CategoryRow) -> Result<bool> {
    row.put(tx)
}

pub(crate) fn put_vendor(tx: &mut Tx, row: &VendorRow) -> Result<bool> {
    row.put(tx)
}

pub(crate) fn put_product(tx: &mut Tx, row: &ProductRow, at: Timestamp) -> Result<bool> {
    row.put(tx, at)
}

pub(crate) fn put_sku(tx: &mut Tx, row: &SkuRow) -> Result<bool> {
    row.put(tx)
}

pub(crate) fn put_customs(tx: &mut Tx, row: &CustomsRow) -> Result<bool> {
    row.put(tx)
}

pub(crate) fn put_freight(tx: &mut Tx, row: &FreightRow) -> Result<bool> {
    row.put(tx)
}

pub(crate) fn put_notice(tx: &mut Tx, row: &NoticeRow) -> Result<bool> {
    row.put(tx)
}

/// Of a slug that is known to be stored. So for the other ids.
pub(crate) fn category_id(conn: &mut DbConn, slug: &str) -> Result<CategoryId> {
    store::category_id(conn, slug)?.ok_or_else(|| not_stored(slug))
}

pub(crate) fn vendor_id(conn: &mut DbConn, slug: &str) -> Result<VendorId> {
    store::vendor_id(conn, slug)?.ok_or_else(|| not_stored(slug))
}

pub(crate) fn product_id(conn: &mut DbConn, slug: &str) -> Result<ProductId> {
    store::product_id(conn, slug)?.ok_or_else(|| not_stored(slug))
}

pub(crate) fn sku_id(conn: &mut DbConn, code: &str) -> Result<SkuId> {
    store::sku_id(conn, code)?.ok_or_else(|| not_stored(code))
}

fn not_stored(name: &str) -> Error {
    Error::internal(format!("{name} is not in the catalogue"))
}
