//! Who may use the pooled connections. Requests and jobs wait here, without a thread, for their part of the pool; what is critical
//! (WeChat's notifies, health) takes of that part too, and beside it has connections that nobody else gets.

use std::time::Duration;

use super::fault::unavailable;
use crate::base::bulkhead::{Bulkhead, Full, Permit};
use crate::base::error::Result;

/// A request that gets no connection in this time answers 503.
const COMMON_WAIT: Duration = Duration::from_secs(2);
/// WeChat gives a notify up after 5 s.
const CRITICAL_WAIT: Duration = Duration::from_secs(4);
/// Who comes when so many wait is told at once.
const WAITING_MAX: usize = 512;

/// Which part of the database's room a caller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Requests and jobs.
    Common,
    /// WeChat's notifies and health.
    Critical,
}

pub(super) struct ConnectionBudget {
    common: Bulkhead,
    critical: Bulkhead,
}

impl ConnectionBudget {
    /// For a pool of `common + reserved` connections.
    pub(super) fn new(common: u32, reserved: u32) -> Self {
        let bulkhead = |connections: u32| Bulkhead::new(connections as usize, WAITING_MAX);
        Self { common: bulkhead(common), critical: bulkhead(reserved) }
    }

    /// Leave to use one connection. It goes along into the thread that uses the connection.
    pub(super) async fn acquire(&self, share: Share) -> Result<Permit> {
        let permit = match share {
            Share::Common => self.common.wait(COMMON_WAIT).await,
            Share::Critical => match self.common.free() {
                Some(permit) => Ok(permit),
                None => self.critical.wait(CRITICAL_WAIT).await,
            },
        };
        permit.map_err(|why| match why {
            Full::Crowded => unavailable("too many wait for a database connection"),
            Full::Late => unavailable("no free database connection"),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn requests_never_get_the_connections_of_the_notifies() {
        let budget = ConnectionBudget::new(2, 1);
        let first = budget.acquire(Share::Common).await.unwrap();
        let _second = budget.acquire(Share::Common).await.unwrap();
        let mut third = Box::pin(budget.acquire(Share::Common));
        assert!((&mut third).now_or_never().is_none(), "it waits");
        let notify = budget.acquire(Share::Critical).now_or_never().expect("no waiting").unwrap();
        assert!(budget.acquire(Share::Common).now_or_never().is_none());
        drop(first);
        third.now_or_never().expect("its permit").unwrap();
        drop(notify);
    }

    #[tokio::test]
    async fn notifies_use_what_requests_leave() {
        let budget = ConnectionBudget::new(2, 1);
        let notifies: Vec<_> =
            (0..3).map(|_| budget.acquire(Share::Critical).now_or_never().expect("no waiting")).collect();
        assert!(notifies.iter().all(Result::is_ok));
    }
}
