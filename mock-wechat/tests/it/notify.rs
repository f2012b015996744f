//! Notifies over real HTTP: content, signature, retries.

use mock_wechat::{Fault, FaultKind, LedgerNotify, Route};
use serde_json::json;

use crate::support::Shop;
use crate::support::inbox::Inbox;

const GAPS_S: [u64; 15] = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

fn only_notify(shop: &Shop) -> LedgerNotify {
    let mut notifies = shop.mock.ledger().notifies;
    assert_eq!(notifies.len(), 1);
    notifies.remove(0)
}

#[actix_web::test]
async fn payment_notify_says_what_a_query_says() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.paid("ORDER-1", 100).await;
    assert_eq!(inbox.delivered().len(), 0, "never inside the answer");
    assert_eq!(shop.mock.deliver_due().await, 1);
    let delivered = inbox.delivered().remove(0);
    assert!(delivered.verifies(&shop.merchant));
    assert_eq!(delivered.header("wechatpay-serial").unwrap(), shop.merchant.account.public_key_id);
    assert_eq!(delivered.header("content-type").unwrap(), "application/json");
    let envelope = delivered.json();
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(envelope["resource_type"], "encrypt-resource");
    assert_eq!(envelope["resource"]["original_type"], "transaction");
    assert_eq!(delivered.plaintext(&shop.merchant), shop.query("ORDER-1").await.1);
    let notify = only_notify(&shop);
    assert_eq!(json!(notify.id), envelope["id"]);
    assert!(notify.delivered && notify.attempts == 1 && notify.next_attempt_at.is_none());
    assert_eq!(shop.mock.deliver_due().await, 0);
    inbox.stop().await;
}

#[actix_web::test]
async fn refund_notify_has_refund_status_and_fewer_fields() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.paid("ORDER-1", 100).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 40, 100)).await;
    assert_eq!(shop.mock.deliver_due().await, 1, "the payment's only");
    shop.advance_s(5);
    assert_eq!(shop.mock.deliver_due().await, 1);
    let delivered = inbox.delivered().remove(1);
    assert!(delivered.verifies(&shop.merchant));
    assert_eq!(delivered.json()["event_type"], "REFUND.SUCCESS");
    assert_eq!(delivered.json()["resource"]["original_type"], "refund");
    let plain = delivered.plaintext(&shop.merchant);
    assert_eq!(plain["refund_status"], "SUCCESS");
    assert_eq!(plain["amount"], json!({ "total": 100, "refund": 40, "payer_total": 100, "payer_refund": 40 }));
    assert!(plain.get("status").is_none() && plain.get("channel").is_none());
    inbox.stop().await;
}

#[actix_web::test]
async fn refused_notify_is_retried_on_wechats_schedule_and_then_given_up() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    inbox.answer_with(&[500; 16]);
    shop.paid("ORDER-1", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 1);
    for (retry, gap) in GAPS_S.into_iter().enumerate() {
        let notify = only_notify(&shop);
        assert_eq!((notify.attempts as usize, notify.last_status), (retry + 1, Some(500)));
        shop.advance_s(gap - 10);
        assert_eq!(shop.mock.deliver_due().await, 0, "retry {retry} is too early");
        shop.advance_s(10);
        assert_eq!(shop.mock.deliver_due().await, 1, "retry {retry}");
    }
    let notify = only_notify(&shop);
    assert_eq!((notify.attempts, notify.delivered, notify.next_attempt_at), (16, false, None));
    shop.advance_s(30 * 86_400);
    assert_eq!(shop.mock.deliver_due().await, 0);
    let delivered = inbox.delivered();
    assert!(delivered.iter().all(|copy| copy.body == delivered[0].body), "every attempt carries the same bytes");
    assert!(delivered.iter().all(|copy| copy.verifies(&shop.merchant)), "and is signed anew");
    inbox.stop().await;
}

#[actix_web::test]
async fn only_200_and_204_count_as_taken() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    inbox.answer_with(&[401, 404, 302, 201, 204]);
    shop.paid("ORDER-1", 100).await;
    for status in [401, 404, 302, 201] {
        assert_eq!(shop.mock.deliver_due().await, 1);
        assert_eq!((only_notify(&shop).last_status, only_notify(&shop).delivered), (Some(status), false));
        shop.advance_s(180);
    }
    assert_eq!(shop.mock.deliver_due().await, 1);
    assert!(only_notify(&shop).delivered);
    inbox.stop().await;
}

#[actix_web::test]
async fn silent_or_absent_merchant_is_retried() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    inbox.answer_with(&[0]);
    shop.paid("ORDER-1", 100).await;
    let before = std::time::Instant::now();
    assert_eq!(shop.mock.deliver_due().await, 1);
    assert!((4..7).contains(&before.elapsed().as_secs()), "five seconds to answer");
    assert_eq!((only_notify(&shop).attempts, only_notify(&shop).last_status), (1, None));
    inbox.stop().await;
    shop.advance_s(15);
    assert_eq!(shop.mock.deliver_due().await, 1, "connection refused");
    assert_eq!((only_notify(&shop).attempts, only_notify(&shop).last_status), (2, None));
}

