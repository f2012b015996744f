//! Pictures and bills that can be fetched.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::core::tables::{Dated, Keyed};

/// What is in a bill.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bill {
    All,
    Success,
    Refund,
    FundFlow,
    /// Of the accounts that this merchant does not use.
    OtherFundFlow,
}

/// A download link.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct BillLink {
    pub(crate) token: String,
    pub(crate) bill: Bill,
    pub(crate) day: NaiveDate,
    pub(crate) gzip: bool,
    pub(crate) created_at: DateTime<Utc>,
}

/// A URL Scheme or URL Link that was given out.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) env_version: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Keyed for Link {
    fn key(&self) -> &str {
        &self.url
    }
}

impl Dated for Link {
    const KEPT: TimeDelta = TimeDelta::days(60);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

/// That a picture was uploaded; the picture itself is not kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Picture {
    pub(crate) media_id: String,
    pub(crate) created_at: DateTime<Utc>,
}

impl Keyed for Picture {
    fn key(&self) -> &str {
        &self.media_id
    }
}

impl Dated for Picture {
    const KEPT: TimeDelta = TimeDelta::days(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

impl Keyed for BillLink {
    fn key(&self) -> &str {
        &self.token
    }
}

impl Dated for BillLink {
    const KEPT: TimeDelta = TimeDelta::hours(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}
