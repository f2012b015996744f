//! What survives a restart on the same data folder.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use mock_wechat::{Account, Clock, Delivery, Error, MockWechat, Options};
use serde_json::json;

use crate::support::inbox::Inbox;
use crate::support::{Shop, account, open};

fn shop_in(dir: &Path, inbox: &Inbox) -> Shop {
    Shop::of(open(Some(dir))).notifying(&inbox.url)
}

#[actix_web::test]
async fn ledger_clock_settings_and_pending_notifies_survive() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = Inbox::start();
    let shop = shop_in(dir.path(), &inbox);
    let unpaid = shop.prepaid("ORDER-1", 100).await;
    shop.paid("ORDER-2", 200).await;
    inbox.answer_with(&[500]);
    assert_eq!(shop.mock.deliver_due().await, 1);
    shop.control("POST", "/_mock/clock", &json!({ "advance_s": 3600 })).await;
    shop.refund(&shop.back("R-1", "ORDER-2", 50, 200)).await;
    shop.control("POST", "/_mock/settings", &json!({ "refund_gap_s": 7 })).await;
    let code = shop.mock.login("carol");
    let before = json!(shop.mock.ledger());
    drop(shop);

    let shop = shop_in(dir.path(), &inbox);
    assert_eq!(json!(shop.mock.ledger()), before);
    assert_eq!(shop.mock.settings().refund_gap_s, 7);
    assert!((shop.mock.clock().now() - chrono::Utc::now()).num_seconds() >= 3599);
    // The pending notify goes out, the refund ends, the code and the prepay_id still work.
    assert_eq!(shop.mock.deliver_due().await, 1);
    assert_eq!(inbox.delivered()[1].body, inbox.delivered()[0].body);
    shop.advance_s(5);
    assert_eq!(shop.query_refund("R-1").await.1["status"], "SUCCESS");
    assert!(shop.pay("alice", &shop.merchant.pay_params(&unpaid)).await.is_ok());
    let account = shop.mock.account();
    let target = format!(
        "/sns/jscode2session?appid={}&secret={}&js_code={code}&grant_type=authorization_code",
        account.appid, account.app_secret
    );
    let session = shop.send(mock_wechat::Request::new("GET", &target)).await;
    assert!(String::from_utf8(session.body).unwrap().contains("openid"));
    inbox.stop().await;
}

#[actix_web::test]
async fn numbers_do_not_repeat_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = Inbox::start();
    let mut seen = Vec::new();
    for start in 0..3 {
        let shop = shop_in(dir.path(), &inbox);
        seen.push(shop.mock.login("alice"));
        seen.push(shop.prepaid(&format!("ORDER-{start}"), 100).await.split_off(16));
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
    inbox.stop().await;
}

#[actix_web::test]
async fn half_written_last_line_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = Inbox::start();
    let shop = shop_in(dir.path(), &inbox);
    shop.paid("ORDER-1", 100).await;
    let before = json!(shop.mock.ledger());
    drop(shop);
    let journal = dir.path().join("journal.jsonl");
    OpenOptions::new().append(true).open(&journal).unwrap().write_all(b"{\"record\":\"payment\",\"out_tr").unwrap();
    let shop = shop_in(dir.path(), &inbox);
    assert_eq!(json!(shop.mock.ledger()), before);
    drop(shop);
    // A whole line that is no record is damage, not a torn write.
    OpenOptions::new().append(true).open(&journal).unwrap().write_all(b"garbage\n").unwrap();
    let options = Options {
        data_dir: Some(dir.path().to_owned()),
        account: account().clone(),
        clock: Clock::system(),
        seed: 7,
        delivery: Delivery::Manual,
    };
    assert!(matches!(MockWechat::open(options), Err(Error::Journal { .. })));
    inbox.stop().await;
}

#[actix_web::test]
async fn journal_does_not_grow_over_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = Inbox::start();
    let shop = shop_in(dir.path(), &inbox);
    for _ in 0..50 {
        shop.prepaid("ORDER-1", 100).await;
        shop.control("POST", "/_mock/clock", &json!({ "advance_s": 3600 })).await;
    }
    let size = || fs::metadata(dir.path().join("journal.jsonl")).unwrap().len();
    let long = size();
    drop(shop);
    drop(shop_in(dir.path(), &inbox));
    let short = size();
    drop(shop_in(dir.path(), &inbox));
    assert!(short < long && size() == short, "{long} {short} {}", size());
    inbox.stop().await;
}

#[test]
fn account_survives_and_is_readable_by_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let first = Account::load_or_generate(dir.path()).unwrap();
    let second = Account::load_or_generate(dir.path()).unwrap();
    assert_eq!(json!(first), json!(second));
    assert!(!format!("{first:?}").contains(&first.app_secret));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(dir.path().join("account.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn data_folder_of_another_merchant_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(Some(dir.path())));
    let mut other = account().clone();
    "1900000001".clone_into(&mut other.mchid);
    let options = Options {
        data_dir: Some(dir.path().to_owned()),
        account: other,
        clock: Clock::system(),
        seed: 7,
        delivery: Delivery::Manual,
    };
    assert!(matches!(MockWechat::open(options), Err(Error::OtherAccount { .. })));
}

#[test]
fn data_folder_in_use_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options {
        data_dir: Some(dir.path().to_owned()),
        account: account().clone(),
        clock: Clock::system(),
        seed: 7,
        delivery: Delivery::Manual,
    };
    let first = MockWechat::open(options()).unwrap();
    assert!(matches!(MockWechat::open(options()), Err(Error::InUse { .. })));
    drop(first);
    assert!(MockWechat::open(options()).is_ok());
}
