//! The audit log: who did what, when, from where, to what and why. Rows are only ever added; the database itself refuses
//! to change or remove one (triggers on both backends), so that whoever holds the shop's own login can't tidy up.
//!
//! An entry is written in the transaction of what it tells of: either both are there, or neither. It names orders and
//! operators, and never holds personal data, passwords or codes: the reason is what the operator typed, and is shown to
//! auditors as it is.

mod store;

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;

/// Entries that are counted.
const COUNTED_MAX: i64 = 1_000;

/// Somebody who has not proved who they are.
pub const NOBODY: &str = "nobody";

/// What is to be written down.
#[derive(Clone, Debug)]
pub struct Entry {
    actor: String,
    action: &'static str,
    peer: String,
    object: Option<(&'static str, String)>,
    reason: Option<String>,
    detail: Option<String>,
}

impl Entry {
    /// Who (`operator:kim`, `console:root`), what (a stable word, `order.revealed`) and from where.
    pub fn new(actor: impl Into<String>, action: &'static str, peer: Peer) -> Self {
        let peer = match peer {
            Peer::Address(address) => address.to_string(),
            Peer::Console => "console".to_owned(),
        };
        Self { actor: actor.into(), action, peer, object: None, reason: None, detail: None }
    }

    /// What it was done to: kind and public id.
    #[must_use]
    pub fn on(mut self, kind: &'static str, id: impl Into<String>) -> Self {
        self.object = Some((kind, id.into()));
        self
    }

    /// Why, in the words of who did it.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// What exactly, as a short word or two: `service -> picker`.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// From where something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Over HTTP, from this address.
    Address(IpAddr),
    /// On the server itself, by command.
    Console,
}

/// An entry as it stands in the log.
#[derive(Clone, Debug, Serialize, ToSchema, diesel::Queryable)]
#[schema(as = AuditRecord)]
pub struct Record {
    /// Number in the log.
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String, example = "17")]
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `operator:NAME`, `console:USER` or `nobody`.
    pub actor: String,
    /// What, as a stable word.
    #[schema(example = "order.revealed")]
    pub action: String,
    /// From where: an address, or `console`.
    pub peer: String,
    /// Kind of what it was done to.
    pub object_kind: Option<String>,
    /// Its public id.
    pub object_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What exactly.
    pub detail: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn as_text<S: serde::Serializer>(id: &i64, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this actor.
    pub actor: Option<String>,
    /// Only about this object.
    pub object_id: Option<String>,
}

/// Writes an entry in the transaction of what it tells of.
pub fn record(tx: &mut Tx, entry: &Entry, now: Timestamp) -> Result<()> {
    store::insert(tx, entry, now)
}

/// How often the actor of this entry did the same since then; 1,000 also means more.
pub(crate) fn count_since(conn: &mut DbConn, entry: &Entry, since: Timestamp) -> Result<usize> {
    store::count_since(conn, &entry.actor, entry.action, since, COUNTED_MAX)
}

/// Newest first, before the entry `before` if given.
pub fn page(conn: &mut DbConn, filter: &Filter, before: Option<i64>, limit: i64) -> Result<Vec<Record>> {
    store::page(conn, filter, before, limit)
}
