//! The people who run the shop: their accounts, roles, logins, sessions and second factor.
//!
//! - An **account** is made by `gunpo-mall operator add` or by a manager, with a one-time password that is good for
//!   [`FIRST_PASSWORD_LIFE`] and for nothing but choosing another. Then the second factor is enrolled (TOTP, RFC 6238), and
//!   is asked for at every login from then on. Only after both may the operator do anything.
//! - A **login** books its attempt before the password is looked at, so that attempts that come together can't outrun the
//!   back-off: per account (on the row, so that a restart forgives nothing) and per peer address (in memory, bounded). An
//!   unknown name costs a hash too, is counted in memory and is answered the same.
//! - A **session** is one row a login. It ends [`SESSION_IDLE`] after its last request and [`SESSION_LIFE`] after its login.
//!   Disabling, another role, a reset and a new password end all sessions of the account: at once on the node that did it,
//!   elsewhere when what is known is [`CACHED`] old. If the database can't be asked, nobody is let in (503).
//! - A **permission** is in the signature of the handler: [`May<ReadOrders>`](May) can't be had by who may not.
//!   [`SteppedUp`] wants password or code once more, not longer ago than [`STEP_UP_LIFE`].
//! - What is done with an account, and each login, failed or not, is in the audit log.

mod backoff;
mod may;
mod password;
mod permissions;
pub mod service;
mod session_cache;
mod store;
mod tokens;
mod totp;

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::ops::Deref;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use moka::sync::Cache;
use secrecy::SecretString;

pub(crate) use may::{May, Operator, Session, SteppedUp};
pub(crate) use permissions::types::*;
pub use permissions::{Permission, Role};
pub(crate) use store::{LiveSession, has_account, hold, prune_sessions};
pub(crate) use totp::{older_secrets, reseal_secrets};

use crate::base::clock::{Clock, Timestamp};
use crate::base::db::Db;
use crate::base::error::{Error, Result};
use crate::base::ids::OperatorId;
use crate::base::sql_types::sql_text_enum;
use crate::platform::app::App;
use crate::platform::session_token::{BadToken, SessionTokens};
use crate::web::Problem;
use backoff::Backoff;
use password::Hasher;
use session_cache::{Known, SessionCache};

/// How long a session lives from its login.
pub const SESSION_LIFE: Duration = Duration::from_hours(12);
/// How long a session lives from its last request.
pub const SESSION_IDLE: Duration = Duration::from_mins(30);
/// How long a device is known from the last login on it.
pub const DEVICE_LIFE: Duration = Duration::from_hours(90 * 24);
/// How long a step-up is good.
pub const STEP_UP_LIFE: Duration = Duration::from_mins(5);
/// How long a one-time password may be used.
pub const FIRST_PASSWORD_LIFE: Duration = Duration::from_hours(72);
/// How old the known state of a session may be.
pub const CACHED: Duration = Duration::from_secs(5);
/// A request is written down as the last one at most so often.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// The same refusal of the same operator is written down once in this time.
const REFUSED_ONCE_IN: Duration = Duration::from_mins(1);
/// Refusals that are remembered for it.
const REFUSED_MAX: u64 = 10_000;
/// Names of accounts: letters.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 2..=32;

/// Tokens, the known state of sessions, hashing and back-off; one for the process, app data of its own.
pub struct Operators {
    tokens: SessionTokens,
    devices: SessionTokens,
    forms: [u8; 32],
    sessions: SessionCache,
    hasher: Hasher,
    peers: Backoff<IpAddr>,
    /// Passwords and codes that operators give once more while they are logged in.
    own: Backoff<OperatorId>,
    /// Attempts to log in on a device that has been used before.
    known: Backoff<OperatorId>,
    /// Names that no account has: counted like accounts, but in memory.
    strangers: Backoff<String>,
    /// Refusals of the last minute that are written down already.
    refused: Cache<(OperatorId, Permission), ()>,
    clock: Clock,
}

