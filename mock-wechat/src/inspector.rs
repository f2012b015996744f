//! What came in and what went out, for a person who wants to know why something was refused. In memory; the oldest give way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::{Answer, Request, Response};

/// Entries that are kept.
const MOST: usize = 200;
/// Bytes of an answer that are kept. Requests are kept whole, because a signature covers all of them; uploads are cut.
const MOST_BODY: usize = 16 * 1024;

/// A request to WeChat or a notify from it, and what came of it.
pub(crate) struct Entry {
    /// From 1.
    pub(crate) id: u64,
    pub(crate) at: DateTime<Utc>,
    /// A notify: its target is a whole URL, and the answer is the merchant's.
    pub(crate) is_notify: bool,
    pub(crate) request: Request,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    Answered(Answer),
    /// No answer came, for this reason.
    None(String),
}

#[derive(Default)]
struct Log {
    last: u64,
    entries: VecDeque<Arc<Entry>>,
}

#[derive(Default)]
pub(crate) struct Inspector(Mutex<Log>);

impl Inspector {
    pub(crate) fn note(&self, at: DateTime<Utc>, is_notify: bool, mut request: Request, outcome: Outcome) {
        request.body.truncate(crate::BODY_LIMIT);
        let outcome = match outcome {
            Outcome::Answered(mut answer) => {
                answer.body.truncate(MOST_BODY);
                Outcome::Answered(answer)
            }
            none @ Outcome::None(_) => none,
        };
        let mut log = self.log();
        log.last += 1;
        let id = log.last;
        log.entries.push_back(Arc::new(Entry { id, at, is_notify, request, outcome }));
        if log.entries.len() > MOST {
            log.entries.pop_front();
        }
    }

    /// The newest first.
    pub(crate) fn entries(&self) -> Vec<Arc<Entry>> {
        self.log().entries.iter().rev().cloned().collect()
    }

    pub(crate) fn entry(&self, id: u64) -> Option<Arc<Entry>> {
        self.log().entries.iter().find(|entry| entry.id == id).cloned()
    }

    pub(crate) fn clear(&self) {
        self.log().entries.clear();
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outcome {
    pub(crate) fn of(response: &Response) -> Self {
        match response {
            Response::Answer(answer) | Response::Trickled { answer, .. } => Self::Answered(answer.clone()),
            Response::TimedOut { .. } => Self::None("a fault holds the answer back".to_owned()),
            Response::Cut => Self::None("a fault cuts the connection".to_owned()),
        }
    }
}
