//! Rows of `idempotency_keys`.

use diesel::prelude::*;

use super::Claim;
use crate::base::clock::Timestamp;
use crate::base::db::schema::idempotency_keys as keys;
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;

#[derive(Queryable)]
pub(super) struct Row {
    pub(super) body_hash: Vec<u8>,
    pub(super) response: Option<String>,
    pub(super) created_at: Timestamp,
}

/// `false` if the key is taken. On PostgreSQL this waits for a transaction that holds the same key.
pub(super) fn insert(tx: &mut Tx, claim: &Claim, response: &str) -> Result<bool> {
    let row = (
        keys::principal.eq(&claim.principal),
        keys::route.eq(claim.route),
        keys::idempotency_key.eq(&claim.key),
        keys::body_hash.eq(&claim.body_hash),
        keys::response.eq(response),
        keys::created_at.eq(claim.at),
    );
    let inserted =
        on_backend!(tx.conn(), |c| diesel::insert_into(keys::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(inserted == 1)
}

pub(super) fn find(conn: &mut DbConn, claim: &Claim) -> Result<Option<Row>> {
    conn.row(
        keys::table
            .filter(keys::principal.eq(&claim.principal))
            .filter(keys::route.eq(claim.route))
            .filter(keys::idempotency_key.eq(&claim.key))
            .select((keys::body_hash, keys::response, keys::created_at))
            .limit(1),
    )
}

/// An expired key begins anew, once: `false` if it is not the row that was seen.
pub(super) fn renew(tx: &mut Tx, claim: &Claim, response: &str, seen: Timestamp) -> Result<bool> {
    let renewed = tx.execute(diesel::update(of(claim).filter(keys::created_at.eq(seen))).set((
        keys::body_hash.eq(&claim.body_hash),
        keys::response.eq(response),
        keys::created_at.eq(claim.at),
    )))?;
    Ok(renewed == 1)
}

type Of<'a> = diesel::dsl::Filter<
    diesel::dsl::Filter<
        diesel::dsl::Filter<keys::table, diesel::dsl::Eq<keys::principal, &'a String>>,
        diesel::dsl::Eq<keys::route, &'static str>,
    >,
    diesel::dsl::Eq<keys::idempotency_key, &'a String>,
>;

fn of(claim: &Claim) -> Of<'_> {
    keys::table
        .filter(keys::principal.eq(&claim.principal))
        .filter(keys::route.eq(claim.route))
        .filter(keys::idempotency_key.eq(&claim.key))
}

pub(super) fn delete_before(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<i64> = tx.rows(
        keys::table
            .filter(keys::created_at.le(before))
            .order((keys::created_at, keys::id))
            .limit(limit)
            .select(keys::id),
    )?;
    // A key that was renewed since it was read is young again.
    let expired = keys::table.filter(keys::id.eq_any(old)).filter(keys::created_at.le(before));
    tx.execute(diesel::delete(expired))
}
