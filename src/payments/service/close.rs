//! Ending an unpaid order. If WeChat was ever called for it, WeChat has the last word: query, close, then cancel. Until its end there is
//! known, the stock stays held and nobody can pay anew.

use std::sync::Arc;
use std::time::Duration;

use super::settle::{Settled, book};
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::jobs::{self, NewJob};
use crate::orders::{self, CancelReason, Hold, Order, OrderState};
use crate::payments::{CLOSE_JOB, Payment, PaymentState, QUERY_JOB, store};
use crate::wechat::{CallError, RefusalCode, TradeState};

/// How an attempt to end an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Cancelled; the stock is free.
    Cancelled,
    /// Paid, before or meanwhile.
    Paid,
    /// Not known yet: a job goes on asking.
    Pending,
}

/// A `prepay_id` lives two hours (JSAPI 下单); five minutes are added for clocks that differ.
const PREPAY_ID_DEAD: Duration = Duration::from_mins(125);

/// The close job looks again this soon after the first attempt.
const SECOND_LOOK: Duration = Duration::from_secs(5);

/// Ends an unpaid order. Safe to call again at any time.
pub async fn close(app: &Arc<App>, order_no: &str, reason: CancelReason) -> Result<Closed> {
    let (number, now) = (order_no.to_owned(), app.clock.timestamp());
    match app.db.write(move |tx| begin(tx, &number, reason, now)).await? {
        Begun::Ended(closed) => Ok(closed),
        Begun::AskWechat(payment) => ask_and_close(app, &payment).await,
    }
}

enum Begun {
    Ended(Closed),
    AskWechat(Box<Payment>),
}

fn begin(tx: &mut Tx, order_no: &str, reason: CancelReason, now: Timestamp) -> Result<Begun> {
    let order = orders::service::by_no(tx, order_no)?.ok_or_else(|| Error::internal("no such order to close"))?;
    let order = orders::service::lock(tx, order.id)?;
    match order.state {
        OrderState::Cancelled => return Ok(Begun::Ended(Closed::Cancelled)),
        OrderState::PendingPayment => {}
        _ => return Ok(Begun::Ended(Closed::Paid)),
    }
    if orders::service::cancel_unopened(tx, &order, reason, now)? {
        return Ok(Begun::Ended(Closed::Cancelled));
    }
    orders::service::begin_closing(tx, &order, reason, now)?;
    crate::failpoint::reach!("close.in_begin");
    let payment = store::by_no(tx, order_no)?.ok_or_else(|| Error::internal("an opened order without its payment"))?;
    // If this process dies now, the job ends what was begun.
    let again = NewJob {
        kind: CLOSE_JOB,
        dedup_key: Some(close_key(order_no)),
        payload: order_no.to_owned(),
        run_at: now.plus(SECOND_LOOK),
    };
    jobs::enqueue(tx, &again, now)?;
    Ok(Begun::AskWechat(Box::new(payment)))
}

async fn ask_and_close(app: &Arc<App>, payment: &Payment) -> Result<Closed> {
    // A pay call that still runs may yet make the order known to WeChat.
    if payment.call_lease_until.is_some_and(|until| until > app.clock.timestamp()) {
        return Ok(Closed::Pending);
    }
    let number = &payment.out_trade_no;
    crate::failpoint::reach!("close.after_begin");
    let said = app.pay.query_by_out_trade_no(number).await;
    crate::failpoint::reach!("close.after_query");
    app.metrics.wechat_call("query", crate::wechat::outcome_word(&said));
    match said {
        Ok(said) if said.trade_state.is_paid() => {
            // Money that does not fit the order ends nothing: a person decides, and we go on asking.
            let settled = book(app, said).await?;
            return Ok(if settled == Settled::Case { Closed::Pending } else { Closed::Paid });
        }
        Ok(said) if said.trade_state == TradeState::Closed => return cancel(app, number).await,
        Ok(_) => {}
        Err(error) if unknown_to_wechat(&error, payment, app.clock.timestamp()) => {}
        Err(error) => return Ok(pending(number, "query", &error)),
    }
    let closed = app.pay.close(number).await;
    crate::failpoint::reach!("close.after_call");
    app.metrics.wechat_call("close", crate::wechat::outcome_word(&closed));
    match closed {
        Ok(()) => cancel(app, number).await,
        Err(error) => match error.refusal_code() {
            Some(RefusalCode::OrderClosed) => cancel(app, number).await,
            _ if unknown_to_wechat(&error, payment, app.clock.timestamp()) => cancel(app, number).await,
            // Paid between our query and our close: the next look books it.
            _ => Ok(pending(number, "close", &error)),
        },
    }
}

/// `ORDER_NOT_EXIST` proves nothing while a `prepay_id` lives. Without a living one nobody can pay.
fn unknown_to_wechat(error: &CallError, payment: &Payment, now: Timestamp) -> bool {
    let can_be_paid = payment.prepay_id.is_some()
        && payment.prepaid_at.is_none_or(|prepaid_at| prepaid_at.plus(PREPAY_ID_DEAD) > now);
    !can_be_paid && error.refusal_code() == Some(&RefusalCode::OrderNotExist)
}

fn pending(order_no: &str, call: &str, error: &CallError) -> Closed {
    log::warn!("closing {order_no}: {call}: {error}");
    Closed::Pending
}

/// WeChat has it closed, though we did not ask: its number is burnt, so the order ends.
pub(super) async fn closed_upstream(app: &Arc<App>, order_no: &str) -> Result<Closed> {
    cancel(app, order_no).await
}

/// The end is known: give the stock back, once.
async fn cancel(app: &Arc<App>, order_no: &str) -> Result<Closed> {
    let (number, now) = (order_no.to_owned(), app.clock.timestamp());
    let cancelled = app.db.write(move |tx| cancel_in(tx, &number, now)).await?;
    crate::failpoint::reach!("close.after_cancel");
    Ok(cancelled)
}

fn cancel_in(tx: &mut Tx, order_no: &str, now: Timestamp) -> Result<Closed> {
    let order = orders::service::by_no(tx, order_no)?.ok_or_else(|| Error::internal("a closed order vanished"))?;
    let order = orders::service::lock(tx, order.id)?;
    let payment = store::by_no(tx, order_no)?.ok_or_else(|| Error::internal("a closed payment vanished"))?;
    jobs::cancel(tx, &close_key(order_no))?;
    jobs::cancel(tx, &format!("{QUERY_JOB}:{order_no}"))?;
    // Money booked meanwhile wins: neither row moves then.
    match (payment.state, order.state) {
        (_, OrderState::Cancelled) => Ok(Closed::Cancelled),
        (PaymentState::Open | PaymentState::Closed, OrderState::PendingPayment) => {
            store::mark_closed(tx, payment.id, now)?;
            crate::failpoint::reach!("close.in_cancel");
            orders::service::cancel_closed(tx, &order, reason_of(&order), now)?;
            Ok(Closed::Cancelled)
        }
        _ => Ok(Closed::Paid),
    }
}

/// Why it was being closed; nobody here asked for it if it was not.
fn reason_of(order: &Order) -> CancelReason {
    match order.hold {
        Some(Hold::Closing) => order.cancel_reason.unwrap_or(CancelReason::ClosedUpstream),
        _ => CancelReason::ClosedUpstream,
    }
}

fn close_key(order_no: &str) -> String {
    format!("{CLOSE_JOB}:{order_no}")
}
