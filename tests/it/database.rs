//! Both backends carry one schema, and migrations go down and up again with data in the tables.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use gunpo_mall::base::clock::Clock;
use gunpo_mall::base::db::{Db, Migrations};
use gunpo_mall::cli::seed;

use crate::support::backend::{TestDatabase, settings};
use crate::support::{Backend, TestShop};

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS field, \
    c.type || CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN '' ELSE '?' END AS kind \
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' \
    AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY 1, c.cid";
#[cfg(feature = "postgres")]
const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text AS field, \
    data_type || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS kind FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY table_name, ordinal_position";

type Schema = BTreeMap<String, Vec<(String, String)>>;

/// Column types in the words of the portable subset.
fn portable(kind: &str) -> String {
    let nullable = if kind.ends_with('?') { "?" } else { "" };
    let word = match kind.trim_end_matches('?').to_ascii_lowercase().as_str() {
        "bytea" => "blob",
        // SQLite keeps a time as text and a truth as a number.
        "timestamp without time zone" => "text",
        "bigint" | "boolean" => "integer",
        other => return format!("{other}{nullable}"),
    };
    format!("{word}{nullable}")
}

fn schema(columns: Vec<Column>) -> Schema {
    let mut schema = Schema::new();
    for column in columns {
        schema.entry(column.table_name).or_default().push((column.field, portable(&column.kind)));
    }
    schema
}

fn sqlite_schema(folder: &std::path::Path) -> Schema {
    let file = folder.join("schema.db");
    let url = format!("sqlite:{}", file.display());
    Migrations::open(&settings(&url)).unwrap().run().unwrap();
    let mut conn = SqliteConnection::establish(&file.display().to_string()).unwrap();
    schema(diesel::sql_query(SQLITE_COLUMNS).load(&mut conn).unwrap())
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn both_backends_have_the_same_tables_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::empty(Backend::Postgres, folder.path()).await;
    Migrations::open(&settings(&database.url)).unwrap().run().unwrap();
    let mut conn = PgConnection::establish(&database.url).unwrap();
    let postgres = schema(diesel::sql_query(POSTGRES_COLUMNS).load(&mut conn).unwrap());
    drop(conn);
    assert_eq!(sqlite_schema(folder.path()), postgres);
}

#[test]
fn the_code_s_schema_names_every_table_and_column_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let code = include_str!("../../src/base/db/schema.rs");
    for (table, columns) in sqlite_schema(folder.path()) {
        let body =
            code.split(&format!("    {table} (")).nth(1).unwrap_or_else(|| panic!("{table} is not in schema.rs"));
        let body = body.split("\n    }\n").next().unwrap();
        let named: Vec<&str> =
            body.lines().filter_map(|line| line.trim().split_once(" -> ")).map(|(name, _)| name).collect();
        assert_eq!(named, columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), "{table}");
    }
}

/// STRICT: a value of another type is refused, as PostgreSQL does.
#[cfg(feature = "sqlite")]
#[test]
fn no_table_of_sqlite_takes_a_value_of_another_type() {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let folder = tempfile::tempdir().unwrap();
    sqlite_schema(folder.path());
    let mut conn = SqliteConnection::establish(&folder.path().join("schema.db").display().to_string()).unwrap();
    let loose = "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND schema = 'main' \
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '__diesel_schema_migrations'";
    let loose: Vec<Table> = diesel::sql_query(loose).load(&mut conn).unwrap();
    assert!(loose.is_empty(), "{:?}", loose.iter().map(|table| &table.name).collect::<Vec<_>>());
}

/// A program goes on beside the migrations of its successor that are marked, and stops at one that is not.
async fn a_newer_schema(backend: Backend) {
    use diesel::connection::SimpleConnection;
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::new(backend, folder.path()).await;
    let db = Db::open(&settings(&database.url)).unwrap();
    let run = async |sql: &'static str| db.write(move |tx| Ok(tx.batch_execute(sql)?)).await.unwrap();
    run("INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000001')").await;
    let refused = db.check_schema().unwrap_err().to_string();
    assert!(refused.contains("20990101000001"), "{refused}");
    run("INSERT INTO compatible_migrations (version) VALUES ('20990101000001')").await;
    db.check_schema().unwrap();
    drop(db);
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn no_program_runs_on_a_newer_schema_that_is_not_marked_compatible_sqlite() {
    a_newer_schema(Backend::Sqlite).await;
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn no_program_runs_on_a_newer_schema_that_is_not_marked_compatible_postgres() {
    a_newer_schema(Backend::Postgres).await;
}

async fn down_and_up_again(backend: Backend) {
    let shop = TestShop::start(backend, &[]).await;
    let alice = shop.buyer("alice").await;
    let paid = alice.order("red-ginseng-stick", 1).await;
    alice.pay(&paid).await;
    shop.deliver().await;
    let cancelled = alice.order("red-ginseng-stick", 2).await;
    alice.pay_params(&cancelled).await;
    alice.cancel(&cancelled).await.expect(200);
    shop.wechat.pay_direct(&cancelled, true).unwrap();
    shop.deliver().await;
    drop(alice);
    // Every table has rows now: two orders, a payment each, a notify each, a refund, sessions, keys, recurring jobs.
    let (database, folder) = shop.into_database().await;
    let settings = settings(&database.url);
    let mut migrations = Migrations::open(&settings).unwrap();
    let all = migrations.count().unwrap();
    for steps in 1..=all {
        migrations.revert(steps).unwrap();
        assert_eq!(migrations.pending().unwrap().len(), steps);
        assert_eq!(migrations.run().unwrap().len(), steps);
    }
    assert_eq!(migrations.run().unwrap().len(), 0, "nothing is left to do");
    drop(migrations);
    fill(&settings, folder.path()).await;
}

async fn fill(settings: &gunpo_mall::base::config::DatabaseSettings, folder: &std::path::Path) {
    let db = Db::open(settings).unwrap();
    seed(&db, &Clock::system(), &folder.join("media")).await.unwrap();
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn migrations_go_down_and_up_again_with_filled_tables_sqlite() {
    down_and_up_again(Backend::Sqlite).await;
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn migrations_go_down_and_up_again_with_filled_tables_postgres() {
    down_and_up_again(Backend::Postgres).await;
}
