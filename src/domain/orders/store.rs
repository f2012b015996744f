//! Rows of orders and lines. Every UPDATE repeats the state it rests on; the row count decides.

pub(crate) mod account;
pub(crate) mod first_form;

use std::collections::HashMap;

use diesel::prelude::*;

use super::state::OrderMove;
use super::{
    CancelReason, Hold, LINES_MAX, LineRow, Order, OrderContent, OrderRow, OrderState, SealedParts, TRADE_KEPT,
};
use crate::base::clock::Timestamp;
use crate::base::db::schema::{order_lines, orders};
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{CustomerId, OrderId, SkuId};
use crate::base::money::Fen;
use crate::base::transitions::{advance, always};

/// Writes a new order.
pub(crate) fn insert(tx: &mut Tx, order: &OrderContent) -> Result<OrderId> {
    let id = tx.returning(diesel::insert_into(orders::table).values(order).returning(orders::id))?;
    id.ok_or_else(|| Error::internal("an order that was written has no id"))
}

/// One statement for all lines; a single line, as most orders have, goes by one that is prepared already.
pub(crate) fn insert_lines(tx: &mut Tx, rows: &[LineRow]) -> Result<()> {
    if let [line] = rows {
        tx.execute(diesel::insert_into(order_lines::table).values(line))?;
        return Ok(());
    }
    on_backend!(tx.conn(), |c| diesel::insert_into(order_lines::table).values(rows).execute(c))?;
    Ok(())
}

/// By number, whoever it belongs to: for jobs and notifies.
pub(crate) fn by_no(conn: &mut DbConn, order_no: &str) -> Result<Option<Order>> {
    Ok(on_backend!(conn, |c| Order::query().filter(orders::order_no.eq(order_no)).first(c).optional())?)
}

/// By row.
pub(crate) fn by_id(conn: &mut DbConn, id: OrderId) -> Result<Order> {
    let order = on_backend!(conn, |c| Order::query().filter(orders::id.eq(id)).first(c).optional())?;
    order.ok_or_else(|| Error::internal("an order vanished"))
}

/// By number, if it is this buyer's; else 404, as if it did not exist.
pub(crate) fn of_customer(conn: &mut DbConn, customer: CustomerId, order_no: &str) -> Result<Order> {
    let own = orders::order_no.eq(order_no).and(orders::customer_id.eq(customer));
    let order = on_backend!(conn, |c| Order::query().filter(own).first(c).optional())?;
    order.ok_or_else(|| Code::NotFound.into())
}

/// SKUs and pieces, in SKU id order: the order in which stock is touched.
pub(crate) fn quantities(conn: &mut DbConn, id: OrderId) -> Result<Vec<(SkuId, i64)>> {
    let lines = order_lines::table.filter(order_lines::order_id.eq(id)).order(order_lines::sku_id).limit(LINES_MAX);
    conn.rows(lines.select((order_lines::sku_id, order_lines::quantity)))
}

/// Takes the order for the rest of the transaction and reads it as it is now. On PostgreSQL others wait here; on SQLite the writer is alone
/// anyway. Whoever moves money takes the order first: one order of locks, and nothing is decided on what another transaction has just
/// changed.
pub(crate) fn lock(tx: &mut Tx, id: OrderId) -> Result<Order> {
    let row = diesel::update(orders::table.filter(orders::id.eq(id)));
    if tx.execute(row.set(orders::order_no.eq(orders::order_no)))? != 1 {
        return Err(Error::internal("an order vanished"));
    }
    by_id(tx, id)
}

/// Sets an order aside for a person.
pub(crate) fn hold_for_review(tx: &mut Tx, id: OrderId) -> Result<()> {
    tx.execute(diesel::update(orders::table.filter(orders::id.eq(id))).set(orders::hold.eq(Hold::Review)))?;
    Ok(())
}

/// Opens the order for paying; `false` if it is not (or no longer) to be paid.
pub(crate) fn open_payment(tx: &mut Tx, id: OrderId, now: Timestamp) -> Result<bool> {
    let open = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .filter(orders::hold.is_null())
        .filter(orders::expires_at.gt(now));
    Ok(tx.execute(diesel::update(open).set(orders::payment_opened_at.eq(now)))? == 1)
}

/// Freezes the orderer of a bonded order, sealed; the first one stays.
pub(crate) fn freeze_identity(tx: &mut Tx, id: OrderId, sealed: &[u8]) -> Result<()> {
    let without = orders::table.filter(orders::id.eq(id)).filter(orders::identity_sealed.is_null());
    tx.execute(diesel::update(without).set(orders::identity_sealed.eq(sealed)))?;
    Ok(())
}

