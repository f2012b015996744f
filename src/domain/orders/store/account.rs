//! What the end of an account asks of orders: what is open, and when sealed data goes.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::orders;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::{CustomerId, OrderId};
use crate::base::money::Fen;
use crate::domain::orders::{OrderState, UNPAID_MAX};

/// Orders of one buyer whose refunds are looked at.
const REFUNDING_MAX: i64 = 10_000;

/// Orders of a buyer that are not over, or whose money has not gone back.
pub(crate) fn open_orders(conn: &mut DbConn, customer: CustomerId) -> Result<i64> {
    let unfinished = orders::state.eq_any(OrderState::open());
    let owed = orders::state.eq_any(OrderState::giving_all_back()).and(orders::paid_fen.gt(orders::refunded_fen));
    Ok(orders::table.filter(orders::customer_id.eq(customer)).filter(unfinished.or(owed)).count().get_result(conn)?)
}

/// Orders of a buyer that a refund was ever asked for.
pub(crate) fn with_refunds(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<OrderId>> {
    conn.rows(
        orders::table
            .filter(orders::customer_id.eq(customer))
            .filter(orders::refund_committed_fen.gt(Fen::ZERO))
            .order(orders::id.desc())
            .limit(REFUNDING_MAX)
            .select(orders::id),
    )
}

/// Orders of a buyer that can still be paid, with their numbers. A buyer may have five.
pub(crate) fn unpaid(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<(OrderId, String)>> {
    let pending = orders::table
        .filter(orders::customer_id.eq(customer))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .order(orders::id)
        .limit(UNPAID_MAX);
    conn.rows(pending.select((orders::id, orders::order_no)))
}

/// Wipes what is due, at most `limit` orders; gives which. The books stay. An order that waits for its money, or whose money has not gone
/// back, waits. A paid order that is never finished does not wait: it must not hold a person for ever.
pub(crate) fn wipe_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<OrderId>> {
    let over = orders::state.ne(OrderState::PendingPayment);
    let owes_nothing =
        || orders::state.ne_all(OrderState::giving_all_back()).or(orders::paid_fen.eq(orders::refunded_fen));
    let due: Vec<OrderId> = tx.rows(
        orders::table
            .filter(orders::wipe_after.le(now))
            .filter(over)
            .filter(owes_nothing())
            .order((orders::wipe_after, orders::id))
            .limit(limit)
            .select(orders::id),
    )?;
    let rows = orders::table
        .filter(orders::id.eq_any(&due))
        .filter(orders::wipe_after.le(now))
        .filter(over)
        .filter(owes_nothing());
    Ok(diesel::update(rows)
        .set((
            orders::consignee_sealed.eq(Vec::<u8>::new()),
            orders::identity_sealed.eq(None::<Vec<u8>>),
            orders::scene.eq(None::<String>),
            orders::wipe_after.eq(None::<Timestamp>),
        ))
        .returning(orders::id)
        .get_results(tx.conn())?)
}
