//! Who may use the pooled connections. Requests and jobs wait here, without a thread, for their part of the pool; what is vital
//! (WeChat's notifies, health) takes of that part too, and beside it has connections that nobody else gets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::unavailable;
use crate::error::Result;

/// A request that gets no connection in this time answers 503.
const COMMON_WAIT: Duration = Duration::from_secs(2);
/// WeChat gives a notify up after 5 s.
const VITAL_WAIT: Duration = Duration::from_secs(4);
/// Who comes when so many wait is told at once.
const WAITING_MAX: usize = 512;

/// Which part of the database's room a caller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Requests and jobs.
    Common,
    /// WeChat's notifies and health.
    Vital,
}

pub(super) struct Gate {
    common: Line,
    vital: Line,
}

/// Leave to use one connection, until dropped. It goes along into the thread that uses the connection: a caller who goes away does not
/// free what is still in use.
pub(super) struct Leave(#[expect(dead_code, reason = "gives the place back when dropped")] OwnedSemaphorePermit);

impl Gate {
    /// For a pool of `common + reserved` connections.
    pub(super) fn new(common: u32, reserved: u32) -> Self {
        Self { common: Line::new(common), vital: Line::new(reserved) }
    }

    pub(super) async fn enter(&self, share: Share) -> Result<Leave> {
        match share {
            Share::Common => self.common.enter(COMMON_WAIT).await,
            Share::Vital => match self.common.try_enter() {
                Some(leave) => Ok(leave),
                None => self.vital.enter(VITAL_WAIT).await,
            },
        }
    }
}

struct Line {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Line {
    fn new(places: u32) -> Self {
        Self { places: Arc::new(Semaphore::new(places as usize)), waiting: AtomicUsize::new(0) }
    }

    fn try_enter(&self) -> Option<Leave> {
        Arc::clone(&self.places).try_acquire_owned().ok().map(Leave)
    }

    async fn enter(&self, wait: Duration) -> Result<Leave> {
        if let Some(leave) = self.try_enter() {
            return Ok(leave);
        }
        let waiting = Waiting(&self.waiting);
        if waiting.0.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            return Err(unavailable("too many wait for a database connection"));
        }
        match tokio::time::timeout(wait, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(leave)) => Ok(Leave(leave)),
            _ => Err(unavailable("no free database connection")),
        }
    }
}

/// Counted while it waits; a caller who goes away is counted no longer.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn requests_never_get_the_connections_of_the_notifies() {
        let gate = Gate::new(2, 1);
        let first = gate.enter(Share::Common).await.unwrap();
        let _second = gate.enter(Share::Common).await.unwrap();
        let mut third = Box::pin(gate.enter(Share::Common));
        assert!((&mut third).now_or_never().is_none(), "it waits");
        let notify = gate.enter(Share::Vital).now_or_never().expect("no waiting").unwrap();
        assert!(gate.enter(Share::Common).now_or_never().is_none());
        drop(first);
        third.now_or_never().expect("its turn").unwrap();
        drop(notify);
    }

    #[tokio::test]
    async fn notifies_use_what_requests_leave() {
        let gate = Gate::new(2, 1);
        let notifies: Vec<_> = (0..3).map(|_| gate.enter(Share::Vital).now_or_never().expect("no waiting")).collect();
        assert!(notifies.iter().all(Result::is_ok));
    }

    #[tokio::test]
    async fn a_crowd_is_told_at_once_and_one_who_goes_away_leaves_no_gap() {
        let gate = Gate::new(1, 1);
        let _all = gate.enter(Share::Common).await.unwrap();
        for _ in 0..2 {
            let mut crowd: Vec<_> = (0..WAITING_MAX).map(|_| Box::pin(gate.enter(Share::Common))).collect();
            assert!(crowd.iter_mut().all(|one| one.now_or_never().is_none()));
            assert!(gate.enter(Share::Common).now_or_never().expect("no waiting").is_err());
        }
    }
}
