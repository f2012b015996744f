//! Money goes back. In the transaction that decides it, the sum is set aside on the order, the refund is written with its number and its
//! bytes, and a job is queued. The job sends the bytes; accepted is not refunded, so it goes on asking until WeChat says how it ended. The
//! same number makes it one refund, however often it is sent.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wechat_client::{CallError, Outcome, RefundStatus, RefusalCode};

use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Error, Result};
use crate::base::observability::WechatCall;
use crate::domain::cases::{self, CaseKind, NewCase};
use crate::domain::orders::{self, Actor, Event, EventKind};
use crate::domain::refunds::{self, NewRefund, Refund, RefundMove, RefundState};
use crate::platform::app::App;
use crate::platform::jobs::{self, Job, MONEY_ATTEMPTS_MAX, Next, Run, payloads};

/// Pause before the next attempt after a refusal that a person has to mend (balance, permission).
const AFTER_REFUSAL: Duration = Duration::from_mins(30);
const _: () =
    assert!(AFTER_REFUSAL.as_secs() == 30 * 60, "the texts of the cases (domain/cases/kinds.rs) say 30 minutes");
/// First query one minute after acceptance (申请退款), then slower: a bank card takes days.
const QUERY_FIRST: Duration = Duration::from_mins(1);
const QUERY_SLOWEST: Duration = Duration::from_hours(6);

payloads! {
    /// Carries a refund to its end.
    CarryRefund = "refund" { out_refund_no }, MONEY_ATTEMPTS_MAX attempts;
}

/// Sets the money aside, writes the refund and queues the call to WeChat: all of it, or none. 409 if that would pass what was paid.
pub(super) fn request(tx: &mut Tx, refund: &NewRefund, actor: Actor, now: Timestamp) -> Result<()> {
    if !orders::commit_refund(tx, refund.order_id, refund.amount_fen)? {
        return Err(Code::WrongState.into());
    }
    let event = Event::new(EventKind::RefundRequested, actor).of(refund.amount_fen);
    orders::record(tx, refund.order_id, event, now)?;
    refunds::insert(tx, refund, now)?;
    crate::base::failpoint::reach!("refund.after_row");
    jobs::enqueue(tx, &CarryRefund::of(&refund.out_refund_no), now, now)?;
    Ok(())
}

/// How WeChat's answer about a refund was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefundOutcome {
    /// The refund moved.
    Moved,
    /// Old news.
    Unchanged,
    /// It does not fit what we know: a case was opened, nothing moved.
    Case,
}

/// Books what WeChat says of a refund, from a query, an answer or a notify. Guarded: the same news twice has one effect.
pub(super) fn apply(tx: &mut Tx, app: &App, answer: &wechat_client::Refund, now: Timestamp) -> Result<RefundOutcome> {
    let number = &answer.out_refund_no;
    let case = |tx: &mut Tx, kind, detail| {
        cases::open(tx, &app.metrics, &NewCase::once(kind, number, detail), now)?;
        Ok(RefundOutcome::Case)
    };
    let Some(refund) = refunds::by_no(tx, number)? else {
        return case(tx, CaseKind::UnknownRefund, json!({ "refund_id": answer.refund_id }));
    };
    let order = orders::lock(tx, refund.order_id)?;
    // Read again behind the lock: other news of the same refund may have been booked just now.
    let refund = refunds::by_no(tx, number)?.ok_or_else(|| Error::internal("a refund vanished"))?;
    if answer.amount.refund_fen != refund.amount_fen.get() || answer.out_trade_no != order.order_no {
        let seen = json!({ "refund_fen": answer.amount.refund_fen, "out_trade_no": answer.out_trade_no });
        return case(tx, CaseKind::RefundMismatch, seen);
    }
    let Some(step) = step_of(&answer.status) else {
        return case(tx, CaseKind::RefundStatusUnknown, json!({ "status": format!("{:?}", answer.status) }));
    };
    if !refunds::advance_to(tx, &refund, step, &answer.refund_id, now)? {
        return Ok(RefundOutcome::Unchanged);
    }
    crate::base::failpoint::reach!("refund.in_booking");
    match step {
        RefundMove::Accept => {}
        RefundMove::Succeed => {
            if !orders::add_refunded(tx, refund.order_id, refund.amount_fen)? {
                return Err(Error::internal("a refund was paid out that was not set aside"));
            }
            let event = Event::new(EventKind::Refunded, Actor::Wechat).of(refund.amount_fen);
            orders::record(tx, refund.order_id, event, now)?;
        }
        RefundMove::Fail | RefundMove::Close => {
            let event = Event::new(EventKind::RefundFailed, Actor::Wechat).of(refund.amount_fen);
            orders::record(tx, refund.order_id, event, now)?;
            case(tx, CaseKind::RefundFailed, json!({ "state": step.to() }))?;
        }
    }
    Ok(RefundOutcome::Moved)
}

