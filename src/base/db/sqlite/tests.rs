//! Each rule of the writer, named after the loss it excludes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tokio::sync::oneshot;

use super::open::{open_writer, version_is_safe};
use super::queue::{End, Pending, Queue, Ran};
use super::writer::{Progress, Waiting, Writer};
use crate::base::config::{DatabaseSettings, DatabaseUrl};
use crate::base::db::priority::WritePriority;
use crate::base::db::{Db, DbConn, Health, Tx, on_backend};
use crate::base::error::{Code, Error, Result};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(conn: &mut DbConn) -> Result<i64> {
    let query = diesel::sql_query("SELECT count(*) AS n FROM marks");
    Ok(on_backend!(conn, |c| query.get_result::<Count>(c))?.n)
}

fn mark(tx: &mut Tx, text: &str) -> Result<()> {
    let query = diesel::sql_query("INSERT INTO marks (text) VALUES (?)").bind::<Text, _>(text.to_owned());
    on_backend!(tx.conn(), |c| query.execute(c))?;
    Ok(())
}

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        Self { _folder: folder, path }
    }

    fn settings(&self) -> DatabaseSettings {
        DatabaseSettings { url: DatabaseUrl::Sqlite(self.path.clone()), read_connections: 2, connections: 2 }
    }

    async fn open(&self) -> Db {
        let db = Db::open(&self.settings()).unwrap();
        db.write(|tx| Ok(tx.batch_execute("CREATE TABLE IF NOT EXISTS marks (text TEXT NOT NULL)")?)).await.unwrap();
        db
    }
}

/// Keeps the writer busy until `gate` is passed, so that what is sent meanwhile stands in one group.
fn hold_writer(db: &Db) -> (Arc<Barrier>, tokio::task::JoinHandle<Result<()>>) {
    let gate = Arc::new(Barrier::new(2));
    let (db, inside) = (db.clone(), Arc::clone(&gate));
    let once = AtomicUsize::new(0);
    let held = tokio::spawn(async move {
        db.write(move |_| {
            if once.fetch_add(1, Ordering::SeqCst) == 0 {
                inside.wait();
            }
            Ok(())
        })
        .await
    });
    (gate, held)
}

async fn open_gate(gate: Arc<Barrier>) {
    // Long enough for the spawned writes to be queued.
    tokio::time::sleep(Duration::from_millis(100)).await;
    tokio::task::spawn_blocking(move || gate.wait()).await.unwrap();
}

#[tokio::test]
async fn an_acknowledged_write_is_there_after_a_restart() {
    let file = File::new();
    let db = file.open().await;
    db.write(|tx| mark(tx, "kept")).await.unwrap();
    drop(db);
    let db = file.open().await;
    assert_eq!(db.read(|rx| count(rx)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_refused_write_takes_nobody_else_of_its_group_with_it() {
    let file = File::new();
    let db = file.open().await;
    let (gate, held) = hold_writer(&db);
    let writes: Vec<_> = (0..40)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(move |tx| {
                    mark(tx, "half")?;
                    if n % 2 == 0 { Err(Code::WrongState.into()) } else { Ok(()) }
                })
                .await
            })
        })
        .collect();
    open_gate(gate).await;
    held.await.unwrap().unwrap();
    let mut done = 0;
    for write in writes {
        match write.await.unwrap() {
            Ok(()) => done += 1,
            Err(error) => assert_eq!(error.code(), Some(Code::WrongState)),
        }
    }
    assert_eq!(done, 20);
    assert_eq!(db.read(|rx| count(rx)).await.unwrap(), 20);
}

#[tokio::test]
async fn a_full_disk_in_the_middle_of_a_group_loses_nothing_acknowledged_and_keeps_nothing_half() {
    let file = File::new();
    let db = file.open().await;
    limit_pages(&db, 24).await;
    let (gate, held) = hold_writer(&db);
    let writes: Vec<_> = (0..30)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                // Every tenth is far larger than what is left of the disk; each writes two rows, never one.
                let size = if n % 10 == 5 { 200_000 } else { 10 };
                let text = "x".repeat(size);
                db.write(move |tx| {
                    mark(tx, "first of two")?;
                    mark(tx, &text)
                })
                .await
            })
        })
        .collect();
    open_gate(gate).await;
    held.await.unwrap().unwrap();
    let mut acknowledged = 0;
    for write in writes {
        match write.await.unwrap() {
            Ok(()) => acknowledged += 1,
            Err(error) => assert!(matches!(error, Error::Unavailable { .. }), "{error}"),
        }
    }
    assert_eq!(acknowledged, 27, "only the three that did not fit are refused");
    assert_eq!(db.read(|rx| count(rx)).await.unwrap(), 2 * acknowledged);
    limit_pages(&db, 100_000).await;
    db.write(|tx| mark(tx, &"x".repeat(200_000))).await.expect("there is room again");
    assert_eq!(db.health(), Health::Ok);
}

