//! How much is let in, so that no caller and no crowd takes the shop from the others. Four kinds of limits:
//!
//! | limit | what it bounds | who is refused | answer |
//! | --- | --- | --- | --- |
//! | rates ([`Rule`]) | requests of one principal over time | the principal that asks too much | 429 |
//! | in flight ([`RequestClass`]) | requests that are worked on at once | whoever comes when its class is full, before the body is parsed | 503 |
//! | slow bodies | bodies that are waited for | who sends slowly when enough others do | 503 |
//! | bulkheads | calls to WeChat, searches and copies at once | whoever would have to wait too long | 503 |
//!
//! Every refusal has `Retry-After` and costs little. What WeChat sends passes all of them: a notify is bounded by its
//! body and its signature alone, and the database keeps a share for it (`Db::critical`). Reads of the catalogue need no
//! database and are never shed.

mod in_flight;
mod rates;
mod rules;

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use prometheus::{IntCounterVec, Opts};

use crate::base::bulkhead::{Bulkhead, Permit};
use crate::base::clock::Clock;
use crate::base::config::LimitSettings;
use crate::base::error::{Code, Error, Refusal, Result};
use crate::base::observability::Metrics;

use in_flight::InFlight;
pub(crate) use in_flight::{InFlightPermit, RequestClass, SlowBody};
use rates::Rates;
pub(crate) use rates::{Principal, subscriber};
pub(crate) use rules::Rule;

/// Longest wait at a bulkhead: the phone would rather try again.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// A bulkhead with the name that its refusals are counted under.
struct Compartment {
    name: &'static str,
    bulkhead: Bulkhead,
}

impl Compartment {
    fn new(name: &'static str, running: usize, waiting: usize) -> Self {
        Self { name, bulkhead: Bulkhead::new(running, waiting) }
    }
}

/// A search keeps one thread busy from beginning to end: one thread is always left for the rest.
const SEARCHES_WAITING: usize = 256;

/// All limits of the process.
pub struct Limits {
    clock: Clock,
    rates: Rates,
    in_flight: InFlight,
    logins: Compartment,
    payments: Compartment,
    nicknames: Compartment,
    searches: Compartment,
    exports: Compartment,
    tally: Tally,
}

impl Limits {
    /// Refuses a rate whose name no rule has.
    pub(crate) fn new(settings: &LimitSettings, workers: usize, clock: Clock, metrics: &Metrics) -> Result<Self> {
        Ok(Self {
            rates: Rates::new(&settings.rates)?,
            in_flight: InFlight::new(settings),
            // One call to WeChat takes some 50 ms, so this is 600 a second; more only wait for a slow WeChat. Few wait: who needs no WeChat
            // must find a slot among the buyers'.
            logins: Compartment::new("login", 32, 64),
            // Calls for buyers; those of jobs are apart.
            payments: Compartment::new("payment", 32, 64),
            // Few, and apart from logins: nobody waits for a nickname in front of a shop.
            nicknames: Compartment::new("nickname", 4, 8),
            searches: Compartment::new("search", workers.saturating_sub(1).max(1), SEARCHES_WAITING),
            // A copy of everything is read and written in one go, and may be some 20 MB.
            exports: Compartment::new("export", 1, 8),
            tally: Tally::new(metrics)?,
            clock,
        })
    }

    /// Counts a request for everybody together. While that runs out, who has had more than a share of it is refused first.
    pub(crate) fn check_shared(&self, share: Rule, principal: impl Into<Principal>, all: Rule) -> Result<()> {
        let now_ms = self.clock.now().timestamp_millis();
        let principal = principal.into();
        if self.rates.is_strained(all, now_ms) {
            self.check_rate(share, principal)?;
        } else {
            // Counted all the same: whoever brought it so far has had a share already.
            let _ = self.rates.take(share, principal, now_ms);
        }
        self.check_rate(all, Principal::Everybody)
    }

