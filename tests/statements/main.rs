//! What a purchase costs the database: statements, prepares and commits of each step, counted on the connections themselves. A count that
//! changes is a change of the code, and is written down here by hand. On SQLite a commit is one fsync; on PostgreSQL a statement is a round trip.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod plans;
mod recorder;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "a purchase needs few of the actors")]
mod support;

use serde_json::json;
use support::{Backend, Buyer, TestShop};

const PRODUCT: &str = "red-ginseng-stick";
/// One connection each, so that "the second time" means the same connection.
const ONE_CONNECTION: [(&str, &str); 2] = [("DATABASE_READ_CONNECTIONS", "1"), ("DATABASE_CONNECTIONS", "2")];
/// Before a step is counted: connections of PostgreSQL take turns, and each has statements of its own.
const WARM_UP: usize = 6;

/// One purchase; gives a line for each step.
async fn purchase(shop: &TestShop, buyer: &Buyer<'_>, round: usize) -> Vec<String> {
    let mut told = Vec::new();
    recorder::clear();
    let code = shop.wechat.login(&buyer.name);
    shop.post("/api/v1/auth/login", &json!({ "code": code })).await.expect(200);
    told.push(recorder::take("login"));
    let (sku, _) = shop.sku(PRODUCT).await;
    let items = json!([{ "sku_id": sku, "quantity": 1 }]);
    recorder::clear();
    let body = buyer.order_body(&items).await;
    told.push(recorder::take("quote"));
    let placed = buyer.place(&format!("purchase-of-round-{round}"), &body).await.expect(201);
    told.push(recorder::take("place"));
    let order_no = placed["order_no"].as_str().unwrap().to_owned();
    let params = buyer.pay_params(&order_no).await;
    told.push(recorder::take("pay"));
    assert_eq!(buyer.request_payment(&params).await, "ok");
    recorder::clear();
    assert_eq!(shop.deliver().await, 1);
    told.push(recorder::take("notify"));
    assert_eq!(buyer.read_order(&order_no).await["state"], "paid");
    told.push(recorder::take("look"));
    told
}

/// The recorder hears every connection of the process.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn counted(backend: Backend) -> Vec<String> {
    let _alone = ONE_AT_A_TIME.lock().await;
    recorder::install();
    let shop = TestShop::start(backend, &ONE_CONNECTION).await;
    let buyer = shop.buyer("alice").await;
    for round in 0..WARM_UP {
        purchase(&shop, &buyer, round).await;
    }
    let told = purchase(&shop, &buyer, WARM_UP).await;
    drop(buyer);
    shop.end().await;
    told
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn no_step_of_a_purchase_prepares_or_asks_more_than_is_written_here_sqlite() {
    assert_eq!(
        counted(Backend::Sqlite).await,
        [
            "login: 3 statements, 0 prepared, 1 commits",
            "quote: 4 statements, 0 prepared, 0 commits",
            "place: 17 statements, 0 prepared, 1 commits",
            "pay: 13 statements, 0 prepared, 2 commits",
            "notify: 19 statements, 0 prepared, 1 commits",
            "look: 3 statements, 0 prepared, 0 commits",
        ]
    );
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn no_step_of_a_purchase_prepares_or_asks_more_than_is_written_here_postgres() {
    assert_eq!(
        counted(Backend::Postgres).await,
        [
            "login: 3 statements, 0 prepared, 1 commits",
            "quote: 4 statements, 0 prepared, 0 commits",
            "place: 17 statements, 0 prepared, 1 commits",
            "pay: 13 statements, 0 prepared, 2 commits",
            "notify: 19 statements, 0 prepared, 1 commits",
            "look: 3 statements, 0 prepared, 0 commits",
        ]
    );
}