#[actix_web::test]
async fn lost_attempts_follow_the_schedule_without_reaching_anybody() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.mock.add_fault(Fault::new(Route::Notify, FaultKind::Lose).times(2));
    shop.paid("ORDER-1", 100).await;
    for _ in 0..2 {
        assert_eq!(shop.mock.deliver_due().await, 1);
        shop.advance_s(15);
    }
    assert_eq!(inbox.delivered().len(), 0);
    assert_eq!(shop.mock.deliver_due().await, 1);
    assert_eq!((inbox.delivered().len(), only_notify(&shop).attempts), (1, 3));
    inbox.stop().await;
}

#[actix_web::test]
async fn notify_lost_for_ever_never_comes() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.mock.add_fault(Fault::new(Route::Notify, FaultKind::LoseForEver).subject("ORDER-1"));
    shop.paid("ORDER-1", 100).await;
    shop.paid("ORDER-2", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 2);
    shop.advance_s(86_400);
    assert_eq!(shop.mock.deliver_due().await, 0);
    let delivered = inbox.delivered();
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0].plaintext(&shop.merchant)["out_trade_no"], "ORDER-2");
    inbox.stop().await;
}

#[actix_web::test]
async fn duplicates_come_in_parallel_and_count_as_one_attempt() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.mock.add_fault(Fault::new(Route::Notify, FaultKind::Duplicate { copies: 5, exact: false }));
    shop.mock.add_fault(Fault::new(Route::Notify, FaultKind::Duplicate { copies: 3, exact: true }));
    inbox.answer_with(&[500, 500, 200]);
    shop.paid("ORDER-1", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 1);
    assert!(only_notify(&shop).delivered, "one accepting answer is enough");
    shop.paid("ORDER-2", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 1);
    let delivered = inbox.delivered();
    assert_eq!(delivered.len(), 8);
    let nonces = |copies: &[_]| {
        let nonces = copies.iter().map(|copy: &crate::support::inbox::Delivered| copy.header("wechatpay-nonce"));
        nonces.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((nonces(&delivered[..5]), nonces(&delivered[5..])), (5, 1));
    assert!(delivered.iter().all(|copy| copy.verifies(&shop.merchant)));
    inbox.stop().await;
}

#[actix_web::test]
async fn delayed_notify_waits_for_the_clock() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.mock.add_fault(Fault::new(Route::Notify, FaultKind::Delay { delay_s: 60 }).times(0));
    shop.paid("ORDER-1", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 0);
    shop.advance_s(60);
    assert_eq!(shop.mock.deliver_due().await, 1);
    assert_eq!((inbox.delivered().len(), only_notify(&shop).attempts), (1, 1));
    inbox.stop().await;
}

#[actix_web::test]
async fn reordered_notify_comes_after_the_next_one() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.mock.add_fault(Fault::new(Route::Notify, FaultKind::Reorder));
    shop.paid("ORDER-1", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 0);
    shop.paid("ORDER-2", 100).await;
    assert_eq!(shop.mock.deliver_due().await, 2);
    let subjects: Vec<_> =
        inbox.delivered().iter().map(|copy| copy.plaintext(&shop.merchant)["out_trade_no"].clone()).collect();
    assert_eq!(subjects, [json!("ORDER-2"), json!("ORDER-1")]);
    inbox.stop().await;
}

#[actix_web::test]
async fn spoilt_signatures_are_sent_once_and_then_put_right() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    inbox.answer_with(&[401; 5]);
    for kind in [
        FaultKind::BadSignature,
        FaultKind::SigntestSignature,
        FaultKind::AbsentSignature,
        FaultKind::StaleTimestamp,
        FaultKind::UnknownSerial,
    ] {
        shop.mock.add_fault(Fault::new(Route::Notify, kind));
    }
    shop.paid("ORDER-1", 100).await;
    for _ in 0..6 {
        assert_eq!(shop.mock.deliver_due().await, 1);
        shop.advance_s(600);
    }
    let delivered = inbox.delivered();
    let [bad, signtest, absent, stale, unknown, good] = &delivered[..] else { panic!("{delivered:?}") };
    assert!(!bad.verifies(&shop.merchant));
    assert!(signtest.header("wechatpay-signature").unwrap().starts_with("WECHATPAY/SIGNTEST/"));
    assert!(absent.header("wechatpay-signature").is_none());
    let age = shop.merchant.now_s() - stale.header("wechatpay-timestamp").unwrap().parse::<i64>().unwrap();
    assert!(stale.verifies(&shop.merchant) && age > 3 * 600 + 300);
    assert_ne!(unknown.header("wechatpay-serial").unwrap(), shop.merchant.account.public_key_id);
    assert!(good.verifies(&shop.merchant) && only_notify(&shop).delivered);
    inbox.stop().await;
}

#[actix_web::test]
async fn share_of_notifies_signed_by_certificate_follows_the_setting() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    shop.control("POST", "/_mock/settings", &json!({ "notify_public_key_percent": 0 })).await;
    shop.paid("ORDER-1", 100).await;
    shop.control("POST", "/_mock/settings", &json!({ "certificate_mode": false })).await;
    shop.paid("ORDER-2", 100).await;
    shop.mock.deliver_due().await;
    let mut serials: Vec<_> = inbox.delivered().iter().map(|copy| copy.header("wechatpay-serial").unwrap()).collect();
    serials.sort_by_key(String::len);
    assert_eq!(serials[0].len(), 40);
    assert_eq!(serials[1], shop.merchant.account.public_key_id);
    inbox.stop().await;
}
