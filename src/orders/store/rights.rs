//! What the rights of buyers ask of orders: what is open, everything for a copy, and forgetting.

use diesel::prelude::*;

use super::{EventRow, FullOrder};
use crate::clock::Timestamp;
use crate::db::schema::{order_events, orders};
use crate::db::{DbConn, Tx};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId};
use crate::money::Fen;
use crate::orders::OrderState;

/// Timeline steps that are read of one order.
const EVENTS_OF_AN_ORDER: i64 = 200;

const UNFINISHED: [OrderState; 5] =
    [OrderState::PendingPayment, OrderState::Paid, OrderState::Cleared, OrderState::Shipped, OrderState::Delivered];

/// Orders that are not over, or whose money has not gone back.
pub(in crate::orders) fn open(conn: &mut DbConn, customer: CustomerId) -> Result<i64> {
    let unfinished = orders::state.eq_any(UNFINISHED);
    let owed = orders::state.eq(OrderState::Cancelled).and(orders::paid_fen.gt(orders::refunded_fen));
    Ok(orders::table.filter(orders::customer_id.eq(customer)).filter(unfinished.or(owed)).count().get_result(conn)?)
}

/// Says when the personal data on a buyer's orders goes: of those that were paid, and of the others.
pub(in crate::orders) fn set_wipe(
    tx: &mut Tx,
    customer: CustomerId,
    paid_until: Timestamp,
    unpaid_until: Timestamp,
) -> Result<()> {
    let own = orders::table.filter(orders::customer_id.eq(customer));
    diesel::update(own.filter(orders::paid_fen.gt(Fen::ZERO)))
        .set(orders::wipe_after.eq(paid_until))
        .execute(&mut **tx)?;
    diesel::update(own.filter(orders::paid_fen.eq(Fen::ZERO)))
        .set(orders::wipe_after.eq(unpaid_until))
        .execute(&mut **tx)?;
    Ok(())
}

/// Wipes what is due, a chunk at a time; gives which. An order that is not over, or whose money has not gone back, waits; so does one that
/// was paid after its account had ended, until `paid_before`: the law's term counts from the trade.
pub(in crate::orders) fn wipe_due(
    tx: &mut Tx,
    now: Timestamp,
    paid_before: Timestamp,
    limit: i64,
) -> Result<Vec<OrderId>> {
    let over = orders::state.ne(OrderState::PendingPayment);
    let settled = over.and(orders::state.ne(OrderState::Cancelled).or(orders::paid_fen.eq(orders::refunded_fen)));
    let no_trade = orders::state.eq(OrderState::Cancelled);
    let old_enough = no_trade.or(orders::paid_at.is_null()).or(orders::paid_at.le(paid_before));
    let due: Vec<OrderId> = orders::table
        .filter(orders::wipe_after.le(now))
        .filter(settled)
        .filter(old_enough)
        .order((orders::wipe_after, orders::id))
        .limit(limit)
        .select(orders::id)
        .load(&mut **tx)?;
    let rows = orders::table
        .filter(orders::id.eq_any(&due))
        .filter(orders::wipe_after.le(now))
        .filter(settled)
        .filter(old_enough);
    Ok(diesel::update(rows)
        .set((
            orders::consignee_sealed.eq(Vec::<u8>::new()),
            orders::identity_sealed.eq(None::<Vec<u8>>),
            orders::wipe_after.eq(None::<Timestamp>),
        ))
        .returning(orders::id)
        .get_results(&mut **tx)?)
}

/// An order with what its buyer's view leaves out.
#[derive(Queryable)]
pub(in crate::orders) struct WholeOrder {
    pub(in crate::orders) order: FullOrder,
    pub(in crate::orders) identity_sealed: Option<Vec<u8>>,
    pub(in crate::orders) scene: Option<String>,
}

/// Newest first, before `before` if given.
pub(in crate::orders) fn whole(
    conn: &mut DbConn,
    customer: CustomerId,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<WholeOrder>> {
    let mut query = orders::table
        .filter(orders::customer_id.eq(customer))
        .order(orders::id.desc())
        .limit(limit)
        .select((FullOrder::as_select(), orders::identity_sealed, orders::scene))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(orders::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// The timelines of some orders, oldest step first.
pub(in crate::orders) fn events_of(conn: &mut DbConn, ids: &[OrderId]) -> Result<Vec<(OrderId, EventRow)>> {
    let limit = i64::try_from(ids.len()).unwrap_or(i64::MAX).saturating_mul(EVENTS_OF_AN_ORDER);
    Ok(order_events::table
        .filter(order_events::order_id.eq_any(ids))
        .order((order_events::order_id, order_events::id))
        .limit(limit)
        .select((order_events::order_id, EventRow::as_select()))
        .load(conn)?)
}
