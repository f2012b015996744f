//! A circuit breaker around a [`Transport`], so that a dead WeChat costs a caller nothing but an early "try later".

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use crate::clock::{Clock, SharedClock};
use crate::transport::{AnswerLimits, InboundAnswer, OutboundRequest, Transport, TransportError};

/// When to stop trying.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Failures in a row, without a success between, that open the breaker. Default 5: with a timeout of 5 s and
    /// 20 payments a second a black hole holds about 100 calls for 5 s, then none.
    pub failures_to_open: u32,
    /// How long it then stays open before one probe may pass. Default 5 s, far below the 60 s between payment queries.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures_to_open: 5, open_for: Duration::from_secs(5) }
    }
}

/// What is known of one host.
#[derive(Debug, Clone, Copy)]
enum HostState {
    /// Calls pass; so many have failed in a row.
    Closed { failures: u32 },
    /// Calls fail at once until this time has come.
    Open { since: DateTime<Utc> },
    /// One probe is under way; all others fail at once.
    Probing,
}

/// A [`Transport`] that fails fast with [`TransportError::BreakerOpen`] after failures in a row.
///
/// A failure is: no connection, a timeout, a broken connection, HTTP 502, 503 or 504. A business error, HTTP 500 of
/// WeChat's own among them, is an answer. States are kept for each origin: the mini program's host may be dead while
/// WeChat Pay lives. There are as many origins as configured base addresses.
pub struct Breaker {
    inner: Arc<dyn Transport>,
    clock: SharedClock,
    settings: BreakerSettings,
    hosts: Mutex<HashMap<String, HostState>>,
}

impl Breaker {
    /// Guards `inner` with the default settings.
    pub fn new(inner: Arc<dyn Transport>, clock: impl Clock + 'static) -> Self {
        Self::with_settings(inner, clock, BreakerSettings::default())
    }

    /// Guards `inner` with other settings; zero failures count as one.
    pub fn with_settings(inner: Arc<dyn Transport>, clock: impl Clock + 'static, settings: BreakerSettings) -> Self {
        Self { inner, clock: Arc::new(clock), settings, hosts: Mutex::new(HashMap::new()) }
    }

    /// Origins that are failing fast at the moment, for health and metrics.
    pub fn open_origins(&self) -> Vec<String> {
        let mut open: Vec<String> = self
            .locked()
            .iter()
            .filter(|(_, state)| !matches!(state, HostState::Closed { .. }))
            .map(|(origin, _)| origin.clone())
            .collect();
        open.sort();
        open
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, HostState>> {
        // The map is whole after every statement, so a panic elsewhere leaves nothing half done.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, origin: String) -> Result<Attempt<'_>, TransportError> {
        let mut hosts = self.locked();
        let state = hosts.entry(origin.clone()).or_insert(HostState::Closed { failures: 0 });
        let probe = match *state {
            HostState::Closed { .. } => false,
            HostState::Open { since } if self.has_rested(since) => {
                *state = HostState::Probing;
                true
            }
            HostState::Open { .. } | HostState::Probing => return Err(TransportError::BreakerOpen),
        };
        Ok(Attempt { breaker: self, origin, probe, settled: false })
    }

    /// A clock that was set back must not keep the breaker open for as long as it was set back.
    fn has_rested(&self, since: DateTime<Utc>) -> bool {
        let rested = self.clock.now() - since;
        let open_for = TimeDelta::from_std(self.settings.open_for).unwrap_or(TimeDelta::MAX);
        rested >= open_for || rested < TimeDelta::zero()
    }

    async fn guarded(
        &self,
        request: OutboundRequest,
        limits: Option<AnswerLimits>,
    ) -> Result<InboundAnswer, TransportError> {
        let mut attempt = self.admit(request.origin())?;
        let result = match limits {
            None => self.inner.send(request).await,
            Some(limits) => self.inner.send_within(request, limits).await,
        };
        attempt.settle(is_alive(&result));
        result
    }
}

impl Transport for Breaker {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<InboundAnswer, TransportError>> {
        Box::pin(self.guarded(request, None))
    }

    fn send_within(
        &self,
        request: OutboundRequest,
        limits: AnswerLimits,
    ) -> BoxFuture<'_, Result<InboundAnswer, TransportError>> {
        Box::pin(self.guarded(request, Some(limits)))
    }
}

fn is_alive(result: &Result<InboundAnswer, TransportError>) -> bool {
    match result {
        Ok(answer) => !matches!(answer.status, 502..=504),
        Err(TransportError::TooLarge) => true,
        Err(_) => false,
    }
}

/// One call that was let through. Dropped unsettled (its caller went away), a probe gives its place to the next call.
struct Attempt<'b> {
    breaker: &'b Breaker,
    origin: String,
    probe: bool,
    settled: bool,
}

impl Attempt<'_> {
    fn settle(&mut self, alive: bool) {
        self.settled = true;
        let now = self.breaker.clock.now();
        let limit = self.breaker.settings.failures_to_open;
        let mut hosts = self.breaker.locked();
        let Some(state) = hosts.get_mut(&self.origin) else {
            return;
        };
        let before = *state;
        *state = match before {
            _ if alive => HostState::Closed { failures: 0 },
            HostState::Closed { failures } if failures + 1 >= limit => HostState::Open { since: now },
            HostState::Closed { failures } => HostState::Closed { failures: failures + 1 },
            HostState::Probing if self.probe => HostState::Open { since: now },
            // A late failure of a call from before it opened says nothing new.
            HostState::Open { .. } | HostState::Probing => before,
        };
        if matches!(before, HostState::Closed { .. }) && matches!(state, HostState::Open { .. }) {
            log::warn!("wechat breaker opens for {}", self.origin);
        } else if alive && !matches!(before, HostState::Closed { .. }) {
            log::info!("wechat breaker closes for {}", self.origin);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.settled || !self.probe {
            return;
        }
        let long_ago = DateTime::<Utc>::MIN_UTC;
        let mut hosts = self.breaker.locked();
        if let Some(state @ HostState::Probing) = hosts.get_mut(&self.origin) {
            *state = HostState::Open { since: long_ago };
        }
    }
}

#[cfg(test)]
mod tests;
