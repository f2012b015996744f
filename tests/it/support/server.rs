//! A PostgreSQL of one test's own, to be crashed, locked and replaced.

use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use tempfile::TempDir;

/// Of the user that a server runs as when the tests run as root, which PostgreSQL refuses.
const USER: &str = "postgres";

pub(crate) struct Server {
    folder: TempDir,
    port: u16,
}

#[derive(QueryableByName)]
struct Pid {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pid: i32,
}

impl Server {
    /// A new and running one; `options` as for `postgres -c`.
    pub(crate) fn start(options: &[&str]) -> Self {
        let server = Self::in_a_folder();
        server.run("initdb", &["-A", "trust", "-U", USER, "--encoding", "UTF8", "--locale", "C"]);
        server.up(options);
        server
    }

    /// A streaming standby of this one, by the name `standby`.
    #[allow(dead_code, reason = "each binary of tests uses its part of this file")]
    pub(crate) fn standby(&self) -> Self {
        let standby = Self::in_a_folder();
        let from = format!("host=127.0.0.1 port={} user={USER} application_name=standby", self.port);
        standby.run("pg_basebackup", &["-d", &from, "-R", "-X", "stream", "-c", "fast"]);
        standby.up(&[]);
        standby
    }

    fn in_a_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if is_root() {
            succeed(Command::new("chown").arg(USER).arg(folder.path()));
        }
        Self { folder, port }
    }

    pub(crate) fn up(&self, options: &[&str]) {
        let socket = self.folder.path().display();
        let mut all = format!("-p {} -k {socket} -c listen_addresses=127.0.0.1 -c max_connections=100", self.port);
        for option in options {
            all.push_str(" -c ");
            all.push_str(option);
        }
        let log = self.folder.path().join("log");
        self.run("pg_ctl", &["-l", log.to_str().unwrap(), "-w", "-o", &all, "start"]);
    }

    /// At once, as if the power were cut.
    pub(crate) fn crash(&self) {
        self.run("pg_ctl", &["-m", "immediate", "-w", "stop"]);
    }

    #[allow(dead_code, reason = "each binary of tests uses its part of this file")]
    pub(crate) fn promote(&self) {
        self.run("pg_ctl", &["-w", "promote"]);
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    pub(crate) fn execute(&self, sql: &str) {
        let mut conn = PgConnection::establish(&self.url("postgres")).unwrap();
        // By itself, and not as the default, which a test may have changed.
        conn.batch_execute("SET default_transaction_read_only = off").unwrap();
        conn.batch_execute(sql).unwrap();
    }

    /// For all sessions, those that are open too; nothing takes it back.
    #[allow(dead_code, reason = "each binary of tests uses its part of this file")]
    pub(crate) fn set(&self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.execute(&format!("ALTER SYSTEM SET {name} = '{value}'")),
            None => self.execute(&format!("ALTER SYSTEM RESET {name}")),
        }
        self.execute("SELECT pg_reload_conf(), pg_sleep(0.2)");
    }

    /// Of those that serve the shop's database, in no order. None while the server recovers.
    #[allow(dead_code, reason = "each binary of tests uses its part of this file")]
    pub(crate) fn backends(&self) -> Vec<i32> {
        let backends =
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname <> 'postgres'";
        let Ok(mut conn) = PgConnection::establish(&self.url("postgres")) else { return Vec::new() };
        let pids: Vec<Pid> = diesel::sql_query(backends).load(&mut conn).unwrap_or_default();
        pids.into_iter().map(|row| row.pid).collect()
    }

    /// The server takes any backend that is killed for a crash of its own, and recovers.
    #[allow(dead_code, reason = "each binary of tests uses its part of this file")]
    pub(crate) fn kill(pid: i32) {
        // It may be gone by now.
        let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
    }

    /// One of PostgreSQL's own programs on this server's data.
    fn run(&self, program: &str, arguments: &[&str]) {
        let data = self.folder.path().join("data");
        let program = programs().join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        succeed(command.arg("-D").arg(data).args(arguments).current_dir(self.folder.path()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.crash();
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Debian's folder of the newest version.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL's server is installed by scripts/test");
    let newest = versions.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok()).max();
    Path::new("/usr/lib/postgresql").join(newest.unwrap().to_string()).join("bin")
}

#[track_caller]
fn succeed(command: &mut Command) {
    // Not piped: a server that was started keeps the pipe open.
    let status = command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
}
