//! Rows of orders, lines and timelines. Every UPDATE repeats the state it rests on; the row count decides.

pub(super) mod rights;
pub(super) mod unpaid;

pub(super) mod admin;

use diesel::prelude::*;

use super::{Actor, CancelReason, EventKind, Hold, Order, OrderState};
use crate::clock::Timestamp;
use crate::db::schema::{order_events, order_lines, orders};
use crate::db::{DbConn, Tx, on_backend, prepared};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId, ProductId, SkuId, VendorId};
use crate::money::Fen;
use crate::quotes::QuoteLine;

/// A new order, all of it made before the transaction but the sums.
#[derive(Insertable)]
#[diesel(table_name = orders)]
pub(super) struct NewOrder<'a> {
    pub(super) order_no: &'a str,
    pub(super) customer_id: CustomerId,
    pub(super) state: OrderState,
    pub(super) goods_fen: Fen,
    pub(super) freight_fen: Fen,
    pub(super) tax_fen: Fen,
    pub(super) discount_fen: Fen,
    pub(super) payable_fen: Fen,
    pub(super) paid_fen: Fen,
    pub(super) refund_committed_fen: Fen,
    pub(super) refunded_fen: Fen,
    pub(super) notice_version: &'a str,
    pub(super) scene: Option<&'a str>,
    pub(super) province: &'a str,
    pub(super) city: &'a str,
    pub(super) district: &'a str,
    pub(super) region_code: &'a str,
    pub(super) consignee_sealed: &'a [u8],
    pub(super) identity_sealed: Option<&'a [u8]>,
    pub(super) placed_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

pub(super) fn insert(tx: &mut Tx, order: &NewOrder) -> Result<OrderId> {
    Ok(diesel::insert_into(orders::table).values(order).returning(orders::id).get_result(&mut **tx)?)
}

/// With every column named, many are one statement on SQLite too; else Diesel would insert them one by one in a transaction of its own.
#[derive(Insertable)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
pub(crate) struct NewLine<'a> {
    order_id: OrderId,
    sku_id: SkuId,
    product_id: ProductId,
    vendor_id: VendorId,
    sku_code: &'a str,
    name_zh: &'a str,
    name_ko: &'a str,
    name_en: &'a str,
    spec_zh: &'a str,
    spec_ko: &'a str,
    spec_en: &'a str,
    image: &'a str,
    unit_price_fen: Fen,
    quantity: i64,
    line_fen: Fen,
    tax_fen: Fen,
    gross_weight_g: i64,
}

impl<'a> NewLine<'a> {
    /// A line as it was priced.
    pub(crate) fn of(order_id: OrderId, line: &'a QuoteLine) -> Self {
        Self {
            order_id,
            sku_id: line.sku_id,
            product_id: line.product_id,
            vendor_id: line.vendor_id,
            sku_code: &line.sku_code,
            name_zh: &line.name.zh,
            name_ko: &line.name.ko,
            name_en: &line.name.en,
            spec_zh: &line.spec.zh,
            spec_ko: &line.spec.ko,
            spec_en: &line.spec.en,
            image: &line.image,
            unit_price_fen: line.unit_price_fen,
            quantity: line.quantity,
            line_fen: line.line_fen,
            tax_fen: line.tax_fen,
            gross_weight_g: line.gross_weight_g,
        }
    }
}

/// One statement for all lines; a single line, as most orders have, goes by one that is prepared already.
pub(super) fn insert_lines(tx: &mut Tx, order_id: OrderId, lines: &[QuoteLine]) -> Result<()> {
    let insert = diesel::insert_into(order_lines::table);
    if let [line] = lines {
        insert.values(&NewLine::of(order_id, line)).execute(&mut **tx)?;
        return Ok(());
    }
    let rows: Vec<_> = lines.iter().map(|line| NewLine::of(order_id, line)).collect();
    on_backend!(&mut **tx, |c| insert.values(&rows).execute(c))?;
    Ok(())
}

/// What is written on the timeline.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = order_events, treat_none_as_default_value = false)]
pub(crate) struct NewEvent {
    pub(crate) order_id: OrderId,
    pub(crate) kind: EventKind,
    pub(crate) actor: Actor,
    pub(crate) from_state: Option<OrderState>,
    pub(crate) to_state: Option<OrderState>,
    pub(crate) amount_fen: Option<Fen>,
    pub(crate) at: Timestamp,
}

pub(super) fn insert_event(tx: &mut Tx, event: &NewEvent) -> Result<()> {
    diesel::insert_into(order_events::table).values(event).execute(&mut **tx)?;
    Ok(())
}

/// By number, whoever it belongs to: for jobs and notifies.
pub(super) fn by_no(conn: &mut DbConn, order_no: &str) -> Result<Option<Order>> {
    Ok(orders::table.filter(orders::order_no.eq(order_no)).select(Order::as_select()).first(conn).optional()?)
}

