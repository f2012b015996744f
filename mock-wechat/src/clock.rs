//! A clock that can be moved forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The system's time plus a shared offset in milliseconds. Clones share the offset.
#[derive(Clone, Debug)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that shows the system's time until it is moved.
    pub fn system() -> Self {
        Self { offset_ms: Arc::new(AtomicI64::new(0)) }
    }

    /// The time now, in whole milliseconds.
    pub fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::milliseconds(self.offset_ms.load(Ordering::SeqCst));
        let system = Utc::now().trunc_subsecs(3);
        system.checked_add_signed(offset).unwrap_or(system)
    }

    /// Moves the clock forward; it never goes back by this. Less than a millisecond is lost.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let moved = |offset: i64| Some(offset.saturating_add(by));
        // `fetch_update` fails only when its closure gives `None`.
        let _ = self.offset_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved);
    }

    /// The offset in milliseconds, to be shared with the clock of the system under test.
    pub fn offset_ms(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.offset_ms)
    }

    /// Brings the clock to an offset that was stored earlier, unless it is already beyond.
    pub(crate) fn restore(&self, stored_ms: i64) {
        self.offset_ms.fetch_max(stored_ms, Ordering::SeqCst);
    }

    pub(crate) fn current_offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }
}
