//! What this node knows of sessions, for at most [`CACHED`].
//!
//! A cell is made before the database is asked, and its age counts from then: what is known is never older than it
//! looks. Ending a session puts another cell in its place, so that an answer which was on its way fills a cell that
//! nobody asks any more.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::sync::OnceCell;

use super::CACHED;
use crate::base::clock::Timestamp;
use crate::base::error::Result;
use crate::base::ids::CustomerId;

/// Sessions known at a time; more only cost reads.
const CAPACITY: u64 = 100_000;

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CachedSession {
    /// Good until then.
    Live { customer_id: CustomerId, expires_at: Timestamp },
    /// Revoked or unknown.
    Ended,
}

pub(super) struct SessionCache(Cache<String, Arc<OnceCell<CachedSession>>>);

impl SessionCache {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(CACHED).build())
    }

    /// What is known, or what `read` finds. Requests of one session that come together cause one read; a failed read is
    /// not kept.
    pub(super) async fn of<Read>(&self, sid: &str, read: impl FnOnce() -> Read) -> Result<CachedSession>
    where
        Read: Future<Output = Result<CachedSession>>,
    {
        let cell = self.0.get_with_by_ref(sid, Arc::default);
        cell.get_or_try_init(read).await.copied()
    }

    /// A session that was begun just now.
    pub(super) fn begun(&self, sid: String, customer_id: CustomerId, expires_at: Timestamp) {
        self.put(sid, CachedSession::Live { customer_id, expires_at });
    }

    /// To be called when the revocation is committed, and before anybody is told of it.
    pub(super) fn ended(&self, sid: String) {
        self.put(sid, CachedSession::Ended);
    }

    fn put(&self, sid: String, session: CachedSession) {
        self.0.insert(sid, Arc::new(OnceCell::new_with(Some(session))));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Barrier;

    use super::*;
    use crate::base::clock::Clock;
    use crate::base::error::Error;

    fn live() -> CachedSession {
        CachedSession::Live { customer_id: CustomerId(1), expires_at: Clock::system().timestamp() }
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn requests_of_one_session_that_come_together_cause_one_read() {
        let (cache, reads) = (SessionCache::new(), AtomicUsize::new(0));
        let one = || {
            cache.of("s", || async {
                reads.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(live())
            })
        };
        block_on(async { futures_util::future::join_all([one(), one(), one()]).await });
        assert_eq!(reads.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_answer_that_was_on_its_way_does_not_revive_a_session_that_was_ended_meanwhile() {
        let (cache, read) = (SessionCache::new(), Barrier::new(2));
        block_on(async {
            let slow = cache.of("s", || async {
                read.wait().await;
                read.wait().await;
                Ok(live())
            });
            let logout = async {
                read.wait().await;
                cache.ended("s".into());
                read.wait().await;
            };
            futures_util::future::join(slow, logout).await.0.unwrap();
            let known = cache.of("s", || async { panic!("the cache knows") }).await.unwrap();
            assert_eq!(known, CachedSession::Ended);
        });
    }

    #[test]
    fn a_failed_read_lets_nobody_in_and_is_not_remembered() {
        let cache = SessionCache::new();
        block_on(async {
            let failed = cache.of("s", || async { Err(Error::busy("no database")) }).await;
            assert!(matches!(failed, Err(Error::Unavailable { .. })));
            assert_eq!(cache.of("s", || async { Ok(CachedSession::Ended) }).await.unwrap(), CachedSession::Ended);
        });
    }

    #[test]
    fn what_is_known_is_not_believed_for_longer_than_five_seconds() {
        assert_eq!(SessionCache::new().0.policy().time_to_live(), Some(std::time::Duration::from_secs(5)));
    }
}
