//! Recurring jobs that keep tables small: nothing here decides anything.

mod jobs;

use std::time::Duration;

pub use jobs::KINDS;

/// Forgets answers of Idempotency-Keys after their 24 hours.
const PRUNE_KEYS: &str = "prune_idempotency_keys";
/// Forgets sessions whose time is over.
const PRUNE_SESSIONS: &str = "prune_sessions";

/// Forgets messages of WeChat's that can't come again any more.
const PRUNE_MESSAGES: &str = "prune_wechat_messages";

/// What has to run again and again.
pub const RECURRING: [(&str, Duration); 3] = [
    (PRUNE_KEYS, Duration::from_mins(10)),
    (PRUNE_SESSIONS, Duration::from_hours(6)),
    (PRUNE_MESSAGES, Duration::from_hours(24)),
];
