//! An honest client: without an answer it asks again, with the same key and the same body.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

/// A client gives up, and the test fails, after this (real time).
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Buyer {
    pub(crate) world: Rc<World>,
    pub(crate) name: String,
    token: RefCell<String>,
    refresh_token: RefCell<String>,
    address_id: String,
}

/// An order that was acknowledged, and how it was asked for.
#[derive(Clone)]
pub(crate) struct Placed {
    pub(crate) order_no: String,
    pub(crate) key: String,
    pub(crate) body: Value,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Buyer {
    pub(crate) async fn arrive(world: &Rc<World>, name: &str) -> Self {
        let mut buyer = Self {
            world: Rc::clone(world),
            name: name.to_owned(),
            token: RefCell::default(),
            refresh_token: RefCell::default(),
            address_id: String::new(),
        };
        buyer.log_in().await;
        let privacy = json!({ "document": "privacy", "version": "2026-11-01", "age_confirmed": true });
        buyer.send(Method::POST, "/api/v1/me/consents", None, Some(&privacy)).await.expect(200);
        let address = json!({
            "name": "王小明", "phone": "13800138000", "province": "上海市", "city": "上海市", "district": "浦东新区",
            "detail": "世纪大道 100 号 1201 室", "region_code": "310115", "is_default": true,
        });
        let address = buyer.send(Method::POST, "/api/v1/addresses", None, Some(&address)).await.expect(201);
        buyer.address_id = text(&address["id"]);
        let identity = json!({ "name": "王小明", "id_number": "11010519491231002X", "consent_version": "2026-11-01" });
        buyer.send(Method::PUT, "/api/v1/identity", None, Some(&identity)).await.expect(200);
        buyer
    }

    /// A code is good once: without an answer the phone gets a new one.
    pub(crate) async fn log_in(&self) {
        let patience = Instant::now() + PATIENCE;
        loop {
            let code = self.world.wechat_post("wx/login", &json!({ "user": self.name })).await["code"].clone();
            let body = json!({ "code": code });
            match self.once(&Method::POST, "/api/v1/auth/login", None, Some(&body)).await {
                Some(answer) if answer.status == 200 => return self.take_tokens(&answer.body),
                Some(answer) => assert!(is_busy(&answer), "login: {answer:?}"),
                None => {}
            }
            assert!(Instant::now() < patience, "login was never answered");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Must go on with the same session, however often the answer got lost.
    pub(crate) async fn refresh(&self) {
        let body = json!({ "refresh_token": *self.refresh_token.borrow() });
        let answer = self.send(Method::POST, "/api/v1/auth/refresh", None, Some(&body)).await;
        self.take_tokens(&answer.expect(200));
    }

    fn take_tokens(&self, body: &Value) {
        *self.token.borrow_mut() = text(&body["access_token"]);
        *self.refresh_token.borrow_mut() = text(&body["refresh_token"]);
    }

    /// One attempt; nothing if no answer came.
    async fn once(&self, method: &Method, path: &str, key: Option<&str>, body: Option<&Value>) -> Option<Answer> {
        let mut request = self.world.http.request(method.clone(), format!("{}{path}", self.world.shop_url));
        if !path.starts_with("/api/v1/auth/") {
            request = request.bearer_auth(&*self.token.borrow());
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.ok()?;
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into());
        Some(Answer { status, body })
    }

    /// Until there is an answer other than "not now".
    pub(crate) async fn send(&self, method: Method, path: &str, key: Option<&str>, body: Option<&Value>) -> Answer {
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.once(&method, path, key, body).await {
                // Somebody's call to WeChat died with its process: its lease ends after seconds.
                Some(answer) if answer.code() == "payment_in_progress" => self.world.advance_s(20).await,
                Some(answer) if answer.status == 401 && !path.starts_with("/api/v1/auth/") => self.log_in().await,
                Some(answer) if !is_busy(&answer) => return answer,
                _ => {}
            }
            assert!(Instant::now() < patience, "{method} {path} was never answered:\n{}", self.world.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Orders one piece; `Err` with the shop's refusal.
    pub(crate) async fn try_order(&self, sku: &str, key: &str) -> Result<Placed, Answer> {
        let items = json!([{ "sku_id": sku, "quantity": 1 }]);
        let quote = json!({ "items": items, "address_id": self.address_id });
        let quote = self.send(Method::POST, "/api/v1/quotes", None, Some(&quote)).await.expect(200);
        let body = json!({
            "items": items, "address_id": self.address_id,
            "expected_payable_fen": quote["payable_fen"], "notice_version": quote["notice_version"],
        });
        let answer = self.place(key, &body).await;
        if answer.status != 201 {
            return Err(answer);
        }
        Ok(Placed { order_no: text(&answer.body["order_no"]), key: key.to_owned(), body })
    }

    pub(crate) async fn place(&self, key: &str, body: &Value) -> Answer {
        self.send(Method::POST, "/api/v1/orders", Some(key), Some(body)).await
    }

    pub(crate) async fn order(&self, sku: &str, key: &str) -> Placed {
        self.try_order(sku, key).await.unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    pub(crate) async fn post(&self, order_no: &str, action: &str) -> Answer {
        self.send(Method::POST, &format!("/api/v1/orders/{order_no}/{action}"), None, Some(&json!({}))).await
    }

    pub(crate) async fn read(&self, order_no: &str) -> Value {
        self.send(Method::GET, &format!("/api/v1/orders/{order_no}"), None, None).await.expect(200)
    }

    /// How many orders this buyer has.
    pub(crate) async fn count(&self) -> usize {
        let page = self.send(Method::GET, "/api/v1/orders?limit=100", None, None).await.expect(200);
        page["items"].as_array().unwrap().len()
    }

    /// What the phone does with the parameters; the words of `wx.requestPayment`.
    pub(crate) async fn request_payment(&self, mut params: Value) -> String {
        params["user"] = json!(self.name);
        text(&self.world.wechat_post("wx/request-payment", &params).await["errMsg"])
    }

    /// Reads an order until it is as it should be; time passes meanwhile.
    pub(crate) async fn until(&self, order_no: &str, step_s: u64, done: impl Fn(&Value) -> bool) -> Value {
        let patience = Instant::now() + PATIENCE;
        let mut looks = 0;
        loop {
            let order = self.read(order_no).await;
            if done(&order) {
                return order;
            }
            assert!(Instant::now() < patience, "this order stays so: {order:#}\n{}", self.world.log());
            tokio::time::sleep(PAUSE).await;
            looks += 1;
            // First what happens by itself at once, then what time brings.
            if looks % 20 == 0 {
                self.world.advance_s(step_s).await;
            }
        }
    }
}

/// Overloaded, limited, or WeChat was not reached: to be tried again.
fn is_busy(answer: &Answer) -> bool {
    matches!(answer.status, 429 | 503)
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
