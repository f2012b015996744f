//! What must hold after every test, whatever it did: most faults show here, not in a status code.

use std::collections::BTreeMap;

use diesel::prelude::*;
use gunpo_mall::base::db::schema::{order_lines, orders, payments, refunds, stock as stock_table};
use gunpo_mall::domain::{cases, stock};
use gunpo_mall::platform::jobs;

use super::TestShop;

pub(crate) async fn check(shop: &TestShop) {
    let dead = shop.app.db.read(|rx| jobs::list(rx, Some(jobs::JobState::Dead))).await.unwrap();
    assert!(dead.is_empty(), "dead jobs: {dead:#?}");
    let discrepancies = shop.app.db.read(|rx| stock::audit(rx)).await.unwrap();
    assert!(discrepancies.is_empty(), "stock does not add up: {discrepancies:#?}");
    stock_agrees_with_orders(shop).await;
    nothing_hangs(shop).await;
    ledgers_agree(shop).await;
    money_agrees(shop).await;
}

/// What is held and sold is what orders say, not only what the stock's own ledger says.
async fn stock_agrees_with_orders(shop: &TestShop) {
    let (counters, lines) = shop
        .app
        .db
        .read(|rx| {
            let counters: Vec<(i64, i64, i64)> = stock_table::table
                .order(stock_table::sku_id)
                .select((stock_table::sku_id, stock_table::held, stock_table::sold))
                .load(rx.conn())?;
            let lines: Vec<(i64, i64, String)> = order_lines::table
                .inner_join(orders::table)
                .order(order_lines::id)
                .select((order_lines::sku_id, order_lines::quantity, orders::state))
                .load(rx.conn())?;
            Ok((counters, lines))
        })
        .await
        .unwrap();
    let sum = |sku: i64, wanted: &dyn Fn(&str) -> bool| -> i64 {
        lines.iter().filter(|(id, _, state)| *id == sku && wanted(state)).map(|(_, quantity, _)| quantity).sum()
    };
    for (sku, held, sold) in counters {
        let expected = (
            sum(sku, &|state| state == "pending_payment"),
            sum(sku, &|state| !["pending_payment", "cancelled"].contains(&state)),
        );
        assert_eq!((held, sold), expected, "held and sold of SKU {sku} are not what orders say");
    }
}

/// When all has come to rest, no order waits and no refund is under way.
async fn nothing_hangs(shop: &TestShop) {
    let (orders, refunds) = shop
        .app
        .db
        .read(|rx| {
            let waiting: Vec<String> = orders::table
                .filter(orders::state.eq("pending_payment"))
                .order(orders::id)
                .select(orders::order_no)
                .load(rx.conn())?;
            let open: Vec<String> = refunds::table
                .filter(refunds::state.eq_any(["requested", "processing"]))
                .order(refunds::id)
                .select(refunds::out_refund_no)
                .load(rx.conn())?;
            Ok((waiting, open))
        })
        .await
        .unwrap();
    assert!(orders.is_empty() && refunds.is_empty(), "still open at rest: orders {orders:?}, refunds {refunds:?}");
}

/// `out_trade_no` or `out_refund_no` -> (WeChat's number, fen, state)
type Books = BTreeMap<String, (Option<String>, i64, String)>;

async fn ledgers_agree(shop: &TestShop) {
    let (paid, refunded) = shop
        .app
        .db
        .read(|rx| {
            let paid: Vec<(String, Option<String>, i64, String)> = payments::table
                .order(payments::id)
                .select((payments::out_trade_no, payments::transaction_id, payments::amount_fen, payments::state))
                .load(rx.conn())?;
            let refunded: Vec<(String, Option<String>, i64, String)> = refunds::table
                .order(refunds::id)
                .select((refunds::out_refund_no, refunds::refund_id, refunds::amount_fen, refunds::state))
                .load(rx.conn())?;
            Ok((paid, refunded))
        })
        .await
        .unwrap();
    let books = |rows: Vec<(String, Option<String>, i64, String)>| -> Books {
        rows.into_iter().map(|(number, theirs, fen, state)| (number, (theirs, fen, state))).collect()
    };
    let ledger = shop.wechat.ledger();
    let theirs: Books = ledger
        .payments
        .iter()
        .map(|payment| {
            let state = match payment.trade_state.as_str() {
                "SUCCESS" | "REFUND" => "paid",
                "CLOSED" => "closed",
                _ => "open",
            };
            (payment.out_trade_no.clone(), (payment.transaction_id.clone(), payment.total_fen, state.to_owned()))
        })
        .collect();
    // A payment whose prepay never reached WeChat is ours alone, and must not be paid.
    let ours: Books = books(paid)
        .into_iter()
        .filter(|(number, (_, _, state))| theirs.contains_key(number) || state == "paid")
        .collect();
    assert_eq!(ours, theirs, "the shop's payments (left) are not WeChat's (right)");
    let theirs: Books = ledger
        .refunds
        .iter()
        .map(|refund| {
            let state = match refund.status.as_str() {
                "SUCCESS" => "succeeded",
                "ABNORMAL" => "abnormal",
                "CLOSED" => "closed",
                _ => "processing",
            };
            (refund.out_refund_no.clone(), (Some(refund.refund_id.clone()), refund.amount_fen, state.to_owned()))
        })
        .collect();
    assert_eq!(books(refunded), theirs, "the shop's refunds (left) are not WeChat's (right)");
}

/// What WeChat would not pay back (fen), by order, where a case tells a person of it.
async fn shown_to_a_person(shop: &TestShop) -> BTreeMap<String, i64> {
    let read = shop.app.db.read(|rx| {
        let shown: Vec<String> = cases::list_open(rx)?.into_iter().map(|case| case.subject).collect();
        let failed = refunds::table.inner_join(orders::table).filter(refunds::out_refund_no.eq_any(shown));
        let failed = failed.filter(refunds::state.eq_any(["abnormal", "closed"]));
        Ok(failed.select((orders::order_no, refunds::amount_fen)).load(rx.conn())?)
    });
    read.await.unwrap().into_iter().collect()
}

/// Paid money is on a paid order, has gone back whole, or is known to a person.
async fn money_agrees(shop: &TestShop) {
    let shown = shown_to_a_person(shop).await;
    let rows: Vec<(String, String, i64, i64, i64)> = shop
        .app
        .db
        .read(|rx| {
            Ok(orders::table
                .order(orders::id)
                .select((orders::order_no, orders::state, orders::payable_fen, orders::paid_fen, orders::refunded_fen))
                .load(rx.conn())?)
        })
        .await
        .unwrap();
    for (order_no, state, payable, paid, refunded) in rows {
        let fine = match state.as_str() {
            "pending_payment" => paid == 0 && refunded == 0,
            "cancelled" => paid == refunded + shown.get(&order_no).copied().unwrap_or_default(),
            _ => paid == payable && refunded <= paid,
        };
        assert!(fine, "{order_no} is {state} with payable {payable}, paid {paid}, refunded {refunded}");
    }
}
