//! Where the nodes of one shop keep their one `access_token`: a port that the application implements.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use secrecy::SecretString;

/// The token that all nodes use, and what has been spent on it.
#[derive(Clone)]
pub struct TokenRecord {
    /// Grows by one with each record. What two nodes wrote at once is told apart by it.
    pub generation: i64,
    /// The token. A secret: seal it where it is stored.
    pub token: SecretString,
    /// When it was asked for.
    pub fetched_at: DateTime<Utc>,
    /// When WeChat said that it ends.
    pub expires_at: DateTime<Utc>,
    /// When a refresh was last forced. WeChat wants 30 s between two.
    pub forced_at: Option<DateTime<Utc>>,
    /// Refreshes forced on the day (in China) of `forced_at`. WeChat allows 20.
    pub forced_that_day: u32,
}

impl fmt::Debug for TokenRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TokenRecord(generation {}, until {})", self.generation, self.expires_at)
    }
}

/// The store does not answer. The text is for the log: no secret in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store of the access token does not answer: {0}")]
pub struct TokenStoreFault(pub String);

/// Where the token is kept, one place for all nodes that use one appid.
///
/// While it does not answer, each node asks WeChat by itself: in normal mode all of them are given the same token. What
/// would kill the token of the others (a forced refresh) is then not done.
pub trait TokenStore: Send + Sync {
    /// The record, if there is one.
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenRecord>, TokenStoreFault>>;

    /// Replaces the record if none is there or its generation is lower (`... SET ... WHERE generation < ?`). False if it
    /// was not. The old record stays readable until then.
    fn store_if_newer(&self, record: TokenRecord) -> BoxFuture<'_, Result<bool, TokenStoreFault>>;

    /// Takes the right to ask WeChat for `holder` until `until`, unless another holder has it (`... WHERE holder = ? OR
    /// until <= now`). True if `holder` now has it.
    fn take_lease<'s>(
        &'s self,
        holder: &'s str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'s, Result<bool, TokenStoreFault>>;

    /// Gives the right back, if `holder` has it.
    fn release_lease<'s>(&'s self, holder: &'s str) -> BoxFuture<'s, Result<(), TokenStoreFault>>;
}

/// A [`TokenStore`] in memory: right for a shop of one process.
#[derive(Default)]
pub struct LocalTokens {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    record: Option<TokenRecord>,
    lease: Option<(String, DateTime<Utc>)>,
}

impl LocalTokens {
    fn locked(&self) -> MutexGuard<'_, Kept> {
        // What is kept is whole after every statement, so a panic elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for LocalTokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenRecord>, TokenStoreFault>> {
        Box::pin(async { Ok(self.locked().record.clone()) })
    }

    fn store_if_newer(&self, record: TokenRecord) -> BoxFuture<'_, Result<bool, TokenStoreFault>> {
        Box::pin(async move {
            let mut kept = self.locked();
            let is_newer = kept.record.as_ref().is_none_or(|old| old.generation < record.generation);
            if is_newer {
                kept.record = Some(record);
            }
            Ok(is_newer)
        })
    }

    fn take_lease<'s>(
        &'s self,
        holder: &'s str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'s, Result<bool, TokenStoreFault>> {
        Box::pin(async move {
            let mut kept = self.locked();
            let is_free = kept.lease.as_ref().is_none_or(|(by, ends)| by == holder || *ends <= now);
            if is_free {
                kept.lease = Some((holder.to_owned(), until));
            }
            Ok(is_free)
        })
    }

    fn release_lease<'s>(&'s self, holder: &'s str) -> BoxFuture<'s, Result<(), TokenStoreFault>> {
        Box::pin(async move {
            let mut kept = self.locked();
            if kept.lease.as_ref().is_some_and(|(by, _)| by == holder) {
                kept.lease = None;
            }
            Ok(())
        })
    }
}

impl fmt::Debug for LocalTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LocalTokens(..)")
    }
}
