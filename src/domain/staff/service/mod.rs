//! What operators do with their own accounts, and managers with those of others.

pub(crate) mod accounts;
pub(crate) mod credentials;
pub(crate) mod login;

use secrecy::SecretString;

use super::password::Caller;
use super::{Account, backoff, password, store, totp};
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::OperatorId;
use crate::domain::staff::Staff;

pub use accounts::{FirstPassword, Listed, add, list, reset, set_disabled, set_role};

/// How often a row that others keep changing is read again.
const ROUNDS_MAX: usize = 5;

/// Books an attempt on an account as failed, before anything is compared; refused while it comes too early. Attempts
/// that come together are booked one after the other, so that they can't outrun the wait.
fn book(tx: &mut Tx, find: impl Fn(&mut Tx) -> Result<Option<Account>>, now: Timestamp) -> Result<Option<Account>> {
    for _ in 0..ROUNDS_MAX {
        let Some(account) = find(tx)? else { return Ok(None) };
        if let Some(until) = account.locked_until.filter(|until| *until > now) {
            return Err(backoff::too_early(until, now));
        }
        let failed = backoff::Rule::count(account.failed_attempts, account.locked_until, now);
        if store::book_attempt(tx, &account, failed, backoff::ACCOUNT.locked_until(failed, now))? {
            return Ok(Some(account));
        }
    }
    Err(Error::busy("an account is asked for by too many at once"))
}

/// Books an attempt of somebody who is logged in. Counted apart from logins: else a stranger who guesses at the name would keep its owner,
/// who is inside, from acting.
async fn book_own(app: &Staff, id: OperatorId) -> Result<Account> {
    app.operators.own.book(id, app.clock.timestamp())?;
    let account = app.db.read(move |rx| store::by_id(rx, id)).await?;
    account.ok_or_else(|| Code::Unauthorized.into())
}

/// Whether the password is the account's; nobody's password takes as long.
async fn matches(app: &Staff, caller: Caller, account: Option<&Account>, password: SecretString) -> Result<bool> {
    app.operators.hasher.matches(caller, password, account.map(|account| account.password_hash.clone())).await
}

/// As [`matches`], for somebody who is logged in. Where there was no room to compare, nothing is counted.
async fn own_matches(app: &Staff, account: &Account, password: SecretString) -> Result<bool> {
    let compared = matches(app, Caller::Known, Some(account), password).await;
    if matches!(compared, Err(Error::Unavailable { .. })) {
        app.operators.own.unbook(&account.id);
    }
    compared
}

/// The step of a code of the account's confirmed second factor.
fn step_of(app: &Staff, account: &Account, code: &str, now: Timestamp) -> Result<Option<i64>> {
    match (&account.totp_sealed, account.totp_confirmed_at) {
        (Some(sealed), Some(_)) => totp::step_of(&app.sealer, &account.name, sealed, code, now),
        _ => Ok(None),
    }
}

/// A password is hashed outside of any transaction.
async fn hash(app: &Staff, password: SecretString) -> Result<String> {
    app.operators.hasher.hash(password).await
}

/// Refuses a password that is too easy.
fn check_new_password(password: &SecretString, name: &str) -> Result<()> {
    password::check_new("new_password", password, name)
}