pub(super) fn by_id(conn: &mut DbConn, id: OrderId) -> Result<Option<Order>> {
    Ok(orders::table.filter(orders::id.eq(id)).select(Order::as_select()).first(conn).optional()?)
}

/// By number, if it belongs to this buyer: another's order is not found.
pub(super) fn of_customer(conn: &mut DbConn, customer: CustomerId, order_no: &str) -> Result<Option<Order>> {
    Ok(orders::table
        .filter(orders::order_no.eq(order_no))
        .filter(orders::customer_id.eq(customer))
        .select(Order::as_select())
        .first(conn)
        .optional()?)
}

/// SKUs and pieces, in SKU id order: the order in which stock is touched.
pub(super) fn quantities(conn: &mut DbConn, id: OrderId) -> Result<Vec<(SkuId, i64)>> {
    Ok(order_lines::table
        .filter(order_lines::order_id.eq(id))
        .order(order_lines::sku_id)
        .limit(200)
        .select((order_lines::sku_id, order_lines::quantity))
        .load(conn)?)
}

/// Takes the row for the rest of the transaction. On PostgreSQL others wait here; on SQLite the writer is alone anyway.
pub(super) fn lock(tx: &mut Tx, id: OrderId) -> Result<bool> {
    let row = diesel::update(orders::table.filter(orders::id.eq(id)));
    Ok(row.set(orders::order_no.eq(orders::order_no)).execute(&mut **tx)? == 1)
}

