//! The examples of the API document are what the shop answers: a buyer and two operators ask for everything once, and what they send and get is compared
//! with `docs/examples.json`. Ids, times and secrets are replaced, for they differ from run to run. When the shop answers otherwise, look at the
//! difference, then copy the file that the test names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gunpo_mall::domain::cases::{self, CaseKind, NewCase};
use gunpo_mall::domain::staff::Role;
use gunpo_mall::http::openapi;
use mock_wechat::{Fault, FaultKind, Route};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::operators::{Clerk, PASSWORD, hire};
use crate::support::{Answer, Backend, Buyer, TestShop, sample_identity, shanghai_address};

const PRODUCT: &str = "red-ginseng-stick";

/// Texts that differ from run to run, by the name of their member, as the document shows them.
const STEADY: [(&str, &str); 22] = [
    ("address_id", "8k3v9x0q7m2tznpa"),
    ("payer_openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
    ("prepay_id", "wx201410272009395522657a690389285100"),
    ("wechat_openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
    ("access_token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.3hS9mK0cXb7Qw2vT5yLr8nPz1aGd4fJe6uHi0oKs2cE"),
    ("device_token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIyIn0.7bN4kQ1wZ8xV5cM2lJ9hG6fD3sA0pOiU7yT4rE1wQ8z"),
    ("id", "8k3v9x0q7m2tznpa"),
    ("nonceStr", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
    ("one_time_password", "k3v9x-0a7b2-c5d8e-fghjk"),
    ("package", "prepay_id=wx201410272009395522657a690389285100"),
    ("password", "correct horse battery staple"),
    ("current_password", "correct horse battery staple"),
    ("new_password", "a longer one that nobody guesses"),
    ("paySign", "oR9d8PuhnIc+YZ8cBHFCwfgpaK9gd7vaRvkYD7rthRAZ/X+QBhcCYL21N7cHCTUx"),
    ("public_id", "8k3v9x0q7m2tznpa"),
    ("refresh_token", "3mk9x0q7v2tznpa8.1.Q2hhbmdlIG1lIG9uY2UgYW4gaG91cg"),
    ("request_id", "01998c5f0a7e4d21"),
    ("secret", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    ("timeStamp", "1796090400"),
    ("trace_id", "01998c5f0a7e4d21"),
    // WeChat puts the day into it.
    ("transaction_id", "4200020261201612894247635514"),
    ("otpauth_uri", "otpauth://totp/Gunpo%20Mall:kim?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Gunpo%20Mall"),
];
const ORDER_NO: &str = "20261201k3v9x0q7m2tznp";
const TIME: &str = "2026-12-01T10:00:00.000+08:00";

/// What was asked and answered, by operation.
struct Recorder<'a> {
    shop: &'a TestShop,
    recorded: BTreeMap<String, Value>,
}

impl Recorder<'_> {
    /// `operation` as in the document, `path` as it is asked for.
    async fn ask(&mut self, operation: &str, path: &str, login: &str, body: Option<Value>) -> Answer {
        let (method, _) = operation.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let key = (operation == "POST /api/v1/orders").then_some("0b9f42cc-5a01-4c1f-9a0e-2f3d");
        let answer = self.shop.send(method, path, login, key, body.as_ref()).await;
        let example = self.recorded.entry(operation.to_owned()).or_insert_with(|| json!({ "answers": {} }));
        if let Some(body) = body.filter(|_| answer.status < 300) {
            example["request"] = steady_request(body);
        }
        let is_json = answer.headers.get("content-type").is_some_and(|kind| kind.to_str().unwrap().contains("json"));
        if is_json {
            example["answers"][answer.status.to_string()] = steady(answer.body.clone());
        }
        answer
    }
}

fn steady(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().map(|(name, value)| steady_member(name, value)).collect(),
        // One or two tell what a list of things is like.
        Value::Array(items) if items.iter().all(Value::is_object) => items.into_iter().take(2).map(steady).collect(),
        Value::Array(items) => items.into_iter().map(steady).collect(),
        Value::String(text) if is_time(&text) => json!(TIME),
        Value::String(text) if is_order_no(&text) => json!(ORDER_NO),
        other => other,
    }
}

fn steady_member(name: String, value: Value) -> (String, Value) {
    match STEADY.iter().find(|(of, _)| *of == name) {
        Some((_, text)) if value.is_string() => (name, json!(text)),
        _ => (name, steady(value)),
    }
}

/// WeChat's codes and those of an authenticator app are sent, never answered: there `code` is another thing.
fn steady_request(mut body: Value) -> Value {
    for (name, text) in [("code", "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"), ("totp", "123456")] {
        if let Some(sent) = body.get_mut(name) {
            let is_digits = sent.as_str().is_some_and(|code| code.len() == 6);
            *sent = json!(if is_digits { "123456" } else { text });
        }
    }
    steady(body)
}

fn is_order_no(text: &str) -> bool {
    text.len() == 22
        && text.bytes().take(8).all(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T' && text.ends_with("+08:00")
}

async fn catalogue(recorder: &mut Recorder<'_>) {
    for (operation, path) in [
        ("GET /api/v1/categories", "/api/v1/categories"),
        ("GET /api/v1/vendors", "/api/v1/vendors"),
        ("GET /api/v1/vendors/{slug}", "/api/v1/vendors/hongsaemtteul"),
        ("GET /api/v1/products", "/api/v1/products?limit=2"),
        ("GET /api/v1/products", "/api/v1/products?sort=cheapest"),
        ("GET /api/v1/products/{product}", "/api/v1/products/red-ginseng-stick"),
        ("GET /api/v1/products/{product}", "/api/v1/products/nothing-of-that-name"),
        ("GET /api/v1/search/suggest", "/api/v1/search/suggest?q=红"),
        ("GET /api/v1/legal/{document}", "/api/v1/legal/privacy"),
        ("GET /healthz/live", "/healthz/live"),
        ("GET /healthz/ready", "/healthz/ready"),
    ] {
        recorder.ask(operation, path, "", None).await;
    }
}

async fn account(recorder: &mut Recorder<'_>, alice: &Buyer<'_>) {
    let login = json!({ "code": recorder.shop.wechat.login("alice") });
    let tokens = recorder.ask("POST /api/v1/auth/login", "/api/v1/auth/login", "", Some(login.clone())).await.body;
    recorder.ask("POST /api/v1/auth/login", "/api/v1/auth/login", "", Some(login)).await;
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    recorder.ask("POST /api/v1/auth/refresh", "/api/v1/auth/refresh", "", Some(refresh)).await;
    let token = alice.token.as_str();
    let privacy = json!({ "document": "privacy", "version": "2026-11-01", "age_confirmed": true });
    recorder.ask("POST /api/v1/me/consents", "/api/v1/me/consents", token, Some(privacy)).await;
    let wrong = json!({ "name": "", "phone": "12345", "province": "山东省", "city": "青岛市", "district": "兰山区",
        "detail": "金雀山路1号", "region_code": "371302" });
    recorder.ask("POST /api/v1/addresses", "/api/v1/addresses", token, Some(wrong)).await;
    let address =
        recorder.ask("POST /api/v1/addresses", "/api/v1/addresses", token, Some(shanghai_address())).await.body;
    recorder.ask("GET /api/v1/addresses", "/api/v1/addresses", token, None).await;
    let path = format!("/api/v1/addresses/{}", address["id"].as_str().unwrap());
    recorder.ask("PUT /api/v1/addresses/{id}", &path, token, Some(shanghai_address())).await;
    recorder.ask("DELETE /api/v1/addresses/{id}", &path, token, None).await;
    recorder.ask("PUT /api/v1/identity", "/api/v1/identity", token, Some(sample_identity())).await;
    recorder.ask("GET /api/v1/identity", "/api/v1/identity", token, None).await;
    let nickname = json!({ "nickname": "小明", "language": "zh" });
    recorder.ask("PATCH /api/v1/me", "/api/v1/me", token, Some(nickname.clone())).await;
    recorder.ask("PUT /api/v1/me", "/api/v1/me", token, Some(nickname)).await;
    let phone = json!({ "code": recorder.shop.wechat.phone("alice") });
    recorder.ask("POST /api/v1/me/phone", "/api/v1/me/phone", token, Some(phone)).await;
    recorder.ask("GET /api/v1/me", "/api/v1/me", token, None).await;
    recorder.ask("GET /api/v1/me", "/api/v1/me", "", None).await;
    recorder.ask("GET /api/v1/me/sessions", "/api/v1/me/sessions", token, None).await;
}

async fn purchase(recorder: &mut Recorder<'_>, alice: &Buyer<'_>) -> String {
    let token = alice.token.as_str();
    let (sku, _) = recorder.shop.sku(PRODUCT).await;
    let path = format!("/api/v1/cart/items/{sku}");
    recorder.ask("PUT /api/v1/cart/items/{sku_id}", &path, token, Some(json!({ "quantity": 2 }))).await;
    recorder.ask("PUT /api/v1/cart/items/{sku_id}", &path, token, Some(json!({ "quantity": 1000 }))).await;
    recorder.ask("GET /api/v1/cart", "/api/v1/cart", token, None).await;
    recorder.ask("DELETE /api/v1/cart/items/{sku_id}", &path, token, None).await;
    let items = json!([{ "sku_id": sku, "quantity": 1 }]);
    let quote = json!({ "items": items, "address_id": alice.address_id });
    recorder.ask("POST /api/v1/quotes", "/api/v1/quotes", token, Some(quote)).await;
    let order = alice.order_body(&items).await;
    let mut cheaper = order.clone();
    cheaper["expected_payable_fen"] = json!(1);
    recorder.ask("POST /api/v1/orders", "/api/v1/orders", token, Some(cheaper)).await;
    let order = recorder.ask("POST /api/v1/orders", "/api/v1/orders", token, Some(order)).await.expect(201);
    let order_no = order["order_no"].as_str().unwrap().to_owned();
    let path = |what: &str| format!("/api/v1/orders/{order_no}{what}");
    let params = recorder.ask("POST /api/v1/orders/{order_no}/pay", &path("/pay"), token, None).await.expect(200);
    assert_eq!(alice.request_payment(&params).await, "ok");
    recorder.ask("POST /api/v1/orders/{order_no}/payment/sync", &path("/payment/sync"), token, None).await;
    recorder.ask("GET /api/v1/orders/{order_no}", &path(""), token, None).await;
    recorder.ask("GET /api/v1/orders", "/api/v1/orders?limit=2", token, None).await;
    recorder.ask("POST /api/v1/orders/{order_no}/pay", &path("/pay"), token, None).await;
    let unpaid = alice.order(PRODUCT, 1).await;
    let cancel = format!("/api/v1/orders/{unpaid}/cancel");
    recorder.ask("POST /api/v1/orders/{order_no}/cancel", &cancel, token, None).await;
    let doubtful = alice.order_with_key(PRODUCT, 1, "another-order-of-alice").await;
    alice.pay_params(&doubtful).await;
    recorder.shop.wechat.add_fault(Fault::new(Route::Close, FaultKind::CutBeforeEffect).times(0));
    let cancel = format!("/api/v1/orders/{doubtful}/cancel");
    recorder.ask("POST /api/v1/orders/{order_no}/cancel", &cancel, token, None).await.expect(202);
    recorder.shop.wechat.clear_faults();
    order_no
}

async fn rights(recorder: &mut Recorder<'_>, alice: &Buyer<'_>) {
    let token = alice.token.as_str();
    recorder.ask("POST /api/v1/me/export", "/api/v1/me/export", token, Some(alice.proof())).await.expect(200);
    recorder.ask("POST /api/v1/me/close", "/api/v1/me/close", token, Some(alice.proof())).await;
    recorder.ask("POST /api/v1/me/keep", "/api/v1/me/keep", token, None).await;
}

async fn operators(recorder: &mut Recorder<'_>, order_no: &str) {
    let shop = recorder.shop;
    let first = hire(shop, "lee", Role::Service).await;
    let login = json!({ "name": "lee", "password": first });
    let lee = recorder.ask("POST /admin/v1/auth/login", "/admin/v1/auth/login", "", Some(login)).await.expect(200);
    let token = lee["access_token"].as_str().unwrap();
    let change = json!({ "current_password": first, "new_password": PASSWORD });
    let lee =
        recorder.ask("POST /admin/v1/auth/password", "/admin/v1/auth/password", token, Some(change)).await.expect(200);
    let token = lee["access_token"].as_str().unwrap();
    let enrolment = recorder.ask("POST /admin/v1/auth/totp", "/admin/v1/auth/totp", token, None).await.expect(200);
    let totp_secret = enrolment["secret"].as_str().unwrap().to_owned();
    let clerk = Clerk { shop, name: "lee".into(), token: token.to_owned(), totp_secret };
    let code = json!({ "code": clerk.fresh_code() });
    recorder.ask("POST /admin/v1/auth/totp/confirm", "/admin/v1/auth/totp/confirm", token, Some(code)).await;

    let kim = Clerk::settled(shop, "kim", Role::Manager).await;
    let case = NewCase::once(CaseKind::RefundFailed, "20261201k3v9x0a7b2c5d8-1", json!({ "status": "ABNORMAL" }));
    let (now, metrics) = (shop.app.clock.timestamp(), shop.app.metrics.clone());
    shop.app.db.write(move |tx| cases::open(tx, &metrics, &case, now)).await.unwrap();
    let token = kim.token.as_str();
    let add = json!({ "name": "park", "role": "picker" });
    recorder.ask("POST /admin/v1/operators", "/admin/v1/operators", token, Some(add.clone())).await.expect(403);
    let code = json!({ "totp": kim.fresh_code() });
    recorder.ask("POST /admin/v1/auth/step-up", "/admin/v1/auth/step-up", token, Some(code)).await;
    recorder.ask("POST /admin/v1/operators", "/admin/v1/operators", token, Some(add)).await;
    let change = json!({ "role": "service", "reason": "helps customer service from today" });
    recorder.ask("PATCH /admin/v1/operators/{name}", "/admin/v1/operators/park", token, Some(change)).await;
    let reset = json!({ "reason": "lost the phone" });
    recorder.ask("POST /admin/v1/operators/{name}/reset", "/admin/v1/operators/park/reset", token, Some(reset)).await;
    let reveal = (format!("/admin/v1/orders/{order_no}/reveal"), json!({ "reason": "buyer asks where the parcel is" }));
    recorder.ask("POST /admin/v1/orders/{order_no}/reveal", &reveal.0, token, Some(reveal.1)).await;
    for (operation, path) in [
        ("GET /admin/v1/auth/sessions", "/admin/v1/auth/sessions"),
        ("GET /admin/v1/me", "/admin/v1/me"),
        ("GET /admin/v1/operators", "/admin/v1/operators"),
        ("GET /admin/v1/orders", "/admin/v1/orders?state=paid&limit=2"),
        ("GET /admin/v1/orders/{order_no}", &format!("/admin/v1/orders/{order_no}")),
        ("GET /admin/v1/audit", "/admin/v1/audit?limit=2"),
        ("GET /admin/v1/today", "/admin/v1/today"),
        ("GET /admin/v1/cases", "/admin/v1/cases"),
        ("GET /admin/v1/cases/{case_id}", "/admin/v1/cases/1"),
        ("POST /admin/v1/cases/{case_id}/take", "/admin/v1/cases/1/take"),
        ("GET /admin/v1/jobs", "/admin/v1/jobs"),
        ("POST /admin/v1/jobs/{job_id}/retry", "/admin/v1/jobs/1/retry"),
    ] {
        recorder.ask(operation, path, token, None).await;
    }
    let close = json!({ "decision": "dealt_with", "note": "refunded 12.00 in the merchant platform, buyer agrees" });
    recorder.ask("POST /admin/v1/cases/{case_id}/close", "/admin/v1/cases/1/close", token, Some(close)).await;
}

async fn recorded() -> Value {
    let shop = TestShop::start(Backend::Sqlite, &[]).await;
    let mut recorder = Recorder { shop: &shop, recorded: BTreeMap::new() };
    let alice = shop.buyer("alice").await;
    catalogue(&mut recorder).await;
    account(&mut recorder, &alice).await;
    let order_no = purchase(&mut recorder, &alice).await;
    operators(&mut recorder, &order_no).await;
    rights(&mut recorder, &alice).await;
    let recorded = json!(recorder.recorded);
    drop(alice);
    shop.end().await;
    recorded
}

#[actix_web::test]
async fn the_examples_of_the_document_are_what_the_shop_answers() {
    let mut text = serde_json::to_string_pretty(&recorded().await).unwrap();
    text.push('\n');
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples.json");
    let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples.json");
    fs::write(&seen, &text).unwrap();
    assert!(fs::read_to_string(&kept).unwrap() == text, "diff {} {}, then cp", kept.display(), seen.display());
}

/// A body in JSON, with what the document says of it.
struct Body<'a> {
    of: String,
    is_success: bool,
    said: &'a Value,
}

/// Bodies of an operation: what is sent, and what is answered by it itself.
fn bodies<'a>(name: &str, operation: &'a Value) -> Vec<Body<'a>> {
    let request = &operation["requestBody"]["content"]["application/json"];
    let mut bodies = vec![Body { of: format!("{name} request"), is_success: true, said: request }];
    for (status, answer) in operation["responses"].as_object().unwrap() {
        for said in answer["content"].as_object().into_iter().flat_map(Map::values) {
            bodies.push(Body { of: format!("{name} {status}"), is_success: status.starts_with('2'), said });
        }
    }
    bodies.retain(|body| body.said.is_object());
    bodies
}

#[test]
fn every_operation_has_an_example_and_every_example_is_what_its_schema_says() {
    let document: Value = serde_json::from_str(&openapi::document()).unwrap();
    let mut faults = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // WeChat's calls are in its own form, and mostly encrypted.
        let is_ours = !path.starts_with("/wechat/");
        for (method, operation) in methods.as_object().unwrap() {
            for body in bodies(&format!("{} {path}", method.to_uppercase()), operation) {
                let Some(example) = body.said.get("example") else {
                    faults.extend((is_ours && body.is_success).then(|| format!("{} has no example", body.of)));
                    continue;
                };
                let mut schema = body.said["schema"].clone();
                schema["components"] = document["components"].clone();
                let validator = jsonschema::draft202012::new(&schema).unwrap();
                let wrong = validator.iter_errors(example);
                faults.extend(wrong.map(|error| format!("{}: {error} at {}", body.of, error.instance_path())));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
