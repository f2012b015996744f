//! Random `kill -9` while buyers order, pay, cancel and let orders lie, and WeChat notifies.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::backend::Backend;
use crate::books::{self, Total};
use crate::buyer::{Buyer, Placed, text};
use crate::life::cancel;
use crate::world::World;

/// Buyers at a time.
const BUYERS: u64 = 8;
/// Orders of one buyer.
const ORDERS_MAX: u64 = 5;
/// A killed shop may stay away this long, on its own clock (seconds).
const AWAY_MAX_S: u64 = 20;

/// What an order must have come to in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Paid,
    Cancelled,
}

/// Numbers that look random (`SplitMix64`), the same again from the same seed.
#[derive(Clone)]
pub(crate) struct Dice(Rc<Cell<u64>>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed)))
    }

    /// 0 to `below` - 1.
    pub(crate) fn roll(&self, below: u64) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

pub(crate) async fn kill_under_load(backend: Backend, kills: u64, seed: u64) -> Total {
    let world = World::new(backend).await;
    world.start(None).await;
    let dice = Dice::new(seed);
    let total = under_load(&world, BUYERS, &dice, kill(&world, kills, &dice)).await;
    assert_eq!(total.deaths, kills);
    world.end();
    total
}

/// Buyers shop while something is done to the shop or to its database; then all that was acknowledged must be there.
pub(crate) async fn under_load(world: &Rc<World>, buyers: u64, dice: &Dice, harm: impl Future<Output = ()>) -> Total {
    let stop = Rc::new(Cell::new(false));
    let buyers = (0..buyers).map(|n| shop_until(Rc::clone(world), n, dice.clone(), Rc::clone(&stop)));
    let harm = async {
        harm.await;
        stop.set(true);
    };
    let (customers, ()) = futures_util::future::join(join_all(buyers), harm).await;
    world.ready().await;
    for _ in 0..11 {
        world.advance_s(180).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    books::rest(world).await;
    let mut acknowledged = 0;
    for (buyer, placed) in customers.iter().flatten() {
        buyer.log_in().await;
        for (order, end) in placed {
            acknowledged += 1;
            let again = buyer.place(&order.key, &order.body).await.expect(201);
            assert_eq!(text(&again["order_no"]), order.order_no, "one key, one order");
            let state = text(&buyer.read(&order.order_no).await["state"]);
            let right = if *end == End::Paid { "paid" } else { "cancelled" };
            assert_eq!(state, right, "{}", order.order_no);
        }
    }
    let total = books::check(world).await;
    assert_eq!(total.orders, acknowledged, "one order for each key that was answered 201");
    total
}

/// Most kills hit a shop at work, some one that is just starting.
async fn kill(world: &World, kills: u64, dice: &Dice) {
    for killed in 0..kills {
        if dice.roll(4) > 0 {
            world.ready().await;
        }
        tokio::time::sleep(Duration::from_millis(dice.roll(500))).await;
        world.skip_s.set(dice.roll(AWAY_MAX_S));
        while world.deaths.get() == killed {
            // Again and again: between a death and the next start there is nobody to kill.
            world.kill();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A buyer and the orders that were acknowledged.
type Visit = (Buyer, Vec<(Placed, End)>);

/// One buyer after another until told to stop: a buyer may have few unpaid orders at a time.
async fn shop_until(world: Rc<World>, n: u64, dice: Dice, stop: Rc<Cell<bool>>) -> Vec<Visit> {
    let mut visits = Vec::new();
    while !stop.get() {
        visits.push(visit(&world, &format!("load-{n}-{}", visits.len()), &dice, &stop).await);
    }
    visits
}

async fn visit(world: &Rc<World>, name: &str, dice: &Dice, stop: &Cell<bool>) -> Visit {
    let buyer = Buyer::arrive(world, name).await;
    let list = buyer.send(Method::GET, "/api/v1/products?limit=100", None, None).await.expect(200);
    let slugs: Vec<String> = list["items"].as_array().unwrap().iter().map(|product| text(&product["slug"])).collect();
    let mut placed = Vec::new();
    for round in 0..ORDERS_MAX {
        if stop.get() {
            break;
        }
        let slug = &slugs[usize::try_from(dice.roll(slugs.len() as u64)).unwrap()];
        let product = buyer.send(Method::GET, &format!("/api/v1/products/{slug}"), None, None).await.expect(200);
        let sku = text(&product["skus"][0]["id"]);
        match buyer.try_order(&sku, &format!("{name}-{round}")).await {
            Ok(order) => {
                let end = story(&buyer, &order, dice).await;
                placed.push((order, end));
            }
            // Sold out, or for those with an identity only: no order.
            Err(refused) => assert_eq!(refused.status, 409, "{refused:?}"),
        }
    }
    (buyer, placed)
}

/// What a buyer does with an order, and what it must come to.
async fn story(buyer: &Buyer, order: &Placed, dice: &Dice) -> End {
    match dice.roll(10) {
        0..6 => {
            let params = buyer.post(&order.order_no, "pay").await.expect(200);
            assert_eq!(buyer.request_payment(params).await, "requestPayment:ok");
            if dice.roll(3) == 0 {
                buyer.post(&order.order_no, "payment/sync").await.expect(200);
            }
            End::Paid
        }
        6 | 7 => {
            buyer.post(&order.order_no, "pay").await.expect(200);
            cancel(buyer, order).await;
            if dice.roll(2) == 0 {
                let late = json!({ "out_trade_no": order.order_no, "force": true });
                buyer.world.wechat_post("pay-direct", &late).await;
            }
            End::Cancelled
        }
        8 => {
            buyer.post(&order.order_no, "pay").await.expect(200);
            End::Cancelled
        }
        _ => End::Cancelled,
    }
}