/// Sets an order aside for a person.
pub(super) fn hold_for_review(tx: &mut Tx, id: OrderId) -> Result<()> {
    prepared(diesel::update(orders::table.filter(orders::id.eq(id))).set(orders::hold.eq(Hold::Review)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Opens the order for paying; `false` if it is not (or no longer) to be paid.
pub(super) fn open_payment(tx: &mut Tx, id: OrderId, now: Timestamp) -> Result<bool> {
    let open = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .filter(orders::hold.is_null())
        .filter(orders::expires_at.gt(now));
    Ok(prepared(diesel::update(open).set(orders::payment_opened_at.eq(now))).execute(&mut **tx)? == 1)
}

/// The order is paid, unless it is no longer waiting for it. A closing that lost the race is forgotten.
pub(super) fn mark_paid(tx: &mut Tx, id: OrderId, paid: Fen, now: Timestamp) -> Result<bool> {
    let pending = orders::table.filter(orders::id.eq(id)).filter(orders::state.eq(OrderState::PendingPayment));
    let changed = prepared(diesel::update(pending).set((
        orders::state.eq(OrderState::Paid),
        orders::hold.eq(None::<Hold>),
        orders::cancel_reason.eq(None::<CancelReason>),
        orders::paid_fen.eq(paid),
        orders::paid_at.eq(now),
    )))
    .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Money for a cancelled order: booked once.
pub(super) fn book_late_payment(tx: &mut Tx, id: OrderId, paid: Fen, now: Timestamp) -> Result<bool> {
    let cancelled = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::state.eq(OrderState::Cancelled))
        .filter(orders::paid_fen.eq(Fen::ZERO));
    let changed = prepared(diesel::update(cancelled).set((orders::paid_fen.eq(paid), orders::paid_at.eq(now))))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Cancels an order for which WeChat was never called: nobody can have paid it.
pub(super) fn cancel_unopened(tx: &mut Tx, id: OrderId, reason: CancelReason, now: Timestamp) -> Result<bool> {
    let unopened = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .filter(orders::payment_opened_at.is_null());
    let changed = prepared(diesel::update(unopened).set((
        orders::state.eq(OrderState::Cancelled),
        orders::cancelled_at.eq(now),
        orders::cancel_reason.eq(reason),
    )))
    .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// From now on nobody can pay anew; the reason is kept for the end.
pub(super) fn begin_closing(tx: &mut Tx, id: OrderId, reason: CancelReason) -> Result<bool> {
    let pending = orders::table
        .filter(orders::id.eq(id))
        .filter(orders::state.eq(OrderState::PendingPayment))
        .filter(orders::hold.is_null());
    let changed =
        prepared(diesel::update(pending).set((orders::hold.eq(Hold::Closing), orders::cancel_reason.eq(reason))))
            .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Cancels an order that WeChat has closed.
pub(super) fn cancel_closed(tx: &mut Tx, id: OrderId, reason: CancelReason, now: Timestamp) -> Result<bool> {
    let pending = orders::table.filter(orders::id.eq(id)).filter(orders::state.eq(OrderState::PendingPayment));
    let changed = prepared(diesel::update(pending).set((
        orders::state.eq(OrderState::Cancelled),
        orders::hold.eq(None::<Hold>),
        orders::cancelled_at.eq(now),
        orders::cancel_reason.eq(reason),
    )))
    .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Sets aside `amount` for a refund; `false` if that would pass what was paid.
pub(super) fn commit_refund(tx: &mut Tx, id: OrderId, amount: Fen) -> Result<bool> {
    let enough =
        orders::table.filter(orders::id.eq(id)).filter((orders::refund_committed_fen + amount).le(orders::paid_fen));
    let changed =
        prepared(diesel::update(enough).set(orders::refund_committed_fen.eq(orders::refund_committed_fen + amount)))
            .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// `amount` was paid back.
pub(super) fn add_refunded(tx: &mut Tx, id: OrderId, amount: Fen) -> Result<bool> {
    let committed = orders::table
        .filter(orders::id.eq(id))
        .filter((orders::refunded_fen + amount).le(orders::refund_committed_fen));
    let changed = prepared(diesel::update(committed).set(orders::refunded_fen.eq(orders::refunded_fen + amount)))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Everything of an order that its buyer may see.
#[derive(Queryable, Selectable)]
#[diesel(table_name = orders)]
pub(super) struct FullOrder {
    pub(super) id: OrderId,
    pub(super) order_no: String,
    pub(super) state: OrderState,
    pub(super) hold: Option<Hold>,
    pub(super) goods_fen: Fen,
    pub(super) freight_fen: Fen,
    pub(super) tax_fen: Fen,
    pub(super) discount_fen: Fen,
    pub(super) payable_fen: Fen,
    pub(super) paid_fen: Fen,
    pub(super) refunded_fen: Fen,
    pub(super) notice_version: String,
    pub(super) province: String,
    pub(super) city: String,
    pub(super) district: String,
    pub(super) region_code: String,
    pub(super) consignee_sealed: Vec<u8>,
    pub(super) placed_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) paid_at: Option<Timestamp>,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) cancel_reason: Option<CancelReason>,
}

pub(super) fn full(conn: &mut DbConn, customer: CustomerId, order_no: &str) -> Result<Option<FullOrder>> {
    Ok(orders::table
        .filter(orders::order_no.eq(order_no))
        .filter(orders::customer_id.eq(customer))
        .select(FullOrder::as_select())
        .first(conn)
        .optional()?)
}

/// Newest first, before `before` if given.
pub(super) fn page(
    conn: &mut DbConn,
    customer: CustomerId,
    state: Option<OrderState>,
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<FullOrder>> {
    let mut query = orders::table
        .filter(orders::customer_id.eq(customer))
        .order(orders::id.desc())
        .limit(limit)
        .select(FullOrder::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(orders::state.eq(state));
    }
    if let Some(before) = before {
        query = query.filter(orders::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// A line as it was frozen.
#[derive(Queryable, Selectable)]
#[diesel(table_name = order_lines)]
pub(super) struct LineRow {
    pub(super) order_id: OrderId,
    pub(super) sku_id: SkuId,
    pub(super) product_id: ProductId,
    pub(super) sku_code: String,
    pub(super) name_zh: String,
    pub(super) name_ko: String,
    pub(super) name_en: String,
    pub(super) spec_zh: String,
    pub(super) spec_ko: String,
    pub(super) spec_en: String,
    pub(super) image: String,
    pub(super) unit_price_fen: Fen,
    pub(super) quantity: i64,
    pub(super) line_fen: Fen,
    pub(super) tax_fen: Fen,
}

/// Lines of one order, at most 50.
pub(super) fn lines_of(conn: &mut DbConn, id: OrderId) -> Result<Vec<LineRow>> {
    Ok(order_lines::table
        .filter(order_lines::order_id.eq(id))
        .order(order_lines::id)
        .limit(50)
        .select(LineRow::as_select())
        .load(conn)?)
}

/// Lines of some orders, at most 50 an order.
pub(super) fn lines(conn: &mut DbConn, ids: &[OrderId]) -> Result<Vec<LineRow>> {
    let limit = i64::try_from(ids.len()).unwrap_or(i64::MAX).saturating_mul(50);
    Ok(order_lines::table
        .filter(order_lines::order_id.eq_any(ids))
        .order((order_lines::order_id, order_lines::id))
        .limit(limit)
        .select(LineRow::as_select())
        .load(conn)?)
}

/// A step of the timeline.
#[derive(Queryable, Selectable)]
#[diesel(table_name = order_events)]
pub(super) struct EventRow {
    pub(super) kind: EventKind,
    pub(super) actor: Actor,
    pub(super) to_state: Option<OrderState>,
    pub(super) amount_fen: Option<Fen>,
    pub(super) at: Timestamp,
}

/// The timeline, oldest first, at most 200 steps.
pub(super) fn events(conn: &mut DbConn, id: OrderId) -> Result<Vec<EventRow>> {
    Ok(order_events::table
        .filter(order_events::order_id.eq(id))
        .order(order_events::id)
        .limit(200)
        .select(EventRow::as_select())
        .load(conn)?)
}
