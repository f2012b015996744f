use mock_wechat::{Fault, FaultKind, Route};
use serde_json::json;

use super::purchase::PRODUCT;
use crate::support::on_both;

fn no_answer() -> FaultKind {
    FaultKind::CutBeforeEffect
}

on_both! {
    async fn a_cancelled_order_gives_its_stock_back_and_closes_at_wechat(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 3).await;
        alice.pay_params(&order_no).await;
        let order = alice.cancel(&order_no).await.expect(200);
        assert_eq!((&order["state"], &order["cancel_reason"]), (&json!("cancelled"), &json!("customer")));
        assert_eq!(shop.wechat.ledger().payment(&order_no).unwrap().trade_state, "CLOSED");
        alice.cancel(&order_no).await.expect(200);
        assert_eq!(alice.timeline(&order_no).await, ["placed", "closing", "cancelled_by_customer"]);
    }

    async fn an_order_that_wechat_never_saw_is_cancelled_without_a_call(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        shop.wechat.add_fault(Fault::new(Route::Any, no_answer()).times(0));
        assert_eq!(alice.cancel(&order_no).await.expect(200)["state"], "cancelled");
        shop.wechat.clear_faults();
    }

    async fn money_that_is_faster_than_the_cancel_wins(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        alice.cancel(&order_no).await.expect_problem(409, "already_paid");
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
        shop.deliver().await;
        assert_eq!(alice.timeline(&order_no).await, ["placed", "closing", "paid"]);
    }

    async fn money_between_our_query_and_our_close_is_not_lost(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        // WeChat's query still says unpaid: an answer from before.
        let stale = json!({ "appid": shop.app.pay.appid(), "mchid": shop.app.pay.mchid(), "out_trade_no": order_no,
            "trade_state": "NOTPAY", "trade_state_desc": "unpaid" });
        let stale = FaultKind::Status { status: 200, code: None, message: None, body: Some(stale.to_string()),
            signed: true, effect: false };
        shop.wechat.add_fault(Fault::new(Route::Query, stale));
        let order = alice.cancel(&order_no).await.expect(202);
        assert_eq!(order["hold"], "closing", "WeChat refused to close what is paid; the stock stays held");
        shop.advance_s(6);
        shop.run_jobs().await;
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
        assert!(shop.wechat.ledger().refunds.is_empty());
    }

    async fn an_order_that_can_not_be_closed_keeps_its_stock_until_it_can(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay_params(&order_no).await;
        shop.wechat.add_fault(Fault::new(Route::Close, no_answer()).times(0));
        assert_eq!(alice.cancel(&order_no).await.expect(202)["hold"], "closing");
        alice.post(&format!("/api/v1/orders/{order_no}/pay"), &json!({})).await.expect_problem(409, "wrong_state");
        for _ in 0..12 {
            shop.advance_s(60);
            shop.run_jobs().await;
        }
        assert_eq!(alice.read_order(&order_no).await["state"], "pending_payment");
        let cases = shop.app.db.read(|rx| gunpo_mall::domain::cases::list_open(rx)).await.unwrap();
        assert_eq!(cases.iter().map(|case| case.kind.as_str()).collect::<Vec<_>>(), ["close_unknown"]);
        shop.wechat.clear_faults();
        // A quarter of an hour at most: it is asked for ever more slowly.
        shop.advance_s(15 * 60 + 1);
        shop.run_jobs().await;
        assert_eq!(alice.read_order(&order_no).await["state"], "cancelled");
    }

    async fn an_unpaid_order_expires_after_thirty_minutes_and_not_before(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let opened = alice.order(PRODUCT, 1).await;
        alice.pay_params(&opened).await;
        let untouched = alice.order(PRODUCT, 2).await;
        shop.advance_s(29 * 60);
        shop.run_jobs().await;
        assert_eq!(alice.read_order(&opened).await["state"], "pending_payment");
        shop.advance_s(61);
        shop.run_jobs().await;
        for order_no in [&opened, &untouched] {
            let order = alice.read_order(order_no).await;
            assert_eq!((&order["state"], &order["cancel_reason"]), (&json!("cancelled"), &json!("expired")));
        }
        assert_eq!(shop.wechat.ledger().payment(&opened).unwrap().trade_state, "CLOSED");
    }

    async fn a_payment_in_the_last_second_is_kept_though_the_notify_is_late(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        let params = alice.pay_params(&order_no).await;
        shop.advance_s(29 * 60 + 50);
        assert_eq!(alice.request_payment(&params).await, "ok");
        shop.advance_s(11);
        shop.run_jobs().await;
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
    }
}
