//! The queue of notifies: which are to be tried now, and what becomes of an attempt.

use chrono::{DateTime, TimeDelta, Utc};

use super::Core;
use super::faults::FaultKind;
use super::message;
use super::notify::after_attempt;
use super::records::{Hold, Notice, Record};
use crate::seal::{Seal, Tamper};

/// The most notifies that are under way at one time.
pub(crate) const MOST_IN_FLIGHT: usize = 64;

/// How long a notify waits for another one before it goes alone.
const REORDER_WAIT: TimeDelta = TimeDelta::seconds(60);

/// The most parallel copies of one attempt.
const MOST_COPIES: u8 = 100;

/// An attempt to be made.
pub(crate) struct Attempt {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) at: DateTime<Utc>,
    /// Of this attempt, for the merchant to quote.
    pub(crate) request_id: String,
    /// How to sign each copy, with its nonce. They are sent at the same time.
    pub(crate) copies: Vec<(Seal, String)>,
}

/// What was taken from the queue.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) attempts: Vec<Attempt>,
    /// Attempts that a fault swallowed.
    pub(crate) lost: usize,
    /// The queue moved, so another look is worth while.
    pub(crate) moved: bool,
}

impl Core {
    /// Takes what is due, up to the limit, and marks it as under way.
    pub(crate) fn take_due(&mut self, now: DateTime<Utc>) -> Batch {
        let room = MOST_IN_FLIGHT.saturating_sub(self.in_flight.len());
        let due = self.state.due.iter().take_while(|(at, _)| *at <= now);
        let idle = due.filter(|(_, id)| !self.in_flight.contains(id));
        let ids: Vec<String> = idle.map(|(_, id)| id.clone()).take(room).collect();
        let mut batch = Batch { moved: !ids.is_empty(), ..Batch::default() };
        for id in ids {
            self.take(&id, now, &mut batch);
        }
        batch
    }

    fn take(&mut self, id: &str, now: DateTime<Utc>, batch: &mut Batch) {
        let Some(notice) = self.state.notices.get(id).cloned() else {
            return;
        };
        let fault = self.faults.for_notify(&notice.subject, &notice.event_type, notice.hold != Hold::Never);
        match fault {
            Some(FaultKind::Delay { delay_s }) => {
                let until = now + TimeDelta::seconds(delay_s.into());
                self.note(Notice { due: Some(until), hold: Hold::Over, ..notice });
            }
            Some(FaultKind::Reorder) => {
                self.note(Notice { due: Some(now + REORDER_WAIT), hold: Hold::ForOther, ..notice });
            }
            Some(FaultKind::Lose) => {
                batch.lost += 1;
                self.finish_attempt(id, None, now);
            }
            Some(FaultKind::LoseForEver) => {
                batch.lost += 1;
                self.note(after_attempt(Notice { retried: false, ..notice }, None, now));
            }
            fault => batch.attempts.push(self.attempt(notice, fault.as_ref(), now)),
        }
    }

    /// Remembers a change of the queue even when it can't be written: a notify that stayed due would
    /// be sent without end. After a restart it may come once more, as WeChat's may.
    fn note(&mut self, notice: Notice) {
        let record = Record::from(notice);
        if let Err(error) = self.journal.append(std::slice::from_ref(&record)) {
            log::error!("{error}");
        }
        self.state.apply(record);
    }

    fn attempt(&mut self, notice: Notice, fault: Option<&FaultKind>, now: DateTime<Utc>) -> Attempt {
        let mut seal = notice.seal;
        if notice.message.is_none() {
            self.probe(&mut seal);
        }
        self.spoil(&mut seal, fault);
        let (copies, exact) = match fault {
            Some(FaultKind::Duplicate { copies, exact }) => ((*copies).clamp(1, MOST_COPIES), *exact),
            _ => (1, false),
        };
        let first = self.random.alphanumeric(32);
        let nonces = (0..copies).map(|copy| match copy {
            0 => first.clone(),
            _ if exact => first.clone(),
            _ => self.random.alphanumeric(32),
        });
        let mut copies: Vec<(Seal, String)> = nonces.map(|nonce| (seal.clone(), nonce)).collect();
        let request_id = format!("{}-0", self.random.upper_hex(32));
        self.in_flight.insert(notice.id.clone());
        if notice.message.is_some() {
            let notice = Notice { seal, ..notice };
            let url = message::signed_url(&self.state.settings, &notice, &first, now);
            // Signed in the query, and by no header.
            for (seal, _) in &mut copies {
                seal.tamper = Some(Tamper::Absent);
            }
            return Attempt { id: notice.id, url, body: notice.body, at: now, request_id, copies };
        }
        Attempt { id: notice.id, url: notice.url, body: notice.body, at: now, request_id, copies }
    }

    /// Writes down how an attempt ended; notifies that waited for another one go next.
    pub(crate) fn finish_attempt(&mut self, id: &str, status: Option<u16>, at: DateTime<Utc>) {
        if let Some(notice) = self.state.notices.get(id).cloned() {
            self.note(after_attempt(notice, status, at));
        }
        let others = self.state.waiting.iter().filter(|other| *other != id);
        let waiting: Vec<Notice> = others.filter_map(|other| self.state.notices.get(other).cloned()).collect();
        for notice in waiting {
            self.note(Notice { due: Some(at), hold: Hold::Over, ..notice });
        }
    }

    /// The notify may be taken again.
    pub(crate) fn landed(&mut self, id: &str) {
        self.in_flight.remove(id);
    }
}
