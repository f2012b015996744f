//! Login, refresh and logout.

use super::store::{self, NewSession};
use super::{Buyer, REUSE_GRACE, RevokeReason, SESSION_LIFE, SESSIONS_MAX};
use crate::app::App;
use crate::clock::Timestamp;
use crate::customers::{self, SignedIn, WechatUser};
use crate::db::{DbConn, Tx};
use crate::error::{Code, Error, Refusal, Result};
use crate::ids::{CustomerId, random_letters};
use crate::wechat::{CallError, RefusalCode};

/// 130 random bits.
const SID_LETTERS: usize = 26;
const FIRST_GENERATION: i64 = 1;

/// What a login or a refresh gives.
pub(super) struct Grant {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) customer_id: CustomerId,
    pub(super) is_new: bool,
}

/// Exchanges a login code, and begins a session. `invalid_login_code`: ask `wx.login` for a new one. Also after 503,
/// for this one may be used up.
pub(super) async fn login(app: &App, code: &str, scene: Option<String>) -> Result<Grant> {
    let who = who_is_behind(app, code).await?;
    let sid = random_letters(SID_LETTERS)?;
    let now = app.clock.timestamp();
    let new_sid = sid.clone();
    let (signed_in, superseded) = app.db.write(move |tx| begin(tx, &who, scene.as_deref(), &new_sid, now)).await?;
    crate::failpoint::reach!("login.after_commit");
    for ended in superseded {
        app.auth.sessions.ended(ended);
    }
    app.auth.sessions.begun(sid.clone(), signed_in.customer_id, now.plus(SESSION_LIFE));
    grant(app, signed_in.customer_id, signed_in.is_new, &sid, FIRST_GENERATION, now)
}

/// The transaction of a login: the buyer, the session, and the end of those that are too many, which are given back.
fn begin(
    tx: &mut Tx,
    who: &WechatUser,
    scene: Option<&str>,
    sid: &str,
    now: Timestamp,
) -> Result<(SignedIn, Vec<String>)> {
    let signed_in = customers::service::sign_in(tx, who, scene, now)?;
    let session = NewSession {
        sid,
        customer_id: signed_in.customer_id,
        generation: FIRST_GENERATION,
        rotated_at: now,
        created_at: now,
        expires_at: now.plus(SESSION_LIFE),
    };
    store::insert(tx, &session)?;
    crate::failpoint::reach!("login.in_transaction");
    let superseded = store::beyond(tx, signed_in.customer_id, SESSIONS_MAX, now)?;
    if !superseded.is_empty() {
        store::revoke(tx, &superseded, RevokeReason::TooMany, now)?;
    }
    Ok((signed_in, superseded))
}

/// The one place that asks WeChat. The code is never sent twice, and the `session_key` of the answer is dropped here.
async fn who_is_behind(app: &App, code: &str) -> Result<WechatUser> {
    let _turn = app.doors.login_turn().await?;
    match app.mini.code_to_session(code).await {
        Ok(session) => Ok(WechatUser { openid: session.openid, unionid: session.unionid }),
        Err(error) => Err(refused_login(&error)),
    }
}

fn refused_login(error: &CallError) -> Error {
    match error {
        CallError::Refused(refusal) => match refusal.code {
            RefusalCode::InvalidCode => Code::InvalidLoginCode.into(),
            RefusalCode::Blocked => Code::AccountBlocked.into(),
            _ => {
                log::error!("WeChat refuses logins: {error}");
                Code::WechatRefused.into()
            }
        },
        CallError::Throttled(throttle) => {
            Refusal::new(Code::WechatUnavailable).with("retry_after_s", throttle.retry_after.as_secs()).into()
        }
        CallError::Unknown(_) => {
            log::warn!("a login code was not exchanged: {error}");
            Code::WechatUnavailable.into()
        }
    }
}