async fn limit_pages(db: &Db, pages: u32) {
    db.write(move |tx| Ok(tx.batch_execute(&format!("PRAGMA max_page_count = {pages}"))?)).await.unwrap();
}

#[tokio::test]
async fn a_write_inside_a_write_says_so_instead_of_waiting_for_ever() {
    let file = File::new();
    let db = file.open().await;
    let inner = db.clone();
    let refused = db
        .write(move |_| {
            let inner = inner.clone();
            futures_util::future::FutureExt::now_or_never(inner.write(|_| Ok(()))).unwrap_or(Ok(()))
        })
        .await;
    assert!(refused.unwrap_err().to_string().contains("inside another"));
}

#[tokio::test]
async fn a_panic_in_one_write_undoes_that_one_only() {
    let file = File::new();
    let db = file.open().await;
    let (gate, held) = hold_writer(&db);
    let writes: Vec<_> = (0..10)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(move |tx| {
                    mark(tx, "row")?;
                    assert!(n != 4, "a bug");
                    Ok(())
                })
                .await
            })
        })
        .collect();
    open_gate(gate).await;
    held.await.unwrap().unwrap();
    let mut failed = 0;
    for write in writes {
        failed += usize::from(write.await.unwrap().is_err());
    }
    assert_eq!(failed, 1);
    assert_eq!(db.read(|rx| count(rx)).await.unwrap(), 9);
    db.write(|tx| mark(tx, "after")).await.unwrap();
}

#[tokio::test]
async fn a_reading_connection_can_not_write() {
    let file = File::new();
    let db = file.open().await;
    let refused = db.read(|rx| Ok(rx.batch_execute("INSERT INTO marks (text) VALUES ('sneaked in')")?)).await;
    assert!(refused.unwrap_err().to_string().contains("readonly"));
}

#[tokio::test]
async fn a_second_writer_is_told_who_holds_the_database() {
    let file = File::new();
    let _db = file.open().await;
    let refused = Db::open(&file.settings()).err().expect("refused").to_string();
    assert!(refused.contains(&format!("pid {}", std::process::id())), "{refused}");
}

#[test]
fn a_sqlite_that_can_corrupt_a_wal_database_is_refused() {
    for (version, safe) in [
        ("3.51.2", false),
        ("3.7.0", false),
        ("3.51.3", true),
        ("3.52.0", true),
        ("4.0.0", true),
        ("3.51", false),
        ("", false),
        ("garbage", false),
    ] {
        assert_eq!(version_is_safe(version), safe, "{version}");
    }
}

/// A writer without its thread, run by hand.
struct ByHand {
    file: File,
    queue: Arc<Queue>,
    writer: Writer,
}

impl ByHand {
    fn new(fail_commit: Option<&'static str>) -> Self {
        let file = File::new();
        let mut conn = open_writer(&file.path).unwrap();
        conn.batch_execute("CREATE TABLE marks (text TEXT NOT NULL)").unwrap();
        let queue = Arc::new(Queue::new());
        let mut writer = Writer::new(conn, file.path.clone(), Arc::clone(&queue));
        writer.fail_commit = fail_commit;
        Self { file, queue, writer }
    }

    fn send(&self, priority: WritePriority, text: &'static str) -> oneshot::Receiver<Result<()>> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .push(priority, Box::new(Waiting::new(move |tx: &mut Tx| mark(tx, text), reply, Progress::default())))
            .unwrap();
        answer
    }

    /// Gives the file that was written.
    fn run(self) -> File {
        self.queue.close();
        self.writer.run();
        self.file
    }
}

