//! What a buyer does, as one call each.

use reqwest::Method;
use serde_json::{Value, json};

use super::TestShop;

/// With the sample number of GB 11643-1999, which is nobody's.
pub(crate) fn sample_identity() -> Value {
    json!({ "name": "王小明", "id_number": "11010519491231002X", "consent_version": "2026-11-01" })
}

/// `field reason` of each fault of a problem.
pub(crate) fn faults(problem: &Value) -> Vec<String> {
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap().to_owned();
    let faults = problem["errors"].as_array().unwrap().iter();
    faults.map(|fault| format!("{} {}", text(fault, "field"), text(fault, "reason"))).collect()
}

/// A buyer with a phone: everything goes over HTTP.
pub(crate) struct Buyer<'a> {
    pub(crate) shop: &'a TestShop,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) address_id: String,
}

/// An answer of the shop.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of a success; says what came instead otherwise.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// A problem with this status and code.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        self.body
    }
}

impl TestShop {
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// Without a login.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "", None, None).await
    }

    /// Without a login.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, "", None, Some(body)).await
    }

    /// The SKU with this code, as the catalogue shows it: id and price.
    pub(crate) async fn sku(&self, product: &str) -> (String, i64) {
        let product = self.get(&format!("/api/v1/products/{product}")).await.expect(200);
        let sku = &product["skus"][0];
        (sku["id"].as_str().unwrap().to_owned(), sku["price_fen"].as_i64().unwrap())
    }
}

impl<'a> Buyer<'a> {
    pub(crate) async fn arrive(shop: &'a TestShop, name: &str) -> Buyer<'a> {
        let mut buyer = Buyer {
            shop,
            name: name.to_owned(),
            token: String::new(),
            refresh_token: String::new(),
            address_id: String::new(),
        };
        buyer.login_again().await;
        buyer.agree_to_privacy().await;
        let address = buyer.post("/api/v1/addresses", &shanghai_address()).await.expect(201);
        address["id"].as_str().unwrap().clone_into(&mut buyer.address_id);
        buyer
    }

    /// Without it no personal data is taken.
    pub(crate) async fn agree_to_privacy(&self) -> Value {
        let privacy = self.shop.get("/api/v1/legal/privacy").await.expect(200);
        let agreed = json!({ "document": "privacy", "version": privacy["version"], "age_confirmed": true });
        self.post("/api/v1/me/consents", &agreed).await.expect(200)
    }

    /// A fresh code of `wx.login`: the proof that it is the buyer who asks.
    pub(crate) fn proof(&self) -> Value {
        json!({ "code": self.shop.wechat.login(&self.name) })
    }

    /// A new session, for stories that are longer than a token lives.
    pub(crate) async fn login_again(&mut self) {
        let code = self.shop.wechat.login(&self.name);
        let login = self.shop.post("/api/v1/auth/login", &json!({ "code": code })).await.expect(200);
        let text = |name: &str| login[name].as_str().unwrap().to_owned();
        (self.token, self.refresh_token) = (text("access_token"), text("refresh_token"));
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.shop.send(Method::GET, path, &self.token, None, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.shop.send(Method::POST, path, &self.token, None, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.shop.send(Method::PUT, path, &self.token, None, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.shop.send(Method::DELETE, path, &self.token, None, None).await
    }

    pub(crate) async fn quote(&self, items: &Value) -> Value {
        self.post("/api/v1/quotes", &json!({ "items": items, "address_id": self.address_id })).await.expect(200)
    }

    /// The body of an order at the price that is quoted now.
    pub(crate) async fn order_body(&self, items: &Value) -> Value {
        let quote = self.quote(items).await;
        json!({
            "items": items,
            "address_id": self.address_id,
            "expected_payable_fen": quote["payable_fen"],
            "notice_version": quote["notice_version"],
        })
    }

    pub(crate) async fn place(&self, key: &str, body: &Value) -> Answer {
        self.shop.send(Method::POST, "/api/v1/orders", &self.token, Some(key), Some(body)).await
    }

    /// Orders pieces of a product's first SKU; gives the order number.
    pub(crate) async fn order(&self, product: &str, quantity: i64) -> String {
        self.order_with_key(product, quantity, &format!("order-{}-{product}-{quantity}", self.name)).await
    }

    pub(crate) async fn order_with_key(&self, product: &str, quantity: i64, key: &str) -> String {
        let (sku, _) = self.shop.sku(product).await;
        let body = self.order_body(&json!([{ "sku_id": sku, "quantity": quantity }])).await;
        let order = self.place(key, &body).await.expect(201);
        order["order_no"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn read_order(&self, order_no: &str) -> Value {
        self.get(&format!("/api/v1/orders/{order_no}")).await.expect(200)
    }

    /// The timeline's words.
    pub(crate) async fn timeline(&self, order_no: &str) -> Vec<String> {
        let order = self.read_order(order_no).await;
        order["timeline"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// The shop's part of paying: parameters for `wx.requestPayment`.
    pub(crate) async fn pay_params(&self, order_no: &str) -> Value {
        self.post(&format!("/api/v1/orders/{order_no}/pay"), &json!({})).await.expect(200)
    }

    /// The phone's part of paying: what `wx.requestPayment` says.
    pub(crate) async fn request_payment(&self, params: &Value) -> String {
        let text = |name: &str| params[name].as_str().unwrap().to_owned();
        let params = mock_wechat::PayParams {
            time_stamp: text("timeStamp"),
            nonce_str: text("nonceStr"),
            package: text("package"),
            sign_type: text("signType"),
            pay_sign: text("paySign"),
        };
        match self.shop.wechat.request_payment(&self.name, &params).await {
            Ok(_) => "ok".to_owned(),
            Err(refused) => refused.to_string(),
        }
    }

    /// Pays at WeChat; no notify is delivered yet.
    pub(crate) async fn pay(&self, order_no: &str) {
        let params = self.pay_params(order_no).await;
        assert_eq!(self.request_payment(&params).await, "ok");
    }

    /// An order whose money comes after it was cancelled: what must not happen at WeChat, and does. No notify is delivered yet.
    pub(crate) async fn pay_too_late(&self, product: &str) -> String {
        let order_no = self.order(product, 1).await;
        self.pay_params(&order_no).await;
        self.cancel(&order_no).await.expect(200);
        self.shop.wechat.pay_direct(&order_no, true).unwrap();
        order_no
    }

    pub(crate) async fn cancel(&self, order_no: &str) -> Answer {
        self.post(&format!("/api/v1/orders/{order_no}/cancel"), &json!({})).await
    }

    pub(crate) async fn sync(&self, order_no: &str) -> Answer {
        self.post(&format!("/api/v1/orders/{order_no}/payment/sync"), &json!({})).await
    }
}

pub(crate) fn shanghai_address() -> Value {
    json!({
        "name": "王小明", "phone": "13800138000",
        "province": "上海市", "city": "上海市", "district": "浦东新区",
        "detail": "世纪大道 100 号 1201 室", "region_code": "310115", "is_default": true,
    })
}
