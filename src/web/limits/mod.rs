//! How much is let in, so that no caller and no crowd takes the shop from the others. Four kinds of doors:
//!
//! | door | what it bounds | who is refused | answer |
//! | --- | --- | --- | --- |
//! | rates ([`Rule`]) | requests of one principal over time | the principal that asks too much | 429 |
//! | lanes ([`Lane`]) | requests that are worked on at once | whoever comes when it is full, before its body is parsed | 503 |
//! | slow bodies | bodies that are waited for | whoever dawdles when enough others do | 503 |
//! | turns | calls to WeChat, searches and copies at once | whoever would have to wait too long | 503 |
//!
//! Every refusal has `Retry-After` and costs little. What WeChat sends passes all of them: a notify is bounded by its
//! body and its signature alone, and the database keeps a share for it (`Db::vital`). Reads of the catalogue need no
//! database and are never shed.

mod costly;
mod lanes;
mod rates;
mod rules;

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use prometheus::{IntCounterVec, Opts};

use crate::clock::Clock;
use crate::config::LimitSettings;
use crate::error::{Code, Error, Refusal, Result};
use crate::observability::Metrics;
use crate::turns::Turn;

use costly::Costly;
use lanes::Lanes;
pub(crate) use lanes::{Lane, Place};
use rates::Rates;
pub(crate) use rates::{Principal, subscriber};
pub(crate) use rules::Rule;

/// Calls to WeChat for logins: one takes some 50 ms, so this is 600 a second; more only wait for a slow WeChat. Few
/// wait: who needs no WeChat must find room in the buyers' lane.
const LOGINS: costly::Size = costly::Size { running: 32, waiting: 64 };
/// Calls to WeChat about payments, for buyers. Those of jobs are apart.
const PAYMENTS: costly::Size = costly::Size { running: 32, waiting: 64 };
/// Calls to WeChat about nicknames. Few, and apart from logins: nobody waits for these in front of a shop.
const NICKNAMES: costly::Size = costly::Size { running: 4, waiting: 8 };
/// A copy of everything is read and written in one go, and may be some 20 MB.
const EXPORTS: costly::Size = costly::Size { running: 1, waiting: 8 };
/// A search keeps one thread busy from beginning to end: one thread is always left for the rest.
const SEARCHES_WAITING: usize = 256;

/// All doors of the process.
pub struct Doors {
    clock: Clock,
    rates: Rates,
    lanes: Lanes,
    logins: Costly,
    payments: Costly,
    nicknames: Costly,
    searches: Costly,
    exports: Costly,
    tally: Tally,
}

impl Doors {
    /// Refuses a rate whose name no rule has.
    pub(crate) fn new(settings: &LimitSettings, workers: usize, clock: Clock, metrics: &Metrics) -> Result<Self> {
        let searches = costly::Size { running: workers.saturating_sub(1).max(1), waiting: SEARCHES_WAITING };
        Ok(Self {
            rates: Rates::new(&settings.rates)?,
            lanes: Lanes::new(settings),
            logins: Costly::new("login", LOGINS),
            payments: Costly::new("payment", PAYMENTS),
            nicknames: Costly::new("nickname", NICKNAMES),
            searches: Costly::new("search", searches),
            exports: Costly::new("export", EXPORTS),
            tally: Tally::new(metrics)?,
            clock,
        })
    }

    /// Counts a request of a principal, or refuses it with 429 and the seconds until one is free again.
    pub(crate) fn pass(&self, rule: Rule, principal: impl Into<Principal>) -> Result<()> {
        let Err(wait) = self.rates.take(rule, principal.into(), self.clock.now().timestamp_millis()) else {
            return Ok(());
        };
        self.tally.refused(rule.name());
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        Err(Refusal::new(Code::TooManyRequests)
            .with("retry_after_s", u64::try_from(seconds).unwrap_or(u64::MAX))
            .into())
    }

    /// A place in a lane. Refused at once when it is full; nobody waits here.
    pub(crate) fn enter(&self, lane: Lane) -> Result<Place> {
        self.lanes.enter(lane).ok_or_else(|| self.shed("in_flight"))
    }

    /// A place for a body that did not come with its head. The place in the lane is given back meanwhile: who dawdles must not keep
    /// others out.
    pub(crate) fn dawdle(&self, place: &Place) -> Result<lanes::Dawdling> {
        place.give_back();
        self.lanes.dawdle(place.lane()).ok_or_else(|| self.shed("slow_bodies"))
    }

    /// The body is there now.
    pub(crate) fn go_on(&self, place: &Place) -> Result<()> {
        if place.take_again() { Ok(()) } else { Err(self.shed("in_flight")) }
    }

    /// Waits for a turn to call WeChat for a login or a phone.
    pub(crate) async fn login_turn(&self) -> Result<Turn> {
        self.turn(&self.logins).await
    }

    /// Waits for a turn to call WeChat about a payment.
    pub(crate) async fn payment_turn(&self) -> Result<Turn> {
        self.turn(&self.payments).await
    }

    /// Waits for a turn to have WeChat judge a nickname.
    pub(crate) async fn nickname_turn(&self) -> Result<Turn> {
        self.turn(&self.nicknames).await
    }

    /// Waits for a turn to search among many texts.
    pub(crate) async fn search_turn(&self) -> Result<Turn> {
        self.turn(&self.searches).await
    }

    /// Waits for a turn to make a copy of everything.
    pub(crate) async fn export_turn(&self) -> Result<Turn> {
        self.turn(&self.exports).await
    }

    async fn turn(&self, costly: &Costly) -> Result<Turn> {
        costly.turn().await.ok_or_else(|| self.shed(costly.name()))
    }

    fn shed(&self, door: &'static str) -> Error {
        self.tally.shed(door, self.clock.now().timestamp())
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
        let options = Opts::new("gunpo_refused_at_door_total", "Requests refused by rate or for want of room");
        let refused = IntCounterVec::new(options, &["door"]).map_err(unusable)?;
        metrics.registry().register(Box::new(refused.clone())).map_err(unusable)?;
        Ok(Self { refused, unsaid: AtomicU32::new(0), said_at_s: AtomicI64::new(0) })
    }

    fn refused(&self, door: &'static str) {
        self.refused.with_label_values(&[door]).inc();
    }

    /// The refusal, with one to three seconds to wait, so that those who were refused together do not come back together.
    fn shed(&self, door: &'static str, now_s: i64) -> Error {
        self.refused(door);
        let unsaid = self.unsaid.fetch_add(1, Ordering::Relaxed);
        if self.said_at_s.swap(now_s, Ordering::Relaxed) != now_s {
            self.unsaid.store(0, Ordering::Relaxed);
            log::warn!("too busy: {} requests were refused, the last at the door '{door}'", unsaid.saturating_add(1));
        }
        Error::Unavailable { reason: "".into(), retry_after_s: 1 + unsaid % 3 }
    }
}
