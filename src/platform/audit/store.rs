//! Rows of `audit_log`: added and read, nothing else.

use diesel::prelude::*;

use super::{Entry, Filter, Record};
use crate::base::clock::Timestamp;
use crate::base::db::schema::audit_log;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;

pub(super) fn insert(tx: &mut Tx, entry: &Entry, now: Timestamp) -> Result<()> {
    let (kind, id) = entry.object.as_ref().map(|(kind, id)| (*kind, id.as_str())).unzip();
    tx.execute(diesel::insert_into(audit_log::table).values((
        audit_log::at.eq(now),
        audit_log::actor.eq(&entry.actor),
        audit_log::action.eq(entry.action),
        audit_log::peer.eq(&entry.peer),
        audit_log::object_kind.eq(kind),
        audit_log::object_id.eq(id),
        audit_log::reason.eq(entry.reason.as_deref()),
        audit_log::detail.eq(entry.detail.as_deref()),
    )))?;
    Ok(())
}

/// How often this actor did this since then, counted up to `limit`.
pub(super) fn count_since(conn: &mut DbConn, actor: &str, action: &str, since: Timestamp, limit: i64) -> Result<usize> {
    let done = audit_log::table.filter(audit_log::actor.eq(actor)).filter(audit_log::action.eq(action));
    let since = done.filter(audit_log::at.ge(since)).order(audit_log::at).limit(limit);
    Ok(conn.rows::<_, i64>(since.select(audit_log::id))?.len())
}

pub(super) fn page(conn: &mut DbConn, filter: &Filter, before: Option<i64>, limit: i64) -> Result<Vec<Record>> {
    let mut query = audit_log::table.order(audit_log::id.desc()).limit(limit).into_boxed();
    if let Some(actor) = &filter.actor {
        query = query.filter(audit_log::actor.eq(actor));
    }
    if let Some(object_id) = &filter.object_id {
        query = query.filter(audit_log::object_id.eq(object_id));
    }
    if let Some(before) = before {
        query = query.filter(audit_log::id.lt(before));
    }
    Ok(query.load(conn)?)
}
