//! A shop as its operator runs it, and everything it says.

use std::fs::{self, File};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mock_wechat::{Delivery, MockWechat, Options};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::Backend;
use crate::support::backend::TestDatabase;
use crate::support::shop::{account, variables};

/// A value that must not be seen, and what it is.
pub(super) struct Canary {
    pub(super) what: &'static str,
    pub(super) value: String,
}

/// An answer, and what may be in it.
struct Said {
    label: String,
    text: String,
    due: Vec<&'static str>,
}

pub(super) struct Server {
    pub(super) wechat: MockWechat,
    pub(super) canaries: Vec<Canary>,
    pub(super) database: TestDatabase,
    address: String,
    metrics: String,
    http: reqwest::Client,
    shop: Child,
    answers: Vec<Said>,
    folder: TempDir,
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

impl Server {
    /// With one operator, a manager, whose one-time password is given too.
    pub(super) async fn start(backend: Backend) -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::new(backend, folder.path()).await;
        let options = Options {
            data_dir: Some(folder.path().join("wechat")),
            account: account().clone(),
            clock: mock_wechat::Clock::system(),
            seed: 11,
            delivery: Delivery::Manual,
        };
        let wechat = MockWechat::open(options).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wechat_url = format!("http://{}", listener.local_addr().unwrap());
        actix_web::rt::spawn(wechat.serve(listener, 1).unwrap());

        let (address, metrics) = (free_address(), free_address());
        let mut variables = variables(folder.path(), &database.url, &format!("http://{address}"), &wechat_url);
        variables.extend([
            ("LISTEN".to_owned(), address.clone()),
            ("METRICS_LISTEN".to_owned(), metrics.clone()),
            ("RUST_LOG".to_owned(), "trace".to_owned()),
            ("RUST_BACKTRACE".to_owned(), "1".to_owned()),
        ]);
        let secret = |what, name: &str| Canary { what, value: variables[name].clone() };
        let mut canaries = vec![
            secret("AppSecret", "WECHAT_APP_SECRET"),
            secret("API v3 key", "WECHATPAY_APIV3_KEY"),
            secret("secret of the tokens", "JWT_SECRET"),
            secret("key of the blind index", "BLIND_INDEX_KEY"),
        ];
        let data_key = variables["DATA_KEYS"].split_once(':').unwrap().1.to_owned();
        canaries.push(Canary { what: "data key", value: data_key });
        // Any line of the key: a dump of it need not be whole.
        let pem = &account().merchant_private_key_pem;
        canaries.extend(
            pem.lines()
                .filter(|line| line.len() == 64)
                .take(4)
                .map(|line| Canary { what: "merchant's private key", value: line.to_owned() }),
        );
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_gunpo-mall"));
            command.args(arguments).current_dir(folder.path()).env_clear().envs(&variables).stdin(Stdio::null());
            command
        };
        let added = run(&["operator", "add", "mo", "--role", "manager"]).output().unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let stdout = String::from_utf8(added.stdout).unwrap();
        let password = stdout.split_whitespace().find(|word| word.len() == 23 && word.matches('-').count() == 3);
        let password = password.unwrap_or_else(|| panic!("no one-time password in {stdout:?}")).to_owned();

        let log = |name: &str| File::create(folder.path().join(name)).unwrap();
        let shop = run(&["serve"]).stdout(log("shop.out")).stderr(log("shop.log")).spawn().unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let server = Self { wechat, canaries, database, address, metrics, http, shop, answers: Vec::new(), folder };
        server.ready().await;
        (server, password)
    }

    async fn ready(&self) {
        let patience = Instant::now() + Duration::from_mins(1);
        while !self
            .http
            .get(format!("http://{}/healthz/ready", self.address))
            .send()
            .await
            .is_ok_and(|a| a.status() == 200)
        {
            assert!(Instant::now() < patience, "the shop never gets ready:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn watch(&mut self, what: &'static str, value: impl Into<String>) {
        let value = value.into();
        assert!(value.len() >= 9, "{what}: '{value}' may be found by chance");
        self.canaries.push(Canary { what, value });
    }

    /// A request; the answer is kept, and may hold what is due.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
        due: &[&'static str],
    ) -> (u16, Value) {
        let label = format!("{method} {path}");
        let key = format!("canary-{}", self.answers.len());
        let mut request =
            self.http.request(method, format!("http://{}{path}", self.address)).header("Idempotency-Key", key);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let head = format!("{:?}", answer.headers());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        self.answers.push(Said {
            label: format!("{label} ({status})"),
            text: format!("{head}\n{text}"),
            due: due.to_vec(),
        });
        (status, body)
    }

    /// What the stand-in has given out under this name; there is some.
    pub(super) fn given_out(&self, name: &str) -> Vec<String> {
        let journal = fs::read_to_string(self.folder.path().join("wechat/journal.jsonl")).unwrap();
        let name = format!("\"{name}\":\"");
        let values: Vec<String> =
            journal.split(&name).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
        assert!(!values.is_empty(), "WeChat gave out no {name}");
        values
    }

    pub(super) fn log(&self) -> String {
        let read = |name: &str| String::from_utf8_lossy(&fs::read(self.folder.path().join(name)).unwrap()).into_owned();
        read("shop.log") + &read("shop.out")
    }

    /// The metrics, which nobody logs in for.
    pub(super) async fn read_metrics(&mut self) {
        let text =
            self.http.get(format!("http://{}/metrics", self.metrics)).send().await.unwrap().text().await.unwrap();
        self.answers.push(Said { label: "GET /metrics".to_owned(), text, due: Vec::new() });
    }

    /// Stops the shop as a supervisor would.
    pub(super) fn stop(&mut self) {
        let ended = Command::new("kill").arg(self.shop.id().to_string()).status().unwrap();
        assert!(ended.success());
        assert!(self.shop.wait().unwrap().success(), "{}", self.log());
    }

    /// Looks through all answers; gives how many there were.
    pub(super) fn check_answers(&self) -> usize {
        for said in &self.answers {
            for canary in self.canaries.iter().filter(|canary| !said.due.contains(&canary.what)) {
                assert!(!said.text.contains(&canary.value), "{} shows the {}:\n{}", said.label, canary.what, said.text);
            }
        }
        self.answers.len()
    }

    /// Looks through the log; gives how many lines it has.
    pub(super) fn check_log(&self) -> usize {
        let log = self.log();
        for canary in &self.canaries {
            let line = log.lines().find(|line| line.contains(&canary.value));
            assert!(line.is_none(), "the {} is in the log: {}", canary.what, line.unwrap_or_default());
        }
        log.lines().count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.shop.kill();
        let _ = self.shop.wait();
    }
}
