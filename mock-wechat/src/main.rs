//! Starts the stand-in of WeChat by itself.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use mock_wechat::{Account, Clock, Delivery, MockWechat, Options, Settings, Tls};

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
    /// Where to listen for TLS besides, such as 127.0.0.1:8443. The authority is kept in the data folder as ca.pem.
    #[arg(long, env = "MOCK_WECHAT_LISTEN_TLS")]
    listen_tls: Option<SocketAddr>,
    /// A further host name or address for the TLS certificate; may be repeated.
    #[arg(long)]
    tls_name: Vec<String>,
    /// How many of 100 answers and notifies are WeChat's probes, signed WECHATPAY/SIGNTEST/.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    probes: Option<u8>,
    /// Take plain http:// notify URLs of any host, as between containers.
    #[arg(long)]
    allow_http_notify: bool,
    /// A name besides loopback under which the page and the control endpoints are reached; may be repeated.
    #[arg(long)]
    host_name: Vec<String>,
    /// Hold the rate limits of WeChat.
    #[arg(long)]
    rate_limits: bool,
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
    apply_switches(&mock, &serve)?;
    let listener = TcpListener::bind(serve.listen)?;
    let address = listener.local_addr()?;
    let server = mock.serve(listener, serve.workers.into())?;
    // One line for whoever started it and needs the port.
    writeln!(std::io::stdout(), "mock-wechat is listening on http://{address}")?;
    if let Some(listen) = serve.listen_tls {
        let tls = Tls::load_or_generate(&serve.data, &serve.tls_name)?;
        let listener = TcpListener::bind(listen)?;
        let secure = listener.local_addr()?;
        actix_web::rt::spawn(mock.serve_tls(listener, serve.workers.into(), &tls)?);
        writeln!(std::io::stdout(), "mock-wechat is listening on https://{secure}")?;
    }
    log::info!("look at http://{address}/_mock/");
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

/// What the command line says about behaviour is kept like any other setting.
fn apply_switches(mock: &MockWechat, serve: &Serve) -> Result<(), mock_wechat::Error> {
    let known = mock.settings();
    mock.set_settings(Settings {
        signtest_percent: serve.probes.unwrap_or(known.signtest_percent),
        rate_limits: serve.rate_limits || known.rate_limits,
        http_notify: serve.allow_http_notify || known.http_notify,
        host_names: if serve.host_name.is_empty() { known.host_names } else { serve.host_name.clone() },
        ..known
    })
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
