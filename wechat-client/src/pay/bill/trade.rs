//! The trade bill: payments and refunds of one day, columns by name.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::outcome::clipped;
use crate::pay::bill::table::{OddLine, Row, Table};
use crate::pay::fields::MalformedData;
use crate::pay::yuan::count;

const WHAT: &str = "trade bill";

/// Without one of these no row means anything.
const NEEDED: [&str; 7] = ["交易时间", "公众账号ID", "商户号", "微信订单号", "商户订单号", "交易状态", "订单金额"];

/// One payment may be refunded many times; a refund stands in one row.
const KEY: [&str; 3] = ["微信订单号", "微信退款单号", "交易状态"];

/// What a row of the trade bill is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BillTradeState {
    /// `SUCCESS`: a payment.
    Success,
    /// `REFUND`: a refund that was accepted.
    Refund,
    /// `REVOKED`: payment-code payments only.
    Revoked,
    /// A value that did not exist when this was written.
    Unknown(String),
}

impl BillTradeState {
    fn read(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "REVOKED" => Self::Revoked,
            other => Self::Unknown(clipped(other)),
        }
    }
}

/// A row of the trade bill. Yuan have become fen; columns that a kind of bill leaves out are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeBillRow {
    /// Its line in the file.
    pub line: u64,
    /// 交易时间.
    pub traded_at: DateTime<Utc>,
    /// 公众账号ID.
    pub appid: String,
    /// 商户号.
    pub mchid: String,
    /// 微信订单号.
    pub transaction_id: String,
    /// 商户订单号.
    pub out_trade_no: String,
    /// 用户标识.
    pub payer_openid: Option<String>,
    /// 交易类型, `JSAPI` for us.
    pub trade_type: Option<String>,
    /// 交易状态.
    pub state: BillTradeState,
    /// 付款银行.
    pub bank_type: Option<String>,
    /// 货币种类.
    pub currency: Option<String>,
    /// 应结订单金额 in fen: the order less WeChat's coupons; 0 in rows of refunds.
    pub settled_fen: Option<i64>,
    /// 代金券金额 in fen.
    pub coupon_fen: Option<i64>,
    /// 微信退款单号; `None` in rows of payments.
    pub refund_id: Option<String>,
    /// 商户退款单号.
    pub out_refund_no: Option<String>,
    /// 退款金额 in fen.
    pub refund_fen: Option<i64>,
    /// 充值券退款金额 in fen.
    pub coupon_refund_fen: Option<i64>,
    /// 退款类型.
    pub refund_type: Option<String>,
    /// 退款状态 as it was when the bill was made; it is not the state of the API, and is never brought up to date.
    pub refund_status: Option<String>,
    /// 商品名称.
    pub description: Option<String>,
    /// 商户数据包.
    pub attach: Option<String>,
    /// 手续费 in thousandths of a fen; negative where a fee was given back.
    pub fee_milli_fen: Option<i64>,
    /// 费率, like `0.60%`.
    pub fee_rate: Option<String>,
    /// 订单金额 in fen: compare it with the order's total.
    pub order_fen: i64,
    /// 申请退款金额 in fen: compare it with the refund.
    pub refund_asked_fen: Option<i64>,
    /// Columns that are not known here, by name.
    pub further: BTreeMap<String, String>,
}

/// A trade bill, read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeBill {
    /// Its rows, each once.
    pub rows: Vec<TradeBillRow>,
    /// Lines that repeat an earlier one word for word; they are not in `rows`. A case for a human.
    pub repeated_lines: Vec<u64>,
    /// Lines that can't be read or contradict each other; they are not in `rows`. The others stand. A case for a human.
    pub odd_lines: Vec<OddLine>,
    /// 总交易单数, if it is readable: to be compared with the number of rows.
    pub announced_rows: Option<u64>,
    /// The sums by name, as WeChat writes them, in yuan.
    pub summary: BTreeMap<String, String>,
}

impl TradeBill {
    /// Reads the unpacked text. A line that can't be read, or contradicts another, is flagged and the day goes on; refused as a
    /// whole is what is no such bill, or ends early.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedData> {
        let mut table = Table::read(WHAT, bytes, &NEEDED, &KEY)?;
        let rows = table.rows_as(read_row);
        let announced_rows = table.summary.get("总交易单数").and_then(|text| count(text));
        Ok(Self {
            rows,
            repeated_lines: table.repeated_lines,
            odd_lines: table.odd_lines,
            announced_rows,
            summary: table.summary,
        })
    }
}

fn read_row(mut row: Row) -> Result<TradeBillRow, MalformedData> {
    let state = BillTradeState::read(&row.text("交易状态")?);
    let read = TradeBillRow {
        line: row.line,
        traded_at: row.time("交易时间")?,
        appid: row.text("公众账号ID")?,
        mchid: row.text("商户号")?,
        transaction_id: row.text("微信订单号")?,
        out_trade_no: row.text("商户订单号")?,
        payer_openid: row.optional("用户标识"),
        trade_type: row.optional("交易类型"),
        state,
        bank_type: row.optional("付款银行"),
        currency: row.optional("货币种类"),
        settled_fen: row.optional_fen("应结订单金额")?,
        coupon_fen: row.optional_fen("代金券金额")?,
        refund_id: row.optional_number("微信退款单号"),
        out_refund_no: row.optional_number("商户退款单号"),
        refund_fen: row.optional_fen("退款金额")?,
        coupon_refund_fen: row.optional_fen("充值券退款金额")?,
        refund_type: row.optional("退款类型"),
        refund_status: row.optional("退款状态"),
        description: row.optional("商品名称"),
        attach: row.optional("商户数据包"),
        fee_milli_fen: row.optional_milli_fen("手续费")?,
        fee_rate: row.optional("费率"),
        order_fen: row.fen("订单金额")?,
        refund_asked_fen: row.optional_fen("申请退款金额")?,
        further: BTreeMap::new(),
    };
    if read.transaction_id.is_empty() || read.out_trade_no.is_empty() {
        return Err(row.malformed("a number of the payment is missing"));
    }
    let has_amount = read.refund_asked_fen.is_some() || read.refund_fen.is_some();
    if read.state == BillTradeState::Refund && (read.out_refund_no.is_none() || !has_amount) {
        return Err(row.malformed("a refund without its number or amount"));
    }
    Ok(TradeBillRow { further: row.rest(), ..read })
}