#[test]
fn a_commit_that_failed_for_want_of_room_refuses_all_and_goes_on() {
    let by_hand = ByHand::new(Some("database or disk is full"));
    let first = by_hand.send(WritePriority::Normal, "lost");
    // Of another group, which comes after.
    let more: Vec<_> = (0..64).map(|_| by_hand.send(WritePriority::Normal, "kept")).collect();
    let queue = Arc::clone(&by_hand.queue);
    let file = by_hand.run();
    assert!(matches!(first.blocking_recv().unwrap(), Err(Error::Unavailable { .. })));
    let kept = more.into_iter().filter_map(|answer| answer.blocking_recv().unwrap().ok()).count();
    assert_eq!(queue.health(), Health::Ok);
    let rows = count(&mut open_writer(&file.path).unwrap()).unwrap();
    assert_eq!(
        (usize::try_from(rows).unwrap(), kept > 0),
        (kept, true),
        "what was refused is gone, what was not is there"
    );
}

#[test]
fn a_commit_whose_outcome_is_unknown_stops_the_writer_and_guesses_nothing() {
    let by_hand = ByHand::new(Some("disk I/O error"));
    let mut answers: Vec<_> = (0..3).map(|_| by_hand.send(WritePriority::Normal, "in doubt")).collect();
    let queue = Arc::clone(&by_hand.queue);
    by_hand.run();
    for answer in answers.drain(..) {
        assert!(matches!(answer.blocking_recv().unwrap(), Err(Error::OutcomeUnknown(_))));
    }
    assert_eq!(queue.health(), Health::Stopped);
    let (reply, _answer) = oneshot::channel::<Result<()>>();
    assert!(
        queue
            .push(WritePriority::Normal, Box::new(Waiting::new(|_: &mut Tx| Ok(()), reply, Progress::default())))
            .is_err()
    );
}

#[test]
fn notifies_go_before_requests_and_these_before_bulk_work() {
    let queue = Queue::new();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut answers = Vec::new();
    for (priority, name) in
        [(WritePriority::Bulk, "bulk"), (WritePriority::Normal, "request"), (WritePriority::Critical, "notify")]
    {
        let (reply, answer) = oneshot::channel();
        answers.push(answer);
        let order = Arc::clone(&order);
        let work = move |_: &mut Tx| {
            order.lock().unwrap().push(name);
            Ok(())
        };
        queue.push(priority, Box::new(Waiting::new(work, reply, Progress::default()))).unwrap();
    }
    let file = File::new();
    let mut conn = open_writer(&file.path).unwrap();
    while let Some(mut pending) = queue.try_next() {
        pending.run(&mut conn);
    }
    assert_eq!(*order.lock().unwrap(), ["notify", "request", "bulk"]);
}

#[test]
fn a_full_queue_says_try_again_instead_of_growing() {
    let queue = Queue::new();
    let refused = (0..100_000).find_map(|_| {
        let (reply, _) = oneshot::channel::<Result<()>>();
        queue.push(WritePriority::Normal, Box::new(Waiting::new(|_: &mut Tx| Ok(()), reply, Progress::default()))).err()
    });
    assert!(matches!(refused.expect("refused"), Error::Unavailable { retry_after_s: 1, .. }));
    let (reply, _) = oneshot::channel::<Result<()>>();
    queue
        .push(WritePriority::Critical, Box::new(Waiting::new(|_: &mut Tx| Ok(()), reply, Progress::default())))
        .expect("a notify still has its place");
}

#[test]
fn a_write_that_was_given_up_is_not_run_and_one_that_was_begun_is_not_given_up() {
    let by_hand = ByHand::new(None);
    let ran = Arc::new(std::sync::Mutex::new(Vec::new()));
    let queue = |name: &'static str| {
        let (progress, (reply, answer)) = (Progress::default(), oneshot::channel());
        let ran = Arc::clone(&ran);
        let work = move |_: &mut Tx| {
            ran.lock().unwrap().push(name);
            Ok(())
        };
        by_hand.queue.push(WritePriority::Normal, Box::new(Waiting::new(work, reply, progress.clone()))).unwrap();
        (progress, answer)
    };
    let ((late, _answer), gone, (begun, _other_answer)) = (queue("late"), queue("gone"), queue("begun"));
    assert!(late.abandon());
    drop(gone);
    by_hand.run();
    assert_eq!((ran.lock().unwrap().as_slice(), begun.abandon()), (["begun"].as_slice(), false));
}

