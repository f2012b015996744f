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
pub mod service;
mod sessions;
mod store;
mod tokens;

use std::time::Duration;

use secrecy::SecretString;

pub use buyer::Buyer;

use crate::clock::{Clock, Timestamp};
use crate::db::{Db, sql_text_enum};
use crate::error::{Code, Error, Result};
use crate::ids::CustomerId;
use sessions::{Seen, SessionCache};
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

/// Tokens and the known state of sessions. One for the process.
pub struct Auth {
    tokens: Tokens,
    sessions: SessionCache,
    clock: Clock,
}

impl Auth {
    /// Signs and verifies once, so that a binary without working cryptography fails at its start, not at its first
    /// login.
    pub fn new(jwt_secret: &SecretString, clock: Clock) -> Result<Self> {
        let tokens = Tokens::new(jwt_secret)?;
        tokens.self_check(clock.now())?;
        Ok(Self { tokens, sessions: SessionCache::new(), clock })
    }

    /// The buyer behind an access token. [`Code::Unauthorized`] for whatever is wrong with the token or its session;
    /// [`Error::Unavailable`] if the session can't be looked up.
    pub(crate) async fn authenticate(&self, db: &Db, access_token: &str) -> Result<Buyer> {
        let now = self.clock.timestamp();
        let claimed = self.tokens.verify_access(access_token, now).ok_or(Code::Unauthorized)?;
        let seen = self.sessions.of(&claimed.sid, || read_session(db, claimed.sid.clone())).await?;
        match seen {
            Seen::Live { customer_id, expires_at } if customer_id == claimed.customer_id && expires_at > now => {
                Ok(claimed)
            }
            _ => Err(Code::Unauthorized.into()),
        }
    }
}

impl Auth {
    /// Sessions whose end is committed: refused on this node from now on, and elsewhere within [`CACHED`].
    pub(crate) fn ended(&self, sids: Vec<String>) {
        for sid in sids {
            self.sessions.ended(sid);
        }
    }
}

async fn read_session(db: &Db, sid: String) -> Result<Seen> {
    let found = db.read_one(move |rx| store::find(rx, &sid)).await;
    match found {
        Ok(Some(session)) => Ok(session.seen()),
        Ok(None) => Ok(Seen::Ended),
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

    fn seen(&self) -> Seen {
        match self.revoked_at {
            None => Seen::Live { customer_id: self.customer_id, expires_at: self.expires_at },
            Some(_) => Seen::Ended,
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
