//! Bulkhead: so much at once, a queue of bounded length before it, and no longer a wait than it is worth.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Something that only so many may do at once.
pub(crate) struct Bulkhead {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// Leave to do it, given back when dropped. Whoever works on another thread takes it along: a caller who goes away does not end the work.
pub(crate) struct Permit(#[expect(dead_code, reason = "given back when dropped")] OwnedSemaphorePermit);

/// Why there was no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// As many as may wait do so already.
    Crowded,
    /// It took too long.
    Late,
}

impl Bulkhead {
    /// So many at once, and so many that wait.
    pub(crate) fn new(at_once: usize, waiting_max: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once)), waiting: AtomicUsize::new(0), waiting_max }
    }

    /// One that is free now, past nobody: who waits is served first.
    pub(crate) fn free(&self) -> Option<Permit> {
        Arc::clone(&self.free).try_acquire_owned().ok().map(Permit)
    }

    /// How many are free now.
    pub(crate) fn available(&self) -> usize {
        self.free.available_permits()
    }

    /// First come, first served.
    pub(crate) async fn wait(&self, no_longer: Duration) -> Result<Permit, Full> {
        if let Some(permit) = self.free() {
            return Ok(permit);
        }
        let waiting = Waiting(&self.waiting);
        if waiting.0.fetch_add(1, Ordering::Relaxed) >= self.waiting_max {
            return Err(Full::Crowded);
        }
        match tokio::time::timeout(no_longer, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Permit(permit)),
            _ => Err(Full::Late),
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

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn one_runs_one_waits_and_the_third_is_told_at_once() {
        let bulkhead = Bulkhead::new(1, 1);
        let first = bulkhead.wait(LONG).await.unwrap();
        let mut second = Box::pin(bulkhead.wait(LONG));
        assert!((&mut second).now_or_never().is_none(), "it waits");
        let third = bulkhead.wait(LONG).now_or_never().expect("no waiting");
        assert_eq!(third.err(), Some(Full::Crowded));
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn who_waits_too_long_or_goes_away_leaves_no_gap_in_the_queue() {
        let bulkhead = Bulkhead::new(1, 1);
        let first = bulkhead.wait(LONG).await.unwrap();
        for _ in 0..3 {
            assert_eq!(bulkhead.wait(Duration::ZERO).await.err(), Some(Full::Late));
            assert!(Box::pin(bulkhead.wait(LONG)).now_or_never().is_none());
        }
        drop(first);
        assert!(bulkhead.free().is_some());
    }
}
