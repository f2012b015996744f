//! Bills drawn from the stand-in's own ledger.

use std::io::Read;

use chrono::{FixedOffset, TimeDelta};
use mock_wechat::Request;
use serde_json::{Value, json};

use crate::support::{Shop, json_of};

/// Moves the clock to this hour of the next Beijing day; gives the day before.
fn next_day(shop: &Shop, hour: i64) -> String {
    let beijing = FixedOffset::east_opt(8 * 3600).unwrap();
    let now = shop.mock.clock().now().with_timezone(&beijing);
    let midnight = now.date_naive().and_hms_opt(0, 0, 0).unwrap() + TimeDelta::hours(24 + hour);
    let until = midnight - now.naive_local();
    shop.mock.clock().advance((until + TimeDelta::seconds(1)).to_std().unwrap());
    now.date_naive().to_string()
}

/// A day that has no midnight in the middle of a test.
fn morning(shop: &Shop) {
    next_day(shop, 8);
}

async fn bill(shop: &Shop, kind: &str, query: &str) -> (u16, Value) {
    shop.call("GET", &format!("/v3/bill/{kind}?{query}"), None).await
}

async fn fetch(shop: &Shop, link: &Value) -> (u16, Vec<u8>, bool) {
    let url = link["download_url"].as_str().unwrap();
    let target = &url[url.find("/v3/").unwrap()..];
    let answer = shop.send(shop.merchant.request("GET", target, None)).await;
    (answer.status, answer.body.clone(), answer.get("Wechatpay-Signature").is_some())
}

async fn text(shop: &Shop, kind: &str, query: &str) -> String {
    let (status, link) = bill(shop, kind, query).await;
    assert_eq!(status, 200, "{link}");
    String::from_utf8(fetch(shop, &link).await.1).unwrap()
}

#[actix_web::test]
async fn a_trade_bill_tells_every_payment_and_refund_in_wechats_own_format() {
    let shop = Shop::new();
    morning(&shop);
    let paid = shop.paid("ORDER-1", 12_345).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 345, 12_345)).await;
    let day = next_day(&shop, 10);
    let text = text(&shop, "tradebill", &format!("bill_date={day}")).await;
    assert!(text.starts_with('\u{feff}'), "{text}");
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(lines.len(), 6, "{text}");
    let names: Vec<&str> = lines[0].split(',').collect();
    let row = |at: usize, name: &str| {
        let column = names.iter().position(|known| *known == name).unwrap();
        lines[at].split(',').nth(column).unwrap().to_owned()
    };
    assert_eq!(names.len(), 27);
    assert_eq!([lines[1], lines[2]].map(|line| line.split(',').count()), [27, 27]);
    assert_eq!(row(1, "微信订单号"), format!("`{}", paid.transaction_id));
    assert_eq!([row(1, "订单金额"), row(1, "手续费"), row(1, "交易状态")], ["`123.45", "`0.74000", "`SUCCESS"]);
    assert_eq!([row(2, "申请退款金额"), row(2, "手续费"), row(2, "退款状态")], ["`3.45", "`-0.02000", "`SUCCESS"]);
    assert_eq!(row(2, "商户退款单号"), "`R-1");
    assert_eq!(
        lines[3],
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    );
    assert_eq!(lines[4], "`2,`123.45,`3.45,`0.00,`0.72000,`123.45,`3.45");
}

#[actix_web::test]
async fn a_comma_in_the_merchants_text_does_not_move_a_column() {
    let shop = Shop::new();
    morning(&shop);
    let mut order = shop.order("ORDER-1", 100);
    order["description"] = json!("红参, 6年根");
    let (_, prepay) = shop.prepay(&order).await;
    let params = shop.merchant.pay_params(prepay["prepay_id"].as_str().unwrap());
    shop.pay("alice", &params).await.unwrap();
    let day = next_day(&shop, 10);
    let text = text(&shop, "tradebill", &format!("bill_date={day}&bill_type=SUCCESS")).await;
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
    assert!(lines[1].contains("`红参\\  6年根"), "{text}");
}

#[actix_web::test]
async fn the_hash_is_of_the_text_and_gzip_opens_to_it() {
    let shop = Shop::new();
    morning(&shop);
    shop.paid("ORDER-1", 100).await;
    let day = next_day(&shop, 10);
    let (_, link) = bill(&shop, "tradebill", &format!("bill_date={day}&tar_type=GZIP")).await;
    let (status, packed, signed) = fetch(&shop, &link).await;
    assert_eq!((status, signed), (200, false));
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &plain);
    let hash = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    assert_eq!((&link["hash_type"], &link["hash_value"]), (&json!("SHA1"), &json!(hash)));
}

#[actix_web::test]
async fn a_bill_is_not_there_before_ten_today_or_after_three_months_or_for_an_empty_day() {
    let shop = Shop::new();
    morning(&shop);
    shop.paid("ORDER-1", 100).await;
    let day = next_day(&shop, 9);
    let refused = async |kind: &str, query: String| bill(&shop, kind, &query).await.1["code"].clone();
    assert_eq!(refused("tradebill", format!("bill_date={day}")).await, "STATEMENT_CREATING");
    shop.advance_s(3600);
    assert_eq!(bill(&shop, "tradebill", &format!("bill_date={day}")).await.0, 200);
    assert_eq!(refused("tradebill", format!("bill_date={day}&bill_type=REFUND")).await, "NO_STATEMENT_EXIST");
    assert_eq!(refused("fundflowbill", format!("bill_date={day}&account_type=FEES")).await, "NO_STATEMENT_EXIST");
    assert_eq!(refused("tradebill", format!("bill_date={day}&bill_type=x")).await, "PARAM_ERROR");
    assert_eq!(refused("tradebill", "bill_date=2020-01-01".to_owned()).await, "PARAM_ERROR");
    assert_eq!(refused("tradebill", "bill_date=20200101".to_owned()).await, "PARAM_ERROR");
    let today = shop.mock.clock().now().date_naive().to_string();
    assert_eq!(refused("tradebill", format!("bill_date={today}")).await, "PARAM_ERROR");
}

#[actix_web::test]
async fn a_link_dies_after_five_minutes_and_needs_a_signature() {
    let shop = Shop::new();
    morning(&shop);
    shop.paid("ORDER-1", 100).await;
    let day = next_day(&shop, 10);
    let (_, link) = bill(&shop, "tradebill", &format!("bill_date={day}")).await;
    let url = link["download_url"].as_str().unwrap();
    let unsigned = shop.send(Request::new("GET", &url[url.find("/v3/").unwrap()..])).await;
    assert_eq!(unsigned.status, 400, "{}", json_of(&unsigned));
    shop.advance_s(301);
    assert_eq!(fetch(&shop, &link).await.0, 400);
}

#[actix_web::test]
async fn a_fund_flow_bill_adds_up_to_its_own_balance() {
    let shop = Shop::new();
    morning(&shop);
    shop.paid("ORDER-1", 10_000).await;
    shop.refund(&shop.back("R-1", "ORDER-1", 5_000, 10_000)).await;
    let day = next_day(&shop, 10);
    let text = text(&shop, "fundflowbill", &format!("bill_date={day}")).await;
    let lines: Vec<&str> = text.split("\r\n").collect();
    let balance = |at: usize| lines[at].split(',').nth(7).unwrap().to_owned();
    assert_eq!(lines[1].split(',').count(), 11);
    assert_eq!([balance(1), balance(2), balance(3)], ["`100.00", "`99.40", "`49.70"]);
    assert_eq!(lines[5], "`3,`1,`100.00,`2,`50.30");
}
