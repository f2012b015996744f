//! The job engine by itself: jobs that do nothing, with a backlog before them. `cargo bench --bench jobs`; PostgreSQL too if
//! `BENCH_POSTGRES_URL` names a database that may be filled.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "figures for people"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gunpo_mall::base::clock::Clock;
use gunpo_mall::base::config::{DatabaseSettings, DatabaseUrl};
use gunpo_mall::base::db::{Db, DbConn, Migrations};
use gunpo_mall::base::error::Result;
use gunpo_mall::base::observability::Metrics;
use gunpo_mall::platform::jobs::{self, Job, Next, Payload, Registry, Run, Worker};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Jobs that are due when the worker starts.
const BACKLOGS: [u64; 3] = [500, 50_000, 500_000];
/// How long it may run.
const TIME: Duration = Duration::from_secs(10);
/// Rows of one chunk, when they are queued.
const CHUNK: u64 = 200;

#[derive(Serialize, Deserialize)]
struct Nothing {
    n: u64,
}

impl Payload for Nothing {
    const NAME: &'static str = "nothing";
    const ATTEMPTS_MAX: i32 = 5;

    fn key(&self) -> String {
        self.n.to_string()
    }
}

impl Job for Nothing {
    type Context = Arc<AtomicU64>;

    async fn run(self, done: Arc<AtomicU64>, _: Run) -> Result<Next> {
        done.fetch_add(1, Ordering::Relaxed);
        Ok(Next::Done)
    }
}

fn main() {
    let folder = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or_else(|_| ".".into())).expect("a folder");
    let mut urls = vec![("sqlite", format!("sqlite:{}", folder.path().join("jobs.db").display()))];
    urls.extend(std::env::var("BENCH_POSTGRES_URL").ok().map(|url| ("postgres", url)));
    let runtime = actix_web::rt::System::new();
    for (name, url) in urls {
        let url = DatabaseUrl::parse(&url).expect("a database");
        let settings = DatabaseSettings { url, read_connections: 4, connections: 16 };
        Migrations::open(&settings).expect("a database").run().expect("tables");
        for backlog in BACKLOGS {
            let (rate, writes) = runtime.block_on(measure(&settings, backlog));
            println!("jobs {name}: {backlog} due: {rate:.0}/s; {writes:.0} other writes/s beside them");
        }
    }
}

/// Jobs a second, and what two writers do beside them.
async fn measure(settings: &DatabaseSettings, backlog: u64) -> (f64, f64) {
    let db = Db::open(settings).expect("open");
    let clock = Clock::system();
    for first in (0..backlog).step_by(usize::try_from(CHUNK).expect("a chunk")) {
        let now = clock.timestamp();
        let queue = move |tx: &mut gunpo_mall::base::db::Tx| {
            for n in first..(first + CHUNK).min(backlog) {
                jobs::enqueue(tx, &Nothing { n }, now, now)?;
            }
            Ok(())
        };
        db.write(queue).await.expect("queued");
    }
    let done = Arc::new(AtomicU64::new(0));
    let registry = Registry::default().add::<Nothing>(Arc::clone(&done), None);
    let worker = Worker::new(registry, db.clone(), clock, Metrics::new().expect("metrics"));
    let (stop, stopped) = watch::channel(false);
    let started = Instant::now();
    let running = tokio::spawn(worker.run_forever(stopped));
    while started.elapsed() < TIME && done.load(Ordering::Relaxed) < backlog {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rate = done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    let writes = if done.load(Ordering::Relaxed) < backlog { beside(&db).await } else { 0.0 };
    stop.send(true).expect("a worker");
    running.await.expect("the worker ends");
    db.write(|tx| Ok(empty(tx.conn())?)).await.expect("emptied");
    (rate, writes)
}

/// Writes a second of two callers who do as little as one can.
async fn beside(db: &Db) -> f64 {
    let started = Instant::now();
    let caller = || async {
        let mut count = 0_u32;
        while started.elapsed() < TIME / 2 {
            db.write(|tx| Ok(touch(tx.conn())?)).await.expect("written");
            count += 1;
        }
        count
    };
    let (one, two) = tokio::join!(caller(), caller());
    f64::from(one + two) / started.elapsed().as_secs_f64()
}

fn touch(conn: &mut DbConn) -> diesel::QueryResult<()> {
    diesel::connection::SimpleConnection::batch_execute(conn, "UPDATE catalogue_version SET version = version + 1")
}

fn empty(conn: &mut DbConn) -> diesel::QueryResult<()> {
    diesel::connection::SimpleConnection::batch_execute(conn, "DELETE FROM jobs WHERE kind = 'nothing'")
}
