//! Ends what is due: accounts that are closing, and what orders of closed accounts still hold.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;

use super::{ended, finish_closing};
use crate::base::error::Result;
use crate::base::ids::CustomerId;
use crate::domain::customers::profile;
use crate::domain::sessions::Sessions;
use crate::domain::{orders, payments};
use crate::platform::app::App;
use crate::platform::jobs::{Job, Next, Run, payloads};

/// Rows of one bulk write, or one look.
const CHUNK: i64 = 200;
/// Chunks of one run; the next run takes the rest.
const CHUNKS_MAX: usize = 100;
/// An account that nobody has logged in to for so long ends: its purpose is over (PIPL article 47).
const UNUSED_KEPT: Duration = Duration::from_hours(1_096 * 24);

payloads! {
    /// Closes accounts whose time has come, and wipes orders whose term is over.
    EndAccounts = "account_endings" {}, 5 attempts;
}

impl Job for EndAccounts {
    type Context = (Arc<App>, Data<Sessions>);

    async fn run(self, (app, sessions): Self::Context, _: Run) -> Result<Next> {
        let now = app.clock.timestamp();
        // A database can come back from the past in other ways than by `restore`.
        ended::replay(&app.db, &app.sealer, &app.settings.ended_accounts, now).await?;
        // Before what may fail, and after it.
        ended::note(&app).await?;
        app.db.write_bulk(move |tx| profile::end_unused(tx, now.minus(UNUSED_KEPT), CHUNK, now)).await?;
        close_accounts(&app, &sessions).await?;
        wipe_orders(&app).await?;
        ended::note(&app).await?;
        Ok(Next::Done)
    }
}

/// One account that can't be closed keeps no other waiting.
async fn close_accounts(app: &Arc<App>, sessions: &Sessions) -> Result<()> {
    let mut after = CustomerId(0);
    for _ in 0..CHUNKS_MAX {
        let closing = app.db.read(move |rx| profile::closing(rx, after, CHUNK)).await?;
        let Some(last) = closing.last() else { break };
        after = *last;
        for customer in closing {
            if let Err(error) = finish_closing(app, sessions, customer).await {
                log::error!(account:% = customer, error:%; "an account can't be closed");
            }
        }
    }
    Ok(())
}

async fn wipe_orders(app: &Arc<App>) -> Result<()> {
    let now = app.clock.timestamp();
    for _ in 0..CHUNKS_MAX {
        let wiped = app.db.write_bulk(move |tx| {
            let wiped = orders::account::wipe_due(tx, now, CHUNK)?;
            payments::forget_payers(tx, &wiped)?;
            Ok(wiped.len())
        });
        if wiped.await? == 0 {
            break;
        }
    }
    Ok(())
}
