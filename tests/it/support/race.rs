//! Requests that arrive at the same moment: every connection is open and every byte but the last is sent before any last byte is.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Buyer, TestShop};

/// Time for the servers to read what came before the last bytes.
const SETTLE: Duration = Duration::from_millis(30);

/// A post that waits for its last byte.
pub(crate) struct Shot {
    bytes: Vec<u8>,
}

impl Shot {
    pub(crate) fn post(buyer: &Buyer<'_>, path: &str, key: Option<&str>, body: &Value) -> Self {
        let host = buyer.shop.address.trim_start_matches("http://");
        let key = key.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
        let body = body.to_string();
        let bytes = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{key}\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            buyer.token,
            body.len()
        );
        Self { bytes: bytes.into_bytes() }
    }
}

impl TestShop {
    /// Fires all shots at once; gives status and body of each, in order.
    pub(crate) async fn race(&self, shots: Vec<Shot>) -> Vec<(u16, Value)> {
        let host = self.address.trim_start_matches("http://");
        let mut armed = Vec::with_capacity(shots.len());
        for shot in &shots {
            let mut stream = TcpStream::connect(host).await.unwrap();
            stream.set_nodelay(true).unwrap();
            stream.write_all(&shot.bytes[..shot.bytes.len() - 1]).await.unwrap();
            armed.push((stream, shot.bytes[shot.bytes.len() - 1]));
        }
        tokio::time::sleep(SETTLE).await;
        for (stream, last) in &mut armed {
            stream.write_all(&[*last]).await.unwrap();
        }
        join_all(armed.into_iter().map(|(stream, _)| read(stream))).await
    }
}

async fn read(mut stream: TcpStream) -> (u16, Value) {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}
