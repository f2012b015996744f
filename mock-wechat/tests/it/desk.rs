//! The page for people: it shows, acts, and believes nobody.

use mock_wechat::Request;
use serde_json::Value;

use crate::support::{Shop, json_of};

async fn page(shop: &Shop, target: &str) -> String {
    let answer = shop.send(Request::new("GET", target)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.get("Content-Security-Policy").unwrap().starts_with("default-src 'none'"));
    String::from_utf8(answer.body).unwrap()
}

fn form(action: &str, body: &str) -> Request {
    Request::new("POST", &format!("/_mock/act/{action}")).header("sec-fetch-site", "same-origin").body(body)
}

#[actix_web::test]
async fn a_button_pays_once_even_if_the_page_is_loaded_again() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 1234).await;
    assert!(page(&shop, "/_mock/").await.contains("¥12.34"));
    let answer = shop.send(form("pay", "out_trade_no=ORDER-1")).await;
    assert_eq!(answer.status, 303);
    let back = answer.get("Location").unwrap();
    assert!(back.starts_with("/_mock/?ok="), "{back}");
    assert!(page(&shop, back).await.contains("SUCCESS"));
    assert!(page(&shop, back).await.contains("ORDER-1"));
    let again = shop.send(form("pay", "out_trade_no=ORDER-1")).await;
    assert!(again.get("Location").unwrap().starts_with("/_mock/?no="));
    assert_eq!(shop.mock.ledger().notifies.len(), 1);
}

#[actix_web::test]
async fn a_form_of_another_site_moves_nothing() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    let foreign = Request::new("POST", "/_mock/act/pay").header("Sec-Fetch-Site", "cross-site");
    assert_eq!(shop.send(foreign.body("out_trade_no=ORDER-1")).await.status, 403);
    assert!(shop.mock.ledger().payments[0].success_time.is_none());
}

#[actix_web::test]
async fn what_a_merchant_writes_is_text_on_the_page() {
    let shop = Shop::new();
    let mut order = shop.order("ORDER-1", 100);
    order["description"] = Value::from("<script>alert(1)</script>");
    shop.prepay(&order).await;
    let page = page(&shop, "/_mock/?no=%3Cb%3Ex%3C%2Fb%3E").await;
    assert!(!page.contains("<script") && !page.contains("<b>x</b>"));
    assert!(page.contains("&lt;script&gt;"));
}

#[actix_web::test]
async fn forms_arm_faults_push_events_and_end_refunds() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 100, 100)).await;
    for (action, body) in [
        ("fault", "route=prepay&kind=status&times=2"),
        ("push", "event=payment_notify&out_trade_no=ORDER-1&tamper=signtest"),
        ("refund", "out_refund_no=R-1&status=ABNORMAL"),
        ("clock", "advance_s=60"),
        ("login", "user=bob"),
        ("complain", "out_trade_no=ORDER-1&detail=%E6%B2%A1%E6%9C%89"),
    ] {
        let answer = shop.send(form(action, body)).await;
        assert!(answer.get("Location").unwrap().starts_with("/_mock/?ok="), "{action}: {:?}", answer.headers);
    }
    let page = page(&shop, "/_mock/").await;
    assert!(page.contains("ABNORMAL") && page.contains("&quot;route&quot;:&quot;prepay&quot;"));
    assert_eq!(shop.send(form("clear-faults", "")).await.status, 303);
}

#[actix_web::test]
async fn every_endpoint_of_the_document_exists_and_keys_can_be_fetched() {
    let shop = Shop::new();
    let document = json_of(&shop.send(Request::new("GET", "/_mock/openapi.json")).await);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let target = path.replace("{name}", "account.env").replace('{', "").replace('}', "");
            let answer = shop.send(Request::new(&method.to_uppercase(), &target).body("{}")).await;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!said.contains("no such control endpoint"), "{method} {path}");
        }
    }
    let key = shop.send(Request::new("GET", "/_mock/keys/apiclient_key.pem")).await;
    assert_eq!(key.body, shop.mock.account().merchant_private_key_pem.as_bytes());
    assert_eq!(shop.send(Request::new("GET", "/_mock/keys/ca.pem")).await.status, 404);
}
