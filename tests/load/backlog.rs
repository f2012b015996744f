//! Buyers fill their carts while fifty thousand jobs are due.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use futures_util::future::join_all;
use gunpo_mall::base::clock::Timestamp;
use gunpo_mall::base::db::schema::{jobs, orders};
use gunpo_mall::base::db::{Db, Rx};
use serde_json::json;

use crate::backend::Backend;
use crate::buyers::Buyer;
use crate::knob;
use crate::shop::Shop;

const WRITERS: usize = 32;
/// Quiet and busy windows, one after the other.
const PAIRS: usize = 3;
const WINDOW: Duration = Duration::from_secs(8);
/// The first moments of a process are not its speed.
const WARM_UP: Duration = Duration::from_secs(1);
/// Rows of one INSERT.
const CHUNK: usize = 500;

/// Cart writes in a window.
async fn fill_carts(writers: &mut [Buyer], window: Duration) -> usize {
    let until = Instant::now() + window;
    let written = join_all(writers.iter_mut().map(|writer| async move {
        let mut written = 0;
        while Instant::now() < until {
            assert_eq!(writer.fill_cart().await.unwrap(), 200);
            written += 1;
        }
        written
    }));
    written.await.into_iter().sum()
}

/// Expiries of an order that has ended: each finds nothing to do.
async fn queue(db: &Db, order_no: &str, count: usize) {
    let now = Timestamp::from(chrono::Utc::now());
    for _ in 0..count / CHUNK {
        let payload = json!({ "order_no": order_no }).to_string();
        db.write_bulk(move |tx| {
            let row = (
                jobs::kind.eq("order_expiry"),
                jobs::payload.eq(&payload),
                jobs::state.eq("ready"),
                jobs::attempts.eq(0),
                jobs::generation.eq(0_i64),
                jobs::abandoned.eq(0),
                jobs::run_at.eq(now),
                jobs::created_at.eq(now),
            );
            (0..CHUNK)
                .try_for_each(|_| Ok(diesel::insert_into(jobs::table).values(&row).execute(tx.conn()).map(drop)?))
        })
        .await
        .unwrap();
    }
}

pub(crate) async fn cart_writes(backend: Backend) {
    let backlog = usize::try_from(knob("LOAD_BACKLOG", 50_000)).unwrap();
    let mut shop = Shop::start(backend).await;
    let mut writers = Buyer::several(&shop, "writer", WRITERS).await;
    // Placed and cancelled.
    assert_eq!((writers[0].step().await.unwrap(), writers[0].step().await.unwrap()), (201, 200));
    let order_no = |rx: &mut Rx| Ok(orders::table.select(orders::order_no).first::<String>(rx.conn())?);
    let order_no = shop.database().read(order_no).await.unwrap();
    let mut ratios = Vec::new();
    for _ in 0..PAIRS {
        let mut written = [0, 0];
        for (window, jobs_due) in [0, backlog].into_iter().enumerate() {
            let db = shop.stop();
            db.write(|tx| Ok(diesel::delete(jobs::table.filter(jobs::kind.eq("order_expiry"))).execute(tx.conn())?))
                .await
                .unwrap();
            queue(&db, &order_no, jobs_due).await;
            drop(db);
            shop.start_again(&[]).await;
            for writer in &mut writers {
                writer.come_back(&shop).await;
            }
            fill_carts(&mut writers, WARM_UP).await;
            written[window] = fill_carts(&mut writers, WINDOW).await;
            let left = || jobs::table.filter(jobs::kind.eq("order_expiry").and(jobs::state.eq("ready"))).count();
            let left = shop.database().read(move |rx| Ok(left().get_result::<i64>(rx.conn())?)).await.unwrap();
            assert_eq!(left > 0, jobs_due > 0, "the backlog was over before the window");
        }
        println!(
            "backlog {backend:?}: {} cart writes in a quiet window, {} beside {backlog} due jobs",
            written[0], written[1]
        );
        ratios.push(written[1] as f64 / written[0] as f64);
    }
    ratios.sort_by(f64::total_cmp);
    println!("backlog {backend:?}: {:.2} of a quiet shop's cart writes (median of {PAIRS})", ratios[PAIRS / 2]);
    shop.end().await;
}
