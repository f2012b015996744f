//! What this node knows of operators' sessions, for at most [`CACHED`].
//!
//! A cell is made before the database is asked, and its age counts from then. Ending a session puts another cell in its
//! place: an answer that was on its way fills a cell that nobody asks any more.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::sync::OnceCell;

use super::{CACHED, Role, SESSION_IDLE};
use crate::base::clock::Timestamp;
use crate::base::error::Result;
use crate::base::ids::OperatorId;

/// Sessions known at a time; more only cost reads.
const CAPACITY: u64 = 10_000;

/// A session that is not revoked, of an account that is not disabled.
#[derive(Clone, Debug, diesel::Queryable)]
pub(super) struct Known {
    pub(super) id: OperatorId,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) password_expires_at: Option<Timestamp>,
    pub(super) totp_confirmed_at: Option<Timestamp>,
    pub(super) last_seen_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) stepped_up_at: Option<Timestamp>,
}

impl Known {
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at && now < self.last_seen_at.plus(SESSION_IDLE)
    }
}

type Cell = Arc<OnceCell<Option<Known>>>;

pub(super) struct SessionCache(Cache<String, Cell>);

impl SessionCache {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(CACHED).build())
    }

    /// What is known, or what `read` finds; nothing for a session that has ended. A failed read is not kept.
    pub(super) async fn of<Read>(&self, sid: &str, read: impl FnOnce() -> Read) -> Result<Option<Known>>
    where
        Read: Future<Output = Result<Option<Known>>>,
    {
        let cell = self.0.get_with_by_ref(sid, Arc::default);
        cell.get_or_try_init(read).await.cloned()
    }

    /// To be called when a change of the session is committed, and before anybody is told: the next request reads it.
    pub(super) fn forget(&self, sid: &str) {
        self.0.insert(sid.to_owned(), Cell::default());
    }

    /// As [`forget`](Self::forget), for sessions that were ended together.
    pub(super) fn forget_all(&self, sids: &[String]) {
        for sid in sids {
            self.forget(sid);
        }
    }
}
