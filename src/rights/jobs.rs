//! Ends what is due: accounts that are closing, and what orders of closed accounts still hold.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::service;
use crate::app::App;
use crate::error::Result;
use crate::ids::CustomerId;
use crate::jobs::{Job, Kind, Next};
use crate::orders::service::rights as orders;
use crate::payments;

const ENDINGS: &str = "account_endings";

/// The job kinds of this domain.
pub const KINDS: &[Kind] = &[Kind { name: ENDINGS, attempts_max: 5, run }];

/// What has to run again and again.
pub const RECURRING: [(&str, Duration); 1] = [(ENDINGS, Duration::from_mins(15))];

/// Rows of one bulk write, or one look.
const CHUNK: i64 = 200;
/// Chunks of one run; the next run takes the rest.
const CHUNKS_MAX: usize = 100;

fn run(app: Arc<App>, _job: Job) -> BoxFuture<'static, Result<Next>> {
    async move {
        close_accounts(&app).await?;
        wipe_orders(&app).await?;
        Ok(Next::Done)
    }
    .boxed()
}

/// One account that can't be closed keeps no other waiting.
async fn close_accounts(app: &Arc<App>) -> Result<()> {
    let mut after = CustomerId(0);
    for _ in 0..CHUNKS_MAX {
        let closing = app.db.read(move |rx| crate::customers::service::profile::closing(rx, after, CHUNK)).await?;
        let Some(last) = closing.last() else { break };
        after = *last;
        for customer in closing {
            if let Err(error) = service::finish_closing(app, customer).await {
                log::error!("account {customer} can't be closed: {error}");
            }
        }
    }
    Ok(())
}

async fn wipe_orders(app: &Arc<App>) -> Result<()> {
    let now = app.clock.timestamp();
    for _ in 0..CHUNKS_MAX {
        let wiped = app.db.write_bulk(move |tx| {
            let wiped = orders::wipe_due(tx, now, CHUNK)?;
            payments::service::forget_payers(tx, &wiped)?;
            Ok(wiped.len())
        });
        if wiped.await? == 0 {
            break;
        }
    }
    Ok(())
}
