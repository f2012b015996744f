//! Placing orders.

use serde_json::{Value, json};

use crate::support::{Buyer, TestShop, on_both};

const PRODUCT: &str = "red-ginseng-stick";
const SOLD_OUT: &str = "hillside-hand-cream";
const THREE_LEFT: &str = "wooden-ride-on-car";

async fn available(shop: &TestShop, product: &str) -> i64 {
    shop.refresh().await;
    shop.get(&format!("/api/v1/products/{product}")).await.expect(200)["skus"][0]["available"].as_i64().unwrap()
}

async fn body(alice: &Buyer<'_>, product: &str, quantity: i64) -> Value {
    let (sku, _) = alice.shop.sku(product).await;
    alice.order_body(&json!([{ "sku_id": sku, "quantity": quantity }])).await
}

on_both! {
    async fn one_key_makes_one_order_with_equal_answers(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let body = body(&alice, PRODUCT, 1).await;
        let answers = futures_util::future::join_all((0..20).map(|_| alice.place("the-same-key", &body))).await;
        let first = answers[0].body.clone();
        for answer in answers {
            assert_eq!((answer.status, &answer.body), (201, &first));
        }
        let orders = alice.get("/api/v1/orders").await.expect(200);
        assert_eq!(orders["items"].as_array().unwrap().len(), 1);
    }

    async fn what_placing_answers_is_what_was_written(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let mut items = Vec::new();
        for (product, quantity) in [(PRODUCT, 2), (THREE_LEFT, 1)] {
            items.push(json!({ "sku_id": shop.sku(product).await.0, "quantity": quantity }));
        }
        let mut body = alice.order_body(&json!(items)).await;
        body["remark"] = json!("请放门口");
        let placed = alice.place("two-lines-and-a-remark", &body).await.expect(201);
        assert_eq!(placed["lines"].as_array().unwrap().len(), 2);
        let order_no = placed["order_no"].as_str().unwrap();
        assert_eq!(alice.get(&format!("/api/v1/orders/{order_no}")).await.expect(200), placed);
    }

    async fn a_key_is_bound_to_its_body_and_to_its_buyer(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let first = alice.place("the-same-key", &body(&alice, PRODUCT, 1).await).await.expect(201);
        alice.place("the-same-key", &body(&alice, PRODUCT, 2).await).await.expect_problem(422, "idempotency_key_reused");
        let other = bob.place("the-same-key", &body(&bob, PRODUCT, 1).await).await.expect(201);
        assert_ne!(first["order_no"], other["order_no"]);
    }

    async fn a_key_is_forgotten_after_a_day_and_then_makes_one_order_again(shop: &TestShop) {
        let mut alice = shop.buyer("alice").await;
        let body = body(&alice, PRODUCT, 1).await;
        let first = alice.place("the-same-key", &body).await.expect(201);
        shop.advance_s(24 * 3600 + 1);
        alice.login_again().await;
        let answers = futures_util::future::join_all((0..10).map(|_| alice.place("the-same-key", &body))).await;
        let second = answers[0].body["order_no"].clone();
        assert_ne!(second, first["order_no"]);
        for answer in answers {
            assert_eq!((answer.status, &answer.body["order_no"]), (201, &second));
        }
    }

    async fn a_repeat_is_answered_though_the_address_is_gone(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let body = body(&alice, PRODUCT, 1).await;
        let first = alice.place("the-same-key", &body).await.expect(201);
        assert_eq!(alice.delete(&format!("/api/v1/addresses/{}", alice.address_id)).await.status, 204);
        assert_eq!(alice.place("the-same-key", &body).await.expect(201), first);
    }

    async fn another_price_than_the_one_shown_is_not_taken_in_silence(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let mut body = body(&alice, PRODUCT, 1).await;
        let right = body["expected_payable_fen"].clone();
        body["expected_payable_fen"] = json!(1);
        let problem = alice.place("order-at-1-fen", &body).await.expect_problem(409, "price_changed");
        assert_eq!(problem["quote"]["payable_fen"], right);
        assert_eq!(alice.get("/api/v1/orders").await.expect(200)["items"], json!([]));
    }

    async fn a_line_that_is_sold_out_holds_nothing_of_the_others(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let (plenty, price) = shop.sku(PRODUCT).await;
        let hand_cream = shop.get(&format!("/api/v1/products/{SOLD_OUT}")).await.expect(200);
        let sold_out = hand_cream["skus"].as_array().unwrap().iter().find(|sku| sku["available"] == 0).unwrap();
        let before = available(shop, PRODUCT).await;
        let body = json!({
            "items": [{ "sku_id": plenty, "quantity": 2 }, { "sku_id": sold_out["id"], "quantity": 1 }],
            "address_id": alice.address_id, "expected_payable_fen": price, "notice_version": "2026-11-01",
        });
        let problem = alice.place("one-line-sold-out", &body).await.expect_problem(409, "out_of_stock");
        assert_eq!(problem["lines"][0]["sku_id"], sold_out["id"], "{problem}");
        assert_eq!(available(shop, PRODUCT).await, before);
    }

    async fn the_last_three_are_sold_three_times_and_come_back_when_unpaid(shop: &TestShop) {
        let mut buyers = Vec::new();
        for name in ["alice", "bob", "carol", "dave"] {
            buyers.push(shop.buyer(name).await);
        }
        let bodies = futures_util::future::join_all(buyers.iter().map(|buyer| body(buyer, THREE_LEFT, 1))).await;
        let placed = buyers.iter().zip(&bodies).map(|(buyer, body)| buyer.place("the-last-ones", body));
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(placed).await.into_iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 201, 409]);
        assert_eq!(available(shop, THREE_LEFT).await, 0);
        shop.advance_s(30 * 60 + 1);
        shop.run_jobs().await;
        assert_eq!(available(shop, THREE_LEFT).await, 1, "three are back; one order may hold one");
    }

    async fn two_lines_of_one_sku_do_not_get_round_its_limit(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let (sku, _) = shop.sku(THREE_LEFT).await;
        let items = json!([{ "sku_id": sku, "quantity": 1 }, { "sku_id": sku, "quantity": 1 }]);
        let body = alice.order_body(&items).await;
        alice.place("limit-is-one", &body).await.expect_problem(409, "limit_reached");
    }

    async fn an_old_notice_is_not_agreed_to_by_accident(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let mut body = body(&alice, PRODUCT, 1).await;
        body["notice_version"] = json!("2020-01-01");
        let problem = alice.place("an-old-notice", &body).await.expect_problem(409, "notice_changed");
        assert_eq!(problem["notice_version"], "2026-11-01");
    }

    async fn a_place_that_nobody_delivers_to_is_said_before_paying(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let lhasa = json!({ "name": "王小明", "phone": "13800138000", "province": "西藏自治区", "city": "拉萨市",
            "district": "城关区", "detail": "北京东路 1 号", "region_code": "540102", "is_default": true });
        let address = alice.post("/api/v1/addresses", &lhasa).await.expect(201);
        let mut body = body(&alice, PRODUCT, 1).await;
        body["address_id"] = address["id"].clone();
        alice.place("to-lhasa-please", &body).await.expect_problem(409, "place_not_served");
    }

    async fn bad_input_names_its_field_and_does_nothing(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let good = body(&alice, PRODUCT, 1).await;
        for (pointer, value, field) in [
            ("/items/0/quantity", json!(0), "items[0].quantity"),
            ("/items/0/quantity", json!(-5), "items[0].quantity"),
            ("/items/0/quantity", json!(1.5), "items[0].quantity"),
            ("/items/0/sku_id", json!(7), "items[0].sku_id"),
            ("/items", json!([]), "items"),
            ("/expected_payable_fen", json!("100"), "expected_payable_fen"),
            ("/expected_payable_fen", json!(-1), "expected_payable_fen"),
            ("/notice_version", json!("a\u{0}b"), "notice_version"),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value.clone();
            let problem = alice.place("bad-input-key", &bad).await.expect_problem(400, "invalid_request");
            assert_eq!(problem["errors"][0]["field"], field, "{value}: {problem}");
        }
        let mut unknown = good.clone();
        unknown["price"] = json!(1);
        let problem = alice.place("bad-input-key", &unknown).await.expect_problem(400, "invalid_request");
        assert_eq!((&problem["errors"][0]["field"], &problem["errors"][0]["reason"]), (&json!("price"), &json!("unknown")));
        let no_key = alice.post("/api/v1/orders", &good).await.expect_problem(400, "invalid_request");
        assert_eq!(no_key["errors"][0]["field"], "Idempotency-Key");
    }
}
