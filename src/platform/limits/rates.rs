//! Counting by principal: the generic cell rate algorithm (GCRA). One number a principal: when its bucket would be empty again.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use moka::sync::Cache;

use super::Rule;
use crate::base::config::RateSetting;
use crate::base::error::{Error, Result};
use crate::base::ids::CustomerId;

/// Principals that are remembered, of all rules together; some 10 MB. Beyond it those who ask least are forgotten: an attacker with more
/// addresses than this is not stopped by address, and does not fill the memory either.
const REMEMBERED_MAX: u64 = 50_000;
/// Longer than any rule's bucket takes to be full again.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(11);

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Principal {
    /// All who come from here.
    Peer(IpAddr),
    /// One buyer.
    Customer(CustomerId),
    /// Everybody together.
    Everybody,
}

impl Principal {
    fn peer(address: IpAddr) -> Self {
        Self::Peer(subscriber(address))
    }
}

/// What counts as one peer: an IPv6 subscriber has a whole /64 to choose from.
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

impl From<IpAddr> for Principal {
    fn from(address: IpAddr) -> Self {
        Self::peer(address)
    }
}

impl From<CustomerId> for Principal {
    fn from(customer: CustomerId) -> Self {
        Self::Customer(customer)
    }
}

/// One rule as it is applied, in microseconds.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Between two requests in the long run.
    gap_us: i64,
    /// How far ahead the bucket may be: all that may come at once.
    depth_us: i64,
}

impl Pace {
    fn of((burst, per_minute): (u32, u32)) -> Self {
        let gap_us = 60_000_000 / i64::from(per_minute.max(1));
        Self { gap_us, depth_us: gap_us.saturating_mul(i64::from(burst.max(1))) }
    }

    /// Takes one from a bucket. `Err` is the time until the next one is free.
    fn take(self, bucket: &AtomicI64, now_us: i64) -> Result<(), Duration> {
        let mut known = bucket.load(Ordering::Relaxed);
        loop {
            // Further ahead than it can have got: the clock was put back, and nobody is locked out for that.
            let from = if known > now_us + self.depth_us { now_us } else { known.max(now_us) };
            let next = from + self.gap_us;
            let over = next - now_us - self.depth_us;
            if over > 0 {
                return Err(Duration::from_micros(over.unsigned_abs()));
            }
            match bucket.compare_exchange_weak(known, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(changed) => known = changed,
            }
        }
    }
}

pub(super) struct Rates {
    paces: Vec<Pace>,
    everybody: Vec<AtomicI64>,
    buckets: Cache<(Rule, Principal), Arc<AtomicI64>>,
}

impl Rates {
    pub(super) fn new(settings: &[RateSetting]) -> Result<Self> {
        let mut paces: Vec<_> = Rule::ALL.iter().map(|rule| Pace::of(rule.rate())).collect();
        for setting in settings {
            let Some(index) = Rule::ALL.iter().position(|rule| rule.name() == setting.rule) else {
                let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
                let fault = format!("RATE_LIMITS: there is no rule '{}', but {}", setting.rule, names.join(", "));
                return Err(Error::internal(fault));
            };
            let pace = Pace::of((setting.burst, setting.per_minute));
            if u128::from(pace.depth_us.unsigned_abs()) > FORGOTTEN_AFTER.as_micros() {
                let minutes = FORGOTTEN_AFTER.as_secs() / 60;
                let fault =
                    format!("RATE_LIMITS: {} at once must be free again within {minutes} minutes", setting.rule);
                return Err(Error::internal(fault));
            }
            if let Some(known) = paces.get_mut(index) {
                *known = pace;
            }
        }
        let everybody = Rule::ALL.iter().map(|_| AtomicI64::new(0)).collect();
        let buckets = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_idle(FORGOTTEN_AFTER).build();
        Ok(Self { paces, everybody, buckets })
    }

    /// Whether less than half is left of what everybody may do together.
    pub(super) fn is_strained(&self, rule: Rule, now_ms: i64) -> bool {
        let (Some(pace), Some(everybody)) = (self.paces.get(rule as usize), self.everybody.get(rule as usize)) else {
            return false;
        };
        everybody.load(Ordering::Relaxed).saturating_sub(now_ms.saturating_mul(1000)) > pace.depth_us / 2
    }

