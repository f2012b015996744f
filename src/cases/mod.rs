//! Cases: what software must not decide by itself. Each difference becomes one case, once.

mod store;

use serde_json::Value;

use crate::app::App;
use crate::clock::Timestamp;
use crate::db::{DbConn, Tx};
use crate::error::Result;

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// Stable word, for example `payment_mismatch`.
    pub kind: &'static str,
    /// What it is about: an order or refund number.
    pub subject: String,
    /// What makes two reports the same case.
    pub fingerprint: String,
    /// What was seen. Never personal data.
    pub detail: Value,
}

impl NewCase {
    /// A case of which there is one a subject.
    pub fn once(kind: &'static str, subject: impl Into<String>, detail: Value) -> Self {
        let subject = subject.into();
        Self { kind, fingerprint: format!("{kind}:{subject}"), subject, detail }
    }
}

/// A case as a person sees it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Case {
    /// Stable word.
    pub kind: String,
    /// Order or refund number.
    pub subject: String,
    /// What was seen, as JSON.
    pub detail: String,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// Opens a case in the transaction of what found it; `false` if it is there already.
pub fn open(tx: &mut Tx, case: &NewCase, now: Timestamp) -> Result<bool> {
    let opened = store::insert(tx, case, now)?;
    if opened {
        log::error!("case {} opened for {}", case.kind, case.subject);
    }
    Ok(opened)
}

/// Opens a case in a transaction of its own, and counts it.
pub async fn open_now(app: &App, case: NewCase) -> Result<()> {
    let now = app.clock.timestamp();
    let kind = case.kind;
    if app.db.write(move |tx| open(tx, &case, now)).await? {
        app.metrics.case_opened(kind);
    }
    Ok(())
}

/// Open cases, oldest first, at most 200.
pub fn list_open(conn: &mut DbConn) -> Result<Vec<Case>> {
    store::list_open(conn, 200)
}
