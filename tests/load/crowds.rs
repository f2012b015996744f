//! Strangers who open as many connections as they can and do nothing with them, and strangers who guess at operators' passwords.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::backend::Backend;
use crate::buyers::Buyer;
use crate::shop::Shop;
use crate::wire::Wire;

/// Connections that are offered, from so many addresses.
const IDLE: u32 = 10_000;
/// Connections that ask for much and read nothing.
const DEAF: u32 = 2_000;
/// More than the bound of one peer can stop: the shop reaches its own limit.
const ADDRESSES: u8 = 24;
/// Honest requests meanwhile.
const HONEST: usize = 100;
/// What an honest one may wait, 99 of 100.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
/// WeChat gives a notify up after this.
const NOTIFIED_WITHIN: Duration = Duration::from_secs(5);
/// Addresses that flood the logins.
const FLOODERS: usize = 36;
/// The flood has used up what everybody may have at once.
const FLOODED_FIRST: Duration = Duration::from_secs(5);
/// Above what an idle shop has.
const RSS_MAX: u64 = 48 * 1024 * 1024;
/// Wrong passwords come this many at a time; more would only be refused.
const AT_ONCE: usize = 8;

/// From one of the crowd's addresses: all of 127/8 is this machine.
async fn connect(shop: SocketAddr, n: u32) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    let last = 2 + u8::try_from(n % u32::from(ADDRESSES)).unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
    tokio::time::timeout(Duration::from_secs(2), socket.connect(shop)).await.ok()?.ok()
}

fn many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

pub(crate) async fn idle_and_deaf(backend: Backend) {
    many_files();
    let shop = Shop::start(backend).await;
    let mut buyer = Buyer::arrive(&shop, "alice").await;
    assert_eq!(buyer.pay_or_try_again(&shop).await, "paid");
    let mut crowd = Vec::new();
    for n in 0..IDLE {
        let Some(mut stream) = connect(shop.address, n).await else { continue };
        // One honest request, so that it is kept alive.
        if stream.write_all(b"GET /healthz/live HTTP/1.1\r\nHost: shop\r\n\r\n").await.is_ok() {
            crowd.push(stream);
        }
    }
    let list = "GET /openapi.json HTTP/1.1\r\nHost: shop\r\n\r\n".repeat(16);
    for n in 0..DEAF {
        if let Some(mut stream) = connect(shop.address, n).await
            && stream.write_all(list.as_bytes()).await.is_ok()
        {
            crowd.push(stream);
        }
    }
    let mut waited = Vec::new();
    for n in 0..HONEST {
        let began = Instant::now();
        let path = if n % 2 == 0 { "/api/v1/products?limit=20" } else { "/healthz/live" };
        let answer = async { Wire::connect(shop.address).await?.get(path).await };
        let answer = tokio::time::timeout(Duration::from_secs(5), answer).await;
        let status = answer.ok().and_then(Result::ok).map(|answer| answer.status);
        assert_eq!(status, Some(200), "honest request {n}");
        waited.push(began.elapsed());
    }
    waited.sort();
    let p99 = waited[HONEST * 99 / 100 - 1];
    let began = Instant::now();
    shop.wechat.deliver_due().await;
    let notified = began.elapsed();
    // The shop may have asked meanwhile and know it already: that the notify got in, WeChat knows.
    let kept = shop.wechat.ledger().notifies.iter().all(|notify| notify.delivered);
    assert!(kept && shop.paid_orders().await.len() == 1, "the notify did not get in");
    println!(
        "crowds {backend:?}: {} of {} idle and deaf connections were offered; {HONEST} honest newcomers answered, p99 {p99:?}, a notify in {notified:?}",
        crowd.len(),
        IDLE + DEAF
    );
    assert!(p99 < ANSWERED_WITHIN && notified < NOTIFIED_WITHIN, "{p99:?} {notified:?}");
    drop(crowd);
    shop.end().await;
}

/// Logins with codes that WeChat does not know, from many addresses as fast as they can, and newcomers with an address each.
pub(crate) async fn logins(backend: Backend) {
    let mut shop = Shop::start(backend).await;
    drop(shop.stop());
    // The rates of production.
    shop.start_again(&[("RATE_LIMITS", String::new())]).await;
    let login = |code: &str, from: &str| {
        let body = json!({ "code": code }).to_string();
        format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: {from}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let over = std::cell::Cell::new(false);
    let flood = futures_util::future::join_all((0..FLOODERS * 2).map(|n| {
        let request = login("0a3FdV000WMyLT1Ylk100z5xvz0FdV0k", &format!("203.0.113.{}", n % FLOODERS));
        let over = &over;
        async move {
            let (mut wire, mut sent) = (Wire::connect(shop.address).await.unwrap(), 0_usize);
            while !over.get() {
                assert!([401, 429].contains(&wire.send_again(request.as_bytes()).await.unwrap().status));
                sent += 1;
            }
            sent
        }
    }));
    let honest = async {
        tokio::time::sleep(FLOODED_FIRST).await;
        let mut in_ = 0;
        for n in 0..HONEST {
            let request = login(&shop.wechat.login(&format!("newcomer{n}")), &format!("198.51.100.{n}"));
            let answer = Wire::connect(shop.address).await.unwrap().send(request.as_bytes()).await.unwrap();
            in_ += usize::from(answer.status == 200);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        over.set(true);
        in_
    };
    let (flood, in_) = futures_util::future::join(flood, honest).await;
    println!(
        "logins {backend:?}: {in_} of {HONEST} newcomers got in beside {} false logins from {FLOODERS} addresses",
        flood.iter().sum::<usize>()
    );
    assert!(in_ >= HONEST * 95 / 100);
    shop.end().await;
}

pub(crate) async fn wrong_passwords(backend: Backend) {
    let shop = Shop::start(backend).await;
    let idle = shop.rss();
    let mut seen = Vec::new();
    for guesses in [100, 900] {
        for n in 0..guesses / AT_ONCE {
            let guess = |k: usize| {
                let body = json!({ "name": format!("nobody{n}x{k}"), "password": "a guess" }).to_string();
                let request = format!(
                    "POST /admin/v1/auth/login HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 10.{}.{}.{k}\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    guesses % 250,
                    n % 250,
                    body.len()
                );
                async move { Wire::connect(shop.address).await.unwrap().send(request.as_bytes()).await.unwrap().status }
            };
            let answers = futures_util::future::join_all((0..AT_ONCE).map(guess)).await;
            assert!(answers.iter().all(|status| *status == 401), "{answers:?}");
        }
        seen.push(shop.rss().saturating_sub(idle));
    }
    let mib = |bytes: u64| bytes / 1024 / 1024;
    println!(
        "passwords {backend:?}: {} MiB above idle after 100 wrong ones, {} MiB after 1,000",
        mib(seen[0]),
        mib(seen[1])
    );
    assert!(seen.iter().all(|above| *above <= RSS_MAX), "{seen:?}");
    shop.end().await;
}
