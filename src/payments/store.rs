//! Rows of payments and of WeChat's notifies.

use diesel::prelude::*;

use super::{Payment, PaymentState};
use crate::clock::Timestamp;
use crate::db::schema::{payments, wechat_notifies};
use crate::db::{DbConn, Tx, on_backend, prepared};
use crate::error::Result;
use crate::ids::{OrderId, PaymentId};
use crate::money::Fen;

/// What the first pay call writes.
#[derive(Clone, Debug)]
pub(super) struct NewPayment {
    pub(super) order_id: OrderId,
    pub(super) out_trade_no: String,
    pub(super) payer_openid: String,
    pub(super) amount_fen: Fen,
    pub(super) request: Vec<u8>,
}

/// Writes the payment of an order unless there is one: the first request is the request.
pub(super) fn insert_once(tx: &mut Tx, payment: &NewPayment, now: Timestamp) -> Result<()> {
    let row = (
        payments::order_id.eq(payment.order_id),
        payments::out_trade_no.eq(&payment.out_trade_no),
        payments::payer_openid.eq(&payment.payer_openid),
        payments::amount_fen.eq(payment.amount_fen),
        payments::state.eq(PaymentState::Open),
        payments::request.eq(&payment.request),
        payments::call_generation.eq(0_i64),
        payments::opened_at.eq(now),
    );
    on_backend!(&mut **tx, |c| diesel::insert_into(payments::table)
        .values(row)
        .on_conflict(payments::order_id)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

pub(super) fn by_no(conn: &mut DbConn, out_trade_no: &str) -> Result<Option<Payment>> {
    let payment = payments::table
        .filter(payments::out_trade_no.eq(out_trade_no))
        .select(Payment::as_select())
        .first(conn)
        .optional()?;
    Ok(payment)
}

/// Whether another payment already carries WeChat's number.
pub(super) fn transaction_is_known(conn: &mut DbConn, transaction_id: &str, but: PaymentId) -> Result<bool> {
    let other: Option<PaymentId> = payments::table
        .filter(payments::transaction_id.eq(transaction_id))
        .filter(payments::id.ne(but))
        .select(payments::id)
        .first(conn)
        .optional()?;
    Ok(other.is_some())
}

/// Takes the right to call WeChat for this payment; `false` while another call runs.
pub(super) fn take_call(tx: &mut Tx, payment: &Payment, until: Timestamp, now: Timestamp) -> Result<bool> {
    let free = payments::table
        .filter(payments::id.eq(payment.id))
        .filter(payments::state.eq(PaymentState::Open))
        .filter(payments::call_generation.eq(payment.call_generation))
        .filter(payments::call_lease_until.is_null().or(payments::call_lease_until.le(now)));
    let taken = prepared(
        diesel::update(free)
            .set((payments::call_generation.eq(payments::call_generation + 1), payments::call_lease_until.eq(until))),
    )
    .execute(&mut **tx)?;
    Ok(taken == 1)
}

/// Ends the call, if it is still ours and the payment still open; keeps the `prepay_id` that came.
pub(super) fn end_call(
    tx: &mut Tx,
    id: PaymentId,
    generation: i64,
    prepay_id: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let ours = payments::table
        .filter(payments::id.eq(id))
        .filter(payments::call_generation.eq(generation))
        .filter(payments::state.eq(PaymentState::Open));
    let ended = match prepay_id {
        Some(prepay_id) => prepared(diesel::update(ours).set((
            payments::call_lease_until.eq(None::<Timestamp>),
            payments::prepay_id.eq(prepay_id),
            payments::prepaid_at.eq(now),
        )))
        .execute(&mut **tx)?,
        None => {
            prepared(diesel::update(ours).set(payments::call_lease_until.eq(None::<Timestamp>))).execute(&mut **tx)?
        }
    };
    Ok(ended == 1)
}

/// Books money, unless it is booked. After a close it counts too.
pub(super) fn mark_paid(
    tx: &mut Tx,
    id: PaymentId,
    transaction_id: &str,
    success_at: Option<Timestamp>,
) -> Result<bool> {
    let unpaid = payments::table
        .filter(payments::id.eq(id))
        .filter(payments::state.eq_any([PaymentState::Open, PaymentState::Closed]));
    let changed = prepared(diesel::update(unpaid).set((
        payments::state.eq(PaymentState::Paid),
        payments::transaction_id.eq(transaction_id),
        payments::success_at.eq(success_at),
        payments::call_lease_until.eq(None::<Timestamp>),
    )))
    .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// WeChat has closed it; `false` if it was paid (or closed) before.
pub(super) fn mark_closed(tx: &mut Tx, id: PaymentId, now: Timestamp) -> Result<bool> {
    let open = payments::table.filter(payments::id.eq(id)).filter(payments::state.eq(PaymentState::Open));
    let changed =
        prepared(diesel::update(open).set((payments::state.eq(PaymentState::Closed), payments::closed_at.eq(now))))
            .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Forgets who paid these orders, and the requests that name the payer.
pub(super) fn forget_payers(tx: &mut Tx, orders: &[OrderId]) -> Result<()> {
    diesel::update(payments::table.filter(payments::order_id.eq_any(orders)))
        .set((payments::payer_openid.eq(""), payments::request.eq(Vec::<u8>::new())))
        .execute(&mut **tx)?;
    Ok(())
}

/// A notify as it came.
#[derive(Clone, Debug)]
pub(super) struct NewNotify {
    pub(super) notify_id: String,
    pub(super) event_type: String,
    pub(super) serial: String,
    pub(super) body: Vec<u8>,
}

/// Keeps a notify; `false` if WeChat sent it before.
pub(super) fn insert_notify(tx: &mut Tx, notify: &NewNotify, now: Timestamp) -> Result<bool> {
    let row = (
        wechat_notifies::notify_id.eq(&notify.notify_id),
        wechat_notifies::event_type.eq(&notify.event_type),
        wechat_notifies::serial.eq(&notify.serial),
        wechat_notifies::body.eq(&notify.body),
        wechat_notifies::outcome.eq("received"),
        wechat_notifies::received_at.eq(now),
    );
    let inserted = on_backend!(&mut **tx, |c| diesel::insert_into(wechat_notifies::table)
        .values(row)
        .on_conflict(wechat_notifies::notify_id)
        .do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

pub(super) fn set_notify_outcome(tx: &mut Tx, notify_id: &str, outcome: &str) -> Result<()> {
    prepared(
        diesel::update(wechat_notifies::table.filter(wechat_notifies::notify_id.eq(notify_id)))
            .set(wechat_notifies::outcome.eq(outcome)),
    )
    .execute(&mut **tx)?;
    Ok(())
}
