//! Turns: so much at once, a queue of bounded length before it, and no longer a wait than it is worth.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Something that only so many may do at once.
pub(crate) struct Turns {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// Leave to do it, until dropped. Whoever works on another thread takes it along: a caller who goes away does not end the work.
pub(crate) struct Turn(#[expect(dead_code, reason = "gives the turn back when dropped")] OwnedSemaphorePermit);

/// Why there was no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTurn {
    /// As many as may wait do so already.
    Crowded,
    /// It took too long.
    Late,
}

impl Turns {
    /// So many at once, and so many that wait.
    pub(crate) fn new(at_once: usize, waiting_max: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once)), waiting: AtomicUsize::new(0), waiting_max }
    }

    /// One that is free now, past nobody: who waits is served first.
    pub(crate) fn free(&self) -> Option<Turn> {
        Arc::clone(&self.free).try_acquire_owned().ok().map(Turn)
    }

    /// First come, first served.
    pub(crate) async fn wait(&self, no_longer: Duration) -> Result<Turn, NoTurn> {
        if let Some(turn) = self.free() {
            return Ok(turn);
        }
        let waiting = Waiting(&self.waiting);
        if waiting.0.fetch_add(1, Ordering::Relaxed) >= self.waiting_max {
            return Err(NoTurn::Crowded);
        }
        match tokio::time::timeout(no_longer, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(Turn(turn)),
            _ => Err(NoTurn::Late),
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
        let turns = Turns::new(1, 1);
        let first = turns.wait(LONG).await.unwrap();
        let mut second = Box::pin(turns.wait(LONG));
        assert!((&mut second).now_or_never().is_none(), "it waits");
        let third = turns.wait(LONG).now_or_never().expect("no waiting");
        assert_eq!(third.err(), Some(NoTurn::Crowded));
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn who_waits_too_long_or_goes_away_leaves_no_gap_in_the_queue() {
        let turns = Turns::new(1, 1);
        let first = turns.wait(LONG).await.unwrap();
        for _ in 0..3 {
            assert_eq!(turns.wait(Duration::ZERO).await.err(), Some(NoTurn::Late));
            assert!(Box::pin(turns.wait(LONG)).now_or_never().is_none());
        }
        drop(first);
        assert!(turns.free().is_some());
    }
}
