//! What WeChat says of a payment becomes true here, once, whichever way it came.

use std::sync::Arc;

use serde_json::json;

use super::{close, unanswered};
use crate::app::App;
use crate::cases::{self, NewCase};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::new_out_refund_no;
use crate::jobs;
use crate::orders::service::PaidOutcome;
use crate::orders::{self, Actor};
use crate::payments::{CLOSE_JOB, Payment, QUERY_JOB, store};
use crate::refunds::service::{self as refunds, NewRefund};
use crate::wechat::{RefusalCode, RefundOrder, RefundTarget, TradeState, Transaction};

/// How WeChat's word was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
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

impl Settled {
    /// The word that is kept with a notify.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Late => "late",
            Self::Already => "already",
            Self::Unpaid => "unpaid",
            Self::Case => "case",
        }
    }
}

/// Shown to the buyer in WeChat's bill beside the refund.
const LATE_REASON: &str = "订单已取消，款项原路退回";

/// Books what WeChat says, from a notify or a query. `refund_no` is used if the money must go back; made before, so that a
/// re-run of the transaction uses the same number.
pub fn settle(tx: &mut Tx, app: &App, said: &Transaction, refund_no: &str, now: Timestamp) -> Result<Settled> {
    let Some(payment) = locked(tx, &said.out_trade_no)? else {
        return open_case(tx, "payment_unknown_order", said, now);
    };
    if !said.trade_state.is_paid() {
        return not_paid(tx, said, now);
    }
    let Some(transaction_id) = said.transaction_id.as_deref() else {
        return open_case(tx, "payment_mismatch", said, now);
    };
    if !fits(app, &payment, said) || store::transaction_is_known(tx, transaction_id, payment.id)? {
        return open_case(tx, "payment_mismatch", said, now);
    }
    if !store::mark_paid(tx, payment.id, transaction_id, said.success_time.map(Timestamp::from))? {
        let same = payment.transaction_id.as_deref() == Some(transaction_id);
        return if same { Ok(Settled::Already) } else { open_case(tx, "payment_twice", said, now) };
    }
    if said.trade_state == TradeState::Refund {
        // Somebody refunds it past us (商户平台): the books are right only when a person has looked.
        open_case(tx, "payment_refunded_elsewhere", said, now)?;
    }
    crate::failpoint::reach!("settle.after_payment");
    jobs::cancel(tx, &format!("{QUERY_JOB}:{}", payment.out_trade_no))?;
    jobs::cancel(tx, &format!("{CLOSE_JOB}:{}", payment.out_trade_no))?;
    match orders::service::apply_payment(tx, payment.order_id, payment.amount_fen, now)? {
        PaidOutcome::Paid => Ok(Settled::Paid),
        PaidOutcome::Already => Err(Error::internal("an order was paid without its payment")),
        PaidOutcome::Late => {
            refunds::request(tx, &refund_whole(app, &payment, refund_no)?, now)?;
            Ok(Settled::Late)
        }
    }
}

/// The payment as it is now, with its order taken first: a row that was read before another transaction's commit would hide a second
/// payment of the same order.
fn locked(tx: &mut Tx, out_trade_no: &str) -> Result<Option<Payment>> {
    let Some(payment) = store::by_no(tx, out_trade_no)? else { return Ok(None) };
    orders::service::lock(tx, payment.order_id)?;
    store::by_no(tx, out_trade_no)
}

/// Every fact that WeChat states must be the one we asked for; `payer_total` is after WeChat's own coupons and does not count.
fn fits(app: &App, payment: &Payment, said: &Transaction) -> bool {
    let amount = said.amount.as_ref();
    said.appid == app.pay.appid()
        && said.mchid == app.pay.mchid()
        && amount.is_some_and(|amount| amount.total_fen == payment.amount_fen.get())
        && amount.and_then(|amount| amount.currency.as_deref()).is_none_or(|currency| currency == "CNY")
        && said.trade_type.as_deref().is_none_or(|kind| kind == "JSAPI")
        && said.payer_openid.as_deref().is_none_or(|openid| openid == payment.payer_openid)
}

/// Not paid is nothing to book; a state that only other ways of paying know, or none at all, is for a person.
fn not_paid(tx: &mut Tx, said: &Transaction, now: Timestamp) -> Result<Settled> {
    match said.trade_state {
        TradeState::NotPay | TradeState::Closed => Ok(Settled::Unpaid),
        _ => open_case(tx, "payment_state_unexpected", said, now),
    }
}

fn open_case(tx: &mut Tx, kind: &'static str, said: &Transaction, now: Timestamp) -> Result<Settled> {
    let detail = json!({
        "appid": said.appid,
        "mchid": said.mchid,
        "transaction_id": said.transaction_id,
        "trade_state": format!("{:?}", said.trade_state),
        "trade_type": said.trade_type,
        "total_fen": said.amount.as_ref().map(|amount| amount.total_fen),
        "currency": said.amount.as_ref().and_then(|amount| amount.currency.clone()),
    });
    cases::open(tx, &NewCase::once(kind, &said.out_trade_no, detail), now)?;
    Ok(Settled::Case)
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
        actor: Actor::System,
    })
}

/// Asks WeChat about an open payment and books the answer. An order that somebody closed at WeChat is cancelled.
pub async fn ask(app: &Arc<App>, out_trade_no: &str) -> Result<Settled> {
    let said = app.pay.query_by_out_trade_no(out_trade_no).await;
    app.metrics.wechat_call("query", crate::wechat::outcome_word(&said));
    let said = match said {
        Ok(said) => said,
        // WeChat never saw it, or not yet: nobody has paid.
        Err(error) if error.refusal_code() == Some(&RefusalCode::OrderNotExist) => return Ok(Settled::Unpaid),
        Err(error) => {
            log::warn!("query of {out_trade_no}: {error}");
            return Err(unanswered(&error));
        }
    };
    if said.trade_state == TradeState::Closed {
        close::closed_upstream(app, out_trade_no).await?;
        return Ok(Settled::Unpaid);
    }
    book(app, said).await
}

/// Books an answer of WeChat's in a transaction of its own.
pub(super) async fn book(app: &Arc<App>, said: Transaction) -> Result<Settled> {
    let now = app.clock.timestamp();
    let refund_no = new_out_refund_no(&said.out_trade_no)?;
    let context = Arc::clone(app);
    let settled = app.db.write(move |tx| settle(tx, &context, &said, &refund_no, now)).await?;
    crate::failpoint::reach!("query.after_commit");
    if settled == Settled::Case {
        app.metrics.case_opened("payment");
    }
    Ok(settled)
}
