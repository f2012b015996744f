//! 500 bodies that come byte by byte, half of them where WeChat's notifies come in.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::backend::Backend;
use crate::buyers::Buyer;
use crate::shop::Shop;

const DAWDLERS: u32 = 500;
/// One after the other: all in one moment they would be a crowd until it is seen that they dawdle, and that is what the overload is for.
const ARRIVE_EVERY: Duration = Duration::from_millis(2);
const CLOSED_WITHIN: Duration = Duration::from_secs(15);
const HONEST_WITHIN: Duration = Duration::from_secs(1);

pub(crate) async fn prove(backend: Backend) {
    let shop = Shop::start(backend).await;
    let mut alice = Buyer::arrive(&shop, "alice").await;
    let paid = alice.pay_one(&shop).await;
    let token = alice.token().to_owned();
    let slow = join_all((0..DAWDLERS).map(async |n| {
        tokio::time::sleep(ARRIVE_EVERY * n).await;
        dawdle(&shop, &token, n % 2 == 0).await
    }));
    let honest = async {
        let (mut notifies, mut orders) = (Vec::new(), Vec::new());
        let until = Instant::now() + CLOSED_WITHIN;
        while Instant::now() < until {
            notifies.push(shop.notify(&paid).await.expect("a notify was not taken"));
            let started = Instant::now();
            let status = alice.step().await.unwrap();
            assert!(matches!(status, 200 | 201), "an honest order: {status}");
            orders.push(started.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        (notifies, orders)
    };
    let (closed, (notifies, orders)) = join(slow, honest).await;
    let last = closed.iter().max().unwrap();
    let (slowest_notify, slowest_order) = (notifies.iter().max().unwrap(), orders.iter().max().unwrap());
    println!(
        "slow-bodies {backend:?}: {DAWDLERS} closed, the last after {:.2} s; meanwhile {} notifies, slowest {} ms, {} orders, slowest {} ms",
        last.as_secs_f64(),
        notifies.len(),
        slowest_notify.as_millis(),
        orders.len(),
        slowest_order.as_millis()
    );
    assert!(*last <= CLOSED_WITHIN && *slowest_notify < HONEST_WITHIN && *slowest_order < HONEST_WITHIN);
    shop.end().await;
}

/// From the head to the end of the connection; a byte a second meanwhile.
async fn dawdle(shop: &Shop, token: &str, at_notify: bool) -> Duration {
    let path = if at_notify { "/wechat/pay/notify" } else { "/api/v1/orders" };
    let mut stream = TcpStream::connect(shop.address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: a-slow-body\r\n\
         Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let started = Instant::now();
    let mut answer = [0_u8; 1024];
    loop {
        let second = Duration::from_secs(1);
        match tokio::time::timeout(second, stream.read(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => return started.elapsed(),
            Ok(Ok(_)) => {}
            Err(_) => drop(stream.write_all(b" ").await),
        }
        assert!(started.elapsed() < Duration::from_secs(40), "never closed");
    }
}
