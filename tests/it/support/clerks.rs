//! The people who run the shop, as tests act them.

use gunpo_mall::domain::staff::Role;
use gunpo_mall::domain::staff::service::{self, FirstPassword};
use gunpo_mall::platform::audit::{Entry, Peer};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Answer, TestShop};

pub(crate) const PASSWORD: &str = "沂蒙路 correct horse";

/// An operator with an authenticator app: everything but the making of the account goes over HTTP.
pub(crate) struct Clerk<'a> {
    pub(crate) shop: &'a TestShop,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) totp_secret: String,
}

/// Makes an account as the console does; gives its one-time password.
pub(crate) async fn hire(shop: &TestShop, name: &str, role: Role) -> String {
    let first = FirstPassword::make().await.unwrap();
    let (row, hash, now) = (name.to_owned(), first.hash(), shop.app.clock.timestamp());
    let by = Entry::new("console:test", "operator.added", Peer::Console);
    shop.app.db.write(move |tx| service::add(tx, &row, role, &hash, &by, now)).await.unwrap();
    first.password.expose_secret().to_owned()
}

pub(crate) async fn login(shop: &TestShop, name: &str, password: &str, totp: Option<&str>) -> Answer {
    let mut body = json!({ "name": name, "password": password });
    if let Some(code) = totp {
        body["totp"] = json!(code);
    }
    shop.post("/admin/v1/auth/login", &body).await
}

pub(crate) fn token(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap().to_owned()
}

impl<'a> Clerk<'a> {
    /// Logs in with the one-time password, and does nothing else.
    pub(crate) async fn newcomer(shop: &'a TestShop, name: &str, role: Role) -> Clerk<'a> {
        let first = hire(shop, name, role).await;
        let login = login(shop, name, &first, None).await.expect(200);
        Clerk { shop, name: name.to_owned(), token: token(&login), totp_secret: String::new() }
            .with_password(&first)
            .await
    }

    /// Chooses [`PASSWORD`].
    pub(crate) async fn with_password(mut self, first: &str) -> Clerk<'a> {
        let body = json!({ "current_password": first, "new_password": PASSWORD });
        self.token = token(&self.post("/admin/v1/auth/password", &body).await.expect(200));
        self
    }

    /// Whose account is set up.
    pub(crate) async fn settled(shop: &'a TestShop, name: &str, role: Role) -> Clerk<'a> {
        let mut clerk = Self::newcomer(shop, name, role).await;
        let enrolment = clerk.post("/admin/v1/auth/totp", &json!({})).await.expect(200);
        clerk.totp_secret = enrolment["secret"].as_str().unwrap().to_owned();
        let code = clerk.fresh_code();
        assert_eq!(clerk.post("/admin/v1/auth/totp/confirm", &json!({ "code": code })).await.status, 204);
        clerk
    }

    /// A code that was never used: half a minute later.
    pub(crate) fn fresh_code(&self) -> String {
        self.shop.advance_s(30);
        self.code()
    }

    /// The code of now.
    pub(crate) fn code(&self) -> String {
        let secret = totp_rs::Secret::try_from_base32(&self.totp_secret).unwrap();
        let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
        totp.generate(u64::try_from(self.shop.app.clock.now().timestamp()).unwrap()).to_string()
    }

    pub(crate) async fn login_again(&mut self) {
        let code = self.fresh_code();
        self.token = token(&login(self.shop, &self.name, PASSWORD, Some(&code)).await.expect(200));
    }

    pub(crate) async fn step_up(&self) {
        let code = self.fresh_code();
        assert_eq!(self.post("/admin/v1/auth/step-up", &json!({ "totp": code })).await.status, 204);
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.shop.send(Method::GET, path, &self.token, None, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.shop.send(Method::POST, path, &self.token, None, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.shop.send(Method::PATCH, path, &self.token, None, Some(body)).await
    }

    /// Every action in the audit log about an object, newest first.
    pub(crate) async fn audited(&self, object_id: &str) -> Vec<Value> {
        let page = self.get(&format!("/admin/v1/audit?object_id={object_id}&limit=100")).await.expect(200);
        page["items"].as_array().unwrap().clone()
    }
}
