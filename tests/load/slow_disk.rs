//! A disk that is slow for all, and one that hangs for half a minute.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use futures_util::future::{join, join_all};
use gunpo_mall::base::clock::Timestamp;
use gunpo_mall::base::db::schema::{jobs, orders};
use gunpo_mall::domain::orders::OrderState;

use crate::backend::Backend;
use crate::buyers::Buyer;
use crate::shop::Shop;
use crate::wire::Wire;

const SYNC_MS: u64 = 60;
const WRITERS: usize = 200;
const EXPIRING: usize = 20;
/// After the shop has started again.
const EXPIRES_IN: Duration = Duration::from_secs(20);
const CANCELLED_WITHIN: i64 = 5_000;
/// The writers go on for so long.
const WRITING: Duration = Duration::from_secs(40);
const ANSWERED_WITHIN: Duration = Duration::from_secs(6);

/// The shim, compiled beside the shop's data.
fn shim(folder: &Path) -> PathBuf {
    let library = folder.join("slow_sync.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/load/slow_sync.c");
    let status =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(status.unwrap().success(), "the shim can't be compiled");
    library
}

#[actix_web::test]
async fn orders_expire_in_time_while_two_hundred_write_to_a_slow_disk() {
    let mut shop = Shop::start(Backend::Sqlite).await;
    let mut writers = Buyer::several(&shop, "writer", WRITERS).await;
    for mut buyer in Buyer::several(&shop, "sleeper", EXPIRING).await {
        buyer.place().await;
    }
    let db = shop.stop();
    let at = Timestamp::from(chrono::Utc::now()).plus(EXPIRES_IN);
    db.write(move |tx| {
        let pending = orders::table.filter(orders::state.eq(OrderState::PendingPayment));
        diesel::update(pending).set(orders::expires_at.eq(at)).execute(tx.conn())?;
        let expiries = jobs::table.filter(jobs::kind.eq("order_expiry"));
        Ok(diesel::update(expiries).set(jobs::run_at.eq(at)).execute(tx.conn())?)
    })
    .await
    .unwrap();
    drop(db);
    let preload = shim(shop.folder()).display().to_string();
    shop.start_again(&[("LD_PRELOAD", preload), ("SLOW_SYNC_MS", SYNC_MS.to_string())]).await;
    for writer in &mut writers {
        writer.come_back(&shop).await;
    }
    let until = Instant::now() + WRITING;
    let written: usize = join_all(writers.iter_mut().map(|writer| async move {
        let mut written = 0;
        while Instant::now() < until {
            written += usize::from(writer.fill_cart().await.unwrap() == 200);
        }
        written
    }))
    .await
    .into_iter()
    .sum();
    let database = shop.database();
    let late = database.read(|rx| {
        let cancelled = orders::table.filter(orders::state.eq(OrderState::Cancelled));
        let times: Vec<(Timestamp, Option<Timestamp>)> =
            cancelled.select((orders::expires_at, orders::cancelled_at)).load(rx.conn())?;
        Ok(times.iter().map(|(at, done)| (done.unwrap().utc() - at.utc()).num_milliseconds()).collect::<Vec<_>>())
    });
    let late = late.await.unwrap();
    println!(
        "slow disk: a sync of {SYNC_MS} ms, {WRITERS} writers, {written} cart writes; {} of {EXPIRING} orders expired, the last {} ms late",
        late.len(),
        late.iter().max().unwrap_or(&-1)
    );
    assert!(written > WRITERS && late.len() == EXPIRING && late.iter().all(|ms| *ms <= CANCELLED_WITHIN), "{late:?}");
    shop.end().await;
}

async fn readiness(shop: &Shop) -> u16 {
    Wire::connect(shop.address).await.unwrap().get("/healthz/ready").await.unwrap().status
}

#[actix_web::test]
async fn a_sync_that_hangs_keeps_no_caller_waiting_and_the_shop_is_well_again_afterwards() {
    let mut shop = Shop::start(Backend::Sqlite).await;
    let mut writers = Buyer::several(&shop, "writer", 20).await;
    drop(shop.stop());
    let (preload, hangs) = (shim(shop.folder()).display().to_string(), shop.folder().join("hang"));
    shop.start_again(&[("LD_PRELOAD", preload), ("SLOW_SYNC_HANGS", hangs.display().to_string())]).await;
    for writer in &mut writers {
        writer.come_back(&shop).await;
    }
    std::fs::write(&hangs, "").unwrap();
    let began = Instant::now();
    let hung = Duration::from_secs(25);
    let write = join_all(writers.iter_mut().map(|writer| async move {
        let (mut longest, mut statuses) = (Duration::ZERO, Vec::new());
        while began.elapsed() < hung {
            let asked = Instant::now();
            statuses.push(writer.fill_cart().await.unwrap());
            longest = longest.max(asked.elapsed());
        }
        (longest, statuses)
    }));
    let look = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mut seen = Vec::new();
        while began.elapsed() < hung {
            seen.push(readiness(&shop).await);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        seen
    };
    let (written, seen) = join(write, look).await;
    let longest = written.iter().map(|(longest, _)| *longest).max().unwrap();
    let refused = written.iter().flat_map(|(_, statuses)| statuses).filter(|status| **status == 503).count();
    assert!(seen.iter().all(|status| *status == 503), "ready while the disk hangs: {seen:?}");
    assert!(longest <= ANSWERED_WITHIN, "a caller waited {longest:?}");
    while readiness(&shop).await != 200 {
        assert!(began.elapsed() < Duration::from_secs(45), "never ready again");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let well = began.elapsed();
    assert_eq!(writers[0].fill_cart().await.unwrap(), 200);
    println!(
        "hanging disk: 30 s; {refused} answers of 503, the longest wait {longest:?}; never ready meanwhile, ready again after {well:?}"
    );
    shop.end().await;
}
