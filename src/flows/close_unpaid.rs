//! An unpaid order ends: the buyer cancels it, its time is over, or somebody closed it at WeChat.
//!
//! If WeChat was never called for it, it is cancelled at once. Else WeChat has the last word: query, close, then cancel. Until the end there
//! is known the order is on hold `closing`, its stock stays reserved and nobody can pay anew; a job goes on asking.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;
use wechat_client::{CallError, RefusalCode, TradeState};

use super::settle::{Settlement, book, open_stock_case};
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Error, Result};
use crate::base::observability::WechatCall;
use crate::base::text::Lang;
use crate::domain::cases::{self, CaseKind, NewCase};
use crate::domain::orders::{
    self, CancelReason, Event, EventKind, Hold, Order, OrderMove, OrderState, OrderView, Recorded,
};
use crate::domain::payments::{self, ExpireOrder, FinishClosing, Payment, PaymentState, QueryPayment};
use crate::domain::sessions::Buyer;
use crate::domain::stock;
use crate::platform::app::App;
use crate::platform::jobs::{self, Job, Next, Run};
use crate::platform::limits::Rule;
use crate::web::extract::Path;
use crate::web::{Problem, ProblemDocument, ok_json};

/// A `prepay_id` lives two hours (JSAPI 下单); five minutes are added for clocks that differ.
const PREPAY_ID_DEAD: Duration = Duration::from_mins(125);
/// The close job looks again this soon after the first attempt.
const SECOND_LOOK: Duration = Duration::from_secs(5);
/// An order whose end at WeChat is unknown for this long is shown to a person; asking goes on.
const ALARM_AFTER: Duration = Duration::from_mins(10);
const _: () = assert!(ALARM_AFTER.as_secs() == 10 * 60, "the texts of its case (domain/cases/kinds.rs) say 10 minutes");
const CLOSE_AGAIN_FIRST: Duration = Duration::from_secs(5);
const CLOSE_AGAIN_SLOWEST: Duration = Duration::from_mins(15);

/// How an attempt to end an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseOutcome {
    /// Cancelled; the stock is free.
    Cancelled,
    /// Paid, before or meanwhile.
    Paid,
    /// Not known yet: a job goes on asking.
    Pending,
}

