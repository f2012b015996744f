//! The program as it is started from a shell.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mock_wechat::{Account, Clock, Ledger};
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::merchant::Merchant;

/// A running `mock-wechat serve`.
struct Program {
    child: Child,
    address: String,
    client: Client,
}

impl Program {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mock-wechat"))
            .args(["serve", "--manual-delivery", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, address, client: Client::builder().no_proxy().build().unwrap() }
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let call = self.client.request(method.parse().unwrap(), format!("{}{path}", self.address));
        let answer = call.body(body.to_string()).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn ledger(&self) -> Value {
        self.send("GET", "/_mock/ledger", &Value::Null).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SIGKILL: nothing is flushed or closed in order.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[actix_web::test]
async fn killed_process_loses_neither_ledger_nor_clock_nor_pending_notifies() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::start(dir.path());
    let merchant = Merchant::new(&Account::load_or_generate(dir.path()).unwrap(), &Clock::system());
    program.send("POST", "/_mock/wx/login", &json!({ "user": "alice" })).await;
    for round in 0..20 {
        let order = json!({
            "appid": merchant.account.appid,
            "mchid": merchant.account.mchid,
            "description": "红参",
            "out_trade_no": format!("ORDER-{round}"),
            "notify_url": "http://127.0.0.1:9/notify",
            "amount": { "total": 100 + round },
            "payer": { "openid": openid(&program, &merchant).await },
        });
        let request = merchant.request("POST", "/v3/pay/transactions/jsapi", Some(&order));
        let mut call = program.client.post(format!("{}{}", program.address, request.target)).body(request.body);
        for (name, value) in request.headers {
            call = call.header(name, value);
        }
        assert_eq!(call.send().await.unwrap().status(), 200);
        let pay = json!({ "out_trade_no": format!("ORDER-{round}") });
        assert_eq!(program.send("POST", "/_mock/pay-direct", &pay).await["total_fen"], 100 + round);
    }
    let moved = program.send("POST", "/_mock/clock", &json!({ "advance_s": 250 })).await;
    let before = program.ledger().await;
    drop(program);

    let program = Program::start(dir.path());
    assert_eq!(program.ledger().await, before);
    let clock = program.send("GET", "/_mock/clock", &Value::Null).await;
    assert_eq!(clock["offset_ms"], moved["offset_ms"]);
    let attempts = program.send("POST", "/_mock/deliver", &Value::Null).await;
    assert_eq!(attempts, json!({ "attempts": 20 }), "nobody listens, but all are tried");
    let ledger: Ledger = serde_json::from_value(program.ledger().await).unwrap();
    assert!(ledger.notifies.iter().all(|notify| notify.attempts == 1 && notify.next_attempt_at.is_some()));
}

async fn openid(program: &Program, merchant: &Merchant) -> Value {
    let code = program.send("POST", "/_mock/wx/login", &json!({ "user": "alice" })).await;
    let path = format!(
        "/sns/jscode2session?appid={}&secret={}&js_code={}&grant_type=authorization_code",
        merchant.account.appid,
        merchant.account.app_secret,
        code["code"].as_str().unwrap()
    );
    program.send("GET", &path, &Value::Null).await["openid"].clone()
}
