//! Rows of `customers` and `identities`.

pub(super) mod consents;
pub(super) mod profile;

use diesel::prelude::*;

use super::WechatUser;
use super::identity::SealedIdentity;
use crate::base::clock::Timestamp;
use crate::base::db::schema::{customers, identities};
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;
use crate::base::ids::CustomerId;
use crate::platform::session_token::BadToken;

/// Notes a login of a known buyer; nothing if there is none.
pub(super) fn touch(tx: &mut Tx, user: &WechatUser, now: Timestamp) -> Result<Option<CustomerId>> {
    let known = customers::table.filter(customers::openid.eq(&user.openid));
    let unionid = user.unionid.as_ref().map(|unionid| customers::unionid.eq(unionid));
    tx.returning(diesel::update(known).set((customers::last_login_at.eq(now), unionid)).returning(customers::id))
}

/// A new buyer; nothing if another login of the same was first.
pub(super) fn insert(
    tx: &mut Tx,
    user: &WechatUser,
    scene: Option<&str>,
    now: Timestamp,
) -> Result<Option<CustomerId>> {
    let row = (
        customers::openid.eq(&user.openid),
        customers::unionid.eq(&user.unionid),
        customers::first_scene.eq(scene),
        customers::created_at.eq(now),
        customers::last_login_at.eq(now),
    );
    Ok(on_backend!(tx.conn(), |c| diesel::insert_into(customers::table)
        .values(row)
        .on_conflict_do_nothing()
        .returning(customers::id)
        .get_result(c)
        .optional())?)
}

pub(super) fn openid(conn: &mut DbConn, customer: CustomerId) -> Result<Option<String>> {
    conn.row(customers::table.find(customer).select(customers::openid))
}

/// Locks the buyer's row until the end of the transaction, in words that both backends know: the update changes
/// nothing. [`BadToken::SessionEnded`] if the account is closed: its sessions are gone too.
pub(crate) fn lock(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    let open = customers::table.find(customer).filter(customers::closed_at.is_null());
    let locked = tx.execute(diesel::update(open).set(customers::last_login_at.eq(customers::last_login_at)))?;
    if locked == 1 { Ok(()) } else { Err(BadToken::SessionEnded.into()) }
}

/// An identity, all of it made before the transaction.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = identities)]
pub(super) struct NewIdentity {
    pub(super) customer_id: CustomerId,
    pub(super) name_sealed: Vec<u8>,
    pub(super) id_number_sealed: Vec<u8>,
    pub(super) id_number_index: Vec<u8>,
    pub(super) consent_version: String,
    pub(super) consented_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

pub(super) fn put_identity(tx: &mut Tx, identity: &NewIdentity) -> Result<()> {
    on_backend!(tx.conn(), |c| diesel::insert_into(identities::table)
        .values(identity)
        .on_conflict(identities::customer_id)
        .do_update()
        .set(identity)
        .execute(c))?;
    Ok(())
}

pub(super) fn identity(conn: &mut DbConn, customer: CustomerId) -> Result<Option<SealedIdentity>> {
    conn.row(identities::table.find(customer).select((
        identities::name_sealed,
        identities::id_number_sealed,
        identities::consent_version,
        identities::consented_at,
    )))
}

/// Whether an identity is kept, and with it the consent to it.
pub(crate) fn has_identity(conn: &mut DbConn, customer: CustomerId) -> Result<bool> {
    let kept: Option<CustomerId> = conn.row(identities::table.find(customer).select(identities::customer_id))?;
    Ok(kept.is_some())
}

pub(super) fn delete_identity(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    tx.execute(diesel::delete(identities::table.find(customer)))?;
    Ok(())
}

/// Buyers of the past, with their openids, for the seeder.
pub(crate) fn insert_past(tx: &mut Tx, openids: &[String], at: Timestamp) -> Result<Vec<(CustomerId, String)>> {
    let row = |openid| (customers::openid.eq(openid), customers::created_at.eq(at), customers::last_login_at.eq(at));
    let rows: Vec<_> = openids.iter().map(row).collect();
    on_backend!(tx.conn(), |c| diesel::insert_into(customers::table).values(&rows).execute(c))?;
    let new = customers::table.filter(customers::openid.eq_any(openids));
    tx.rows(new.order(customers::id).select((customers::id, customers::openid)))
}
