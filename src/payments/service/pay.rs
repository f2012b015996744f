//! The buyer wants to pay: record, commit, call WeChat with the recorded bytes, commit the answer.

use std::sync::Arc;
use std::time::Duration;

use super::{ask, unanswered};
use crate::app::App;
use crate::clock::Timestamp;
use crate::customers;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, PaymentId};
use crate::jobs::{self, NewJob};
use crate::orders::{self, Order, OrderState};
use crate::payments::store::{self, NewPayment};
use crate::payments::{CALL_LEASE, PREPAY_ID_USABLE, PaymentState, QUERY_JOB};
use crate::wechat::{CallError, PayParams, PrepayOrder, RefusalCode};

/// Shown in the buyer's bill at WeChat; at most 127 characters with the number.
const DESCRIPTION: &str = "军浦馆订单";
/// The first query after a pay call.
const FIRST_QUERY: Duration = Duration::from_secs(5);

/// Gives what `wx.requestPayment` wants. Called again, it sends the same stored bytes, or uses the `prepay_id` that is still good.
pub async fn pay(app: &Arc<App>, customer: CustomerId, order_no: &str) -> Result<PayParams> {
    let now = app.clock.timestamp();
    let number = order_no.to_owned();
    let (order, openid) = app
        .db
        .read(move |rx| {
            let order = orders::service::of_customer(rx, customer, &number)?;
            Ok((order, customers::service::openid(rx, customer)?))
        })
        .await?;
    let draft = draft(app, &order, openid)?;
    let begun = app.db.write(move |tx| begin(tx, &order, &draft, now)).await?;
    let prepay_id = match begun {
        Begun::Ready(prepay_id) => prepay_id,
        Begun::Call(call) => prepay(app, order_no, call).await?,
    };
    app.pay.pay_params(&prepay_id).map_err(|_| Error::internal("paySign could not be made"))
}

fn draft(app: &App, order: &Order, payer_openid: String) -> Result<NewPayment> {
    let prepay = PrepayOrder {
        description: format!("{DESCRIPTION} {}", order.order_no),
        out_trade_no: order.order_no.clone(),
        time_expire: order.expires_at.utc(),
        attach: None,
        notify_url: format!("{}/wechat/pay/notify", app.settings.http.public_url),
        total_fen: order.payable_fen.get(),
        payer_openid: payer_openid.clone(),
    };
    let request = app.pay.prepay_body(&prepay).map_err(|faults| Error::internal(faults.join("; ")))?;
    Ok(NewPayment {
        order_id: order.id,
        out_trade_no: order.order_no.clone(),
        payer_openid,
        amount_fen: order.payable_fen,
        request,
    })
}

enum Begun {
    /// WeChat's session is still good.
    Ready(String),
    Call(Call),
}

/// The right to call WeChat, under a lease.
struct Call {
    id: PaymentId,
    generation: i64,
    request: Vec<u8>,
}

fn begin(tx: &mut Tx, order: &Order, draft: &NewPayment, now: Timestamp) -> Result<Begun> {
    orders::service::open_payment(tx, order, now)?;
    store::insert_once(tx, draft, now)?;
    let payment =
        store::by_no(tx, &order.order_no)?.ok_or_else(|| Error::internal("a payment vanished while it was opened"))?;
    match payment.state {
        PaymentState::Open => {}
        PaymentState::Paid => return Err(Code::AlreadyPaid.into()),
        PaymentState::Closed => return Err(orders::service::wrong_state(order).into()),
    }
    if let (Some(prepay_id), Some(prepaid_at)) = (&payment.prepay_id, payment.prepaid_at)
        && prepaid_at.plus(PREPAY_ID_USABLE) > now
    {
        return Ok(Begun::Ready(prepay_id.clone()));
    }
    if !store::take_call(tx, &payment, now.plus(CALL_LEASE), now)? {
        return Err(Code::PaymentInProgress.into());
    }
    let query = NewJob {
        kind: QUERY_JOB,
        dedup_key: Some(format!("{QUERY_JOB}:{}", order.order_no)),
        payload: order.order_no.clone(),
        run_at: now.plus(FIRST_QUERY),
    };
    jobs::enqueue(tx, &query, now)?;
    crate::failpoint::reach!("pay.in_record");
    Ok(Begun::Call(Call { id: payment.id, generation: payment.call_generation + 1, request: payment.request }))
}

async fn prepay(app: &Arc<App>, order_no: &str, call: Call) -> Result<String> {
    crate::failpoint::reach!("pay.before_call");
    let answer = app.pay.prepay(&call.request).await;
    crate::failpoint::reach!("pay.after_call");
    app.metrics.wechat_call("prepay", crate::wechat::outcome_word(&answer));
    let prepay_id = answer.as_ref().ok().cloned();
    let (now, number) = (app.clock.timestamp(), order_no.to_owned());
    let payable = app.db.write(move |tx| end(tx, &call, &number, prepay_id.as_deref(), now)).await?;
    crate::failpoint::reach!("pay.after_store");
    match answer {
        // An order that began to close meanwhile must not be paid: its prepay_id is not given out.
        Ok(prepay_id) if payable => Ok(prepay_id),
        Ok(_) => Err(Code::WrongState.into()),
        Err(error) => Err(explain(app, order_no, &error).await),
    }
}

/// Ends the call; `false` if the order can't be paid any more.
fn end(tx: &mut Tx, call: &Call, order_no: &str, prepay_id: Option<&str>, now: Timestamp) -> Result<bool> {
    let ended = store::end_call(tx, call.id, call.generation, prepay_id, now)?;
    crate::failpoint::reach!("pay.in_store");
    let order = orders::service::by_no(tx, order_no)?;
    let payable = order.is_some_and(|order| order.state == OrderState::PendingPayment && order.hold.is_none());
    Ok(ended && payable)
}

/// Why there is no `prepay_id`. What WeChat says of the order is asked for, never concluded.
async fn explain(app: &Arc<App>, order_no: &str, error: &CallError) -> Error {
    log::warn!("prepay of {order_no}: {error}");
    match error.refusal_code() {
        Some(RefusalCode::OrderPaid | RefusalCode::OrderClosed) => match ask(app, order_no).await {
            Ok(super::Settled::Paid | super::Settled::Already | super::Settled::Late) => Code::AlreadyPaid.into(),
            Ok(_) => Code::WrongState.into(),
            Err(error) => error,
        },
        _ => unanswered(error),
    }
}
