//! Pruning, in chunks of at most 200 rows, so that no write is long.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{PRUNE_KEYS, PRUNE_MESSAGES, PRUNE_SESSIONS};
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::jobs::{Job, Kind, Next};
use crate::{auth, idempotency, messages};

/// The job kinds of this folder.
pub const KINDS: &[Kind] = &[
    Kind { name: PRUNE_KEYS, attempts_max: 5, run: prune_keys },
    Kind { name: PRUNE_SESSIONS, attempts_max: 5, run: prune_sessions },
    Kind { name: PRUNE_MESSAGES, attempts_max: 5, run: prune_messages },
];

/// Chunks of one run, so that it never keeps a slot busy for long; the next run takes the rest.
const CHUNKS_MAX: usize = 20;

fn prune_keys(app: Arc<App>, _job: Job) -> BoxFuture<'static, Result<Next>> {
    prune(app, idempotency::prune).boxed()
}

fn prune_sessions(app: Arc<App>, _job: Job) -> BoxFuture<'static, Result<Next>> {
    prune(app, auth::service::prune).boxed()
}

fn prune_messages(app: Arc<App>, _job: Job) -> BoxFuture<'static, Result<Next>> {
    prune(app, messages::prune).boxed()
}

/// One chunk; gives how many rows went.
type Chunk = fn(&mut Tx, Timestamp) -> Result<usize>;

async fn prune(app: Arc<App>, chunk: Chunk) -> Result<Next> {
    let now = app.clock.timestamp();
    for _ in 0..CHUNKS_MAX {
        if app.db.write_bulk(move |tx| chunk(tx, now)).await? == 0 {
            break;
        }
    }
    Ok(Next::Done)
}
