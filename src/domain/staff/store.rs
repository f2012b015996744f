//! Rows of operators and their sessions. Every UPDATE repeats what it rests on; the row count decides.

use diesel::prelude::*;

use super::session_cache::Known;
use super::{Account, EndReason, Role};
use crate::base::clock::Timestamp;
use crate::base::db::schema::{operator_sessions, operators};
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;
use crate::base::ids::OperatorId;

/// Accounts that one list shows at most.
const LIST_MAX: i64 = 500;
/// Sessions of one account that are looked at.
const SESSIONS_MAX: i64 = 500;
/// Second factors that are sealed anew at a time; more operators than any shop has.
const SECRETS_MAX: i64 = 10_000;

/// Makes an account; `false` if the name is taken.
pub(super) fn insert(
    tx: &mut Tx,
    name: &str,
    role: Role,
    password_hash: &str,
    password_expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let row = (
        operators::name.eq(name),
        operators::role.eq(role),
        operators::password_hash.eq(password_hash),
        operators::password_expires_at.eq(password_expires_at),
        operators::totp_last_step.eq(0_i64),
        operators::failed_attempts.eq(0_i64),
        operators::created_at.eq(now),
    );
    let inserted = on_backend!(tx.conn(), |c| diesel::insert_into(operators::table)
        .values(row)
        .on_conflict(operators::name)
        .do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

pub(super) fn by_name(conn: &mut DbConn, name: &str) -> Result<Option<Account>> {
    Ok(operators::table.filter(operators::name.eq(name)).select(Account::as_select()).first(conn).optional()?)
}

pub(super) fn by_id(conn: &mut DbConn, id: OperatorId) -> Result<Option<Account>> {
    Ok(operators::table.filter(operators::id.eq(id)).select(Account::as_select()).first(conn).optional()?)
}

/// Whether anybody can log in.
pub(crate) fn has_account(conn: &mut DbConn) -> Result<bool> {
    let able = operators::table.filter(operators::disabled_at.is_null()).select(operators::id);
    Ok(able.first::<OperatorId>(conn).optional()?.is_some())
}

/// Accounts as managers see them.
#[derive(Queryable, Selectable)]
#[diesel(table_name = operators)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) password_expires_at: Option<Timestamp>,
    pub(super) totp_confirmed_at: Option<Timestamp>,
    pub(super) locked_until: Option<Timestamp>,
    pub(super) created_at: Timestamp,
    pub(super) disabled_at: Option<Timestamp>,
}

pub(super) fn list(conn: &mut DbConn) -> Result<Vec<Listed>> {
    Ok(operators::table.order(operators::name).limit(LIST_MAX).select(Listed::as_select()).load(conn)?)
}

/// Books an attempt as failed before it is made; `false` if another was booked meanwhile.
pub(super) fn book_attempt(
    tx: &mut Tx,
    account: &Account,
    failed: i64,
    locked_until: Option<Timestamp>,
) -> Result<bool> {
    let unmoved = operators::table
        .filter(operators::id.eq(account.id))
        .filter(operators::failed_attempts.eq(account.failed_attempts));
    let changed = tx.execute(
        diesel::update(unmoved).set((operators::failed_attempts.eq(failed), operators::locked_until.eq(locked_until))),
    )?;
    Ok(changed == 1)
}

/// Takes an attempt back that was booked on `before` and not made, unless another was booked since.
pub(super) fn unbook_attempt(tx: &mut Tx, before: &Account) -> Result<()> {
    let booked = operators::table
        .filter(operators::id.eq(before.id))
        .filter(operators::failed_attempts.eq(before.failed_attempts + 1));
    let as_before =
        (operators::failed_attempts.eq(before.failed_attempts), operators::locked_until.eq(before.locked_until));
    tx.execute(diesel::update(booked).set(as_before))?;
    Ok(())
}

/// An attempt has succeeded: the count begins anew and the code's step, if there was a code, is used up. `false` if
/// the account was disabled, its password or its second factor changed, or the code used, meanwhile.
pub(super) fn succeed(tx: &mut Tx, account: &Account, step: Option<i64>) -> Result<bool> {
    let unmoved = operators::table
        .filter(operators::id.eq(account.id))
        .filter(operators::password_hash.eq(&account.password_hash))
        .filter(operators::disabled_at.is_null());
    let count = operators::failed_attempts.eq(0_i64);
    let lock = operators::locked_until.eq(None::<Timestamp>);
    let changed = match step {
        Some(step) => tx.execute(diesel::update(unmoved.filter(operators::totp_last_step.lt(step))).set((
            count,
            lock,
            operators::totp_last_step.eq(step),
        )))?,
        // Who was seen without a second factor must still be without: else a session would begin that showed no code.
        None if account.totp_confirmed_at.is_none() => {
            let unmoved = unmoved.filter(operators::totp_confirmed_at.is_null());
            tx.execute(diesel::update(unmoved).set((count, lock)))?
        }
        None => tx.execute(diesel::update(unmoved).set((count, lock)))?,
    };
    Ok(changed == 1)
}

/// The operator's own choice of a password; `false` if it was changed, or the account disabled, meanwhile.
pub(super) fn set_password(tx: &mut Tx, account: &Account, password_hash: &str) -> Result<bool> {
    let unmoved = operators::table
        .filter(operators::id.eq(account.id))
        .filter(operators::password_hash.eq(&account.password_hash))
        .filter(operators::disabled_at.is_null());
    let changed = tx.execute(diesel::update(unmoved).set((
        operators::password_hash.eq(password_hash),
        operators::password_expires_at.eq(None::<Timestamp>),
        operators::failed_attempts.eq(0_i64),
        operators::locked_until.eq(None::<Timestamp>),
    )))?;
    Ok(changed == 1)
}

/// Keeps a secret that is yet to be confirmed, in place of an earlier one; `false` if one was confirmed, or the account reset: a session
/// that a reset has ended, and that another node still knows, must not plant a factor of its own.
pub(super) fn set_totp(tx: &mut Tx, id: OperatorId, sealed: &[u8]) -> Result<bool> {
    let unconfirmed = operators::table
        .filter(operators::id.eq(id))
        .filter(operators::disabled_at.is_null())
        .filter(operators::password_expires_at.is_null())
        .filter(operators::totp_confirmed_at.is_null());
    Ok(tx.execute(diesel::update(unconfirmed).set(operators::totp_sealed.eq(sealed)))? == 1)
}

/// Deletes up to `limit` sessions that ended before this moment; gives how many.
pub(crate) fn prune_sessions(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<usize> {
    let old = operator_sessions::table.filter(operator_sessions::expires_at.lt(before));
    let first = old.order((operator_sessions::expires_at, operator_sessions::id)).limit(limit);
    let ids: Vec<i64> = tx.rows(first.select(operator_sessions::id))?;
    tx.execute(diesel::delete(operator_sessions::table.filter(operator_sessions::id.eq_any(ids))))
}

/// Keeps the row of an account until the transaction ends. The update changes nothing.
pub(crate) fn hold(tx: &mut Tx, id: OperatorId) -> Result<()> {
    tx.execute(diesel::update(operators::table.filter(operators::id.eq(id))).set(operators::name.eq(operators::name)))?;
    Ok(())
}

/// Secrets of second factors, with the names that they are sealed for.
pub(super) fn secrets(conn: &mut DbConn) -> Result<Vec<(OperatorId, String, Vec<u8>)>> {
    let enrolled = operators::table.filter(operators::totp_sealed.is_not_null()).order(operators::id);
    let columns = (operators::id, operators::name, operators::totp_sealed.assume_not_null());
    conn.rows(enrolled.limit(SECRETS_MAX).select(columns))
}

/// The same secret, sealed anew, unless it was replaced meanwhile.
pub(super) fn reseal_secret(tx: &mut Tx, id: OperatorId, old: &[u8], new: &[u8]) -> Result<()> {
    let same = operators::table.filter(operators::id.eq(id)).filter(operators::totp_sealed.eq(old));
    tx.execute(diesel::update(same).set(operators::totp_sealed.eq(new)))?;
    Ok(())
}

/// The secret was proved to be in the operator's hands; `false` if it was replaced or confirmed meanwhile.
pub(super) fn confirm_totp(tx: &mut Tx, id: OperatorId, sealed: &[u8], step: i64, now: Timestamp) -> Result<bool> {
    let unconfirmed = operators::table
        .filter(operators::id.eq(id))
        .filter(operators::disabled_at.is_null())
        .filter(operators::password_expires_at.is_null())
        .filter(operators::totp_confirmed_at.is_null())
        .filter(operators::totp_sealed.eq(sealed));
    let changed = tx.execute(
        diesel::update(unconfirmed).set((operators::totp_confirmed_at.eq(now), operators::totp_last_step.eq(step))),
    )?;
    Ok(changed == 1)
}

pub(super) fn set_role(tx: &mut Tx, account: &Account, role: Role) -> Result<bool> {
    let unmoved = operators::table.filter(operators::id.eq(account.id)).filter(operators::role.eq(account.role));
    Ok(tx.execute(diesel::update(unmoved).set(operators::role.eq(role)))? == 1)
}

/// Disables, or enables by `None`; `false` if somebody else did so just now.
pub(super) fn set_disabled(tx: &mut Tx, id: OperatorId, disabled_at: Option<Timestamp>) -> Result<bool> {
    let switch = operators::disabled_at.eq(disabled_at);
    let account = operators::table.filter(operators::id.eq(id));
    let changed = match disabled_at {
        Some(_) => tx.execute(diesel::update(account.filter(operators::disabled_at.is_null())).set(switch))?,
        None => tx.execute(diesel::update(account.filter(operators::disabled_at.is_not_null())).set(switch))?,
    };
    Ok(changed == 1)
}

/// Locks the row of whoever acts until the transaction ends; `false` if the role was taken, or the account disabled, meanwhile. The update
/// changes nothing.
pub(super) fn lock_with_role(tx: &mut Tx, id: OperatorId, role: Role) -> Result<bool> {
    let unmoved = operators::table
        .filter(operators::id.eq(id))
        .filter(operators::role.eq(role))
        .filter(operators::disabled_at.is_null());
    Ok(tx.execute(diesel::update(unmoved).set(operators::role.eq(role)))? == 1)
}

/// A new one-time password, and no second factor; `false` if the password was changed, or reset by another, meanwhile.
pub(super) fn reset(tx: &mut Tx, account: &Account, password_hash: &str, expires_at: Timestamp) -> Result<bool> {
    let unmoved = operators::table
        .filter(operators::id.eq(account.id))
        .filter(operators::password_hash.eq(&account.password_hash));
    let changed = tx.execute(diesel::update(unmoved).set((
        operators::password_hash.eq(password_hash),
        operators::password_expires_at.eq(expires_at),
        operators::totp_sealed.eq(None::<Vec<u8>>),
        operators::totp_confirmed_at.eq(None::<Timestamp>),
        operators::failed_attempts.eq(0_i64),
        operators::locked_until.eq(None::<Timestamp>),
    )))?;
    Ok(changed == 1)
}

pub(super) fn insert_session(
    tx: &mut Tx,
    sid: &str,
    id: OperatorId,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    tx.execute(diesel::insert_into(operator_sessions::table).values((
        operator_sessions::sid.eq(sid),
        operator_sessions::operator_id.eq(id),
        operator_sessions::created_at.eq(now),
        operator_sessions::last_seen_at.eq(now),
        operator_sessions::expires_at.eq(expires_at),
    )))?;
    Ok(())
}

/// A session that is not revoked, of an account that is not disabled.
pub(super) fn session(conn: &mut DbConn, sid: &str) -> Result<Option<Known>> {
    Ok(operator_sessions::table
        .inner_join(operators::table)
        .filter(operator_sessions::sid.eq(sid))
        .filter(operator_sessions::revoked_at.is_null())
        .filter(operators::disabled_at.is_null())
        .select((
            operators::id,
            operators::name,
            operators::role,
            operators::password_expires_at,
            operators::totp_confirmed_at,
            operator_sessions::last_seen_at,
            operator_sessions::expires_at,
            operator_sessions::stepped_up_at,
        ))
        .first(conn)
        .optional()?)
}

/// The session was used; `false` if it has ended, or was last used before `idle_since`.
pub(super) fn touch(tx: &mut Tx, sid: &str, now: Timestamp, idle_since: Timestamp) -> Result<bool> {
    let live = operator_sessions::table
        .filter(operator_sessions::sid.eq(sid))
        .filter(operator_sessions::revoked_at.is_null())
        .filter(operator_sessions::expires_at.gt(now))
        .filter(operator_sessions::last_seen_at.gt(idle_since));
    Ok(tx.execute(diesel::update(live).set(operator_sessions::last_seen_at.eq(now)))? == 1)
}

pub(super) fn step_up(tx: &mut Tx, sid: &str, now: Timestamp) -> Result<bool> {
    let live =
        operator_sessions::table.filter(operator_sessions::sid.eq(sid)).filter(operator_sessions::revoked_at.is_null());
    Ok(tx.execute(diesel::update(live).set(operator_sessions::stepped_up_at.eq(now)))? == 1)
}

/// A live session of an account.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = operator_sessions)]
pub(crate) struct LiveSession {
    pub(crate) sid: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Newest first, at most 500.
pub(super) fn live_sessions(
    conn: &mut DbConn,
    id: OperatorId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<LiveSession>> {
    let live = LiveSession::query()
        .filter(operator_sessions::operator_id.eq(id))
        .filter(operator_sessions::revoked_at.is_null())
        .filter(operator_sessions::expires_at.gt(now))
        .filter(operator_sessions::last_seen_at.gt(idle_since));
    Ok(live.order(operator_sessions::id.desc()).limit(SESSIONS_MAX).load(conn)?)
}

/// Ends the sessions of an account, all but `spared`; gives them. To be called after the account's own row was updated:
/// a login that comes at the same time waits for that row.
pub(super) fn end_sessions(
    tx: &mut Tx,
    id: OperatorId,
    spared: Option<&str>,
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<String>> {
    let live = operator_sessions::table
        .filter(operator_sessions::operator_id.eq(id))
        .filter(operator_sessions::revoked_at.is_null())
        .filter(operator_sessions::sid.ne(spared.unwrap_or_default()));
    let sids: Vec<String> =
        live.order(operator_sessions::id.desc()).limit(SESSIONS_MAX).select(operator_sessions::sid).load(tx.conn())?;
    tx.execute(
        diesel::update(live).set((operator_sessions::revoked_at.eq(now), operator_sessions::revoked_reason.eq(reason))),
    )?;
    Ok(sids)
}

pub(super) fn end_session(tx: &mut Tx, sid: &str, reason: EndReason, now: Timestamp) -> Result<bool> {
    let live =
        operator_sessions::table.filter(operator_sessions::sid.eq(sid)).filter(operator_sessions::revoked_at.is_null());
    let ended = tx.execute(
        diesel::update(live).set((operator_sessions::revoked_at.eq(now), operator_sessions::revoked_reason.eq(reason))),
    )?;
    Ok(ended == 1)
}

/// Forgets sessions of an account whose time is over.
pub(super) fn forget_expired(tx: &mut Tx, id: OperatorId, now: Timestamp) -> Result<usize> {
    let old = operator_sessions::table
        .filter(operator_sessions::operator_id.eq(id))
        .filter(operator_sessions::expires_at.le(now));
    tx.execute(diesel::delete(old))
}
