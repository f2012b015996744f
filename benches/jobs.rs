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
/// Callers of other writes.
const CALLERS: usize = 32;
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
            let Measured { rate, alone, beside } = runtime.block_on(measure(&settings, backlog));
            println!(
                "jobs {name}: {backlog} due: {rate:.0}/s; other writes {alone:.0}/s alone, {beside:.0}/s beside them"
            );
        }
    }
}

struct Measured {
    /// Jobs a second, with nothing beside them.
    rate: f64,
    /// Other writes a second, without the worker.
    alone: f64,
    /// Other writes a second, while it works; 0 if nothing was left for it.
    beside: f64,
}

async fn measure(settings: &DatabaseSettings, backlog: u64) -> Measured {
    let db = Db::open(settings).expect("open");
    let clock = Clock::system();
    db.write(|tx| Ok(rows_to_touch(tx.conn())?)).await.expect("rows");
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
    let alone = others(&db).await;
    let (stop, stopped) = watch::channel(false);
    let started = Instant::now();
    let running = tokio::spawn(worker.run_forever(stopped));
    while started.elapsed() < TIME && done.load(Ordering::Relaxed) < backlog {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rate = done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    let beside = if done.load(Ordering::Relaxed) < backlog { others(&db).await } else { 0.0 };
    stop.send(true).expect("a worker");
    running.await.expect("the worker ends");
    db.write(|tx| Ok(empty(tx.conn())?)).await.expect("emptied");
    Measured { rate, alone, beside }
}

/// Writes a second of callers who do as little as one can, each in a row of its own.
async fn others(db: &Db) -> f64 {
    let started = Instant::now();
    let caller = |row: usize| async move {
        let mut count = 0_u32;
        while started.elapsed() < TIME / 2 {
            db.write(move |tx| Ok(touch(tx.conn(), row)?)).await.expect("written");
            count += 1;
        }
        count
    };
    let counts = futures_util::future::join_all((0..CALLERS).map(caller)).await;
    f64::from(counts.into_iter().sum::<u32>()) / started.elapsed().as_secs_f64()
}

fn touch(conn: &mut DbConn, row: usize) -> diesel::QueryResult<()> {
    let touched = format!("UPDATE touched SET times = times + 1 WHERE id = {row}");
    diesel::connection::SimpleConnection::batch_execute(conn, &touched)
}

fn rows_to_touch(conn: &mut DbConn) -> diesel::QueryResult<()> {
    use diesel::connection::SimpleConnection;
    conn.batch_execute("CREATE TABLE IF NOT EXISTS touched (id BIGINT PRIMARY KEY, times BIGINT NOT NULL)")?;
    conn.batch_execute("DELETE FROM touched")?;
    (0..CALLERS).try_for_each(|row| conn.batch_execute(&format!("INSERT INTO touched VALUES ({row}, 0)")))
}

fn empty(conn: &mut DbConn) -> diesel::QueryResult<()> {
    diesel::connection::SimpleConnection::batch_execute(conn, "DELETE FROM jobs WHERE kind = 'nothing'")
}
