//! Who is calling: login by WeChat, access tokens, refresh tokens and sessions.
//!
//! - A **login** exchanges the code of `wx.login` for an openid, once; the code is never sent twice. WeChat's
//!   `session_key` is dropped at once: nothing needs it, so it is stored nowhere.
//! - A **session** is one row a login and lives [`SESSION_LIFE`] from the login, however often it is refreshed. A buyer
//!   has at most [`SESSIONS_MAX`] live ones; a login beyond that ends the oldest.
//! - The **access token** is a JWT (HS256, no other algorithm) that lives [`ACCESS_LIFE`]. All of `aud`, `iss`, `sub`,
//!   `sid`, `exp`, `nbf` and `iat` must be there; times are checked against the shop's clock without leeway.
//! - The **refresh token** is derived from session and generation, never stored. Each refresh raises the generation.
//!   For [`REUSE_GRACE`] the token before gets the same successor again (a lost answer, two refreshes at once); used
//!   later, it is a stolen one, and the session ends.
//! - A **revoked** session is refused at once on the node that revoked it, and elsewhere when its cached state is
//!   [`CACHED`] old. If the database can't be asked, nobody is let in (503).

pub(crate) mod api;
mod buyer;
mod cache;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

use std::time::Duration;

use secrecy::SecretString;

pub(crate) use api::TokenView;
pub use buyer::Buyer;

use crate::base::clock::{Clock, Timestamp};
use crate::base::db::{Db, DbConn, Tx};
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{CustomerId, random_letters};
use crate::base::sql_types::sql_text_enum;
use crate::platform::session_token::BadToken;
use cache::{CachedSession, SessionCache};
use store::NewSession;
use tokens::Tokens;

/// How long an access token is good.
pub const ACCESS_LIFE: Duration = Duration::from_hours(2);
/// How long a session lives from its login, refreshed or not.
pub const SESSION_LIFE: Duration = Duration::from_hours(90 * 24);
/// How long the refresh token before the newest one gets the same successor again.
pub const REUSE_GRACE: Duration = Duration::from_secs(30);
/// Live sessions of one buyer.
pub const SESSIONS_MAX: i64 = 20;
/// How old the known state of a session may be.
pub const CACHED: Duration = Duration::from_secs(5);

/// Letters of a session's id: 130 random bits.
const SID_LETTERS: usize = 26;
const FIRST_GENERATION: i64 = 1;

/// Tokens and the known state of sessions; one for the process, app data of its own.
pub struct Sessions {
    tokens: Tokens,
    cache: SessionCache,
    clock: Clock,
}

/// What a login or a refresh gives.
pub(crate) struct Grant {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) customer_id: CustomerId,
    pub(crate) is_new: bool,
}

impl Sessions {
    /// Signs and verifies once, so that a binary without working cryptography fails at its start, not at its first
    /// login.
    pub fn new(jwt_secret: &SecretString, clock: Clock) -> Result<Self> {
        let tokens = Tokens::new(jwt_secret)?;
        tokens.self_check(clock.now())?;
        Ok(Self { tokens, cache: SessionCache::new(), clock })
    }

    /// The buyer behind an access token. [`Code::Unauthorized`] for whatever is wrong with the token or its session;
    /// [`Error::Unavailable`] if the session can't be looked up.
    pub(crate) async fn authenticate(&self, db: &Db, access_token: &str) -> Result<Buyer> {
        let now = self.clock.timestamp();
        let claimed = self.tokens.verify_access(access_token, now)?;
        let known = self.cache.of(&claimed.sid, || read_session(db, claimed.sid.clone())).await?;
        match known {
            CachedSession::Live { customer_id, expires_at }
                if customer_id == claimed.customer_id && expires_at > now =>
            {
                Ok(claimed)
            }
            _ => Err(BadToken::SessionEnded.into()),
        }
    }

    /// A session whose beginning is committed, with its first tokens.
    pub(crate) fn begun(&self, sid: &str, customer_id: CustomerId, is_new: bool, now: Timestamp) -> Result<Grant> {
        self.cache.begun(sid.to_owned(), customer_id, now.plus(SESSION_LIFE));
        self.grant(customer_id, is_new, sid, FIRST_GENERATION, now)
    }

    /// Sessions whose end is committed: refused on this node from now on, and elsewhere within [`CACHED`].
    pub(crate) fn ended(&self, sids: Vec<String>) {
        for sid in sids {
            self.cache.ended(sid);
        }
    }

    /// Exchanges a refresh token. [`Code::InvalidRefreshToken`]: log in again.
    async fn refresh(&self, db: &Db, refresh_token: &str) -> Result<Grant> {
        let (sid, generation) = self.tokens.verify_refresh(refresh_token).ok_or(Code::InvalidRefreshToken)?;
        let sid = sid.to_owned();
        let now = self.clock.timestamp();
        let session = sid.clone();
        match db.write(move |tx| rotate(tx, &session, generation, now)).await? {
            Rotation::To(customer_id, generation) => {
                crate::base::failpoint::reach!("refresh.after_commit");
                self.grant(customer_id, false, &sid, generation, now)
            }
            Rotation::Reused(customer_id) => {
                self.cache.ended(sid);
                log::warn!("an old refresh token of customer {customer_id} was used; the session was ended");
                Err(Code::InvalidRefreshToken.into())
            }
            Rotation::Gone => Err(Code::InvalidRefreshToken.into()),
        }
    }

