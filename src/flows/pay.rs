//! The buyer wants to pay: record, commit, call WeChat with the recorded bytes, commit the answer.
//!
//! One order has one payment and one set of bytes for ever: paid again, the same bytes go out, or the `prepay_id` that is still good is used.
//! One call to WeChat runs at a time, under a lease. Whatever becomes of it, a job asks WeChat how the payment stands.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use wechat_client::{CallError, PayParams, PrepayOrder, RefusalCode};

use super::query_payment::ask;
use super::settle::Settlement;
use super::unanswered;
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{CustomerId, PaymentId};
use crate::base::observability::WechatCall;
use crate::domain::customers::{self, Identity};
use crate::domain::orders::{self, Order, OrderState};
use crate::domain::payments::{self, NewPayment, PaymentState, QueryPayment};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::platform::jobs;
use crate::platform::limits::Rule;
use crate::platform::sealing::{DataKey, Sealer, Subject};
use crate::web::extract::Path;
use crate::web::{Problem, ProblemDocument, ok_json};

/// Shown in the buyer's bill at WeChat; at most 127 characters with the number.
const DESCRIPTION: &str = "军浦馆订单";
/// The first query after a pay call.
const FIRST_QUERY: Duration = Duration::from_secs(5);
/// One call to WeChat at a time an order: longer than the client's own deadline.
const CALL_LEASE: Duration = Duration::from_secs(15);
/// A `prepay_id` lives two hours (JSAPI 下单); ten minutes are left for the buyer to type.
const PREPAY_ID_USABLE: Duration = Duration::from_mins(110);

/// Parameters of `wx.requestPayment`, ready to be handed over as they are.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = PayParams)]
#[allow(non_snake_case, dead_code, reason = "WeChat's own names; documents the answer only")]
struct PayParamsDoc {
    /// Unix seconds, as text.
    timeStamp: String,
    nonceStr: String,
    /// `prepay_id=...`.
    package: String,
    /// `RSA`.
    signType: String,
    paySign: String,
}

