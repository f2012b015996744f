//! A hundred thousand people's keys are wrapped anew while others buy.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use futures_util::future::join_all;
use gunpo_mall::base::clock::Timestamp;
use gunpo_mall::base::config::Settings;
use gunpo_mall::base::db::schema::{data_keys, jobs};
use gunpo_mall::base::ids::CustomerId;
use gunpo_mall::platform::sealing::{Sealer, Subject};

use crate::backend::Backend;
use crate::buyers::Buyer;
use crate::knob;
use crate::shop::Shop;

const BUYERS: usize = 8;
/// A buyer's thumb.
const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(3);
const NEW_KEY: &str = "t2:enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmE5ODc2NTQ=";

/// The 99th of 100 orders, while `goes_on` says so.
async fn p99(buyers: &mut [Buyer], goes_on: impl AsyncFn() -> bool) -> (Duration, usize) {
    let stop = std::cell::Cell::new(false);
    let orders = join_all(buyers.iter_mut().map(|buyer| async {
        let mut times = Vec::new();
        while !stop.get() {
            let asked = Instant::now();
            let status = buyer.step().await.unwrap();
            assert!([200, 201].contains(&status), "{status}");
            times.push(asked.elapsed());
            tokio::time::sleep(PAUSE).await;
        }
        times
    }));
    let watch = async {
        while goes_on().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.set(true);
    };
    let (times, ()) = futures_util::future::join(orders, watch).await;
    let mut times: Vec<_> = times.into_iter().flatten().collect();
    times.sort();
    (times[times.len() * 99 / 100], times.len())
}

pub(crate) async fn rotate(backend: Backend) {
    let keys = i64::try_from(knob("LOAD_KEYS", 100_000)).unwrap();
    let mut shop = Shop::start(backend).await;
    let mut buyers = Buyer::several(&shop, "buyer", BUYERS).await;
    let began = Instant::now();
    let (quiet, _) = p99(&mut buyers, async || began.elapsed() < Duration::from_secs(10)).await;
    let db = shop.stop();
    let old = shop.variable("DATA_KEYS");
    let sealer = std::sync::Arc::new(Sealer::new(&Settings::from_map(&shop.settings()).unwrap().data_keys).unwrap());
    for first in (1_000_000..1_000_000 + keys).step_by(500) {
        let sealer = std::sync::Arc::clone(&sealer);
        db.write_bulk(move |tx| {
            let now = Timestamp::from(chrono::Utc::now());
            (first..first + 500).try_for_each(|id| sealer.key_of(tx, Subject::Person(CustomerId(id)), now).map(drop))
        })
        .await
        .unwrap();
    }
    // Not in ten minutes, but now.
    let at = Timestamp::from(chrono::Utc::now());
    let due = move || diesel::update(jobs::table.filter(jobs::kind.eq("rotate_keys"))).set(jobs::run_at.eq(at));
    db.write(move |tx| Ok(due().execute(tx.conn())?)).await.unwrap();
    drop(db);
    shop.start_again(&[("DATA_KEYS", format!("{NEW_KEY},{old}"))]).await;
    for buyer in &mut buyers {
        buyer.come_back(&shop).await;
    }
    let (database, began) = (shop.database(), Instant::now());
    let left = async || {
        let old = || data_keys::table.filter(data_keys::epoch.ne("t2")).count();
        database.read(move |rx| Ok(old().get_result::<i64>(rx.conn())?)).await.unwrap()
    };
    let goes_on = async || {
        assert!(began.elapsed() < PATIENCE, "the keys are never all wrapped");
        left().await > 0
    };
    let (busy, orders) = p99(&mut buyers, goes_on).await;
    println!(
        "keys {backend:?}: {keys} wrapped anew in {:?}; p99 of {orders} orders meanwhile {busy:?}, of a quiet shop {quiet:?}",
        began.elapsed()
    );
    assert!(orders > 100, "hardly an order was placed meanwhile");
    shop.end().await;
}