/// The order is paid, unless it is no longer waiting for it. A closing that lost the race is forgotten.
/// What is sealed on it is the trade's from now on.
pub(crate) fn pay(tx: &mut Tx, id: OrderId, paid: Fen, sealed: Option<&SealedParts>, now: Timestamp) -> Result<bool> {
    let changes = (
        sealed.map(|sealed| orders::consignee_sealed.eq(&sealed.consignee)),
        sealed.map(|sealed| orders::identity_sealed.eq(&sealed.identity)),
        orders::wipe_after.eq(now.plus(TRADE_KEPT)),
        orders::hold.eq(None::<Hold>),
        orders::cancel_reason.eq(None::<CancelReason>),
        orders::paid_fen.eq(paid),
        orders::paid_at.eq(now),
    );
    advance!(tx, orders, id, OrderMove::Pay, always(), changes)
}

/// What is sealed on an order.
pub(crate) fn sealed_parts(conn: &mut DbConn, id: OrderId) -> Result<SealedParts> {
    let parts = orders::table.find(id).select((orders::consignee_sealed, orders::identity_sealed));
    conn.row(parts)?.ok_or_else(|| Error::internal("an order vanished"))
}

/// Replaces what is sealed on an order.
pub(crate) fn reseal(tx: &mut Tx, id: OrderId, sealed: &SealedParts) -> Result<()> {
    tx.execute(
        diesel::update(orders::table.find(id))
            .set((orders::consignee_sealed.eq(&sealed.consignee), orders::identity_sealed.eq(&sealed.identity))),
    )?;
    Ok(())
}

/// Money for a cancelled order: booked once.
pub(crate) fn book_late_payment(tx: &mut Tx, id: OrderId, paid: Fen, now: Timestamp) -> Result<bool> {
    let cancelled = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::state.eq(OrderState::Cancelled))
        .filter(orders::paid_fen.eq(Fen::ZERO));
    Ok(tx.execute(diesel::update(cancelled).set((orders::paid_fen.eq(paid), orders::paid_at.eq(now))))? == 1)
}

/// Cancels an order for which WeChat was never called: nobody can have paid it, and nobody's name is kept on it.
pub(crate) fn cancel_unopened(tx: &mut Tx, id: OrderId, reason: CancelReason, now: Timestamp) -> Result<bool> {
    let changes = (orders::cancelled_at.eq(now), orders::cancel_reason.eq(reason));
    advance!(tx, orders, id, OrderMove::Cancel, orders::payment_opened_at.is_null(), changes)
}

/// From now on nobody can pay anew; the reason is kept for the end.
pub(crate) fn begin_closing(tx: &mut Tx, id: OrderId, reason: CancelReason) -> Result<bool> {
    let pending = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .filter(orders::hold.is_null());
    let changes = (orders::hold.eq(Hold::Closing), orders::cancel_reason.eq(reason));
    Ok(tx.execute(diesel::update(pending).set(changes))? == 1)
}

/// Cancels an order that WeChat has closed. Nothing will be declared: the orderer's identity goes in this transaction.
pub(crate) fn cancel_closed(tx: &mut Tx, id: OrderId, reason: CancelReason, now: Timestamp) -> Result<bool> {
    let changes = (
        orders::hold.eq(None::<Hold>),
        orders::cancelled_at.eq(now),
        orders::cancel_reason.eq(reason),
        orders::identity_sealed.eq(None::<Vec<u8>>),
    );
    advance!(tx, orders, id, OrderMove::Cancel, always(), changes)
}

/// Sets aside `amount` for a refund; `false` if that would pass what was paid.
pub fn commit_refund(tx: &mut Tx, id: OrderId, amount: Fen) -> Result<bool> {
    let enough =
        orders::table.filter(orders::id.eq(id)).filter((orders::refund_committed_fen + amount).le(orders::paid_fen));
    let sum = orders::refund_committed_fen.eq(orders::refund_committed_fen + amount);
    Ok(tx.execute(diesel::update(enough).set(sum))? == 1)
}

/// `amount` was paid back.
pub(crate) fn add_refunded(tx: &mut Tx, id: OrderId, amount: Fen) -> Result<bool> {
    let committed = orders::table
        .filter(orders::id.eq(id))
        .filter((orders::refunded_fen + amount).le(orders::refund_committed_fen));
    Ok(tx.execute(diesel::update(committed).set(orders::refunded_fen.eq(orders::refunded_fen + amount)))? == 1)
}

/// Which orders are listed, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct OrderFilter {
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) state: Option<OrderState>,
    /// The whole number: by its index, however many orders there are.
    pub(crate) order_no: Option<String>,
    pub(crate) before: Option<OrderId>,
}

