//! The pure core: a request, the time and seeded randomness go in; an answer and changed records
//! come out. Nothing here reads a clock, waits or talks to anybody; notifies are only queued.

pub(crate) mod authorization;
mod bills;
mod books;
pub(crate) mod calls;
pub(crate) mod cash_desk;
pub(crate) mod certificates;
mod close;
pub(crate) mod complaints;
mod content_check;
pub(crate) mod context;
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
mod order_center;
pub(crate) mod phone;
pub(crate) mod picture;
mod prepay;
pub(crate) mod push;
mod query;
mod quota;
pub(crate) mod random;
pub(crate) mod records;
pub(crate) mod refund;
mod refusal;
pub(crate) mod route;
mod service_card;
pub(crate) mod session;
pub(crate) mod shipping;
pub(crate) mod signed_text;
pub(crate) mod state;
pub(crate) mod subscribe;
mod tables;
pub(crate) mod token;
pub(crate) mod trade_complaints;
pub(crate) mod upload_form;
pub(crate) mod waybill;
mod wxacode;

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use self::context::Context;
use self::faults::Faults;
use self::quota::Quota;
use self::random::Random;
use self::records::{Owner, Record, Settings};
use self::refund::rates::RefundRates;
use self::state::State;
use crate::Error;
use crate::core::journal::Journal;
use crate::keys::Keys;

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

    /// Forgets people, orders, notifies and faults. Account, keys, tokens, clock and what the merchant set up stay.
    pub(crate) fn reset(&mut self, with_settings: bool) -> Result<(), Error> {
        let old = &self.state;
        let mut state = State {
            owner: old.owner.clone(),
            openings: old.openings,
            clock_offset_ms: old.clock_offset_ms,
            settings: if with_settings { Settings::default() } else { old.settings.clone() },
            tokens: old.tokens.clone(),
            plain_tokens: old.plain_tokens.clone(),
            console: old.console.clone(),
            ..State::default()
        };
        old.platform_keys.rows().for_each(|key| state.apply(key.clone().into()));
        self.journal.compact(state.records())?;
        self.state = state;
        self.faults.clear();
        (self.quota, self.refund_rates) = (Quota::default(), RefundRates::default());
        Ok(())
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
