//! What a column may hold, by the code and by both databases. A word that one of them lacks would be refused in the middle of a sale.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;
use gunpo_mall::base::db::Migrations;
use gunpo_mall::boot::words::words;

use crate::support::backend::settings;

/// (table, column) -> words
type Rules = BTreeMap<(String, String), BTreeSet<String>>;

#[derive(QueryableByName)]
struct Rule {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    text: String,
}

fn of_the_code() -> Rules {
    let own = |column: gunpo_mall::boot::words::Words| {
        let words = column.words.into_iter().map(str::to_owned).collect();
        ((column.table.to_owned(), column.column.to_owned()), words)
    };
    words().into_iter().map(own).collect()
}

fn quoted(text: &str) -> BTreeSet<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// `column IN ('a', 'b')`, where nothing but this is asked.
fn listed(condition: &str) -> Option<(String, BTreeSet<String>)> {
    let (column, rest) = condition.trim().split_once(" IN (")?;
    let (list, after) = rest.split_once(')')?;
    let is_name = column.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    (is_name && after.trim_start_matches(')').trim().is_empty()).then(|| (column.to_owned(), quoted(list)))
}

#[cfg(feature = "sqlite")]
fn of_sqlite() -> Rules {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("words.db");
    Migrations::open(&settings(&format!("sqlite:{}", file.display()))).unwrap().run().unwrap();
    let mut conn = SqliteConnection::establish(&file.display().to_string()).unwrap();
    let rules = |kind: &str, conn: &mut SqliteConnection| -> Vec<Rule> {
        let sql = format!("SELECT tbl_name AS \"table\", sql AS text FROM sqlite_master WHERE type = '{kind}'");
        diesel::sql_query(sql).load(conn).unwrap()
    };
    let mut found = Rules::new();
    for Rule { table, text } in rules("table", &mut conn) {
        for check in text.split("CHECK (").skip(1) {
            let check = check.split_once("))").map_or(check, |(check, _)| check);
            if let Some((column, words)) = listed(&format!("{check})")) {
                found.insert((table.clone(), column), words);
            }
        }
    }
    // Of a column there are two triggers, for INSERT and for UPDATE: both must have the same words.
    let mut triggers: BTreeMap<(String, String), Vec<BTreeSet<String>>> = BTreeMap::new();
    for Rule { table, text } in rules("trigger", &mut conn) {
        let Some((_, condition)) = text.split_once("WHEN NEW.") else { continue };
        let Some((column, rest)) = condition.split_once(" NOT IN (") else { continue };
        let words = quoted(rest.split_once(')').unwrap().0);
        triggers.entry((table, column.to_owned())).or_default().push(words);
    }
    for (column, lists) in triggers {
        assert!(
            lists.len() == 2 && lists[0] == lists[1],
            "{column:?}: one trigger for INSERT, one for UPDATE: {lists:?}"
        );
        assert!(found.insert(column.clone(), lists[0].clone()).is_none(), "{column:?} has a CHECK too");
    }
    found
}

#[cfg(feature = "postgres")]
async fn of_postgres() -> Rules {
    use crate::support::Backend;
    use crate::support::backend::TestDatabase;
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::empty(Backend::Postgres, folder.path()).await;
    Migrations::open(&settings(&database.url)).unwrap().run().unwrap();
    let mut conn = PgConnection::establish(&database.url).unwrap();
    let sql = "SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS text FROM pg_constraint \
        WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND convalidated";
    let rules: Vec<Rule> = diesel::sql_query(sql).load(&mut conn).unwrap();
    let mut found = Rules::new();
    for Rule { table, text } in rules {
        let Some((column, rest)) = text.trim_start_matches("CHECK ((").split_once(" = ANY (ARRAY[") else { continue };
        let (list, after) = rest.split_once("])").unwrap();
        if after == "))" {
            found.insert((table, column.to_owned()), quoted(list));
        }
    }
    found
}

#[cfg(feature = "sqlite")]
#[test]
fn no_word_is_missing_in_sqlite() {
    assert_eq!(of_the_code(), of_sqlite());
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn no_word_is_missing_in_postgresql() {
    assert_eq!(of_the_code(), of_postgres().await);
}