/// Newest first.
pub(crate) fn page(conn: &mut DbConn, filter: &OrderFilter, limit: i64) -> Result<Vec<OrderRow>> {
    let mut query = OrderRow::query().order(orders::id.desc()).limit(limit).into_boxed();
    if let Some(customer) = filter.customer_id {
        query = query.filter(orders::customer_id.eq(customer));
    }
    if let Some(state) = filter.state {
        query = query.filter(orders::state.eq(state));
    }
    if let Some(order_no) = &filter.order_no {
        query = query.filter(orders::order_no.eq(order_no));
    }
    if let Some(before) = filter.before {
        query = query.filter(orders::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// The whole row, whoever it belongs to.
pub(crate) fn row(conn: &mut DbConn, order_no: &str) -> Result<Option<OrderRow>> {
    Ok(on_backend!(conn, |c| OrderRow::query().filter(orders::order_no.eq(order_no)).first(c).optional())?)
}

/// Lines of one order, at most 50.
pub(crate) fn lines_of(conn: &mut DbConn, id: OrderId) -> Result<Vec<LineRow>> {
    Ok(on_backend!(conn, |c| LineRow::query()
        .filter(order_lines::order_id.eq(id))
        .order(order_lines::id)
        .limit(LINES_MAX)
        .load(c))?)
}

/// Lines of some orders by order, at most 50 an order.
pub(crate) fn lines(conn: &mut DbConn, ids: &[OrderId]) -> Result<HashMap<OrderId, Vec<LineRow>>> {
    let limit = i64::try_from(ids.len()).unwrap_or(i64::MAX).saturating_mul(LINES_MAX);
    let rows: Vec<LineRow> = LineRow::query()
        .filter(order_lines::order_id.eq_any(ids))
        .order((order_lines::order_id, order_lines::id))
        .limit(limit)
        .load(conn)?;
    let mut lines: HashMap<OrderId, Vec<LineRow>> = HashMap::new();
    for line in rows {
        lines.entry(line.order_id).or_default().push(line);
    }
    Ok(lines)
}

/// Lines of the buyer's unpaid orders, at most `limit`, order by order.
pub(crate) fn unpaid_lines(conn: &mut DbConn, customer: CustomerId, limit: i64) -> Result<Vec<(OrderId, SkuId, i64)>> {
    conn.rows(
        orders::table
            .inner_join(order_lines::table)
            .filter(orders::customer_id.eq(customer))
            .filter(orders::state.eq(OrderState::PendingPayment))
            .order((orders::id, order_lines::sku_id))
            .limit(limit)
            .select((orders::id, order_lines::sku_id, order_lines::quantity)),
    )
}

/// Past orders, many a statement, for the seeder; gives numbers and ids.
pub(crate) fn insert_many(tx: &mut Tx, rows: &[OrderContent]) -> Result<Vec<(String, OrderId)>> {
    on_backend!(tx.conn(), |c| diesel::insert_into(orders::table).values(rows).execute(c))?;
    let numbers: Vec<&str> = rows.iter().map(|row| row.order_no.as_str()).collect();
    let new = orders::table.filter(orders::order_no.eq_any(numbers)).order(orders::id);
    Ok(new.select((orders::order_no, orders::id)).load(tx.conn())?)
}

/// How many orders stand in each state that is not over. Reads the index of states only.
pub(crate) fn count_open(conn: &mut DbConn) -> Result<Vec<(OrderState, i64)>> {
    let open = orders::table.filter(orders::state.eq_any(OrderState::open()));
    Ok(open.group_by(orders::state).select((orders::state, diesel::dsl::count_star())).load(conn)?)
}

/// All orders, and those whose money is not what their state says.
#[cfg(test)]
pub(crate) fn counted(conn: &mut DbConn) -> Result<(i64, i64)> {
    let paid = orders::state.eq(OrderState::Completed).and(orders::paid_fen.ne(orders::payable_fen));
    let unpaid = orders::state.eq(OrderState::Cancelled).and(orders::paid_fen.ne(Fen::ZERO));
    let wrong = orders::table.filter(paid.or(unpaid)).count().get_result(conn)?;
    Ok((orders::table.count().get_result(conn)?, wrong))
}

/// What an order's books say, for the audit.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = orders)]
pub(crate) struct OrderMoney {
    pub(crate) id: OrderId,
    pub(crate) order_no: String,
    pub(crate) state: OrderState,
    pub(crate) payable_fen: Fen,
    pub(crate) paid_fen: Fen,
    pub(crate) refund_committed_fen: Fen,
    pub(crate) refunded_fen: Fen,
}

/// The books of up to `limit` orders behind this one, in id order.
pub(crate) fn money_after(conn: &mut DbConn, after: OrderId, limit: i64) -> Result<Vec<OrderMoney>> {
    Ok(on_backend!(conn, |c| OrderMoney::query().filter(orders::id.gt(after)).order(orders::id).limit(limit).load(c))?)
}
