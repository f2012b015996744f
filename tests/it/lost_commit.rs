//! PostgreSQL, when the wire breaks at COMMIT: nobody can tell whether it was done, and nobody pretends to. The same key or the same job
//! comes again and finds what there is.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use diesel::prelude::*;
use gunpo_mall::base::db::Db;
use gunpo_mall::base::db::schema::stock;
use gunpo_mall::base::error::Error;

use crate::support::Backend;
use crate::support::backend::{TestDatabase, settings};

/// How the simple query that commits ends on the wire.
const COMMIT: &[u8] = b"; COMMIT\0";

/// What gets lost with the first COMMIT.
#[derive(Clone, Copy, PartialEq)]
enum Lost {
    /// It arrives; what the server says to it does not.
    Answer,
    /// It does not arrive.
    Commit,
    /// As the answer, and the server is never seen again.
    Server,
}

/// A wire to the server that breaks once.
struct Wire {
    there: SocketAddr,
    lost: Lost,
    has_broken: AtomicBool,
}

impl Wire {
    /// It, and its address at this end.
    fn lay(there: SocketAddr, lost: Lost) -> (Arc<Self>, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Arc::new(Self { there, lost, has_broken: AtomicBool::new(false) });
        let laid = Arc::clone(&wire);
        thread::spawn(move || {
            for here in listener.incoming().map_while(Result::ok) {
                if !wire.is_cut() {
                    wire.join(here);
                }
            }
        });
        (laid, address)
    }

    /// For everybody and for ever.
    fn is_cut(&self) -> bool {
        self.lost == Lost::Server && self.has_broken.load(Ordering::SeqCst)
    }

    fn join(self: &Arc<Self>, here: TcpStream) {
        let there = TcpStream::connect(self.there).unwrap();
        let is_deaf = Arc::new(AtomicBool::new(false));
        let (answers, asker) = (there.try_clone().unwrap(), here.try_clone().unwrap());
        let (deaf, wire) = (Arc::clone(&is_deaf), Arc::clone(self));
        thread::spawn(move || carry(answers, asker, |_| !deaf.load(Ordering::SeqCst) && !wire.is_cut()));
        let wire = Arc::clone(self);
        thread::spawn(move || {
            carry(here, there, |bytes| {
                let breaks = bytes.ends_with(COMMIT) && !wire.has_broken.swap(true, Ordering::SeqCst);
                is_deaf.fetch_or(breaks, Ordering::SeqCst);
                !breaks || wire.lost != Lost::Commit
            });
        });
    }
}

/// Until one end is closed, or what came must not pass; then both are.
fn carry(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer)
        && passes(&buffer[..length])
        && to.write_all(&buffer[..length]).is_ok()
    {}
    for end in [from, to] {
        let _ = end.shutdown(Shutdown::Both);
    }
}

/// Takes one piece of everything over such a wire. How it ended, how often the work was run, and how often it was done.
async fn one_write(lost: Lost) -> (Result<(), Error>, usize, i64) {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::new(Backend::Postgres, folder.path()).await;
    let (before, name) = database.url.rsplit_once('/').unwrap();
    let (user, server) = before.rsplit_once('@').unwrap();
    let (wire, address) = Wire::lay(server.parse().unwrap(), lost);
    let db = Db::open(&settings(&format!("{user}@{address}/{name}"))).unwrap();
    let had = pieces(&database.url).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let ended = db
        .write(move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            let taken = stock::available.eq(stock::available - 1_i64);
            diesel::update(stock::table.filter(stock::available.gt(0))).set(taken).execute(tx.conn())?;
            Ok(())
        })
        .await;
    assert!(wire.has_broken.load(Ordering::SeqCst), "no COMMIT was seen on the wire");
    (ended, runs.load(Ordering::SeqCst), had - pieces(&database.url).await)
}

/// Of the SKU that has most, by another way to the server.
async fn pieces(url: &str) -> i64 {
    let db = Db::open(&settings(url)).unwrap();
    let some = stock::table.select(stock::available).order(stock::available.desc());
    db.read(move |rx| Ok(some.first(rx.conn())?)).await.unwrap()
}

async fn is_unknown(lost: Lost, done: i64) {
    let (ended, runs, done_there) = one_write(lost).await;
    assert!(matches!(ended, Err(Error::OutcomeUnknown(_))), "{ended:?}");
    assert_eq!((runs, done_there), (1, done));
}

#[actix_web::test]
async fn a_commit_whose_answer_is_lost_is_neither_repeated_nor_called_failed() {
    is_unknown(Lost::Answer, 1).await;
}

#[actix_web::test]
async fn a_commit_that_never_arrived_is_not_told_as_done() {
    is_unknown(Lost::Commit, 0).await;
}

#[actix_web::test]
async fn a_commit_on_a_server_that_is_gone_is_unknown() {
    is_unknown(Lost::Server, 1).await;
}

/// COMMIT succeeds in an aborted transaction, and rolls it back.
#[actix_web::test]
async fn a_write_that_went_on_after_a_failed_statement_is_not_told_as_committed() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::new(Backend::Postgres, folder.path()).await;
    let db = Db::open(&settings(&database.url)).unwrap();
    let ended = db
        .write(|tx| {
            let none = diesel::insert_into(stock::table).default_values().execute(tx.conn());
            assert!(none.is_err());
            Ok(())
        })
        .await;
    assert!(matches!(ended, Err(Error::Internal(_))), "{ended:?}");
    db.write(|_| Ok(())).await.unwrap();
}
