//! Bills: the reader of CSV by itself, and behind a signed link, gzip and the hash.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use chrono::NaiveDate;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tokio::runtime::Runtime;
use wechat_client::{Bill, CallError, FundFlowBill, Outcome, PayClient, TradeBill, TradeBillKind};

use crate::harness::Target;
use crate::inputs::{Dice, Input};
use crate::wechat::{Proof, Scripted, assert_fit_for_a_log, bare_answer, pay_client, runtime, sha1_hex};

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const PAYMENT: &str = "`2026-11-25 10:00:01,`wx0123456789abcdef,`1900000109,`0,`,`4200001234202611250000000001,`GP20261125A0001,`oUpF8uMuAJO,`JSAPI,`SUCCESS,`OTHERS,`CNY,`123.45,`0.00,`0,`0,`0.00,`0.00,`,`,`军浦馆 \"面膜\"\\ 2 盒,`,`0.74000,`0.60%,`123.45,`0.00,`";
const REFUND: &str = "`2026-11-25 11:00:00,`wx0123456789abcdef,`1900000109,`0,`,`4200001234202611250000000001,`GP20261125A0001,`oUpF8uMuAJO,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50000000382019052709732678859,`RF1,`3.45,`0.00,`ORIGINAL,`PROCESSING,`军浦馆,`,`-0.02000,`0.60%,`0.00,`3.45,`";
const SUMS: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`2.0,`123.45,`3.45,`0.00,`0.72000,`123.45,`3.45\r\n";
const FUND_FLOW: &str = "\u{feff}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号\n\
    `2026-11-25 10:00:02,`4200001234,`F1,`交易,`交易,`收入,`123.45,`1000.00,`system,`,`GP1\n\
    `2026-11-25 10:00:02,`4200001234,`F2,`交易,`扣除交易手续费,`支出,`0.74,`999.26,`system,`,`GP1\n\
    资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`2.0,`1.0,`123.45,`1.0,`0.74\n";
/// The columns that a bill can't do without, and one with free text.
const FEW_COLUMNS: &str = "交易时间,公众账号ID,商户号,商户订单号,微信订单号,交易状态,订单金额,商品名称";
/// Columns that nobody knows yet.
const NEW_COLUMNS: usize = 200;
const URL: &str = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Bb_c&tartype=GZIP";
/// One input of so many is downloaded too: that takes three signatures.
const DOWNLOADED_OF: usize = 8;
const NAME_MAX: usize = 200;

pub(crate) struct Bills {
    wechat: Arc<Scripted>,
    client: PayClient,
    runtime: Runtime,
}

impl Bills {
    pub(crate) fn new() -> Self {
        let wechat = Arc::default();
        let client = pay_client(&wechat);
        Self { wechat, client, runtime: runtime() }
    }

    /// A signed link to `file`, and then these bytes.
    fn downloaded(&self, file: &[u8], bytes: &[u8]) -> Outcome<Bill<TradeBill>> {
        let link = json!({"hash_type": "SHA1", "hash_value": sha1_hex(&[file]), "download_url": URL}).to_string();
        self.wechat.will_answer([Proof::of(link.as_bytes()).answer(link.as_bytes()), bare_answer(200, bytes)]);
        let day = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        self.runtime.block_on(self.client.trade_bill(day, TradeBillKind::All))
    }

    /// What arrives whole is read as it is; what arrives otherwise is not read as something else.
    fn check_download(&self, file: &[u8], dice: &mut Dice) {
        let wanted = TradeBill::parse(file).ok();
        let whole = zipped(file);
        match (self.downloaded(file, &whole), &wanted) {
            (Ok(Bill::Ready(bill)), Some(wanted)) => assert_eq!(bill, *wanted),
            (Err(CallError::Unknown(unknown)), None) => assert_fit_for_a_log(&unknown),
            (end, _) => panic!("downloaded: {end:?}, read: {wanted:?}"),
        }
        match (self.downloaded(file, &dice.flipped(&whole)), &wanted) {
            // Not every bit of a gzip file means something.
            (Ok(Bill::Ready(bill)), Some(wanted)) => assert_eq!(bill, *wanted),
            (Err(CallError::Unknown(unknown)), _) => assert_fit_for_a_log(&unknown),
            (end, _) => panic!("downloaded with a changed bit: {end:?}, read: {wanted:?}"),
        }
    }
}

