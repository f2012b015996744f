//! Buyers who place an order and cancel it, over and over.

use std::io;

use serde_json::{Value, json};

use crate::shop::Shop;
use crate::wire::{Answer, Wire};

const PRODUCT: &str = "red-ginseng-stick";

pub(crate) struct Buyer {
    pub(crate) wire: Wire,
    name: String,
    token: String,
    order: String,
    placed: u64,
    unpaid: Option<String>,
}

impl Buyer {
    pub(crate) async fn arrive(shop: &Shop, name: &str) -> Self {
        let wire = Wire::connect(shop.address).await.unwrap();
        let mut buyer =
            Self { wire, name: name.to_owned(), token: String::new(), order: String::new(), placed: 0, unpaid: None };
        let login = json!({ "code": shop.wechat.login(name) });
        buyer.token = text(&buyer.post("/api/v1/auth/login", "", &login).await.unwrap().json()["access_token"]);
        let privacy = json!({ "document": "privacy", "version": "2026-11-01", "age_confirmed": true });
        assert_eq!(buyer.post("/api/v1/me/consents", "", &privacy).await.unwrap().status, 200);
        let address = json!({ "name": "王小明", "phone": "13800138000", "province": "上海市", "city": "上海市",
            "district": "浦东新区", "detail": "世纪大道 100 号", "region_code": "310115", "is_default": true });
        let address = buyer.post("/api/v1/addresses", "", &address).await.unwrap().json();
        let identity = json!({ "name": "王小明", "id_number": "11010519491231002X", "consent_version": "2026-11-01" });
        let put = buyer.request("/api/v1/identity", "", &identity.to_string());
        let put = String::from_utf8(put).unwrap().replacen("POST", "PUT", 1);
        assert_eq!(buyer.wire.send_again(put.as_bytes()).await.unwrap().status, 200);
        let product = buyer.wire.get(&format!("/api/v1/products/{PRODUCT}")).await.unwrap().json();
        let items = json!([{ "sku_id": product["skus"][0]["id"], "quantity": 1 }]);
        let quote = json!({ "items": items, "address_id": address["id"] });
        let quote = buyer.post("/api/v1/quotes", "", &quote).await.unwrap().json();
        buyer.order = json!({ "items": items, "address_id": address["id"],
            "expected_payable_fen": quote["payable_fen"], "notice_version": quote["notice_version"] })
        .to_string();
        buyer
    }

    /// So many, one after the other: `name0`, `name1`, ...
    pub(crate) async fn several(shop: &Shop, name: &str, count: usize) -> Vec<Self> {
        let mut buyers = Vec::new();
        for n in 0..count {
            buyers.push(Self::arrive(shop, &format!("{name}{n}")).await);
        }
        buyers
    }

    fn request(&self, path: &str, more: &str, body: &str) -> Vec<u8> {
        let token =
            if self.token.is_empty() { String::new() } else { format!("Authorization: Bearer {}\r\n", self.token) };
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nHost: shop\r\n{token}{more}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    async fn post(&mut self, path: &str, more: &str, body: &Value) -> io::Result<Answer> {
        let request = self.request(path, more, &body.to_string());
        self.wire.send_again(&request).await
    }

    /// An order that waits for its money, and the number of it.
    pub(crate) async fn place(&mut self) -> String {
        let status = self.step().await.unwrap();
        assert_eq!(status, 201);
        self.unpaid.take().unwrap()
    }

    /// Places an order, or cancels the one that was placed; the status. What was refused is tried again by the next step.
    pub(crate) async fn step(&mut self) -> io::Result<u16> {
        match &self.unpaid {
            None => {
                let key = format!("Idempotency-Key: order-of-{}-{}\r\n", self.name, self.placed);
                let request = self.request("/api/v1/orders", &key, &self.order);
                let answer = self.wire.send_again(&request).await?;
                if answer.status == 201 {
                    self.placed += 1;
                    self.unpaid = Some(text(&answer.json()["order_no"]));
                }
                Ok(answer.status)
            }
            Some(order_no) => {
                let request = self.request(&format!("/api/v1/orders/{order_no}/cancel"), "", "{}");
                let answer = self.wire.send_again(&request).await?;
                if answer.status == 200 {
                    self.unpaid = None;
                }
                Ok(answer.status)
            }
        }
    }

    /// To the shop that was started again.
    pub(crate) async fn come_back(&mut self, shop: &Shop) {
        self.wire = Wire::connect(shop.address).await.unwrap();
    }

    /// One piece into the cart; the status.
    pub(crate) async fn fill_cart(&mut self) -> io::Result<u16> {
        let sku = self.order.split("\"sku_id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let put = self.request(&format!("/api/v1/cart/items/{sku}"), "", "{\"quantity\":1}");
        let put = String::from_utf8(put).unwrap().replacen("POST", "PUT", 1);
        Ok(self.wire.send_again(put.as_bytes()).await?.status)
    }

    /// An order that was paid at WeChat, for notifies.
    pub(crate) async fn pay_one(&mut self, shop: &Shop) -> String {
        let order_no = self.place().await;
        let answer = self.post(&format!("/api/v1/orders/{order_no}/pay"), "", &json!({})).await.unwrap();
        assert_eq!(answer.status, 200);
        self.pay_at_wechat(shop, &answer).await;
        shop.wechat.deliver_due().await;
        order_no
    }

    /// Places an order, unless one waits for its money, and pays it: `paid`, or status and code of what kept the buyer from it.
    pub(crate) async fn pay_or_try_again(&mut self, shop: &Shop) -> String {
        let order_no = match self.unpaid.take() {
            Some(order_no) => order_no,
            None => self.place().await,
        };
        let answer = self.post(&format!("/api/v1/orders/{order_no}/pay"), "", &json!({})).await.unwrap();
        if answer.status == 200 {
            self.pay_at_wechat(shop, &answer).await;
            return "paid".to_owned();
        }
        self.unpaid = Some(order_no);
        format!("{} {}", answer.status, text(&answer.json()["code"]))
    }

    async fn pay_at_wechat(&self, shop: &Shop, answer: &Answer) {
        let said = answer.json();
        let params = mock_wechat::PayParams {
            time_stamp: text(&said["timeStamp"]),
            nonce_str: text(&said["nonceStr"]),
            package: text(&said["package"]),
            sign_type: text(&said["signType"]),
            pay_sign: text(&said["paySign"]),
        };
        assert!(shop.wechat.request_payment(&self.name, &params).await.is_ok());
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
