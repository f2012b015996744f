//! How long to wait before the same call again.

use std::time::Duration;

use aws_lc_rs::rand;

use crate::outcome::CallError;

/// Growing waits with jitter, so that all shops that saw the same outage don't come back in the same second.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The first wait. Default 2 s.
    pub first: Duration,
    /// No wait is longer, but for one that WeChat names itself. Default 10 min.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(2), cap: Duration::from_mins(10) }
    }
}

impl Backoff {
    /// The wait before attempt number `attempt` + 1 (the first attempt is number 1); `None` for a refusal, which the
    /// same request would meet again. After an unknown outcome ask by the number first, where there is one to ask by.
    ///
    /// It is between half of `first * 2^(attempt - 1)`, capped, and the whole of it; never less than WeChat asked for.
    pub fn wait(&self, attempt: u32, fault: &CallError) -> Option<Duration> {
        let floor = match fault {
            CallError::Refused(_) => return None,
            CallError::Throttled(throttle) => throttle.retry_after,
            CallError::Unknown(_) => Duration::ZERO,
        };
        let doublings = attempt.saturating_sub(1).min(30);
        let whole = self.first.saturating_mul(1 << doublings).min(self.cap);
        let half = whole / 2;
        Some((half + jitter(half)).max(floor))
    }
}

/// Evenly between nothing and `most`. Without randomness (it does not happen) the whole of it, which is safe.
fn jitter(most: Duration) -> Duration {
    let mut bytes = [0_u8; 2];
    if rand::fill(&mut bytes).is_err() {
        return most;
    }
    let share = u32::from(u16::from_be_bytes(bytes));
    most.saturating_mul(share) / u32::from(u16::MAX)
}
