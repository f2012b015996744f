//! Actors of the tests.

pub(crate) mod inbox;
pub(crate) mod merchant;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use mock_wechat::{Account, Answer, Clock, Delivery, MockWechat, Options, Paid, PayParams, Refused, Request};
use serde_json::{Value, json};

use self::merchant::Merchant;

/// RSA keys are made once a process.
pub(crate) fn account() -> &'static Account {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    ACCOUNT.get_or_init(|| Account::generate().unwrap())
}

/// A shop with its own stand-in, clock and client.
pub(crate) struct Shop {
    pub(crate) mock: MockWechat,
    pub(crate) merchant: Merchant,
    /// Where notifies go.
    pub(crate) notify_url: String,
}

pub(crate) fn open(data_dir: Option<&Path>) -> MockWechat {
    MockWechat::open(Options {
        data_dir: data_dir.map(Path::to_path_buf),
        account: account().clone(),
        clock: Clock::system(),
        seed: 7,
        delivery: Delivery::Manual,
    })
    .unwrap()
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::of(open(None))
    }

    pub(crate) fn of(mock: MockWechat) -> Self {
        let merchant = Merchant::new(mock.account(), mock.clock());
        Self { mock, merchant, notify_url: "https://shop.example/notify".to_owned() }
    }

    pub(crate) fn notifying(mut self, url: &str) -> Self {
        url.clone_into(&mut self.notify_url);
        self
    }

    pub(crate) fn advance_s(&self, seconds: u64) {
        self.mock.clock().advance(Duration::from_secs(seconds));
    }

    /// Sends any request and expects an answer.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        self.mock.handle(request).await.answer().expect("an answer")
    }

    /// A signed call: status and JSON body, `null` when there is none.
    pub(crate) async fn call(&self, method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = self.send(self.merchant.request(method, target, body)).await;
        (answer.status, json_of(&answer))
    }

    /// An access token.
    pub(crate) async fn token(&self) -> String {
        let account = self.mock.account();
        let body = json!({
            "grant_type": "client_credential", "appid": account.appid, "secret": account.app_secret,
        });
        let (_, answer) = self.control("POST", "/cgi-bin/stable_token", &body).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// A mini program call with a token: its JSON answer.
    pub(crate) async fn mini(&self, path: &str, body: &Value) -> Value {
        let target = format!("{path}?access_token={}", self.token().await);
        let (status, answer) = self.control("POST", &target, body).await;
        assert_eq!(status, 200);
        answer
    }

    /// A mini program call that is refused with this code.
    pub(crate) async fn mini_refused(&self, path: &str, body: &Value, errcode: i64) {
        let answer = self.mini(path, body).await;
        assert_eq!(answer["errcode"], errcode, "{body}\n{answer}");
    }

    /// A control call that succeeds.
    pub(crate) async fn staged(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.control("POST", &format!("/_mock/{path}"), body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// A control call without signature.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(Request::new(method, path).body(body.to_string())).await;
        (answer.status, json_of(&answer))
    }

    /// What a prepay call for `alice` says.
    pub(crate) fn order(&self, number: &str, total_fen: i64) -> Value {
        json!({
            "appid": self.mock.account().appid,
            "mchid": self.mock.account().mchid,
            "description": "군포몰 红参",
            "out_trade_no": number,
            "notify_url": self.notify_url,
            "amount": { "total": total_fen, "currency": "CNY" },
            "payer": { "openid": self.mock.openid_of("alice") },
        })
    }

    pub(crate) async fn prepay(&self, order: &Value) -> (u16, Value) {
        self.call("POST", "/v3/pay/transactions/jsapi", Some(order)).await
    }

    /// The `prepay_id` of a new order.
    pub(crate) async fn prepaid(&self, number: &str, total_fen: i64) -> String {
        let (status, body) = self.prepay(&self.order(number, total_fen)).await;
        assert_eq!(status, 200, "{body}");
        body["prepay_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn pay(&self, user: &str, params: &PayParams) -> Result<Paid, Refused> {
        self.mock.request_payment(user, params).await
    }

    /// A new order that `alice` has paid.
    pub(crate) async fn paid(&self, number: &str, total_fen: i64) -> Paid {
        let prepay_id = self.prepaid(number, total_fen).await;
        self.pay("alice", &self.merchant.pay_params(&prepay_id)).await.unwrap()
    }

    pub(crate) async fn query(&self, number: &str) -> (u16, Value) {
        let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.mock.account().mchid);
        self.call("GET", &target, None).await
    }

    pub(crate) async fn close(&self, number: &str) -> (u16, Value) {
        let target = format!("/v3/pay/transactions/out-trade-no/{number}/close");
        self.call("POST", &target, Some(&json!({ "mchid": self.mock.account().mchid }))).await
    }

    pub(crate) async fn refund(&self, body: &Value) -> (u16, Value) {
        self.call("POST", "/v3/refund/domestic/refunds", Some(body)).await
    }

    pub(crate) async fn query_refund(&self, number: &str) -> (u16, Value) {
        self.call("GET", &format!("/v3/refund/domestic/refunds/{number}"), None).await
    }

    /// What a refund call says.
    pub(crate) fn back(&self, number: &str, out_trade_no: &str, refund_fen: i64, total_fen: i64) -> Value {
        json!({
            "out_trade_no": out_trade_no,
            "out_refund_no": number,
            "reason": "缺货",
            "notify_url": self.notify_url,
            "amount": { "refund": refund_fen, "total": total_fen, "currency": "CNY" },
        })
    }
}

pub(crate) fn json_of(answer: &Answer) -> Value {
    if answer.body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&answer.body).unwrap()
}
