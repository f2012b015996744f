//! PostgreSQL: by its own programs, which must be as new as the server. For a copy of every moment, archive the WAL (docs/operations.md).

use std::path::Path;
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection;
use url::Url;

use crate::base::db::postgres::establish;
use crate::base::error::{Error, Result};

/// One snapshot, compressed, restorable in any order.
pub(super) fn dump(database: &str, part: &Path) -> Result<()> {
    let (url, password) = without_password(database)?;
    let mut command = Command::new("pg_dump");
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--file"]).arg(part).args(["--dbname", &url]);
    run(command, password)
}

/// Into a database that has no tables yet, all of it or nothing.
pub(super) fn restore(database: &str, file: &Path) -> Result<()> {
    let (url, password) = without_password(database)?;
    let mut command = Command::new("pg_restore");
    let one = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--dbname", &url];
    command.args(one).arg(file);
    run(command, password)
}

/// A database of its own on the same server; dropped with this.
pub(super) struct ScratchDatabase {
    pub(super) url: String,
    server: String,
    name: String,
}

impl ScratchDatabase {
    pub(super) fn restore(database: &str, file: &Path) -> Result<Self> {
        let name = format!("gunpo_mall_check_{}", std::process::id());
        let mut url = Url::parse(database).map_err(|_| Error::internal("DATABASE_URL is no URL"))?;
        url.set_path(&name);
        let scratch = Self { url: url.to_string(), server: database.to_owned(), name };
        scratch.on_server(&format!("CREATE DATABASE {}", scratch.name))?;
        restore(&scratch.url, file)?;
        Ok(scratch)
    }

    fn on_server(&self, sql: &str) -> Result<()> {
        Ok(establish(&self.server)?.batch_execute(sql)?)
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        if let Err(error) = self.on_server(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)) {
            log::warn!("database {} is left behind: {error}", self.name);
        }
    }
}

/// Arguments can be read by everybody on the machine, the environment by the same user only.
fn without_password(database: &str) -> Result<(String, Option<String>)> {
    let mut url = Url::parse(database).map_err(|_| Error::internal("DATABASE_URL is no URL"))?;
    let Some(password) = url.password() else { return Ok((url.to_string(), None)) };
    let password = percent_encoding::percent_decode_str(password).decode_utf8_lossy().into_owned();
    url.set_password(None).map_err(|()| Error::internal("DATABASE_URL has a password and no host"))?;
    Ok((url.to_string(), Some(password)))
}

fn run(mut command: Command, password: Option<String>) -> Result<()> {
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let ran = command.stdin(Stdio::null()).output();
    let ran = ran.map_err(|error| Error::internal(format!("{program} can't be run: {error}")))?;
    if ran.status.success() {
        return Ok(());
    }
    Err(Error::internal(format!("{program}: {}", String::from_utf8_lossy(&ran.stderr).trim())))
}
