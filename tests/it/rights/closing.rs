use diesel::prelude::*;
use gunpo_mall::base::db::schema::{orders, payments, sessions};
use serde_json::{Value, json};

use super::{PRODUCT, belongings, bind_phone, id_of, leave_identity, patch, pay_too_late, row};
use crate::support::{Answer, Buyer, TestShop, on_both};

async fn close(buyer: &Buyer<'_>) -> Answer {
    buyer.post("/api/v1/me/close", &buyer.proof()).await
}

/// Both tokens of a buyer are dead.
async fn is_out(shop: &TestShop, buyer: &Buyer<'_>) {
    for path in ["/api/v1/me", "/api/v1/orders", "/api/v1/cart"] {
        buyer.get(path).await.expect_problem(401, "unauthorized");
    }
    let refresh = json!({ "refresh_token": buyer.refresh_token });
    shop.post("/api/v1/auth/refresh", &refresh).await.expect_problem(401, "invalid_refresh_token");
}

async fn log_in(shop: &TestShop, name: &str) -> Value {
    let code = shop.wechat.login(name);
    shop.post("/api/v1/auth/login", &json!({ "code": code })).await.expect(200)
}

/// Of an order: whether its consignee and identity are still there, and when they go.
async fn sealed(shop: &TestShop, order_no: &str) -> (bool, bool, bool) {
    let number = order_no.to_owned();
    let (consignee, identity, wipe_after): (Vec<u8>, Option<Vec<u8>>, Option<chrono::NaiveDateTime>) = shop
        .app
        .db
        .read(move |rx| {
            Ok(orders::table
                .filter(orders::order_no.eq(&number))
                .select((orders::consignee_sealed, orders::identity_sealed, orders::wipe_after))
                .first(rx.conn())?)
        })
        .await
        .unwrap();
    (!consignee.is_empty(), identity.is_some(), wipe_after.is_some())
}

async fn payer(shop: &TestShop, order_no: &str) -> (String, usize) {
    let number = order_no.to_owned();
    let (payer, request): (String, Vec<u8>) = shop
        .app
        .db
        .read(move |rx| {
            Ok(payments::table
                .filter(payments::out_trade_no.eq(&number))
                .select((payments::payer_openid, payments::request))
                .first(rx.conn())?)
        })
        .await
        .unwrap();
    (payer, request.len())
}