    /// Ends this session at once.
    async fn logout(&self, db: &Db, buyer: Buyer) -> Result<()> {
        let now = self.clock.timestamp();
        let sids = [buyer.sid.clone()];
        db.write(move |tx| store::revoke(tx, &sids, RevokeReason::Logout, now)).await?;
        self.cache.ended(buyer.sid);
        Ok(())
    }

    fn grant(
        &self,
        customer_id: CustomerId,
        is_new: bool,
        sid: &str,
        generation: i64,
        now: Timestamp,
    ) -> Result<Grant> {
        Ok(Grant {
            access_token: self.tokens.access_token(customer_id, sid, now)?,
            refresh_token: self.tokens.refresh_token(sid, generation),
            customer_id,
            is_new,
        })
    }
}

/// The id of a new session.
pub(crate) fn new_sid() -> Result<String> {
    random_letters(SID_LETTERS)
}

/// Begins a session.
pub(crate) fn begin(tx: &mut Tx, customer_id: CustomerId, sid: &str, now: Timestamp) -> Result<()> {
    let session = NewSession {
        sid,
        customer_id,
        generation: FIRST_GENERATION,
        rotated_at: now,
        created_at: now,
        expires_at: now.plus(SESSION_LIFE),
    };
    store::insert(tx, &session)
}

/// Ends a buyer's sessions beyond the newest [`SESSIONS_MAX`]; gives which. To be told to [`Sessions::ended`] when committed.
pub(crate) fn end_superseded(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<Vec<String>> {
    let superseded = store::beyond(tx, customer, SESSIONS_MAX, now)?;
    if !superseded.is_empty() {
        store::revoke(tx, &superseded, RevokeReason::TooMany, now)?;
    }
    Ok(superseded)
}

/// Ends all sessions of a buyer but this one; gives which. To be told to [`Sessions::ended`] when committed.
pub(crate) fn end_others(tx: &mut Tx, buyer: &Buyer, now: Timestamp) -> Result<Vec<String>> {
    let mut others = store::beyond(tx, buyer.customer_id, 0, now)?;
    others.retain(|sid| *sid != buyer.sid);
    store::revoke(tx, &others, RevokeReason::Logout, now)?;
    Ok(others)
}

/// Ends every session of a buyer whose account is closed; gives which. To be told to [`Sessions::ended`] when committed.
pub(crate) fn end_all(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<Vec<String>> {
    let live = store::beyond(tx, customer, 0, now)?;
    store::revoke(tx, &live, RevokeReason::Closed, now)?;
    Ok(live)
}

/// What became of a refresh token.
#[derive(Debug, PartialEq, Eq)]
enum Rotation {
    /// The session stands at this generation, whose token may be given.
    To(CustomerId, i64),
    /// An old token; the session was ended.
    Reused(CustomerId),
    /// No live session has this token.
    Gone,
}

/// Reuse is an `Ok`, for its revocation must be committed.
fn rotate(tx: &mut Tx, sid: &str, generation: i64, now: Timestamp) -> Result<Rotation> {
    if let Some(customer_id) = store::rotate(tx, sid, generation, now)? {
        crate::base::failpoint::reach!("refresh.in_transaction");
        return Ok(Rotation::To(customer_id, generation + 1));
    }
    let Some(session) = store::find(tx, sid)?.filter(|session| session.is_live(now)) else {
        return Ok(Rotation::Gone);
    };
    if generation + 1 == session.generation && now <= session.rotated_at.plus(REUSE_GRACE) {
        return Ok(Rotation::To(session.customer_id, session.generation));
    }
    // A generation that is yet to come was given before the database was restored from a backup: nobody's theft.
    if generation >= session.generation {
        return Ok(Rotation::Gone);
    }
    store::revoke(tx, &[sid.to_owned()], RevokeReason::Reuse, now)?;
    Ok(Rotation::Reused(session.customer_id))
}

use store::live;

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

async fn read_session(db: &Db, sid: String) -> Result<CachedSession> {
    let found = db.read_one(move |rx| store::find(rx, &sid)).await;
    match found {
        Ok(Some(session)) => Ok(session.cached()),
        Ok(None) => Ok(CachedSession::Ended),
        Err(error) => {
            log::error!("a session can't be looked up: {error}");
            Err(Error::busy("a session can't be looked up"))
        }
    }
}

/// A session as it is stored.
#[derive(Clone, Debug, diesel::Queryable)]
struct Session {
    customer_id: CustomerId,
    generation: i64,
    rotated_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

impl Session {
    fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }

    fn cached(&self) -> CachedSession {
        match self.revoked_at {
            None => CachedSession::Live { customer_id: self.customer_id, expires_at: self.expires_at },
            Some(_) => CachedSession::Ended,
        }
    }
}

sql_text_enum! {
    /// Why a session was ended before its time.
    pub(crate) enum RevokeReason {
        /// By the buyer.
        Logout = "logout",
        /// An old refresh token was used: two parties hold tokens of one session.
        Reuse = "refresh_token_reused",
        /// By a newer login.
        TooMany = "too_many_sessions",
        /// The account is closed.
        Closed = "account_closed",
    }
}
