//! Messages that were received.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::db::schema::wechat_messages;
use crate::base::error::Result;

/// Keeps a message; `false` if it came before.
pub(crate) fn insert(tx: &mut Tx, key: &[u8], event: &str, now: Timestamp) -> Result<bool> {
    let row = (
        wechat_messages::message_key.eq(key),
        wechat_messages::event.eq(event),
        wechat_messages::outcome.eq("received"),
        wechat_messages::received_at.eq(now),
    );
    let insert =
        diesel::insert_into(wechat_messages::table).values(row).on_conflict(wechat_messages::message_key).do_nothing();
    Ok(tx.execute(insert)? == 1)
}

pub(crate) fn set_outcome(tx: &mut Tx, key: &[u8], outcome: &str) -> Result<()> {
    tx.execute(
        diesel::update(wechat_messages::table.filter(wechat_messages::message_key.eq(key)))
            .set(wechat_messages::outcome.eq(outcome)),
    )?;
    Ok(())
}

pub(crate) fn delete_before(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<i64> = tx.rows(
        wechat_messages::table
            .filter(wechat_messages::received_at.lt(before))
            .order((wechat_messages::received_at, wechat_messages::id))
            .limit(limit)
            .select(wechat_messages::id),
    )?;
    tx.execute(diesel::delete(wechat_messages::table.filter(wechat_messages::id.eq_any(old))))
}
