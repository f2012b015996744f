//! A shop, a stand-in of WeChat and a database, with a supervisor that starts the shop again whenever it dies.

use std::cell::{Cell, RefCell};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use gunpo_mall::base::db::Db;
use mock_wechat::{Account, Ledger};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::backend::{Backend, TestDatabase, settings};
use crate::variables;

/// Longest wait for anything that has to happen by itself, in real time.
const PATIENCE: Duration = Duration::from_mins(1);
/// Times that the database is tried to be opened; each takes 2 s at most.
const OPEN_TRIES: u32 = 5;
/// The supervisor looks this often.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How long both clocks need to follow.
const CLOCK_FOLLOWS: Duration = Duration::from_millis(15);
/// All buyers come from one address here.
const RATES: &str =
    "login_peer=100000/100000,login_all=100000/100000,refresh_peer=100000/100000,order=100000/100000,pay=100000/100000";
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

pub(crate) struct World {
    pub(crate) shop_url: String,
    pub(crate) wechat_url: String,
    pub(crate) http: reqwest::Client,
    /// Aborts at a point and kills, of the shop.
    pub(crate) deaths: Cell<u64>,
    /// Seconds that pass before the supervisor starts a dead shop again.
    pub(crate) skip_s: Cell<u64>,
    variables: Vec<(&'static str, String)>,
    shop: RefCell<Option<Child>>,
    wechat: RefCell<Child>,
    offset_ms: Cell<u64>,
    over: Cell<bool>,
    database: TestDatabase,
    folder: TempDir,
}

/// Makes the shop's only operator.
pub(crate) const HIRE: [&str; 5] = ["operator", "add", "kim", "--role", "manager"];

impl World {
    /// Everything but the shop, which [`World::start`] starts.
    pub(crate) async fn new(backend: Backend) -> Rc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::new(backend, folder.path()).await;
        Self::on(database, folder)
    }

