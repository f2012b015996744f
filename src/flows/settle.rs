//! What WeChat says of a payment becomes true here, once, whichever way it came: its notify, our query, the buyer's `payment/sync`.
//!
//! 1. The order is locked, then the payment is read: one order of locks for whoever moves money.
//! 2. Every fact must be the one we asked for; what is not opens a case and moves nothing.
//! 3. The payment is paid. Its row count decides: the second way to come finds it done.
//! 4. The order is paid and its stock is sold. If it was cancelled before, the money is booked as late and goes back whole, by a
//!    refund in the same transaction.

use std::sync::Arc;

use serde_json::json;
use wechat_client::{RefundOrder, RefundTarget, TradeState, Transaction};

use super::refund;
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Error, Result};
use crate::base::ids::{SkuId, new_out_refund_no};
use crate::domain::cases::{self, CaseKind, NewCase};
use crate::domain::orders::{self, Actor, Event, EventKind, Order, OrderMove, OrderState, Recorded, SealedParts};
use crate::domain::payments::{self, ExpireOrder, FinishClosing, Payment, PaymentState, QueryPayment};
use crate::domain::refunds::NewRefund;
use crate::domain::stock;
use crate::platform::app::App;
use crate::platform::jobs;
use crate::platform::sealing::Subject;

/// Shown to the buyer in WeChat's bill beside the refund.
const LATE_REASON: &str = "订单已取消，款项原路退回";

/// How WeChat's answer was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settlement {
    /// The order is paid now.
    Paid,
    /// The order was cancelled before: a refund is on its way.
    Late,
    /// Known already.
    Already,
    /// Not paid; nothing moved.
    Unpaid,
    /// It does not fit the order: a case was opened, the order is unmoved.
    Case,
}

impl Settlement {
    /// The word that is kept with a notify.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Late => "late",
            Self::Already => "already",
            Self::Unpaid => "unpaid",
            Self::Case => "case",
        }
    }
}

/// Books an answer of WeChat's in a transaction of its own.
pub(super) async fn book(app: &Arc<App>, answer: Transaction) -> Result<Settlement> {
    let now = app.clock.timestamp();
    let refund_no = new_out_refund_no(&answer.out_trade_no)?;
    let context = Arc::clone(app);
    let settled = app.db.write(move |tx| settle(tx, &context, &answer, &refund_no, now)).await?;
    crate::base::failpoint::reach!("query.after_commit");
    Ok(settled)
}

/// Books what WeChat says, from a notify or a query. `refund_no` is used if the money must go back; made before, so that a
/// re-run of the transaction uses the same number.
pub(super) fn settle(
    tx: &mut Tx,
    app: &App,
    answer: &Transaction,
    refund_no: &str,
    now: Timestamp,
) -> Result<Settlement> {
    let Some((order, payment)) = locked(tx, &answer.out_trade_no)? else {
        return open_case(tx, app, CaseKind::PaymentUnknownOrder, answer, now);
    };
    if !answer.trade_state.is_paid() {
        return not_paid(tx, app, answer, now);
    }
    let Some(transaction_id) = answer.transaction_id.as_deref() else {
        return open_case(tx, app, CaseKind::PaymentMismatch, answer, now);
    };
    if !fits(app, &payment, answer) || payments::transaction_is_known(tx, transaction_id, payment.id)? {
        return open_case(tx, app, CaseKind::PaymentMismatch, answer, now);
    }
    let kept = match Kept::for_trade(tx, app, &order, &payment, now) {
        Err(Error::Internal(why)) => {
            // The money is booked all the same; a person finds out whose the parcel is.
            log::error!(order_no:% = order.order_no, error:% = why; "what is sealed on an order can't be handed over to its trade");
            open_case(tx, app, CaseKind::SealedUnreadable, answer, now)?;
            Kept::default()
        }
        kept => kept?,
    };
    let success_at = answer.success_time.map(Timestamp::from);
    if !payments::pay(tx, payment.id, transaction_id, success_at, kept.request.as_deref())? {
        if payment.transaction_id.as_deref() == Some(transaction_id) {
            return Ok(Settlement::Already);
        }
        return open_case(tx, app, CaseKind::PaymentTwice, answer, now);
    }
    let refunded_elsewhere = answer.trade_state == TradeState::Refund;
    if refunded_elsewhere {
        // Somebody refunds it past us (商户平台): the books are right only when a person has looked.
        open_case(tx, app, CaseKind::PaymentRefundedElsewhere, answer, now)?;
    }
    crate::base::failpoint::reach!("settle.after_payment");
    let number = &payment.out_trade_no;
    jobs::cancel(tx, &QueryPayment::of(number))?;
    jobs::cancel(tx, &FinishClosing::of(number))?;
    if orders::pay(tx, order.id, payment.amount_fen, kept.parts.as_ref(), now)? {
        sell(tx, app, &order, &payment, now)?;
        if refunded_elsewhere {
            // Nothing is shipped whose money has gone back.
            orders::hold_for_review(tx, order.id)?;
        }
        return Ok(Settlement::Paid);
    }
    if orders::book_late_payment(tx, order.id, payment.amount_fen, now)? {
        let event = Event::new(EventKind::LatePayment, Actor::Wechat).of(payment.amount_fen);
        orders::record(tx, order.id, event, now)?;
        refund::request(tx, &refund_whole(app, &payment, refund_no)?, Actor::System, now)?;
        return Ok(Settlement::Late);
    }
    Err(Error::internal("an order was paid without its payment"))
}

