//! What the end of an account asks of orders: what is open, and when sealed data goes.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::orders;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::{CustomerId, OrderId};
use crate::base::money::Fen;
use crate::domain::orders::OrderState;

/// How long what is sealed on an order of a closed account stays, if the order was paid: three years from its end (ECL
/// article 31, Customs Law article 45), in days of the longest three years.
const TRADE_KEPT: Duration = Duration::from_hours(1_096 * 24);
/// And if it was not: no trade took place; kept until no late money can come any more.
const UNPAID_KEPT: Duration = Duration::from_hours(30 * 24);
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

/// The account of these orders is closed: says when what is sealed on them goes.
pub(crate) fn forget_in_time(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<()> {
    let own = orders::table.filter(orders::customer_id.eq(customer));
    let (paid, unpaid) = (orders::paid_fen.gt(Fen::ZERO), orders::paid_fen.eq(Fen::ZERO));
    tx.execute(diesel::update(own.filter(paid)).set(orders::wipe_after.eq(now.plus(TRADE_KEPT))))?;
    tx.execute(diesel::update(own.filter(unpaid)).set(orders::wipe_after.eq(now.plus(UNPAID_KEPT))))?;
    Ok(())
}

/// Wipes what is due, at most `limit` orders; gives which. The books stay. An order that waits for its money, or whose money has not gone
/// back, waits; so does one that was paid after its account had ended, until the term since its payment is over. A paid order that is never
/// finished does not wait: it must not hold a person for ever.
pub(crate) fn wipe_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<OrderId>> {
    let over = orders::state.ne(OrderState::PendingPayment);
    let owes_nothing =
        || orders::state.ne_all(OrderState::giving_all_back()).or(orders::paid_fen.eq(orders::refunded_fen));
    let no_trade = orders::state.eq(OrderState::Cancelled);
    let old_enough = no_trade.or(orders::paid_at.is_null()).or(orders::paid_at.le(now.minus(TRADE_KEPT)));
    let due: Vec<OrderId> = tx.rows(
        orders::table
            .filter(orders::wipe_after.le(now))
            .filter(over)
            .filter(owes_nothing())
            .filter(old_enough)
            .order((orders::wipe_after, orders::id))
            .limit(limit)
            .select(orders::id),
    )?;
    let rows = orders::table
        .filter(orders::id.eq_any(&due))
        .filter(orders::wipe_after.le(now))
        .filter(over)
        .filter(owes_nothing())
        .filter(old_enough);
    Ok(diesel::update(rows)
        .set((
            orders::consignee_sealed.eq(Vec::<u8>::new()),
            orders::identity_sealed.eq(None::<Vec<u8>>),
            orders::wipe_after.eq(None::<Timestamp>),
        ))
        .returning(orders::id)
        .get_results(tx.conn())?)
}
