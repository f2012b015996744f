//! The pure core: a request, the time and seeded randomness go in; an answer and changed records
//! come out. Nothing here reads a clock, waits or talks to anybody; notifies are only queued.

pub(crate) mod authorization;
mod bills;
mod books;
pub(crate) mod cash_desk;
pub(crate) mod certificates;
mod close;
pub(crate) mod complaints;
mod content_check;
pub(crate) mod customs;
pub(crate) mod dispatch;
pub(crate) mod exchange;
pub(crate) mod faults;
mod fields;
pub(crate) mod journal;
mod link;
pub(crate) mod message;
pub(crate) mod mini;
mod mini_call;
mod notify;
pub(crate) mod phone;
pub(crate) mod picture;
mod prepay;
pub(crate) mod push;
mod query;
mod quota;
pub(crate) mod random;
pub(crate) mod refund;
mod refusal;
pub(crate) mod route;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod shipping;
pub(crate) mod state;
pub(crate) mod subscribe;
mod tables;
pub(crate) mod waybill;
mod wxacode;

use std::collections::HashSet;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde_json::Value;

use self::faults::Faults;
use self::quota::Quota;
use self::random::Random;
use self::refund::rates::RefundRates;
use self::state::{Owner, Record, State};
use crate::Error;
use crate::core::journal::Journal;
use crate::crypto::sha256_hex;
use crate::keys::Keys;

/// What a feature sees while it works on one request.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a State,
    pub(crate) keys: &'a Keys,
    pub(crate) random: &'a mut Random,
    pub(crate) now: DateTime<Utc>,
    changes: Vec<Record>,
}

impl Context<'_> {
    /// Takes effect when the work succeeds; until then the state shows the old row.
    pub(crate) fn save(&mut self, record: Record) {
        self.changes.push(record);
    }
}

/// The answer of a Pay call that succeeded.
pub(crate) struct Reply {
    status: u16,
    body: Option<Value>,
}

impl Reply {
    fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    const fn no_content() -> Self {
        Self { status: 204, body: None }
    }
}

/// State, journal and what need not survive a restart.
pub(crate) struct Core {
    pub(crate) state: State,
    pub(crate) faults: Faults,
    quota: Quota,
    refund_rates: RefundRates,
    random: Random,
    journal: Journal,
    /// Notifies that are being delivered right now.
    in_flight: HashSet<String>,
}

impl Core {
    /// Continues what the journal holds, or begins.
    pub(crate) fn open(mut journal: Journal, keys: &Keys, seed: u64) -> Result<Self, Error> {
        let mut state = State::default();
        journal.replay(|record| state.apply(record))?;
        let owner = Owner { appid: keys.account.appid.clone(), mchid: keys.account.mchid.clone() };
        if let Some(Owner { appid, mchid }) = state.owner.take_if(|known| *known != owner) {
            return Err(Error::OtherAccount { appid, mchid });
        }
        state.apply(Record::Owner(owner));
        state.apply(Record::Openings { count: state.openings + 1 });
        keys.learn(state.platform_keys.rows().cloned())?;
        journal.compact(state.records())?;
        Ok(Self {
            random: Random::seeded(seed, state.openings),
            state,
            faults: Faults::default(),
            quota: Quota::default(),
            refund_rates: RefundRates::default(),
            journal,
            in_flight: HashSet::new(),
        })
    }

    /// Runs a piece of work; its changes are written to the journal, then applied, or not at all.
    pub(crate) fn act<T, E: From<Error>>(
        &mut self,
        keys: &Keys,
        now: DateTime<Utc>,
        work: impl FnOnce(&mut Context<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut context = Context { state: &self.state, keys, random: &mut self.random, now, changes: Vec::new() };
        let done = work(&mut context)?;
        let changes = context.changes;
        self.commit(changes)?;
        Ok(done)
    }

    pub(crate) fn commit(&mut self, changes: Vec<Record>) -> Result<(), Error> {
        self.journal.append(&changes)?;
        for change in changes {
            self.state.apply(change);
        }
        Ok(())
    }

    /// What happens by itself as time goes on: the clock's offset is kept, refunds end, parcels are received, merchants reminded.
    pub(crate) fn tick(&mut self, keys: &Keys, now: DateTime<Utc>, clock_offset_ms: i64) -> Result<(), Error> {
        if clock_offset_ms != self.state.clock_offset_ms {
            self.commit(vec![Record::Clock { offset_ms: clock_offset_ms }])?;
        }
        while self.act(keys, now, refund::settle_next)? {}
        while self.act(keys, now, shipping::move_next)? {}
        while self.act(keys, now, shipping::remind::next)? {}
        Ok(())
    }
}

/// Contract part 0: Pay's times are RFC 3339 in whole seconds with this offset.
pub(crate) fn beijing(time: DateTime<Utc>) -> DateTime<FixedOffset> {
    const OFFSET_S: i32 = 8 * 3600;
    time.with_timezone(&FixedOffset::east_opt(OFFSET_S).unwrap_or_else(|| chrono::Offset::fix(&Utc)))
}

fn rfc3339(time: DateTime<Utc>) -> String {
    beijing(time).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Equal for requests with equal values, however they are ordered and spaced.
fn params_sha256(params: &Value) -> String {
    let mut sorted = params.clone();
    sorted.sort_all_objects();
    sha256_hex(sorted.to_string().as_bytes())
}
