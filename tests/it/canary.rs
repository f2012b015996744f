//! Marked values go through every flow of a server that is a process of its own and logs all it can. Then they are looked for: in what it
//! wrote to its log, in every answer that is not meant to hold them, and in every column of every table.

mod database;
mod server;

use std::io::Write as _;

use mock_wechat::{Fault, FaultKind, Route};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::shop::{MESSAGE_AES_KEY, MESSAGE_TOKEN};
use server::Server;

// Each of these is in nothing else: finding it is finding a leak.
const ID_NUMBER: &str = "110105197304199173";
const PHONE: &str = "13987650321";
const NAME: &str = "司空靖瑶";
const STREET: &str = "金丝雀胡同 7788 号 9 单元";
const NICKNAME: &str = "隐雀小筑";
const NEW_PASSWORD: &str = "canary-password-of-an-operator";
const REMARK: &str = "敲三下门铃再敲两下";
const PRODUCT: &str = "red-ginseng-stick";

/// What its owner is shown of an address.
const OWN: &[&str] = &["name", "street"];
/// And of an order.
const OWN_ORDER: &[&str] = &["name", "street", "remark"];
const NOTHING: &[&str] = &[];

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;
const PATCH: Method = Method::PATCH;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text but {value}")).to_owned()
}

fn address() -> Value {
    json!({ "name": NAME, "phone": PHONE, "province": "上海市", "city": "上海市", "district": "浦东新区",
        "detail": STREET, "region_code": "310115", "is_default": true })
}

fn identity() -> Value {
    json!({ "name": NAME, "id_number": ID_NUMBER, "consent_version": "2026-11-01" })
}

/// Logs in; both tokens are marked from then on.
async fn login(server: &mut Server, user: &str) -> (String, String) {
    let code = server.wechat.login(user);
    server.watch("login code", code.clone());
    let (status, login) = server
        .send(POST, "/api/v1/auth/login", "", Some(&json!({ "code": code })), &["access token", "refresh token"])
        .await;
    assert_eq!(status, 200, "{login}");
    mark_tokens(server, &login)
}

fn mark_tokens(server: &mut Server, login: &Value) -> (String, String) {
    let (access, refresh) = (text(&login["access_token"]), text(&login["refresh_token"]));
    server.watch("access token", access.clone());
    server.watch("refresh token", refresh.clone());
    (access, refresh)
}

/// What a buyer leaves of a person, and how it is shown.
async fn leave_personal_data(server: &mut Server, token: &str) -> String {
    let privacy = json!({ "document": "privacy", "version": "2026-11-01", "age_confirmed": true });
    assert_eq!(server.send(POST, "/api/v1/me/consents", token, Some(&privacy), NOTHING).await.0, 200);
    let (status, stored) = server.send(POST, "/api/v1/addresses", token, Some(&address()), OWN).await;
    assert_eq!(status, 201, "{stored}");
    let id = text(&stored["id"]);
    assert_eq!(server.send(PUT, &format!("/api/v1/addresses/{id}"), token, Some(&address()), OWN).await.0, 200);
    assert_eq!(server.send(PUT, "/api/v1/identity", token, Some(&identity()), NOTHING).await.0, 200);
    assert_eq!(server.send(GET, "/api/v1/identity", token, None, NOTHING).await.0, 200);
    assert_eq!(server.send(GET, "/api/v1/addresses", token, None, OWN).await.0, 200);
    assert_eq!(
        server.send(PATCH, "/api/v1/me", token, Some(&json!({ "nickname": NICKNAME })), &["nickname"]).await.0,
        200
    );
    assert_eq!(server.send(GET, "/api/v1/me", token, None, &["nickname"]).await.0, 200);
    id
}

