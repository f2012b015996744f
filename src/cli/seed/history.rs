//! `seed --orders N`: finished orders of years past, so that it can be seen how the shop behaves when it has many.
//!
//! Nine of ten were paid and are completed, the tenth ran out of time; ten orders a buyer on the average. Lines, timeline,
//! payment and stock moves are there and the books add up. What a paid order leaves only for a while is not: jobs and
//! idempotency keys are deleted, and notifies, sessions and addresses have no place in the sums.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::base::clock::{Clock, Timestamp};
use crate::base::db::{Db, Rx, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids::{CustomerId, OrderId, SkuId, new_order_no, random_letters};
use crate::base::money::Fen;
use crate::domain::customers;
use crate::domain::orders::{
    self, Actor, CancelReason, Consignee, EventKind, LineRow, NewEvent, OrderContent, OrderState, PAY_WITHIN, Place,
    TRADE_KEPT,
};
use crate::domain::payments::{self, PastPayment};
use crate::domain::pricing::{self, Item, Quote};
use crate::domain::stock;
use crate::flows::place_order::frozen;
use crate::platform::sealing::{DataKey, Sealer, Subject};

/// Orders of one transaction. More than a bulk write may hold beside a running shop (200 rows): this is for a database that
/// nobody serves, and a commit for every 20 orders would take most of the time.
const CHUNK: u64 = 500;
const ORDERS_OF_A_BUYER: u64 = 10;
/// One order in so many was never paid.
const EXPIRED_ONE_IN: u64 = 10;
/// The last order was placed yesterday, the first one so long before.
const UNTIL: Duration = Duration::from_hours(24);
const SPAN: Duration = Duration::from_hours(2 * 365 * 24);
const PAID_AFTER: Duration = Duration::from_mins(2);
/// Different baskets; each is one to three SKUs.
const BASKETS: usize = 97;
/// Province, city, district and region code of the buyers.
const PLACES: [(&str, &str, &str, &str); 3] = [
    ("山东省", "临沂市", "兰山区", "371302"),
    ("上海市", "上海市", "浦东新区", "310115"),
    ("广东省", "广州市", "天河区", "440106"),
];

/// Adds `orders` finished orders to a database that has the demo catalogue. Each chunk is whole: a run that is cut off leaves
/// books that add up.
pub(crate) async fn add_orders(db: &Db, sealer: &Arc<Sealer>, clock: &Clock, orders: u64) -> Result<()> {
    let baskets = db.read(baskets).await?;
    let now = clock.timestamp();
    let mut done = 0;
    while done < orders {
        let size = CHUNK.min(orders - done);
        let times = (done..done + size).map(|index| placed_at(now, index, orders));
        let chunk = Chunk::make(&baskets, times)?;
        let sealer = Arc::clone(sealer);
        db.write_bulk(move |tx| chunk.write(tx, &sealer, now)).await?;
        done += size;
    }
    Ok(())
}

/// Evenly over the time, oldest first.
fn placed_at(now: Timestamp, index: u64, orders: u64) -> Timestamp {
    let span = u64::try_from(SPAN.as_millis()).unwrap_or(u64::MAX);
    let age = span - span.saturating_mul(index) / orders.max(1);
    now.minus(UNTIL + Duration::from_millis(age))
}

/// What was bought, priced as the shop prices it today. That there may be no stock today is no matter.
fn baskets(rx: &mut Rx) -> Result<Vec<(Quote, usize)>> {
    let skus: Vec<SkuId> = stock::availability(rx)?.into_iter().map(|(sku_id, _)| sku_id).collect();
    if skus.is_empty() {
        return Err(Error::internal("there is nothing to buy: seed the catalogue first"));
    }
    let mut baskets = Vec::with_capacity(BASKETS);
    for basket in 0..BASKETS {
        let picked = (0..=basket % 3).map(|line| skus[(basket * 5 + line * 11) % skus.len()]);
        let items: Vec<Item> = picked.map(|sku_id| Item { sku_id, quantity: 1 }).collect();
        let place = basket % PLACES.len();
        baskets.push((pricing::quote(rx, &items, PLACES[place].3, true)?, place));
    }
    Ok(baskets)
}

/// Orders and their buyers, all of it made before the transaction but the ids.
struct Chunk {
    openids: Vec<String>,
    first_seen: Timestamp,
    orders: Vec<Past>,
}

struct Past {
    order_no: String,
    quote: Quote,
    place: usize,
    placed_at: Timestamp,
    paid: bool,
}

impl Chunk {
    fn make(baskets: &[(Quote, usize)], times: impl Iterator<Item = Timestamp>) -> Result<Self> {
        let mut orders = Vec::new();
        for (index, placed_at) in (0_u64..).zip(times) {
            let order_no = new_order_no(placed_at.utc())?;
            let drawn = usize::try_from(draw(&order_no)).unwrap_or_default() % baskets.len();
            let (quote, place) = &baskets[drawn];
            orders.push(Past {
                order_no,
                quote: quote.clone(),
                place: *place,
                placed_at,
                paid: index % EXPIRED_ONE_IN != EXPIRED_ONE_IN - 1,
            });
        }
        let buyers = (orders.len() as u64).div_ceil(ORDERS_OF_A_BUYER);
        let openids = (0..buyers).map(|_| Ok(format!("past-{}", random_letters(23)?))).collect::<Result<_>>()?;
        let first_seen = orders.first().map(|past| past.placed_at).ok_or_else(|| Error::internal("no orders"))?;
        Ok(Self { openids, first_seen, orders })
    }

    fn write(&self, tx: &mut Tx, sealer: &Sealer, now: Timestamp) -> Result<()> {
        let buyers = customers::insert_past(tx, &self.openids, self.first_seen)?;
        let buyer = |index: usize| &buyers[index % buyers.len()];
        let mut rows = Vec::with_capacity(self.orders.len());
        let mut sealed = Vec::new();
        for (index, past) in self.orders.iter().enumerate() {
            let (customer, openid) = buyer(index);
            // What was never paid was wiped long ago.
            let mut consignee_sealed = Vec::new();
            if past.paid {
                let key = sealer.key_of(tx, Subject::Trade(past.paid_at()), now)?;
                consignee_sealed = seal_consignee(&key, &past.order_no)?;
                sealed.push(payments::seal_request(&key, &past.order_no, &past.request(openid))?);
            }
            rows.push(past.row(*customer, consignee_sealed));
        }
        let ids: Ids = orders::insert_many(tx, &rows)?.into_iter().collect();
        let mut sealed = sealed.into_iter();
        let id_of = |past: &Past| {
            ids.get(&past.order_no).copied().ok_or_else(|| Error::internal("an order vanished while it was written"))
        };
        let mut lines = Vec::new();
        let mut events = Vec::new();
        let mut payments = Vec::new();
        for (index, past) in self.orders.iter().enumerate() {
            let id = id_of(past)?;
            lines.extend(past.quote.lines.iter().map(|line| LineRow { order_id: id, content: frozen(line.clone()) }));
            events.extend(past.timeline(id));
            if past.paid {
                payments.push(past.payment(id, &buyer(index).1, sealed.next().unwrap_or_default())?);
            }
        }
        orders::insert_lines(tx, &lines)?;
        orders::insert_events(tx, &events)?;
        payments::insert_past(tx, &payments)?;
        self.write_stock(tx)
    }

    /// What was sold had come in before: counters and moves of each SKU grow alike.
    fn write_stock(&self, tx: &mut Tx) -> Result<()> {
        let mut sold: BTreeMap<SkuId, i64> = BTreeMap::new();
        let mut moves = Vec::new();
        for past in &self.orders {
            for line in &past.quote.lines {
                moves.extend(past.moves(line.sku_id, line.quantity));
                if past.paid {
                    *sold.entry(line.sku_id).or_default() += line.quantity;
                }
            }
        }
        let sold: Vec<(SkuId, i64)> = sold.into_iter().collect();
        stock::receive_and_sell(tx, &sold, self.first_seen)?;
        stock::insert_moves(tx, &moves)
    }
}

/// A number that differs from order to order, for what need not be secret.
fn draw(order_no: &str) -> u64 {
    order_no.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

fn seal_consignee(key: &DataKey, order_no: &str) -> Result<Vec<u8>> {
    let tail = draw(order_no) % 100_000_000;
    let consignee = Consignee {
        name: "王小明".into(),
        phone: format!("138{tail:08}"),
        detail: "世纪大道 100 号".into(),
        remark: String::new(),
    };
    orders::seal_consignee(key, order_no, &consignee)
}

impl Past {
    fn paid_at(&self) -> Timestamp {
        self.placed_at.plus(PAID_AFTER)
    }

    fn expires_at(&self) -> Timestamp {
        self.placed_at.plus(PAY_WITHIN)
    }

    fn row(&self, customer_id: CustomerId, consignee_sealed: Vec<u8>) -> OrderContent {
        let (province, city, district, region_code) = PLACES[self.place];
        OrderContent {
            order_no: self.order_no.clone(),
            customer_id,
            state: if self.paid { OrderState::Completed } else { OrderState::Cancelled },
            hold: None,
            sums: self.quote.sums,
            paid_fen: if self.paid { self.quote.sums.payable_fen } else { Fen::ZERO },
            refund_committed_fen: Fen::ZERO,
            refunded_fen: Fen::ZERO,
            notice_version: self.quote.notice_version.clone(),
            scene: None,
            place: Place {
                province: province.into(),
                city: city.into(),
                district: district.into(),
                region_code: region_code.into(),
            },
            consignee_sealed,
            identity_sealed: None,
            supervision: self.quote.supervision,
            placed_at: self.placed_at,
            expires_at: self.expires_at(),
            payment_opened_at: self.paid.then(|| self.placed_at.plus(PAID_AFTER / 2)),
            paid_at: self.paid.then(|| self.paid_at()),
            cancelled_at: (!self.paid).then(|| self.expires_at()),
            cancel_reason: (!self.paid).then_some(CancelReason::Expired),
            wipe_after: self.paid.then(|| self.paid_at().plus(TRADE_KEPT)),
        }
    }

    fn timeline(&self, id: OrderId) -> [NewEvent; 2] {
        let placed = NewEvent {
            order_id: id,
            kind: EventKind::Placed,
            actor: Actor::Customer,
            from_state: None,
            to_state: Some(OrderState::PendingPayment),
            amount_fen: None,
            at: self.placed_at,
        };
        let from_state = placed.to_state;
        let ended = if self.paid {
            NewEvent {
                kind: EventKind::Paid,
                actor: Actor::Wechat,
                from_state,
                to_state: Some(OrderState::Paid),
                amount_fen: Some(self.quote.sums.payable_fen),
                at: self.paid_at(),
                ..placed
            }
        } else {
            NewEvent {
                kind: EventKind::Expired,
                actor: Actor::System,
                from_state,
                to_state: Some(OrderState::Cancelled),
                at: self.expires_at(),
                ..placed
            }
        };
        [placed, ended]
    }

    fn request(&self, openid: &str) -> Vec<u8> {
        let request = json!({ "out_trade_no": self.order_no, "description": format!("军浦馆订单 {}", self.order_no),
            "amount": { "total": self.quote.sums.payable_fen, "currency": "CNY" }, "payer": { "openid": openid } });
        request.to_string().into_bytes()
    }

    fn payment(&self, id: OrderId, openid: &str, request: Vec<u8>) -> Result<PastPayment> {
        Ok(PastPayment {
            order_id: id,
            out_trade_no: self.order_no.clone(),
            payer_openid: openid.to_owned(),
            amount_fen: self.quote.sums.payable_fen,
            state: payments::PaymentState::Paid,
            request,
            prepay_id: format!("wx{}", random_letters(34)?),
            prepaid_at: self.placed_at.plus(PAID_AFTER / 2),
            transaction_id: format!("42{:026}", id.0),
            success_at: self.paid_at(),
            call_generation: 1,
            opened_at: self.placed_at.plus(PAID_AFTER / 2),
        })
    }

    fn moves(&self, sku_id: SkuId, quantity: i64) -> [stock::NewMove; 2] {
        let (end, at) = if self.paid {
            (stock::MoveKind::Sell, self.paid_at())
        } else {
            (stock::MoveKind::Release, self.expires_at())
        };
        let moved = |kind, at| stock::NewMove { sku_id, kind, quantity, order_no: Some(self.order_no.clone()), at };
        [moved(stock::MoveKind::Hold, self.placed_at), moved(end, at)]
    }
}

/// Orders by number.
type Ids = HashMap<String, OrderId>;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use secrecy::SecretBox;

    use super::*;
    use crate::base::config::DataKeys;
    use crate::base::db::testing::TestDb;
    use crate::base::text::Lang;
    use crate::flows::close_account::copy_of_orders;

    #[test]
    fn the_books_of_past_orders_add_up_and_their_buyers_can_read_them() {
        let test = TestDb::new();
        let media = tempfile::tempdir().unwrap();
        test.wait(super::super::seed(&test.db, &test.clock, media.path())).unwrap();
        let key = || SecretBox::new(Box::new(*b"0123456789abcdefghijklmnopqrstuv"));
        let sealer = Arc::new(Sealer::new(&DataKeys { sealing: vec![("t1".into(), key())], index: key() }).unwrap());
        // Twice: a second run finds numbers that are taken.
        for _ in 0..2 {
            test.wait(add_orders(&test.db, &sealer, &test.clock, CHUNK + 20)).unwrap();
        }
        let faults = test.wait(test.db.read(|rx| stock::audit(rx))).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        let copied =
            test.wait(test.db.read(move |rx| copy_of_orders(rx, &sealer, CustomerId(1), 100, Lang::Zh))).unwrap();
        let states: Vec<_> = copied.0.iter().map(|order| order["state"].as_str().unwrap()).collect();
        assert_eq!((states.len(), copied.0[0]["consignee"]["name"].as_str()), (10, Some("王小明")));
        assert!(states.contains(&"completed"));
        let counted = test.wait(test.db.read(|rx| orders::counted(rx))).unwrap();
        assert_eq!(
            counted,
            (i64::try_from(2 * (CHUNK + 20)).unwrap(), 0),
            "orders, and orders whose money is not right"
        );
    }
}