/// Opens the payment. Called again, it gives a fresh set of parameters for the same payment.
///
/// `Idempotency-Key` is not needed: one order has one payment for ever.
#[utoipa::path(
    post, path = "/api/v1/orders/{order_no}/pay", tag = "payments",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = PayParamsDoc),
        (status = 401, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, description = "`already_paid`, `wrong_state`, `identity_required`, or `payment_in_progress`: try again in a moment",
         body = ProblemDocument),
        (status = 502, body = ProblemDocument), (status = 503, body = ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn pay(app: web::Data<App>, buyer: Buyer, path: Path<String>) -> Result<HttpResponse, Problem> {
    app.limits.check_rate(Rule::Pay, buyer.customer_id)?;
    let _permit = app.limits.payment_permit().await?;
    Ok(ok_json(&open(&app.into_inner(), buyer.customer_id, &path).await?))
}

/// Gives what `wx.requestPayment` wants.
async fn open(app: &Arc<App>, customer: CustomerId, order_no: &str) -> Result<PayParams> {
    let now = app.clock.timestamp();
    let (context, number) = (Arc::clone(app), order_no.to_owned());
    let read = app.db.read(move |rx| {
        let order = orders::of_customer(rx, customer, &number)?;
        let orderer =
            if order.needs_identity() { customers::identity_snapshot(rx, &context.sealer, customer)? } else { None };
        Ok((order, customers::openid(rx, customer)?, orderer))
    });
    let (order, openid, orderer) = read.await?;
    let draft = draft(app, &order, openid)?;
    let context = Arc::clone(app);
    let begun = app.db.write(move |tx| begin(tx, &context.sealer, &order, &draft, orderer.as_ref(), now));
    let prepay_id = match begun.await? {
        Beginning::Ready(prepay_id) => prepay_id,
        Beginning::Call(lease) => prepay(app, order_no, lease).await?,
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

enum Beginning {
    /// WeChat's session is still good.
    Ready(String),
    Call(CallLease),
}

/// The right to call WeChat.
struct CallLease {
    id: PaymentId,
    generation: i64,
    request: Vec<u8>,
}

fn begin(
    tx: &mut Tx,
    sealer: &Sealer,
    order: &Order,
    draft: &NewPayment,
    orderer: Option<&Identity>,
    now: Timestamp,
) -> Result<Beginning> {
    if !orders::open_payment(tx, order.id, now)? {
        return Err(not_payable(&orders::by_id(tx, order.id)?));
    }
    // Until it is paid, what is sealed is the buyer's and ends with the account.
    let key = sealer.key_of(tx, Subject::Person(order.customer_id), now)?;
    if order.needs_identity() {
        freeze_orderer(tx, &key, order, orderer)?;
    }
    payments::insert_once(tx, draft, &payments::seal_request(&key, &order.order_no, &draft.request)?, now)?;
    let payment = payments::by_no(tx, &order.order_no)?
        .ok_or_else(|| Error::internal("a payment vanished while it was opened"))?;
    match payment.state {
        PaymentState::Open => {}
        PaymentState::Paid => return Err(Code::AlreadyPaid.into()),
        PaymentState::Closed => return Err(order.wrong_state().into()),
    }
    if let (Some(prepay_id), Some(prepaid_at)) = (&payment.prepay_id, payment.prepaid_at)
        && prepaid_at.plus(PREPAY_ID_USABLE) > now
    {
        return Ok(Beginning::Ready(prepay_id.clone()));
    }
    if !payments::take_call(tx, &payment, now.plus(CALL_LEASE), now)? {
        return Err(Code::PaymentInProgress.into());
    }
    jobs::enqueue(tx, &QueryPayment::of(&order.order_no), now.plus(FIRST_QUERY), now)?;
    crate::base::failpoint::reach!("pay.in_record");
    let request = payments::open_request(tx, sealer, &order.order_no, &payment.request)?
        .ok_or_else(|| Error::internal("the request of an open payment is gone"))?;
    Ok(Beginning::Call(CallLease {
        id: payment.id,
        generation: payment.call_generation + 1,
        request: request.to_vec(),
    }))
}

/// From the first pay call on the order has its orderer: payment slip and customs documents are made of it. Whose consent was withdrawn since
/// the order was placed leaves it again, or pays nothing.
fn freeze_orderer(tx: &mut Tx, key: &DataKey, order: &Order, orderer: Option<&Identity>) -> Result<()> {
    match orderer {
        Some(orderer) if customers::has_identity(tx, order.customer_id)? => {
            orders::freeze_identity(tx, order.id, &orders::seal_identity(key, &order.order_no, orderer)?)
        }
        _ => Err(Code::IdentityRequired.into()),
    }
}

fn not_payable(order: &Order) -> Error {
    match order.state {
        OrderState::PendingPayment | OrderState::Cancelled => order.wrong_state().into(),
        _ => Code::AlreadyPaid.into(),
    }
}

async fn prepay(app: &Arc<App>, order_no: &str, lease: CallLease) -> Result<String> {
    crate::base::failpoint::reach!("pay.before_call");
    let answer = app.ask_wechat(WechatCall::Prepay, app.pay.prepay(&lease.request)).await;
    crate::base::failpoint::reach!("pay.after_call");
    let prepay_id = answer.as_ref().ok().cloned();
    let (now, number) = (app.clock.timestamp(), order_no.to_owned());
    let payable = app.db.write(move |tx| end(tx, &lease, &number, prepay_id.as_deref(), now)).await?;
    crate::base::failpoint::reach!("pay.after_store");
    match answer {
        // An order that began to close meanwhile must not be paid: its prepay_id is not given out.
        Ok(prepay_id) if payable => Ok(prepay_id),
        Ok(_) => Err(Code::WrongState.into()),
        Err(error) => Err(explain(app, order_no, &error).await),
    }
}

/// Ends the call; `false` if the order can't be paid any more.
fn end(tx: &mut Tx, lease: &CallLease, order_no: &str, prepay_id: Option<&str>, now: Timestamp) -> Result<bool> {
    let ended = payments::end_call(tx, lease.id, lease.generation, prepay_id, now)?;
    crate::base::failpoint::reach!("pay.in_store");
    Ok(ended && orders::by_no(tx, order_no)?.is_some_and(|order| order.is_payable()))
}

/// Why there is no `prepay_id`. What WeChat says of the order is asked for, never concluded.
async fn explain(app: &Arc<App>, order_no: &str, error: &CallError) -> Error {
    log::warn!(order_no:%, error:%; "prepay failed");
    match error.refusal_code() {
        Some(RefusalCode::OrderPaid | RefusalCode::OrderClosed) => match ask(app, order_no).await {
            Ok(Settlement::Paid | Settlement::Already | Settlement::Late) => Code::AlreadyPaid.into(),
            Ok(_) => Code::WrongState.into(),
            Err(error) => error,
        },
        _ => unanswered(error),
    }
}
