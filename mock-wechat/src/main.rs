//! Starts the stand-in of WeChat by itself.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use mock_wechat::{Account, Clock, Delivery, MockWechat, Options};

/// A stand-in of WeChat: login, Pay v3 and notifies, with faults on demand.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve WeChat's paths and the control endpoints.
    Serve(Serve),
}

#[derive(clap::Args)]
struct Serve {
    /// Where to listen; port 0 takes a free one. There is no login: keep it on loopback.
    #[arg(long, default_value = "127.0.0.1:0", env = "MOCK_WECHAT_LISTEN")]
    listen: SocketAddr,
    /// Where account, ledger and clock are kept.
    #[arg(long, default_value = "./mock-wechat-data", env = "MOCK_WECHAT_DATA")]
    data: PathBuf,
    /// The seed of all numbers that the stand-in makes up.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads that answer.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// Send notifies only when `POST /_mock/deliver` is called.
    #[arg(long)]
    manual_delivery: bool,
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    let Command::Serve(serve) = Cli::parse().command;
    let mock = MockWechat::open(Options {
        account: Account::load_or_generate(&serve.data)?,
        data_dir: Some(serve.data.clone()),
        clock: Clock::system(),
        seed: serve.seed,
        delivery: if serve.manual_delivery { Delivery::Manual } else { Delivery::Background },
    })?;
    let listener = TcpListener::bind(serve.listen)?;
    let address = listener.local_addr()?;
    let server = mock.serve(listener, serve.workers.into())?;
    // One line for whoever started it and needs the port.
    writeln!(std::io::stdout(), "mock-wechat is listening on http://{address}")?;
    log::info!(
        "appid {appid}, mchid {mchid}, keys in {file}",
        appid = mock.account().appid,
        mchid = mock.account().mchid,
        file = serve.data.join("account.json").display(),
    );
    let handle = server.handle();
    let mut running = actix_web::rt::spawn(server);
    tokio::select! {
        ended = &mut running => return Ok(ended??),
        () = asked_to_stop() => {}
    }
    handle.stop(true).await;
    Ok(running.await??)
}

/// Ctrl-C, or SIGTERM where there is such a thing.
async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
        }
        return;
    }
    // Without a way to listen for it nothing stops the server but a kill.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
