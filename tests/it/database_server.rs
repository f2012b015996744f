//! A PostgreSQL that would lose what it acknowledges is refused, and one that changes under the shop is left.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use gunpo_mall::base::db::{Db, Health};
use gunpo_mall::base::error::Error;

use crate::support::TestShop;
use crate::support::backend::{TestDatabase, settings};
use crate::support::server::Server;

/// How long a server that can be written to again may be taken for one that can't.
const WELL_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn a_server_that_can_lose_what_it_acknowledges_is_refused_by_the_name_of_its_setting() {
    let server = Server::start(&[]);
    for name in ["synchronous_commit", "fsync", "full_page_writes"] {
        server.set(name, Some("off"));
        let error = Db::open(&settings(&server.url("postgres"))).err().unwrap().to_string();
        assert!(error.contains(&format!("{name} is off")), "{error}");
        server.set(name, None);
    }
    server.execute("CREATE DATABASE local");
    server.execute("ALTER DATABASE local SET synchronous_commit = local");
    Db::open(&settings(&server.url("local"))).unwrap();
    server.set("synchronous_standby_names", Some("standby"));
    let error = Db::open(&settings(&server.url("local"))).err().unwrap().to_string();
    assert!(error.contains("synchronous_commit is local"), "{error}");
}

/// The level is the server's default; the shop says its own.
#[actix_web::test]
async fn a_server_of_another_isolation_runs_writes_as_the_code_wants_them() {
    let server = Server::start(&["default_transaction_isolation=serializable"]);
    let db = Db::open(&settings(&server.url("postgres"))).unwrap();
    let level = db.write(|tx| setting(tx, "transaction_isolation")).await.unwrap();
    assert_eq!(level, "read committed");
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

fn setting(tx: &mut gunpo_mall::base::db::Tx, name: &str) -> gunpo_mall::base::error::Result<String> {
    let query = diesel::sql_query("SELECT current_setting($1) AS value").bind::<Text, _>(name.to_owned());
    match tx.conn() {
        gunpo_mall::base::db::DbConn::Postgres(conn) => Ok(query.get_result::<Setting>(conn)?.value),
        #[cfg(feature = "sqlite")]
        gunpo_mall::base::db::DbConn::Sqlite(_) => unreachable!("this server is PostgreSQL"),
    }
}

#[actix_web::test]
async fn a_server_that_became_read_only_is_said_to_be_so_and_is_used_again_without_a_restart() {
    let server = Server::start(&[]);
    server.execute("CREATE DATABASE shop");
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::at(server.url("shop"), folder.path()).await;
    let shop = TestShop::on(database, folder, &[]).await;
    let alice = shop.buyer("alice").await;
    let order = alice.order("red-ginseng-stick", 1).await;

    server.set("default_transaction_read_only", Some("on"));
    let refused = alice.cancel(&order).await;
    assert_eq!((refused.status, refused.body["code"].as_str()), (503, Some("unavailable")));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    shop.get("/healthz/ready").await.expect(503);

    server.set("default_transaction_read_only", None);
    let started = Instant::now();
    while shop.get("/healthz/ready").await.status != 200 {
        assert!(started.elapsed() < WELL_WITHIN, "never ready again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    alice.cancel(&order).await.expect(200);
    drop(alice);
    shop.end().await;
}

fn mark(text: String) -> impl Fn(&mut gunpo_mall::base::db::Tx) -> gunpo_mall::base::error::Result<()> {
    move |tx| {
        let insert = diesel::sql_query("INSERT INTO marks (text) VALUES ($1)").bind::<Text, _>(text.clone());
        match tx.conn() {
            gunpo_mall::base::db::DbConn::Postgres(conn) => insert.execute(conn)?,
            #[cfg(feature = "sqlite")]
            gunpo_mall::base::db::DbConn::Sqlite(_) => unreachable!("this server is PostgreSQL"),
        };
        Ok(())
    }
}

/// The primary has rows that the standby has not: whoever was told that they are done would miss them after the promotion.
#[actix_web::test]
async fn nothing_is_acknowledged_that_only_a_primary_without_its_standby_has() {
    let primary = Server::start(&[]);
    primary.execute("CREATE TABLE marks (text TEXT NOT NULL)");
    let standby = primary.standby();
    primary.set("synchronous_standby_names", Some("standby"));
    let db = Db::open(&settings(&primary.url("postgres"))).unwrap();
    db.write(mark("before".to_owned())).await.unwrap();
    assert_eq!(db.probe().await.unwrap(), Health::Ok);

    standby.crash();
    assert_eq!(db.probe().await.unwrap(), Health::NoStandby);
    let writes: Vec<_> = ["cancelled", "killed"]
        .map(|text| {
            let db = db.clone();
            let write = tokio::spawn(async move { db.write(mark(text.to_owned())).await });
            (text, write)
        })
        .into();
    tokio::time::sleep(Duration::from_millis(500)).await;
    // The wait of one is cancelled, by which COMMIT succeeds with a warning; the other's backend is ended.
    let end = |how: &str, text: &str| {
        primary.execute(&format!(
            "SELECT {how}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid <> pg_backend_pid() \
             AND backend_xid IS NOT NULL ORDER BY backend_start {text} LIMIT 1"
        ));
    };
    end("pg_cancel_backend", "ASC");
    tokio::time::sleep(Duration::from_millis(500)).await;
    end("pg_terminate_backend", "DESC");
    for (text, write) in writes {
        let ended = write.await.unwrap();
        assert!(matches!(ended, Err(Error::OutcomeUnknown(_))), "{text}: {ended:?}");
    }
    // Both can be seen here; whoever repeats with the same key must not be answered by that.
    let confirmed = db.confirm().await;
    assert!(matches!(confirmed, Err(Error::OutcomeUnknown(_))), "{confirmed:?}");

    primary.crash();
    standby.up(&[]);
    standby.promote();
    let mut promoted = PgConnection::establish(&standby.url("postgres")).unwrap();
    promoted.batch_execute("DO $$ BEGIN ASSERT (SELECT string_agg(text, ',') FROM marks) = 'before'; END $$").unwrap();
}

/// A standby in another city: every commit takes longer than one that may have been cancelled.
#[actix_web::test]
async fn a_standby_that_is_slow_makes_writes_slow_and_not_unknown() {
    let primary = Server::start(&["synchronous_commit=remote_apply"]);
    primary.execute("CREATE TABLE marks (text TEXT NOT NULL)");
    let standby = primary.standby();
    standby.crash();
    standby.up(&["recovery_min_apply_delay=150"]);
    primary.set("synchronous_standby_names", Some("ANY 1 (standby)"));
    let db = Db::open(&settings(&primary.url("postgres"))).unwrap();
    let writes = (0..8).map(|nth| db.write(mark(format!("{nth}"))));
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
}

#[test]
fn with_standbys_a_role_that_cannot_see_them_is_refused() {
    let server = Server::start(&[]);
    server.execute("CREATE ROLE app LOGIN");
    let url = server.url("postgres").replace("postgres@", "app@");
    Db::open(&settings(&url)).unwrap();
    server.set("synchronous_standby_names", Some("standby"));
    let error = Db::open(&settings(&url)).err().unwrap().to_string();
    assert!(error.contains("GRANT pg_read_all_stats"), "{error}");
    server.execute("SET synchronous_commit = local; GRANT pg_read_all_stats TO app");
    Db::open(&settings(&url)).unwrap();
}

/// Buyers who go away while the standby is gone; what they began must not keep the connections of those who only read.
#[actix_web::test]
async fn writes_that_nobody_waits_for_give_their_connections_back_while_the_standby_is_away() {
    let server = Server::start(&[]);
    server.execute("CREATE TABLE marks (text TEXT NOT NULL)");
    server.set("synchronous_standby_names", Some("standby"));
    let db = Db::open(&settings(&server.url("postgres"))).unwrap();
    for _ in 0..16 {
        let gone = tokio::time::timeout(Duration::from_millis(100), db.write(mark("gone".to_owned()))).await;
        assert!(gone.is_err(), "{gone:?}");
    }
    let started = Instant::now();
    while db.read(|_| Ok(())).await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(25), "the connections never come back");
    }
    assert!(started.elapsed() > Duration::from_secs(1), "there was always one left, and this shows nothing");
}