/// Marked values where they do not belong: no refusal may quote them.
async fn stumble(server: &mut Server, token: &str, refresh_token: &str) {
    for (method, path, body) in [
        (
            PUT,
            "/api/v1/identity".to_owned(),
            json!({ "name": NAME, "id_number": format!("{ID_NUMBER}0"), "consent_version": "1" }),
        ),
        (PUT, "/api/v1/identity".to_owned(), json!({ "name": ID_NUMBER, "id_number": PHONE, "consent_version": NAME })),
        (PUT, "/api/v1/identity".to_owned(), json!({ ID_NUMBER: NAME })),
        (PUT, "/api/v1/identity".to_owned(), json!([ID_NUMBER, PHONE, STREET])),
        (POST, "/api/v1/addresses".to_owned(), json!({ "name": NAME, "phone": ID_NUMBER, "province": STREET })),
        (POST, "/api/v1/addresses".to_owned(), json!({ "region_code": PHONE, "is_default": NAME })),
        (POST, "/api/v1/orders".to_owned(), json!({ "items": PHONE, "remark": ID_NUMBER })),
        (
            POST,
            "/api/v1/quotes".to_owned(),
            json!({ "items": [{ "sku_id": ID_NUMBER, "quantity": PHONE }], "address_id": NAME }),
        ),
        (POST, "/api/v1/auth/refresh".to_owned(), json!({ "refresh_token": format!("{refresh_token}x") })),
        (POST, "/api/v1/auth/login".to_owned(), json!({ "code": ID_NUMBER })),
        (POST, "/api/v1/auth/login".to_owned(), json!({ "code": NAME, "scene": PHONE })),
        (
            POST,
            "/admin/v1/auth/login".to_owned(),
            json!({ "name": PHONE, "password": NEW_PASSWORD, "totp": ID_NUMBER }),
        ),
        (POST, "/wechat/pay/notify".to_owned(), json!({ "id": ID_NUMBER, "resource": { "ciphertext": PHONE } })),
        (GET, format!("/api/v1/orders/{ID_NUMBER}"), Value::Null),
        (GET, format!("/api/v1/orders?state={PHONE}&cursor={ID_NUMBER}&{NAME}=1"), Value::Null),
        (GET, format!("/api/v1/products?q={ID_NUMBER}"), Value::Null),
        (GET, format!("/api/v1/products/{NAME}"), Value::Null),
        (GET, format!("/api/v1/cart/{PHONE}?access_token={token}"), Value::Null),
        (DELETE, format!("/api/v1/addresses/{STREET}"), Value::Null),
        (POST, format!("/{ID_NUMBER}/{NAME}"), json!(PHONE)),
    ] {
        let body = Some(body).filter(|body| !body.is_null());
        let (status, answer) = server.send(method.clone(), &path, token, body.as_ref(), NOTHING).await;
        assert!((200..500).contains(&status), "{method} {path}: {status} {answer}");
    }
    // A token that is nearly good.
    server.send(GET, "/api/v1/cart", &token[..token.len() - 2], None, NOTHING).await;
    server.send(GET, "/api/v1/cart", refresh_token, None, NOTHING).await;
    server.send(GET, "/admin/v1/me", token, None, NOTHING).await;
}

/// An order and its path.
async fn place(server: &mut Server, token: &str, address_id: &str) -> (String, String) {
    let (_, product) = server.send(GET, &format!("/api/v1/products/{PRODUCT}"), "", None, NOTHING).await;
    let items = json!([{ "sku_id": product["skus"][0]["id"], "quantity": 1 }]);
    assert_eq!(
        server
            .send(
                PUT,
                &format!("/api/v1/cart/items/{}", text(&items[0]["sku_id"])),
                token,
                Some(&json!({ "quantity": 1 })),
                NOTHING
            )
            .await
            .0,
        200
    );
    let asked = json!({ "items": items, "address_id": address_id });
    let (status, quote) = server.send(POST, "/api/v1/quotes", token, Some(&asked), NOTHING).await;
    assert_eq!(status, 200, "{quote}");
    let body = json!({ "items": items, "address_id": address_id, "expected_payable_fen": quote["payable_fen"],
        "notice_version": quote["notice_version"], "remark": REMARK });
    let (status, order) = server.send(POST, "/api/v1/orders", token, Some(&body), OWN_ORDER).await;
    assert_eq!(status, 201, "{order}");
    let order_no = text(&order["order_no"]);
    let path = format!("/api/v1/orders/{order_no}");
    (order_no, path)
}

