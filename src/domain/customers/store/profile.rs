//! The buyer's own row: profile, and the end of the account. Every write asks that the account is not closed.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::customers;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::CustomerId;
use crate::domain::customers::Language;

/// A profile as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = customers)]
pub(crate) struct ProfileRow {
    pub(crate) openid: String,
    pub(crate) unionid: Option<String>,
    pub(crate) first_scene: Option<String>,
    pub(crate) nickname_sealed: Option<Vec<u8>>,
    pub(crate) language: Option<Language>,
    pub(crate) phone_sealed: Option<Vec<u8>>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_login_at: Timestamp,
    pub(crate) closing_at: Option<Timestamp>,
}

/// What a PATCH changes: nothing where none is given, cleared where none is inside.
#[derive(Clone, AsChangeset)]
#[diesel(table_name = customers)]
pub(crate) struct ProfileChange {
    pub(crate) nickname_sealed: Option<Option<Vec<u8>>>,
    pub(crate) language: Option<Option<Language>>,
}

/// A phone, sealed.
#[derive(Clone, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true)]
pub(crate) struct PhoneChange {
    pub(crate) phone_sealed: Option<Vec<u8>>,
    pub(crate) phone_index: Option<Vec<u8>>,
}

/// Nothing if the account is closed.
pub(crate) fn find(conn: &mut DbConn, customer: CustomerId) -> Result<Option<ProfileRow>> {
    Ok(customers::table
        .find(customer)
        .filter(customers::closed_at.is_null())
        .select(ProfileRow::as_select())
        .first(conn)
        .optional()?)
}

/// `false` if the account is closed.
pub(crate) fn change(tx: &mut Tx, customer: CustomerId, change: &ProfileChange) -> Result<bool> {
    let open = customers::table.find(customer).filter(customers::closed_at.is_null());
    if change.nickname_sealed.is_none() && change.language.is_none() {
        return Ok(true);
    }
    Ok(tx.execute(diesel::update(open).set(change))? == 1)
}

/// `false` if the account is closed.
pub(crate) fn set_phone(tx: &mut Tx, customer: CustomerId, phone: &PhoneChange) -> Result<bool> {
    let open = customers::table.find(customer).filter(customers::closed_at.is_null());
    Ok(tx.execute(diesel::update(open).set(phone))? == 1)
}

/// Who has this openid. A closed account has none.
pub(crate) fn by_openid(conn: &mut DbConn, openid: &str) -> Result<Option<CustomerId>> {
    Ok(customers::table.filter(customers::openid.eq(openid)).select(customers::id).first(conn).optional()?)
}

/// Locks the row of an account that may buy; `false` if it is closing or closed. The update changes nothing.
pub(crate) fn lock_to_buy(tx: &mut Tx, customer: CustomerId) -> Result<bool> {
    let staying =
        customers::table.find(customer).filter(customers::closing_at.is_null()).filter(customers::closed_at.is_null());
    Ok(tx.execute(diesel::update(staying).set(customers::last_login_at.eq(customers::last_login_at)))? == 1)
}

