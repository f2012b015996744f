//! A PostgreSQL server: the one of `TEST_POSTGRES_URL`, or one of our own that syncs every commit. And `pgbench` on it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Fault;
use crate::load::{Sample, sample};

/// Connections that the shop uses unless told otherwise: `pgbench` gets as many.
const CLIENTS: &str = "16";
const SCRIPT: &str = include_str!("order.pgbench.sql");

pub(crate) struct Server {
    /// Without a database at its end.
    url: String,
    programs: PathBuf,
    /// Data folder, if it is our own.
    own: Option<PathBuf>,
}

impl Server {
    pub(crate) fn start(work: &Path) -> Result<Self, Fault> {
        let programs = programs();
        if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
            let server = Self { url, programs, own: None };
            // scripts/test starts one that syncs nothing: fast, and no measure of anything.
            if server.sql("postgres", "SHOW fsync")?.trim() != "on" {
                return Err("the server of TEST_POSTGRES_URL has fsync off; unset it, and one is started".into());
            }
            return Ok(server);
        }
        let home = work.join("postgres");
        fs::create_dir_all(&home)?;
        if is_root() {
            run(Command::new("chmod").arg("755").arg(work))?;
            run(Command::new("chown").arg("postgres").arg(&home))?;
        }
        let data = home.join("data");
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let initdb = programs.join("initdb");
        run(as_postgres(&initdb).arg("-D").arg(&data).args("-A trust -U postgres -E UTF8 --locale C".split(' ')))?;
        // Unless told otherwise a server of today has more than 128 MB for its pages.
        let settings = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=100 -c shared_buffers=512MB",
            home.display()
        );
        let mut start = as_postgres(&programs.join("pg_ctl"));
        start.arg("-D").arg(&data).arg("-l").arg(home.join("log")).args(["-w", "-o", &settings, "start"]);
        run(start.stdout(std::process::Stdio::null()))?;
        Ok(Self { url: format!("postgres://postgres@127.0.0.1:{port}"), programs, own: Some(data) })
    }

    pub(crate) fn url_of(&self, database: &str) -> String {
        format!("{}/{database}", self.url)
    }

    /// Runs statements one by one; gives what the last one said.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> Result<String, Fault> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url_of(database)]);
        for statement in statements.split(';').filter(|statement| !statement.trim().is_empty()) {
            psql.args(["-c", statement]);
        }
        run(&mut psql)
    }

    /// Neighbour (c): the statements of an order by the tool that PostgreSQL is measured with.
    pub(crate) fn pgbench(&self, database: &str, work: &Path, lasting: Duration) -> Result<Sample, Fault> {
        let (script, log) = (work.join("order.pgbench.sql"), work.join("pgbench"));
        fs::write(&script, SCRIPT)?;
        let customers =
            self.sql(database, "SELECT min(id) || ' ' || max(id) FROM customers WHERE openid NOT LIKE 'past-%'")?;
        let (first, last) = customers.trim().split_once(' ').ok_or("there are no buyers")?;
        let mut pgbench = Command::new(self.programs.join("pgbench"));
        pgbench.args(["-n", "-M", "prepared", "-c", CLIENTS, "-T", &lasting.as_secs().to_string(), "-l"]);
        pgbench.arg("--log-prefix").arg(&log).arg("-f").arg(&script);
        pgbench.args(["-D", &format!("first_customer={first}"), "-D", &format!("last_customer={last}")]);
        run(pgbench.arg(self.url_of(database)))?;
        let mut times = Vec::new();
        for entry in fs::read_dir(work)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with("pgbench.") {
                let lines = fs::read_to_string(entry.path())?;
                times.extend(
                    lines.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok().map(Duration::from_micros)),
                );
                fs::remove_file(entry.path())?;
            }
        }
        Ok(sample(times, 0, lasting.as_secs_f64(), 0.0, 0.0))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(data) = &self.own {
            let mut stop = as_postgres(&self.programs.join("pg_ctl"));
            let _ = run(stop.arg("-D").arg(data).args(["-m", "immediate", "stop"]));
        }
    }
}

/// Debian keeps the server's programs out of the path; of several versions the newest.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|entry| entry.path()).max_by_key(version);
    newest.map(|path| path.join("bin")).unwrap_or_default()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n")
}

/// The server refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command.current_dir("/");
    command
}

fn run(command: &mut Command) -> Result<String, Fault> {
    let out = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    Err(format!("{}: {}", command.get_program().display(), String::from_utf8_lossy(&out.stderr)).into())
}
