//! Nothing is kept that nobody has thought about: each column has a class, each table a term, and a copy holds all that is a buyer's.

use std::collections::{BTreeMap, BTreeSet};

use gunpo_mall::boot::data_map::{Class, TABLES, Term, page};
use gunpo_mall::boot::jobs::listed;

/// Tables and columns with their types, as `src/base/db/schema.rs` has them; another test compares that with both databases.
fn schema() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut tables = BTreeMap::new();
    let mut table = String::new();
    for line in include_str!("../../src/base/db/schema.rs").lines() {
        if let Some((name, _)) = line.trim().split_once(" (").filter(|_| line.ends_with(") {")) {
            name.clone_into(&mut table);
        } else if let Some((column, kind)) = line.trim().split_once(" -> ").filter(|_| line.ends_with(',')) {
            let columns: &mut BTreeMap<_, _> = tables.entry(table.clone()).or_default();
            columns.insert(column.to_owned(), kind.trim_end_matches(',').to_owned());
        }
    }
    tables
}

#[test]
fn no_column_is_without_a_class_and_no_table_without_a_term() {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for table in TABLES {
        let columns = table.columns.iter().flat_map(|(_, columns)| *columns);
        for column in columns {
            let is_new = told.entry(table.name.to_owned()).or_default().insert((*column).to_owned());
            assert!(is_new, "{}.{column} has two classes", table.name);
        }
    }
    let there: BTreeMap<_, BTreeSet<_>> =
        schema().into_iter().map(|(table, columns)| (table, columns.into_keys().collect())).collect();
    assert_eq!(told, there);
}

#[test]
fn each_term_has_somebody_who_sees_to_it() {
    let jobs: BTreeSet<_> = listed().iter().map(|job| job.facts.name).collect();
    for table in TABLES {
        assert!(!table.until.is_empty(), "{} has no term", table.name);
        if let Term::Job(name) = table.term {
            assert!(jobs.contains(name), "{}: there is no job {name}", table.name);
        }
        let of_a_buyer = [Class::Person, Class::Sealed, Class::Index];
        let holds_a_buyer = table.columns.iter().any(|(class, _)| of_a_buyer.contains(class));
        // The proof of a consent is kept by the number of an account that is no more.
        assert!(!holds_a_buyer || table.term != Term::Kept || table.name == "consents", "{} never forgets", table.name);
    }
}

#[test]
fn the_page_of_the_data_is_what_the_code_says() {
    assert_eq!(include_str!("../../docs/data.md").trim_end(), page().trim_end(), "gunpo-mall data > docs/data.md");
}

#[cfg(feature = "sqlite")]
mod copy {
    use diesel::prelude::*;
    use diesel::sql_types::Text;
    use serde_json::json;

    use super::*;
    use crate::support::{Backend, TestShop};

    /// Which rows of a table are of the buyer with this number.
    fn rows_of(table: &str, customer: &str) -> Option<String> {
        let of_orders = format!("order_id IN (SELECT id FROM orders WHERE customer_id = {customer})");
        Some(match table {
            "customers" => format!("id = {customer}"),
            "payments" | "refunds" | "order_lines" | "order_events" => of_orders,
            "addresses" | "identities" | "consents" | "sessions" | "cart_items" | "orders" => {
                format!("customer_id = {customer}")
            }
            _ => return None,
        })
    }

    #[derive(QueryableByName)]
    struct Value {
        #[diesel(sql_type = Text)]
        value: String,
    }

    /// Compared with the schema: a text that is a buyer's and is not in the copy fails this.
    #[actix_web::test]
    async fn a_copy_holds_every_text_that_is_a_buyers() {
        let shop = TestShop::start(Backend::Sqlite, &[]).await;
        let scene = json!({ "code": shop.wechat.login("alice"), "scene": "poster-linyi-7" });
        shop.post("/api/v1/auth/login", &scene).await.expect(200);
        let alice = shop.buyer("alice").await;
        alice.pay_too_late("heartleaf-soothing-mask").await;
        let paid = alice.order("red-ginseng-stick", 1).await;
        alice.pay(&paid).await;
        shop.deliver().await;
        shop.run_jobs().await;
        let (sku, _) = shop.sku("red-ginseng-stick").await;
        alice.put(&format!("/api/v1/cart/items/{sku}"), &json!({ "quantity": 1 })).await.expect(200);
        let id = alice.get("/api/v1/me").await.expect(200)["id"].as_str().unwrap().to_owned();
        let copy = alice.post("/api/v1/me/export", &alice.proof()).await.expect(200).to_string();
        let mut conn = SqliteConnection::establish(shop.database_url().trim_start_matches("sqlite:")).unwrap();
        let (types, mut looked_at, mut faults) = (schema(), 0, Vec::new());
        for table in TABLES {
            let of_buyer = table.columns.iter().filter(|(class, _)| matches!(class, Class::Person | Class::Trade));
            for column in of_buyer.flat_map(|(_, columns)| *columns) {
                let (name, kind) = (table.name, &types[table.name][*column]);
                let Some(own) = rows_of(name, &id) else {
                    assert_eq!(name, "idempotency_keys", "whose are the rows of {name}?");
                    continue;
                };
                // Numbers and times go out in other forms; a column of a kind is known by its texts.
                if !kind.contains("Text") || matches!(*column, "request" | "notice_version" | "language") {
                    continue;
                }
                let sql = format!("SELECT {column} AS value FROM {name} WHERE {own} AND {column} IS NOT NULL");
                let values: Vec<Value> = diesel::sql_query(sql).load(&mut conn).unwrap();
                looked_at += values.len();
                let missing = values.into_iter().filter(|one| !copy.contains(&one.value));
                faults.extend(missing.map(|one| format!("{name}.{column}: {}", one.value)));
            }
        }
        assert!(faults.is_empty(), "not in the copy:\n{}", faults.join("\n"));
        assert!(looked_at > 60, "only {looked_at} values were looked for");
        drop(alice);
        shop.end().await;
    }
}
