//! The wire between the shop and WeChat, which can be cut: connections are still taken, as by a network that swallows packets, but
//! nothing comes out at the other end.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// How often a held connection looks whether the cut is over.
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    cut: Rc<Cell<bool>>,
}

impl Way {
    pub(crate) async fn to(there: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let way = Self { address: listener.local_addr().unwrap(), cut: Rc::default() };
        let taken = way.clone();
        actix_web::rt::spawn(async move {
            // Every other connection loses what WeChat says, the others what the shop says: half of the calls do what they were for.
            let mut turn = 0_usize;
            while let Ok((here, _)) = listener.accept().await {
                turn += 1;
                actix_web::rt::spawn(taken.clone().join(here, there, turn.is_multiple_of(2)));
            }
        });
        way
    }

    pub(crate) fn cut(&self) {
        self.cut.set(true);
    }

    pub(crate) fn mend(&self) {
        self.cut.set(false);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.get()
    }

    async fn join(self, here: TcpStream, there: SocketAddr, loses_answers: bool) {
        let Ok(there) = TcpStream::connect(there).await else { return };
        let ((from_shop, to_shop), (from_wechat, to_wechat)) = (here.into_split(), there.into_split());
        futures_util::future::join(
            self.carry(from_shop, to_wechat, !loses_answers),
            self.carry(from_wechat, to_shop, true),
        )
        .await;
    }

    async fn carry(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_cut_with_the_wire: bool) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            if is_cut_with_the_wire && self.is_cut() {
                while self.is_cut() {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                // What was under way is lost, and so is the connection.
                return;
            }
            if to.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }
}
