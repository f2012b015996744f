//! PostgreSQL, when the wire breaks at COMMIT: what was done is found done, what was not is done again, and what nobody can tell is
//! said to be unknown.

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

/// COMMIT as a simple query on the wire: kind, length, text.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

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

#[actix_web::test]
async fn a_commit_whose_answer_is_lost_is_found_done_and_not_done_twice() {
    let (ended, runs, done) = one_write(Lost::Answer).await;
    assert_eq!((ended.is_ok(), runs, done), (true, 1, 1));
}

#[actix_web::test]
async fn a_commit_that_never_arrived_is_done_again_and_not_told_as_done() {
    let (ended, runs, done) = one_write(Lost::Commit).await;
    assert_eq!((ended.is_ok(), runs, done), (true, 2, 1));
}

#[actix_web::test]
async fn a_commit_that_nobody_can_be_asked_about_is_unknown_and_neither_repeated_nor_called_failed() {
    let (ended, runs, done) = one_write(Lost::Server).await;
    assert!(matches!(ended, Err(Error::OutcomeUnknown(_))), "{ended:?}");
    assert_eq!((runs, done), (1, 1));
}