/// Cancels an order that is not paid. 200: cancelled. 202: WeChat has not confirmed the end yet; the order is on hold `closing` and ends
/// by itself, as cancelled or, if the money was faster, as paid.
#[utoipa::path(
    post, path = "/api/v1/orders/{order_no}/cancel", tag = "orders",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = OrderView), (status = 202, body = OrderView),
        (status = 401, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, description = "`already_paid`", body = ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn cancel(
    app: web::Data<App>,
    buyer: Buyer,
    path: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    app.limits.check_rate(Rule::Pay, buyer.customer_id)?;
    let app = app.into_inner();
    let (customer, number) = (buyer.customer_id, path.to_string());
    let order = app.db.read_one(move |rx| orders::of_customer(rx, customer, &number)).await?;
    // Without a payment at WeChat nothing is asked there, and nothing is waited for.
    let _permit = if order.payment_opened_at.is_some() { Some(app.limits.payment_permit().await?) } else { None };
    let closed = close(&app, &order.order_no, CancelReason::Customer).await?;
    let view = orders::view_of(&app, customer, &order.order_no, lang).await?;
    match closed {
        CloseOutcome::Cancelled => Ok(ok_json(&view)),
        CloseOutcome::Pending => Ok(HttpResponse::Accepted().json(&view)),
        CloseOutcome::Paid => Err(Error::from(Code::AlreadyPaid).into()),
    }
}

/// Ends an unpaid order. Idempotent.
async fn close(app: &Arc<App>, order_no: &str, reason: CancelReason) -> Result<CloseOutcome> {
    let (number, now, context) = (order_no.to_owned(), app.clock.timestamp(), Arc::clone(app));
    match app.db.write(move |tx| begin(tx, &context, &number, reason, now)).await? {
        Beginning::Ended(outcome) => Ok(outcome),
        Beginning::AskWechat(payment) => ask_and_close(app, &payment).await,
    }
}

enum Beginning {
    Ended(CloseOutcome),
    AskWechat(Box<Payment>),
}

fn begin(tx: &mut Tx, app: &App, order_no: &str, reason: CancelReason, now: Timestamp) -> Result<Beginning> {
    let order = orders::by_no(tx, order_no)?.ok_or_else(|| Error::internal("no such order to close"))?;
    let order = orders::lock(tx, order.id)?;
    match order.state {
        OrderState::Cancelled => return Ok(Beginning::Ended(CloseOutcome::Cancelled)),
        OrderState::PendingPayment => {}
        _ => return Ok(Beginning::Ended(CloseOutcome::Paid)),
    }
    if orders::cancel_unopened(tx, order.id, reason, now)? {
        release(tx, app, &order, reason, now)?;
        return Ok(Beginning::Ended(CloseOutcome::Cancelled));
    }
    if orders::begin_closing(tx, order.id, reason)? {
        orders::record(tx, order.id, Event::new(EventKind::Closing, reason.actor()), now)?;
    }
    crate::base::failpoint::reach!("close.in_begin");
    let payment =
        payments::by_no(tx, order_no)?.ok_or_else(|| Error::internal("an opened order without its payment"))?;
    // If this process dies now, the job ends what was begun.
    jobs::enqueue(tx, &FinishClosing::of(order_no), now.plus(SECOND_LOOK), now)?;
    Ok(Beginning::AskWechat(Box::new(payment)))
}

async fn ask_and_close(app: &Arc<App>, payment: &Payment) -> Result<CloseOutcome> {
    // A pay call that still runs may yet make the order known to WeChat.
    if payment.call_lease_until.is_some_and(|until| until > app.clock.timestamp()) {
        return Ok(CloseOutcome::Pending);
    }
    let number = &payment.out_trade_no;
    crate::base::failpoint::reach!("close.after_begin");
    let answer = app.ask_wechat(WechatCall::Query, app.pay.query_by_out_trade_no(number)).await;
    crate::base::failpoint::reach!("close.after_query");
    match answer {
        Ok(answer) if answer.trade_state.is_paid() => {
            // Money that does not fit the order ends nothing: a person decides, and we go on asking.
            let settled = book(app, answer).await?;
            return Ok(if settled == Settlement::Case { CloseOutcome::Pending } else { CloseOutcome::Paid });
        }
        Ok(answer) if answer.trade_state == TradeState::Closed => return cancel_closed(app, number).await,
        Ok(_) => {}
        Err(error) if unknown_to_wechat(&error, payment, app.clock.timestamp()) => {}
        Err(error) => return Ok(pending(number, "query", &error)),
    }
    let closed = app.ask_wechat(WechatCall::Close, app.pay.close(number)).await;
    crate::base::failpoint::reach!("close.after_call");
    match closed {
        Ok(()) => cancel_closed(app, number).await,
        Err(error) if unknown_to_wechat(&error, payment, app.clock.timestamp()) => cancel_closed(app, number).await,
        // Paid between our query and our close: the next look books it.
        Err(error) => Ok(pending(number, "close", &error)),
    }
}

/// `ORDER_NOT_EXIST` proves nothing while a `prepay_id` lives. Without a living one nobody can pay.
fn unknown_to_wechat(error: &CallError, payment: &Payment, now: Timestamp) -> bool {
    let can_be_paid = payment.prepay_id.is_some()
        && payment.prepaid_at.is_none_or(|prepaid_at| prepaid_at.plus(PREPAY_ID_DEAD) > now);
    !can_be_paid && error.refusal_code() == Some(&RefusalCode::OrderNotExist)
}

fn pending(order_no: &str, call: &str, error: &CallError) -> CloseOutcome {
    log::warn!(order_no:%, call:%, error:%; "closing failed");
    CloseOutcome::Pending
}

/// WeChat has it closed, at our call or somebody else's, and its number is burnt: the order ends and gives its stock back, once.
pub(super) async fn cancel_closed(app: &Arc<App>, order_no: &str) -> Result<CloseOutcome> {
    let (number, now, context) = (order_no.to_owned(), app.clock.timestamp(), Arc::clone(app));
    let cancelled = app.db.write(move |tx| cancel_in(tx, &context, &number, now)).await?;
    crate::base::failpoint::reach!("close.after_cancel");
    Ok(cancelled)
}

fn cancel_in(tx: &mut Tx, app: &App, order_no: &str, now: Timestamp) -> Result<CloseOutcome> {
    let order = orders::by_no(tx, order_no)?.ok_or_else(|| Error::internal("a closed order vanished"))?;
    let order = orders::lock(tx, order.id)?;
    let payment = payments::by_no(tx, order_no)?.ok_or_else(|| Error::internal("a closed payment vanished"))?;
    jobs::cancel(tx, &FinishClosing::of(order_no))?;
    jobs::cancel(tx, &QueryPayment::of(order_no))?;
    // Money booked meanwhile wins: neither row moves then.
    match (payment.state, order.state) {
        (_, OrderState::Cancelled) => Ok(CloseOutcome::Cancelled),
        (PaymentState::Open | PaymentState::Closed, OrderState::PendingPayment) => {
            payments::close(tx, payment.id, now)?;
            crate::base::failpoint::reach!("close.in_cancel");
            let reason = reason_of(&order);
            if orders::cancel_closed(tx, order.id, reason, now)? {
                release(tx, app, &order, reason, now)?;
            }
            Ok(CloseOutcome::Cancelled)
        }
        _ => Ok(CloseOutcome::Paid),
    }
}

/// Why it was being closed; nobody here asked for it if it was not.
fn reason_of(order: &Order) -> CancelReason {
    match order.hold {
        Some(Hold::Closing) => order.cancel_reason.unwrap_or(CancelReason::ClosedUpstream),
        _ => CancelReason::ClosedUpstream,
    }
}

/// Gives the stock back and writes the end down. The row was moved by the guarded update before: it happens once.
fn release(tx: &mut Tx, app: &App, order: &Order, reason: CancelReason, now: Timestamp) -> Result<()> {
    let lines = orders::quantities(tx, order.id)?;
    let stuck = stock::release(tx, &order.order_no, &lines, now)?;
    if !stuck.is_empty() {
        open_stock_case(tx, app, &order.order_no, &stuck, now)?;
    }
    jobs::cancel(tx, &ExpireOrder::of(&order.order_no))?;
    let event = Event::new(reason.event(), reason.actor())
        .moved(Recorded::Moved(OrderState::PendingPayment, OrderMove::Cancel));
    orders::record(tx, order.id, event, now)
}

/// The order's time is up. What can't be ended now is left to [`FinishClosing`], which was queued with it.
impl Job for ExpireOrder {
    type Context = Arc<App>;

    async fn run(self, app: Arc<App>, _: Run) -> Result<Next> {
        crate::base::failpoint::reach!("expiry.before_close");
        close(&app, &self.order_no, CancelReason::Expired).await?;
        crate::base::failpoint::reach!("expiry.after_close");
        Ok(Next::Done)
    }
}

/// Goes on until the end at WeChat is known.
impl Job for FinishClosing {
    type Context = Arc<App>;

    async fn run(self, app: Arc<App>, run: Run) -> Result<Next> {
        let number = self.order_no.clone();
        let order = app.db.read(move |rx| orders::by_no(rx, &number)).await?;
        let order = order.ok_or_else(|| Error::internal("a closing job without its order"))?;
        let reason = order.cancel_reason.unwrap_or(CancelReason::Expired);
        match close(&app, &self.order_no, reason).await? {
            CloseOutcome::Cancelled | CloseOutcome::Paid => Ok(Next::Done),
            CloseOutcome::Pending => {
                let now = app.clock.timestamp();
                let age = run.age(now);
                if age >= ALARM_AFTER {
                    alarm(&app, &self.order_no, age, now).await?;
                }
                Ok(Next::Again(now.plus((age / 4).clamp(CLOSE_AGAIN_FIRST, CLOSE_AGAIN_SLOWEST))))
            }
        }
    }
}

async fn alarm(app: &Arc<App>, order_no: &str, age: Duration, now: Timestamp) -> Result<()> {
    let case = NewCase::once(CaseKind::CloseUnknown, order_no, json!({ "minutes": age.as_secs() / 60 }));
    let context = Arc::clone(app);
    app.db.write(move |tx| cases::open(tx, &context.metrics, &case, now)).await?;
    Ok(())
}
