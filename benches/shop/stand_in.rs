//! The stand-in of WeChat as a process of its own: what it costs is not the shop's. It keeps its ledger in memory.

use std::net::TcpListener;
use std::path::Path;

use mock_wechat::{Account, Clock, Delivery, MockWechat, Options};

use crate::Fault;
use crate::processes::announce;

pub(crate) async fn serve(account: &Path) -> Result<(), Fault> {
    let wechat = MockWechat::open(Options {
        data_dir: None,
        account: Account::load_or_generate(account)?,
        clock: Clock::system(),
        seed: 1,
        delivery: Delivery::Background,
    })?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    announce(&listener)?;
    Ok(wechat.serve(listener, 1)?.await?)
}
