//! What every feature works with: state, keys, randomness and the time, and how it answers.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde_json::Value;

use super::random::Random;
use super::records::Record;
use super::state::State;
use crate::crypto::sha256_hex;
use crate::keys::Keys;

/// What a feature sees while it works on one request.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a State,
    pub(crate) keys: &'a Keys,
    pub(crate) random: &'a mut Random,
    pub(crate) now: DateTime<Utc>,
    pub(super) changes: Vec<Record>,
}

impl Context<'_> {
    /// Takes effect when the work succeeds; until then the state shows the old row.
    pub(crate) fn save(&mut self, record: impl Into<Record>) {
        self.changes.push(record.into());
    }
}

/// The answer of a Pay call that succeeded.
pub(crate) struct Reply {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    pub(crate) const fn no_content() -> Self {
        Self { status: 204, body: None }
    }
}

/// Contract part 0: Pay's times are RFC 3339 in whole seconds with this offset.
pub(crate) fn beijing(time: DateTime<Utc>) -> DateTime<FixedOffset> {
    const OFFSET_S: i32 = 8 * 3600;
    time.with_timezone(&FixedOffset::east_opt(OFFSET_S).unwrap_or_else(|| chrono::Offset::fix(&Utc)))
}

pub(crate) fn rfc3339(time: DateTime<Utc>) -> String {
    beijing(time).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Equal for requests with equal values, however they are ordered and spaced.
pub(crate) fn params_sha256(params: &Value) -> String {
    let mut sorted = params.clone();
    sorted.sort_all_objects();
    sha256_hex(sorted.to_string().as_bytes())
}
