//! Calls that meet at the same moment.

use std::sync::Barrier;
use std::thread;

use mock_wechat::{MockWechat, Request, Response};
use serde_json::json;

use crate::support::Shop;

/// Starts both at once, each on a thread of its own: inside a runtime nobody may block.
fn at_once<A: Send, B: Send>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B + Send) -> (A, B) {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            barrier.wait();
            first()
        });
        let second = scope.spawn(|| {
            barrier.wait();
            second()
        });
        (first.join().unwrap(), second.join().unwrap())
    })
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn status(mock: &MockWechat, request: Request) -> u16 {
    block_on(mock.handle(request)).answer().unwrap().status
}

#[actix_web::test]
async fn order_is_either_paid_or_closed_when_both_come_at_once() {
    let shop = Shop::new();
    for round in 0..50 {
        let number = format!("ORDER-{round}");
        let prepay_id = shop.prepaid(&number, 100).await;
        let params = shop.merchant.pay_params(&prepay_id);
        let target = format!("/v3/pay/transactions/out-trade-no/{number}/close");
        let close = shop.merchant.request("POST", &target, Some(&json!({ "mchid": shop.merchant.account.mchid })));
        let (paid, closed) = at_once(
            || block_on(shop.mock.request_payment("alice", &params)).is_ok(),
            || status(&shop.mock, close) == 204,
        );
        assert_ne!(paid, closed, "round {round}");
        let state = shop.mock.ledger().payments.pop().unwrap().trade_state;
        assert_eq!(state, if paid { "SUCCESS" } else { "CLOSED" });
    }
}

#[actix_web::test]
async fn two_refunds_of_everything_at_once_move_the_money_once() {
    let shop = Shop::new();
    shop.control("POST", "/_mock/settings", &json!({ "refund_gap_s": 0 })).await;
    for round in 0..50 {
        let number = format!("ORDER-{round}");
        shop.paid(&number, 100).await;
        let [one, two] = ["A", "B"].map(|name| {
            let body = shop.back(&format!("{name}-{round}"), &number, 100, 100);
            shop.merchant.request("POST", "/v3/refund/domestic/refunds", Some(&body))
        });
        let (first, second) = at_once(|| status(&shop.mock, one), || status(&shop.mock, two));
        assert_eq!(first.min(second), 200);
        assert_eq!(first.max(second), 400);
    }
    shop.advance_s(5);
    assert!(shop.mock.ledger().payments.iter().all(|payment| payment.refunded_fen == 100));
}

/// The in-process transport can be used from any task.
#[test]
fn in_process_transport_is_send() {
    fn is_send<T: Send>(_: &T) {}
    let shop = Shop::new();
    let answer = shop.mock.handle(Request::new("GET", "/_mock/ledger"));
    is_send(&answer);
    assert!(matches!(block_on(answer), Response::Answer(_)));
}
