//! Differences that a person has to decide: money that does not fit, notifies that can't be read, refunds that WeChat could not pay
//! out, stock that contradicts itself. Each difference becomes one case, once.

mod kinds;
mod store;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::CaseId;
use crate::base::observability::Metrics;
use crate::base::sql_types::sql_text_enum;

pub use kinds::{CaseKind, Severity};

/// Open cases that one listing shows.
const LIST_MAX: i64 = 200;

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct NewCase {
    kind: CaseKind,
    subject: String,
    /// What makes two reports the same case.
    fingerprint: String,
    /// What was seen. Never personal data.
    detail: Value,
}

impl NewCase {
    /// A case of which there is one a subject.
    pub fn once(kind: CaseKind, subject: impl Into<String>, detail: Value) -> Self {
        let subject = subject.into();
        Self { kind, fingerprint: format!("{}:{subject}", kind.as_str()), subject, detail }
    }

    /// A case for each different thing that is seen of one subject.
    pub fn once_each(kind: CaseKind, subject: impl Into<String>, detail: Value) -> Self {
        let subject = subject.into();
        let seen = hex::encode(Sha256::digest(detail.to_string()));
        Self { kind, fingerprint: format!("{}:{subject}:{seen}", kind.as_str()), subject, detail }
    }
}

sql_text_enum! {
    /// How a case ends.
    pub enum CaseDecision {
        /// Something was wrong and is right now; the note says what was done.
        DealtWith = "dealt_with",
        /// It only looked wrong.
        NothingWrong = "nothing_wrong",
    }
}

/// A case as a person sees it.
#[derive(Clone, Debug, serde::Serialize, diesel::Queryable)]
pub struct Case {
    /// Number.
    pub id: CaseId,
    /// Stable word; one of another version of the program stays as it is.
    pub kind: String,
    /// Order, refund or notify.
    pub subject: String,
    /// What was seen, as JSON.
    pub detail: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Who looks after it.
    pub taken_by: Option<String>,
    /// How it ended.
    pub decision: Option<CaseDecision>,
    /// Who said so.
    pub decided_by: Option<String>,
    /// What it was, in that person's words.
    pub note: Option<String>,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
}

impl Case {
    /// Its kind, if this program knows it.
    pub fn kind(&self) -> Option<CaseKind> {
        CaseKind::ALL.iter().copied().find(|kind| kind.as_str() == self.kind)
    }
}

/// Opens a case in the transaction of what found it, and counts it; `false` if it is there already. The count says what was seen: of a
/// transaction that is rolled back and run again, it counts each run.
pub fn open(tx: &mut Tx, metrics: &Metrics, case: &NewCase, now: Timestamp) -> Result<bool> {
    let opened = store::insert(tx, case, now)?;
    if opened {
        metrics.case_opened(case.kind.as_str());
        log::error!("case {} opened for {}", case.kind.as_str(), case.subject);
    }
    Ok(opened)
}

/// Open cases, oldest first, at most 200.
pub fn list_open(conn: &mut DbConn) -> Result<Vec<Case>> {
    store::list_open(conn, LIST_MAX)
}

/// Open or closed cases, newest first, older than `before`.
pub fn page(conn: &mut DbConn, closed: bool, before: Option<CaseId>, limit: i64) -> Result<Vec<Case>> {
    store::page(conn, closed, before, limit)
}

/// One case.
pub fn get(conn: &mut DbConn, id: CaseId) -> Result<Option<Case>> {
    store::get(conn, id)
}

/// Somebody looks after it; `false` if it is closed.
pub fn take(tx: &mut Tx, id: CaseId, by: &str, now: Timestamp) -> Result<bool> {
    store::take(tx, id, by, now)
}

/// Ends it, once; `false` if it had ended, or there is none.
pub fn close(tx: &mut Tx, id: CaseId, decision: CaseDecision, by: &str, note: &str, now: Timestamp) -> Result<bool> {
    store::close(tx, id, decision, by, note, now)
}

/// How many are open, by severity; what this program does not know is for a working day.
pub fn count_open(conn: &mut DbConn) -> Result<Vec<(Severity, i64)>> {
    let kinds = store::count_open(conn)?;
    let severity = |word: &str| {
        let known = CaseKind::ALL.iter().find(|kind| kind.as_str() == word);
        known.map_or(Severity::Soon, |kind| kind.severity())
    };
    Ok(kinds.into_iter().map(|(kind, count)| (severity(&kind), count)).collect())
}