    /// On a server that the test may crash.
    #[cfg(feature = "postgres")]
    pub(crate) async fn on_server(url: String) -> Rc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::at(url, folder.path()).await;
        Self::on(database, folder)
    }

    fn on(database: TestDatabase, folder: TempDir) -> Rc<Self> {
        let (wechat, wechat_url) = stand_in(folder.path());
        let (listen, metrics) = (free_port(), free_port());
        let variables = variables(folder.path(), &database.url, listen, metrics, &wechat_url);
        fs::write(folder.path().join("clock"), "0").unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let world = Rc::new(Self {
            shop_url: format!("http://127.0.0.1:{listen}"),
            wechat_url,
            http,
            deaths: Cell::new(0),
            skip_s: Cell::new(0),
            variables,
            shop: RefCell::new(None),
            wechat: RefCell::new(wechat),
            offset_ms: Cell::new(0),
            over: Cell::new(false),
            database,
            folder,
        });
        // Without one `doctor` finds the shop not ready to open.
        assert!(world.command(&HIRE).status().unwrap().success(), "{}", world.log());
        actix_web::rt::spawn(supervise(Rc::clone(&world)));
        world
    }

    /// Ends the running shop without mercy and starts one that dies at `point` (`name:nth`), if one is given.
    pub(crate) async fn start(&self, point: Option<&str>) {
        if let Some(mut running) = self.shop.borrow_mut().take() {
            running.kill().unwrap();
            running.wait().unwrap();
        }
        *self.shop.borrow_mut() = Some(self.spawn_shop(point));
        self.ready().await;
    }

    fn spawn_shop(&self, point: Option<&str>) -> Child {
        let mut command = self.command(&["serve"]);
        if let Some(point) = point {
            command.env("GUNPO_ABORT_AT", point);
        }
        command.spawn().unwrap()
    }

    /// A command of the shop on this world's data, its output appended to one log.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(self.folder.path(), &self.variables, arguments)
    }

    pub(crate) async fn ready(&self) {
        let patience = Instant::now() + PATIENCE;
        loop {
            let asked = self.http.get(format!("{}/healthz/ready", self.shop_url)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(Instant::now() < patience, "the shop never gets ready:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// `kill -9`, now.
    pub(crate) fn kill(&self) {
        if let Some(shop) = self.shop.borrow_mut().as_mut() {
            shop.kill().unwrap();
        }
    }

    /// Moves the clocks of shop and WeChat.
    pub(crate) async fn advance_s(&self, seconds: u64) {
        if seconds == 0 {
            return;
        }
        self.offset_ms.set(self.offset_ms.get() + seconds * 1000);
        let (file, aside) = (self.folder.path().join("clock"), self.folder.path().join("clock.new"));
        fs::write(&aside, self.offset_ms.get().to_string()).unwrap();
        fs::rename(aside, file).unwrap();
        self.wechat_post("clock", &json!({ "advance_s": seconds })).await;
        tokio::time::sleep(CLOCK_FOLLOWS).await;
    }

    /// A control endpoint of the stand-in.
    pub(crate) async fn wechat_post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/_mock/{path}", self.wechat_url)).body(body.to_string());
        let answer = request.header("Content-Type", "application/json").send().await.unwrap();
        let answer = answer.error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    pub(crate) async fn ledger(&self) -> Ledger {
        let answer = self.http.get(format!("{}/_mock/ledger", self.wechat_url)).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// The database beside the running shop, for looking only. A machine that is busy starting what was killed may need a moment.
    pub(crate) fn look(&self) -> Db {
        let settings = settings(&self.database.url);
        let mut opened = Db::open_reading(&settings);
        for _ in 0..OPEN_TRIES {
            if opened.is_ok() {
                break;
            }
            opened = Db::open_reading(&settings);
        }
        opened.unwrap()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("shop.log")).unwrap_or_default()
    }

    /// Ends both processes; the database goes with the world.
    pub(crate) fn end(&self) {
        self.over.set(true);
        let end = |child: &mut Child| drop((child.kill(), child.wait()));
        if let Some(shop) = self.shop.borrow_mut().as_mut() {
            end(shop);
        }
        end(&mut self.wechat.borrow_mut());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts again what has died; nothing else is ever done by hand.
async fn supervise(world: Rc<World>) {
    while !world.over.get() {
        tokio::time::sleep(LOOK_EVERY).await;
        let ended = world.shop.borrow_mut().as_mut().and_then(|shop| shop.try_wait().unwrap());
        let Some(status) = ended else { continue };
        if world.over.get() {
            return;
        }
        let told_to = matches!(status.signal(), Some(SIGABRT | SIGKILL));
        assert!(told_to, "the shop ended by itself: {status}\n{}", world.log());
        world.deaths.set(world.deaths.get() + 1);
        *world.shop.borrow_mut() = None;
        world.advance_s(world.skip_s.get()).await;
        *world.shop.borrow_mut() = Some(world.spawn_shop(None));
    }
}

pub(crate) fn command(folder: &Path, variables: &[(&'static str, String)], arguments: &[&str]) -> Command {
    let log = OpenOptions::new().create(true).append(true).open(folder.join("shop.log")).unwrap();
    let mut command = Command::new(binary("GUNPO_MALL_BIN", "gunpo-mall"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
    command.env("GUNPO_CLOCK_FILE", folder.join("clock")).env("RUST_LOG", "warn").env("RUST_BACKTRACE", "1");
    command
}

/// RSA keys are made once a process.
pub(crate) fn account() -> &'static Account {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    ACCOUNT.get_or_init(|| Account::generate().unwrap())
}

/// Beside the shop that was built with this test, unless the variable says where. The stand-in must be built before:
/// `cargo build -p mock-wechat --bin mock-wechat`.
fn binary(variable: &str, name: &str) -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_gunpo-mall")).with_file_name(name);
    std::env::var_os(variable).map_or(beside, PathBuf::from)
}

fn stand_in(folder: &Path) -> (Child, String) {
    let binary = binary("MOCK_WECHAT_BIN", "mock-wechat");
    let data = folder.join("wechat");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("account.json"), serde_json::to_vec(account()).unwrap()).unwrap();
    let mut child = Command::new(&binary)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(folder.join("wechat.log")).unwrap())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; build it first", binary.display()));
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.split_whitespace().last().unwrap_or_else(|| panic!("the stand-in did not start")).to_owned();
    (child, url)
}

/// A port of its own below those that the system gives to outgoing connections: it stays free while the shop is dead.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 10_000 + u16::try_from(std::process::id() % 90).unwrap() * 100;
    loop {
        let port = base + NEXT.fetch_add(1, Ordering::SeqCst) % 2_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

pub(crate) fn variables(
    folder: &Path,
    database_url: &str,
    listen: u16,
    metrics: u16,
    wechat: &str,
) -> Vec<(&'static str, String)> {
    let address = format!("http://127.0.0.1:{listen}");
    let mut variables = variables::of_shop(folder, database_url, &address, wechat, account()).unwrap();
    variables.extend([
        ("DATABASE_READ_CONNECTIONS", "4".to_owned()),
        ("DATABASE_CONNECTIONS", "8".to_owned()),
        ("HTTP_WORKERS", "2".to_owned()),
        ("RATE_LIMITS", RATES.to_owned()),
        ("LISTEN", format!("127.0.0.1:{listen}")),
        ("METRICS_LISTEN", format!("127.0.0.1:{metrics}")),
    ]);
    variables
}
