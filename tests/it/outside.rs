//! What strangers try: other spellings, other methods, back doors, caches.

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{TestShop, on_both};

/// A request as it is written: a client library would tidy the path up. Gives the status and the whole answer.
async fn raw(shop: &TestShop, method: &str, path: &str, headers: &str) -> (u16, String) {
    let host = shop.address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

on_both! {
    async fn no_header_and_no_hidden_route_lets_anybody_in(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let id = alice.get("/api/v1/me").await.expect(200)["id"].as_str().unwrap().to_owned();
        let openid = shop.wechat.openid_of("alice");
        for header in ["X-User-Id", "X-Customer-Id", "X-Debug-User", "X-WX-OPENID", "X-Openid", "X-WCPay-Platform-User", "X-Role"] {
            for value in [id.as_str(), openid.as_str(), "admin"] {
                let (status, answer) = raw(shop, "GET", "/api/v1/me", &format!("{header}: {value}\r\n")).await;
                assert_eq!(status, 401, "{header}: {value}: {answer}");
            }
        }
        let cookie = format!("Cookie: access_token={}; Authorization=Bearer {}\r\n", alice.token, alice.token);
        assert_eq!(raw(shop, "GET", "/api/v1/me", &cookie).await.0, 401);
        assert!([400, 401].contains(&shop.get(&format!("/api/v1/me?access_token={}", alice.token)).await.status));
        for path in ["/dev/login", "/api/v1/dev/login", "/api/v1/auth/dev", "/api/v1/auth/test", "/_mock/wx/login", "/actuator", "/debug"] {
            assert_eq!(shop.post(path, &json!({ "user": "alice" })).await.status, 404, "{path}");
        }
        for code in ["test", "mock", "0000"] {
            shop.post("/api/v1/auth/login", &json!({ "code": code })).await.expect_problem(401, "invalid_login_code");
        }
    }

    async fn a_path_written_otherwise_gets_nobody_further(shop: &TestShop) {
        for path in [
            "//admin/v1/orders", "/admin//v1/orders", "/Admin/v1/orders", "/ADMIN/V1/ORDERS", "/admin/v1/orders/", "/admin/v1/orders;x",
            "/admin/v1/./orders", "/api/v1/../../admin/v1/orders", "/%61dmin/v1/orders", "/admin%2fv1%2forders", "/%2e%2e/admin/v1/orders",
            "/admin/v1/orders%00", "/admin/v1/orders%20", "/api/v1//cart", "/api/v1/cart/", "/api/v1/Cart", "/api/v1/%63art", "/healthz/../api/v1/cart",
            "/media/../api/v1/cart", "/docs/../admin/v1/orders",
        ] {
            let (status, answer) = raw(shop, "GET", path, "").await;
            assert!([400, 401, 404].contains(&status), "{path}: {answer}");
        }
        for header in ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Prefix"] {
            let (status, answer) = raw(shop, "GET", "/healthz/live", &format!("{header}: /api/v1/cart\r\n")).await;
            assert!(status == 200 && answer.contains("ok"), "{header}: {answer}");
        }
        let alice = shop.buyer("alice").await;
        let path = format!("/api/v1/addresses/{}", alice.address_id);
        let override_headers = format!("Authorization: Bearer {}\r\nX-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE\r\n\
            Content-Length: 0\r\n", alice.token);
        assert_eq!(raw(shop, "POST", &path, &override_headers).await.0, 405);
        assert_eq!(alice.get("/api/v1/addresses").await.expect(200)["items"].as_array().unwrap().len(), 1);
    }

    async fn no_cache_keeps_what_is_personal_under_a_name_that_is_not(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let token = format!("Authorization: Bearer {}\r\n", alice.token);
        for path in ["/api/v1/me/x.css", "/api/v1/me;.js", "/api/v1/me%2f..%2fa.png", "/api/v1/me.json", "/api/v1/cart/a.png",
            "/media/..%2fapi%2fv1%2fme"] {
            let (status, answer) = raw(shop, "GET", path, &token).await;
            assert!([400, 404].contains(&status), "{path}: {answer}");
            assert!(answer.to_lowercase().contains("cache-control: no-store"), "{path}: {answer}");
        }
    }

    async fn no_client_can_say_that_an_order_is_paid(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order("red-ginseng-stick", 1).await;
        let paid = json!({ "trade_state": "SUCCESS", "paid": true, "transaction_id": "4200000000000000" });
        for path in ["paid", "pay/success", "pay-success", "payment/success", "payment/notify", "payment", "complete"] {
            for method in [Method::GET, Method::POST, Method::PUT] {
                let path = format!("/api/v1/orders/{order_no}/{path}");
                let answer = shop.send(method.clone(), &path, &alice.token, None, Some(&paid)).await;
                assert!([404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
            }
        }
        alice.post(&format!("/api/v1/orders/{order_no}/payment/sync"), &paid).await;
        let order = alice.read_order(&order_no).await;
        assert_eq!((&order["state"], &order["paid_fen"]), (&json!("pending_payment"), &json!(0)));
    }

    async fn a_notify_by_another_method_or_as_xml_does_nothing(shop: &TestShop) {
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let (status, answer) = raw(shop, method, "/wechat/pay/notify?trade_state=SUCCESS", "Content-Length: 0\r\n").await;
            assert_eq!(status, 405, "{method}: {answer}");
        }
        let entity = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><xml><return_code>&e;</return_code></xml>";
        for path in ["/wechat/pay/notify", "/wechat/pay/refund-notify"] {
            let request = shop.http.post(format!("{}{path}", shop.address)).header("Content-Type", "text/xml").body(entity);
            assert!([401, 415].contains(&request.send().await.unwrap().status().as_u16()), "{path}");
        }
    }
}

/// Keys of tests are made when tests run.
#[test]
fn no_private_key_is_in_the_repository() {
    fn look(folder: &Path, looked_at: &mut usize) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_symlink() || ["target", ".git", "demo-data", "node_modules"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                look(&path, looked_at);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            *looked_at += 1;
            let mut lines = text.lines();
            while let Some(line) = lines.next() {
                let begins = line.trim_start().starts_with("-----BEGIN") && line.contains("PRIVATE KEY");
                let key = |line: &str| {
                    line.len() >= 40 && line.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
                };
                assert!(
                    !(begins && lines.next().is_some_and(|next| key(next.trim()))),
                    "{} holds a private key",
                    path.display()
                );
            }
            assert!(name != ".env", "{} is for one machine", path.display());
        }
    }
    let mut looked_at = 0;
    look(Path::new(env!("CARGO_MANIFEST_DIR")), &mut looked_at);
    assert!(looked_at > 200, "{looked_at}");
}
