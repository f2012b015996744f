//! One HTTP/1.1 connection that is kept: what a client costs must not hide what the shop costs.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Wire {
    address: SocketAddr,
    stream: TcpStream,
    read: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream, read: Vec::with_capacity(4096) })
    }

    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n").as_bytes()).await
    }

    /// Connects anew when the shop has closed the connection, once.
    pub(crate) async fn send_again(&mut self, request: &[u8]) -> io::Result<Answer> {
        if let Ok(answer) = self.send(request).await {
            return Ok(answer);
        }
        *self = Self::connect(self.address).await?;
        self.send(request).await
    }

    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.read.clear();
        self.stream.write_all(request).await?;
        loop {
            if let Some((status, head, length)) = head_of(&self.read) {
                while self.read.len() < head + length {
                    self.more().await?;
                }
                return Ok(Answer { status, body: self.read[head..head + length].to_vec() });
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// Status, length of the head and length of the body, when the head is there.
fn head_of(read: &[u8]) -> Option<(u16, usize, usize)> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&read[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((status, end, length.unwrap_or(0)))
}
