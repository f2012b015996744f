//! Bills: half a bill, a changed bill or a bill of another day must not be reconciled with.

use std::io::Write;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use chrono::NaiveDate;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use crate::testing::TestClock;
use crate::testing::{bare_answer, pay_client, signed_answer};
use crate::transport::InboundAnswer;
use crate::{
    Bill, BillDirection, BillTradeState, CallError, FundAccount, FundFlowBill, TradeBill, TradeBillKind, Unknown,
    UnknownCause,
};

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const PAYMENT: &str = "`2026-11-25 10:00:01,`wx0123456789abcdef,`1900000109,`0,`,`4200001234202611250000000001,`GP20261125A0001,`oUpF8uMuAJO,`JSAPI,`SUCCESS,`OTHERS,`CNY,`123.45,`0.00,`0,`0,`0.00,`0.00,`,`,`军浦馆 \"面膜\"\\ 2 盒,`,`0.74000,`0.60%,`123.45,`0.00,`";
const REFUND: &str = "`2026-11-25 11:00:00,`wx0123456789abcdef,`1900000109,`0,`,`4200001234202611250000000001,`GP20261125A0001,`oUpF8uMuAJO,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50000000382019052709732678859,`RF1,`3.45,`0.00,`ORIGINAL,`PROCESSING,`军浦馆,`,`-0.02000,`0.60%,`0.00,`3.45,`";
const SUMS: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`2.0,`123.45,`3.45,`0.00,`0.72000,`123.45,`3.45\r\n";

fn trade_text(rows: &[&str]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| format!("{row}\r\n")).collect();
    let rows = rows.concat();
    format!("\u{feff}{HEADER}\r\n{rows}{SUMS}")
}

fn fund_text() -> String {
    "\u{feff}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号\n\
     `2026-11-25 10:00:02,`4200001234,`F1,`交易,`交易,`收入,`123.45,`1000.00,`system,`,`GP1\n\
     `2026-11-25 10:00:02,`4200001234,`F2,`交易,`扣除交易手续费,`支出,`0.74,`999.26,`system,`,`GP1\n\
     资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`2.0,`1.0,`123.45,`1.0,`0.74\n"
        .to_owned()
}

