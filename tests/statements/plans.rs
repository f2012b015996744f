//! No statement of the shop may read a table that grows from its beginning to its end. Every statement of a shop's day is explained by SQLite; a
//! scan is listed here with its reason, or fails the build. PostgreSQL has the same indexes (`tests/it/database.rs` compares the schemas).

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;
use gunpo_mall::domain::cases::{self, CaseKind, NewCase};
use gunpo_mall::domain::staff::Role;
use serde_json::json;

use crate::recorder;
use crate::support::clerks::Clerk;
use crate::support::{Backend, Buyer, TestShop};

/// What is scanned, beginning of the statement, and why the scan is no harm.
const SCANS: [(&str, &str, &str); 6] = [
    ("refunds", "INSERT INTO `payments`", "a foreign key's check, which SQLite lists and runs only when a parent goes"),
    (
        "operators",
        "SELECT `operators`.`id`, `operators`.`name`, `operators`.`totp",
        "all secrets of the staff, each 10 minutes",
    ),
    ("access_tokens USING INDEX sqlite_autoindex_access_tokens_1", "SELECT `access_tokens`.`appid`", "one row"),
    ("cases USING INDEX cases_open", "SELECT `cases`.`kind`", "a partial index: what is open"),
    ("operators USING INDEX sqlite_autoindex_operators_1", "SELECT `operators`.`name`", "the staff, at most 500"),
    ("jobs USING INDEX jobs_dead", "SELECT `jobs`.`id`", "a partial index: what is dead, and at most 200 of it"),
];
/// What Diesel writes for an empty list; nothing is read.
const NOTHING: &str = "(1=0)";

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// What buyers, WeChat, operators and jobs do in a day.
async fn a_day(shop: &TestShop) {
    let alice = shop.buyer("alice").await;
    let paid = alice.order("red-ginseng-stick", 1).await;
    alice.pay(&paid).await;
    shop.deliver().await;
    alice.pay_too_late("heartleaf-soothing-mask").await;
    shop.deliver().await;
    shop.run_jobs().await;
    let unpaid = alice.order("red-ginseng-stick", 2).await;
    alice.pay_params(&unpaid).await;
    look_around(shop, &alice).await;
    run_the_shop(shop, &paid).await;
    for _ in 0..40 {
        shop.advance_s(60);
        shop.run_jobs().await;
        shop.deliver().await;
    }
    // Everything that recurs, and what is pruned.
    shop.advance_s(40 * 24 * 3_600);
    shop.run_jobs().await;
    let mut bob = shop.buyer("bob").await;
    bob.login_again().await;
    bob.post("/api/v1/me/export", &bob.proof()).await.expect(200);
    assert_eq!(bob.post("/api/v1/me/close", &bob.proof()).await.status, 204);
}

async fn look_around(shop: &TestShop, alice: &Buyer<'_>) {
    // Readiness asks the database only when nothing was committed for a second.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    shop.get("/healthz/ready").await.expect(200);
    for path in [
        "/api/v1/products?limit=20",
        "/api/v1/products?q=a",
        "/api/v1/orders?limit=20",
        "/api/v1/orders?state=paid",
        "/api/v1/cart",
        "/api/v1/me",
        "/api/v1/addresses",
        "/api/v1/identity",
        "/api/v1/legal/privacy",
    ] {
        alice.get(path).await.expect(200);
    }
    let (sku, _) = shop.sku("red-ginseng-stick").await;
    alice.put(&format!("/api/v1/cart/items/{sku}"), &json!({ "quantity": 2 })).await.expect(200);
    alice.delete("/api/v1/me/consents/identity").await;
}

/// A list without a filter walks its key from one end, and stops after a page.
fn stops_at_a_page(table: &str, sql: &str) -> bool {
    let ends = ["", " DESC"].map(|order| format!(" FROM `{table}` ORDER BY `{table}`.`id`{order} LIMIT ?"));
    ends.iter().any(|end| sql.contains(end.as_str()))
}

/// What a manager opens in the console; each page asks the same as these.
async fn run_the_shop(shop: &TestShop, paid: &str) {
    let (now, metrics) = (shop.app.clock.timestamp(), shop.app.metrics.clone());
    let case = NewCase::once(CaseKind::RefundFailed, "R-1", json!({}));
    shop.app.db.write(move |tx| cases::open(tx, &metrics, &case, now)).await.unwrap();
    let manager = Clerk::settled(shop, "kim", Role::Manager).await;
    for path in [
        "/admin/v1/today",
        "/admin/v1/orders",
        "/admin/v1/orders?state=paid",
        &format!("/admin/v1/orders?q={paid}"),
        &format!("/admin/v1/orders/{paid}"),
        "/admin/v1/cases?closed=true",
        "/admin/v1/jobs",
        "/admin/v1/jobs?dead=true",
        "/admin/v1/operators",
        "/admin/v1/audit",
        "/admin/v1/audit?actor=operator:kim",
        &format!("/admin/v1/audit?object_id={paid}"),
    ] {
        manager.get(path).await.expect(200);
    }
    let open = manager.get("/admin/v1/cases").await.expect(200);
    let case = format!("/admin/v1/cases/{}", open["items"][0]["id"].as_str().unwrap());
    manager.get(&case).await.expect(200);
    assert_eq!(manager.post(&format!("{case}/take"), &json!({})).await.status, 204);
    let decided = json!({ "decision": "dealt_with", "note": "paid by bank transfer" });
    assert_eq!(manager.post(&format!("{case}/close"), &decided).await.status, 204);
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn no_statement_of_a_day_reads_a_growing_table_from_end_to_end() {
    let _alone = super::ONE_AT_A_TIME.lock().await;
    recorder::install();
    let shop = TestShop::start(Backend::Sqlite, &[]).await;
    recorder::remember();
    a_day(&shop).await;
    let statements = recorder::remembered();
    assert!(statements.len() > 100, "only {} statements were heard", statements.len());
    let mut conn = SqliteConnection::establish(shop.database_url().trim_start_matches("sqlite:")).unwrap();
    let mut found = BTreeSet::new();
    let mut faults = Vec::new();
    for sql in statements.iter().filter(|sql| !sql.contains(NOTHING)) {
        let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut conn).unwrap();
        for Step { detail } in steps {
            let Some(scanned) = detail.strip_prefix("SCAN ") else { continue };
            if stops_at_a_page(scanned, sql) {
                continue;
            }
            let known = SCANS.iter().find(|(what, statement, _)| *what == scanned && sql.starts_with(statement));
            if let Some((what, ..)) = known {
                found.insert((*what).to_owned());
            } else {
                faults.push(format!("{detail}: {sql}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let listed: BTreeSet<_> = SCANS.iter().map(|(table, ..)| (*table).to_owned()).collect();
    assert_eq!(found, listed, "what is listed and never scanned goes from the list");
    shop.end().await;
}