/// An order from quote to paid, with every call to WeChat failing first.
async fn buy(server: &mut Server, user: &str, token: &str, address_id: &str) -> String {
    let (order_no, order_path) = place(server, token, address_id).await;
    for kind in [FaultKind::CutBeforeEffect, FaultKind::BadSignature, FaultKind::StaleTimestamp] {
        server.wechat.add_fault(Fault::new(Route::Prepay, kind));
        let (status, _) = server.send(POST, &format!("{order_path}/pay"), token, None, NOTHING).await;
        assert!([200, 409, 502, 503].contains(&status), "{status}");
    }
    server.wechat.clear_faults();
    let params = loop {
        let (status, params) = server.send(POST, &format!("{order_path}/pay"), token, None, NOTHING).await;
        if status == 200 {
            break params;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    };
    let of = |name: &str| text(&params[name]);
    let params = mock_wechat::PayParams {
        time_stamp: of("timeStamp"),
        nonce_str: of("nonceStr"),
        package: of("package"),
        sign_type: of("signType"),
        pay_sign: of("paySign"),
    };
    assert!(server.wechat.request_payment(user, &params).await.is_ok());
    server.wechat.add_fault(Fault::new(Route::Query, FaultKind::BadSignature));
    server.send(POST, &format!("{order_path}/payment/sync"), token, None, OWN_ORDER).await;
    server.wechat.deliver_due().await;
    let (_, order) = server.send(GET, &order_path, token, None, OWN_ORDER).await;
    assert_eq!(order["state"], "paid", "{order}");
    assert_eq!(server.send(POST, &format!("{order_path}/cancel"), token, None, NOTHING).await.0, 409);
    assert_eq!(server.send(GET, "/api/v1/orders", token, None, OWN_ORDER).await.0, 200);
    order_no
}

/// WeChat gives a phone for a code, and is asked in vain first.
async fn bind_phone(server: &mut Server, token: &str) {
    for kind in [
        FaultKind::CutBeforeEffect,
        FaultKind::Status { status: 500, code: None, message: None, body: None, signed: false, effect: false },
    ] {
        server.wechat.add_fault(Fault::new(Route::PhoneNumber, kind));
        let code = server.wechat.phone("alice");
        server.watch("code of the phone", code.clone());
        let (status, answer) =
            server.send(POST, "/api/v1/me/phone", token, Some(&json!({ "code": code })), NOTHING).await;
        assert!([502, 503].contains(&status), "{status} {answer}");
    }
    server.wechat.clear_faults();
    let code = server.wechat.phone("alice");
    let (status, me) =
        server.send(POST, "/api/v1/me/phone", token, Some(&json!({ "code": code })), &["nickname"]).await;
    assert_eq!(status, 200, "{me}");
    for phone in server.given_out("phone") {
        server.watch("phone of WeChat", phone);
    }
}

/// Money for a cancelled order goes back; the first try at it is cut off.
async fn be_refunded(server: &mut Server, token: &str, address_id: &str) {
    let (order_no, _) = place(server, token, address_id).await;
    let path = format!("/api/v1/orders/{order_no}");
    assert_eq!(server.send(POST, &format!("{path}/pay"), token, None, NOTHING).await.0, 200);
    assert_eq!(server.send(POST, &format!("{path}/cancel"), token, None, OWN_ORDER).await.0, 200);
    server.wechat.add_fault(Fault::new(Route::Refund, FaultKind::CutAfterEffect));
    server.wechat.pay_direct(&order_no, true).unwrap();
    server.wechat.deliver_due().await;
    for _ in 0..100 {
        let (_, order) = server.send(GET, &path, token, None, OWN_ORDER).await;
        if order.to_string().contains("refund_requested") && !server.wechat.ledger().refunds.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no refund is asked for:\n{}", server.log());
}

/// WeChat says that a user took the phone back; a forged word says so, too.
async fn be_told_by_wechat(server: &mut Server) {
    let settings = mock_wechat::Settings {
        message_url: server.url("/wechat/message"),
        message_token: MESSAGE_TOKEN.to_owned(),
        message_aes_key: MESSAGE_AES_KEY.to_owned(),
        ..server.wechat.settings()
    };
    server.wechat.set_settings(settings).unwrap();
    for more in [json!({ "tamper": "bad" }), json!({})] {
        let mut event = json!({ "event": "user_authorization_revoke", "user": "alice", "revoke_info": "8" });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.wechat.push(event).unwrap();
        server.wechat.deliver_due().await;
    }
    assert_eq!(server.wechat.ledger().notifies.last().unwrap().last_status, Some(200));
}

/// A stranger tries all that is another's.
async fn pry(server: &mut Server, token: &str, order_no: &str, address_id: &str) {
    for (method, path, body) in [
        (GET, format!("/api/v1/orders/{order_no}"), None),
        (POST, format!("/api/v1/orders/{order_no}/cancel"), None),
        (POST, format!("/api/v1/orders/{order_no}/pay"), None),
        (POST, format!("/api/v1/orders/{order_no}/payment/sync"), None),
        (DELETE, format!("/api/v1/addresses/{address_id}"), None),
    ] {
        let (status, answer) = server.send(method, &path, token, body, NOTHING).await;
        assert_eq!(status, 404, "{path}: {answer}");
    }
    for path in ["/api/v1/orders", "/api/v1/addresses", "/api/v1/cart", "/api/v1/me"] {
        assert_eq!(server.send(GET, path, token, None, NOTHING).await.0, 200, "{path}");
    }
    assert_eq!(server.send(GET, "/api/v1/identity", token, None, NOTHING).await.0, 404);
}

/// A manager from the first password to a consignee in full.
async fn run_the_shop(server: &mut Server, first: &str, order_no: &str) {
    server.watch("one-time password", first);
    server.watch("password", NEW_PASSWORD);
    let path = "/admin/v1/auth/login";
    let wrong = json!({ "name": "mo", "password": NEW_PASSWORD });
    assert_eq!(server.send(POST, path, "", Some(&wrong), NOTHING).await.0, 401);
    let right = json!({ "name": "mo", "password": first });
    let (status, begun) = server.send(POST, path, "", Some(&right), &["operator's token"]).await;
    assert_eq!(status, 200, "{begun}");
    server.watch("operator's token", text(&begun["access_token"]));
    let body = json!({ "current_password": first, "new_password": NEW_PASSWORD });
    let (_, begun) = server
        .send(POST, "/admin/v1/auth/password", &text(&begun["access_token"]), Some(&body), &["operator's token"])
        .await;
    let token = text(&begun["access_token"]);
    server.watch("operator's token", token.clone());
    let (_, enrolment) = server.send(POST, "/admin/v1/auth/totp", &token, None, &["secret of the second factor"]).await;
    let secret = text(&enrolment["secret"]);
    server.watch("secret of the second factor", secret.clone());
    let totp = totp_rs::Builder::new().with_secret(totp_rs::Secret::try_from_base32(&secret).unwrap()).build().unwrap();
    let code = totp.generate(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).to_string();
    assert_eq!(
        server.send(POST, "/admin/v1/auth/totp/confirm", &token, Some(&json!({ "code": code })), NOTHING).await.0,
        204
    );
    for path in
        ["/admin/v1/orders".to_owned(), format!("/admin/v1/orders/{order_no}"), format!("/admin/v1/orders?q={PHONE}")]
    {
        let (status, answer) = server.send(GET, &path, &token, None, NOTHING).await;
        assert!([200, 400].contains(&status), "{path}: {answer}");
    }
    let reveal = format!("/admin/v1/orders/{order_no}/reveal");
    let why = json!({ "reason": "the canaries are counted" });
    assert_eq!(server.send(POST, &reveal, &token, Some(&why), NOTHING).await.0, 403);
    assert_eq!(
        server
            .send(POST, "/admin/v1/auth/step-up", &token, Some(&json!({ "password": NEW_PASSWORD })), NOTHING)
            .await
            .0,
        204
    );
    let (status, shown) = server.send(POST, &reveal, &token, Some(&why), &["name", "street", "phone", "remark"]).await;
    assert_eq!((status, &shown["phone"]), (200, &json!(PHONE)), "{shown}");
    assert_eq!(server.send(GET, "/admin/v1/audit", &token, None, NOTHING).await.0, 200);
    assert_eq!(server.send(GET, "/admin/v1/operators", &token, None, NOTHING).await.0, 200);
}

/// Looks through all columns; gives how many values there were.
fn check_database(server: &Server, backend: Backend, openid: &str) -> usize {
    let values = database::dump(backend, &server.database.url);
    let holds = |value: &[u8], plain: &str| value.windows(plain.len()).any(|part| part == plain.as_bytes());
    for found in &values {
        for canary in &server.canaries {
            assert!(!holds(&found.value, &canary.value), "{} holds the {} in plain", found.place, canary.what);
        }
    }
    // The look itself works: an openid is stored in plain (docs/security.md), in these places and no other.
    let mut places: Vec<&str> =
        values.iter().filter(|found| holds(&found.value, openid)).map(|found| found.place.as_str()).collect();
    places.retain(|place| !place.starts_with("the file"));
    places.sort_unstable();
    places.dedup();
    assert_eq!(places, ["customers.openid", "payments.payer_openid"]);
    values.len()
}

async fn run(backend: Backend) {
    let (mut server, first) = Server::start(backend).await;
    for (what, value) in [
        ("ID number", ID_NUMBER),
        ("phone", PHONE),
        ("name", NAME),
        ("street", STREET),
        ("remark", REMARK),
        ("nickname", NICKNAME),
    ] {
        server.watch(what, value);
    }
    server.wechat.add_fault(Fault::new(Route::Code2Session, FaultKind::CutBeforeEffect));
    let code = server.wechat.login("alice");
    assert_eq!(server.send(POST, "/api/v1/auth/login", "", Some(&json!({ "code": code })), NOTHING).await.0, 503);
    let (alice, refresh) = login(&mut server, "alice").await;
    let (bob, _) = login(&mut server, "bob").await;
    let address_id = leave_personal_data(&mut server, &alice).await;
    stumble(&mut server, &alice, &refresh).await;
    let order_no = buy(&mut server, "alice", &alice, &address_id).await;
    bind_phone(&mut server, &alice).await;
    be_refunded(&mut server, &alice, &address_id).await;
    pry(&mut server, &bob, &order_no, &address_id).await;
    run_the_shop(&mut server, &first, &order_no).await;
    let everything = &["name", "street", "phone", "ID number", "nickname", "openid", "remark", "phone of WeChat"];
    let proof = json!({ "code": server.wechat.login("alice") });
    let (status, export) = server.send(POST, "/api/v1/me/export", &alice, Some(&proof), everything).await;
    assert!(status == 200 && export.to_string().contains(ID_NUMBER), "{export}");
    let body = json!({ "refresh_token": refresh });
    let (_, renewed) =
        server.send(POST, "/api/v1/auth/refresh", "", Some(&body), &["access token", "refresh token"]).await;
    let (alice, _) = mark_tokens(&mut server, &renewed);
    be_told_by_wechat(&mut server).await;
    for key in server.given_out("session_key") {
        server.watch("session_key", key);
    }
    for token in server.given_out("value") {
        server.watch("WeChat's access_token", token);
    }
    let openid = server.wechat.openid_of("alice");
    let stored = check_database(&server, backend, &openid);
    // The account's end, with what it leaves.
    assert_eq!(server.send(DELETE, "/api/v1/identity", &alice, None, NOTHING).await.0, 204);
    let proof = json!({ "code": server.wechat.login("alice") });
    let (status, ended) = server.send(POST, "/api/v1/me/close", &alice, Some(&proof), NOTHING).await;
    assert!([202, 204].contains(&status), "{status} {ended}");
    server.send(POST, "/api/v1/auth/logout", &bob, None, NOTHING).await;
    server.read_metrics().await;
    server.stop();
    server.watch("openid", openid);
    let (answers, lines) = (server.check_answers(), server.check_log());
    assert!(
        server.log().contains("answered method=POST route=/api/v1/orders/{order_no}/pay status=200"),
        "nothing of it was logged:\n{}",
        server.log()
    );
    let line = format!(
        "canaries {backend:?}: {} values looked for in {answers} answers, {lines} lines of log and {stored} stored values: none found\n",
        server.canaries.len()
    );
    // Past the capture of the test harness: the figure is meant to be seen.
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

mod no_marked_value_is_found_where_it_is_not_due {
    use super::{Backend, run};

    #[cfg(feature = "sqlite")]
    #[actix_web::test]
    async fn sqlite() {
        run(Backend::Sqlite).await;
    }

    #[cfg(feature = "postgres")]
    #[actix_web::test]
    async fn postgres() {
        run(Backend::Postgres).await;
    }
}
