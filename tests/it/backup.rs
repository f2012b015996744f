//! A backup is made while the shop serves, and is believed only after it was looked at.

use std::path::Path;
use std::process::{Command, Output};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use tempfile::TempDir;

use crate::support::backend::TestDatabase;
use crate::support::{Backend, TestShop};

/// The program, on this database.
fn run(url: &str, folder: &Path, arguments: &[&str]) -> Output {
    run_with(&[("DATABASE_URL".to_owned(), url.to_owned())], folder, arguments)
}

/// The program, configured so.
pub(crate) fn run_with(variables: &[(String, String)], folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gunpo-mall"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).envs(variables.iter().cloned()).current_dir(folder);
    command.args(arguments).output().unwrap()
}

#[track_caller]
pub(crate) fn passes(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
pub(crate) fn fails(output: &Output, why: &str) {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(why), "{told}");
}

/// A good backup of such a shop, which goes on serving, in a folder of its own.
struct Made {
    shop: TestShop,
    url: String,
    work: TempDir,
}

impl Made {
    async fn on(backend: Backend) -> Self {
        let shop = shop_with_history(backend).await;
        let made = Self { url: shop.database_url(), shop, work: tempfile::tempdir().unwrap() };
        passes(&made.run(&made.url, &["backup", &made.file("good")]));
        let checked = passes(&made.run(&made.url, &["restore", "--check", &made.file("good")]));
        assert!(checked.contains("stock and money are right"));
        made
    }

    fn file(&self, name: &str) -> String {
        self.work.path().join(name).display().to_string()
    }

    fn run(&self, url: &str, arguments: &[&str]) -> Output {
        run(url, self.work.path(), arguments)
    }
}

/// A shop that has sold, refunded and cancelled; it goes on serving.
async fn shop_with_history(backend: Backend) -> TestShop {
    let shop = TestShop::start(backend, &[]).await;
    let alice = shop.buyer("alice").await;
    let paid = alice.order("red-ginseng-stick", 1).await;
    alice.pay(&paid).await;
    shop.deliver().await;
    let late = alice.pay_too_late("heartleaf-soothing-mask").await;
    shop.deliver().await;
    shop.run_jobs().await;
    assert_eq!(alice.read_order(&late).await["state"], "cancelled");
    drop(alice);
    shop
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn a_backup_passes_and_restores_and_a_spoiled_one_does_not_sqlite() {
    let made = Made::on(Backend::Sqlite).await;
    let (file, on) = (|name: &str| made.file(name), |url: &str, arguments: &[&str]| made.run(url, arguments));
    fails(&on(&made.url, &["backup", &file("good")]), "is there already");

    // What a process that was killed in the middle leaves behind.
    assert!(!made.work.path().join("good.part").exists());
    let mut source = SqliteConnection::establish(made.url.trim_start_matches("sqlite:")).unwrap();
    source.batch_execute(&format!("VACUUM INTO '{}'", file("unfinished.part"))).unwrap();
    fails(&on(&made.url, &["restore", "--check", &file("unfinished.part")]), "backup_mark");

    let mut bytes = std::fs::read(file("good")).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 2048].fill(0xa5);
    std::fs::write(file("spoiled"), bytes).unwrap();
    let spoiled = on(&made.url, &["restore", "--check", &file("spoiled")]);
    assert!(!spoiled.status.success(), "{spoiled:?}");

    std::fs::copy(file("good"), file("poorer")).unwrap();
    let mut copy = SqliteConnection::establish(&file("poorer")).unwrap();
    copy.batch_execute("PRAGMA foreign_keys = OFF; UPDATE payments SET amount_fen = amount_fen - 1").unwrap();
    fails(&on(&made.url, &["restore", "--check", &file("poorer")]), "money does not add up");

    // Of the program before this one.
    std::fs::copy(file("good"), file("older")).unwrap();
    let mut copy = SqliteConnection::establish(&file("older")).unwrap();
    copy.batch_execute(include_str!("../../migrations/sqlite/2026-12-01-000015_suspects/down.sql")).unwrap();
    copy.batch_execute("DELETE FROM __diesel_schema_migrations WHERE version = '20261201000015'").unwrap();
    passes(&on(&made.url, &["restore", "--check", &file("older")]));
    copy.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')").unwrap();
    fails(&on(&made.url, &["restore", "--check", &file("older")]), "newer than this program");

    fails(&on(&made.url, &["restore", &file("good")]), "is being written by another process");
    let restored = format!("sqlite:{}", file("restored.db"));
    passes(&on(&restored, &["restore", &file("good")]));
    assert!(passes(&on(&restored, &["jobs", "list"])).contains("prune_sessions"));
    // It can be backed up itself, and a log that is left of another one is not played over it.
    passes(&on(&restored, &["backup", &file("again")]));
    passes(&on(&restored, &["restore", "--check", &file("again")]));
    std::fs::write(file("crashed.db-wal"), "left behind").unwrap();
    let crashed = format!("sqlite:{}", file("crashed.db"));
    fails(&on(&crashed, &["restore", &file("good")]), "crashed.db-wal is there already");
    made.shop.end().await;
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn a_backup_passes_and_restores_and_a_spoiled_one_does_not_postgres() {
    let made = Made::on(Backend::Postgres).await;
    let (file, on) = (|name: &str| made.file(name), |url: &str, arguments: &[&str]| made.run(url, arguments));

    let mut bytes = std::fs::read(file("good")).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(file("spoiled"), bytes).unwrap();
    fails(&on(&made.url, &["restore", "--check", &file("spoiled")]), "pg_restore");

    fails(&on(&made.url, &["restore", &file("good")]), "already exists");
    let empty = TestDatabase::empty(Backend::Postgres, made.work.path()).await;
    passes(&on(&empty.url, &["restore", &file("good")]));
    assert!(passes(&on(&empty.url, &["jobs", "list"])).contains("prune_sessions"));
    PgConnection::establish(&empty.url)
        .unwrap()
        .batch_execute("UPDATE payments SET amount_fen = amount_fen - 1")
        .unwrap();
    passes(&on(&empty.url, &["backup", &file("poorer")]));
    fails(&on(&empty.url, &["restore", "--check", &file("poorer")]), "money does not add up");
    made.shop.end().await;
}
