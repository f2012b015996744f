//! An operator's own password, second factor and step-up.

use secrecy::SecretString;

use super::login::{Grant, begin_session, grant, new_sid};
use super::{Account, book_own, check_new_password, hash, own_matches, step_of, store};
use crate::base::clock::Timestamp;
use crate::base::error::{Code, FieldRule, Refusal, Result};
use crate::domain::staff::Staff;
use crate::domain::staff::totp;
pub(crate) use crate::domain::staff::totp::Enrolment;
use crate::domain::staff::{EndReason, LiveSession, Operator, SESSION_IDLE};
use crate::platform::audit;

const SAME: FieldRule = FieldRule::new(
    "same_as_before",
    [
        "新密码不能与当前密码相同。",
        "새 비밀번호가 현재 비밀번호와 같습니다.",
        "Choose another password than the present one.",
    ],
);
const WRONG_CODE: FieldRule = FieldRule::new(
    "invalid",
    [
        "验证码不正确，请输入验证器应用当前显示的 6 位数字。",
        "인증 코드가 맞지 않습니다. 인증 앱에 지금 표시된 6자리를 입력해 주세요.",
        "Not the code of now: give the six digits that the authenticator app shows.",
    ],
);

/// What is given once more.
pub(crate) enum Proof {
    Password(SecretString),
    Code(String),
}

/// Chooses another password. All sessions of the account end, also this one; the answer begins a new one.
pub(crate) async fn change_password(
    app: &Staff,
    operator: &Operator,
    current: SecretString,
    new: SecretString,
) -> Result<Grant> {
    check_new_password(&new, &operator.name)?;
    let account = book_own(app, operator.id).await?;
    let now = app.clock.timestamp();
    let in_time = account.password_expires_at.is_none_or(|until| now < until);
    if !own_matches(app, &account, current).await? || !in_time {
        return Err(failed(app, operator, "operator.password_refused", now).await);
    }
    app.operators.own.forget(&operator.id);
    if own_matches(app, &account, new.clone()).await? {
        return Err(Refusal::field("new_password", SAME).into());
    }
    let (hashed, sid) = (hash(app, new).await?, new_sid()?);
    let (row, seen, entry) = (sid.clone(), account.clone(), operator.entry("operator.password_changed"));
    let account = Account { password_hash: hashed.clone(), ..account };
    let ended = app
        .db
        .write(move |tx| {
            if !store::set_password(tx, &seen, &hashed)? {
                return Err(Code::Unauthorized.into());
            }
            let ended = store::end_sessions(tx, seen.id, None, EndReason::Password, now)?;
            begin_session(tx, &row, seen.id, now)?;
            audit::record(tx, &entry, now)?;
            Ok(ended)
        })
        .await?;
    app.operators.sessions.forget_all(&ended);
    grant(app, &account, &sid, false, now)
}

/// A new secret for an authenticator app; counts from the first code on. 409 if there is a second factor already: then a
/// manager has to reset it.
pub(crate) async fn enrol_totp(app: &Staff, operator: &Operator) -> Result<Enrolment> {
    if operator.must_change_password {
        return Err(Code::PasswordChangeRequired.into());
    }
    let enrolment = totp::enrol(&app.sealer, &operator.name)?;
    let (id, sealed) = (operator.id, enrolment.sealed.clone());
    if app.db.write(move |tx| store::set_totp(tx, id, &sealed)).await? {
        Ok(enrolment)
    } else {
        Err(Code::WrongState.into())
    }
}

/// Where the operator is logged in, the newest first.
pub(crate) async fn sessions(app: &Staff, operator: &Operator) -> Result<Vec<LiveSession>> {
    let (id, now) = (operator.id, app.clock.timestamp());
    app.db.read(move |rx| store::live_sessions(rx, id, now, now.minus(SESSION_IDLE))).await
}

/// Ends all sessions of the operator but this one; gives how many.
pub(crate) async fn end_other_sessions(app: &Staff, operator: &Operator) -> Result<usize> {
    let (id, sid, now) = (operator.id, operator.sid.clone(), app.clock.timestamp());
    let entry = operator.entry("operator.other_sessions_ended");
    let ended = app.db.write(move |tx| {
        let ended = store::end_sessions(tx, id, Some(&sid), EndReason::Logout, now)?;
        audit::record(tx, &entry, now)?;
        Ok(ended)
    });
    let ended = ended.await?;
    app.operators.sessions.forget_all(&ended);
    Ok(ended.len())
}

/// The first code of a new second factor. Other sessions of the account end: they began without it.
pub(crate) async fn confirm_totp(app: &Staff, operator: &Operator, code: &str) -> Result<()> {
    let (id, now) = (operator.id, app.clock.timestamp());
    let account = app.db.read(move |rx| store::by_id(rx, id)).await?.ok_or(Code::Unauthorized)?;
    let unconfirmed = account.totp_sealed.filter(|_| account.totp_confirmed_at.is_none());
    let sealed = unconfirmed.ok_or(Code::WrongState)?;
    let step = totp::step_of(&app.sealer, &account.name, &sealed, code, now)?;
    let step = step.ok_or_else(|| Refusal::field("code", WRONG_CODE))?;
    let (sid, entry) = (operator.sid.clone(), operator.entry("operator.totp_enrolled"));
    let ended = app
        .db
        .write(move |tx| {
            if !store::confirm_totp(tx, id, &sealed, step, now)? {
                return Err(Code::WrongState.into());
            }
            let ended = store::end_sessions(tx, id, Some(&sid), EndReason::Totp, now)?;
            audit::record(tx, &entry, now)?;
            Ok(ended)
        })
        .await?;
    app.operators.sessions.forget_all(&ended);
    app.operators.sessions.forget(&operator.sid);
    Ok(())
}

/// Password or code once more, for what is sensitive. Counted like a login; a code is good once here too.
pub(crate) async fn step_up(app: &Staff, operator: &Operator, proof: Proof) -> Result<()> {
    let account = book_own(app, operator.id).await?;
    let now = app.clock.timestamp();
    let step = match proof {
        Proof::Password(password) => own_matches(app, &account, password).await?.then_some(None),
        Proof::Code(code) => step_of(app, &account, &code, now)?.map(Some),
    };
    let proved = match step {
        Some(step) => write_step_up(app, operator, account, step, now).await?,
        None => false,
    };
    if !proved {
        return Err(failed(app, operator, "operator.step_up_failed", now).await);
    }
    app.operators.own.forget(&operator.id);
    app.operators.sessions.forget(&operator.sid);
    Ok(())
}

async fn write_step_up(
    app: &Staff,
    operator: &Operator,
    account: Account,
    step: Option<i64>,
    now: Timestamp,
) -> Result<bool> {
    let (sid, entry) = (operator.sid.clone(), operator.entry("operator.stepped_up"));
    app.db
        .write(move |tx| {
            if !store::succeed(tx, &account, step)? {
                return Ok(false);
            }
            if !store::step_up(tx, &sid, now)? {
                return Err(Code::Unauthorized.into());
            }
            audit::record(tx, &entry, now)?;
            Ok(true)
        })
        .await
}

/// The refusal of a wrong password or code, after it was written down.
async fn failed(app: &Staff, operator: &Operator, action: &'static str, now: Timestamp) -> crate::base::error::Error {
    let entry = operator.entry(action);
    match app.db.write(move |tx| audit::record(tx, &entry, now)).await {
        Ok(()) => Code::InvalidCredentials.into(),
        Err(error) => error,
    }
}
