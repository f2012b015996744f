//! Login and logout.

use std::net::IpAddr;

use secrecy::SecretString;

use super::{Account, book, matches, step_of, store};
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{OperatorId, random_letters};
use crate::domain::staff::Staff;
use crate::domain::staff::may::actor;
use crate::domain::staff::password::Caller;
use crate::domain::staff::tokens::device_mark;
use crate::domain::staff::{DEVICE_LIFE, EndReason, Operator, Role, SESSION_LIFE};
use crate::platform::audit::{self, Entry, NOBODY, Peer};
use crate::platform::limits::subscriber;

/// 130 random bits.
const SID_LETTERS: usize = 26;

/// Who wants in.
pub(crate) struct Credentials {
    pub(crate) name: String,
    pub(crate) password: SecretString,
    pub(crate) totp: Option<String>,
    /// What an earlier login on this device gave.
    pub(crate) device: Option<String>,
}

/// What a login gives.
pub(crate) struct Grant {
    pub(crate) token: String,
    pub(crate) device_token: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) must_change_password: bool,
    pub(crate) has_totp: bool,
}

/// Why a login failed: for the log, never for the caller.
#[derive(Clone, Copy)]
enum Failed {
    UnknownName,
    WrongPassword,
    Disabled,
    PasswordExpired,
    CodeMissing,
    WrongCode,
    /// Used, or the account was changed while the login ran.
    Overtaken,
}

impl Failed {
    const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownName => "unknown name",
            Self::WrongPassword => "wrong password",
            Self::Disabled => "disabled",
            Self::PasswordExpired => "one-time password expired",
            Self::CodeMissing => "code missing",
            Self::WrongCode => "wrong code",
            Self::Overtaken => "code used before, or account changed",
        }
    }

    /// One answer for all but a code that is missing: who knows the password may be told to bring it.
    const fn code(self) -> Code {
        match self {
            Self::CodeMissing => Code::TotpRequired,
            _ => Code::InvalidCredentials,
        }
    }
}

/// An attempt, counted as failed before anything is compared.
struct Attempt {
    account: Option<Account>,
    /// On a device where this operator has logged in before: counted apart, so that nobody outside can lock its owner out.
    is_known: bool,
    peer: IpAddr,
}

impl Attempt {
    async fn book(app: &Staff, from: IpAddr, asked: &Credentials, now: Timestamp) -> Result<Self> {
        let peer = subscriber(from);
        if let Some(account) = known(app, asked, now).await? {
            app.operators.known.book(account.id, now)?;
            return Ok(Self { account: Some(account), is_known: true, peer });
        }
        app.operators.peers.book(peer, now)?;
        let name = asked.name.clone();
        let account = app.db.write(move |tx| book(tx, |tx| store::by_name(tx, &name), now)).await?;
        if account.is_none() {
            app.operators.strangers.book(asked.name.clone(), now)?;
        }
        Ok(Self { account, is_known: false, peer })
    }

    /// The address is no longer suspected of this attempt; the account's count is another matter.
    fn clear_peer(&self, app: &Staff) {
        if !self.is_known {
            app.operators.peers.unbook(&self.peer);
        }
    }

    /// Nothing was compared, so nothing was guessed.
    async fn unbook(&self, app: &Staff, name: &str) -> Result<()> {
        self.clear_peer(app);
        match &self.account {
            Some(account) if self.is_known => app.operators.known.unbook(&account.id),
            Some(account) => {
                let account = account.clone();
                app.db.write(move |tx| store::unbook_attempt(tx, &account)).await?;
            }
            None => app.operators.strangers.unbook(&name.to_owned()),
        }
        Ok(())
    }
}

/// The account, if the device is one of its owner's.
async fn known(app: &Staff, asked: &Credentials, now: Timestamp) -> Result<Option<Account>> {
    let device = asked.device.as_deref().and_then(|token| app.operators.devices.verify(token, now).ok());
    let Some(device) = device else { return Ok(None) };
    let name = asked.name.clone();
    let account = app.db.read_one(move |rx| store::by_name(rx, &name)).await?;
    let is_his = |account: &Account| {
        account.id == OperatorId(device.subject) && device.sid == device_mark(&account.password_hash)
    };
    Ok(account.filter(is_his))
}

