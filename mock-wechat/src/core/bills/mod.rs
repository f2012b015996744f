//! Bills (contract B.12): asked for with a signed call, fetched by a link that lives five minutes.

mod fund_flow;
mod sheet;
mod trade;

use std::io::Read;

use chrono::{DateTime, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde_json::json;

use super::refusal::Refusal;
use crate::Error;
use crate::core::context::{Context, Reply, beijing};
use crate::core::records::{Bill, BillLink};
use crate::core::state::State;
use crate::crypto::sha1_hex;
use crate::message::{Answer, Request};

const LINK_LIFE: TimeDelta = TimeDelta::minutes(5);
/// A bill can be fetched from ten in the morning of the next day, and for three months.
const READY_HOUR: i64 = 10;
/// What became of a refund by this time of the next day is what the bill tells for ever.
const DRAWN_UP_HOUR: i64 = 9;
const MONTHS: Months = Months::new(3);

/// GET `/v3/bill/tradebill`
pub(crate) fn trade_bill(context: &mut Context<'_>, request: &Request) -> Result<Reply, Refusal> {
    let bill = match request.query("bill_type").as_deref() {
        None | Some("" | "ALL") => Bill::All,
        Some("SUCCESS") => Bill::Success,
        Some("REFUND") => Bill::Refund,
        Some(_) => return Err(Refusal::query("bill_type", "不在允许的取值范围内")),
    };
    link(context, request, bill)
}

/// GET `/v3/bill/fundflowbill`
pub(crate) fn fund_flow_bill(context: &mut Context<'_>, request: &Request) -> Result<Reply, Refusal> {
    let bill = match request.query("account_type").as_deref() {
        None | Some("" | "BASIC") => Bill::FundFlow,
        Some("OPERATION" | "FEES") => Bill::OtherFundFlow,
        Some(_) => return Err(Refusal::query("account_type", "不在允许的取值范围内")),
    };
    link(context, request, bill)
}

fn link(context: &mut Context<'_>, request: &Request, bill: Bill) -> Result<Reply, Refusal> {
    let gzip = match request.query("tar_type").as_deref() {
        None | Some("") => false,
        Some("GZIP") => true,
        Some(_) => return Err(Refusal::query("tar_type", "不在允许的取值范围内")),
    };
    let day = request.query("bill_date").ok_or_else(|| Refusal::query("bill_date", "缺少必填参数"))?;
    let parsed = NaiveDate::parse_from_str(&day, "%Y-%m-%d").ok().filter(|_| day.len() == 10);
    let day = parsed.ok_or_else(|| Refusal::query("bill_date", "日期格式应为yyyy-MM-DD"))?;
    let now = beijing(context.now).naive_local();
    if day >= now.date() {
        return Err(Refusal::query("bill_date", "账单日期应早于今日"));
    }
    if day.checked_add_months(MONTHS).is_some_and(|last| last < now.date()) {
        return Err(Refusal::query("bill_date", "账单日期应在三个月内"));
    }
    if now < next_day(day, READY_HOUR) {
        return Err(Refusal::statement_creating());
    }
    let text = write(context, bill, day)?.ok_or_else(Refusal::no_statement)?;
    let token = context.random.alphanumeric(64);
    let url = format!("{}/v3/billdownload/file?token={token}", host(context, request));
    context.save(BillLink { token, bill, day, gzip, created_at: context.now });
    Ok(Reply::ok(json!({ "hash_type": "SHA1", "hash_value": sha1_hex(&text), "download_url": url })))
}

/// Where this stand-in is reached: told by the settings, or as the request reached it.
fn host(context: &Context<'_>, request: &Request) -> String {
    let told = &context.state.settings.public_url;
    if !told.is_empty() {
        return told.trim_end_matches('/').to_owned();
    }
    let scheme = request.get("X-Forwarded-Proto").unwrap_or("http");
    request.get("Host").map_or_else(|| "https://api.mch.weixin.qq.com".to_owned(), |host| format!("{scheme}://{host}"))
}

/// GET `/v3/billdownload/file`: the raw file.
pub(crate) fn file(context: &Context<'_>, request: &Request) -> Result<Answer, Refusal> {
    let token = request.query("token").unwrap_or_default();
    let link = context.state.bill_links.get(&token);
    let link = link.filter(|link| context.now - link.created_at <= LINK_LIFE);
    let link = link.ok_or_else(|| Refusal::invalid_request("下载链接已失效"))?;
    let text = write(context, link.bill, link.day)?.ok_or_else(Refusal::no_statement)?;
    let (bytes, kind) = if link.gzip {
        (gzip(&text).map_err(Error::Bill)?, "application/gzip")
    } else {
        (text, "text/plain; charset=utf-8")
    };
    Ok(Answer { status: 200, headers: vec![("Content-Type".to_owned(), kind.to_owned())], body: bytes })
}

fn gzip(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    flate2::read::GzEncoder::new(text, flate2::Compression::default()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a bill, or `None` when nothing happened on that day.
fn write(context: &Context<'_>, bill: Bill, day: NaiveDate) -> Result<Option<Vec<u8>>, Error> {
    let on_day = Day { state: context.state, account: &context.keys.account, date: day };
    match bill {
        Bill::FundFlow => fund_flow::write(&on_day),
        Bill::OtherFundFlow => Ok(None),
        _ => trade::write(&on_day, bill),
    }
}

/// The books, and the day that is asked about.
struct Day<'a> {
    state: &'a State,
    account: &'a crate::Account,
    date: NaiveDate,
}

impl Day<'_> {
    fn has(&self, time: DateTime<Utc>) -> bool {
        beijing(time).date_naive() == self.date
    }

    /// Whether this had happened when the bill was drawn up.
    fn knows(&self, time: DateTime<Utc>) -> bool {
        beijing(time).naive_local() <= next_day(self.date, DRAWN_UP_HOUR)
    }
}

/// This hour of the day after, Beijing time.
fn next_day(day: NaiveDate, hour: i64) -> NaiveDateTime {
    let midnight = day.and_time(NaiveTime::MIN);
    midnight.checked_add_signed(TimeDelta::hours(24 + hour)).unwrap_or(midnight)
}

/// `yyyy-MM-dd HH:mm:ss` in Beijing.
fn moment(time: DateTime<Utc>) -> String {
    beijing(time).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Yuan with two decimals.
fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

/// WeChat's fee of 0.60 %, in fen, rounded half up.
fn fee(fen: i64) -> i64 {
    (fen * 60 + 5_000) / 10_000
}

/// The fee column has five decimals.
fn fee_text(fen: i64) -> String {
    format!("{}000", yuan(fen))
}