/// Begins the end, unless it has begun. Gives since when; nothing if the account is closed.
pub(crate) fn begin_closing(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<Option<Timestamp>> {
    let staying =
        customers::table.find(customer).filter(customers::closing_at.is_null()).filter(customers::closed_at.is_null());
    tx.execute(diesel::update(staying).set(customers::closing_at.eq(now)))?;
    let since: Option<Option<Timestamp>> = customers::table
        .find(customer)
        .filter(customers::closed_at.is_null())
        .select(customers::closing_at)
        .first(tx.conn())
        .optional()?;
    Ok(since.flatten())
}

/// Takes the end back; `false` if the account is closed.
pub(crate) fn keep(tx: &mut Tx, customer: CustomerId) -> Result<bool> {
    let open = customers::table.find(customer).filter(customers::closed_at.is_null());
    Ok(tx.execute(diesel::update(open).set(customers::closing_at.eq(None::<Timestamp>)))? == 1)
}

/// Since when an account is closing; nothing if it is not, or no longer.
pub(crate) fn closing_since(conn: &mut DbConn, customer: CustomerId) -> Result<Option<Timestamp>> {
    let since: Option<Option<Timestamp>> = customers::table
        .find(customer)
        .filter(customers::closed_at.is_null())
        .select(customers::closing_at)
        .first(conn)
        .optional()?;
    Ok(since.flatten())
}

/// Whether there is the account.
pub(crate) fn is_open(conn: &mut DbConn, customer: CustomerId) -> Result<bool> {
    let open = customers::table.find(customer).filter(customers::closed_at.is_null());
    Ok(conn.row::<_, CustomerId>(open.select(customers::id))?.is_some())
}

/// Which of these accounts, which have ended, are there and open. The number alone would not do: after a restore it may be another's.
pub(crate) fn still_open(conn: &mut DbConn, ended: &[EndedAccount]) -> Result<Vec<CustomerId>> {
    let ids: Vec<CustomerId> = ended.iter().map(|account| account.id).collect();
    let open = customers::table.filter(customers::id.eq_any(ids)).filter(customers::closed_at.is_null());
    let there: Vec<(CustomerId, Timestamp)> =
        open.order(customers::id).select((customers::id, customers::created_at)).load(conn)?;
    let is_it = |(id, made): &(CustomerId, Timestamp)| {
        ended.iter().any(|account| account.id == *id && account.created_at == *made)
    };
    Ok(there.into_iter().filter(is_it).map(|(id, _)| id).collect())
}

/// Begins the end of up to `limit` accounts that nobody has used since `before`; gives how many.
pub(crate) fn end_unused(tx: &mut Tx, before: Timestamp, limit: i64, now: Timestamp) -> Result<usize> {
    let unused = customers::table
        .filter(customers::last_login_at.lt(before))
        .filter(customers::closed_at.is_null())
        .filter(customers::closing_at.is_null());
    let ids: Vec<CustomerId> =
        tx.rows(unused.order((customers::last_login_at, customers::id)).limit(limit).select(customers::id))?;
    tx.execute(diesel::update(unused.filter(customers::id.eq_any(ids))).set(customers::closing_at.eq(now)))
}

/// An account that has ended: no more of it than which one it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub(crate) struct EndedAccount {
    pub(crate) id: CustomerId,
    pub(crate) created_at: Timestamp,
    pub(crate) closed_at: Timestamp,
}

/// Accounts that ended at `from` or later, behind this one, in the order of their ends.
pub(crate) fn ended(conn: &mut DbConn, from: Timestamp, after: CustomerId, limit: i64) -> Result<Vec<EndedAccount>> {
    let closed_at = customers::closed_at.assume_not_null();
    let later = customers::closed_at.gt(from).or(customers::closed_at.eq(from).and(customers::id.gt(after)));
    let ended = customers::table.filter(customers::closed_at.is_not_null()).filter(customers::closed_at.ge(from));
    let ended = ended.filter(later).order((customers::closed_at, customers::id)).limit(limit);
    conn.rows(ended.select((customers::id, customers::created_at, closed_at)))
}

/// Accounts that are closing, by id, after `after`.
pub(crate) fn closing(conn: &mut DbConn, after: CustomerId, limit: i64) -> Result<Vec<CustomerId>> {
    Ok(customers::table
        .filter(customers::closing_at.is_not_null())
        .filter(customers::closed_at.is_null())
        .filter(customers::id.gt(after))
        .order(customers::id)
        .limit(limit)
        .select(customers::id)
        .load(conn)?)
}

/// Blots the person out of the row; `false` if it was done before, or the buyer took it back.
pub(crate) fn close(tx: &mut Tx, customer: CustomerId, tombstone: &str, now: Timestamp) -> Result<bool> {
    let closing = customers::table
        .find(customer)
        .filter(customers::closing_at.is_not_null())
        .filter(customers::closed_at.is_null());
    let closed = tx.execute(diesel::update(closing).set((
        customers::openid.eq(tombstone),
        customers::unionid.eq(None::<String>),
        customers::first_scene.eq(None::<String>),
        customers::nickname_sealed.eq(None::<Vec<u8>>),
        customers::language.eq(None::<Language>),
        customers::phone_sealed.eq(None::<Vec<u8>>),
        customers::phone_index.eq(None::<Vec<u8>>),
        customers::closed_at.eq(now),
    )))?;
    Ok(closed == 1)
}
