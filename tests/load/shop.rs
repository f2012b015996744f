//! The shop as a process, and the stand-in of WeChat in this one: what is measured of the process is the shop's alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use gunpo_mall::base::db::schema::{orders, stock};
use gunpo_mall::base::db::{Db, Rx};
use gunpo_mall::base::money::Fen;
use gunpo_mall::domain::orders::OrderState;
use mock_wechat::{Account, Delivery, MockWechat, Options};
use serde_json::json;
use tempfile::TempDir;

use crate::backend::{Backend, TestDatabase, settings};
use crate::variables;
use crate::way::Way;
use crate::wire::Wire;

const PATIENCE: Duration = Duration::from_secs(30);
/// The limits count places here, not requests of one buyer: everybody comes from one address and is in a hurry.
const NO_HURRY: &str =
    "login_peer=999999/999999,login_all=999999/999999,buyer=999999/999999,order=999999/999999,pay=999999/999999";

pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    pub(crate) wechat: MockWechat,
    /// From the shop to WeChat.
    pub(crate) way: Way,
    child: Child,
    variables: Vec<(&'static str, String)>,
    wechat_server: actix_web::dev::ServerHandle,
    database: TestDatabase,
    folder: TempDir,
}

impl Shop {
    /// With stock that does not end.
    pub(crate) async fn start(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::new(backend, folder.path()).await;
        let db = Db::open(&settings(&database.url)).unwrap();
        let plenty = || diesel::update(stock::table).set(stock::available.eq(10_000_000_i64));
        db.write(move |tx| Ok(plenty().execute(tx.conn())?)).await.unwrap();
        drop(db);
        let account = Account::generate().unwrap();
        let wechat = MockWechat::open(Options {
            data_dir: None,
            account: account.clone(),
            clock: mock_wechat::Clock::system(),
            seed: 7,
            delivery: Delivery::Manual,
        })
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Way::to(listener.local_addr().unwrap()).await;
        let wechat_url = format!("http://{}", way.address);
        let server = wechat.serve(listener, 1).unwrap();
        let wechat_server = server.handle();
        actix_web::rt::spawn(server);
        let (listen, metrics) = (free_address(), free_address());
        let variables = variables(folder.path(), &database.url, listen, metrics, &wechat_url, &account);
        let child = spawn(folder.path(), &variables, &[]);
        let shop = Self { address: listen, wechat, way, child, variables, wechat_server, database, folder };
        shop.ready().await;
        shop
    }

    /// Ends the process; its database is nobody's until [`start_again`](Self::start_again).
    pub(crate) fn stop(&mut self) -> Db {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Db::open(&settings(&self.database.url)).unwrap()
    }

    /// As before, with these variables besides.
    pub(crate) async fn start_again(&mut self, others: &[(&'static str, String)]) {
        self.child = spawn(self.folder.path(), &self.variables, others);
        self.ready().await;
    }

    pub(crate) fn variable(&self, name: &str) -> String {
        self.variables.iter().find(|(known, _)| *known == name).unwrap().1.clone()
    }

    pub(crate) fn settings(&self) -> std::collections::HashMap<String, String> {
        self.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// For looking only, beside the running shop.
    pub(crate) fn database(&self) -> Db {
        Db::open_reading(&settings(&self.database.url)).unwrap()
    }

    async fn ready(&self) {
        let patience = Instant::now() + PATIENCE;
        loop {
            if let Ok(mut wire) = Wire::connect(self.address).await
                && wire.get("/healthz/ready").await.is_ok_and(|answer| answer.status == 200)
            {
                return;
            }
            let log = fs::read_to_string(self.folder.path().join("shop.log")).unwrap();
            assert!(Instant::now() < patience, "the shop does not start:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Resident memory of the shop now, bytes.
    pub(crate) fn rss(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// How long the shop takes to answer one more notify of a paid order; `None` if it was not taken.
    pub(crate) async fn notify(&self, order_no: &str) -> Option<Duration> {
        self.wechat.push(json!({ "event": "payment_notify", "out_trade_no": order_no })).unwrap();
        let started = Instant::now();
        self.wechat.deliver_due().await;
        let took = started.elapsed();
        self.wechat.ledger().notifies.last().is_some_and(|notify| notify.delivered).then_some(took)
    }

    /// Number and paid sum (fen) of each order that is paid.
    pub(crate) async fn paid_orders(&self) -> BTreeMap<String, i64> {
        let db = Db::open_reading(&settings(&self.database.url)).unwrap();
        let paid = |rx: &mut Rx| {
            let paid =
                orders::table.filter(orders::state.eq(OrderState::Paid)).select((orders::order_no, orders::paid_fen));
            Ok(paid.load::<(String, Fen)>(rx.conn())?)
        };
        db.read(paid).await.unwrap().into_iter().map(|(number, fen)| (number, fen.get())).collect()
    }

    pub(crate) async fn end(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.wechat_server.stop(true).await;
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the load must not take the shop's time, the shop has processors of its own: `LOAD_SHOP_CPUS`, as `taskset` writes them.
fn on_its_cpus(program: &str) -> Command {
    let Ok(cpus) = std::env::var("LOAD_SHOP_CPUS") else { return Command::new(program) };
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &cpus, program]);
    command
}

fn spawn(folder: &Path, variables: &[(&'static str, String)], others: &[(&'static str, String)]) -> Child {
    on_its_cpus(env!("CARGO_BIN_EXE_gunpo-mall"))
        .arg("serve")
        .env_clear()
        .envs(variables.iter().chain(others).cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("shop.log")).unwrap())
        .spawn()
        .unwrap()
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn variables(
    folder: &Path,
    database_url: &str,
    listen: SocketAddr,
    metrics: SocketAddr,
    wechat: &str,
    account: &Account,
) -> Vec<(&'static str, String)> {
    let address = format!("http://{listen}");
    let mut variables = variables::of_shop(folder, database_url, &address, wechat, account).unwrap();
    variables.extend([
        ("LISTEN", listen.to_string()),
        ("METRICS_LISTEN", metrics.to_string()),
        ("RATE_LIMITS", NO_HURRY.to_owned()),
        ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
    ]);
    variables
}