/// Logs in. Refused with one answer, after the same work, whatever is wrong; `totp_required` once the password is right and
/// only the code is missing.
pub(crate) async fn login(app: &Staff, from: IpAddr, asked: Credentials) -> Result<Grant> {
    let now = app.clock.timestamp();
    let attempt = Attempt::book(app, from, &asked, now).await?;
    let caller = if attempt.is_known { Caller::Known } else { Caller::Stranger };
    let matches = match matches(app, caller, attempt.account.as_ref(), asked.password).await {
        Err(error @ Error::Unavailable { .. }) => {
            attempt.unbook(app, &asked.name).await?;
            return Err(error);
        }
        compared => compared?,
    };
    let proved = prove(app, attempt.account.clone(), matches, asked.totp.as_deref(), now)?;
    let begun = match proved {
        Ok((account, step)) => begin(app, account, step, from, now).await?,
        Err(failed) => Err(failed),
    };
    match begun {
        Ok(grant) => {
            attempt.clear_peer(app);
            if let Some(account) = &attempt.account {
                app.operators.known.forget(&account.id);
            }
            Ok(grant)
        }
        Err(failed) => {
            // The password was right: an office that brings the code in a second step is not guessing. The account's count
            // stays, so that codes can't be guessed.
            if matches!(failed, Failed::CodeMissing) {
                attempt.clear_peer(app);
            }
            write_down(app, attempt.account, failed, from, now).await?;
            Err(failed.code().into())
        }
    }
}

/// The account, and the step of its code, if all that was brought is right.
fn prove(
    app: &Staff,
    account: Option<Account>,
    matches: bool,
    code: Option<&str>,
    now: Timestamp,
) -> Result<std::result::Result<(Account, Option<i64>), Failed>> {
    let Some(account) = account else { return Ok(Err(Failed::UnknownName)) };
    if !matches {
        return Ok(Err(Failed::WrongPassword));
    }
    if account.disabled_at.is_some() {
        return Ok(Err(Failed::Disabled));
    }
    if account.password_expires_at.is_some_and(|until| until <= now) {
        return Ok(Err(Failed::PasswordExpired));
    }
    if account.totp_confirmed_at.is_none() {
        return Ok(Ok((account, None)));
    }
    let Some(code) = code else { return Ok(Err(Failed::CodeMissing)) };
    match step_of(app, &account, code, now)? {
        Some(step) => Ok(Ok((account, Some(step)))),
        None => Ok(Err(Failed::WrongCode)),
    }
}

async fn begin(
    app: &Staff,
    account: Account,
    step: Option<i64>,
    from: IpAddr,
    now: Timestamp,
) -> Result<std::result::Result<Grant, Failed>> {
    let sid = new_sid()?;
    let (row, seen) = (sid.clone(), account.clone());
    let entry = Entry::new(actor(&account.name), "operator.logged_in", Peer::Address(from));
    let begun = app
        .db
        .write(move |tx| {
            if !store::succeed(tx, &seen, step)? {
                return Ok(false);
            }
            store::forget_expired(tx, seen.id, now)?;
            begin_session(tx, &row, seen.id, now)?;
            audit::record(tx, &entry, now)?;
            Ok(true)
        })
        .await?;
    if !begun {
        return Ok(Err(Failed::Overtaken));
    }
    let must_change_password = account.password_expires_at.is_some();
    grant(app, &account, &sid, must_change_password, now).map(Ok)
}

/// A failed login is in the log too; a name that nobody has is not, for it may be a password in the wrong field.
async fn write_down(app: &Staff, account: Option<Account>, failed: Failed, from: IpAddr, now: Timestamp) -> Result<()> {
    let mut entry = Entry::new(NOBODY, "operator.login_failed", Peer::Address(from)).detail(failed.as_str());
    if let Some(account) = account {
        entry = entry.on("operator", account.name);
    }
    app.db.write(move |tx| audit::record(tx, &entry, now)).await
}

/// A fresh session id.
pub(crate) fn new_sid() -> Result<String> {
    random_letters(SID_LETTERS)
}

pub(crate) fn begin_session(tx: &mut Tx, sid: &str, id: OperatorId, now: Timestamp) -> Result<()> {
    store::insert_session(tx, sid, id, now.plus(SESSION_LIFE), now)
}

pub(crate) fn grant(
    app: &Staff,
    account: &Account,
    sid: &str,
    must_change_password: bool,
    now: Timestamp,
) -> Result<Grant> {
    let expires_at = now.plus(SESSION_LIFE);
    Ok(Grant {
        token: app.operators.tokens.give(account.id.0, sid, now, expires_at)?,
        device_token: app.operators.devices.give(
            account.id.0,
            &device_mark(&account.password_hash),
            now,
            now.plus(DEVICE_LIFE),
        )?,
        expires_at,
        name: account.name.clone(),
        role: account.role,
        must_change_password,
        has_totp: account.totp_confirmed_at.is_some(),
    })
}

/// Ends this session at once.
pub(crate) async fn logout(app: &Staff, operator: &Operator) -> Result<()> {
    let now = app.clock.timestamp();
    let (sid, entry) = (operator.sid.clone(), operator.entry("operator.logged_out"));
    app.db
        .write(move |tx| {
            if store::end_session(tx, &sid, EndReason::Logout, now)? {
                audit::record(tx, &entry, now)?;
            }
            Ok(())
        })
        .await?;
    app.operators.sessions.forget(&operator.sid);
    Ok(())
}