/// Longer than a caller waits, and less than two.
const LOCKED_FOR: Duration = Duration::from_secs(8);
/// The deadline with its grace, and room for a busy machine.
const ANSWERED_WITHIN: Duration = Duration::from_secs(6);

/// Ten callers, one each 300 ms: how each ended, and the longest that one waited.
async fn ten_writes(db: &Db) -> (Vec<Result<()>>, Duration) {
    let writes = (0..10_u32).map(|n| {
        let db = db.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(300) * n).await;
            let started = Instant::now();
            (db.write(|tx| mark(tx, "late")).await, started.elapsed())
        }
    });
    let (ended, waited): (Vec<_>, Vec<_>) = futures_util::future::join_all(writes).await.into_iter().unzip();
    (ended, waited.into_iter().max().unwrap())
}

async fn until_well(db: &Db) {
    while db.health() != Health::Ok {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_file_that_another_process_locks_keeps_no_caller_waiting_and_is_written_again_afterwards() {
    let file = File::new();
    let db = file.open().await;
    let path = file.path.clone();
    let locked = tokio::task::spawn_blocking(move || {
        let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        other.batch_execute("BEGIN EXCLUSIVE").unwrap();
        std::thread::sleep(LOCKED_FOR);
        other.batch_execute("ROLLBACK").unwrap();
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (ended, waited) = ten_writes(&db).await;
    assert!(ended.iter().all(|end| matches!(end, Err(Error::Unavailable { .. }))), "{ended:?}");
    assert!(waited <= ANSWERED_WITHIN, "{waited:?}");
    assert_eq!(db.health(), Health::Stuck);
    locked.await.unwrap();
    until_well(&db).await;
    db.write(|tx| mark(tx, "after")).await.unwrap();
    assert_eq!(db.read(|rx| count(rx)).await.unwrap(), 1, "what was refused is not there");
}

/// A disk that hangs in a sync looks so from above: what was begun is unknown, what was not is refused.
#[tokio::test]
async fn a_write_that_hangs_keeps_no_caller_waiting_and_is_not_told_as_refused() {
    let file = File::new();
    let db = file.open().await;
    let (gate, held) = hold_writer(&db);
    let (ended, waited) = ten_writes(&db).await;
    let hung = tokio::time::timeout(Duration::from_secs(1), held).await.unwrap().unwrap();
    assert!(matches!(hung, Err(Error::OutcomeUnknown(_))), "{hung:?}");
    assert!(ended.iter().all(|end| matches!(end, Err(Error::Unavailable { .. }))), "{ended:?}");
    assert!(waited <= ANSWERED_WITHIN, "{waited:?}");
    assert_eq!(db.health(), Health::Stuck);
    tokio::task::spawn_blocking(move || gate.wait()).await.unwrap();
    until_well(&db).await;
    db.write(|tx| mark(tx, "after")).await.unwrap();
    assert_eq!(db.read(|rx| count(rx)).await.unwrap(), 1, "what was refused is not there");
}

#[tokio::test]
async fn a_writer_that_panics_leaves_nobody_waiting() {
    struct Bomb(oneshot::Sender<()>);
    impl Pending for Bomb {
        fn is_abandoned(&self) -> bool {
            false
        }
        fn begin(&mut self) -> bool {
            panic!("outside of any work")
        }
        fn run(&mut self, _: &mut DbConn) -> Ran {
            Ran::Undo
        }
        fn answer(self: Box<Self>, _: End) {
            let _ = self.0.send(());
        }
    }
    let by_hand = ByHand::new(None);
    let (bomb, _) = oneshot::channel();
    by_hand.queue.push(WritePriority::Normal, Box::new(Bomb(bomb))).unwrap();
    let (reply, answer) = oneshot::channel();
    let behind = Waiting::new(|_: &mut Tx| Ok(()), reply, Progress::default());
    by_hand.queue.push(WritePriority::Normal, Box::new(behind)).unwrap();
    let queue = Arc::clone(&by_hand.queue);
    assert!(std::thread::spawn(move || by_hand.run()).join().is_err());
    assert!(matches!(answer.await.unwrap(), Err(Error::Unavailable { .. })));
    assert_eq!(queue.health(), Health::Stopped);
}
