//! Tables are kept small: nothing here decides anything. In chunks of at most 200 rows, so that no write is long.

use std::sync::Arc;
use std::time::Duration;

use super::push_event;
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::Result;
use crate::domain::orders::TRADE_KEPT;
use crate::domain::{payments, sessions, staff};
use crate::platform::app::App;
use crate::platform::idempotency;
use crate::platform::jobs::{Job, Next, Run, payloads};

/// Chunks of one run, so that it never keeps a slot busy for long; what is left is taken at once by the next.
const CHUNKS_MAX: usize = 20;

payloads! {
    /// Forgets answers of Idempotency-Keys after their 24 hours.
    PruneKeys = "prune_idempotency_keys" {}, 5 attempts;
    /// Forgets sessions whose time is over.
    PruneSessions = "prune_sessions" {}, 5 attempts;
    /// Forgets notifies that trade law no longer wants kept.
    PruneNotifies = "prune_wechat_notifies" {}, 5 attempts;
    /// Forgets pushed events that can't come again any more.
    PrunePushEvents = "prune_wechat_messages" {}, 5 attempts;
}

macro_rules! prunes {
    ($($Name:ident by $chunk:path;)+) => {$(
        impl Job for $Name {
            type Context = Arc<App>;

            async fn run(self, app: Arc<App>, _: Run) -> Result<Next> {
                prune(&app, $chunk).await
            }
        }
    )+};
}

prunes! {
    PruneKeys by idempotency::prune;
    PruneSessions by all_sessions;
    PrunePushEvents by push_event::prune;
    PruneNotifies by notifies;
}

/// Sessions of operators are looked at when something went wrong: how long after their end.
const OPERATOR_SESSIONS_KEPT: Duration = Duration::from_hours(90 * 24);
/// Rows of one write.
const CHUNK: i64 = 200;

fn all_sessions(tx: &mut Tx, now: Timestamp) -> Result<usize> {
    Ok(sessions::prune(tx, now)? + staff::prune_sessions(tx, now.minus(OPERATOR_SESSIONS_KEPT), CHUNK)?)
}

fn notifies(tx: &mut Tx, now: Timestamp) -> Result<usize> {
    payments::forget_notifies(tx, now.minus(TRADE_KEPT), CHUNK)
}

/// `chunk` gives how many rows went.
async fn prune(app: &App, chunk: fn(&mut Tx, Timestamp) -> Result<usize>) -> Result<Next> {
    let now = app.clock.timestamp();
    for _ in 0..CHUNKS_MAX {
        if app.db.write_bulk(move |tx| chunk(tx, now)).await? == 0 {
            return Ok(Next::Done);
        }
    }
    Ok(Next::Again(now))
}
