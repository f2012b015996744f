//! What the server must not start with; run as the operator runs it, as a process of its own.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{Backend, backend::TestDatabase, shop::variables};

fn run(folder: &Path, args: &[&str], variables: &HashMap<String, String>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gunpo-mall"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(variables)
        .output()
        .unwrap()
}

#[track_caller]
fn refused(output: &Output, names: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it started");
    for name in names {
        assert!(text.contains(name), "'{name}' is not named in\n{text}");
    }
}

async fn ready(folder: &Path) -> (TestDatabase, HashMap<String, String>) {
    let database = TestDatabase::new(Backend::Sqlite, folder).await;
    let mut variables = variables(folder, &database.url, "http://127.0.0.1:1", "http://127.0.0.1:1");
    for name in ["LISTEN", "METRICS_LISTEN"] {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        variables.insert(name.to_owned(), free.to_string());
    }
    (database, variables)
}

#[actix_web::test]
async fn a_configuration_with_many_faults_names_them_all_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, mut variables) = ready(folder.path()).await;
    variables.insert("JWT_SECRET".into(), "hunter2".into());
    variables.insert("DATABASE_URL".into(), "oracle://shop:hunter2@db/mall".into());
    variables.insert("WECHATPAY_APIV3_KEY".into(), "too-short-hunter2".into());
    variables.insert("TRUSTED_PROXIES".into(), "everybody".into());
    variables.insert("CORS_ORIGINS".into(), "*".into());
    variables.remove("DATA_KEYS");
    let output = run(folder.path(), &["serve"], &variables);
    refused(
        &output,
        &[
            "JWT_SECRET is weak",
            "unknown scheme 'oracle'",
            "WECHATPAY_APIV3_KEY",
            "TRUSTED_PROXIES",
            "CORS_ORIGINS",
            "DATA_KEYS is missing",
        ],
    );
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
}

#[actix_web::test]
async fn a_missing_jwt_secret_is_not_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, mut variables) = ready(folder.path()).await;
    variables.remove("JWT_SECRET");
    refused(&run(folder.path(), &["serve"], &variables), &["JWT_SECRET is missing"]);
}

#[actix_web::test]
async fn pending_migrations_are_named_and_not_run_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, mut variables) = ready(folder.path()).await;
    let empty = folder.path().join("empty.db");
    variables.insert("DATABASE_URL".into(), format!("sqlite:{}", empty.display()));
    refused(&run(folder.path(), &["serve"], &variables), &["migrations are pending", "accounts", "gunpo-mall migrate"]);
    assert!(run(folder.path(), &["migrate"], &variables).status.success());
    refused(&run(folder.path(), &["migrate", "--bogus"], &variables), &["--bogus"]);
}

/// An upgrade that was taken back in haste: the old program must not write where the new one has been.
#[actix_web::test]
async fn a_program_does_not_open_the_database_of_a_newer_one() {
    use diesel::connection::SimpleConnection;
    let folder = tempfile::tempdir().unwrap();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::new(backend, folder.path()).await;
        let future = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')";
        let (_, mut variables) = ready(folder.path()).await;
        variables.insert("DATABASE_URL".to_owned(), database.url.clone());
        let db = gunpo_mall::base::db::Db::open(&crate::support::backend::settings(&database.url)).unwrap();
        db.write(|tx| Ok(tx.batch_execute(future)?)).await.unwrap();
        drop(db);
        for command in ["serve", "doctor"] {
            refused(&run(folder.path(), &[command], &variables), &["newer than this program", "20991231000001"]);
        }
    }
}

#[actix_web::test]
async fn a_second_writer_is_told_who_holds_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let (database, variables) = ready(folder.path()).await;
    let held = gunpo_mall::base::db::Db::open(&crate::support::backend::settings(&database.url)).unwrap();
    let me = format!("pid {}", std::process::id());
    for command in ["serve", "migrate", "seed"] {
        refused(&run(folder.path(), &[command], &variables), &["being written by another process", &me]);
    }
    let listed = run(folder.path(), &["jobs", "list"], &variables);
    assert!(listed.status.success(), "looking is allowed: {}", String::from_utf8_lossy(&listed.stderr));
    drop(held);
}

#[actix_web::test]
async fn the_demo_does_not_run_beside_real_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, variables) = ready(folder.path()).await;
    refused(&run(folder.path(), &["demo"], &variables), &["real credentials", "WECHATPAY_MCHID"]);
}

#[actix_web::test]
async fn doctor_names_what_it_finds() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, mut variables) = ready(folder.path()).await;
    refused(&run(folder.path(), &["doctor"], &variables), &["1 fault(s)", "there is no operator"]);
    assert!(run(folder.path(), &["operator", "add", "kim", "--role", "manager"], &variables).status.success());
    let healthy = run(folder.path(), &["doctor"], &variables);
    assert!(healthy.status.success(), "{}", String::from_utf8_lossy(&healthy.stderr));
    variables.remove("WECHAT_APPID");
    refused(&run(folder.path(), &["doctor"], &variables), &["1 fault(s)", "WECHAT_APPID is missing"]);
}
