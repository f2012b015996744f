//! Rows of payments and of WeChat's notifies.

use diesel::prelude::*;
use diesel::sql_types;

use super::state::PaymentMove;
use super::{Payment, PaymentState};
use crate::base::clock::Timestamp;
use crate::base::db::schema::{payments, wechat_notifies};
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;
use crate::base::ids::{OrderId, PaymentId};
use crate::base::money::Fen;
use crate::base::transitions::{advance, always};
use crate::platform::sealing::Found;

/// What the first pay call writes.
#[derive(Clone, Debug)]
pub(crate) struct NewPayment {
    pub(crate) order_id: OrderId,
    pub(crate) out_trade_no: String,
    pub(crate) payer_openid: String,
    pub(crate) amount_fen: Fen,
    pub(crate) request: Vec<u8>,
}

/// Writes the payment of an order unless there is one: the first request is the request.
pub(crate) fn insert_once(tx: &mut Tx, payment: &NewPayment, request_sealed: &[u8], now: Timestamp) -> Result<()> {
    let row = (
        payments::order_id.eq(payment.order_id),
        payments::out_trade_no.eq(&payment.out_trade_no),
        payments::payer_openid.eq(&payment.payer_openid),
        payments::amount_fen.eq(payment.amount_fen),
        payments::state.eq(PaymentState::Open),
        payments::request.eq(request_sealed),
        payments::call_generation.eq(0_i64),
        payments::opened_at.eq(now),
    );
    on_backend!(tx.conn(), |c| diesel::insert_into(payments::table)
        .values(row)
        .on_conflict(payments::order_id)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

pub(crate) fn by_no(conn: &mut DbConn, out_trade_no: &str) -> Result<Option<Payment>> {
    let payment = payments::out_trade_no.eq(out_trade_no);
    Ok(on_backend!(conn, |c| Payment::query().filter(payment).first(c).optional())?)
}

/// Whether another payment already carries WeChat's number.
pub(crate) fn transaction_is_known(conn: &mut DbConn, transaction_id: &str, but: PaymentId) -> Result<bool> {
    let other: Option<PaymentId> = conn.row(
        payments::table
            .filter(payments::transaction_id.eq(transaction_id))
            .filter(payments::id.ne(but))
            .select(payments::id)
            .limit(1),
    )?;
    Ok(other.is_some())
}

/// Takes the right to call WeChat for this payment; `false` while another call runs.
pub(crate) fn take_call(tx: &mut Tx, payment: &Payment, until: Timestamp, now: Timestamp) -> Result<bool> {
    let free = payments::table
        .filter(payments::id.eq(payment.id))
        .filter(payments::state.eq(PaymentState::Open))
        .filter(payments::call_generation.eq(payment.call_generation))
        .filter(payments::call_lease_until.is_null().or(payments::call_lease_until.le(now)));
    let taken = tx.execute(
        diesel::update(free)
            .set((payments::call_generation.eq(payments::call_generation + 1), payments::call_lease_until.eq(until))),
    )?;
    Ok(taken == 1)
}

/// Ends the call, if it is still ours and the payment still open; keeps the `prepay_id` that came.
pub(crate) fn end_call(
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
        Some(prepay_id) => tx.execute(diesel::update(ours).set((
            payments::call_lease_until.eq(None::<Timestamp>),
            payments::prepay_id.eq(prepay_id),
            payments::prepaid_at.eq(now),
        )))?,
        None => tx.execute(diesel::update(ours).set(payments::call_lease_until.eq(None::<Timestamp>)))?,
    };
    Ok(ended == 1)
}

/// Books money, unless it is booked. After a close it counts too. The request is sealed anew, if it became a trade's.
pub(crate) fn pay(
    tx: &mut Tx,
    id: PaymentId,
    transaction_id: &str,
    success_at: Option<Timestamp>,
    request_sealed: Option<&[u8]>,
) -> Result<bool> {
    let changes = (
        request_sealed.map(|sealed| payments::request.eq(sealed)),
        payments::transaction_id.eq(transaction_id),
        payments::success_at.eq(success_at),
        payments::call_lease_until.eq(None::<Timestamp>),
    );
    advance!(tx, payments, id, PaymentMove::Pay, always(), changes)
}

/// Replaces the sealed request.
pub(crate) fn reseal(tx: &mut Tx, id: PaymentId, request_sealed: &[u8]) -> Result<()> {
    tx.execute(diesel::update(payments::table.find(id)).set(payments::request.eq(request_sealed)))?;
    Ok(())
}

/// WeChat has closed it; `false` if it was paid (or closed) before.
pub(crate) fn close(tx: &mut Tx, id: PaymentId, now: Timestamp) -> Result<bool> {
    advance!(tx, payments, id, PaymentMove::Close, always(), payments::closed_at.eq(now))
}

/// Forgets who paid these orders, and the requests that name the payer.
pub(crate) fn forget_payers(tx: &mut Tx, orders: &[OrderId]) -> Result<()> {
    tx.execute(
        diesel::update(payments::table.filter(payments::order_id.eq_any(orders)))
            .set((payments::payer_openid.eq(""), payments::request.eq(Vec::<u8>::new()))),
    )?;
    Ok(())
}

/// A notify as it came.
#[derive(Clone, Debug)]
pub(crate) struct NewNotify {
    pub(crate) notify_id: String,
    pub(crate) event_type: String,
    pub(crate) serial: String,
    pub(crate) body: Vec<u8>,
}

/// Keeps a notify; `false` if WeChat sent it before.
pub(crate) fn insert_notify(tx: &mut Tx, notify: &NewNotify, body_sealed: &[u8], now: Timestamp) -> Result<bool> {
    let row = (
        wechat_notifies::notify_id.eq(&notify.notify_id),
        wechat_notifies::event_type.eq(&notify.event_type),
        wechat_notifies::serial.eq(&notify.serial),
        wechat_notifies::body.eq(body_sealed),
        wechat_notifies::outcome.eq("received"),
        wechat_notifies::received_at.eq(now),
    );
    let inserted = on_backend!(tx.conn(), |c| diesel::insert_into(wechat_notifies::table)
        .values(row)
        .on_conflict(wechat_notifies::notify_id)
        .do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

pub(crate) fn set_notify_outcome(tx: &mut Tx, notify_id: &str, outcome: &str) -> Result<()> {
    tx.execute(
        diesel::update(wechat_notifies::table.filter(wechat_notifies::notify_id.eq(notify_id)))
            .set(wechat_notifies::outcome.eq(outcome)),
    )?;
    Ok(())
}

/// Payment, number and kept request of an order that WeChat was called for.
pub(crate) fn request_of(conn: &mut DbConn, order: OrderId) -> Result<Option<(PaymentId, String, Vec<u8>)>> {
    let own = payments::table.filter(payments::order_id.eq(order));
    conn.row(own.select((payments::id, payments::out_trade_no, payments::request)))
}

/// Looks at up to `limit` notifies after this one for bodies that are not sealed. JSON begins with a brace.
pub(crate) fn plain_notifies(conn: &mut DbConn, after: i64, limit: i64) -> Result<Found<i64>> {
    let page = wechat_notifies::table.filter(wechat_notifies::id.gt(after)).order(wechat_notifies::id).limit(limit);
    let rows: Vec<(i64, Vec<u8>)> = conn.rows(page.select((wechat_notifies::id, wechat_notifies::body)))?;
    let plain = rows.iter().filter(|(_, body)| body.first() == Some(&b'{')).map(|(id, _)| *id);
    Ok(Found { last: rows.last().map(|(id, _)| *id), ids: plain.collect() })
}

/// Number, body and time of a notify.
pub(crate) fn notify(conn: &mut DbConn, id: i64) -> Result<Option<(String, Vec<u8>, Timestamp)>> {
    let columns = (wechat_notifies::notify_id, wechat_notifies::body, wechat_notifies::received_at);
    conn.row(wechat_notifies::table.find(id).select(columns))
}

/// Replaces the body of a notify.
pub(crate) fn reseal_notify(tx: &mut Tx, id: i64, body_sealed: &[u8]) -> Result<()> {
    tx.execute(diesel::update(wechat_notifies::table.find(id)).set(wechat_notifies::body.eq(body_sealed)))?;
    Ok(())
}

/// Deletes up to `limit` notifies from before this moment; gives how many.
pub(crate) fn forget_notifies(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<usize> {
    let old = wechat_notifies::table.filter(wechat_notifies::received_at.lt(before));
    let ids: Vec<i64> = tx.rows(
        old.order((wechat_notifies::received_at, wechat_notifies::id)).limit(limit).select(wechat_notifies::id),
    )?;
    tx.execute(diesel::delete(wechat_notifies::table.filter(wechat_notifies::id.eq_any(ids))))
}

/// A payment as its buyer's copy has it.
#[derive(Clone, Debug, HasQuery, serde::Serialize)]
#[diesel(table_name = payments)]
pub(crate) struct CopiedPayment {
    #[serde(skip)]
    pub(crate) order_id: OrderId,
    out_trade_no: String,
    payer_openid: String,
    amount_fen: Fen,
    state: PaymentState,
    transaction_id: Option<String>,
    prepay_id: Option<String>,
    prepaid_at: Option<Timestamp>,
    opened_at: Timestamp,
    success_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

/// Of these orders; an order has one.
pub(crate) fn copies(conn: &mut DbConn, orders: &[OrderId]) -> Result<Vec<CopiedPayment>> {
    let own = payments::order_id.eq_any(orders);
    Ok(on_backend!(conn, |c| CopiedPayment::query().filter(own).order(payments::id).load(c))?)
}

/// A payment of the past, for the seeder.
#[derive(Insertable)]
#[diesel(table_name = payments, treat_none_as_default_value = false)]
pub(crate) struct PastPayment {
    pub(crate) order_id: OrderId,
    pub(crate) out_trade_no: String,
    pub(crate) payer_openid: String,
    pub(crate) amount_fen: Fen,
    pub(crate) state: PaymentState,
    pub(crate) request: Vec<u8>,
    pub(crate) prepay_id: String,
    pub(crate) prepaid_at: Timestamp,
    pub(crate) transaction_id: String,
    pub(crate) success_at: Timestamp,
    pub(crate) call_generation: i64,
    pub(crate) opened_at: Timestamp,
}

pub(crate) fn insert_past(tx: &mut Tx, rows: &[PastPayment]) -> Result<()> {
    on_backend!(tx.conn(), |c| diesel::insert_into(payments::table).values(rows).execute(c))?;
    Ok(())
}

/// How many payments came in since then, and their sum.
pub(crate) fn taken_since(conn: &mut DbConn, since: Timestamp) -> Result<(i64, Fen)> {
    let taken = payments::table.filter(payments::success_at.ge(since));
    let (count, sum): (i64, Option<i64>) = taken
        .select((
            diesel::dsl::count_star(),
            diesel::dsl::sql::<sql_types::Nullable<sql_types::BigInt>>("CAST(sum(amount_fen) AS BIGINT)"),
        ))
        .first(conn)?;
    Ok((count, Fen::new(sum.unwrap_or_default())))
}

/// What came in for the orders of this range of ids, at most `limit`; an order has one payment.
pub(crate) fn paid_between(
    conn: &mut DbConn,
    first: OrderId,
    last: OrderId,
    limit: i64,
) -> Result<Vec<(OrderId, Fen)>> {
    let paid = payments::table.filter(payments::order_id.between(first, last));
    let paid = paid.filter(payments::state.eq(PaymentState::Paid)).limit(limit);
    conn.rows(paid.select((payments::order_id, payments::amount_fen)))
}
