//! The processes beside this one. All are killed when they are dropped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mock_wechat::Account;

use crate::Fault;
use crate::variables;
use crate::wire::Wire;

const PATIENCE: Duration = Duration::from_mins(1);
/// How often a starting shop is asked.
const ASKED_EVERY: Duration = Duration::from_millis(1);
/// Everybody comes from one address and is in a hurry; the doors for that are tested elsewhere.
const NO_HURRY: &str = "login_peer=999999/999999,login_all=999999/999999,refresh_peer=999999/999999,search_peer=999999/999999,\
    buyer=999999/999999,order=999999/999999,pay=999999/999999";

/// Tells the parent where a child listens.
pub(crate) fn announce(listener: &TcpListener) -> Result<(), Fault> {
    Ok(writeln!(std::io::stdout(), "{}", listener.local_addr()?)?)
}

struct Process(Child);

impl Process {
    /// This binary again; gives where it listens.
    fn own(mode: &str, argument: &Path) -> Result<(Self, SocketAddr), Fault> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg(mode).arg(argument).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut said = String::new();
        let out = child.stdout.take().ok_or("a child without its output")?;
        let process = Self(child);
        BufReader::new(out).read_line(&mut said)?;
        Ok((process, said.trim().parse().map_err(|_| format!("{mode} does not start"))?))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    account: Account,
    _process: Process,
}

impl StandIn {
    pub(crate) fn start(work: &Path) -> Result<Self, Fault> {
        let folder = work.join("wechat");
        let account = Account::load_or_generate(&folder)?;
        let (process, address) = Process::own("stand-in", &folder)?;
        Ok(Self { address, account, _process: process })
    }
}

pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    process: Process,
}

impl Bare {
    pub(crate) fn start(pages: &Path) -> Result<Self, Fault> {
        let (process, address) = Process::own("bare", pages)?;
        Ok(Self { address, process })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }
}

/// How the shop is set up in one world.
pub(crate) struct ShopSetting {
    pub(crate) folder: PathBuf,
    pub(crate) database_url: String,
    pub(crate) under: String,
}

pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    /// From its start to its first answer.
    pub(crate) started_in: Duration,
    process: Process,
}

impl Shop {
    pub(crate) async fn start(setting: &ShopSetting, stand_in: &StandIn) -> Result<Self, Fault> {
        let address = free_address()?;
        let mut words = setting.under.split_whitespace().chain([env!("CARGO_BIN_EXE_gunpo-mall"), "serve"]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).env_clear().envs(variables(setting, address, stand_in)?);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // The access log is on, and goes where a log goes: into a file.
        let log = setting.folder.join("shop.log");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let started = Instant::now();
        let mut process = Process(command.spawn()?);
        loop {
            if let Ok(mut wire) = Wire::connect(address).await
                && wire.get("/healthz/ready").await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(Self { address, started_in: started.elapsed(), process });
            }
            if started.elapsed() > PATIENCE || process.0.try_wait()?.is_some() {
                return Err(format!("the shop does not start:\n{}", fs::read_to_string(&log)?).into());
            }
            tokio::time::sleep(ASKED_EVERY).await;
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// As an operator stops it: what runs comes to its end.
    pub(crate) fn stop(mut self) -> Result<(), Fault> {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        self.process.0.wait()?;
        Ok(())
    }
}

/// Runs a command of the shop to its end; gives what it said.
pub(crate) fn command(setting: &ShopSetting, stand_in: &StandIn, words: &[&str]) -> Result<String, Fault> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gunpo-mall"));
    command.args(words).env_clear().envs(variables(setting, free_address()?, stand_in)?);
    let out = command.output()?;
    if !out.status.success() {
        return Err(format!("gunpo-mall {}: {}", words.join(" "), String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

fn free_address() -> Result<SocketAddr, Fault> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn variables(
    setting: &ShopSetting,
    listen: SocketAddr,
    stand_in: &StandIn,
) -> Result<Vec<(&'static str, String)>, Fault> {
    let (address, wechat) = (format!("http://{listen}"), format!("http://{}", stand_in.address));
    let mut variables =
        variables::of_shop(&setting.folder, &setting.database_url, &address, &wechat, &stand_in.account)?;
    variables.extend([
        ("LISTEN", listen.to_string()),
        ("METRICS_LISTEN", free_address()?.to_string()),
        ("RATE_LIMITS", NO_HURRY.to_owned()),
    ]);
    Ok(variables)
}
