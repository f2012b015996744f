//! The page that says why something was refused.

use mock_wechat::Request;
use serde_json::{Value, json};

use crate::support::inbox::Inbox;
use crate::support::merchant::Merchant;
use crate::support::{Shop, json_of};

const PREPAY: &str = "/v3/pay/transactions/jsapi";

/// A prepay call that is signed over `text` in place of what it should be: `TIME` and `NONCE` stand for those of the header.
async fn signed_over(shop: &Shop, target: &str, body: &str, text: &str) -> String {
    let (time, nonce) = (shop.merchant.now_s().to_string(), shop.merchant.nonce());
    let signature = shop.merchant.sign(&text.replace("TIME", &time).replace("NONCE", &nonce));
    let account = &shop.merchant.account;
    let header = format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{time}\",serial_no=\"{}\",signature=\"{signature}\"",
        account.mchid, account.merchant_serial,
    );
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = Merchant::unsigned(method, target, body).header("authorization", &header);
    let answer = shop.send(request.header("Host", "127.0.0.1:8090")).await;
    assert_eq!((answer.status, json_of(&answer)["code"].clone()), (401, json!("SIGN_ERROR")), "{text}");
    newest(shop).await
}

async fn page(shop: &Shop, target: &str) -> String {
    String::from_utf8(shop.send(Request::new("GET", target)).await.body).unwrap()
}

/// The page of the request that came last.
async fn newest(shop: &Shop) -> String {
    let (_, seen) = shop.control("GET", "/_mock/inspector", &Value::Null).await;
    page(shop, &format!("/_mock/requests/{}", seen["requests"][0]["id"])).await
}

#[actix_web::test]
async fn a_wrong_signature_names_what_was_signed_instead() {
    let shop = Shop::new();
    let order = shop.order("ORDER-1", 100);
    let body = order.to_string();
    let pretty = serde_json::to_string_pretty(&order).unwrap();
    let python = body.replace("\":", "\": ").replace(",\"", ", \"");
    let whole = "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi";
    for (text, why) in [
        (format!("POST\n{whole}\nTIME\nNONCE\n{body}\n"), "the whole URL was signed"),
        (format!("post\n{PREPAY}\nTIME\nNONCE\n{body}\n"), "the method is in lower case"),
        (format!("POST\n{PREPAY}\nNONCE\nTIME\n{body}\n"), "time and nonce are swapped"),
        (format!("POST\n{PREPAY}\nTIME\nNONCE\n\n"), "the body is missing"),
        (format!("POST\n{PREPAY}\nTIME\nNONCE\n{body}"), "the line end after the body is missing"),
        (format!("POST\r\n{PREPAY}\r\nTIME\r\nNONCE\r\n{body}\r\n"), "lines end in \\r\\n"),
        (format!("POST\\n{PREPAY}\\nTIME\\nNONCE\\n{body}\\n"), "a backslash and an n"),
        (format!("POST\n{PREPAY}\nTIME\nNONCE\n{pretty}\n"), "the body was written with other spaces"),
        (format!("POST\n{PREPAY}\nTIME\nNONCE\n{python}\n"), "the body was written with other spaces"),
    ] {
        let page = signed_over(&shop, PREPAY, &body, &text).await;
        assert!(page.contains(why), "{why}");
        assert!(page.contains("First difference: line "), "{why}");
    }
    let target = "/v3/pay/transactions/out-trade-no/ORDER-1?mchid=1";
    let bare = "/v3/pay/transactions/out-trade-no/ORDER-1";
    let page = signed_over(&shop, target, "", &format!("GET\n{bare}\nTIME\nNONCE\n\n")).await;
    assert!(page.contains("the query is missing"), "{page}");
}

#[actix_web::test]
async fn both_strings_and_the_first_difference_are_shown() {
    let shop = Shop::new();
    let body = shop.order("ORDER-1", 100).to_string();
    let page = signed_over(&shop, PREPAY, &body, &format!("POST\n/v3/pay\nTIME\nNONCE\n{body}\n")).await;
    assert!(page.contains("Mock-String-To-Sign"), "nobody can guess this one");
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "POST\n/v3/pay\n1\nx\n{}\n");
    let header = shop.merchant.authorization("POST", "/v3/pay", &body, shop.merchant.now_s());
    let told = Merchant::unsigned("POST", PREPAY, &body).header("authorization", &header);
    shop.send(told.header("Mock-String-To-Sign", &text)).await;
    let told = newest(&shop).await;
    assert!(
        told.contains("First difference: line <b>2</b>, character <b>8</b>. Expected <code>/transactions/jsapi"),
        "{told}"
    );
    assert!(told.contains("given <code>↵1↵x↵{}↵</code>"), "{told}");
}

#[actix_web::test]
async fn a_right_signature_is_said_to_be_right_and_other_calls_have_none() {
    let shop = Shop::new();
    shop.prepaid("ORDER-1", 100).await;
    assert!(newest(&shop).await.contains("String to sign"));
    shop.mini("/wxa/nothing", &json!({})).await;
    let unknown = newest(&shop).await;
    assert!(unknown.contains("mock-wechat knows no /wxa/nothing") && !unknown.contains("String to sign"), "{unknown}");
}

#[actix_web::test]
async fn notifies_are_shown_with_what_the_merchant_answered() {
    let inbox = Inbox::start();
    let shop = Shop::new().notifying(&inbox.url);
    inbox.answer_with(&[500]);
    shop.paid("ORDER-1", 100).await;
    shop.mock.deliver_due().await;
    let (_, seen) = shop.control("GET", "/_mock/inspector", &Value::Null).await;
    let notify = &seen["requests"][0];
    assert_eq!((&notify["notify"], &notify["status"]), (&json!(true), &json!(500)), "{notify}");
    assert_eq!(notify["target"], inbox.url.as_str());
    let sent = inbox.delivered()[0].header("Request-ID").unwrap();
    assert!(notify["headers"].to_string().contains(&sent), "{sent}");
    assert!(page(&shop, "/_mock/requests?lang=zh").await.contains("请求与通知"));
    inbox.stop().await;
}

#[actix_web::test]
async fn no_more_than_two_hundred_are_kept() {
    let shop = Shop::new();
    for _ in 0..210 {
        shop.query("NONE").await;
    }
    let (_, seen) = shop.control("GET", "/_mock/inspector", &Value::Null).await;
    assert_eq!(seen["requests"].as_array().unwrap().len(), 200);
    assert_eq!(seen["requests"][199]["id"], 11);
}
