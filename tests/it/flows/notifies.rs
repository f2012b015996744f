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
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        alice.cancel(&order_no).await.expect(200);
        // What must not happen at WeChat, and does: the closed order is paid after all.
        shop.wechat.pay_direct(&order_no, true).unwrap();
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
            let cases = shop.app.db.read(|rx| gunpo_mall::cases::list_open(rx)).await.unwrap();
            assert_eq!(cases.len(), nth + 1, "no case for {wrong}: {cases:#?}");
        }
        let notifies = shop.wechat.ledger().notifies;
        assert!(notifies.iter().all(|notify| notify.delivered), "kept and answered 2xx: {notifies:#?}");
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
        let cases = shop.app.db.read(|rx| gunpo_mall::cases::list_open(rx)).await.unwrap();
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
}
