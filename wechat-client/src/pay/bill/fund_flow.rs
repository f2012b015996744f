//! The fund-flow bill: every movement of money of one account on one day.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::pay::bill::table::{OddLine, Row, Table};
use crate::pay::fields::MalformedData;
use crate::pay::yuan::count;

const WHAT: &str = "fund-flow bill";

/// Without one of these no row means anything.
const NEEDED: [&str; 5] = ["记账时间", "微信支付业务单号", "资金流水单号", "收支类型", "收支金额(元)"];

const KEY: [&str; 2] = ["资金流水单号", "收支类型"];

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BillDirection {
    /// 收入: into the account.
    In,
    /// 支出: out of the account.
    Out,
}

/// A row of the fund-flow bill. Yuan have become fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundFlowRow {
    /// Its line in the file.
    pub line: u64,
    /// 记账时间.
    pub booked_at: DateTime<Utc>,
    /// 微信支付业务单号: the payment's or refund's number at WeChat; a payment and its fee may share one.
    pub business_no: String,
    /// 资金流水单号: the number of this movement.
    pub flow_no: String,
    /// 业务名称.
    pub business_name: Option<String>,
    /// 业务类型.
    pub business_type: Option<String>,
    /// 收支类型.
    pub direction: BillDirection,
    /// 收支金额 in fen; never negative, the direction tells its sign.
    pub amount_fen: i64,
    /// 账户结余 in fen.
    pub balance_fen: Option<i64>,
    /// 资金变更提交申请人.
    pub applicant: Option<String>,
    /// 备注.
    pub remark: Option<String>,
    /// 业务凭证号: our number of the refund or transfer.
    pub voucher_no: Option<String>,
    /// Columns that are not known here, by name.
    pub further: BTreeMap<String, String>,
}

/// A fund-flow bill, read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundFlowBill {
    /// Its rows, each once.
    pub rows: Vec<FundFlowRow>,
    /// Lines that repeat an earlier one word for word; they are not in `rows`. A case for a human.
    pub repeated_lines: Vec<u64>,
    /// Lines that can't be read or contradict each other; they are not in `rows`. The others stand. A case for a human.
    pub odd_lines: Vec<OddLine>,
    /// 资金流水总笔数, if it is readable: to be compared with the number of rows.
    pub announced_rows: Option<u64>,
    /// The sums by name, as WeChat writes them, in yuan.
    pub summary: BTreeMap<String, String>,
}

impl FundFlowBill {
    /// Reads the unpacked text. A line that can't be read, or contradicts another, is flagged and the day goes on; refused as a
    /// whole is what is no such bill, or ends early.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedData> {
        let mut table = Table::read(WHAT, bytes, &NEEDED, &KEY)?;
        let rows = table.rows_as(read_row);
        let announced_rows = table.summary.get("资金流水总笔数").and_then(|text| count(text));
        Ok(Self {
            rows,
            repeated_lines: table.repeated_lines,
            odd_lines: table.odd_lines,
            announced_rows,
            summary: table.summary,
        })
    }
}

fn read_row(mut row: Row) -> Result<FundFlowRow, MalformedData> {
    let direction = match row.text("收支类型")?.as_str() {
        "收入" => BillDirection::In,
        "支出" => BillDirection::Out,
        _ => return Err(row.malformed("收支类型 is neither in nor out")),
    };
    let read = FundFlowRow {
        line: row.line,
        booked_at: row.time("记账时间")?,
        business_no: row.text("微信支付业务单号")?,
        flow_no: row.text("资金流水单号")?,
        business_name: row.optional("业务名称"),
        business_type: row.optional("业务类型"),
        direction,
        amount_fen: row.fen("收支金额(元)")?,
        balance_fen: row.optional_fen("账户结余(元)")?,
        applicant: row.optional("资金变更提交申请人"),
        remark: row.optional("备注"),
        voucher_no: row.optional("业务凭证号"),
        further: BTreeMap::new(),
    };
    if read.flow_no.is_empty() {
        return Err(row.malformed("资金流水单号 is missing"));
    }
    if read.amount_fen < 0 {
        return Err(row.malformed("a negative amount"));
    }
    Ok(FundFlowRow { further: row.rest(), ..read })
}
