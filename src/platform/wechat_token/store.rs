//! Rows of `access_tokens`.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::access_tokens as tokens;
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;

/// A token, sealed, and what was spent on it.
#[derive(Queryable)]
pub(super) struct Row {
    pub(super) generation: i64,
    pub(super) token_sealed: Vec<u8>,
    pub(super) fetched_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) forced_at: Option<Timestamp>,
    pub(super) forced_that_day: i32,
}

/// Nothing before the first token.
pub(super) fn find(conn: &mut DbConn, appid: &str) -> Result<Option<Row>> {
    conn.row(tokens::table.find(appid).filter(tokens::generation.gt(0)).select((
        tokens::generation,
        tokens::token_sealed.assume_not_null(),
        tokens::fetched_at.assume_not_null(),
        tokens::expires_at.assume_not_null(),
        tokens::forced_at,
        tokens::forced_that_day,
    )))
}

/// `false` if a token that is as new is there already.
pub(super) fn replace_older(tx: &mut Tx, appid: &str, row: &Row) -> Result<bool> {
    make_room(tx, appid)?;
    let older = tokens::table.find(appid).filter(tokens::generation.lt(row.generation));
    let replaced = tx.execute(diesel::update(older).set((
        tokens::generation.eq(row.generation),
        tokens::token_sealed.eq(&row.token_sealed),
        tokens::fetched_at.eq(row.fetched_at),
        tokens::expires_at.eq(row.expires_at),
        tokens::forced_at.eq(row.forced_at),
        tokens::forced_that_day.eq(row.forced_that_day),
    )))?;
    Ok(replaced == 1)
}

/// Sealed tokens by appid; a shop has one.
pub(super) fn sealed(conn: &mut DbConn) -> Result<Vec<(String, Vec<u8>)>> {
    let kept = tokens::table.filter(tokens::token_sealed.is_not_null()).order(tokens::appid).limit(100);
    conn.rows(kept.select((tokens::appid, tokens::token_sealed.assume_not_null())))
}

/// The same token, sealed anew, unless it was replaced meanwhile.
pub(super) fn reseal(tx: &mut Tx, appid: &str, old: &[u8], new: &[u8]) -> Result<()> {
    let same = tokens::table.find(appid).filter(tokens::token_sealed.eq(old));
    tx.execute(diesel::update(same).set(tokens::token_sealed.eq(new)))?;
    Ok(())
}

/// `false` while another holder has it.
pub(super) fn take_lease(tx: &mut Tx, appid: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
    make_room(tx, appid)?;
    let free = tokens::lease_until.is_null().or(tokens::lease_holder.eq(holder)).or(tokens::lease_until.le(now));
    // A condition on columns that may be NULL is itself one that may be; `is_null` before it settles that.
    let row = tokens::table.find(appid).filter(free.assume_not_null());
    let taken =
        tx.execute(diesel::update(row).set((tokens::lease_holder.eq(holder), tokens::lease_until.eq(until))))?;
    Ok(taken == 1)
}

/// Nothing happens if another has it by now.
pub(super) fn release_lease(tx: &mut Tx, appid: &str, holder: &str) -> Result<()> {
    tx.execute(
        diesel::update(tokens::table.find(appid).filter(tokens::lease_holder.eq(holder)))
            .set((tokens::lease_holder.eq(None::<String>), tokens::lease_until.eq(None::<Timestamp>))),
    )?;
    Ok(())
}

fn make_room(tx: &mut Tx, appid: &str) -> Result<()> {
    let row = (tokens::appid.eq(appid), tokens::generation.eq(0_i64), tokens::forced_that_day.eq(0));
    on_backend!(tx.conn(), |c| diesel::insert_into(tokens::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