impl Target for Bills {
    fn documents(&self) -> Vec<Vec<u8>> {
        let whole = format!("\u{feff}{HEADER}\r\n{PAYMENT}\r\n{REFUND}\r\n{SUMS}");
        let names: Vec<String> = (0..NEW_COLUMNS).map(|number| format!(",新列{number}")).collect();
        let wide = format!("{HEADER}{}\n{PAYMENT}{}\n{SUMS}", names.concat(), ",`".repeat(NEW_COLUMNS));
        for text in [&whole, &wide] {
            TradeBill::parse(text.as_bytes()).unwrap();
        }
        FundFlowBill::parse(FUND_FLOW.as_bytes()).unwrap();
        let empty = format!("{HEADER}\r\n{SUMS}");
        [whole, FUND_FLOW.to_owned(), FUND_FLOW.replace('（', "(").replace('）', ")"), wide, empty]
            .map(String::into_bytes)
            .to_vec()
    }

    fn check(&self, input: &Input) {
        let mut dice = input.dice();
        let is_downloaded = dice.below(DOWNLOADED_OF) == 0;
        check_trade_bill(&input.bytes);
        check_fund_flow_bill(&input.bytes);
        check_line_ends(&input.bytes);
        check_written(&input.text(), dice.number());
        if is_downloaded {
            self.check_download(&input.bytes, &mut dice);
        }
    }
}

fn zipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').count() as u64
}

fn check_trade_bill(bytes: &[u8]) {
    match TradeBill::parse(bytes) {
        Ok(bill) => {
            let rows = (bill.rows.len() + bill.repeated_lines.len() + bill.odd_lines.len()) as u64;
            assert!(rows + 3 <= lines(bytes), "a header and two lines of sums are no rows");
            for row in &bill.rows {
                assert!((1..=lines(bytes)).contains(&row.line));
                assert!(!row.transaction_id.is_empty() && !row.out_trade_no.is_empty());
            }
        }
        Err(fault) => assert_fit_for_a_log(&fault),
    }
}

fn check_fund_flow_bill(bytes: &[u8]) {
    match FundFlowBill::parse(bytes) {
        Ok(bill) => {
            let rows = (bill.rows.len() + bill.repeated_lines.len() + bill.odd_lines.len()) as u64;
            assert!(rows + 3 <= lines(bytes), "a header and two lines of sums are no rows");
            let mut seen = HashSet::new();
            for row in &bill.rows {
                assert!(row.amount_fen >= 0 && !row.flow_no.is_empty());
                assert!(seen.insert((row.flow_no.as_str(), row.direction)), "one movement is counted twice");
            }
        }
        Err(fault) => assert_fit_for_a_log(&fault),
    }
}

/// Lines may end in either way.
fn check_line_ends(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.contains('\r') {
        return;
    }
    let rows = |text: &str| TradeBill::parse(text.as_bytes()).map(|bill| bill.rows.len()).ok();
    assert_eq!(rows(text), rows(&text.replace('\n', "\r\n")));
}

/// What a bill says comes back, to the fen and to the letter.
fn check_written(text: &str, fen: i64) {
    let name: String = text.chars().filter(|letter| !matches!(letter, ',' | '\n')).take(NAME_MAX).collect();
    let name = name.trim_end();
    // The one number that has no opposite.
    let fen = if fen == i64::MIN { 0 } else { fen };
    let sign = if fen < 0 { "-" } else { "" };
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let row = format!("`2026-11-25 10:00:01,`wx0123456789abcdef,`19,`GP1,`42,`SUCCESS,`{sign}{yuan}.{rest:02},`{name}");
    let bill = TradeBill::parse(format!("{FEW_COLUMNS}\n{row}\n总交易单数\n`1\n").as_bytes()).unwrap();
    let [read] = bill.rows.as_slice() else { panic!("not one row: {bill:?}") };
    assert_eq!((read.order_fen, read.description.as_deref().unwrap_or_default()), (fen, name));
    assert_eq!((bill.announced_rows, read.line), (Some(1), 2));
}