/// What is sealed on an order that is paid and on its payment, under the key of its trade: customs papers are made of it, and must be kept,
/// whatever becomes of the account.
#[derive(Default)]
struct Kept {
    parts: Option<SealedParts>,
    request: Option<Vec<u8>>,
}

impl Kept {
    fn for_trade(tx: &mut Tx, app: &App, order: &Order, payment: &Payment, now: Timestamp) -> Result<Self> {
        if order.state != OrderState::PendingPayment || payment.state == PaymentState::Paid {
            // It is kept already; or the money is late and goes back, and no trade takes place.
            return Ok(Self::default());
        }
        let (number, key) = (&order.order_no, app.sealer.key_of(tx, Subject::Trade(now), now)?);
        let request = payments::open_request(tx, &app.sealer, number, &payment.request)?;
        let request = request.map(|request| payments::seal_request(&key, number, &request)).transpose()?;
        let parts = orders::sealed_parts(tx, order.id)?.under(tx, &app.sealer, &key, number)?;
        Ok(Self { parts: Some(parts), request })
    }
}

/// Order and payment as they are now, the order taken first: a row that was read before another transaction's commit would hide a second
/// payment of the same order.
fn locked(tx: &mut Tx, out_trade_no: &str) -> Result<Option<(Order, Payment)>> {
    let Some(payment) = payments::by_no(tx, out_trade_no)? else { return Ok(None) };
    let order = orders::lock(tx, payment.order_id)?;
    Ok(payments::by_no(tx, out_trade_no)?.map(|payment| (order, payment)))
}

/// Every fact that WeChat states must be the one we asked for; `payer_total` is after WeChat's own coupons and does not count.
fn fits(app: &App, payment: &Payment, answer: &Transaction) -> bool {
    let amount = answer.amount.as_ref();
    answer.appid == app.pay.appid()
        && answer.mchid == app.pay.mchid()
        && amount.is_some_and(|amount| amount.total_fen == payment.amount_fen.get())
        && amount.and_then(|amount| amount.currency.as_deref()).is_none_or(|currency| currency == "CNY")
        && answer.trade_type.as_deref().is_none_or(|kind| kind == "JSAPI")
        && answer.payer_openid.as_deref().is_none_or(|openid| openid == payment.payer_openid)
}

/// Not paid is nothing to book; a state that only other ways of paying know, or none at all, is for a person.
fn not_paid(tx: &mut Tx, app: &App, answer: &Transaction, now: Timestamp) -> Result<Settlement> {
    match answer.trade_state {
        TradeState::NotPay | TradeState::Closed => Ok(Settlement::Unpaid),
        _ => open_case(tx, app, CaseKind::PaymentStateUnexpected, answer, now),
    }
}

fn open_case(tx: &mut Tx, app: &App, kind: CaseKind, answer: &Transaction, now: Timestamp) -> Result<Settlement> {
    let detail = json!({
        "appid": answer.appid,
        "mchid": answer.mchid,
        "transaction_id": answer.transaction_id,
        "trade_state": format!("{:?}", answer.trade_state),
        "trade_type": answer.trade_type,
        "total_fen": answer.amount.as_ref().map(|amount| amount.total_fen),
        "currency": answer.amount.as_ref().and_then(|amount| amount.currency.clone()),
    });
    cases::open(tx, &app.metrics, &NewCase::once_each(kind, &answer.out_trade_no, detail), now)?;
    Ok(Settlement::Case)
}

/// The order is paid: what was reserved for it is sold.
fn sell(tx: &mut Tx, app: &App, order: &Order, payment: &Payment, now: Timestamp) -> Result<()> {
    crate::base::failpoint::reach!("settle.before_sell");
    let lines = orders::quantities(tx, order.id)?;
    let stuck = stock::sell(tx, &order.order_no, &lines, now)?;
    if !stuck.is_empty() {
        // The money is booked all the same; the order waits for a person.
        orders::hold_for_review(tx, order.id)?;
        open_stock_case(tx, app, &order.order_no, &stuck, now)?;
    }
    crate::base::failpoint::reach!("settle.after_sell");
    jobs::cancel(tx, &ExpireOrder::of(&order.order_no))?;
    let event = Event::new(EventKind::Paid, Actor::Wechat)
        .of(payment.amount_fen)
        .moved(Recorded::Moved(OrderState::PendingPayment, OrderMove::Pay));
    orders::record(tx, order.id, event, now)
}

/// Less was reserved than the order had: a person counts.
pub(super) fn open_stock_case(tx: &mut Tx, app: &App, order_no: &str, stuck: &[SkuId], now: Timestamp) -> Result<()> {
    let case = NewCase::once(CaseKind::StockMismatch, order_no, json!({ "sku_ids": stuck }));
    cases::open(tx, &app.metrics, &case, now)?;
    Ok(())
}

fn refund_whole(app: &App, payment: &Payment, out_refund_no: &str) -> Result<NewRefund> {
    let order = RefundOrder {
        target: RefundTarget::OutTradeNo(payment.out_trade_no.clone()),
        out_refund_no: out_refund_no.to_owned(),
        reason: Some(LATE_REASON.to_owned()),
        notify_url: Some(format!("{}/wechat/pay/refund-notify", app.settings.http.public_url)),
        refund_fen: payment.amount_fen.get(),
        total_fen: payment.amount_fen.get(),
    };
    let request = app.pay.refund_body(&order).map_err(|faults| Error::internal(faults.join("; ")))?;
    Ok(NewRefund {
        order_id: payment.order_id,
        payment_id: payment.id,
        out_refund_no: out_refund_no.to_owned(),
        amount_fen: payment.amount_fen,
        total_fen: payment.amount_fen,
        reason: LATE_REASON,
        request,
    })
}
