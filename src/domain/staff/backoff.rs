//! How long a caller waits after attempts that did not succeed.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;

use crate::base::clock::Timestamp;
use crate::base::error::{Code, Error, Refusal};

/// Longest wait.
const WAIT_MAX: Duration = Duration::from_mins(15);
/// After so long a quiet, the count begins anew.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24);
/// Keys that are counted at a time: some 2 MB.
const CAPACITY: u64 = 10_000;

/// Attempts that cost nothing; from then on each doubles the wait, from one second to [`WAIT_MAX`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    free: i64,
    /// One attempt is forgiven each time this has passed.
    forgives_every: Option<Duration>,
}

/// Of one account, and of one name that is no account. A success forgives all.
pub(super) const ACCOUNT: Rule = Rule { free: 5, forgives_every: None };
/// Of one peer address, behind which an office may sit.
pub(super) const PEER: Rule = Rule { free: 20, forgives_every: Some(WAIT_MAX) };

impl Rule {
    /// Until when nobody may try again after `failed` attempts.
    pub(super) fn locked_until(self, failed: i64, now: Timestamp) -> Option<Timestamp> {
        if failed < self.free {
            return None;
        }
        let beyond = u32::try_from(failed - self.free).unwrap_or(u32::MAX);
        let seconds = 1_u64.checked_shl(beyond).unwrap_or(u64::MAX).min(WAIT_MAX.as_secs());
        Some(now.plus(Duration::from_secs(seconds)))
    }

    /// The count after one more attempt.
    pub(super) fn count(failed: i64, locked_until: Option<Timestamp>, now: Timestamp) -> i64 {
        if locked_until.is_some_and(|until| until.plus(FORGOTTEN_AFTER) < now) { 1 } else { failed + 1 }
    }
}

/// The refusal of an attempt that comes too early, the same for everybody.
pub(super) fn too_early(until: Timestamp, now: Timestamp) -> Error {
    let ms = (until.utc() - now.utc()).num_milliseconds().max(0);
    Refusal::new(Code::TooManyRequests).with("retry_after_s", ms / 1000 + 1).into()
}

#[derive(Clone, Copy, Default)]
struct Count {
    failed: i64,
    locked_until: Option<Timestamp>,
    /// Up to when quiet has been paid out; moves by whole periods, so that no minute of it is lost.
    forgiven_at: Option<Timestamp>,
}

impl Count {
    fn forgive(&mut self, every: Duration, now: Timestamp) {
        if self.failed == 0 {
            self.forgiven_at = None;
        }
        let since = *self.forgiven_at.get_or_insert(now);
        let passed_ms = (now.utc() - since.utc()).num_milliseconds().max(0);
        let periods = passed_ms / i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
        self.failed = (self.failed - periods).max(0);
        self.forgiven_at = Some(since.plus(every.saturating_mul(u32::try_from(periods).unwrap_or(u32::MAX))));
    }
}

/// Counts in memory. What is counted least goes first when there are too many.
pub(super) struct Backoff<K> {
    rule: Rule,
    counts: Cache<K, Arc<Mutex<Count>>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Backoff<K> {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, counts: Cache::builder().max_capacity(CAPACITY).time_to_idle(FORGOTTEN_AFTER).build() }
    }

    /// Books an attempt as failed before it is made; refused while it comes too early.
    pub(super) fn book(&self, key: K, now: Timestamp) -> Result<(), Error> {
        let cell = self.counts.get_with(key, Arc::default);
        let mut count = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = count.locked_until.filter(|until| *until > now) {
            return Err(too_early(until, now));
        }
        if let Some(every) = self.rule.forgives_every {
            count.forgive(every, now);
        }
        count.failed = Rule::count(count.failed, count.locked_until, now);
        count.locked_until = self.rule.locked_until(count.failed, now);
        Ok(())
    }

    /// The attempt has succeeded, and all before it were the same person's.
    pub(super) fn forget(&self, key: &K) {
        self.counts.invalidate(key);
    }

    /// The attempt has succeeded. Earlier ones stay counted: who owns one account must not guess at others for free.
    pub(super) fn unbook(&self, key: &K) {
        if let Some(cell) = self.counts.get(key) {
            let mut count = cell.lock().unwrap_or_else(PoisonError::into_inner);
            count.failed = (count.failed - 1).max(0);
            count.locked_until = None;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::base::clock::Clock;
    use crate::platform::limits::subscriber;

    #[test]
    fn a_thousand_guesses_take_days() {
        let clock = Clock::system();
        let (backoff, began) = (Backoff::new(ACCOUNT), clock.timestamp());
        let mut made = 0;
        while made < 1000 {
            match backoff.book("kim", clock.timestamp()) {
                Ok(()) => made += 1,
                Err(_) => clock.advance(Duration::from_mins(1)),
            }
        }
        assert!(clock.timestamp() > began.plus(Duration::from_hours(10 * 24)));
    }

    #[test]
    fn no_count_is_high_enough_to_wrap_the_wait() {
        let now = Clock::system().timestamp();
        assert_eq!(ACCOUNT.locked_until(4, now), None);
        assert_eq!(ACCOUNT.locked_until(5, now), Some(now.plus(Duration::from_secs(1))));
        for failed in [15, 69, 70, 1_000_000, i64::from(u32::MAX)] {
            assert_eq!(ACCOUNT.locked_until(failed, now), Some(now.plus(WAIT_MAX)), "{failed}");
        }
    }

    #[test]
    fn a_success_forgives_itself_and_not_the_guesses_before_it() {
        let (backoff, now) = (Backoff::new(ACCOUNT), Clock::system().timestamp());
        for _ in 0..4 {
            backoff.book("peer", now).unwrap();
        }
        backoff.book("peer", now).unwrap();
        backoff.unbook(&"peer");
        backoff.book("peer", now).unwrap();
        assert!(backoff.book("peer", now).is_err());
    }

    #[test]
    fn an_office_that_mistypes_once_an_hour_is_not_locked_out_in_the_end() {
        let (clock, backoff) = (Clock::system(), Backoff::new(PEER));
        for _ in 0..1000 {
            backoff.book("office", clock.timestamp()).unwrap();
            clock.advance(Duration::from_hours(1));
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_peer() {
        let key = |text: &str| subscriber(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::7"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("2001:db8:1:2::7"), key("2001:db8:1:3::7"));
        assert_ne!(key("203.0.113.1"), key("203.0.113.2"));
    }
}
