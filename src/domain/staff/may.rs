//! The logged-in operator, as extractors. Which one a handler takes says who may call it.

use std::future::Future;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::permissions::Grants;
use super::session_cache::Known;
use super::{Role, STEP_UP_LIFE, Staff};
use crate::base::clock::Timestamp;
use crate::base::error::{Code, Result};
use crate::base::ids::OperatorId;
use crate::platform::audit::{self, Entry, Peer};
use crate::web::Problem;
use crate::web::extract::{ClientAddr, session_token};

/// An operator who has a live session.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    pub(crate) id: OperatorId,
    /// Who, for people and the audit log.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) sid: String,
    /// From where this request came.
    pub(crate) from: IpAddr,
    pub(crate) must_change_password: bool,
    pub(crate) has_totp: bool,
    pub(crate) stepped_up_until: Option<Timestamp>,
    pub(crate) session_ends_at: Timestamp,
}

impl Operator {
    /// An entry of the audit log by this operator, from where this request came.
    pub(crate) fn entry(&self, action: &'static str) -> Entry {
        Entry::new(actor(&self.name), action, Peer::Address(self.from))
    }

    fn new(sid: String, known: Known, from: IpAddr) -> Self {
        Self {
            id: known.id,
            name: known.name,
            role: known.role,
            sid,
            from,
            must_change_password: known.password_expires_at.is_some(),
            has_totp: known.totp_confirmed_at.is_some(),
            stepped_up_until: known.stepped_up_at.map(|at| at.plus(STEP_UP_LIFE)),
            session_ends_at: known.expires_at,
        }
    }

    /// Before the account is set up, nothing but setting it up is open.
    fn check_set_up(&self) -> Result<()> {
        if self.must_change_password {
            return Err(Code::PasswordChangeRequired.into());
        }
        if !self.has_totp {
            return Err(Code::TotpEnrolmentRequired.into());
        }
        Ok(())
    }

    fn check_may<R: Grants>(&self) -> Result<()> {
        self.check_set_up()?;
        if self.role.may(R::PERMISSION) { Ok(()) } else { Err(Code::Forbidden.into()) }
    }

    fn check_stepped_up(&self, now: Timestamp) -> Result<()> {
        match self.stepped_up_until {
            Some(until) if now < until => Ok(()),
            _ => Err(Code::StepUpRequired.into()),
        }
    }
}

/// How operators are named in the audit log.
pub(super) fn actor(name: &str) -> String {
    format!("operator:{name}")
}

/// Any live session, also of an account that is not set up yet: for what concerns the caller's own account only.
pub(crate) struct Session(pub(crate) Operator);

/// An operator whose account is set up and whose role has the permission `R`; 403 for others.
pub(crate) struct May<R> {
    operator: Operator,
    permission: PhantomData<R>,
}

/// As [`May`], with password or code given once more within the last five minutes; 403 `step_up_required` otherwise.
pub(crate) struct SteppedUp<R> {
    operator: Operator,
    permission: PhantomData<R>,
}

impl<R> Deref for May<R> {
    type Target = Operator;

    fn deref(&self) -> &Operator {
        &self.operator
    }
}

impl<R> Deref for SteppedUp<R> {
    type Target = Operator;

    fn deref(&self) -> &Operator {
        &self.operator
    }
}

type Extracted<T> = Pin<Box<dyn Future<Output = std::result::Result<T, Problem>>>>;

impl FromRequest for Session {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let credentials = prepare(request);
        Box::pin(async move { Ok(Self(authenticate(credentials).await?.0)) })
    }
}

impl<R: Grants> FromRequest for May<R> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let credentials = prepare(request);
        Box::pin(async move {
            let (operator, _) = permitted::<R>(credentials).await?;
            Ok(Self { operator, permission: PhantomData })
        })
    }
}

impl<R: Grants> FromRequest for SteppedUp<R> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let credentials = prepare(request);
        Box::pin(async move {
            let (operator, now) = permitted::<R>(credentials).await?;
            operator.check_stepped_up(now)?;
            Ok(Self { operator, permission: PhantomData })
        })
    }
}

struct Credentials {
    staff: Staff,
    token: String,
    from: IpAddr,
}

fn prepare(request: &HttpRequest) -> std::result::Result<Credentials, Problem> {
    let token = session_token(request)?;
    let from = ClientAddr::extract(request).into_inner()?.ip();
    Ok(Credentials { staff: Staff::of(request)?, token, from })
}

async fn authenticate(
    credentials: std::result::Result<Credentials, Problem>,
) -> std::result::Result<(Operator, Timestamp), Problem> {
    let Credentials { staff, token, from } = credentials?;
    let (sid, known) = staff.operators.authenticate(&staff.db, &token).await?;
    Ok((Operator::new(sid, known, from), staff.clock.timestamp()))
}

/// Who may do what `R` names. Who may not is written down: somebody who looks for doors is seen.
async fn permitted<R: Grants>(
    credentials: std::result::Result<Credentials, Problem>,
) -> std::result::Result<(Operator, Timestamp), Problem> {
    let credentials = credentials?;
    let staff = credentials.staff.clone();
    let (operator, now) = authenticate(Ok(credentials)).await?;
    let Err(refused) = operator.check_may::<R>() else { return Ok((operator, now)) };
    if refused.code() == Some(Code::Forbidden) && staff.operators.is_new_refusal(operator.id, R::PERMISSION) {
        let entry = operator.entry("operator.refused").detail(R::PERMISSION.as_str());
        // Not waited for: an answer that comes later would let the body be looked at first, and tell more than 403.
        actix_web::rt::spawn(async move {
            if let Err(error) = staff.db.write(move |tx| audit::record(tx, &entry, now)).await {
                log::error!("a refusal could not be written down: {error}");
            }
        });
    }
    Err(refused.into())
}