impl Operators {
    /// Keys of its own are derived from the secret: no token of a buyer can ever be one of an operator.
    pub fn new(jwt_secret: &SecretString, clock: Clock) -> Result<Self> {
        Ok(Self {
            tokens: tokens::tokens(jwt_secret)?,
            devices: tokens::device_tokens(jwt_secret)?,
            forms: tokens::form_key(jwt_secret)?,
            sessions: SessionCache::new(),
            hasher: Hasher::new()?,
            peers: Backoff::new(backoff::PEER),
            own: Backoff::new(backoff::ACCOUNT),
            known: Backoff::new(backoff::ACCOUNT),
            strangers: Backoff::new(backoff::ACCOUNT),
            refused: Cache::builder().max_capacity(REFUSED_MAX).time_to_live(REFUSED_ONCE_IN).build(),
            clock,
        })
    }

    /// What the forms of this session carry.
    pub(crate) fn form_token(&self, session: &str) -> String {
        tokens::form_token(&self.forms, session)
    }

    /// Compared in the same time whatever is wrong with it.
    pub(crate) fn is_form_token(&self, session: &str, given: &str) -> bool {
        let expected = self.form_token(session);
        !expected.is_empty()
            && aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok()
    }

    /// Whether a refusal is to be written down: the audit log is kept for ever, and a script asks a hundred times a second.
    fn is_new_refusal(&self, id: OperatorId, permission: Permission) -> bool {
        self.refused.entry((id, permission)).or_insert(()).is_fresh()
    }

    /// The live session behind a token. [`Code::Unauthorized`] for whatever is wrong with the token or its session;
    /// [`Error::Unavailable`] if the session can't be looked up.
    async fn authenticate(&self, db: &Db, token: &str) -> Result<(String, Known)> {
        let now = self.clock.timestamp();
        let claimed = self.tokens.verify(token, now)?;
        let known = self.sessions.of(&claimed.sid, || read_session(db, claimed.sid.clone())).await?;
        let known = known
            .filter(|known| known.id == OperatorId(claimed.subject) && known.is_live(now))
            .ok_or(BadToken::SessionEnded)?;
        if now >= known.last_seen_at.plus(TOUCH_EVERY) {
            return Ok((claimed.sid.clone(), self.touch(db, &claimed.sid, known, now).await?));
        }
        Ok((claimed.sid, known))
    }

    /// Writes down that the session was used; refused if it has ended meanwhile.
    async fn touch(&self, db: &Db, sid: &str, known: Known, now: Timestamp) -> Result<Known> {
        let row = sid.to_owned();
        let touched =
            db.write(move |tx| store::touch(tx, &row, now, now.minus(SESSION_IDLE))).await.map_err(fail_closed)?;
        self.sessions.forget(sid);
        if touched { Ok(Known { last_seen_at: now, ..known }) } else { Err(BadToken::SessionEnded.into()) }
    }
}

async fn read_session(db: &Db, sid: String) -> Result<Option<Known>> {
    db.read_one(move |rx| store::session(rx, &sid)).await.map_err(fail_closed)
}

fn fail_closed(error: Error) -> Error {
    log::error!("a session of an operator can't be looked up: {error}");
    Error::busy("a session can't be looked up")
}

/// The shop with its operators, for what is done with their accounts; an extractor.
#[derive(Clone)]
pub(crate) struct Staff {
    app: Data<App>,
    operators: Data<Operators>,
}

impl Deref for Staff {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl Staff {
    fn of(request: &HttpRequest) -> Result<Self> {
        let missing = || Error::internal("the server has no App or no Operators");
        let app = request.app_data::<Data<App>>().ok_or_else(missing)?.clone();
        let operators = request.app_data::<Data<Operators>>().ok_or_else(missing)?.clone();
        Ok(Self { app, operators })
    }
}

impl FromRequest for Staff {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).map_err(Problem::from))
    }
}

/// An account as use cases see it.
#[derive(Clone, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::base::db::schema::operators)]
pub(crate) struct Account {
    id: OperatorId,
    name: String,
    role: Role,
    password_hash: String,
    password_expires_at: Option<Timestamp>,
    totp_sealed: Option<Vec<u8>>,
    totp_confirmed_at: Option<Timestamp>,
    failed_attempts: i64,
    locked_until: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
}

sql_text_enum! {
    /// Why a session was ended before its time.
    pub(crate) enum EndReason {
        /// By the operator.
        Logout = "logout",
        /// The password was changed.
        Password = "password_changed",
        /// The second factor was enrolled on another session.
        Totp = "totp_enrolled",
        /// The role was changed.
        Role = "role_changed",
        /// The account was disabled.
        Disabled = "disabled",
        /// Password and second factor were reset.
        Reset = "reset",
    }
}