    pub(super) fn take(&self, rule: Rule, principal: Principal, now_ms: i64) -> Result<(), Duration> {
        let now_us = now_ms.saturating_mul(1000);
        let (Some(pace), Some(everybody)) = (self.paces.get(rule as usize), self.everybody.get(rule as usize)) else {
            return Ok(());
        };
        if principal == Principal::Everybody {
            return pace.take(everybody, now_us);
        }
        pace.take(&self.buckets.get_with((rule, principal), Arc::default), now_us)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const NOW: i64 = 1_795_000_000_000;

    fn rates() -> Rates {
        let setting = |rule: &str| RateSetting { rule: rule.to_owned(), burst: 3, per_minute: 60 };
        Rates::new(&[setting("order"), setting("login_all"), setting("search_peer")]).unwrap()
    }

    fn alice() -> Principal {
        Principal::Customer(CustomerId(1))
    }

    fn passed(rates: &Rates, principal: Principal, now_ms: i64) -> usize {
        (0..10).filter(|_| rates.take(Rule::Order, principal, now_ms).is_ok()).count()
    }

    #[test]
    fn so_many_at_once_then_one_a_second_and_never_more_than_at_once_again() {
        let rates = rates();
        assert_eq!(passed(&rates, alice(), NOW), 3);
        assert_eq!(rates.take(Rule::Order, alice(), NOW), Err(Duration::from_secs(1)));
        assert_eq!(rates.take(Rule::Order, alice(), NOW + 400), Err(Duration::from_millis(600)));
        assert_eq!(passed(&rates, alice(), NOW + 1000), 1);
        assert_eq!(passed(&rates, alice(), NOW + 3_600_000), 3);
    }

    #[test]
    fn one_principal_and_one_rule_do_not_use_up_anothers() {
        let rates = rates();
        assert_eq!(passed(&rates, alice(), NOW), 3);
        assert_eq!(passed(&rates, Principal::Customer(CustomerId(2)), NOW), 3);
        assert!(rates.take(Rule::SearchPeer, alice(), NOW).is_ok());
        assert_eq!(passed(&rates, Principal::Everybody, NOW), 3);
    }

    #[test]
    fn what_everybody_shares_is_strained_when_half_of_it_is_gone_and_well_again_in_time() {
        let setting = RateSetting { rule: "login_all".into(), burst: 10, per_minute: 60 };
        let rates = Rates::new(&[setting]).unwrap();
        let strained: Vec<bool> = (0..7)
            .map(|_| {
                rates.take(Rule::LoginAll, Principal::Everybody, NOW).unwrap();
                rates.is_strained(Rule::LoginAll, NOW)
            })
            .collect();
        assert_eq!(strained, [false, false, false, false, false, true, true]);
        assert!(!rates.is_strained(Rule::LoginAll, NOW + 2_000));
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out() {
        let rates = rates();
        assert_eq!(passed(&rates, alice(), NOW), 3);
        assert_eq!(passed(&rates, alice(), NOW - 7_200_000), 3);
    }

    #[test]
    fn threads_together_get_no_more_than_one_would() {
        let rates = rates();
        let passed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| passed(&rates, alice(), NOW))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 3);
    }

    #[test]
    fn a_subscriber_does_not_multiply_by_his_own_network() {
        let peer = |text: &str| Principal::peer(text.parse().unwrap());
        assert_eq!(peer("2001:db8:1:2::1"), peer("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:1:3::1"));
        assert_ne!(peer("203.0.113.1"), peer("203.0.113.2"));
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory_nor_free_the_one_that_floods() {
        let rates = rates();
        let flooder = Principal::Peer(IpAddr::from([203, 0, 113, 1]));
        let mut flooded = 0;
        for number in 0..200_000_u32 {
            let _ = rates.take(Rule::SearchPeer, Principal::Peer(IpAddr::from(number.to_be_bytes())), NOW);
            flooded += usize::from(number % 20 == 0 && rates.take(Rule::SearchPeer, flooder, NOW).is_ok());
        }
        rates.buckets.run_pending_tasks();
        assert!(rates.buckets.entry_count() <= REMEMBERED_MAX, "{}", rates.buckets.entry_count());
        assert!(flooded <= 30, "{flooded} of 10000 passed, 3 may");
    }

    #[test]
    fn a_rate_for_a_rule_that_is_not_there_refuses_the_start() {
        let wrong = RateSetting { rule: "logins".into(), burst: 1, per_minute: 1 };
        assert!(Rates::new(&[wrong]).err().unwrap().to_string().contains("login_peer"));
    }

    #[test]
    fn every_rule_is_filled_again_before_it_is_forgotten() {
        for rule in Rule::ALL {
            let (burst, per_minute) = rule.rate();
            assert!(Duration::from_mins(u64::from(burst / per_minute) + 1) < FORGOTTEN_AFTER, "{rule:?}");
        }
    }
}
