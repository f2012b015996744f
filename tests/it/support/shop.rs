//! A running shop with its stand-in of WeChat.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use gunpo_mall::base::clock::Clock;
use gunpo_mall::base::config::Settings;
use gunpo_mall::boot::{Built, Shop};
use gunpo_mall::platform::app::App;
use gunpo_mall::platform::jobs;
use mock_wechat::{Account, Delivery, MockWechat, Options};
use tempfile::TempDir;

use super::backend::TestDatabase;
use super::{Backend, Buyer, oracles, sample_identity, variables};

/// Rounds of "run jobs, deliver notifies" after which a shop that still has work is a failure.
const ROUNDS_MAX: usize = 60;

pub(crate) struct TestShop {
    pub(crate) built: Built,
    pub(crate) app: Arc<App>,
    pub(crate) wechat: MockWechat,
    pub(crate) address: String,
    pub(crate) http: reqwest::Client,
    shop: Option<Shop>,
    wechat_server: ServerHandle,
    database: Option<TestDatabase>,
    /// Gone when dropped.
    #[allow(dead_code, reason = "kept for its drop")]
    folder: TempDir,
}

/// Of the message push, as the console would show them. The key's last letter carries bits that belong to no byte.
pub(crate) const MESSAGE_TOKEN: &str = "testmessagetoken";
pub(crate) const MESSAGE_AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// RSA keys are made once a process.
pub(crate) fn account() -> &'static Account {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    ACCOUNT.get_or_init(|| Account::generate().unwrap())
}

/// The stand-in of WeChat behind a port, and its URL.
pub(crate) fn stand_in() -> (MockWechat, String, ServerHandle) {
    let wechat = MockWechat::open(Options {
        data_dir: None,
        account: account().clone(),
        clock: mock_wechat::Clock::system(),
        seed: 7,
        delivery: Delivery::Manual,
    })
    .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = wechat.serve(listener, 1).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (wechat, address, handle)
}

impl TestShop {
    pub(crate) async fn start(backend: Backend, others: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::new(backend, folder.path()).await;
        Self::on(database, folder, others).await
    }

    /// On a database of the test's own.
    pub(crate) async fn on(database: TestDatabase, folder: TempDir, others: &[(&str, &str)]) -> Self {
        let (wechat, wechat_address, wechat_server) = stand_in();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let mut variables = variables(folder.path(), &database.url, &address, &wechat_address);
        variables.extend(others.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = Settings::from_map(&variables).unwrap();
        let built = Built::new(settings, Clock::following(wechat.clock().offset_ms())).await.unwrap();
        let shop = Shop::start_without_loops(&built, listener).unwrap();
        let app = Arc::clone(&built.app);
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { built, app, wechat, address, http, shop: Some(shop), wechat_server, database: Some(database), folder }
    }

    /// Where its database is.
    pub(crate) fn database_url(&self) -> String {
        self.database.as_ref().unwrap().url.clone()
    }

    /// Changes how the stand-in behaves.
    pub(crate) fn set_wechat(&self, change: impl FnOnce(&mut mock_wechat::Settings)) {
        let mut settings = self.wechat.settings();
        change(&mut settings);
        self.wechat.set_settings(settings).unwrap();
    }

    /// A buyer who has logged in and has an address in Shanghai, but has left no identity.
    pub(crate) async fn newcomer(&self, name: &str) -> Buyer<'_> {
        Buyer::arrive(self, name).await
    }

    /// A buyer who can order at once.
    pub(crate) async fn buyer(&self, name: &str) -> Buyer<'_> {
        let buyer = self.newcomer(name).await;
        buyer.put("/api/v1/identity", &sample_identity()).await.expect(200);
        buyer
    }

    /// Moves the clock of the shop and of WeChat.
    pub(crate) fn advance_s(&self, seconds: u64) {
        self.wechat.clock().advance(Duration::from_secs(seconds));
    }

    /// Runs the jobs that are due, and those that these make due; gives how many.
    pub(crate) async fn run_jobs(&self) -> usize {
        let mut ran = 0;
        for _ in 0..ROUNDS_MAX {
            match self.built.worker.run_due().await.unwrap() {
                0 => return ran,
                more => ran += more,
            }
        }
        panic!("jobs never come to rest");
    }

    /// WeChat sends the notifies that are due.
    pub(crate) async fn deliver(&self) -> usize {
        self.wechat.deliver_due().await
    }

    /// The snapshot's stock as of now.
    pub(crate) async fn refresh(&self) {
        self.built.catalogue.refresh(&self.app.db).await.unwrap();
    }

    /// Lets all that is begun come to its end (orders expire, refunds are paid out, notifies arrive) and looks at the books.
    pub(crate) async fn end(mut self) {
        self.come_to_rest().await;
        oracles::check(&self).await;
        self.shop.take().unwrap().stop().await;
        self.wechat_server.stop(true).await;
        let database = self.database.take();
        drop(self);
        // The pools must be gone before their database is dropped.
        drop(database);
    }

    /// The list of ended accounts.
    pub(crate) fn ended_accounts(&self) -> PathBuf {
        self.app.settings.ended_accounts.clone()
    }

    /// All variables that it was started with.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let wechat = "http://127.0.0.1:1";
        variables(self.folder.path(), &self.database_url(), &self.address, wechat).into_iter().collect()
    }

    /// Stops the shop and gives its database with all that happened in it.
    pub(crate) async fn into_database(mut self) -> (TestDatabase, TempDir) {
        self.come_to_rest().await;
        self.shop.take().unwrap().stop().await;
        self.wechat_server.stop(true).await;
        (self.database.take().unwrap(), self.folder)
    }

    async fn come_to_rest(&self) {
        for _ in 0..ROUNDS_MAX {
            let ran = self.run_jobs().await;
            let delivered = self.deliver().await;
            let left = self.app.db.read(|rx| jobs::waiting(rx)).await.unwrap();
            if ran == 0 && delivered == 0 && left.is_empty() {
                return;
            }
            self.advance_s(300);
        }
        let left = self.app.db.read(|rx| jobs::waiting(rx)).await.unwrap();
        panic!("jobs are left over: {left:#?}");
    }
}

/// Races do in a second what a buyer does in a year. `load_shedding.rs` tests the real rates.
const NO_HURRY: &str = "login_peer=99999/99999,login_all=99999/99999,refresh_peer=99999/99999,search_peer=99999/99999,\
    buyer=99999/99999,order=99999/99999,pay=99999/99999";

/// What a server of tests is configured with; everything from a map, nothing from the process.
pub(crate) fn variables(
    folder: &std::path::Path,
    database_url: &str,
    address: &str,
    wechat: &str,
) -> HashMap<String, String> {
    let mut variables = variables::of_shop(folder, database_url, address, wechat, account()).unwrap();
    variables.extend([
        ("DATABASE_READ_CONNECTIONS", "2".to_owned()),
        ("DATABASE_CONNECTIONS", "4".to_owned()),
        ("HTTP_WORKERS", "2".to_owned()),
        ("SHUTDOWN_SECONDS", "1".to_owned()),
        ("RATE_LIMITS", NO_HURRY.to_owned()),
        ("WECHAT_MESSAGE_TOKEN", MESSAGE_TOKEN.to_owned()),
        ("WECHAT_MESSAGE_AES_KEY", MESSAGE_AES_KEY.to_owned()),
    ]);
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
