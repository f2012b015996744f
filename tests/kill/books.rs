//! What must hold when the dust has settled: the shop's books, WeChat's books and what was acknowledged agree.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Add, AddAssign};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use gunpo_mall::base::db::schema::{orders, payments, refunds, wechat_notifies};
use gunpo_mall::domain::{cases, stock};
use gunpo_mall::platform::jobs;
use mock_wechat::Ledger;

use crate::world::World;

/// Longest wait for the shop to come to rest, in real time.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was survived.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Total {
    pub(crate) deaths: u64,
    pub(crate) orders: usize,
    pub(crate) paid: usize,
    pub(crate) notifies: usize,
}

impl Add for Total {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            deaths: self.deaths + other.deaths,
            orders: self.orders + other.orders,
            paid: self.paid + other.paid,
            notifies: self.notifies + other.notifies,
        }
    }
}

impl AddAssign for Total {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Time passes until no job waits and every notify is delivered.
pub(crate) async fn rest(world: &World) {
    let patience = Instant::now() + PATIENCE;
    let mut looks = 0;
    loop {
        let db = world.look();
        let left = db.read(|rx| jobs::waiting(rx)).await.unwrap();
        let sent = world.ledger().await.notifies.iter().all(|notify| notify.delivered);
        if left.is_empty() && sent {
            return;
        }
        assert!(Instant::now() < patience, "never at rest; jobs {left:#?}\nnotifies sent: {sent}\n{}", world.log());
        tokio::time::sleep(Duration::from_millis(30)).await;
        looks += 1;
        if looks % 10 == 0 {
            world.advance_s(60).await;
        }
    }
}

/// Everything; panics with what does not hold.
pub(crate) async fn check(world: &World) -> Total {
    let ledger = world.ledger().await;
    let db = world.look();
    let discrepancies = db.read(|rx| stock::audit(rx)).await.unwrap();
    assert!(discrepancies.is_empty(), "stock does not add up: {discrepancies:#?}");
    let open = db.read(|rx| cases::list_open(rx)).await.unwrap();
    assert!(open.is_empty(), "a person would have to look: {open:#?}\n{}", world.log());
    let rows = db.read(|rx| Ok(Rows::load(rx)?)).await.unwrap();
    rows.agree_with(&ledger);
    let log = world.log();
    assert!(!log.contains("panicked"), "{log}");
    let doctor = world.command(&["doctor"]).status().unwrap();
    assert!(doctor.success(), "doctor finds faults:\n{}", world.log());
    let paid = rows.orders.iter().filter(|order| order.1 == "paid").count();
    Total { deaths: world.deaths.get(), orders: rows.orders.len(), paid, notifies: rows.notifies.len() }
}

/// Our number -> (WeChat's number, fen, state)
type Book = BTreeMap<String, (Option<String>, i64, String)>;
type Row = (String, Option<String>, i64, String);
/// `order_no`, state, payable, paid, refunded
type OrderRow = (String, String, i64, i64, i64);

struct Rows {
    orders: Vec<OrderRow>,
    payments: Vec<Row>,
    refunds: Vec<Row>,
    notifies: BTreeSet<String>,
}

impl Rows {
    fn load(conn: &mut gunpo_mall::base::db::DbConn) -> QueryResult<Self> {
        let columns = (orders::order_no, orders::state, orders::payable_fen, orders::paid_fen, orders::refunded_fen);
        let orders = orders::table.order(orders::id).select(columns).load(conn)?;
        let columns = (payments::out_trade_no, payments::transaction_id, payments::amount_fen, payments::state);
        let payments = payments::table.order(payments::id).select(columns).load(conn)?;
        let columns = (refunds::out_refund_no, refunds::refund_id, refunds::amount_fen, refunds::state);
        let refunds = refunds::table.order(refunds::id).select(columns).load(conn)?;
        let notifies: Vec<String> =
            wechat_notifies::table.order(wechat_notifies::id).select(wechat_notifies::notify_id).load(conn)?;
        Ok(Self { orders, payments, refunds, notifies: notifies.into_iter().collect() })
    }

    fn agree_with(&self, ledger: &Ledger) {
        let theirs: Book = ledger
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
        let mut ours = book(&self.payments);
        ours.retain(|number, (_, _, state)| theirs.contains_key(number) || state == "paid");
        assert_eq!(ours, theirs, "the shop's payments (left) are not WeChat's (right)");

        let theirs: Book = ledger
            .refunds
            .iter()
            .map(|refund| {
                let state = if refund.status == "SUCCESS" { "succeeded" } else { refund.status.as_str() };
                (refund.out_refund_no.clone(), (Some(refund.refund_id.clone()), refund.amount_fen, state.to_owned()))
            })
            .collect();
        assert_eq!(book(&self.refunds), theirs, "the shop's refunds (left) are not WeChat's (right)");
        let refunded: BTreeSet<_> = ledger.refunds.iter().map(|refund| &refund.out_trade_no).collect();
        assert_eq!(refunded.len(), ledger.refunds.len(), "a late payment goes back once");

        for notify in ledger.notifies.iter().filter(|notify| notify.delivered) {
            assert!(self.notifies.contains(&notify.id), "notify {} was acknowledged and is not there", notify.id);
        }
        for (order_no, state, payable, paid, refunded) in &self.orders {
            let fine = match state.as_str() {
                "paid" => paid == payable && *refunded == 0,
                "cancelled" => paid == refunded,
                _ => false,
            };
            assert!(fine, "{order_no} is {state} with payable {payable}, paid {paid}, refunded {refunded}");
        }
    }
}

fn book(rows: &[Row]) -> Book {
    rows.iter().cloned().map(|(number, theirs, fen, state)| (number, (theirs, fen, state))).collect()
}
