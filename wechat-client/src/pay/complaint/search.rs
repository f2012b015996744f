//! Asking for complaints: a list by pages, one of them, and what was said about it.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::outcome::{CallError, Outcome, clipped};
use crate::pay::PayClient;
use crate::pay::complaint::{Complaint, OneOrMany, PATH, RawComplaint, RawMedia, is_complaint_id, media_urls};
use crate::pay::exchange::PayCall;
use crate::pay::fields::{instant, refused_for};
use crate::pay::query::not_a_number;

/// Most complaints on a page.
const PAGE_LIMIT: u32 = 50;

/// Most entries of a history on a page.
const HISTORY_PAGE_LIMIT: u32 = 300;

/// Longest span of days of one search.
const SPAN_LIMIT_DAYS: i64 = 30;

/// Which complaints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComplaintSearch {
    /// First Beijing day.
    pub begin: NaiveDate,
    /// Last Beijing day, at most 30 days later.
    pub end: NaiveDate,
    /// How many to pass over.
    pub offset: u32,
    /// How many at most, 1 to 50.
    pub limit: u32,
}

impl ComplaintSearch {
    fn faults(&self) -> Vec<String> {
        let span_days = (self.end - self.begin).num_days();
        let checks = [
            ((0..=SPAN_LIMIT_DAYS).contains(&span_days), "begin and end must be 0 to 30 days apart"),
            ((1..=PAGE_LIMIT).contains(&self.limit), "limit must be 1 to 50"),
        ];
        checks.into_iter().filter(|(fits, _)| !fits).map(|(_, fault)| fault.to_owned()).collect()
    }
}

/// A page of complaints.
#[derive(Debug, Clone)]
pub struct ComplaintPage {
    /// The complaints.
    pub complaints: Vec<Complaint>,
    /// How many there are in all, if told; go on with `offset` until they are all seen or a page is empty.
    pub total: Option<u64>,
}

/// One entry of the history of a complaint. `Debug` shows nobody's words.
#[derive(Clone)]
pub struct NegotiationEntry {
    /// WeChat's number of the entry.
    pub log_id: String,
    /// Who did it, in WeChat's words.
    pub operator: String,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// For example `USER_CREATE_COMPLAINT`, `MERCHANT_RESPONSE`; WeChat adds kinds, so it stays text.
    pub kind: String,
    /// What was said.
    pub details: Option<String>,
    /// Addresses of pictures.
    pub media_urls: Vec<String>,
}

impl fmt::Debug for NegotiationEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NegotiationEntry")
            .field("log_id", &self.log_id)
            .field("kind", &self.kind)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A page of the history of a complaint.
#[derive(Debug, Clone)]
pub struct NegotiationPage {
    /// The entries.
    pub entries: Vec<NegotiationEntry>,
    /// How many there are in all, if told.
    pub total: Option<u64>,
}

#[derive(Deserialize)]
struct RawPage<T> {
    #[serde(default = "Option::default")]
    data: Option<Vec<T>>,
    #[serde(default)]
    total_count: Option<u64>,
}

#[derive(Deserialize)]
struct RawEntry {
    log_id: String,
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    operate_time: Option<String>,
    operate_type: String,
    #[serde(default)]
    operate_details: Option<String>,
    #[serde(default)]
    complaint_media_list: Option<OneOrMany<RawMedia>>,
    #[serde(default)]
    image_list: Option<Vec<String>>,
}

impl RawEntry {
    fn into_entry(self) -> NegotiationEntry {
        let mut urls = media_urls(self.complaint_media_list);
        urls.extend(self.image_list.unwrap_or_default());
        NegotiationEntry {
            log_id: self.log_id,
            operator: self.operator.unwrap_or_default(),
            at: instant(self.operate_time.as_deref()),
            kind: clipped(&self.operate_type),
            details: self.operate_details,
            media_urls: urls,
        }
    }
}

impl PayClient {
    /// A page of the complaints against this merchant.
    pub async fn complaints(&self, search: &ComplaintSearch) -> Outcome<ComplaintPage> {
        refused_for(search.faults())?;
        let call = PayCall::get(PATH)
            .with("limit", search.limit.to_string())
            .with("offset", search.offset.to_string())
            .with("begin_date", search.begin.to_string())
            .with("end_date", search.end.to_string())
            .with("complainted_mchid", self.merchant.mchid.as_str());
        let page: RawPage<RawComplaint> = self.exchange(call).await?.parsed("list of complaints")?;
        let key = &self.merchant.signing_key;
        let complaints = page.data.unwrap_or_default().into_iter().map(|raw| raw.opened(key)).collect();
        Ok(ComplaintPage { complaints, total: page.total_count })
    }

    /// One complaint.
    pub async fn complaint(&self, complaint_id: &str) -> Outcome<Complaint> {
        let path = path_of(complaint_id, "")?;
        let answer = self.exchange(PayCall::get(&path)).await?;
        let raw: RawComplaint = answer.parsed("complaint")?;
        if raw.complaint_id != complaint_id {
            return Err(answer.unreadable("it is about another complaint".to_owned()));
        }
        Ok(raw.opened(&self.merchant.signing_key))
    }

    /// What was said and done about a complaint, oldest page first; `limit` 1 to 300.
    pub async fn negotiation_history(&self, complaint_id: &str, offset: u32, limit: u32) -> Outcome<NegotiationPage> {
        let path = path_of(complaint_id, "/negotiation-historys")?;
        if !(1..=HISTORY_PAGE_LIMIT).contains(&limit) {
            refused_for(vec!["limit must be 1 to 300".to_owned()])?;
        }
        let call = PayCall::get(&path).with("limit", limit.to_string()).with("offset", offset.to_string());
        let page: RawPage<RawEntry> = self.exchange(call).await?.parsed("negotiation history")?;
        let entries = page.data.unwrap_or_default().into_iter().map(RawEntry::into_entry).collect();
        Ok(NegotiationPage { entries, total: page.total_count })
    }
}

pub(super) fn path_of(complaint_id: &str, rest: &str) -> Result<String, CallError> {
    if !is_complaint_id(complaint_id) {
        return Err(not_a_number("complaint_id"));
    }
    Ok(format!("{PATH}/{complaint_id}{rest}"))
}
