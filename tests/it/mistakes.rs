//! What developers and their users do wrong: each answer says what is wrong and what would be right, in the caller's language.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Buyer, on_both};

/// A request as it came over the wire, in one language.
struct Ask<'a> {
    buyer: &'a Buyer<'a>,
    lang: &'static str,
}

impl Ask<'_> {
    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let shop = self.buyer.shop;
        let mut request =
            shop.http.request(method, format!("{}{path}", shop.address)).header("Accept-Language", self.lang);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header("Content-Type", "application/json").body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// As the buyer; the faults that are named, as `field reason: detail`.
    async fn faults(&self, method: Method, path: &str, body: &str) -> Vec<String> {
        let login = format!("Bearer {}", self.buyer.token);
        let headers = [("Authorization", login.as_str()), ("Idempotency-Key", "a-mistake-of-mine")];
        let answer = self.send(method, path, &headers, body).await;
        let problem = answer.body;
        let said = |error: &Value| {
            let part = |name: &str| error[name].as_str().unwrap().to_owned();
            format!("{} {}: {}", part("field"), part("reason"), part("detail"))
        };
        let mut faults: Vec<String> = problem["errors"].as_array().unwrap().iter().map(said).collect();
        if faults.is_empty() {
            faults.push(format!("{} {}", problem["code"].as_str().unwrap(), problem["detail"].as_str().unwrap()));
        }
        faults.sort();
        faults
    }
}

/// A mistake in one field, and what is told of it in English.
type Mistake = (Method, &'static str, &'static str, &'static [&'static str]);

