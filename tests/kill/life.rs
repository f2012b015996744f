//! One life of a shop, in which every fail point is passed: whoever dies in it, it must end as if nobody had.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::books::{self, Total};
use crate::buyer::{Buyer, Placed, text};
use crate::world::World;

/// On sale with plenty of stock.
const PRODUCT: &str = "red-ginseng-stick";
/// Orders of one life.
const ORDERS: usize = 4;

/// `rounds` deaths at each point; a world of its own for each point, some side by side.
pub(crate) async fn die_everywhere(backend: Backend, points: &[&'static str], rounds: u64, lanes: u64) -> Total {
    let queue: Rc<RefCell<VecDeque<_>>> = Rc::new(RefCell::new(points.iter().copied().collect()));
    let lane = || async {
        let mut total = Total::default();
        loop {
            let next = queue.borrow_mut().pop_front();
            let Some(point) = next else { return total };
            total += die_at(backend, point, rounds).await;
        }
    };
    join_all((0..lanes).map(|_| lane())).await.into_iter().fold(Total::default(), |sum, of_lane| sum + of_lane)
}

async fn die_at(backend: Backend, point: &str, rounds: u64) -> Total {
    let world = World::new(backend).await;
    let (mut round, mut nth, mut passed_at_most) = (0, 1, u64::MAX);
    while round < rounds {
        // A process is back at once, or after the leases of calls to WeChat.
        world.skip_s.set([0, 20][usize::from(round % 2 == 1)]);
        world.start(Some(&format!("{point}:{nth}"))).await;
        live(&world, &format!("b{round}x{nth}")).await;
        if world.deaths.get() == round {
            assert!(nth > 1, "{point} was never passed");
            (passed_at_most, nth) = (nth - 1, 1);
            continue;
        }
        assert_eq!(world.deaths.get(), round + 1, "{point} kills once");
        round += 1;
        nth = nth % passed_at_most + 1;
    }
    let total = books::check(&world).await;
    world.end();
    total
}

/// Four orders: paid; cancelled and paid too late; never paid; never even opened for paying.
async fn live(world: &Rc<World>, name: &str) {
    let buyer = Buyer::arrive(world, name).await;
    buyer.refresh().await;
    let sku = sku_of(&buyer).await;

    let paid = buyer.order(&sku, &format!("{name}-paid")).await;
    assert_eq!(pay(&buyer, &paid).await, "requestPayment:ok");
    buyer.until(&paid.order_no, 20, |order| order["state"] == "paid").await;

    let late = buyer.order(&sku, &format!("{name}-late")).await;
    buyer.post(&late.order_no, "pay").await.expect(200);
    cancel(&buyer, &late).await;
    world.wechat_post("pay-direct", &json!({ "out_trade_no": late.order_no, "force": true })).await;
    buyer.until(&late.order_no, 20, |order| order["refunded_fen"] == order["payable_fen"]).await;

    let unpaid = buyer.order(&sku, &format!("{name}-unpaid")).await;
    buyer.post(&unpaid.order_no, "pay").await.expect(200);
    let unopened = buyer.order(&sku, &format!("{name}-unopened")).await;
    for _ in 0..11 {
        world.advance_s(180).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for order in [&unpaid, &unopened] {
        buyer.until(&order.order_no, 60, |order| order["state"] == "cancelled").await;
    }
    books::rest(world).await;

    let late_story = ["placed", "closing", "cancelled_by_customer", "late_payment", "refund_requested", "refunded"];
    let ends: [(&Placed, &str, &[&str]); ORDERS] = [
        (&paid, "paid", &["placed", "paid"]),
        (&late, "cancelled", &late_story),
        (&unpaid, "cancelled", &["placed", "closing", "expired"]),
        (&unopened, "cancelled", &["placed", "expired"]),
    ];
    for (placed, state, story) in ends {
        let order = buyer.read(&placed.order_no).await;
        assert_eq!((order["state"].as_str(), timeline(&order).as_slice()), (Some(state), story), "{order:#}");
        let again = buyer.place(&placed.key, &placed.body).await.expect(201);
        assert_eq!(text(&again["order_no"]), placed.order_no, "one key, one order");
    }
    assert_eq!(buyer.count().await, ORDERS, "one key, one order");
}

async fn sku_of(buyer: &Buyer) -> String {
    let product =
        buyer.send(reqwest::Method::GET, &format!("/api/v1/products/{PRODUCT}"), None, None).await.expect(200);
    text(&product["skus"][0]["id"])
}

/// Opens the payment and pays; the phone's words.
async fn pay(buyer: &Buyer, placed: &Placed) -> String {
    let params = buyer.post(&placed.order_no, "pay").await.expect(200);
    buyer.request_payment(params).await
}

/// Cancelled at once, or after WeChat's word.
pub(crate) async fn cancel(buyer: &Buyer, placed: &Placed) {
    let answer = buyer.post(&placed.order_no, "cancel").await;
    assert!(matches!(answer.status, 200 | 202), "{answer:?}");
    buyer.until(&placed.order_no, 20, |order| order["state"] == "cancelled").await;
}

fn timeline(order: &Value) -> Vec<&str> {
    order["timeline"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect()
}
