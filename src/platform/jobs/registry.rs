//! All jobs that this program can run.

use std::pin::Pin;
use std::time::Duration;

use super::store::{self, Claimed, NewRow};
use super::{Job, Next, Payload, Run};
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Error, Result};

type Running = Pin<Box<dyn Future<Output = Result<Next>> + Send>>;

/// What a person wants to know of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobFacts {
    /// Name in the table.
    pub name: &'static str,
    /// Failures until it is dead; a recurring job never dies.
    pub attempts_max: i32,
    /// The time between two runs of a recurring job.
    pub every: Option<Duration>,
    /// How many run side by side in one process.
    pub slots: usize,
}

impl JobFacts {
    /// Of a payload.
    pub const fn of<P: Payload>(every: Option<Duration>) -> Self {
        Self { name: P::NAME, attempts_max: P::ATTEMPTS_MAX, every, slots: P::SLOTS }
    }
}

/// Reads a payload and begins.
type Start = Box<dyn Fn(&Claimed) -> Result<Running> + Send + Sync>;

/// A job with its context.
pub(super) struct Registered {
    pub(super) facts: JobFacts,
    run: Start,
}

impl Registered {
    /// Fails at once for a payload that can't be read.
    pub(super) fn start(&self, claimed: &Claimed) -> Result<Running> {
        (self.run)(claimed)
    }
}

/// All jobs, by name.
#[derive(Default)]
pub struct Registry {
    jobs: Vec<Registered>,
}

impl Registry {
    /// Adds a job; `every` if it runs again and again, from an empty payload.
    #[must_use]
    pub fn add<J: Job>(mut self, context: J::Context, every: Option<Duration>) -> Self {
        let facts = JobFacts::of::<J>(every);
        let run = move |claimed: &Claimed| -> Result<Running> {
            let payload: J = serde_json::from_str(&claimed.payload)
                .map_err(|_| Error::internal(format!("the payload of a {} can't be read", J::NAME)))?;
            let run = Run { created_at: claimed.created_at, attempts: claimed.attempts };
            Ok(Box::pin(payload.run(context.clone(), run)))
        };
        self.jobs.push(Registered { facts, run: Box::new(run) });
        self
    }

    pub(super) fn find(&self, name: &str) -> Option<&Registered> {
        self.jobs.iter().find(|job| job.facts.name == name)
    }

    /// What there is, in the order in which it was added.
    pub fn facts(&self) -> Vec<JobFacts> {
        self.jobs.iter().map(|job| job.facts).collect()
    }

    /// Makes sure that the row of each recurring job exists.
    pub fn ensure_recurring(facts: &[JobFacts], tx: &mut Tx, now: Timestamp) -> Result<()> {
        for JobFacts { name, every, .. } in facts {
            let Some(every) = every else { continue };
            let key = format!("recurring:{name}");
            let row = NewRow { kind: name, key, payload: "{}".to_owned(), run_at: now, every: Some(*every) };
            store::insert(tx, &row, now)?;
        }
        Ok(())
    }
}
