//! Work that must not take everything: so much of it at once, a short queue, and no longer a wait than it is worth.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The phone would rather try again.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// How much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// At once.
    pub(super) running: usize,
    /// In the queue.
    pub(super) waiting: usize,
}

/// One kind of costly work.
pub(crate) struct Costly {
    name: &'static str,
    turns: Arc<Semaphore>,
    queue: AtomicUsize,
    queue_max: usize,
}

/// Leave to do it, until dropped.
pub(crate) struct Turn(#[expect(dead_code, reason = "gives the turn back when dropped")] OwnedSemaphorePermit);

impl Costly {
    pub(super) fn new(name: &'static str, size: Size) -> Self {
        Self {
            name,
            turns: Arc::new(Semaphore::new(size.running)),
            queue: AtomicUsize::new(0),
            queue_max: size.waiting,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// First come, first served. `None`: too many wait already, or it took too long.
    pub(super) async fn turn(&self) -> Option<Turn> {
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            return Some(Turn(turn));
        }
        let _queued = Queued::join(&self.queue, self.queue_max)?;
        let turn = tokio::time::timeout(WAIT_MAX, Arc::clone(&self.turns).acquire_owned()).await;
        turn.ok()?.ok().map(Turn)
    }
}

/// A place in the queue; also given back when the caller goes away.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn join(queue: &'a AtomicUsize, max: usize) -> Option<Self> {
        let queued = Self(queue);
        (queue.fetch_add(1, Ordering::Relaxed) < max).then_some(queued)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use futures_util::FutureExt as _;

    use super::*;

    #[actix_web::test]
    async fn one_runs_one_waits_and_the_third_is_told_at_once() {
        let costly = Costly::new("test", Size { running: 1, waiting: 1 });
        let first = costly.turn().await.unwrap();
        let mut second = Box::pin(costly.turn());
        assert!((&mut second).now_or_never().is_none(), "it waits");
        assert!(costly.turn().now_or_never().expect("no waiting").is_none());
        drop(first);
        assert!(second.await.is_some());
    }

    #[actix_web::test]
    async fn who_goes_away_leaves_the_queue() {
        let costly = Costly::new("test", Size { running: 1, waiting: 1 });
        let _first = costly.turn().await.unwrap();
        for _ in 0..3 {
            let mut gone = Box::pin(costly.turn());
            assert!((&mut gone).now_or_never().is_none());
        }
        assert_eq!(costly.queue.load(Ordering::Relaxed), 0);
    }
}