const MISTAKES: &[Mistake] = &[
    // JSON
    (
        Method::POST,
        "/api/v1/quotes",
        r#"{"items":[{"#,
        &["body no_json: The JSON ends too early, at line 1, column 11."],
    ),
    (
        Method::POST,
        "/api/v1/quotes",
        "{\n \"items\": [,]}",
        &["body no_json: The JSON can't be read from line 2, column 12 on."],
    ),
    (Method::POST, "/api/v1/quotes", "[]", &["body wrong_type: Must be an object {...}."]),
    (
        Method::POST,
        "/api/v1/quotes",
        r#"{"items":[],"items":[]}"#,
        &["address_id missing: This is required.", "items twice: Give this once."],
    ),
    (
        Method::POST,
        "/api/v1/quotes",
        "{}",
        &["address_id missing: This is required.", "items missing: This is required."],
    ),
    // Of another type, of no such name, out of range
    (
        Method::POST,
        "/api/v1/quotes",
        r#"{"items":{},"address_id":1}"#,
        &["address_id wrong_type: Must be a string.", "items wrong_type: Must be an array [...]."],
    ),
    (
        Method::POST,
        "/api/v1/quotes",
        r#"{"items":[],"address_id":"a"}"#,
        &["items out_of_range: Must have 1 to 50 items."],
    ),
    (
        Method::POST,
        "/api/v1/quotes",
        r#"{"items":[{"sku_id":"1","quantity":0}],"address_id":"a"}"#,
        &["items[0].quantity out_of_range: Must be 1 to 999."],
    ),
    (
        Method::POST,
        "/api/v1/quotes",
        r#"{"items":[{"sku_id":"1","quantity":"2"}],"address_id":"a"}"#,
        &["items[0].quantity wrong_type: Must be an integer."],
    ),
    (
        Method::POST,
        "/api/v1/quotes",
        r#"{"items":[{"sku":"1","quantity":2}],"address_id":"a"}"#,
        &[
            "items[0].sku unknown: There is no such field. There are: quantity, sku_id.",
            "items[0].sku_id missing: This is required.",
        ],
    ),
    (Method::PUT, "/api/v1/cart/items/1", r#"{"quantity":1000}"#, &["quantity out_of_range: Must be 1 to 999."]),
    (Method::PUT, "/api/v1/cart/items/1", r#"{"quantity":1.5}"#, &["quantity wrong_type: Must be an integer."]),
    (
        Method::PUT,
        "/api/v1/cart/items/abc",
        r#"{"quantity":1}"#,
        &["sku_id invalid: Not of the form that is asked for."],
    ),
    // Queries
    (
        Method::GET,
        "/api/v1/products?sort=cheapest",
        "",
        &["sort not_allowed: One of: default, price_asc, price_desc, newest."],
    ),
    (Method::GET, "/api/v1/products?limit=1000", "", &["limit out_of_range: Must be 1 to 100."]),
    (
        Method::GET,
        "/api/v1/products?limit=0&sort=x",
        "",
        &["limit out_of_range: Must be 1 to 100.", "sort not_allowed: One of: default, price_asc, price_desc, newest."],
    ),
    (Method::GET, "/api/v1/products?limit=ten", "", &["limit wrong_type: Must be an integer."]),
    (
        Method::GET,
        "/api/v1/products?pagesize=20",
        "",
        &["pagesize unknown: There is no such field. There are: category, cursor, limit, q, sort, vendor."],
    ),
    (Method::GET, "/api/v1/products?limit=2&limit=3", "", &["limit twice: Give this once."]),
    (
        Method::GET,
        "/api/v1/products?cursor=!!",
        "",
        &["cursor invalid: Not of the right form. An example: MTIz (^[A-Za-z0-9_-]+$)."],
    ),
    (
        Method::GET,
        "/api/v1/products?cursor=Nzc",
        "",
        &["cursor invalid: Give the `next_cursor` of the page before, as it was."],
    ),
    (
        Method::GET,
        "/api/v1/orders?state=payed",
        "",
        &["state not_allowed: One of: pending_payment, paid, cleared, shipped, delivered, completed, cancelled."],
    ),
    // Addresses and people
    (
        Method::POST,
        "/api/v1/addresses",
        r#"{"name":"","phone":"12345","province":"江苏省","city":"青岛市","district":"市南区","detail":"a\nb","region_code":"371302"}"#,
        &[
            "city mismatch: Does not agree with the other fields; it would be 临沂市.",
            "detail invalid: No line breaks, control characters or marks that turn the direction of writing.",
            "district mismatch: Does not agree with the other fields; it would be 兰山区.",
            "name missing: This is required.",
            "phone invalid: A mainland mobile number has 11 digits.",
            "province mismatch: Does not agree with the other fields; it would be 山东省.",
        ],
    ),
    (
        Method::POST,
        "/api/v1/addresses",
        r#"{"name":7,"phone":7,"province":7,"city":7,"district":7,"detail":7,"region_code":7,"is_default":7,"a":1,"b":2}"#,
        &[
            "a unknown: There is no such field. There are: city, detail, district, is_default, name, phone, province, region_code.",
            "b unknown: There is no such field. There are: city, detail, district, is_default, name, phone, province, region_code.",
            "city wrong_type: Must be a string.",
            "detail wrong_type: Must be a string.",
            "district wrong_type: Must be a string.",
            "is_default wrong_type: Must be true or false.",
            "name wrong_type: Must be a string.",
            "phone wrong_type: Must be a string.",
            "province wrong_type: Must be a string.",
            "region_code wrong_type: Must be a string.",
        ],
    ),
    (
        Method::POST,
        "/api/v1/addresses",
        r#"{"name":"王","phone":"13800138000","province":"山东省","city":"临沂市","district":"兰山区","detail":"1","region_code":"999999"}"#,
        &["region_code not_found: There is no district with this code. Give its six digits (GB/T 2260), as 371302."],
    ),
    (
        Method::PUT,
        "/api/v1/identity",
        r#"{"name":"王小明","id_number":"110105194912310021","consent_version":"2026-11-01"}"#,
        &[
            "id_number check_digit: The check digit (character 18) of the ID number does not fit: one of the digits is wrong.",
        ],
    ),
    (
        Method::PUT,
        "/api/v1/identity",
        r#"{"name":"王","id_number":"110105","consent_version":""}"#,
        &[
            "consent_version missing: This is required.",
            "id_number invalid: An ID number has 18 characters: 17 digits, then a digit or X.",
            "name out_of_range: A name has 2 to 30 characters.",
        ],
    ),
    (
        Method::PUT,
        "/api/v1/identity",
        r#"{"name":"王小明","id_number":"110105194913310020","consent_version":"2026-11-01"}"#,
        &["id_number birth_date: Characters 7 to 14 of the ID number are no date of birth."],
    ),
    (
        Method::PUT,
        "/api/v1/identity",
        r#"{"name":"王小明","id_number":"11010519491231002X","consent_version":"2020-01-01"}"#,
        &["consent_version not_found: There is no such version. Give the `version` of /api/v1/legal/{document}."],
    ),
    (
        Method::PATCH,
        "/api/v1/me",
        r#"{"nickname":"一二三四五六七八九十一二三四五六七八九十一"}"#,
        &["nickname too_long: At most 20 characters."],
    ),
    (Method::PATCH, "/api/v1/me", r#"{"language":"jp"}"#, &["language not_allowed: One of: zh, ko, en."]),
    (
        Method::PATCH,
        "/api/v1/me",
        r#"{"phone":"13800138000"}"#,
        &["phone unknown: There is no such field. There are: language, nickname."],
    ),
    (
        Method::POST,
        "/api/v1/me/phone",
        r#"{"code":"not a code"}"#,
        &["code invalid: No code of WeChat: 1 to 128 letters, digits, - or _."],
    ),
    (
        Method::POST,
        "/api/v1/me/consents",
        r#"{"document":"cookies","version":"1"}"#,
        &["document not_allowed: One of: terms, privacy, identity."],
    ),
    (
        Method::POST,
        "/api/v1/me/consents",
        r#"{"document":"privacy","version":"2026-11-01"}"#,
        &["age_confirmed missing: Confirm (true) that the buyer is 14 or older, or that a guardian agrees."],
    ),
    (Method::DELETE, "/api/v1/me/consents/cookies", "", &["document not_allowed: One of: terms, privacy, identity."]),
    // Orders
    (
        Method::POST,
        "/api/v1/orders",
        r#"{"items":[{"sku_id":"1","quantity":1}],"address_id":"a","expected_payable_fen":-1,"notice_version":""}"#,
        &["expected_payable_fen out_of_range: Must be 0 or more.", "notice_version missing: This is required."],
    ),
    (
        Method::POST,
        "/api/v1/orders",
        r#"{"items":[{"sku_id":"1","quantity":1}],"address_id":"a","expected_payable_fen":119.00,"notice_version":"1"}"#,
        &["expected_payable_fen wrong_type: Must be an integer."],
    ),
];

on_both! {
    async fn every_wrong_field_is_named_with_what_would_be_right(shop: &TestShop) {
        let buyer = shop.buyer("alice").await;
        let english = Ask { buyer: &buyer, lang: "en" };
        let mut wrong = Vec::new();
        for (method, path, body, expected) in MISTAKES {
            let faults = english.faults(method.clone(), path, body).await;
            if faults != *expected {
                wrong.push(format!("{method} {path} {body}\n  {faults:?}"));
                continue;
            }
            for lang in ["zh", "ko"] {
                let theirs = Ask { buyer: &buyer, lang }.faults(method.clone(), path, body).await;
                let words = |fault: &String| fault.split(": ").next().unwrap().to_owned();
                assert_eq!(theirs.iter().map(words).collect::<Vec<_>>(), faults.iter().map(words).collect::<Vec<_>>());
                for (ours, theirs) in faults.iter().zip(&theirs) {
                    let native = |c: char| if lang == "zh" { ('\u{4e00}'..='\u{9fff}').contains(&c) } else { ('\u{ac00}'..='\u{d7a3}').contains(&c) };
                    let detail = theirs.split_once(": ").unwrap().1;
                    assert!(ours != theirs && detail.contains(native), "{lang}: {theirs}");
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn what_is_wrong_with_a_login_is_told_apart(shop: &TestShop) {
        let mut buyer = shop.buyer("alice").await;
        let mut seen = Vec::new();
        let good = format!("Bearer {}", buyer.token);
        for header in [None, Some(buyer.token.clone()), Some("Basic YTpi".to_owned()), Some("Bearer not.a.token".to_owned())] {
            seen.push(refused(&buyer, header.as_deref()).await);
        }
        shop.advance_s(2 * 60 * 60 + 1);
        seen.push(refused(&buyer, Some(&good)).await);
        buyer.login_again().await;
        buyer.post("/api/v1/auth/logout", &json!({})).await;
        seen.push(refused(&buyer, Some(&format!("Bearer {}", buyer.token))).await);
        assert_eq!(seen, [
            "no_token, Bearer: Log in first: the request has no `Authorization: Bearer <token>`.",
            "wrong_scheme, Bearer: The header must read `Authorization: Bearer <token>`.",
            "wrong_scheme, Bearer: The header must read `Authorization: Bearer <token>`.",
            "invalid_token, Bearer error=\"invalid_token\": The token is none of this server's, or is not whole. Log in again.",
            "expired_token, Bearer error=\"invalid_token\": The token has expired. Refresh it, or log in again.",
            "session_ended, Bearer error=\"invalid_token\": This session has ended. Log in again.",
        ]);
    }

    async fn a_key_that_is_missing_or_too_short_says_what_one_looks_like(shop: &TestShop) {
        let buyer = shop.buyer("alice").await;
        let ask = Ask { buyer: &buyer, lang: "en" };
        let login = format!("Bearer {}", buyer.token);
        for (keys, expected) in [
            (&[][..], "This is required."),
            (&["short"], "8 to 64 visible ASCII characters, exactly once."),
            (&["one-key-0", "one-key-1"], "8 to 64 visible ASCII characters, exactly once."),
        ] {
            let mut headers = vec![("Authorization", login.as_str())];
            headers.extend(keys.iter().map(|key| ("Idempotency-Key", *key)));
            let problem = ask.send(Method::POST, "/api/v1/orders", &headers, "{}").await.expect_problem(400, "invalid_request");
            assert_eq!((&problem["errors"][0]["field"], &problem["errors"][0]["detail"]), (&json!("Idempotency-Key"), &json!(expected)));
        }
        let in_query = ask.send(Method::GET, &format!("/api/v1/cart?access_token={}", buyer.token), &[], "").await;
        assert_eq!(in_query.expect_problem(400, "invalid_request")["errors"][0]["field"], "access_token");
    }

    with &[("CORS_ORIGINS", "https://h5.example")] =>
    async fn a_page_of_a_listed_origin_may_call_and_no_other(shop: &TestShop) {
        let buyer = shop.buyer("alice").await;
        let ask = Ask { buyer: &buyer, lang: "en" };
        let ask = &ask;
        let preflight = |origin: &'static str| {
            let headers = [("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,idempotency-key")];
            async move { ask.send(Method::OPTIONS, "/api/v1/orders", &headers, "").await }
        };
        let listed = preflight("https://h5.example").await;
        assert_eq!((listed.status, listed.headers["access-control-allow-origin"].to_str().unwrap()), (200, "https://h5.example"));
        assert!(!preflight("https://evil.example").await.headers.contains_key("access-control-allow-origin"));
        let read = ask.send(Method::GET, "/api/v1/products", &[("Origin", "https://h5.example")], "").await;
        assert_eq!(read.headers["access-control-allow-origin"], "https://h5.example");
        let vary = read.headers.get_all("vary").iter().map(|line| line.to_str().unwrap().to_lowercase()).collect::<Vec<_>>().join(",");
        assert!(vary.contains("origin") && vary.contains("accept-language"), "{vary}");
        let long = format!("/api/v1/products?q={}", "a".repeat(2_100));
        for (path, status) in [("/api/v1/products?limit=0", 400), ("/api/v1/cart", 401), ("/api/v1/nothing", 404), (long.as_str(), 414)] {
            let refused = ask.send(Method::GET, path, &[("Origin", "https://h5.example")], "").await;
            assert_eq!(refused.status, status);
            assert_eq!(refused.headers["access-control-allow-origin"], "https://h5.example", "a page can't read why: {status}");
        }
        let stranger = ask.send(Method::GET, "/api/v1/products", &[("Origin", "https://evil.example")], "").await;
        assert!(stranger.status == 200 && !stranger.headers.contains_key("access-control-allow-origin"));
    }
}

/// `reason, challenge: detail` of a request with this header.
async fn refused(buyer: &Buyer<'_>, header: Option<&str>) -> String {
    let headers: Vec<_> = header.map(|value| ("Authorization", value)).into_iter().collect();
    let answer = Ask { buyer, lang: "en" }.send(Method::GET, "/api/v1/cart", &headers, "").await;
    let challenge = answer.headers["www-authenticate"].to_str().unwrap().to_owned();
    let problem = answer.expect_problem(401, "unauthorized");
    format!("{}, {challenge}: {}", problem["reason"].as_str().unwrap(), problem["detail"].as_str().unwrap())
}
