//! The one source of time. Nothing else in the crate asks the system what time it is, so that tests and
//! the demo can move time for the shop and for the stand-in of WeChat together.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::base::sql_types::sql_newtype;

/// Shanghai has been UTC+8 without daylight saving since 1991; days, months and years of the shop are cut here.
const SHANGHAI_OFFSET_S: i32 = 8 * 3600;

/// Wall clock with an offset in milliseconds that a sandbox may move. Cloning shares the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock, not moved.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that follows an offset (milliseconds) owned by somebody else, for example by the stand-in of WeChat.
    pub fn following(offset_ms: Arc<AtomicI64>) -> Self {
        Self { offset_ms }
    }

    /// Now, truncated to milliseconds: PostgreSQL would keep microseconds and SQLite more, and a value that
    /// differs from what was stored can't be compared with it.
    pub fn now(&self) -> DateTime<Utc> {
        let offset = chrono::Duration::milliseconds(self.offset_ms.load(Ordering::SeqCst));
        (Utc::now() + offset).trunc_subsecs(3)
    }

    /// Now, in the form that is stored and shown.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from(self.now())
    }

    /// Moves this clock, and every clock that shares its offset, forward.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

/// A UTC moment with millisecond precision, as stored. Goes out as RFC 3339 with +08:00.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Timestamp)]
#[schema(value_type = String, format = DateTime, example = "2026-11-23T20:00:00.000+08:00")]
pub struct Timestamp(NaiveDateTime);

sql_newtype!(Timestamp, diesel::sql_types::Timestamp, NaiveDateTime);

impl Timestamp {
    /// This moment and `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
        Self(self.0.checked_add_signed(by).unwrap_or(NaiveDateTime::MAX))
    }

    /// This moment and `by` earlier.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
        Self(self.0.checked_sub_signed(by).unwrap_or(NaiveDateTime::MIN))
    }

    /// The same moment as chrono has it.
    pub fn utc(self) -> DateTime<Utc> {
        self.0.and_utc()
    }

    /// RFC 3339 in Shanghai: `2026-11-23T20:00:00.000+08:00`.
    pub fn rfc3339(self) -> String {
        self.utc().with_timezone(&shanghai()).to_rfc3339_opts(SecondsFormat::Millis, false)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(3).naive_utc())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

/// Shanghai's fixed offset.
pub fn shanghai() -> FixedOffset {
    // The constant is within chrono's range of one day; the fallback can't be reached.
    FixedOffset::east_opt(SHANGHAI_OFFSET_S).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}
