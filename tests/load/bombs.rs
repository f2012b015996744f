//! 64 bodies of 1 MB that would unpack to 1 GB each.

use std::process::Command;
use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::backend::Backend;
use crate::buyers::Buyer;
use crate::shop::Shop;

const BOMBS: usize = 64;
const GROWTH_MAX: u64 = 50 << 20;
const ROUTES: [&str; 4] = ["/api/v1/orders", "/api/v1/auth/login", "/wechat/pay/notify", "/api/v1/quotes"];

pub(crate) async fn prove(backend: Backend) {
    let shop = Shop::start(backend).await;
    let mut alice = Buyer::arrive(&shop, "alice").await;
    for _ in 0..20 {
        alice.step().await.unwrap();
    }
    let bomb = Command::new("sh").args(["-c", "head -c 1073741824 /dev/zero | gzip -9"]).output().unwrap().stdout;
    assert!(bomb.len() > 1_000_000);
    let before = shop.rss();
    let thrown = join_all((0..BOMBS).map(|n| throw(&shop, alice.token(), ROUTES[n % ROUTES.len()], n % 8 < 4, &bomb)));
    let mut peak = before;
    let watch = async {
        for _ in 0..250 {
            peak = peak.max(shop.rss());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (statuses, ()) = join(thrown, watch).await;
    let refused = statuses.iter().filter(|status| matches!(**status, Some(415 | 413 | 400))).count();
    let cut = statuses.iter().filter(|status| status.is_none()).count();
    assert_eq!(refused + cut, BOMBS, "{statuses:?}");
    let status = alice.step().await.unwrap();
    assert!(matches!(status, 200 | 201), "an order afterwards: {status}");
    let growth = peak.saturating_sub(before);
    println!(
        "gzip-bombs {backend:?}: {BOMBS} bodies of {} KB, {refused} refused, {cut} cut while they were sent; memory {} MB, at most {:.1} MB more",
        bomb.len() / 1024,
        before >> 20,
        growth as f64 / f64::from(1 << 20)
    );
    assert!(growth < GROWTH_MAX, "{growth} bytes");
    shop.end().await;
}

/// The status; `None` if the shop closed before it was read.
async fn throw(shop: &Shop, token: &str, path: &str, chunked: bool, bomb: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(shop.address).await.unwrap();
    let length =
        if chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {}", bomb.len()) };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: a-gzip-bomb\r\n\
         Content-Type: application/json\r\nContent-Encoding: gzip\r\n{length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    let (mut reader, mut writer) = stream.split();
    let send = async {
        if chunked {
            let _ = writer.write_all(format!("{:x}\r\n", bomb.len()).as_bytes()).await;
        }
        let _ = writer.write_all(bomb).await;
    };
    let read = async {
        let mut answer = Vec::new();
        let mut chunk = [0_u8; 1024];
        while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
            match tokio::time::timeout(Duration::from_secs(10), reader.read(&mut chunk)).await {
                Ok(Ok(count)) if count > 0 => answer.extend_from_slice(&chunk[..count]),
                _ => break,
            }
        }
        String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok())
    };
    let sent = tokio::time::timeout(Duration::from_secs(12), send);
    join(sent, read).await.1
}
