//! Rows of refunds.

use diesel::prelude::*;

use super::{NewRefund, Refund, RefundMove, RefundState};
use crate::base::clock::Timestamp;
use crate::base::db::schema::refunds;
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;
use crate::base::ids::OrderId;
use crate::base::money::Fen;
use crate::base::transitions::{advance, always};

/// Writes a refund that WeChat does not know yet.
pub(crate) fn insert(tx: &mut Tx, refund: &NewRefund, now: Timestamp) -> Result<()> {
    tx.execute(diesel::insert_into(refunds::table).values((
        refunds::order_id.eq(refund.order_id),
        refunds::payment_id.eq(refund.payment_id),
        refunds::out_refund_no.eq(&refund.out_refund_no),
        refunds::amount_fen.eq(refund.amount_fen),
        refunds::total_fen.eq(refund.total_fen),
        refunds::reason.eq(refund.reason),
        refunds::request.eq(&refund.request),
        refunds::state.eq(RefundState::Requested),
        refunds::requested_at.eq(now),
    )))?;
    Ok(())
}

/// By our number.
pub(crate) fn by_no(conn: &mut DbConn, out_refund_no: &str) -> Result<Option<Refund>> {
    Ok(on_backend!(conn, |c| Refund::query().filter(refunds::out_refund_no.eq(out_refund_no)).first(c).optional())?)
}

/// Refunds of these orders that have not reached the payer, and may still.
pub(crate) fn open_of(conn: &mut DbConn, orders: &[OrderId]) -> Result<i64> {
    Ok(refunds::table
        .filter(refunds::order_id.eq_any(orders))
        .filter(refunds::state.eq_any(RefundState::open()))
        .count()
        .get_result(conn)?)
}

/// A refund as its buyer's copy has it.
#[derive(Clone, Debug, HasQuery, serde::Serialize)]
#[diesel(table_name = refunds)]
pub(crate) struct CopiedRefund {
    #[serde(skip)]
    pub(crate) order_id: OrderId,
    out_refund_no: String,
    refund_id: Option<String>,
    amount_fen: Fen,
    total_fen: Fen,
    reason: String,
    state: RefundState,
    requested_at: Timestamp,
    finished_at: Option<Timestamp>,
}

/// Of these orders; WeChat allows 50 of each.
pub(crate) fn copies(conn: &mut DbConn, orders: &[OrderId]) -> Result<Vec<CopiedRefund>> {
    let own = refunds::order_id.eq_any(orders);
    let limit = i64::try_from(orders.len()).unwrap_or(i64::MAX).saturating_mul(50);
    Ok(on_backend!(conn, |c| CopiedRefund::query().filter(own).order(refunds::id).limit(limit).load(c))?)
}

/// Moves a refund as WeChat says; `false` if the news is old.
pub(crate) fn advance_to(
    tx: &mut Tx,
    refund: &Refund,
    step: RefundMove,
    refund_id: &str,
    now: Timestamp,
) -> Result<bool> {
    let finished_at = step.to().is_final().then_some(now);
    let changes = (refunds::refund_id.eq(refund_id), refunds::finished_at.eq(finished_at));
    advance!(tx, refunds, refund.id, step, always(), changes)
}

/// The refunds of the orders of this range of ids, at most `limit`.
pub(crate) fn sums_between(
    conn: &mut DbConn,
    first: OrderId,
    last: OrderId,
    limit: i64,
) -> Result<Vec<(OrderId, RefundState, Fen)>> {
    let range = refunds::table.filter(refunds::order_id.between(first, last)).limit(limit);
    conn.rows(range.select((refunds::order_id, refunds::state, refunds::amount_fen)))
}