/// Exchanges a refresh token. [`Code::InvalidRefreshToken`]: log in again.
pub(super) async fn refresh(app: &App, refresh_token: &str) -> Result<Grant> {
    let (sid, generation) = app.auth.tokens.verify_refresh(refresh_token).ok_or(Code::InvalidRefreshToken)?;
    let sid = sid.to_owned();
    let now = app.clock.timestamp();
    let session = sid.clone();
    match app.db.write(move |tx| rotate(tx, &session, generation, now)).await? {
        Rotated::To(customer_id, generation) => {
            crate::failpoint::reach!("refresh.after_commit");
            grant(app, customer_id, false, &sid, generation, now)
        }
        Rotated::Reused(customer_id) => {
            app.auth.sessions.ended(sid);
            log::warn!("an old refresh token of customer {customer_id} was used; the session was ended");
            Err(Code::InvalidRefreshToken.into())
        }
        Rotated::Gone => Err(Code::InvalidRefreshToken.into()),
    }
}

/// What became of a refresh token.
#[derive(Debug, PartialEq, Eq)]
enum Rotated {
    /// The session stands at this generation, whose token may be given.
    To(CustomerId, i64),
    /// An old token; the session was ended.
    Reused(CustomerId),
    /// No live session has this token.
    Gone,
}

/// Reuse is an `Ok`, for its revocation must be committed.
fn rotate(tx: &mut Tx, sid: &str, generation: i64, now: Timestamp) -> Result<Rotated> {
    if let Some(customer_id) = store::rotate(tx, sid, generation, now)? {
        crate::failpoint::reach!("refresh.in_transaction");
        return Ok(Rotated::To(customer_id, generation + 1));
    }
    let Some(session) = store::find(tx, sid)?.filter(|session| session.is_live(now)) else {
        return Ok(Rotated::Gone);
    };
    if generation + 1 == session.generation && now <= session.rotated_at.plus(REUSE_GRACE) {
        return Ok(Rotated::To(session.customer_id, session.generation));
    }
    // A generation that is yet to come was given before the database was restored from a backup: nobody's theft.
    if generation >= session.generation {
        return Ok(Rotated::Gone);
    }
    store::revoke(tx, &[sid.to_owned()], RevokeReason::Reuse, now)?;
    Ok(Rotated::Reused(session.customer_id))
}

/// Ends this session at once.
pub(super) async fn logout(app: &App, buyer: Buyer) -> Result<()> {
    let now = app.clock.timestamp();
    let sids = [buyer.sid.clone()];
    app.db.write(move |tx| store::revoke(tx, &sids, RevokeReason::Logout, now)).await?;
    app.auth.sessions.ended(buyer.sid);
    Ok(())
}

/// Ends every session of a buyer whose account is closed. To be told to [`Auth::ended`](super::Auth) when committed.
pub fn end_all(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<Vec<String>> {
    let live = store::beyond(tx, customer, 0, now)?;
    store::revoke(tx, &live, RevokeReason::Closed, now)?;
    Ok(live)
}

/// When a session began, was used last for new tokens, and ends or ended. Nothing that lets anybody in.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SessionTimes {
    /// The login.
    pub created_at: Timestamp,
    /// The newest refresh.
    pub refreshed_at: Timestamp,
    /// Its end.
    pub expires_at: Timestamp,
    /// Ended before.
    pub revoked_at: Option<Timestamp>,
}

/// The newest sessions of a buyer, at most 200.
pub fn times(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<SessionTimes>> {
    let rows = store::times(conn, customer)?;
    Ok(rows
        .into_iter()
        .map(|(created_at, refreshed_at, expires_at, revoked_at)| SessionTimes {
            created_at,
            refreshed_at,
            expires_at,
            revoked_at,
        })
        .collect())
}

/// Deletes up to 200 sessions whose time is over; gives how many.
pub fn prune(tx: &mut Tx, now: Timestamp) -> Result<usize> {
    store::delete_expired(tx, now, 200)
}

fn grant(
    app: &App,
    customer_id: CustomerId,
    is_new: bool,
    sid: &str,
    generation: i64,
    now: Timestamp,
) -> Result<Grant> {
    Ok(Grant {
        access_token: app.auth.tokens.access_token(customer_id, sid, now)?,
        refresh_token: app.auth.tokens.refresh_token(sid, generation),
        customer_id,
        is_new,
    })
}

#[cfg(test)]
mod tests;
