//! Carries a refund to its end: ask WeChat, then ask how it went, until it is over.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;

use super::{REFUND_JOB, Refund, RefundState, service};
use crate::app::App;
use crate::cases::{self, NewCase};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::jobs::{Job, Kind, MONEY_ATTEMPTS_MAX, Next};
use crate::wechat::{self, CallError, Outcome, RefusalCode};

/// The job kinds of this domain.
pub const KINDS: &[Kind] = &[Kind { name: REFUND_JOB, attempts_max: MONEY_ATTEMPTS_MAX, run }];

/// Pause before the next attempt after a refusal that a person has to mend (balance, permission).
const AFTER_REFUSAL: Duration = Duration::from_mins(30);
/// First query one minute after acceptance (申请退款), then slower: a bank card takes days.
const QUERY_FIRST: Duration = Duration::from_mins(1);
const QUERY_SLOWEST: Duration = Duration::from_hours(6);

fn run(app: Arc<App>, job: Job) -> BoxFuture<'static, Result<Next>> {
    async move {
        let number = job.payload.clone();
        let refund = app.db.read(move |rx| service::by_no(rx, &number)).await?;
        let refund = refund.ok_or_else(|| Error::internal("a refund job without its refund"))?;
        match refund.state {
            RefundState::Requested => submit(&app, &job, &refund).await,
            RefundState::Processing | RefundState::Abnormal => {
                let said = app.pay.query_refund(&refund.out_refund_no).await;
                app.metrics.wechat_call("query_refund", wechat::outcome_word(&said));
                follow(&app, &job, &refund, said).await
            }
            RefundState::Succeeded | RefundState::Closed => Ok(Next::Done),
        }
    }
    .boxed()
}

/// Sends the stored bytes. After an unknown outcome the same bytes go again: the number makes it one refund.
async fn submit(app: &Arc<App>, job: &Job, refund: &Refund) -> Result<Next> {
    crate::failpoint::reach!("refund.before_call");
    let said = app.pay.refund(&refund.request).await;
    crate::failpoint::reach!("refund.after_call");
    app.metrics.wechat_call("refund", wechat::outcome_word(&said));
    follow(app, job, refund, said).await
}

async fn follow(app: &Arc<App>, job: &Job, refund: &Refund, said: Outcome<wechat::Refund>) -> Result<Next> {
    let now = app.clock.timestamp();
    match said {
        Ok(said) => {
            app.db.write_bulk(move |tx| service::apply(tx, &said, now)).await?;
            crate::failpoint::reach!("refund.after_commit");
            let number = refund.out_refund_no.clone();
            let current = app.db.read(move |rx| service::by_no(rx, &number)).await?;
            // Whatever WeChat said, money that is not known to be back is asked for until it is.
            let over = current.is_none_or(|refund| refund.state.is_final());
            Ok(if over { Next::Done } else { Next::Again(next_query(job, now)) })
        }
        Err(CallError::Throttled(throttle)) => Ok(Next::Again(now.plus(throttle.retry_after))),
        Err(CallError::Unknown(unknown)) => Err(Error::OutcomeUnknown(unknown.to_string())),
        Err(CallError::Refused(refusal)) => {
            let kind = match refusal.code {
                RefusalCode::NotEnough => "refund_balance_short",
                _ => "refund_refused",
            };
            let seen = json!({ "code": refusal.code.to_string(), "message": refusal.message });
            cases::open_now(app, NewCase::once(kind, &refund.out_refund_no, seen)).await?;
            Ok(Next::Again(now.plus(AFTER_REFUSAL)))
        }
    }
}

/// A quarter of the refund's age, within limits.
fn next_query(job: &Job, now: Timestamp) -> Timestamp {
    let age = (now.utc() - job.created_at.utc()).to_std().unwrap_or_default();
    now.plus((age / 4).clamp(QUERY_FIRST, QUERY_SLOWEST))
}
