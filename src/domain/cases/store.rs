//! Rows of `cases`.

use diesel::prelude::*;

use super::{Case, CaseDecision, NewCase};
use crate::base::clock::Timestamp;
use crate::base::db::schema::cases;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::CaseId;

pub(super) fn insert(tx: &mut Tx, case: &NewCase, now: Timestamp) -> Result<bool> {
    let row = (
        cases::kind.eq(case.kind.as_str()),
        cases::subject.eq(&case.subject),
        cases::fingerprint.eq(&case.fingerprint),
        cases::detail.eq(case.detail.to_string()),
        cases::opened_at.eq(now),
    );
    let insert = diesel::insert_into(cases::table).values(row).on_conflict(cases::fingerprint).do_nothing();
    Ok(tx.execute(insert)? == 1)
}

#[diesel::dsl::auto_type]
fn columns() -> _ {
    (
        cases::id,
        cases::kind,
        cases::subject,
        cases::detail,
        cases::opened_at,
        cases::taken_by,
        cases::decision,
        cases::decided_by,
        cases::note,
        cases::closed_at,
    )
}

pub(super) fn list_open(conn: &mut DbConn, limit: i64) -> Result<Vec<Case>> {
    Ok(cases::table.filter(cases::closed_at.is_null()).order(cases::id).limit(limit).select(columns()).load(conn)?)
}

pub(super) fn page(conn: &mut DbConn, closed: bool, before: Option<CaseId>, limit: i64) -> Result<Vec<Case>> {
    let before = before.unwrap_or(CaseId(i64::MAX));
    let page = cases::table.filter(cases::id.lt(before)).order(cases::id.desc()).limit(limit).select(columns());
    let found = if closed {
        page.filter(cases::closed_at.is_not_null()).load(conn)
    } else {
        page.filter(cases::closed_at.is_null()).load(conn)
    };
    Ok(found?)
}

pub(super) fn get(conn: &mut DbConn, id: CaseId) -> Result<Option<Case>> {
    Ok(cases::table.find(id).select(columns()).first(conn).optional()?)
}

pub(super) fn take(tx: &mut Tx, id: CaseId, by: &str, now: Timestamp) -> Result<bool> {
    let open = cases::table.filter(cases::id.eq(id)).filter(cases::closed_at.is_null());
    let taken = diesel::update(open).set((cases::taken_by.eq(by.to_owned()), cases::taken_at.eq(now)));
    Ok(tx.execute(taken)? == 1)
}

/// Two at once: the row count says who was first.
pub(super) fn close(
    tx: &mut Tx,
    id: CaseId,
    decision: CaseDecision,
    by: &str,
    note: &str,
    now: Timestamp,
) -> Result<bool> {
    let open = cases::table.filter(cases::id.eq(id)).filter(cases::closed_at.is_null());
    let closed = diesel::update(open).set((
        cases::decision.eq(decision),
        cases::decided_by.eq(by.to_owned()),
        cases::note.eq(note.to_owned()),
        cases::closed_at.eq(now),
    ));
    Ok(tx.execute(closed)? == 1)
}

pub(super) fn count_open(conn: &mut DbConn) -> Result<Vec<(String, i64)>> {
    let open = cases::table.filter(cases::closed_at.is_null()).group_by(cases::kind);
    Ok(open.select((cases::kind, diesel::dsl::count_star())).load(conn)?)
}
