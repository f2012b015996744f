//! Who may use the pooled connections. Requests and jobs wait here, without a thread, for their part of the pool; what is vital
//! (WeChat's notifies, health) takes of that part too, and beside it has connections that nobody else gets.

use std::time::Duration;

use super::fault::unavailable;
use crate::error::Result;
use crate::turns::{NoTurn, Turn, Turns};

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
    common: Turns,
    vital: Turns,
}

impl Gate {
    /// For a pool of `common + reserved` connections.
    pub(super) fn new(common: u32, reserved: u32) -> Self {
        let turns = |connections: u32| Turns::new(connections as usize, WAITING_MAX);
        Self { common: turns(common), vital: turns(reserved) }
    }

    /// Leave to use one connection. It goes along into the thread that uses the connection.
    pub(super) async fn enter(&self, share: Share) -> Result<Turn> {
        let turn = match share {
            Share::Common => self.common.wait(COMMON_WAIT).await,
            Share::Vital => match self.common.free() {
                Some(turn) => Ok(turn),
                None => self.vital.wait(VITAL_WAIT).await,
            },
        };
        turn.map_err(|why| match why {
            NoTurn::Crowded => unavailable("too many wait for a database connection"),
            NoTurn::Late => unavailable("no free database connection"),
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
}
