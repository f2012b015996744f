//! Durable jobs, which are also the outbox: a row is inserted in the transaction of the business it belongs to, so that neither can
//! be without the other. No transaction is held while a job runs; a lease, fenced by a generation number, says who runs it.
//!
//! A job is at-least-once: it may run more than once (a crash after its effect, a lost lease), so its story must be idempotent, and all are.
//!
//! - [`Payload`] is what is queued: a struct with its name in the table. Whoever queues or cancels it needs no more.
//! - [`Job`] is what is done with it; its `Context` is all it may use. [`Registry`] has each once, and what recurs with its schedule; the
//!   registry of the shop stands in `boot/jobs.rs`.

mod registry;
mod slots;
mod store;
mod worker;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids::JobId;
use crate::base::sql_types::sql_text_enum;

pub use registry::{JobFacts, Registry};
pub use worker::Worker;

sql_text_enum! {
    /// Where a job stands. Done ones are deleted.
    pub enum JobState {
        /// Waits for its time.
        Ready = "ready",
        /// A worker has it, until its lease ends.
        Running = "running",
        /// Failed too often: a person must look (`gunpo-mall jobs list`, `jobs retry`).
        Dead = "dead",
    }
}

/// What is queued. Never personal data.
pub trait Payload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Name in the table; never renamed while rows may exist.
    const NAME: &'static str;
    /// Failures until it is dead.
    const ATTEMPTS_MAX: i32;
    /// How many run side by side in one process. Each kind has its own, so that a kind that waits for WeChat holds up no other.
    const SLOTS: usize = 8;

    /// What makes two of them the same work: of one key there is at most one live row.
    fn key(&self) -> String;
}

/// Declares payloads made of texts; their texts are the key.
macro_rules! payloads {
    ($($(#[$doc:meta])* $Name:ident = $text:literal { $($field:ident),* }, $attempts:tt attempts;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub(crate) struct $Name { $(pub(crate) $field: String,)* }

        impl $Name {
            #[allow(dead_code, reason = "what recurs is queued by the registry")]
            pub(crate) fn of($($field: &str),*) -> Self {
                Self { $($field: $field.to_owned(),)* }
            }
        }

        impl $crate::platform::jobs::Payload for $Name {
            const NAME: &'static str = $text;
            const ATTEMPTS_MAX: i32 = $attempts;

            fn key(&self) -> String {
                let texts: &[&str] = &[$(&self.$field,)*];
                texts.join(":")
            }
        }
    )+};
}
pub(crate) use payloads;

/// What is done with a payload.
pub trait Job: Payload {
    /// All that it may use.
    type Context: Clone + Send + Sync + 'static;

    /// Runs it. An `Err` is tried again with backoff, then dead.
    fn run(self, context: Self::Context, run: Run) -> impl Future<Output = Result<Next>> + Send;
}

/// One run of a job.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// When the job was queued.
    pub created_at: Timestamp,
    /// Runs so far, this one included.
    pub attempts: i32,
}

impl Run {
    /// How long ago the job was queued.
    pub fn age(&self, now: Timestamp) -> Duration {
        (now.utc() - self.created_at.utc()).to_std().unwrap_or_default()
    }
}

/// How a run ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to do.
    Done,
    /// Run again at this time; not a failure.
    Again(Timestamp),
}

/// Failures until a job about money is dead: a week of trying every ten minutes.
pub const MONEY_ATTEMPTS_MAX: i32 = 1_000;
/// Jobs that one listing shows at most.
const LIST_MAX: i64 = 200;

/// Queues a job in the transaction of the business; `false` if a live one has the same key.
pub fn enqueue<P: Payload>(tx: &mut Tx, payload: &P, run_at: Timestamp, now: Timestamp) -> Result<bool> {
    let text = serde_json::to_string(payload).map_err(|_| Error::internal("a job can't be written"))?;
    store::insert(tx, &store::NewRow { kind: P::NAME, key: key_of(payload), payload: text, run_at, every: None }, now)
}

/// Forgets the job with this payload's key, whatever it is doing: its reason is gone.
pub fn cancel<P: Payload>(tx: &mut Tx, payload: &P) -> Result<()> {
    store::delete_by_key(tx, &key_of(payload))
}

fn key_of<P: Payload>(payload: &P) -> String {
    format!("{}:{}", P::NAME, payload.key())
}

/// Rows of one kind that [`backlog`] counts at most.
const COUNTED_MAX: i64 = 1_000;

/// What waits, of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Name of the payload.
    pub kind: &'static str,
    /// How many are due; 1,000 also means more.
    pub due: usize,
    /// Since when the first of them is due.
    pub oldest: Option<Timestamp>,
    /// How many are dead; 1,000 also means more.
    pub dead: usize,
}

/// What waits, by kind.
pub fn backlog(conn: &mut DbConn, facts: &[JobFacts], now: Timestamp) -> Result<Vec<Backlog>> {
    facts.iter().map(|facts| store::backlog(conn, facts.name, now, COUNTED_MAX)).collect()
}

/// A job as `gunpo-mall jobs list` shows it.
#[derive(Clone, Debug, serde::Serialize, diesel::Queryable)]
pub struct JobRow {
    /// For `jobs retry`.
    pub id: JobId,
    /// Name of its payload.
    pub kind: String,
    /// What it is about, JSON.
    pub payload: String,
    /// Where it stands.
    pub state: JobState,
    /// When it is due.
    pub run_at: Timestamp,
    /// Runs so far.
    pub attempts: i32,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// The first 200 jobs, all or of one state: the oldest first, dead ones by due time.
pub fn list(conn: &mut DbConn, state: Option<JobState>) -> Result<Vec<JobRow>> {
    store::list(conn, state, true, LIST_MAX)
}

/// Jobs that are not recurring: what a test wants to be empty at its end.
pub fn waiting(conn: &mut DbConn) -> Result<Vec<JobRow>> {
    store::list(conn, None, false, LIST_MAX)
}

/// Gives a dead job a new life; `false` if it is not dead (any more).
pub fn retry(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    store::revive(tx, id, now)
}
