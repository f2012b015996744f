//! Who was first? Each race is run several times; `RACE_ROUNDS` makes it longer (`scripts/deep` runs 100).

use futures_util::future::{join, join_all};
use mock_wechat::{Fault, FaultKind, Route};
use serde_json::json;

use crate::support::race::Shot;
use crate::support::{Buyer, TestShop, on_both};

const PRODUCT: &str = "red-ginseng-stick";
/// Together enough for a thousand orders.
const PLENTY: [&str; 6] = [
    "red-ginseng-stick",
    "heartleaf-soothing-mask",
    "hillside-hand-cream",
    "rice-cleansing-foam",
    "vitamin-c-gummy",
    "daily-probiotic-stick",
];
/// Three in stock, one an order.
const SCARCE: &str = "wooden-ride-on-car";

fn rounds() -> u64 {
    std::env::var("RACE_ROUNDS").map_or(5, |rounds| rounds.parse().expect("RACE_ROUNDS is a number"))
}

fn of_plenty(round: u64) -> &'static str {
    PLENTY[usize::try_from(round).unwrap() % PLENTY.len()]
}

async fn crowd(shop: &TestShop, size: usize) -> Vec<Buyer<'_>> {
    let mut buyers = Vec::with_capacity(size);
    while buyers.len() < size {
        let from = buyers.len();
        let names: Vec<_> = (from..size.min(from + 20)).map(|n| format!("buyer{n}")).collect();
        buyers.extend(join_all(names.iter().map(|name| shop.buyer(name))).await);
    }
    buyers
}

/// Waits a different while each time, so that either side is first now and then.
async fn stagger(round: u64, side: u64) {
    let micros = (round * 7_919 + side * 13_571) % 30_000;
    tokio::time::sleep(std::time::Duration::from_micros(micros)).await;
}

/// Paid with nothing back, or cancelled with everything back by one refund: after all that is begun has come to its end.
async fn paid_or_refunded_once(shop: &TestShop, alice: &Buyer<'_>, order_no: &str) -> String {
    for _ in 0..4 {
        shop.run_jobs().await;
        shop.deliver().await;
        shop.advance_s(61);
    }
    shop.run_jobs().await;
    let order = alice.read_order(order_no).await;
    let refunds = shop.wechat.ledger().refunds.iter().filter(|refund| refund.out_trade_no == *order_no).count();
    let state = order["state"].as_str().unwrap().to_owned();
    match state.as_str() {
        "paid" => assert_eq!((refunds, &order["refunded_fen"]), (0, &json!(0)), "{order}"),
        "cancelled" => {
            assert_eq!(refunds, usize::from(order["paid_fen"] != 0), "{order}");
            assert_eq!(order["refunded_fen"], order["paid_fen"], "{order}");
        }
        other => panic!("{order_no} is {other}: {order}"),
    }
    state
}