fn zipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn link(text: &[u8], url: &str, clock: &TestClock) -> InboundAnswer {
    let hash = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text));
    signed_answer(200, &format!(r#"{{"hash_type":"SHA1","hash_value":"{hash}","download_url":"{url}"}}"#), clock)
}

const URL: &str = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Bb_c&tartype=GZIP";

fn file(body: Vec<u8>) -> InboundAnswer {
    InboundAnswer { status: 200, headers: Vec::new(), body }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap()
}

fn unreadable(fault: CallError) -> String {
    match fault {
        CallError::Unknown(Unknown { cause: UnknownCause::Unreadable(text), .. }) => text,
        other => panic!("not unreadable: {other}"),
    }
}

#[tokio::test]
async fn a_trade_bill_is_asked_for_downloaded_proven_and_read() {
    let clock = TestClock::new();
    let text = trade_text(&[PAYMENT, REFUND]);
    let answers = [Ok(link(text.as_bytes(), URL, &clock)), Ok(file(zipped(text.as_bytes())))];
    let (client, wechat) = pay_client(answers, &clock);
    let Bill::Ready(bill) = client.trade_bill(day(), TradeBillKind::All).await.unwrap() else { panic!() };
    let [paid, refunded] = bill.rows.as_slice() else { panic!("{bill:?}") };
    assert_eq!(
        (paid.state.clone(), paid.order_fen, paid.fee_milli_fen),
        (BillTradeState::Success, 12_345, Some(74_000))
    );
    assert_eq!((paid.refund_id.as_deref(), paid.description.as_deref()), (None, Some("军浦馆 \"面膜\"\\ 2 盒")));
    assert_eq!(paid.traded_at.to_rfc3339(), "2026-11-25T02:00:01+00:00");
    assert_eq!((refunded.out_refund_no.as_deref(), refunded.refund_asked_fen), (Some("RF1"), Some(345)));
    assert_eq!(refunded.fee_milli_fen, Some(-2_000));
    assert_eq!((bill.announced_rows, bill.repeated_lines.len()), (Some(2), 0));
    let [asked, downloaded] = wechat.requests().try_into().unwrap();
    assert_eq!(asked.url.query(), Some("bill_date=2026-11-25&bill_type=ALL&tar_type=GZIP"));
    assert_eq!(downloaded.url.as_str(), URL, "what is sent is the address as it was given, to the byte");
    assert!(downloaded.header("authorization").unwrap().starts_with("WECHATPAY2-SHA256-RSA2048 "));
}

#[tokio::test]
async fn a_fund_flow_bill_is_read_with_brackets_of_either_width_and_without_gzip() {
    let clock = TestClock::new();
    for text in [fund_text(), fund_text().replace('（', "(").replace('）', ")")] {
        let answers = [Ok(link(text.as_bytes(), URL, &clock)), Ok(file(text.clone().into_bytes()))];
        let (client, wechat) = pay_client(answers, &clock);
        let Bill::Ready(bill) = client.fund_flow_bill(day(), FundAccount::Basic).await.unwrap() else { panic!() };
        let flows: Vec<_> = bill.rows.iter().map(|row| (row.direction, row.amount_fen, row.balance_fen)).collect();
        assert_eq!(flows, [(BillDirection::In, 12_345, Some(100_000)), (BillDirection::Out, 74, Some(99_926))]);
        assert_eq!(bill.summary["支出金额"], "0.74");
        let asked = wechat.requests()[0].url.query().unwrap().to_owned();
        assert_eq!(asked, "bill_date=2026-11-25&account_type=BASIC&tar_type=GZIP");
    }
}

#[tokio::test]
async fn no_bill_yet_and_no_bill_ever_are_told_apart_but_only_if_proven() {
    let clock = TestClock::new();
    let none = r#"{"code":"NO_STATEMENT_EXIST","message":"账单文件不存在"}"#;
    let (client, _) = pay_client(
        [
            Ok(signed_answer(400, none, &clock)),
            Ok(signed_answer(404, &none.replace('_', ""), &clock)),
            Ok(signed_answer(400, r#"{"code":"STATEMENT_CREATING"}"#, &clock)),
            Ok(bare_answer(400, none)),
            Ok(signed_answer(429, r#"{"code":"FREQUENCY_LIMITED"}"#, &clock)),
        ],
        &clock,
    );
    assert_eq!(client.trade_bill(day(), TradeBillKind::All).await.unwrap(), Bill::NothingThatDay);
    assert_eq!(client.fund_flow_bill(day(), FundAccount::Fees).await.unwrap(), Bill::NothingThatDay);
    assert_eq!(client.trade_bill(day(), TradeBillKind::Refund).await.unwrap(), Bill::NotReady);
    assert!(matches!(client.trade_bill(day(), TradeBillKind::All).await.unwrap_err(), CallError::Unknown(_)));
    let slow = client.trade_bill(day(), TradeBillKind::Success).await.unwrap_err();
    assert!(matches!(slow, CallError::Throttled(_)));
}

#[tokio::test]
async fn a_bill_that_was_changed_cut_or_replaced_on_its_way_is_not_read() {
    let clock = TestClock::new();
    let text = trade_text(&[PAYMENT, REFUND]);
    let whole = zipped(text.as_bytes());
    let changed = zipped(text.replace("123.45", "923.45").as_bytes());
    let bodies = [
        changed,
        whole[..whole.len() / 2].to_vec(),
        text.as_bytes()[..text.len() / 2].to_vec(),
        b"<html>busy</html>".to_vec(),
        Vec::new(),
        br#"{"code":"SYSTEM_ERROR"}"#.to_vec(),
    ];
    for body in bodies {
        let (client, _) = pay_client([Ok(link(text.as_bytes(), URL, &clock)), Ok(file(body))], &clock);
        unreadable(client.trade_bill(day(), TradeBillKind::All).await.unwrap_err());
    }
}

#[tokio::test]
async fn a_bomb_is_not_unpacked_to_all_of_the_memory() {
    let clock = TestClock::new();
    let bomb = zipped(&vec![b'0'; (64 << 20) + 1]);
    assert!(bomb.len() < 1 << 20);
    let (client, _) = pay_client([Ok(link(b"x", URL, &clock)), Ok(file(bomb))], &clock);
    let text = unreadable(client.trade_bill(day(), TradeBillKind::All).await.unwrap_err());
    assert!(text.contains("64 MiB"), "{text}");
}

#[tokio::test]
async fn our_signature_does_not_go_to_another_host() {
    let clock = TestClock::new();
    let urls = [
        "https://evil.example/v3/billdownload/file?token=x",
        "https://api.mch.weixin.qq.com.evil.example/v3/billdownload/file",
        "http://api.mch.weixin.qq.com/v3/billdownload/file",
        "https://user@api.mch.weixin.qq.com/v3/billdownload/file",
        "https://api.mch.weixin.qq.com/v3/refund/domestic/refunds",
        "no address",
    ];
    for url in urls {
        let (client, wechat) = pay_client([Ok(link(b"x", url, &clock))], &clock);
        unreadable(client.trade_bill(day(), TradeBillKind::All).await.unwrap_err());
        assert_eq!(wechat.requests().len(), 1, "{url}");
    }
}

#[tokio::test]
async fn a_link_that_has_died_is_no_refusal_of_the_bill() {
    let clock = TestClock::new();
    let dead = bare_answer(400, r#"{"code":"INVALID_REQUEST","message":"链接已过期"}"#);
    let (client, _) = pay_client([Ok(link(b"x", URL, &clock)), Ok(dead)], &clock);
    assert!(matches!(client.trade_bill(day(), TradeBillKind::All).await.unwrap_err(), CallError::Unknown(_)));
}

fn odd_lines(text: &str) -> Vec<u64> {
    TradeBill::parse(text.as_bytes()).unwrap().odd_lines.iter().map(|odd| odd.line).collect()
}

#[test]
fn a_repeated_row_is_counted_once_and_of_a_contradiction_neither_row_is_but_the_others_are() {
    let bill = TradeBill::parse(trade_text(&[PAYMENT, PAYMENT, REFUND]).as_bytes()).unwrap();
    assert_eq!((bill.rows.len(), bill.repeated_lines.as_slice()), (2, [3].as_slice()));
    let other = PAYMENT.replace("123.45", "123.46");
    let bill = TradeBill::parse(trade_text(&[PAYMENT, REFUND, &other]).as_bytes()).unwrap();
    assert_eq!((bill.rows.len(), bill.rows[0].line), (1, 3));
    let odd: Vec<u64> = bill.odd_lines.iter().map(|odd| odd.line).collect();
    assert_eq!(odd, [2, 4]);
    assert!(bill.odd_lines.iter().all(|odd| odd.reason.contains("contradicts")), "{:?}", bill.odd_lines);
}

#[test]
fn empty_lines_do_not_shift_the_line_that_a_fault_names() {
    let broken = PAYMENT.replace("`0.74000", "`0.740001");
    for line_end in ["\n", "\r\n"] {
        let text = format!("{HEADER}\n{line_end}{line_end}{REFUND}\n{line_end}{broken}\n{SUMS}");
        assert_eq!(odd_lines(&text), [6]);
        let text = format!("\u{feff}{line_end}{HEADER}\n{REFUND}\n{line_end}{REFUND}\n{SUMS}");
        assert_eq!(TradeBill::parse(text.as_bytes()).unwrap().repeated_lines, [5]);
    }
}

#[test]
fn a_header_of_a_million_columns_costs_nothing() {
    let columns: Vec<String> = (0..1_000_000).map(|number| number.to_string()).collect();
    let text = format!("{}\n{SUMS}", columns.join(","));
    let fault = TradeBill::parse(text.as_bytes()).unwrap_err().to_string();
    assert!(fault.contains("256 columns"), "{fault}");
}

#[test]
fn a_row_that_can_not_be_read_is_flagged_and_not_quoted_and_the_day_goes_on() {
    let spoiled = [
        ("`123.45,`0.00,`0,", "`12x.45,`0.00,`0,"),
        ("`0.74000", "`0.740001"),
        ("2026-11-25 10:00:01", "2026-13-25 10:00:01"),
        ("`GP20261125A0001", "`"),
        ("`SUCCESS,", "`SUCCESS,`extra,"),
        ("`SUCCESS", "`REFUND"),
    ];
    for (old, new) in spoiled {
        assert!(PAYMENT.contains(old), "{old}");
        let bill = TradeBill::parse(trade_text(&[REFUND, &PAYMENT.replace(old, new)]).as_bytes()).unwrap();
        assert_eq!((bill.rows.len(), bill.odd_lines.len(), bill.odd_lines[0].line), (1, 1, 3));
        let text = &bill.odd_lines[0].reason;
        assert!(!text.contains("oUpF8uMuAJO") && !text.contains("GP2026"), "{text}");
    }
    let text = fund_text();
    for (old, new) in [("`收入", "`其他"), ("`123.45,`1000", "`-123.45,`1000"), ("`F1", "`")] {
        let bill = FundFlowBill::parse(text.replacen(old, new, 1).as_bytes()).unwrap();
        assert_eq!(bill.odd_lines.len(), 1, "{new}");
    }
}

#[test]
fn a_bill_that_ends_early_goes_on_or_is_not_text_is_refused() {
    let whole = trade_text(&[PAYMENT, REFUND]);
    let sums_at = whole.find("总交易单数").unwrap();
    let spoiled = [
        whole[..sums_at].to_owned(),
        whole[..whole.rfind("`2.0").unwrap()].to_owned(),
        format!("{whole}more\r\n"),
        whole.replace("交易状态", "交易时间"),
        whole.replace("订单金额,申请", "金额,申请"),
        String::new(),
        "<html></html>".to_owned(),
    ];
    for text in &spoiled {
        TradeBill::parse(text.as_bytes()).unwrap_err();
    }
    TradeBill::parse(&[0xff, 0xfe, 0x00]).unwrap_err();
}

#[test]
fn columns_that_are_new_moved_or_left_out_do_not_cost_the_bill() {
    let new = trade_text(&[PAYMENT])
        .replace("费率备注", "费率备注,新列")
        .replace("`123.45,`0.00,`\r\n", "`123.45,`0.00,`,`new\r\n");
    let bill = TradeBill::parse(new.as_bytes()).unwrap();
    assert_eq!(bill.rows[0].further["新列"], "new");
    let success = "交易时间,公众账号ID,商户号,商户订单号,微信订单号,交易状态,订单金额,手续费\n\
        `2026-11-25 10:00:01,`wx,`1,`GP1,`42,`SUCCESS,`1.00,`0.01000\n总交易单数\n`1\n";
    let bill = TradeBill::parse(success.as_bytes()).unwrap();
    assert_eq!((bill.rows[0].transaction_id.as_str(), bill.rows[0].order_fen), ("42", 100));
    assert_eq!(bill.rows[0].refund_asked_fen, None);
    // A day without movements has no rows, yet sums.
    assert!(TradeBill::parse(trade_text(&[]).as_bytes()).unwrap().rows.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop(TradeBill::parse(&bytes));
        drop(FundFlowBill::parse(&bytes));
    }

    #[test]
    fn no_damage_to_a_bill_makes_the_reader_panic(at in 0..2000_usize, byte in any::<u8>()) {
        let mut text = trade_text(&[PAYMENT, REFUND]).into_bytes();
        let at = at % text.len();
        text[at] = byte;
        drop(TradeBill::parse(&text));
    }
}
