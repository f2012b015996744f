//! The lower rates of refunds (contract B.10): of calls that err, and for old orders. Counted in memory, by the clock
//! of the stand-in.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::core::state::State;

/// Calls that may err in a second.
const MOST_FAILED: u32 = 6;
/// Calls in a minute for orders that were paid more than [`OLD`] ago.
const MOST_OLD: u32 = 5_000;
const OLD: TimeDelta = TimeDelta::days(30);

#[derive(Default)]
pub(crate) struct RefundRates {
    failed: Window,
    old: Window,
}

/// Calls in one second or minute, by its number.
#[derive(Default)]
struct Window {
    number: i64,
    calls: u32,
}

impl Window {
    fn calls(&mut self, number: i64) -> &mut u32 {
        if self.number != number {
            *self = Self { number, calls: 0 };
        }
        &mut self.calls
    }
}

impl RefundRates {
    /// Whether a call is within both rates. Counts it if its order is an old one.
    pub(crate) fn admit(&mut self, is_old: bool, now: DateTime<Utc>) -> bool {
        let second = now.timestamp();
        let old = self.old.calls(second / 60);
        *old = old.saturating_add(u32::from(is_old));
        (!is_old || *old <= MOST_OLD) && *self.failed.calls(second) < MOST_FAILED
    }

    /// Counts a call that erred.
    pub(crate) fn failed(&mut self, now: DateTime<Utc>) {
        let failed = self.failed.calls(now.timestamp());
        *failed = failed.saturating_add(1);
    }
}

/// Whether a refund call is for an order that was paid more than a month ago.
pub(crate) fn is_for_old_order(state: &State, body: &[u8], now: DateTime<Utc>) -> bool {
    let params: Value = serde_json::from_slice(body).unwrap_or_default();
    let by_transaction = params["transaction_id"].as_str().and_then(|id| state.number_by_transaction.get(id));
    let number = by_transaction.map(String::as_str).or_else(|| params["out_trade_no"].as_str());
    let paid = number.and_then(|number| state.payments.get(number)).and_then(|payment| payment.paid.as_ref());
    paid.is_some_and(|paid| now - paid.at > OLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refunds_of_old_orders_are_held_to_their_own_rate_and_young_ones_are_not() {
        let mut rates = RefundRates::default();
        let start = DateTime::UNIX_EPOCH;
        assert!((0..5_000).all(|_| rates.admit(true, start)));
        assert!(!rates.admit(true, start + TimeDelta::seconds(59)));
        assert!(rates.admit(false, start + TimeDelta::seconds(59)));
        assert!(rates.admit(true, start + TimeDelta::seconds(60)));
    }
}
