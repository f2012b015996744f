//! Floods, crowds and dawdlers: whom the limits keep out, and whom they must not.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use gunpo_mall::base::db::Rx;
use mock_wechat::{Fault, FaultKind, Route};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Buyer, TestShop, on_both};

/// Many in stock, many an order.
const PRODUCT: &str = "red-ginseng-stick";
/// Three in stock, one an order.
const SCARCE: &str = "wooden-ride-on-car";
/// The rates of production.
const REAL_RATES: (&str, &str) = ("RATE_LIMITS", "");

async fn body(buyer: &Buyer<'_>, product: &str) -> Value {
    let (sku, _) = buyer.shop.sku(product).await;
    buyer.order_body(&json!([{ "sku_id": sku, "quantity": 1 }])).await
}

fn retry_after_s(headers: &reqwest::header::HeaderMap) -> u64 {
    headers.get("retry-after").expect("Retry-After").to_str().unwrap().parse().unwrap()
}

/// A login with a code that WeChat does not know, from an address that the client claims.
async fn login_from(shop: &TestShop, forwarded: &str) -> u16 {
    let request = shop.http.post(format!("{}/api/v1/auth/login", shop.address));
    let request = request.header("X-Forwarded-For", forwarded).header("X-Real-IP", forwarded);
    let request = request.header("Forwarded", format!("for={forwarded}")).header("Content-Type", "application/json");
    request.body(r#"{"code":"0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"}"#).send().await.unwrap().status().as_u16()
}

async fn connect(shop: &TestShop) -> TcpStream {
    TcpStream::connect(shop.address.trim_start_matches("http://")).await.unwrap()
}

/// The cart, byte by byte: the rest of the head, the empty line and the body are the caller's.
fn request(method: &str, rest: &str) -> String {
    format!("{method} /api/v1/cart HTTP/1.1\r\nHost: x\r\n{rest}")
}

/// One answer on a connection that stays open; it ends with the document.
async fn read_problem(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "closed after {}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8(answer).unwrap()
}

/// Sends a head that promises a body, and the first half of it.
async fn dawdle(buyer: &Buyer<'_>, path: &str) -> TcpStream {
    let mut stream = connect(buyer.shop).await;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: a-slow-order\r\n\
         Content-Type: application/json\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{{\"a\"",
        buyer.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn read_all(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Keeps a connection of the database busy.
#[allow(clippy::unnecessary_wraps, reason = "the database takes what can fail")]
fn rest(_: &mut Rx) -> gunpo_mall::base::error::Result<()> {
    std::thread::sleep(Duration::from_millis(1_500));
    Ok(())
}

on_both! {
    with &[("MAX_IN_FLIGHT", "1")] =>
    async fn an_address_that_is_written_otherwise_finds_no_room_either(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        shop.wechat.add_fault(Fault::new(Route::Prepay, FaultKind::DelayMs { delay_ms: 1_500 }));
        let crowd = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            for path in ["/api/v1/cart", "/%61pi/v1/cart", "/api/v1/%63art"] {
                shop.send(Method::GET, path, &alice.token, None, None).await.expect_problem(503, "unavailable");
            }
            shop.get("/%61pi/v1/products").await.expect(200);
        };
        join(alice.pay_params(&order_no), crowd).await;
    }

    with &[("MAX_IN_FLIGHT", "1"), ("TRUSTED_PROXIES", "127.0.0.1")] =>
    async fn who_is_turned_away_may_ask_again_on_the_same_connection(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        shop.wechat.add_fault(Fault::new(Route::Prepay, FaultKind::DelayMs { delay_ms: 2_000 }));
        let crowd = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let mut kept = connect(shop).await;
            for id in ["from-the-proxy-1", "from-the-proxy-2"] {
                let head = format!("Accept-Language: ko\r\nX-Request-Id: {id}\r\nContent-Length: 8\r\n");
                kept.write_all(request("POST", &(head + "\r\n{\"a\":1 }")).as_bytes()).await.unwrap();
                let answer = read_problem(&mut kept).await;
                assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
                for part in [format!("x-request-id: {id}"), format!("\"trace_id\":\"{id}\""), "content-language: ko".into()] {
                    assert!(answer.contains(&part), "{part} is not in {answer}");
                }
            }
            let mut asked = connect(shop).await;
            asked.write_all(request("HEAD", "Connection: close\r\n\r\n").as_bytes()).await.unwrap();
            let answer = read_all(asked).await;
            assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("\r\n\r\n"), "{answer}");
            // A body without a length is not waited for.
            let mut endless = connect(shop).await;
            endless.write_all(request("POST", "Transfer-Encoding: chunked\r\n\r\n1\r\n").as_bytes()).await.unwrap();
            let answer = tokio::time::timeout(Duration::from_secs(8), read_all(endless)).await.expect("closed");
            assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        };
        join(alice.pay_params(&order_no), crowd).await;
        let metrics = shop.app.metrics.render();
        let counted = "gunpo_http_request_seconds_count{method=\"POST\",route=\"shed\",status=\"5xx\"} 3";
        assert!(metrics.contains(counted), "{metrics}");
    }

    with &[("RATE_LIMITS", "order=3/60,pay=2/60")] =>
    async fn one_buyers_hurry_does_not_slow_another(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let (hers, his) = (body(&alice, PRODUCT).await, body(&bob, PRODUCT).await);
        let orders = join_all((0..3).map(|n| { let (alice, hers) = (&alice, &hers);
            async move { alice.place(&format!("in-a-hurry-{n}"), hers).await.expect(201) } })).await;
        let refused = alice.place("in-a-hurry-4", &hers).await;
        assert!((1..=3).contains(&retry_after_s(&refused.headers)));
        assert_eq!(refused.headers["content-type"], "application/problem+json");
        refused.expect_problem(429, "too_many_requests");
        bob.place("no-hurry", &his).await.expect(201);
        // What she pays is another matter.
        let order_no = orders[0]["order_no"].as_str().unwrap();
        for _ in 0..2 {
            alice.pay_params(order_no).await;
        }
        assert_eq!(alice.sync(order_no).await.status, 429);
        alice.read_order(order_no).await;
        shop.advance_s(1);
        alice.place("in-a-hurry-4", &hers).await.expect(201);
        alice.place("in-a-hurry-5", &hers).await.expect_problem(429, "too_many_requests");
    }

    with &[("RATE_LIMITS", "buyer=20/60")] =>
    async fn one_buyer_can_not_ask_without_end(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let mut refused = 0;
        for _ in 0..40 {
            refused += usize::from(alice.get("/api/v1/cart").await.status == 429);
        }
        assert!(refused >= 15, "{refused}");
        bob.get("/api/v1/cart").await.expect(200);
        shop.get("/api/v1/products").await.expect(200);
        shop.advance_s(60);
        alice.get("/api/v1/cart").await.expect(200);
    }

    with &[("RATE_LIMITS", "login_peer=5/60")] =>
    async fn invented_addresses_do_not_multiply_logins(shop: &TestShop) {
        let mut answers = Vec::new();
        for n in 0..7 {
            answers.push(login_from(shop, &format!("203.0.113.{n}")).await);
        }
        assert_eq!(answers, [401, 401, 401, 401, 401, 429, 429]);
        shop.advance_s(1);
        assert_eq!(login_from(shop, "203.0.113.99").await, 401, "one a second");
    }

    with &[("RATE_LIMITS", "login_peer=3/60"), ("TRUSTED_PROXIES", "127.0.0.1")] =>
    async fn behind_a_trusted_proxy_the_address_it_saw_counts_and_no_other(shop: &TestShop) {
        let mut answers = Vec::new();
        for n in 0..5 {
            answers.push(login_from(shop, &format!("198.51.100.{n}, 203.0.113.7")).await);
        }
        assert_eq!(answers, [401, 401, 401, 429, 429]);
        assert_eq!(login_from(shop, "203.0.113.8").await, 401);
        for n in 0..3 {
            assert_eq!(login_from(shop, &format!("2001:db8:1:2::{n}")).await, 401);
        }
        assert_eq!(login_from(shop, "2001:db8:1:2:ffff::1").await, 429, "one subscriber, one /64");
        assert_eq!(login_from(shop, "2001:db8:1:3::1").await, 401);
    }

    with &[("RATE_LIMITS", "login_peer=999/999,login_share=2/60,login_all=20/60"), ("TRUSTED_PROXIES", "127.0.0.1")] =>
    async fn a_flood_of_logins_leaves_a_share_to_everybody_else(shop: &TestShop) {
        for flood in 0..40 {
            login_from(shop, &format!("203.0.113.{}", flood % 4)).await;
        }
        let flooder = login_from(shop, "203.0.113.1").await;
        let honest = [login_from(shop, "198.51.100.1").await, login_from(shop, "198.51.100.2").await];
        assert_eq!((flooder, honest), (429, [401, 401]));
        // What WeChat is never asked is not counted for everybody.
        for _ in 0..40 {
            shop.post("/api/v1/auth/login", &json!({ "code": "" })).await.expect_problem(400, "invalid_request");
        }
        assert_eq!(login_from(shop, "198.51.100.3").await, 401);
    }

    with &[REAL_RATES] =>
    async fn five_hundred_honest_users_of_one_address_all_get_in(shop: &TestShop) {
        let logins: Vec<_> = (0..500).map(|n| json!({ "code": shop.wechat.login(&format!("visitor{n}")) })).collect();
        for twenty in logins.chunks(20) {
            for answer in join_all(twenty.iter().map(|login| shop.post("/api/v1/auth/login", login))).await {
                answer.expect(200);
            }
        }
        // They look around, all in the same minute.
        for _ in 0..1_000 {
            shop.get("/api/v1/search/suggest?q=r").await.expect(200);
        }
    }

    with &[REAL_RATES] =>
    async fn one_buyer_who_buys_as_people_do_is_never_told_to_wait(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        for n in 0..5 {
            let body = body(&alice, PRODUCT).await;
            let order = alice.place(&format!("as-people-do-{n}"), &body).await.expect(201);
            let order_no = order["order_no"].as_str().unwrap();
            alice.pay(order_no).await;
            for _ in 0..5 {
                alice.sync(order_no).await.expect(200);
            }
        }
        shop.deliver().await;
    }

    with &[("RATE_LIMITS", "search_peer=3/60")] =>
    async fn a_flood_of_searches_leaves_the_catalogue_open(shop: &TestShop) {
        for path in ["/api/v1/products?q=tea", "/api/v1/search/suggest?q=te", "/api/v1/products?q=tea&limit=5"] {
            shop.get(path).await.expect(200);
        }
        let refused = shop.get("/api/v1/products?q=tea").await;
        assert_eq!(retry_after_s(&refused.headers), 1);
        refused.expect_problem(429, "too_many_requests");
        shop.get("/api/v1/search/suggest?q=te").await.expect_problem(429, "too_many_requests");
        for path in ["/api/v1/products", "/api/v1/categories", "/api/v1/products/red-ginseng-stick"] {
            shop.get(path).await.expect(200);
        }
    }

    async fn a_sixth_unpaid_order_is_refused_until_one_is_over(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let (hers, his) = (body(&alice, PRODUCT).await, body(&bob, PRODUCT).await);
        let mut orders = Vec::new();
        for n in 0..5 {
            let order = alice.place(&format!("unpaid-order-{n}"), &hers).await.expect(201);
            orders.push(order["order_no"].as_str().unwrap().to_owned());
        }
        let problem = alice.place("unpaid-order-5", &hers).await.expect_problem(409, "limit_reached");
        assert_eq!((&problem["limit"], &problem["reason"]), (&json!(5), &json!("unpaid_orders")));
        let again = alice.place("unpaid-order-4", &hers).await.expect(201);
        assert_eq!(again["order_no"], json!(orders[4]), "a repeat is no sixth order");
        bob.place("unpaid-order-0", &his).await.expect(201);
        // Paid, cancelled, expired: each frees a place.
        alice.pay(&orders[0]).await;
        shop.deliver().await;
        alice.place("unpaid-order-5", &hers).await.expect(201);
        alice.cancel(&orders[1]).await.expect(200);
        alice.place("unpaid-order-6", &hers).await.expect(201);
        alice.place("unpaid-order-7", &hers).await.expect_problem(409, "limit_reached");
        shop.advance_s(30 * 60 + 1);
        shop.run_jobs().await;
        alice.place("unpaid-order-7", &hers).await.expect(201);
    }

    async fn orders_placed_at_once_do_not_slip_past_the_cap(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let hers = body(&alice, PRODUCT).await;
        let keys: Vec<_> = (0..12).map(|n| format!("at-once-{n}")).collect();
        let answers = join_all(keys.iter().map(|key| alice.place(key, &hers))).await;
        let placed = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(placed, 5);
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.expect_problem(409, "limit_reached");
        }
    }

    async fn many_small_orders_do_not_get_round_the_limit_of_a_sku(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let (hers, his) = (body(&alice, SCARCE).await, body(&bob, SCARCE).await);
        let first = alice.place("scarce-goods-1", &hers).await.expect(201);
        let problem = alice.place("scarce-goods-2", &hers).await.expect_problem(409, "limit_reached");
        assert_eq!(problem["reason"], "unpaid_pieces");
        let line = &problem["lines"][0];
        assert_eq!((&line["asked"], &line["unpaid"], &line["limit"]), (&json!(1), &json!(1), &json!(1)), "{problem}");
        bob.place("scarce-goods-1", &his).await.expect(201);
        alice.place("something-else", &body(&alice, PRODUCT).await).await.expect(201);
        alice.cancel(first["order_no"].as_str().unwrap()).await.expect(200);
        alice.place("scarce-goods-2", &hers).await.expect(201);
    }

    with &[("MAX_IN_FLIGHT", "2")] =>
    async fn notifies_health_and_catalogue_are_served_while_orders_are_shed(shop: &TestShop) {
        let (alice, bob, carol) = (shop.buyer("alice").await, shop.buyer("bob").await, shop.buyer("carol").await);
        let paid = carol.order(PRODUCT, 1).await;
        carol.pay(&paid).await;
        let waits = [alice.order(PRODUCT, 1).await, bob.order(PRODUCT, 1).await];
        let slow = FaultKind::DelayMs { delay_ms: 2_000 };
        shop.wechat.add_fault(Fault::new(Route::Prepay, slow.clone()));
        shop.wechat.add_fault(Fault::new(Route::Prepay, slow));
        let body = body(&carol, PRODUCT).await;
        let crowd = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let started = Instant::now();
            let refused = carol.place("shed-order", &body).await;
            assert!((1..=3).contains(&retry_after_s(&refused.headers)));
            refused.expect_problem(503, "unavailable");
            shop.get("/healthz/ready").await.expect(200);
            shop.get("/api/v1/products?q=tea").await.expect(200);
            assert_eq!(shop.deliver().await, 1);
            let kept = shop.wechat.ledger().notifies.iter().all(|notify| notify.delivered);
            assert!(kept && started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        };
        let payers = join(alice.pay_params(&waits[0]), bob.pay_params(&waits[1]));
        join(payers, crowd).await;
        assert_eq!(carol.read_order(&paid).await["state"], "paid");
        carol.place("shed-order", &body).await.expect(201);
    }

    with &[("MAX_IN_FLIGHT", "1"), ("MAX_SLOW_BODIES", "2")] =>
    async fn who_dawdles_with_the_body_keeps_nobody_out(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let mut slow = Vec::new();
        for _ in 0..2 {
            slow.push(dawdle(&alice, "/api/v1/orders").await);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        alice.get("/api/v1/cart").await.expect(200);
        let third = read_all(dawdle(&alice, "/api/v1/orders").await).await;
        assert!(third.starts_with("HTTP/1.1 503 ") && third.to_lowercase().contains("\r\nretry-after: "), "{third}");
        let order = alice.order(PRODUCT, 1).await;
        alice.cancel(&order).await.expect(200);
        // Slow is not wrong: the rest of the body is read when it comes.
        for mut stream in slow {
            stream.write_all(b":1 }").await.unwrap();
            let answer = read_all(stream).await;
            assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("invalid_request"), "{answer}");
        }
    }

    async fn requests_can_not_take_the_notifies_connections(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        // All connections that requests may have, and some who wait for one.
        let crowd = join_all((0..6).map(|_| shop.app.db.read(rest)));
        let honest = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let started = Instant::now();
            shop.get("/healthz/ready").await.expect(200);
            assert_eq!(shop.deliver().await, 1);
            assert!(shop.wechat.ledger().notifies.iter().all(|notify| notify.delivered));
            assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        };
        let (crowd, ()) = join(crowd, honest).await;
        assert!(crowd.iter().filter(|answer| answer.is_ok()).count() >= 2);
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
    }

    async fn what_came_compressed_is_not_unpacked(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        for path in ["/api/v1/orders", "/api/v1/quotes", "/wechat/pay/notify"] {
            let request = shop.http.request(Method::POST, format!("{}{path}", shop.address)).bearer_auth(&alice.token);
            let request = request.header("Content-Encoding", "gzip").header("Content-Type", "application/json");
            let request = request.header("Idempotency-Key", "a-gzip-bomb").body(vec![0x1f_u8; 1_000]);
            assert_eq!(request.send().await.unwrap().status(), 415, "{path}");
        }
    }
}
