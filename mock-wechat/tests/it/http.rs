//! The same over real HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use mock_wechat::{Clock, Delivery, MockWechat, Options};
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::inbox::Inbox;
use crate::support::{Shop, account};

/// A stand-in behind a port, with notifies in the background.
struct Served {
    shop: Shop,
    address: SocketAddr,
    client: Client,
    server: ServerHandle,
}

impl Served {
    fn start() -> Self {
        let mock = MockWechat::open(Options {
            data_dir: None,
            account: account().clone(),
            clock: Clock::system(),
            seed: 7,
            delivery: Delivery::Background,
        })
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = mock.serve(listener, 1).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        Self { shop: Shop::of(mock), address, client, server: handle }
    }

    async fn send(&self, method: &str, target: &str, body: Option<&Value>) -> reqwest::Result<reqwest::Response> {
        let request = self.shop.merchant.request(method, target, body);
        let url = format!("http://{}{target}", self.address);
        let mut call = self.client.request(method.parse().unwrap(), url).body(request.body);
        for (name, value) in request.headers {
            call = call.header(name, value);
        }
        call.send().await
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("http://{}{path}", self.address);
        let answer = self.client.post(url).body(body.to_string()).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

#[actix_web::test]
async fn purchase_over_http_is_notified_in_the_background() {
    let inbox = Inbox::start();
    let mut served = Served::start();
    served.shop.notify_url.clone_from(&inbox.url);
    let order = served.shop.order("ORDER-1|x", 100);
    let answer = served.send("POST", "/v3/pay/transactions/jsapi", Some(&order)).await.unwrap();
    let headers = answer.headers().clone();
    let bytes = answer.bytes().await.unwrap();
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert!(served.shop.merchant.verifies(header, &bytes));
    let prepay_id = serde_json::from_slice::<Value>(&bytes).unwrap()["prepay_id"].as_str().unwrap().to_owned();
    let mut params = json!(served.shop.merchant.pay_params(&prepay_id));
    params["user"] = json!("alice");
    assert_eq!(served.control("/_mock/wx/request-payment", params).await, json!({ "errMsg": "requestPayment:ok" }));
    for _ in 0..60 {
        if !inbox.delivered().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(inbox.delivered().len(), 1);
    // The target is signed as it is sent, percent-encoding included.
    let target = format!("/v3/pay/transactions/out-trade-no/ORDER-1%7Cx?mchid={}", account().mchid);
    let answer = served.send("GET", &target, None).await.unwrap();
    let order: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(order["trade_state"], "SUCCESS", "{order}");
    served.server.stop(false).await;
    inbox.stop().await;
}

#[actix_web::test]
async fn cut_connection_gives_not_one_byte_but_the_effect_stays() {
    let served = Served::start();
    served.control("/_mock/faults", json!({ "route": "prepay", "kind": "cut", "times": 2 })).await;
    let order = served.shop.order("ORDER-1", 100);
    let target = "/v3/pay/transactions/jsapi";
    assert!(served.send("POST", target, Some(&order)).await.is_err());
    let request = served.shop.merchant.request("POST", target, Some(&order));
    let mut head = format!("POST {target} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n", request.body.len());
    for (name, value) in &request.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    let address = served.address;
    let read = actix_web::web::block(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        stream.write_all(&request.body).unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes
    });
    assert_eq!(read.await.unwrap(), b"");
    assert_eq!(served.shop.mock.ledger().payments.len(), 1);
    served.server.stop(false).await;
}

#[actix_web::test]
async fn held_connection_ends_without_an_answer() {
    let served = Served::start();
    let fault = json!({ "route": "certificates", "kind": "timeout_after_effect", "hold_ms": 200 });
    served.control("/_mock/faults", fault).await;
    let before = Instant::now();
    assert!(served.send("GET", "/v3/certificates", None).await.is_err());
    assert!(before.elapsed() >= Duration::from_millis(200));
    assert_eq!(served.send("GET", "/v3/certificates", None).await.unwrap().status(), 200);
    served.server.stop(false).await;
}

#[actix_web::test]
async fn a_slow_body_has_taken_effect_and_outlasts_whoever_waits_only_for_the_next_byte() {
    let served = Served::start();
    let fault = json!({ "route": "prepay", "kind": "slow_body", "pause_ms": 20 });
    let armed = served.control("/_mock/faults", fault).await;
    assert!(armed.get("error").is_none(), "{armed}");
    let order = served.shop.order("ORDER-1", 100);
    let target = "/v3/pay/transactions/jsapi";
    let before = Instant::now();
    let answer = served.send("POST", target, Some(&order)).await.unwrap();
    let headers = answer.headers().clone();
    let bytes = answer.bytes().await.unwrap();
    let pieces = u32::try_from(bytes.len()).unwrap();
    assert!(before.elapsed() >= Duration::from_millis(20) * pieces, "{pieces} in {:?}", before.elapsed());
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert!(served.shop.merchant.verifies(header, &bytes));
    // Bytes come all the time, so only a limit for the whole answer ends it.
    let slower = json!({ "route": "prepay", "kind": "slow_body", "pause_ms": 200 });
    served.control("/_mock/faults", slower).await;
    let hasty = Client::builder().no_proxy().timeout(Duration::from_secs(2)).build().unwrap();
    let hasty = Served { client: hasty, ..served };
    let answer = hasty.send("POST", target, Some(&order)).await.unwrap();
    assert!(answer.bytes().await.unwrap_err().is_timeout());
    assert_eq!(hasty.shop.mock.ledger().payments.len(), 1);
    hasty.server.stop(false).await;
}

#[actix_web::test]
async fn body_beyond_the_limit_is_refused() {
    let served = Served::start();
    let mut order = served.shop.order("ORDER-1", 100);
    order["description"] = json!("x".repeat(70_000));
    let answer = served.send("POST", "/v3/pay/transactions/jsapi", Some(&order)).await;
    // The connection may be closed before the client has sent it all.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));
    assert_eq!(served.shop.prepay(&order).await.0, 413);
    served.server.stop(false).await;
}

#[actix_web::test]
async fn control_endpoints_are_apart_from_wechats_paths() {
    let served = Served::start();
    for path in ["/_mock/nothing", "/_mockery"] {
        let answer = served.client.get(format!("http://{}{path}", served.address)).send().await.unwrap();
        assert!([404, 401, 400].contains(&answer.status().as_u16()), "{path}: {}", answer.status());
    }
    let moved = served.control("/_mock/clock", json!({ "advance_s": 60 })).await;
    assert!(moved["offset_ms"].as_i64().unwrap() >= 60_000);
    assert!(served.control("/_mock/clock", json!({ "advance_s": -1 })).await["error"].is_string());
    let code = served.control("/_mock/wx/login", json!({ "user": "alice" })).await;
    assert_eq!(code["code"].as_str().unwrap().len(), 32);
    assert!(served.control("/_mock/wx/login", json!({ "user": "" })).await["error"].is_string());
    served.server.stop(false).await;
}