    /// Counts a request of a principal, or refuses it with 429 and the seconds until one is free again.
    pub(crate) fn check_rate(&self, rule: Rule, principal: impl Into<Principal>) -> Result<()> {
        let Err(wait) = self.rates.take(rule, principal.into(), self.clock.now().timestamp_millis()) else {
            return Ok(());
        };
        self.tally.refused(rule.name());
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        Err(Refusal::new(Code::TooManyRequests)
            .with("retry_after_s", u64::try_from(seconds).unwrap_or(u64::MAX))
            .into())
    }

    /// A slot of a class. Refused at once when it is full; nobody waits here.
    pub(crate) fn admit(&self, class: RequestClass) -> Result<InFlightPermit> {
        self.in_flight.admit(class).ok_or_else(|| self.shed("in_flight"))
    }

    /// A slot for a body that did not come with its head. The slot of the class is given back meanwhile: a slow sender must not keep others
    /// out.
    pub(crate) fn slow_body(&self, permit: &InFlightPermit) -> Result<SlowBody> {
        permit.give_back();
        self.in_flight.slow_body(permit.class()).ok_or_else(|| self.shed("slow_bodies"))
    }

    /// The body is there now.
    pub(crate) fn readmit(&self, permit: &InFlightPermit) -> Result<()> {
        if permit.take_again() { Ok(()) } else { Err(self.shed("in_flight")) }
    }

    /// Waits until WeChat may be called for a login or a phone.
    pub(crate) async fn login_permit(&self) -> Result<Permit> {
        self.permit(&self.logins).await
    }

    /// Waits until WeChat may be called about a payment.
    pub(crate) async fn payment_permit(&self) -> Result<Permit> {
        self.permit(&self.payments).await
    }

    /// Waits until WeChat may be asked about a nickname.
    pub(crate) async fn nickname_permit(&self) -> Result<Permit> {
        self.permit(&self.nicknames).await
    }

    /// Waits until many texts may be searched.
    pub(crate) async fn search_permit(&self) -> Result<Permit> {
        self.permit(&self.searches).await
    }

    /// Waits until a copy of everything may be made.
    pub(crate) async fn export_permit(&self) -> Result<Permit> {
        self.permit(&self.exports).await
    }

    async fn permit(&self, compartment: &Compartment) -> Result<Permit> {
        compartment.bulkhead.wait(WAIT_MAX).await.map_err(|_| self.shed(compartment.name))
    }

    fn shed(&self, limit: &'static str) -> Error {
        self.tally.shed(limit, self.clock.now().timestamp())
    }
}

/// What was refused. One line a second at most: a log line for each would make the flood worse.
struct Tally {
    refused: IntCounterVec,
    unsaid: AtomicU32,
    said_at_s: AtomicI64,
}

impl Tally {
    fn new(metrics: &Metrics) -> Result<Self> {
        let unusable = |error| Error::internal(format!("metrics can't be registered: {error}"));
        let options = Opts::new("gunpo_refused_total", "Requests refused by a rate or for want of room");
        let refused = IntCounterVec::new(options, &["limit"]).map_err(unusable)?;
        metrics.registry().register(Box::new(refused.clone())).map_err(unusable)?;
        Ok(Self { refused, unsaid: AtomicU32::new(0), said_at_s: AtomicI64::new(0) })
    }

    fn refused(&self, limit: &'static str) {
        self.refused.with_label_values(&[limit]).inc();
    }

    /// The refusal, with one to three seconds to wait, so that those who were refused together do not come back together.
    fn shed(&self, limit: &'static str, now_s: i64) -> Error {
        self.refused(limit);
        let unsaid = self.unsaid.fetch_add(1, Ordering::Relaxed);
        if self.said_at_s.swap(now_s, Ordering::Relaxed) != now_s {
            self.unsaid.store(0, Ordering::Relaxed);
            log::warn!("too busy: {} requests were refused, the last by the limit '{limit}'", unsaid.saturating_add(1));
        }
        Error::Unavailable { reason: "".into(), retry_after_s: 1 + unsaid % 3 }
    }
}
