//! PostgreSQL: by its own programs, which must be as new as the server. For a copy of every moment, archive the WAL (docs/operations.md).

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection;
use percent_encoding::percent_decode_str;

use crate::base::db::postgres::establish;
use crate::base::error::{Error, Result};
use crate::base::ids;

/// Two checks at once must not meet.
const NAME_LETTERS: usize = 16;

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
        let name = format!("gunpo_mall_check_{}", ids::random_letters(NAME_LETTERS)?);
        on_server(database, &format!("CREATE DATABASE {name}"))?;
        let url = ConnectionUrl::parse(database)?.with_database(&name);
        let scratch = Self { url, server: database.to_owned(), name };
        restore(&scratch.url, file)?;
        // Else its first questions are planned for empty tables.
        on_server(&scratch.url, "ANALYZE")?;
        Ok(scratch)
    }
}

fn on_server(url: &str, sql: &str) -> Result<()> {
    Ok(establish(url)?.batch_execute(sql)?)
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        if let Err(error) = on_server(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)) {
            log::warn!("database {} is left behind: {error}", self.name);
        }
    }
}

/// Arguments can be read by everybody on the machine, the environment by the same user only.
fn without_password(database: &str) -> Result<(String, Option<String>)> {
    let mut url = ConnectionUrl::parse(database)?;
    let password = url.take_password();
    let decoded = password.map(|text| percent_decode_str(&text).decode_utf8_lossy().into_owned());
    Ok((url.to_string(), decoded))
}

/// A connection URI of libpq: several hosts make it none of the URLs that others know.
struct ConnectionUrl<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    password: Option<&'a str>,
    hosts: &'a str,
    database: &'a str,
    parameters: Vec<&'a str>,
}

impl<'a> ConnectionUrl<'a> {
    fn parse(url: &'a str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| Error::internal("DATABASE_URL is no URL"))?;
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) =
            authority.rsplit_once('@').map_or((None, authority), |(login, hosts)| (Some(login), hosts));
        let (user, password) = match login.map(|login| login.split_once(':')) {
            Some(Some((user, password))) => (Some(user), Some(password)),
            _ => (login, None),
        };
        let parameters = parameters.split('&').filter(|parameter| !parameter.is_empty()).collect();
        Ok(Self { scheme, user, password, hosts, database, parameters })
    }

    fn take_password(&mut self) -> Option<String> {
        let mut password = self.password.take();
        self.parameters.retain(|parameter| match parameter.strip_prefix("password=") {
            Some(given) => {
                password = Some(given);
                false
            }
            None => true,
        });
        password.map(str::to_owned)
    }

    fn with_database(mut self, name: &'a str) -> String {
        self.database = name;
        self.parameters.retain(|parameter| !parameter.starts_with("dbname="));
        self.to_string()
    }
}

impl fmt::Display for ConnectionUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, user, password, hosts, database, parameters } = self;
        write!(f, "{scheme}://{}", user.unwrap_or_default())?;
        if let Some(password) = password {
            write!(f, ":{password}")?;
        }
        if user.is_some() {
            f.write_str("@")?;
        }
        write!(f, "{hosts}/{database}")?;
        if parameters.is_empty() { Ok(()) } else { write!(f, "?{}", parameters.join("&")) }
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn no_password_is_among_the_arguments_and_nothing_else_is_lost() {
        let cases = [
            ("postgres://host/shop", "postgres://host/shop", None),
            ("postgres://u@h/shop?sslmode=require", "postgres://u@h/shop?sslmode=require", None),
            ("postgres://u:p%40ss@h1:5432,h2:5433/shop?a=b", "postgres://u@h1:5432,h2:5433/shop?a=b", Some("p@ss")),
            ("postgres://u@[::1]:5432/shop?password=s3cret&a=b", "postgres://u@[::1]:5432/shop?a=b", Some("s3cret")),
            ("postgresql:///shop?host=/run/pg", "postgresql:///shop?host=/run/pg", None),
        ];
        for (url, told, password) in cases {
            let (without, taken) = without_password(url).unwrap();
            assert_eq!((without.as_str(), taken.as_deref()), (told, password), "{url}");
        }
        let other = ConnectionUrl::parse("postgres://u:p@h1,h2/shop?x=1").unwrap().with_database("check");
        assert_eq!(other, "postgres://u:p@h1,h2/check?x=1");
    }
}
