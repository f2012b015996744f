//! Jobs that find out what WeChat does not tell: queries, expiry, closing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;

use super::service::{self, Closed, Settled};
use super::{CLOSE_JOB, PaymentState, QUERY_JOB};
use crate::app::App;
use crate::cases::{self, NewCase};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::jobs::{Job, Kind, MONEY_ATTEMPTS_MAX, Next};
use crate::orders::{self, CancelReason, EXPIRY_JOB};

/// The job kinds of this domain. None may die before the order's fate is known.
pub const KINDS: &[Kind] = &[
    Kind { name: QUERY_JOB, attempts_max: MONEY_ATTEMPTS_MAX, run: query },
    Kind { name: EXPIRY_JOB, attempts_max: MONEY_ATTEMPTS_MAX, run: expire },
    Kind { name: CLOSE_JOB, attempts_max: MONEY_ATTEMPTS_MAX, run: finish_closing },
];

/// An order whose end at WeChat is unknown for this long is shown to a person; asking goes on.
const ALARM_AFTER: Duration = Duration::from_mins(10);
const CLOSE_AGAIN_FIRST: Duration = Duration::from_secs(5);
const CLOSE_AGAIN_SLOWEST: Duration = Duration::from_mins(15);

/// Asks until the payment is known, or the order's time is up and expiry takes over.
fn query(app: Arc<App>, job: Job) -> BoxFuture<'static, Result<Next>> {
    async move {
        let number = job.payload.clone();
        let (payment, order) = app
            .db
            .read(move |rx| Ok((service::by_no(rx, &number)?, orders::service::by_no(rx, &number)?)))
            .await?;
        let (Some(payment), Some(order)) = (payment, order) else { return Ok(Next::Done) };
        if payment.state != PaymentState::Open {
            return Ok(Next::Done);
        }
        crate::failpoint::reach!("query.before_ask");
        let asked = service::ask(&app, &job.payload).await;
        crate::failpoint::reach!("query.after_ask");
        let now = app.clock.timestamp();
        match asked {
            Ok(Settled::Unpaid | Settled::Case) | Err(_) if now < order.expires_at => {
                Ok(Next::Again(service::next_query(payment.opened_at, now)))
            }
            Ok(_) => Ok(Next::Done),
            Err(error) => Err(error),
        }
    }
    .boxed()
}

/// The order's time is up. What can't be ended now is left to the close job, which was queued with it.
fn expire(app: Arc<App>, job: Job) -> BoxFuture<'static, Result<Next>> {
    async move {
        crate::failpoint::reach!("expiry.before_close");
        service::close(&app, &job.payload, CancelReason::Expired).await?;
        crate::failpoint::reach!("expiry.after_close");
        Ok(Next::Done)
    }
    .boxed()
}

/// Goes on until the end at WeChat is known.
fn finish_closing(app: Arc<App>, job: Job) -> BoxFuture<'static, Result<Next>> {
    async move {
        let number = job.payload.clone();
        let order = app.db.read(move |rx| orders::service::by_no(rx, &number)).await?;
        let order = order.ok_or_else(|| Error::internal("a closing job without its order"))?;
        let reason = order.cancel_reason.unwrap_or(CancelReason::Expired);
        match service::close(&app, &job.payload, reason).await? {
            Closed::Cancelled | Closed::Paid => Ok(Next::Done),
            Closed::Pending => {
                let now = app.clock.timestamp();
                let age = (now.utc() - job.created_at.utc()).to_std().unwrap_or_default();
                if age >= ALARM_AFTER {
                    let seen = json!({ "minutes": age.as_secs() / 60 });
                    cases::open_now(&app, NewCase::once("close_unknown", &job.payload, seen)).await?;
                }
                Ok(Next::Again(again(now, age)))
            }
        }
    }
    .boxed()
}

fn again(now: Timestamp, age: Duration) -> Timestamp {
    now.plus((age / 4).clamp(CLOSE_AGAIN_FIRST, CLOSE_AGAIN_SLOWEST))
}
