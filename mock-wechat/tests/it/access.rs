//! Who may act: nobody through a page that stands elsewhere.

use mock_wechat::{Request, Settings};
use serde_json::json;

use crate::support::{Shop, json_of};

#[actix_web::test]
async fn a_name_that_was_made_to_lead_here_is_refused() {
    let shop = Shop::new();
    let asked = async |host: &str| shop.send(Request::new("GET", "/_mock/ledger").header("Host", host)).await.status;
    for good in ["127.0.0.1:8090", "localhost:8090", "[::1]:8090", "192.168.1.7", "localhost"] {
        assert_eq!(asked(good).await, 200, "{good}");
    }
    for bad in
        ["evil.example", "evil.example:8090", "localhost.evil.example", "127.0.0.1.evil.example:80", "wechat:8090"]
    {
        assert_eq!(asked(bad).await, 403, "{bad}");
    }
    let settings = Settings { host_names: vec!["wechat".to_owned()], ..shop.mock.settings() };
    shop.mock.set_settings(settings).unwrap();
    assert_eq!(asked("wechat:8090").await, 200);
    // WeChat's own calls are for any host: that is what a name in a hosts file is for.
    let call = shop.merchant.request("GET", "/v3/certificates", None).header("Host", "api.mch.weixin.qq.com");
    assert_eq!(shop.send(call).await.status, 200);
}

#[actix_web::test]
async fn a_script_of_another_site_moves_nothing() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    let pay = |origin: &str| {
        let body = json!({ "out_trade_no": "ORDER-1" }).to_string();
        Request::new("POST", "/_mock/pay-direct").header("Host", "127.0.0.1:8090").header("Origin", origin).body(body)
    };
    for bad in ["https://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1:8090.evil.example"] {
        assert_eq!(shop.send(pay(bad)).await.status, 403, "{bad}");
    }
    assert!(shop.mock.ledger().payments[0].success_time.is_none());
    assert_eq!(shop.send(pay("http://127.0.0.1:8090")).await.status, 200);
}

#[actix_web::test]
async fn an_unknown_path_is_answered_in_the_form_of_its_host() {
    let shop = Shop::new();
    let asked = async |host: &str, method: &str, path: &str| {
        let answer = shop.send(Request::new(method, path).header("Host", host).body("{}")).await;
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let (status, body) = asked("api.weixin.qq.com", "POST", "/anything").await;
    assert!(status == 200 && body.contains("\"errcode\":48001"), "{body}");
    let (status, body) = asked("127.0.0.1:8090", "POST", "/wxa/anything").await;
    assert!(status == 200 && body.contains("\"errcode\":48001"), "{body}");
    let (status, body) = asked("api.mch.weixin.qq.com", "POST", "/v3/anything").await;
    assert!(status == 404 && body.contains("\"code\":\"NOT_FOUND\""), "{body}");
    let (status, body) = asked("api.mch.weixin.qq.com", "POST", "/pay/unifiedorder").await;
    assert!(status == 200 && body.starts_with("<xml>") && body.contains("接口不存在"), "{body}");
}

#[actix_web::test]
async fn plain_http_reaches_loopback_alone_until_it_is_allowed() {
    let shop = Shop::new().notifying("http://shop:8080/notify");
    let (status, refused) = shop.prepay(&shop.order("ORDER-1", 100)).await;
    assert_eq!((status, &refused["detail"]["field"]), (400, &json!("/notify_url")), "{refused}");
    shop.mock.set_settings(Settings { http_notify: true, ..shop.mock.settings() }).unwrap();
    assert_eq!(shop.prepay(&shop.order("ORDER-1", 100)).await.0, 200);
}

#[actix_web::test]
async fn a_reset_forgets_the_test_before_and_keeps_the_account() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::of(crate::support::open(Some(folder.path())));
    let token = shop.token().await;
    shop.paid("ORDER-1", 100).await;
    shop.mock.set_settings(Settings { refund_settle_s: 77, ..shop.mock.settings() }).unwrap();
    assert_eq!(shop.control("POST", "/_mock/faults", &json!({ "route": "prepay", "kind": "lose" })).await.0, 400);
    assert_eq!(shop.control("POST", "/_mock/faults", &json!({ "route": "prepay", "kind": "cut" })).await.0, 200);
    shop.staged("reset", &json!({})).await;
    assert_eq!(shop.prepay(&shop.order("ORDER-1", 200)).await.0, 200, "the number is free and no fault is armed");
    let ledger = shop.mock.ledger();
    assert_eq!((ledger.payments.len(), ledger.notifies.len()), (1, 0));
    assert!(shop.mock.accepts_access_token(&token));
    assert_eq!(shop.mock.settings().refund_settle_s, 77);
    shop.staged("reset", &json!({ "settings": true })).await;
    assert_ne!(shop.mock.settings().refund_settle_s, 77);
    drop(shop);
    let again = crate::support::open(Some(folder.path()));
    assert!(again.ledger().payments.is_empty(), "a restart brings nothing back");
    let keys = again.handle(Request::new("GET", "/_mock/keys/account.env")).await.answer().unwrap();
    assert_eq!(keys.status, 200, "{:?}", json_of(&keys));
}
