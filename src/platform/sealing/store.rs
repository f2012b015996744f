//! Rows of data keys.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::data_keys;
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;

/// A data key as it is kept; one that has ended has no wrapped key any more.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = data_keys)]
pub(super) struct KeyRow {
    pub(super) id: Vec<u8>,
    pub(super) subject: String,
    pub(super) epoch: Option<String>,
    pub(super) wrapped: Option<Vec<u8>>,
}

pub(super) fn by_id(conn: &mut DbConn, id: &[u8]) -> Result<Option<KeyRow>> {
    Ok(on_backend!(conn, |c| data_keys::table.find(id).select(KeyRow::as_select()).first(c).optional())?)
}

/// The key of a subject; `held`: nobody ends it until the transaction does.
#[cfg_attr(not(feature = "postgres"), allow(unused_variables, reason = "the only writer waits for nobody"))]
pub(super) fn of_subject(tx: &mut Tx, subject: &str, held: bool) -> Result<Option<KeyRow>> {
    let own = data_keys::table.filter(data_keys::subject.eq(subject));
    Ok(match tx.conn() {
        #[cfg(feature = "postgres")]
        DbConn::Postgres(conn) if held => own.select(KeyRow::as_select()).for_share().first(conn).optional()?,
        conn => on_backend!(conn, |c| own.select(KeyRow::as_select()).first(c).optional())?,
    })
}

/// Waits for whoever holds the key of a subject, and keeps others from it. The update changes nothing.
pub(super) fn hold(tx: &mut Tx, subject: &str) -> Result<()> {
    let own = data_keys::table.filter(data_keys::subject.eq(subject));
    tx.execute(diesel::update(own).set(data_keys::subject.eq(data_keys::subject)))?;
    Ok(())
}

/// Unless the subject has one.
pub(super) fn insert(
    tx: &mut Tx,
    id: &[u8],
    subject: &str,
    (epoch, wrapped): (&str, &[u8]),
    now: Timestamp,
) -> Result<()> {
    let row = (
        data_keys::id.eq(id),
        data_keys::subject.eq(subject),
        data_keys::epoch.eq(epoch),
        data_keys::wrapped.eq(wrapped),
        data_keys::wrapped_at.eq(now),
        data_keys::created_at.eq(now),
    );
    let insert = diesel::insert_into(data_keys::table).values(row);
    tx.execute(insert.on_conflict(data_keys::subject).do_nothing())?;
    Ok(())
}

/// Ends a subject's key: what is sealed under it opens no more. A subject without one has an ended one from now on, by this id, so that none
/// is made for it any more. Gives the id of a key that was alive.
pub(super) fn end(tx: &mut Tx, subject: &str, spare_id: &[u8], now: Timestamp) -> Result<Option<Vec<u8>>> {
    let row = (
        data_keys::id.eq(spare_id),
        data_keys::subject.eq(subject),
        data_keys::wrapped_at.eq(now),
        data_keys::created_at.eq(now),
        data_keys::ended_at.eq(now),
    );
    // On PostgreSQL this waits for whoever makes one at the same time.
    tx.execute(diesel::insert_into(data_keys::table).values(row).on_conflict(data_keys::subject).do_nothing())?;
    let alive = data_keys::table.filter(data_keys::subject.eq(subject)).filter(data_keys::ended_at.is_null());
    let ended = diesel::update(alive).set((
        data_keys::wrapped.eq(None::<Vec<u8>>),
        data_keys::epoch.eq(None::<String>),
        data_keys::ended_at.eq(now),
    ));
    tx.returning(ended.returning(data_keys::id))
}

/// The next epoch that wraps something, by its id.
pub(super) fn next_epoch(conn: &mut DbConn, after: &str) -> Result<Option<String>> {
    let later = data_keys::table.filter(data_keys::epoch.gt(after)).order(data_keys::epoch).limit(1);
    conn.row(later.select(data_keys::epoch.assume_not_null()))
}

/// Keys that this epoch wraps, behind this one, at most `limit`.
pub(super) fn wrapped_by(conn: &mut DbConn, epoch: &str, after: &[u8], limit: i64) -> Result<Vec<KeyRow>> {
    let own = data_keys::table.filter(data_keys::epoch.eq(epoch)).filter(data_keys::id.gt(after));
    Ok(on_backend!(conn, |c| own.select(KeyRow::as_select()).order(data_keys::id).limit(limit).load(c))?)
}

/// Wraps a key anew, unless it was wrapped or ended by somebody else meanwhile.
pub(super) fn rewrap(tx: &mut Tx, row: &KeyRow, (epoch, wrapped): (&str, &[u8]), now: Timestamp) -> Result<usize> {
    let same = data_keys::table.find(&row.id).filter(data_keys::epoch.eq(&row.epoch));
    tx.execute(diesel::update(same).set((
        data_keys::epoch.eq(epoch),
        data_keys::wrapped.eq(wrapped),
        data_keys::wrapped_at.eq(now),
    )))
}

/// Living keys of one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct EpochUse {
    /// Its id in `DATA_KEYS`.
    pub epoch: String,
    /// Living data keys that it wraps.
    pub keys: i64,
    /// When the first of them was wrapped.
    pub oldest: Option<Timestamp>,
}

/// By epoch, all that wrap a living key.
pub(super) fn epochs(conn: &mut DbConn) -> Result<Vec<EpochUse>> {
    use diesel::dsl::{count_star, min};
    let alive = data_keys::table.filter(data_keys::epoch.is_not_null()).group_by(data_keys::epoch);
    let counted = alive.order(data_keys::epoch).select((
        data_keys::epoch.assume_not_null(),
        count_star(),
        min(data_keys::wrapped_at),
    ));
    Ok(counted.load(conn)?)
}

/// One living key of an epoch, to be opened on trial.
pub(super) fn one_of(conn: &mut DbConn, epoch: &str) -> Result<Option<KeyRow>> {
    let own = data_keys::table.filter(data_keys::epoch.eq(epoch)).order(data_keys::id);
    Ok(on_backend!(conn, |c| own.select(KeyRow::as_select()).first(c).optional())?)
}

/// Living keys of subjects that begin so, oldest first.
pub(super) fn alive_like(conn: &mut DbConn, from: &str, until: &str, limit: i64) -> Result<Vec<String>> {
    let alive = data_keys::table.filter(data_keys::ended_at.is_null()).filter(data_keys::subject.between(from, until));
    conn.rows(alive.order(data_keys::subject).limit(limit).select(data_keys::subject))
}
