//! `seed`: the demo catalogue, which is packed into the binary, into a database and a media folder.
//!
//! May be run again and again: rows are known by slug or code and written only where they differ, and stock that is
//! there stays.

mod data;
mod history;
pub(super) mod legal;
mod pictures;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::clock::Clock;
use crate::base::db::{Db, Tx};
use crate::base::error::{Error, Result};
use crate::domain::catalogue;
use crate::domain::content;
use data::Demo;
pub(super) use history::add_orders;
use pictures::PICTURES;

/// Rows of one bulk write.
const CHUNK_ROWS: usize = 200;
/// A SKU, its customs facts, its stock and its first move.
const ROWS_OF_A_SKU: usize = 4;

/// What a run of `seed` found and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedReport {
    /// Vendors in the demo catalogue.
    pub vendors: usize,
    /// Products in the demo catalogue.
    pub products: usize,
    /// SKUs in the demo catalogue.
    pub skus: usize,
    /// Rows that were written; none if everything was there.
    pub rows_written: usize,
    /// Pictures that were written; none if all were there.
    pub pictures_written: usize,
}

impl fmt::Display for SeedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vendors, products, skus, rows_written, pictures_written } = self;
        write!(
            f,
            "{vendors} vendors, {products} products, {skus} SKUs; written: {rows_written} rows, {pictures_written} pictures"
        )
    }
}

/// Writes the demo catalogue, freight rules, consumer notice, legal texts and first stock into `db`, and the pictures into
/// `media_dir`.
///
/// In writes of at most 200 rows, behind requests; each raises the catalogue's version if it changed something.
pub async fn seed(db: &Db, clock: &Clock, media_dir: &Path) -> Result<SeedReport> {
    let demo = Demo::packed()?;
    let at = clock.timestamp();
    let media_dir = media_dir.to_owned();
    let copied = tokio::task::spawn_blocking(move || write_pictures(&media_dir)).await;
    let pictures_written = copied.map_err(|_| Error::internal("writing the pictures was cut off"))??;
    let mut rows_written = 0;
    rows_written += write(db, &demo.categories, CHUNK_ROWS, |tx, row| row.put(tx).map(usize::from)).await?;
    rows_written += write(db, &demo.vendors, CHUNK_ROWS, |tx, row| row.put(tx).map(usize::from)).await?;
    rows_written += write(db, &demo.freight, CHUNK_ROWS, |tx, row| row.put(tx).map(usize::from)).await?;
    rows_written += write(db, &demo.notices, CHUNK_ROWS, |tx, row| row.put(tx).map(usize::from)).await?;
    rows_written += write(db, &demo.products, CHUNK_ROWS, move |tx, product| product.put(tx, at)).await?;
    rows_written += write(db, &demo.skus, CHUNK_ROWS / ROWS_OF_A_SKU, move |tx, sku| sku.put(tx, at)).await?;
    let texts = legal::packed()?;
    rows_written += db
        .write_bulk(move |tx| {
            texts.iter().try_fold(0, |written, text| Ok(written + usize::from(content::publish(tx, text)?)))
        })
        .await?;
    let (vendors, products, skus) = (demo.vendors.len(), demo.products.len(), demo.skus.len());
    Ok(SeedReport { vendors, products, skus, rows_written, pictures_written })
}

/// `put` answers how many rows it wrote.
async fn write<T, F>(db: &Db, rows: &[T], rows_of_a_write: usize, put: F) -> Result<usize>
where
    T: Clone + Send + 'static,
    F: Fn(&mut Tx, &T) -> Result<usize> + Clone + Send + 'static,
{
    let mut written = 0;
    for chunk in rows.chunks(rows_of_a_write) {
        let (chunk, put) = (chunk.to_vec(), put.clone());
        written += db
            .write_bulk(move |tx| {
                let mut written = 0;
                for row in &chunk {
                    written += put(tx, row)?;
                }
                if written > 0 {
                    catalogue::bump_version(tx)?;
                }
                Ok(written)
            })
            .await?;
        crate::base::failpoint::reach!("seed.after_chunk");
    }
    Ok(written)
}

/// Writes the pictures that are not there; gives their number.
fn write_pictures(media_dir: &Path) -> Result<usize> {
    let fault =
        |path: &PathBuf, error: std::io::Error| Error::internal(format!("can't write {}: {error}", path.display()));
    let mut written = 0;
    for (name, bytes) in PICTURES {
        let path = media_dir.join(name);
        if std::fs::metadata(&path).is_ok_and(|found| usize::try_from(found.len()) == Ok(bytes.len())) {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| fault(&path, error))?;
        }
        // Renamed when it is whole: half a picture must not be served, nor taken for the whole one by the next run.
        let part = path.with_extension("part");
        std::fs::write(&part, bytes).map_err(|error| fault(&part, error))?;
        crate::base::failpoint::reach!("seed.before_rename");
        std::fs::rename(&part, &path).map_err(|error| fault(&path, error))?;
        written += 1;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::base::db::testing::TestDb;
    use crate::storefront::catalogue::Catalogue;

    #[test]
    fn a_second_run_changes_nothing() {
        let test = TestDb::new();
        let media = tempfile::tempdir().unwrap();
        let first = test.wait(seed(&test.db, &test.clock, media.path())).unwrap();
        assert_eq!((first.vendors, first.products, first.skus, first.pictures_written), (10, 27, 42, PICTURES.len()));
        let catalogue = test.wait(Catalogue::load(&test.db)).unwrap();
        let second = test.wait(seed(&test.db, &test.clock, media.path())).unwrap();
        assert_eq!(second, SeedReport { rows_written: 0, pictures_written: 0, ..first });
        assert!(!test.wait(catalogue.refresh(&test.db)).unwrap());
        let left = test.wait(test.db.read(|rx| crate::domain::stock::audit(rx))).unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
}