on_both! {
    async fn an_account_without_open_money_is_closed_at_once_and_leaves_nothing_of_its_owner(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.newcomer("bob").await);
        let (first, of_bob) = (id_of(&alice).await, id_of(&bob).await);
        leave_identity(&alice, "张小爱", "371302198805200318").await;
        bind_phone(&alice).await;
        patch(&alice, &json!({ "nickname": "爱丽", "language": "zh" })).await.expect(200);
        let order_no = alice.order(PRODUCT, 1).await;
        alice.cancel(&order_no).await.expect(200);
        let (sku, _) = shop.sku(PRODUCT).await;
        alice.put(&format!("/api/v1/cart/items/{sku}"), &json!({ "quantity": 1 })).await.expect(200);
        let other_phone = log_in(shop, "alice").await;

        assert_eq!(close(&alice).await.status, 204);
        is_out(shop, &alice).await;
        let token = other_phone["access_token"].as_str().unwrap();
        shop.send(reqwest::Method::GET, "/api/v1/me", token, None, None).await.expect_problem(401, "unauthorized");
        let (openid, nickname, phone, index, closed) = row(shop, first).await;
        assert!(openid.starts_with("closed:") && openid.len() == 71 && closed, "{openid}");
        assert_eq!((nickname, phone, index), (None, None, None));
        assert_eq!(belongings(shop, first).await, (0, 0, 0));
        assert_eq!(belongings(shop, of_bob).await, (1, 0, 0), "nobody else's");
        bob.get("/api/v1/me").await.expect(200);

        // The same person who comes back is a new buyer, with nothing, and may go and come again.
        for _ in 0..2 {
            let login = log_in(shop, "alice").await;
            assert_eq!(login["customer"]["is_new"], true);
            assert_ne!(login["customer"]["id"], json!(first.to_string()));
            let token = login["access_token"].as_str().unwrap();
            let orders = shop.send(reqwest::Method::GET, "/api/v1/orders", token, None, None).await.expect(200);
            assert_eq!(orders["items"], json!([]));
            shop.send(reqwest::Method::GET, &format!("/api/v1/orders/{order_no}"), token, None, None).await.expect_problem(404, "not_found");
            let proof = json!({ "code": shop.wechat.login("alice") });
            let closed = shop.send(reqwest::Method::POST, "/api/v1/me/close", token, None, Some(&proof)).await;
            assert_eq!(closed.status, 204, "{}", closed.body);
        }
    }

    async fn an_account_waits_for_its_refund_and_the_refund_reaches_the_payer(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let id = id_of(&alice).await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        alice.cancel(&order_no).await.expect(200);
        pay_too_late(shop, &order_no).await;
        let closing = close(&alice).await.expect(202);
        assert_eq!((&closing["open_orders"], &closing["open_refunds"]), (&json!(1), &json!(1)));
        assert_eq!(close(&alice).await.expect(202)["requested_at"], closing["requested_at"], "asked twice, begun once");
        assert_eq!(alice.get("/api/v1/me").await.expect(200)["closing"]["requested_at"], closing["requested_at"]);
        shop.run_jobs().await;
        assert!(!row(shop, id).await.4, "the refund is on its way");
        shop.advance_s(901);
        shop.run_jobs().await;
        shop.deliver().await;
        shop.advance_s(901);
        shop.run_jobs().await;
        is_out(shop, &alice).await;
        assert!(row(shop, id).await.4);
        let ledger = shop.wechat.ledger();
        let refund = &ledger.refunds[0];
        assert_eq!((ledger.refunds.len(), refund.status.as_str()), (1, "SUCCESS"));
        assert_eq!(ledger.payment(&order_no).unwrap().openid, shop.wechat.openid_of("alice"));
        assert_eq!(ledger.payment(&order_no).unwrap().refunded_fen, refund.total_fen);
    }

    async fn late_money_for_a_closed_account_goes_back_to_its_payer(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        alice.cancel(&order_no).await.expect(200);
        assert_eq!(close(&alice).await.status, 204);
        assert_eq!(payer(shop, &order_no).await.0, shop.wechat.openid_of("alice"), "kept until its time is over");
        pay_too_late(shop, &order_no).await;
        shop.run_jobs().await;
        shop.advance_s(120);
        shop.run_jobs().await;
        shop.deliver().await;
        let ledger = shop.wechat.ledger();
        assert_eq!((ledger.refunds.len(), ledger.refunds[0].status.as_str()), (1, "SUCCESS"));
        // Thirty days later nothing can come any more: what an unpaid order held is gone, the order is not.
        assert_eq!(sealed(shop, &order_no).await, (true, false, true));
        shop.advance_s(31 * 86_400);
        shop.run_jobs().await;
        assert_eq!(sealed(shop, &order_no).await, (false, false, false));
        assert_eq!(payer(shop, &order_no).await, (String::new(), 0));
    }

    async fn an_account_that_is_closing_buys_nothing_and_can_be_kept(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        let (sku, _) = shop.sku(PRODUCT).await;
        let another = alice.order_body(&json!([{ "sku_id": sku, "quantity": 1 }])).await;
        close(&alice).await.expect(202);
        alice.place("while-closing-1", &another).await.expect_problem(409, "account_closing");
        // Logging in does not take it back by itself; asking does.
        let token = log_in(shop, "alice").await["access_token"].as_str().unwrap().to_owned();
        let me = shop.send(reqwest::Method::GET, "/api/v1/me", &token, None, None).await.expect(200);
        assert!(me["closing"].is_object());
        let kept = alice.post("/api/v1/me/keep", &json!({})).await.expect(200);
        assert_eq!(kept["closing"], json!(null));
        alice.place("after-keeping-1", &another).await.expect(201);
        alice.cancel(&order_no).await.expect(200);
        shop.advance_s(2_000);
        shop.run_jobs().await;
        alice.get("/api/v1/me").await.expect(200);
    }

    async fn an_unpaid_order_ends_and_then_the_account_does(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let id = id_of(&alice).await;
        let order_no = alice.order(PRODUCT, 1).await;
        close(&alice).await.expect(202);
        // What is open may still be looked at, and cancelled.
        assert_eq!(alice.read_order(&order_no).await["state"], "pending_payment");
        shop.advance_s(29 * 60);
        shop.run_jobs().await;
        assert!(!row(shop, id).await.4);
        shop.advance_s(31 * 60);
        shop.run_jobs().await;
        shop.advance_s(901);
        shop.run_jobs().await;
        assert!(row(shop, id).await.4);
    }

    async fn no_order_that_is_never_finished_holds_a_person_for_ever(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let id = id_of(&alice).await;
        leave_identity(&alice, "张小爱", "371302198805200318").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        shop.deliver().await;
        close(&alice).await.expect(202);
        shop.advance_s(14 * 86_400);
        shop.run_jobs().await;
        assert!(!row(shop, id).await.4, "the goods are on their way: the account waits");
        shop.advance_s(86_400 + 901);
        shop.run_jobs().await;
        assert!(row(shop, id).await.4);
        assert_eq!(belongings(shop, id).await, (0, 0, 0));
        // The order goes on without the account: what it needs stays sealed on it until the law's term is over.
        assert_eq!(sealed(shop, &order_no).await, (true, true, true));
        shop.advance_s(1_172 * 86_400);
        shop.run_jobs().await;
        assert_eq!(sealed(shop, &order_no).await, (true, true, true));
        shop.advance_s(2 * 86_400);
        shop.run_jobs().await;
        assert_eq!(sealed(shop, &order_no).await, (false, false, false));
        assert_eq!(payer(shop, &order_no).await, (String::new(), 0));
    }

    async fn an_order_in_the_moment_of_closing_is_either_placed_or_refused_never_orphaned(shop: &TestShop) {
        let (sku, _) = shop.sku(PRODUCT).await;
        for round in 0..10 {
            let alice = shop.buyer(&format!("alice-{round}")).await;
            let id = id_of(&alice).await;
            let body = alice.order_body(&json!([{ "sku_id": sku, "quantity": 1 }])).await;
            let key = format!("closing-race-{round}");
            let (placed, closed) = if round % 2 == 0 {
                tokio::join!(alice.place(&key, &body), close(&alice))
            } else {
                let (closed, placed) = tokio::join!(close(&alice), alice.place(&key, &body));
                (placed, closed)
            };
            match (placed.status, closed.status) {
                (201, 202) => {}
                // 404: the address went with the account, before it could be read.
                (401 | 404 | 409, 204) => {
                    let gone = gunpo_mall::base::ids::CustomerId(id);
                    let orphans: i64 = shop.app.db.read(move |rx| {
                        Ok(orders::table.filter(orders::customer_id.eq(gone)).count().get_result(rx.conn())?)
                    }).await.unwrap();
                    assert_eq!(orphans, 0, "round {round}");
                    let live: i64 = shop.app.db.read(move |rx| {
                        Ok(sessions::table.filter(sessions::customer_id.eq(gone)).filter(sessions::revoked_at.is_null())
                            .count().get_result(rx.conn())?)
                    }).await.unwrap();
                    assert_eq!(live, 0, "round {round}");
                }
                other => panic!("round {round}: {other:?} {} {}", placed.body, closed.body),
            }
        }
    }
}
