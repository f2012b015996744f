//! Rows of past orders, many a statement. Where `None` could mean a default, Diesel would insert row by row in a transaction of its
//! own, which can't be within the writer's.

use diesel::prelude::*;

use super::Ids;
use crate::clock::Timestamp;
#[cfg(test)]
use crate::db::DbConn;
use crate::db::schema::{customers, order_events, order_lines, orders, payments, stock, stock_moves};
use crate::db::{Tx, on_backend};
use crate::error::Result;
use crate::ids::{CustomerId, OrderId, SkuId};
use crate::money::Fen;
use crate::orders::{CancelReason, NewEvent, NewLine, OrderState};
use crate::payments::PaymentState;

/// New buyers, with their openids.
pub(super) fn insert_customers(tx: &mut Tx, openids: &[String], at: Timestamp) -> Result<Vec<(CustomerId, String)>> {
    let row = |openid| (customers::openid.eq(openid), customers::created_at.eq(at), customers::last_login_at.eq(at));
    let rows: Vec<_> = openids.iter().map(row).collect();
    on_backend!(&mut **tx, |c| diesel::insert_into(customers::table).values(&rows).execute(c))?;
    let new = customers::table.filter(customers::openid.eq_any(openids));
    Ok(new.order(customers::id).select((customers::id, customers::openid)).load(&mut **tx)?)
}

#[derive(Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
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
    pub(super) province: &'a str,
    pub(super) city: &'a str,
    pub(super) district: &'a str,
    pub(super) region_code: &'a str,
    pub(super) consignee_sealed: &'a [u8],
    pub(super) placed_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) payment_opened_at: Option<Timestamp>,
    pub(super) paid_at: Option<Timestamp>,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) cancel_reason: Option<CancelReason>,
}

pub(super) fn insert_orders(tx: &mut Tx, rows: &[NewOrder]) -> Result<Ids> {
    on_backend!(&mut **tx, |c| diesel::insert_into(orders::table).values(rows).execute(c))?;
    let numbers: Vec<&str> = rows.iter().map(|row| row.order_no).collect();
    let new = orders::table.filter(orders::order_no.eq_any(numbers)).order(orders::id);
    let ids: Vec<(String, OrderId)> = new.select((orders::order_no, orders::id)).load(&mut **tx)?;
    Ok(ids.into_iter().collect())
}

pub(super) fn insert_lines(tx: &mut Tx, rows: &[NewLine]) -> Result<()> {
    on_backend!(&mut **tx, |c| diesel::insert_into(order_lines::table).values(rows).execute(c))?;
    Ok(())
}

pub(super) fn insert_events(tx: &mut Tx, rows: &[NewEvent]) -> Result<()> {
    on_backend!(&mut **tx, |c| diesel::insert_into(order_events::table).values(rows).execute(c))?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = payments, treat_none_as_default_value = false)]
pub(super) struct NewPayment {
    pub(super) order_id: OrderId,
    pub(super) out_trade_no: String,
    pub(super) payer_openid: String,
    pub(super) amount_fen: Fen,
    pub(super) state: PaymentState,
    pub(super) request: Vec<u8>,
    pub(super) prepay_id: String,
    pub(super) prepaid_at: Timestamp,
    pub(super) transaction_id: String,
    pub(super) success_at: Timestamp,
    pub(super) call_generation: i64,
    pub(super) opened_at: Timestamp,
}

pub(super) fn insert_payments(tx: &mut Tx, rows: &[NewPayment]) -> Result<()> {
    on_backend!(&mut **tx, |c| diesel::insert_into(payments::table).values(rows).execute(c))?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = stock_moves, treat_none_as_default_value = false)]
pub(super) struct NewMove {
    pub(super) sku_id: SkuId,
    /// A word of `stock`'s own enum, which stays inside that domain; the table's CHECK knows them.
    pub(super) kind: &'static str,
    pub(super) quantity: i64,
    pub(super) order_no: Option<String>,
    pub(super) at: Timestamp,
}

pub(super) fn insert_moves(tx: &mut Tx, rows: &[NewMove]) -> Result<()> {
    on_backend!(&mut **tx, |c| diesel::insert_into(stock_moves::table).values(rows).execute(c))?;
    Ok(())
}

/// Pieces that came in and were sold; what is available stays as it is.
pub(super) fn receive_and_sell(tx: &mut Tx, sold: &[(SkuId, i64)], at: Timestamp) -> Result<()> {
    for &(sku_id, quantity) in sold {
        diesel::update(stock::table.find(sku_id)).set(stock::sold.eq(stock::sold + quantity)).execute(&mut **tx)?;
    }
    let received = |&(sku_id, quantity): &_| NewMove { sku_id, kind: "adjust", quantity, order_no: None, at };
    insert_moves(tx, &sold.iter().map(received).collect::<Vec<_>>())
}

/// All orders, and those whose money is not what their state says.
#[cfg(test)]
pub(super) fn counted(conn: &mut DbConn) -> Result<(i64, i64)> {
    let paid = orders::state.eq(OrderState::Completed).and(orders::paid_fen.ne(orders::payable_fen));
    let unpaid = orders::state.eq(OrderState::Cancelled).and(orders::paid_fen.ne(Fen::ZERO));
    let wrong = orders::table.filter(paid.or(unpaid)).count().get_result(conn)?;
    Ok((orders::table.count().get_result(conn)?, wrong))
}
