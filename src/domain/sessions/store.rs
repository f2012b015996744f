//! Rows of `sessions`.

use diesel::prelude::*;

use super::{RevokeReason, Session};
use crate::base::clock::Timestamp;
use crate::base::db::schema::sessions;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::CustomerId;

#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub(super) struct NewSession<'a> {
    pub(super) sid: &'a str,
    pub(super) customer_id: CustomerId,
    pub(super) generation: i64,
    pub(super) rotated_at: Timestamp,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

pub(super) fn insert(tx: &mut Tx, session: &NewSession) -> Result<()> {
    tx.execute(diesel::insert_into(sessions::table).values(session))?;
    Ok(())
}

pub(super) fn find(conn: &mut DbConn, sid: &str) -> Result<Option<Session>> {
    conn.row(
        sessions::table
            .filter(sessions::sid.eq(sid))
            .select((
                sessions::customer_id,
                sessions::generation,
                sessions::rotated_at,
                sessions::expires_at,
                sessions::revoked_at,
            ))
            .limit(1),
    )
}

/// Raises the generation of a live session that stands at `generation`; gives whose it is, or nothing if it stands
/// elsewhere.
pub(super) fn rotate(tx: &mut Tx, sid: &str, generation: i64, now: Timestamp) -> Result<Option<CustomerId>> {
    let current = sessions::table
        .filter(sessions::sid.eq(sid))
        .filter(sessions::generation.eq(generation))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now));
    tx.returning(
        diesel::update(current)
            .set((sessions::generation.eq(sessions::generation + 1), sessions::rotated_at.eq(now)))
            .returning(sessions::customer_id),
    )
}

/// Ends these sessions; those that have ended keep their reason.
pub(super) fn revoke(tx: &mut Tx, sids: &[String], reason: RevokeReason, now: Timestamp) -> Result<()> {
    let live = sessions::table.filter(sessions::sid.eq_any(sids)).filter(sessions::revoked_at.is_null());
    tx.execute(diesel::update(live).set((sessions::revoked_at.eq(now), sessions::revoked_reason.eq(reason))))?;
    Ok(())
}

/// Live sessions of a buyer beyond the newest `keep`, at most 200.
pub(super) fn beyond(conn: &mut DbConn, customer: CustomerId, keep: i64, now: Timestamp) -> Result<Vec<String>> {
    conn.rows(
        sessions::table
            .filter(sessions::customer_id.eq(customer))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .order(sessions::id.desc())
            .offset(keep)
            .limit(200)
            .select(sessions::sid),
    )
}

/// A live session.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = sessions)]
pub(super) struct LiveSession {
    pub(super) sid: String,
    pub(super) created_at: Timestamp,
    pub(super) rotated_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Newest first, at most 200.
pub(super) fn live(conn: &mut DbConn, customer: CustomerId, now: Timestamp) -> Result<Vec<LiveSession>> {
    let live = LiveSession::query()
        .filter(sessions::customer_id.eq(customer))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now));
    Ok(live.order(sessions::id.desc()).limit(200).load(conn)?)
}

/// When a session was created, rotated, expires, and was revoked.
type Times = (Timestamp, Timestamp, Timestamp, Option<Timestamp>);

/// Newest first, at most 200.
pub(super) fn times(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<Times>> {
    conn.rows(
        sessions::table.filter(sessions::customer_id.eq(customer)).order(sessions::id.desc()).limit(200).select((
            sessions::created_at,
            sessions::rotated_at,
            sessions::expires_at,
            sessions::revoked_at,
        )),
    )
}

pub(super) fn delete_expired(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<i64> = tx.rows(
        sessions::table
            .filter(sessions::expires_at.le(now))
            .order((sessions::expires_at, sessions::id))
            .limit(limit)
            .select(sessions::id),
    )?;
    tx.execute(diesel::delete(sessions::table.filter(sessions::id.eq_any(old))))
}
