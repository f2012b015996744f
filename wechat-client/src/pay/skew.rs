//! WeChat's clock beside ours. A clock that is wrong by five minutes stops all payments while every other sign of
//! health is green, so it gets a word of its own.

use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};

use crate::outcome::VerifyFault;
use crate::pay::PayClient;
use crate::pay::verify::{SignatureHeaders, TOLERANCE_S};
use crate::transport::InboundAnswer;

/// No answer with a readable time has been seen yet.
pub(super) const NO_SKEW: i64 = i64::MIN;

/// From here on somebody should look at the time service of the machine, in seconds.
const DRIFT_S: u64 = 60;

/// How our clock stands beside WeChat's, as of the last answer. Seconds are theirs minus ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockHealth {
    /// No answer yet.
    Unseen,
    /// Less than 60 s apart.
    Good {
        /// Theirs minus ours.
        skew_s: i64,
    },
    /// 60 s or more apart: still works, not for long.
    Drifting {
        /// Theirs minus ours.
        skew_s: i64,
    },
    /// 300 s or more apart: WeChat refuses our requests, and we its answers.
    Wrong {
        /// Theirs minus ours.
        skew_s: i64,
    },
}

impl ClockHealth {
    fn of(skew_s: i64) -> Self {
        match skew_s.unsigned_abs() {
            TOLERANCE_S.. => Self::Wrong { skew_s },
            DRIFT_S.. => Self::Drifting { skew_s },
            _ => Self::Good { skew_s },
        }
    }
}

impl PayClient {
    /// WeChat's clock minus ours in seconds, as of the last answer; `None` before one, or when it told no time.
    /// At 300 s nothing works any more; health should turn yellow long before.
    pub fn observed_clock_skew_s(&self) -> Option<i64> {
        let skew_s = self.skew_s.load(Ordering::Relaxed);
        (skew_s != NO_SKEW).then_some(skew_s)
    }

    /// The same as a verdict, for health.
    pub fn clock_health(&self) -> ClockHealth {
        self.observed_clock_skew_s().map_or(ClockHealth::Unseen, ClockHealth::of)
    }

    /// Remembers what time an answer tells: by its signed timestamp, or, where it has none, by `Date`. It need not be
    /// proven: nothing but an alarm rests on it.
    pub(super) fn observe_clock(&self, answer: &InboundAnswer, headers: &SignatureHeaders, now: DateTime<Utc>) {
        let told = headers.skew_s(now).ok().or_else(|| date_skew_s(answer, now));
        if let Some(skew_s) = told {
            self.skew_s.store(skew_s, Ordering::Relaxed);
        }
    }
}

/// WeChat refuses what a wrong clock signed with 401 and signs that answer for nobody. Its `Date` then tells "clock"
/// from "wrong key", so that nobody changes keys at night because of a dead time service.
pub(super) fn blamed_on_clock(answer: &InboundAnswer, now: DateTime<Utc>) -> Option<VerifyFault> {
    let skew_s = date_skew_s(answer, now)?;
    (answer.status == 401 && skew_s.unsigned_abs() >= TOLERANCE_S).then_some(VerifyFault::Clock { skew_s })
}

fn date_skew_s(answer: &InboundAnswer, now: DateTime<Utc>) -> Option<i64> {
    let values = answer.header_values("date");
    let date = DateTime::parse_from_rfc2822(values.first()?).ok()?;
    Some(date.timestamp() - now.timestamp())
}
