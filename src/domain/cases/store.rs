//! Rows of `cases`.

use diesel::prelude::*;

use super::{Case, NewCase};
use crate::base::clock::Timestamp;
use crate::base::db::schema::cases;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;

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

pub(super) fn list_open(conn: &mut DbConn, limit: i64) -> Result<Vec<Case>> {
    let rows: Vec<(String, String, String, Timestamp)> =
        conn.rows(cases::table.filter(cases::closed_at.is_null()).order(cases::id).limit(limit).select((
            cases::kind,
            cases::subject,
            cases::detail,
            cases::opened_at,
        )))?;
    Ok(rows.into_iter().map(|(kind, subject, detail, opened_at)| Case { kind, subject, detail, opened_at }).collect())
}
