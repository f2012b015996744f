//! A migrated database of its own, for unit tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Db, Migrations, Tx};
use crate::base::clock::{Clock, Timestamp};
use crate::base::config::{DatabaseSettings, DatabaseUrl};
use crate::base::error::Result;

pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl TestDb {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        let settings = DatabaseSettings { url, read_connections: 2, connections: 2 };
        Migrations::open(&settings).unwrap().run().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { db: Db::open(&settings).unwrap(), clock: Clock::system(), runtime, _folder: folder }
    }

    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// One write at the clock's time.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let now = self.clock.timestamp();
        self.wait(self.db.write(move |tx| work(tx, now)))
    }
}