on_both! {
    async fn the_last_piece_is_sold_once_to_two_hundred_buyers(shop: &TestShop) {
        let buyers = crowd(shop, 202).await;
        let (early, crowd) = buyers.split_at(2);
        for buyer in early {
            buyer.order(SCARCE, 1).await;
        }
        let (sku, _) = shop.sku(SCARCE).await;
        let body = crowd[0].order_body(&json!([{ "sku_id": sku, "quantity": 1 }])).await;
        for round in 0..rounds() {
            let shots = crowd.iter().map(|buyer| {
                let mut body = body.clone();
                body["address_id"] = json!(buyer.address_id);
                Shot::post(buyer, "/api/v1/orders", Some(&format!("race-{round}-{}", buyer.name)), &body)
            }).collect();
            let answers = shop.race(shots).await;
            let won: Vec<_> = answers.iter().zip(crowd).filter(|((status, _), _)| *status == 201).collect();
            assert_eq!(won.len(), 1, "round {round}");
            for (status, problem) in answers.iter().filter(|(status, _)| *status != 201) {
                assert_eq!((*status, &problem["code"]), (409, &json!("out_of_stock")), "{problem}");
            }
            let ((_, order), winner) = won[0];
            winner.cancel(order["order_no"].as_str().unwrap()).await.expect(200);
        }
    }

    async fn fifty_posts_with_one_key_make_one_order(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let (sku, _) = shop.sku(PRODUCT).await;
        let items = json!([{ "sku_id": sku, "quantity": 1 }]);
        let (body, his) = (alice.order_body(&items).await, bob.order_body(&items).await);
        let other = alice.order_body(&json!([{ "sku_id": sku, "quantity": 2 }])).await;
        for round in 0..rounds() {
            let key = format!("one-key-{round}");
            let mut shots: Vec<_> = (0..50).map(|_| Shot::post(&alice, "/api/v1/orders", Some(&key), &body)).collect();
            shots.push(Shot::post(&bob, "/api/v1/orders", Some(&key), &his));
            let answers = shop.race(shots).await;
            let (first, rest) = answers.split_first().unwrap();
            assert_eq!(first.0, 201, "{}", first.1);
            let (bobs, same) = rest.split_last().unwrap();
            assert!(same.iter().all(|answer| answer == first), "{answers:#?}");
            assert_eq!(bobs.0, 201);
            assert_ne!(bobs.1["order_no"], first.1["order_no"]);
            alice.place(&key, &other).await.expect_problem(422, "idempotency_key_reused");
            for (buyer, order) in [(&alice, &first.1), (&bob, &bobs.1)] {
                buyer.cancel(order["order_no"].as_str().unwrap()).await.expect(200);
            }
        }
        let orders = alice.get("/api/v1/orders?limit=100").await.expect(200);
        assert_eq!(orders["items"].as_array().unwrap().len() as u64, rounds());
    }

    async fn fifty_identical_notifies_at_once_have_one_effect(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        for round in 0..rounds() {
            let order_no = alice.order_with_key(PRODUCT, 1, &format!("notify-race-{round}")).await;
            alice.pay(&order_no).await;
            let copies = FaultKind::Duplicate { copies: 50, exact: round % 2 == 0 };
            shop.wechat.add_fault(Fault::new(Route::Notify, copies));
            shop.deliver().await;
            assert_eq!(alice.timeline(&order_no).await, ["placed", "paid"]);
        }
    }

    async fn a_cancel_against_a_payment_ends_paid_or_refunded_once(shop: &TestShop) {
        let mut ended = std::collections::BTreeMap::<String, u64>::new();
        let mut alice = shop.buyer("alice").await;
        for round in 0..rounds() {
            alice.login_again().await;
            let order_no = alice.order_with_key(of_plenty(round), 1, &format!("cancel-race-{round}")).await;
            let params = alice.pay_params(&order_no).await;
            let money = async {
                stagger(round, 1).await;
                let said = alice.request_payment(&params).await;
                shop.deliver().await;
                said
            };
            let cancel = async {
                stagger(round, 2).await;
                alice.cancel(&order_no).await.status
            };
            let (said, status) = join(money, cancel).await;
            assert!([200, 202, 409].contains(&status), "{status}");
            let state = paid_or_refunded_once(shop, &alice, &order_no).await;
            assert_eq!(state == "paid", said == "ok", "WeChat took the money and the order is {state}");
            *ended.entry(state).or_default() += 1;
        }
        println!("cancel against payment: {ended:?}");
    }

    async fn an_expiry_against_a_notify_ends_paid_or_refunded_once(shop: &TestShop) {
        let mut ended = std::collections::BTreeMap::<String, u64>::new();
        let mut alice = shop.buyer("alice").await;
        for round in 0..rounds() {
            alice.login_again().await;
            let order_no = alice.order_with_key(of_plenty(round), 1, &format!("expiry-race-{round}")).await;
            let params = alice.pay_params(&order_no).await;
            shop.advance_s(29 * 60 + 58);
            // Some pay in the last seconds, some only when WeChat's own time is over, by force: money that must not come, and does.
            let said = if round % 2 == 0 { alice.request_payment(&params).await } else { "late".to_owned() };
            shop.advance_s(3);
            let notify = async {
                stagger(round, 1).await;
                if said == "late" {
                    shop.wechat.pay_direct(&order_no, true).unwrap();
                }
                shop.deliver().await;
            };
            let expiry = async {
                stagger(round, 2).await;
                shop.run_jobs().await;
            };
            join(notify, expiry).await;
            alice.login_again().await;
            let state = paid_or_refunded_once(shop, &alice, &order_no).await;
            assert!(said != "ok" || state == "paid", "paid in time and {state}");
            *ended.entry(state).or_default() += 1;
        }
        println!("expiry against notify: {ended:?}");
    }
}