/// WeChat's words, exhaustively; a word that we do not know moves nothing.
fn step_of(status: &RefundStatus) -> Option<RefundMove> {
    match status {
        RefundStatus::Processing => Some(RefundMove::Accept),
        RefundStatus::Success => Some(RefundMove::Succeed),
        RefundStatus::Abnormal => Some(RefundMove::Fail),
        RefundStatus::Closed => Some(RefundMove::Close),
        RefundStatus::Unknown(_) => None,
    }
}

impl Job for CarryRefund {
    type Context = Arc<App>;

    async fn run(self, app: Arc<App>, run: Run) -> Result<Next> {
        let number = self.out_refund_no;
        let refund = app.db.read(move |rx| refunds::by_no(rx, &number)).await?;
        let refund = refund.ok_or_else(|| Error::internal("a refund job without its refund"))?;
        let answer = match refund.state {
            RefundState::Requested => submit(&app, &refund).await,
            RefundState::Processing | RefundState::Abnormal => {
                app.ask_wechat(WechatCall::QueryRefund, app.pay.query_refund(&refund.out_refund_no)).await
            }
            RefundState::Succeeded | RefundState::Closed => return Ok(Next::Done),
        };
        follow(&app, run, &refund, answer).await
    }
}

/// Sends the stored bytes. After an unknown outcome the same bytes go again.
async fn submit(app: &App, refund: &Refund) -> Outcome<wechat_client::Refund> {
    crate::base::failpoint::reach!("refund.before_call");
    let answer = app.ask_wechat(WechatCall::Refund, app.pay.refund(&refund.request)).await;
    crate::base::failpoint::reach!("refund.after_call");
    answer
}

async fn follow(app: &Arc<App>, run: Run, refund: &Refund, answer: Outcome<wechat_client::Refund>) -> Result<Next> {
    let now = app.clock.timestamp();
    match answer {
        Ok(answer) => {
            let context = Arc::clone(app);
            app.db.write_bulk(move |tx| apply(tx, &context, &answer, now)).await?;
            crate::base::failpoint::reach!("refund.after_commit");
            let number = refund.out_refund_no.clone();
            let current = app.db.read(move |rx| refunds::by_no(rx, &number)).await?;
            // Whatever WeChat said, money that is not known to be back is asked for until it is.
            let over = current.is_none_or(|refund| refund.state.is_final());
            Ok(if over { Next::Done } else { Next::Again(next_query(run, now)) })
        }
        Err(CallError::Throttled(throttle)) => Ok(Next::Again(now.plus(throttle.retry_after))),
        Err(CallError::Unknown(unknown)) => Err(Error::OutcomeUnknown(unknown.to_string())),
        Err(CallError::Refused(refusal)) => {
            let kind = match refusal.code {
                RefusalCode::NotEnough => CaseKind::RefundBalanceShort,
                _ => CaseKind::RefundRefused,
            };
            let seen = json!({ "code": refusal.code.to_string(), "message": refusal.message });
            let (case, context) = (NewCase::once(kind, &refund.out_refund_no, seen), Arc::clone(app));
            app.db.write(move |tx| cases::open(tx, &context.metrics, &case, now)).await?;
            Ok(Next::Again(now.plus(AFTER_REFUSAL)))
        }
    }
}

/// A quarter of the refund's age, within limits.
fn next_query(run: Run, now: Timestamp) -> Timestamp {
    now.plus((run.age(now) / 4).clamp(QUERY_FIRST, QUERY_SLOWEST))
}
