//! Rows of stock and its ledger.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Discrepancy, MoveKind};
use crate::base::clock::Timestamp;
use crate::base::db::schema::{stock, stock_moves};
use crate::base::db::{DbConn, Tx, on_backend};
use crate::base::error::Result;
use crate::base::ids::SkuId;

/// More SKUs than the snapshot is made for.
const SKUS_MAX: i64 = 100_000;

/// From one counter to another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shift {
    Reserve,
    Release,
    Sell,
}

/// Moves pieces between counters if the one they leave has them: `false` if it has not, and nothing is changed.
pub(super) fn shift(tx: &mut Tx, shift: Shift, sku_id: SkuId, quantity: i64) -> Result<bool> {
    let row = stock::table.filter(stock::sku_id.eq(sku_id));
    let moved = match shift {
        Shift::Reserve => tx.execute(
            diesel::update(row.filter(stock::available.ge(quantity)))
                .set((stock::available.eq(stock::available - quantity), stock::held.eq(stock::held + quantity))),
        )?,
        Shift::Release => tx.execute(
            diesel::update(row.filter(stock::held.ge(quantity)))
                .set((stock::held.eq(stock::held - quantity), stock::available.eq(stock::available + quantity))),
        )?,
        Shift::Sell => tx.execute(
            diesel::update(row.filter(stock::held.ge(quantity)))
                .set((stock::held.eq(stock::held - quantity), stock::sold.eq(stock::sold + quantity))),
        )?,
    };
    Ok(moved == 1)
}

/// None of a SKU that never had stock.
pub(super) fn available_of(conn: &mut DbConn, sku_id: SkuId) -> Result<i64> {
    let available = conn.row(stock::table.find(sku_id).select(stock::available))?;
    Ok(available.unwrap_or(0))
}

/// What is left of every SKU, in id order. For showing only: an order is decided by [`reserve`](super::reserve).
pub fn availability(conn: &mut DbConn) -> Result<Vec<(SkuId, i64)>> {
    conn.rows(stock::table.select((stock::sku_id, stock::available)).order(stock::sku_id).limit(SKUS_MAX))
}

/// The counters of a new SKU; `false` if it has them.
pub(super) fn open(tx: &mut Tx, sku_id: SkuId, quantity: i64) -> Result<bool> {
    let row = (stock::sku_id.eq(sku_id), stock::available.eq(quantity), stock::held.eq(0_i64), stock::sold.eq(0_i64));
    Ok(tx.execute(diesel::insert_into(stock::table).values(row).on_conflict_do_nothing())? == 1)
}

/// One statement for all lines; a single line goes by one that is prepared already.
pub(super) fn record(
    tx: &mut Tx,
    kind: MoveKind,
    order_no: Option<&str>,
    lines: &[(SkuId, i64)],
    at: Timestamp,
) -> Result<()> {
    let row = |&(sku_id, quantity): &(SkuId, i64)| {
        (
            stock_moves::sku_id.eq(sku_id),
            stock_moves::kind.eq(kind),
            stock_moves::quantity.eq(quantity),
            stock_moves::order_no.eq(order_no),
            stock_moves::at.eq(at),
        )
    };
    let insert = diesel::insert_into(stock_moves::table);
    if let [line] = lines {
        tx.execute(insert.values(row(line)))?;
        return Ok(());
    }
    let rows: Vec<_> = lines.iter().map(row).collect();
    on_backend!(tx.conn(), |c| insert.values(&rows).execute(c))?;
    Ok(())
}

/// PostgreSQL sums BIGINT to NUMERIC, hence the casts. Also finds moves of a SKU that has no counters.
const DISCREPANCIES: &str = "\
    SELECT * FROM ( \
        SELECT ids.sku_id AS sku_id, \
            COALESCE(stock.available, 0) AS available, COALESCE(stock.held, 0) AS held, \
            COALESCE(stock.sold, 0) AS sold, \
            CAST(COALESCE(SUM(CASE WHEN moves.kind IN ('initial', 'adjust') THEN moves.quantity END), 0) AS BIGINT) \
                AS received, \
            CAST(COALESCE(SUM(CASE WHEN moves.kind = 'hold' THEN moves.quantity \
                WHEN moves.kind IN ('release', 'sell') THEN -moves.quantity END), 0) AS BIGINT) AS moved_to_held, \
            CAST(COALESCE(SUM(CASE WHEN moves.kind = 'sell' THEN moves.quantity END), 0) AS BIGINT) AS moved_to_sold \
        FROM (SELECT sku_id FROM stock UNION SELECT sku_id FROM stock_moves) AS ids \
        LEFT JOIN stock ON stock.sku_id = ids.sku_id \
        LEFT JOIN stock_moves AS moves ON moves.sku_id = ids.sku_id \
        GROUP BY ids.sku_id, stock.available, stock.held, stock.sold \
    ) AS counted \
    WHERE available + held + sold <> received OR held <> moved_to_held OR sold <> moved_to_sold \
        OR available < 0 OR held < 0 OR sold < 0 \
    ORDER BY sku_id LIMIT 1000";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    sku_id: SkuId,
    #[diesel(sql_type = BigInt)]
    available: i64,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = BigInt)]
    sold: i64,
    #[diesel(sql_type = BigInt)]
    received: i64,
    #[diesel(sql_type = BigInt)]
    moved_to_held: i64,
    #[diesel(sql_type = BigInt)]
    moved_to_sold: i64,
}

/// SKUs whose counters differ from the ledger; empty when all is well. At most 1,000.
pub fn audit(conn: &mut DbConn) -> Result<Vec<Discrepancy>> {
    let rows = on_backend!(conn, |c| diesel::sql_query(DISCREPANCIES).load::<Counted>(c))?;
    let discrepancy = |row: Counted| Discrepancy {
        sku_id: row.sku_id,
        available: row.available,
        held: row.held,
        sold: row.sold,
        received: row.received,
        moved_to_held: row.moved_to_held,
        moved_to_sold: row.moved_to_sold,
    };
    Ok(rows.into_iter().map(discrepancy).collect())
}

/// A move of the past, for the seeder.
#[derive(Insertable)]
#[diesel(table_name = stock_moves, treat_none_as_default_value = false)]
pub(crate) struct NewMove {
    pub(crate) sku_id: SkuId,
    pub(crate) kind: MoveKind,
    pub(crate) quantity: i64,
    pub(crate) order_no: Option<String>,
    pub(crate) at: Timestamp,
}

/// Moves of the past, for the seeder.
pub(crate) fn insert_moves(tx: &mut Tx, rows: &[NewMove]) -> Result<()> {
    on_backend!(tx.conn(), |c| diesel::insert_into(stock_moves::table).values(rows).execute(c))?;
    Ok(())
}

/// Pieces that came in and were sold long ago; what is available stays as it is.
pub(crate) fn receive_and_sell(tx: &mut Tx, sold: &[(SkuId, i64)], at: Timestamp) -> Result<()> {
    for &(sku_id, quantity) in sold {
        tx.execute(diesel::update(stock::table.find(sku_id)).set(stock::sold.eq(stock::sold + quantity)))?;
    }
    let received = |&(sku_id, quantity): &_| NewMove { sku_id, kind: MoveKind::Adjust, quantity, order_no: None, at };
    insert_moves(tx, &sold.iter().map(received).collect::<Vec<_>>())
}
