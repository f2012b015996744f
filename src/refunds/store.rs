//! Rows of refunds.

use diesel::prelude::*;

use super::service::NewRefund;
use super::{Refund, RefundState};
use crate::clock::Timestamp;
use crate::db::schema::{orders, refunds};
use crate::db::{DbConn, Tx, prepared};
use crate::error::Result;
use crate::ids::CustomerId;

pub(super) fn insert(tx: &mut Tx, refund: &NewRefund, now: Timestamp) -> Result<()> {
    diesel::insert_into(refunds::table)
        .values((
            refunds::order_id.eq(refund.order_id),
            refunds::payment_id.eq(refund.payment_id),
            refunds::out_refund_no.eq(&refund.out_refund_no),
            refunds::amount_fen.eq(refund.amount_fen),
            refunds::total_fen.eq(refund.total_fen),
            refunds::reason.eq(refund.reason),
            refunds::request.eq(&refund.request),
            refunds::state.eq(RefundState::Requested),
            refunds::requested_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn by_no(conn: &mut DbConn, out_refund_no: &str) -> Result<Option<Refund>> {
    Ok(refunds::table
        .filter(refunds::out_refund_no.eq(out_refund_no))
        .select(Refund::as_select())
        .first(conn)
        .optional()?)
}

/// Refunds of a buyer's orders that have not reached the payer, and may still.
pub(super) fn open(conn: &mut DbConn, customer: CustomerId) -> Result<i64> {
    Ok(refunds::table
        .inner_join(orders::table)
        .filter(orders::customer_id.eq(customer))
        .filter(refunds::state.eq_any([RefundState::Requested, RefundState::Processing, RefundState::Abnormal]))
        .count()
        .get_result(conn)?)
}

/// Moves a refund from a known state; `false` if somebody moved it first.
pub(super) fn move_to(tx: &mut Tx, refund: &Refund, to: RefundState, refund_id: &str, now: Timestamp) -> Result<bool> {
    let unmoved = refunds::table.filter(refunds::id.eq(refund.id)).filter(refunds::state.eq(refund.state));
    let finished_at = (to != RefundState::Processing).then_some(now);
    let changed = prepared(diesel::update(unmoved).set((
        refunds::state.eq(to),
        refunds::refund_id.eq(refund_id),
        refunds::finished_at.eq(finished_at),
    )))
    .execute(&mut **tx)?;
    Ok(changed == 1)
}
