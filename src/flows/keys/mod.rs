//! Keys change, so that what has ended can't be opened any more.
//!
//! - **Rotation.** A new epoch key is put first in `DATA_KEYS`; the running shop wraps every living data key anew under it, and seals its own
//!   secrets anew. When `keys status` shows nothing under the old one, it is taken out and destroyed: what ended before opens no more, in
//!   free pages, logs and backups too. The kept epoch keys are the life of the backups.
//! - **Trade keys** end when the last term in them is over.
//! - **What the first programs sealed** under one key for everybody is sealed anew under its subject's, once; both forms are read meanwhile.

mod first_form;

use std::sync::Arc;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::db::{Db, DbConn};
use crate::base::error::Result;
use crate::domain::orders::TRADE_KEPT;
use crate::domain::staff;
use crate::platform::app::App;
use crate::platform::jobs::{Job, Next, Run, payloads};
use crate::platform::sealing::{EpochUse, Sealer};
use crate::platform::wechat_token;

pub(crate) use first_form::{Left, ResealFirstForm};

/// Keys of one bulk write: orders wait behind it for a few milliseconds at most.
const CHUNK: i64 = 100;
/// Chunks of one run of the job; 100,000 keys are two runs.
const CHUNKS_MAX: usize = 500;
/// After the last order of a month was paid, its key is needed as long as an order is; and a month for whatever was late.
const TRADE_KEY_KEPT: Duration = TRADE_KEPT.saturating_add(Duration::from_hours(31 * 24));

payloads! {
    /// Wraps living keys by the newest epoch key, ends trade keys whose term is over.
    RotateKeys = "rotate_keys" {}, 5 attempts;
}

impl Job for RotateKeys {
    type Context = Arc<App>;

    async fn run(self, app: Arc<App>, _: Run) -> Result<Next> {
        let now = app.clock.timestamp();
        let sealer = Arc::clone(&app.sealer);
        app.db.write_bulk(move |tx| sealer.end_trade(tx, now.minus(TRADE_KEY_KEPT), CHUNK, now)).await?;
        let rotated = rotate(&app.db, &app.sealer, now, CHUNKS_MAX).await?;
        Ok(if rotated.is_whole { Next::Done } else { Next::Again(now) })
    }
}

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rotated {
    /// Data keys that were wrapped anew.
    pub(crate) keys: usize,
    /// Secrets of the shop that were sealed anew.
    pub(crate) secrets: usize,
    /// Nothing is left.
    pub(crate) is_whole: bool,
}

/// Wraps and seals anew what an older epoch key holds, in at most so many chunks.
pub(crate) async fn rotate(db: &Db, sealer: &Arc<Sealer>, now: Timestamp, chunks_max: usize) -> Result<Rotated> {
    let mut rotated = Rotated::default();
    let context = Arc::clone(sealer);
    rotated.secrets = db
        .write_bulk(move |tx| Ok(staff::reseal_secrets(tx, &context)? + wechat_token::reseal_secrets(tx, &context)?))
        .await?;
    let (mut epoch, mut after) = (String::new(), Vec::new());
    for _ in 0..chunks_max {
        if after.is_empty() {
            let (context, before) = (Arc::clone(sealer), epoch.clone());
            let Some(next) = db.read(move |rx| context.next_older_epoch(rx, &before)).await? else {
                rotated.is_whole = true;
                break;
            };
            epoch = next;
        }
        let (context, of, behind) = (Arc::clone(sealer), epoch.clone(), after.clone());
        let wrapped = db.write_bulk(move |tx| context.rewrap(tx, &of, &behind, CHUNK, now)).await?;
        rotated.keys += wrapped.keys;
        after = wrapped.last.unwrap_or_default();
    }
    Ok(rotated)
}

/// How the keys stand.
pub(crate) struct KeyStatus {
    /// By epoch.
    pub(crate) epochs: Vec<EpochUse>,
    /// Of these, the ones whose keys can't be opened: they are not configured, or another key has their id.
    pub(crate) lost: Vec<EpochUse>,
    /// Secrets of the shop (second factors, WeChat's token) that an older epoch key seals.
    pub(crate) older_secrets: usize,
    /// What is still sealed without a subject.
    pub(crate) left: Left,
}

/// Looks at every row that is sealed: for commands, not for requests.
pub(crate) fn status(conn: &mut DbConn, sealer: &Sealer) -> Result<KeyStatus> {
    Ok(KeyStatus {
        epochs: sealer.epochs(conn)?,
        lost: sealer.lost_epochs(conn)?,
        older_secrets: staff::older_secrets(conn, sealer)? + wechat_token::older_secrets(conn, sealer)?,
        left: Left::count(conn)?,
    })
}
