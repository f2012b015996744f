//! A migrated database of its own with buyers in it, for the unit tests of this and neighbouring domains.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{SignedIn, WechatUser, service};
use crate::clock::{Clock, Timestamp};
use crate::config::{DatabaseSettings, DatabaseUrl};
use crate::db::{Db, Migrations, Tx};
use crate::error::Result;
use crate::ids::CustomerId;

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

    pub(crate) fn sign_in(&self, openid: &str) -> SignedIn {
        let user = user(openid);
        self.write(move |tx, now| service::sign_in(tx, &user, Some("first"), now)).unwrap()
    }

    pub(crate) fn customer(&self, openid: &str) -> CustomerId {
        self.sign_in(openid).customer_id
    }
}

pub(crate) fn user(openid: &str) -> WechatUser {
    WechatUser { openid: openid.to_owned(), unionid: None }
}
