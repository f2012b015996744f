use mock_wechat::{Fault, FaultKind, Route};
use serde_json::json;

use super::purchase::PRODUCT;
use crate::support::on_both;

/// How many rows of a kind are on the timeline.
async fn times(alice: &crate::support::Buyer<'_>, order_no: &str, kind: &str) -> usize {
    alice.timeline(order_no).await.iter().filter(|step| *step == kind).count()
}

on_both! {
    async fn a_notify_that_never_comes_is_made_good_by_query_within_a_minute(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        let params = alice.pay_params(&order_no).await;
        // The buyer takes a minute and a half to find the password.
        shop.advance_s(90);
        shop.run_jobs().await;
        assert_eq!(alice.request_payment(&params).await, "ok");
        shop.wechat.add_fault(Fault::new(Route::Notify, FaultKind::LoseForEver));
        shop.advance_s(60);
        shop.run_jobs().await;
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
    }

    async fn fifty_copies_of_one_notify_have_one_effect(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        shop.deliver().await;
        for _ in 0..50 {
            shop.wechat.push(json!({ "event": "payment_notify", "out_trade_no": order_no })).unwrap();
        }
        shop.deliver().await;
        assert_eq!(times(&alice, &order_no, "paid").await, 1);
    }

    async fn a_notify_that_comes_after_the_query_changes_nothing(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        assert_eq!(alice.sync(&order_no).await.expect(200)["state"], "paid");
        shop.deliver().await;
        assert_eq!(alice.timeline(&order_no).await, ["placed", "paid"]);
    }

    async fn money_that_comes_for_a_cancelled_order_goes_back_once(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.pay_too_late(PRODUCT).await;
        shop.deliver().await;
        shop.wechat.push(json!({ "event": "payment_notify", "out_trade_no": order_no })).unwrap();
        shop.deliver().await;
        shop.run_jobs().await;
        shop.advance_s(120);
        shop.run_jobs().await;
        shop.deliver().await;
        let order = alice.read_order(&order_no).await;
        assert_eq!(order["state"], "cancelled");
        assert_eq!(order["refunded_fen"], order["payable_fen"]);
        assert_eq!(
            alice.timeline(&order_no).await,
            ["placed", "closing", "cancelled_by_customer", "late_payment", "refund_requested", "refunded"]
        );
        assert_eq!(shop.wechat.ledger().refunds.len(), 1);
    }

    async fn a_notify_with_another_sum_or_merchant_opens_a_case_and_pays_nothing(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        for (nth, wrong) in [
            json!({ "amount": { "total": 1 } }),
            json!({ "amount": { "currency": "USD" } }),
            json!({ "appid": "wx0000000000000000" }),
            json!({ "mchid": "1900000000" }),
            json!({ "trade_state": "USERPAYING" }),
            json!({ "trade_type": "NATIVE" }),
        ]
        .into_iter()
        .enumerate()
        {
            shop.wechat
                .push(json!({ "event": "payment_notify", "out_trade_no": order_no, "plaintext": wrong }))
                .unwrap();
            assert_eq!(shop.deliver().await, 1);
            assert_eq!(alice.read_order(&order_no).await["state"], "pending_payment", "{wrong}");
            let cases = shop.app.db.read(|rx| gunpo_mall::domain::cases::list_open(rx)).await.unwrap();
            assert_eq!(cases.len(), nth + 1, "no case for {wrong}: {cases:#?}");
        }
        let notifies = shop.wechat.ledger().notifies;
        assert!(notifies.iter().all(|notify| notify.delivered), "kept and answered 2xx: {notifies:#?}");
    }

    async fn a_notify_whose_sum_can_not_be_read_pays_nothing_and_is_kept_for_a_person(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        let sums = [json!("12700"), json!(127.5), json!(-1), json!(null), json!(1e30)];
        for (nth, total) in sums.into_iter().enumerate() {
            let wrong = json!({ "amount": { "total": total } });
            let push = json!({ "event": "payment_notify", "out_trade_no": order_no, "plaintext": wrong });
            shop.wechat.push(push).unwrap();
            assert_eq!(shop.deliver().await, 1);
            assert_eq!(alice.read_order(&order_no).await["state"], "pending_payment", "{wrong}");
            let cases = shop.app.db.read(|rx| gunpo_mall::domain::cases::list_open(rx)).await.unwrap();
            assert_eq!(cases.len(), nth + 1, "no case for {wrong}: {cases:#?}");
        }
        assert!(shop.wechat.ledger().notifies.iter().all(|notify| notify.delivered), "kept and answered 2xx");
    }

    async fn a_notify_of_the_payment_that_comes_after_its_refund_changes_nothing(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        alice.cancel(&order_no).await.expect(200);
        shop.wechat.add_fault(Fault::new(Route::Notify, FaultKind::Delay { delay_s: 3_600 }));
        shop.wechat.pay_direct(&order_no, true).unwrap();
        // WeChat's word comes by another way first, and the refund with its own notify is through before the payment's.
        shop.wechat.push(json!({ "event": "payment_notify", "out_trade_no": order_no })).unwrap();
        for _ in 0..4 {
            shop.deliver().await;
            shop.run_jobs().await;
            shop.advance_s(61);
        }
        let before = alice.timeline(&order_no).await;
        assert_eq!(before.last().unwrap(), "refunded");
        shop.advance_s(3_600);
        assert_eq!(shop.deliver().await, 1, "the late one");
        assert_eq!(alice.timeline(&order_no).await, before);
    }

    async fn another_payment_of_a_paid_order_is_seen_by_a_person(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        shop.deliver().await;
        let second = json!({ "transaction_id": "4200009999209901010000000001" });
        shop.wechat.push(json!({ "event": "payment_notify", "out_trade_no": order_no, "plaintext": second })).unwrap();
        shop.deliver().await;
        let cases = shop.app.db.read(|rx| gunpo_mall::domain::cases::list_open(rx)).await.unwrap();
        assert_eq!(cases.iter().map(|case| case.kind.as_str()).collect::<Vec<_>>(), ["payment_twice"]);
        assert_eq!(alice.timeline(&order_no).await, ["placed", "paid"]);
    }

    async fn a_forged_notify_is_refused_without_effect(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        for forgery in [
            FaultKind::BadSignature,
            FaultKind::SigntestSignature,
            FaultKind::AbsentSignature,
            FaultKind::StaleTimestamp,
            FaultKind::UnknownSerial,
        ] {
            shop.wechat.add_fault(Fault::new(Route::Notify, forgery.clone()));
            assert_eq!(shop.deliver().await, 1);
            assert_eq!(alice.read_order(&order_no).await["state"], "pending_payment", "{forgery:?}");
            // The next retry of the schedule: 15 s, 15 s, 30 s, 3 min, 10 min.
            shop.advance_s(601);
        }
        let unsigned = shop.post("/wechat/pay/notify", &json!({ "id": "1", "event_type": "TRANSACTION.SUCCESS" })).await;
        assert_eq!((unsigned.status, unsigned.body["code"].as_str()), (401, Some("FAIL")));
    }

    async fn money_that_arrives_while_prepay_is_under_way_is_booked_once(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        // The stored prepay_id has grown old: the same bytes are sent again, and the answer takes its time.
        shop.advance_s(20 * 60);
        shop.wechat.add_fault(Fault::new(Route::Query, FaultKind::DelayMs { delay_ms: 800 }));
        let (asked, ()) = futures_util::future::join(alice.sync(&order_no), async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            shop.wechat.pay_direct(&order_no, true).unwrap();
            shop.deliver().await;
        }).await;
        assert_eq!(asked.expect(200)["state"], "paid");
        assert_eq!(alice.timeline(&order_no).await, ["placed", "paid"]);
    }

    async fn a_notify_that_overtakes_the_answer_to_prepay_is_not_lost(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        shop.wechat.add_fault(Fault::new(Route::Prepay, FaultKind::DelayMs { delay_ms: 800 }));
        let path = format!("/api/v1/orders/{order_no}/pay");
        let (_, ()) = futures_util::future::join(alice.post(&path, &json!({})), async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            shop.wechat.pay_direct(&order_no, true).unwrap();
            shop.deliver().await;
        }).await;
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
        assert_eq!(times(&alice, &order_no, "paid").await, 1);
        alice.post(&path, &json!({})).await.expect_problem(409, "already_paid");
    }

    async fn a_refund_notify_of_another_sum_or_number_moves_no_money(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.pay_too_late(PRODUCT).await;
        shop.deliver().await;
        shop.run_jobs().await;
        let out_refund_no = shop.wechat.ledger().refunds[0].out_refund_no.clone();
        for wrong in [
            json!({ "refund_status": "SUCCESS", "amount": { "refund": 1 } }),
            json!({ "refund_status": "SUCCESS", "out_trade_no": "20260101zzzzzzzzzzzzzz" }),
            json!({ "refund_status": "SUCCESS", "out_refund_no": "nobody-s-refund-0001" }),
        ] {
            let crafted = json!({ "event": "refund_notify", "out_refund_no": out_refund_no, "plaintext": wrong,
                "envelope": { "event_type": "REFUND.SUCCESS" } });
            shop.wechat.push(crafted).unwrap();
            assert_eq!(shop.deliver().await, 1);
            assert_eq!(alice.read_order(&order_no).await["refunded_fen"], 0, "{wrong}");
            assert!(shop.wechat.ledger().notifies.last().unwrap().delivered, "kept: {wrong}");
        }
        let cases = shop.app.db.read(|rx| gunpo_mall::domain::cases::list_open(rx)).await.unwrap();
        let kinds: Vec<&str> = cases.iter().map(|case| case.kind.as_str()).collect();
        // One case a refund, however often it is contradicted.
        assert_eq!(kinds, ["refund_mismatch", "unknown_refund"], "{cases:#?}");
    }

    async fn two_refunds_of_sixty_never_leave_an_order_of_a_hundred(shop: &TestShop) {
        use diesel::prelude::*;
        use gunpo_mall::base::db::schema::orders;
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        shop.deliver().await;
        let order = shop.app.db.read(|rx| {
            Ok(orders::table.select((orders::id, orders::paid_fen)).first::<(gunpo_mall::base::ids::OrderId, gunpo_mall::base::money::Fen)>(rx.conn())?)
        }).await.unwrap();
        let (id, sixty) = (order.0, gunpo_mall::base::money::Fen::new(order.1.get() * 6 / 10));
        let take = || shop.app.db.write(move |tx| {
            gunpo_mall::domain::orders::commit_refund(tx, id, sixty)
        });
        let both = futures_util::future::join(take(), take()).await;
        let taken = [both.0.unwrap(), both.1.unwrap()];
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "{taken:?}");
        // Whoever forgets the guard meets the constraint.
        let unguarded = shop.app.db.write(move |tx| {
            let more = orders::refund_committed_fen.eq(orders::refund_committed_fen + sixty);
            Ok(diesel::update(orders::table.filter(orders::id.eq(id))).set(more).execute(tx.conn())?)
        });
        assert!(unguarded.await.is_err());
        let back = shop.app.db.write(move |tx| {
            let none = orders::refund_committed_fen.eq(gunpo_mall::base::money::Fen::ZERO);
            Ok(diesel::update(orders::table.filter(orders::id.eq(id))).set(none).execute(tx.conn())?)
        });
        assert_eq!(back.await.unwrap(), 1, "for the oracles at the end");
    }
}
