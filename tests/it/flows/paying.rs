use diesel::prelude::*;
use gunpo_mall::base::db::schema::orders;
use mock_wechat::{Fault, FaultKind, Route};
use serde_json::{Value, json};

use super::purchase::PRODUCT;
use crate::support::{Buyer, TestShop, on_both};

async fn pay_problem(alice: &Buyer<'_>, order_no: &str) -> (u16, String) {
    let answer = alice.post(&format!("/api/v1/orders/{order_no}/pay"), &json!({})).await;
    (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
}

/// What WeChat says of an order without its money, as `state`.
fn transaction(shop: &TestShop, order_no: &str, state: &str) -> Value {
    json!({ "appid": shop.app.pay.appid(), "mchid": shop.app.pay.mchid(), "out_trade_no": order_no,
        "trade_state": state, "trade_state_desc": "new" })
}

/// An answer of WeChat's with its signature, instead of the right one.
fn said(body: &Value, effect: bool) -> FaultKind {
    FaultKind::Status { status: 200, code: None, message: None, body: Some(body.to_string()), signed: true, effect }
}

/// What waits for a person.
async fn cases(shop: &TestShop) -> Vec<String> {
    let open = shop.app.db.read(|rx| gunpo_mall::domain::cases::list_open(rx)).await.unwrap();
    open.into_iter().map(|case| case.kind).collect()
}

on_both! {
    async fn an_answer_that_got_lost_is_no_second_payment(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        // WeChat has it; we never hear of it.
        shop.wechat.add_fault(Fault::new(Route::Prepay, FaultKind::CutAfterEffect));
        assert_eq!(pay_problem(&alice, &order_no).await, (503, "wechat_unavailable".into()));
        alice.pay(&order_no).await;
        shop.deliver().await;
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
        assert_eq!(shop.wechat.ledger().payments.len(), 1);
    }

    async fn an_answer_that_wechat_did_not_sign_is_not_believed(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        for forged in [FaultKind::BadSignature, FaultKind::AbsentSignature, FaultKind::SigntestSignature] {
            shop.wechat.add_fault(Fault::new(Route::Prepay, forged));
            assert_eq!(pay_problem(&alice, &order_no).await, (503, "wechat_unavailable".into()));
        }
        alice.pay(&order_no).await;
        shop.deliver().await;
        assert_eq!(alice.timeline(&order_no).await, ["placed", "paid"]);
    }

    async fn a_forged_word_that_the_order_does_not_exist_cancels_nothing(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        alice.pay(&order_no).await;
        let forged = FaultKind::Status { status: 404, code: Some("ORDER_NOT_EXIST".into()), message: None, body: None,
            signed: false, effect: false };
        shop.wechat.add_fault(Fault::new(Route::Query, forged));
        assert_eq!(alice.cancel(&order_no).await.expect(202)["state"], "pending_payment");
        shop.advance_s(6);
        shop.run_jobs().await;
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
    }

    async fn paying_again_uses_the_same_number_and_the_same_bytes(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        let first = alice.pay_params(&order_no).await;
        let second = alice.pay_params(&order_no).await;
        assert_ne!(first["nonceStr"], second["nonceStr"], "each set of parameters is signed afresh");
        assert_eq!(alice.request_payment(&second).await, "ok");
        assert_eq!(pay_problem(&alice, &order_no).await.0, 200, "not known to be paid yet");
        shop.deliver().await;
        assert_eq!(pay_problem(&alice, &order_no).await, (409, "already_paid".into()));
    }

    async fn an_order_that_never_reached_wechat_is_simply_not_paid(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        shop.wechat.add_fault(Fault::new(Route::Prepay, FaultKind::CutBeforeEffect));
        assert_eq!(pay_problem(&alice, &order_no).await, (503, "wechat_unavailable".into()));
        assert_eq!(alice.sync(&order_no).await.expect(200)["state"], "pending_payment");
    }

    async fn an_odd_word_of_wechat_does_not_stop_the_asking(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        let params = alice.pay_params(&order_no).await;
        let odd = transaction(shop, &order_no, "PONDERING");
        shop.wechat.add_fault(Fault::new(Route::Query, said(&odd, false)));
        shop.advance_s(6);
        shop.run_jobs().await;
        assert_eq!(alice.request_payment(&params).await, "ok");
        shop.wechat.add_fault(Fault::new(Route::Notify, FaultKind::LoseForEver));
        shop.advance_s(60);
        shop.run_jobs().await;
        assert_eq!(alice.read_order(&order_no).await["state"], "paid");
    }

    async fn states_of_other_ways_to_pay_move_nothing_and_wait_for_a_person(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        for (nth, state) in ["REVOKED", "USERPAYING", "PAYERROR"].into_iter().enumerate() {
            let order_no = alice.order_with_key(PRODUCT, 1, &format!("order-{state}")).await;
            alice.pay_params(&order_no).await;
            let odd = transaction(shop, &order_no, state);
            shop.wechat.add_fault(Fault::new(Route::Query, said(&odd, false)));
            assert_eq!(alice.sync(&order_no).await.expect(200)["state"], "pending_payment", "{state}");
            assert_eq!(cases(shop).await, vec!["payment_state_unexpected"; nth + 1], "{state}");
        }
    }

    async fn money_that_was_refunded_past_us_is_booked_as_paid_and_shown_to_a_person(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        let params = alice.pay_params(&order_no).await;
        shop.wechat.add_fault(Fault::new(Route::Notify, FaultKind::LoseForEver));
        assert_eq!(alice.request_payment(&params).await, "ok");
        let paid = shop.wechat.ledger().payment(&order_no).unwrap().clone();
        let mut refunded = transaction(shop, &order_no, "REFUND");
        refunded["transaction_id"] = json!(paid.transaction_id);
        refunded["amount"] = json!({ "total": paid.total_fen, "currency": "CNY" });
        refunded["success_time"] = json!("2026-11-26T10:00:00+08:00");
        shop.wechat.add_fault(Fault::new(Route::Query, said(&refunded, false)));
        assert_eq!(alice.sync(&order_no).await.expect(200)["state"], "paid");
        assert_eq!(cases(shop).await, ["payment_refunded_elsewhere"]);
        let hold = shop.app.db.read(|rx| Ok(orders::table.select(orders::hold).first::<Option<String>>(rx.conn())?));
        assert_eq!(hold.await.unwrap().as_deref(), Some("review"), "nothing is shipped whose money has gone back");
    }

    async fn a_refund_that_wechat_closed_gives_nothing_back_and_is_shown_to_a_person(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.pay_too_late(PRODUCT).await;
        shop.set_wechat(|settings| settings.refund_outcome = mock_wechat::RefundStatus::Closed);
        shop.deliver().await;
        for _ in 0..3 {
            shop.run_jobs().await;
            shop.advance_s(120);
            shop.deliver().await;
        }
        assert_eq!(alice.read_order(&order_no).await["refunded_fen"], 0);
        assert_eq!(cases(shop).await, ["refund_failed"]);
        assert_eq!(shop.wechat.ledger().refunds.len(), 1, "a person decides about another one");
    }

    async fn a_refund_status_that_nobody_knows_yet_is_asked_for_until_it_is_known(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.pay_too_late(PRODUCT).await;
        shop.deliver().await;
        shop.wechat.add_fault(Fault::new(Route::Notify, FaultKind::LoseForEver).times(0));
        let odd = json!({ "refund_id": "50000000382019052709732678859", "out_refund_no": "unknown", "status": "ACCEPTED" });
        shop.wechat.add_fault(Fault::new(Route::Refund, said(&odd, true)));
        for _ in 0..6 {
            shop.run_jobs().await;
            shop.advance_s(120);
        }
        shop.wechat.clear_faults();
        let order = alice.read_order(&order_no).await;
        assert_eq!(order["refunded_fen"], order["payable_fen"]);
        assert_eq!(shop.wechat.ledger().refunds.len(), 1);
    }

    async fn only_the_buyer_can_pay(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let order_no = alice.order(PRODUCT, 1).await;
        let params = alice.pay_params(&order_no).await;
        assert_ne!(bob.request_payment(&params).await, "ok");
        let mut bent = params.clone();
        bent["paySign"] = json!("AAAA");
        assert_ne!(alice.request_payment(&bent).await, "ok");
        assert_eq!(alice.request_payment(&params).await, "ok");
        shop.deliver().await;
    }

    async fn an_expired_or_cancelled_order_can_not_be_paid(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 1).await;
        shop.advance_s(30 * 60);
        assert_eq!(pay_problem(&alice, &order_no).await, (409, "wrong_state".into()), "its time is up, job or not");
        shop.run_jobs().await;
        assert_eq!(pay_problem(&alice, &order_no).await, (409, "wrong_state".into()));
    }

    async fn a_refund_whose_answer_got_lost_is_asked_for_once(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.pay_too_late(PRODUCT).await;
        shop.wechat.add_fault(Fault::new(Route::Refund, FaultKind::CutAfterEffect));
        shop.deliver().await;
        shop.run_jobs().await;
        shop.advance_s(30);
        shop.run_jobs().await;
        shop.advance_s(120);
        shop.run_jobs().await;
        let order = alice.read_order(&order_no).await;
        assert_eq!(order["refunded_fen"], order["payable_fen"]);
        assert_eq!(shop.wechat.ledger().refunds.len(), 1, "the same number, once");
    }

    async fn a_refund_that_wechat_can_not_pay_out_is_shown_to_a_person(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.pay_too_late(PRODUCT).await;
        shop.set_wechat(|settings| settings.refund_outcome = mock_wechat::RefundStatus::Processing);
        shop.deliver().await;
        shop.run_jobs().await;
        let order = alice.read_order(&order_no).await;
        assert_eq!(order["refunded_fen"], 0, "accepted is not refunded");
        let number = shop.wechat.ledger().refunds[0].out_refund_no.clone();
        shop.wechat.decide_refund(&number, mock_wechat::RefundStatus::Abnormal).unwrap();
        shop.deliver().await;
        assert_eq!(cases(shop).await, ["refund_failed"]);
        assert_eq!(alice.timeline(&order_no).await.last().unwrap(), "refund_failed");
        // The payer's account works again: what WeChat pays out at last is booked.
        shop.wechat.decide_refund(&number, mock_wechat::RefundStatus::Success).unwrap();
        shop.deliver().await;
        let order = alice.read_order(&order_no).await;
        assert_eq!(order["refunded_fen"], order["payable_fen"]);
    }
}
