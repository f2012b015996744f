//! What the first programs sealed under one key for everybody, or did not seal: sealed anew under its subject's key, row by row. Killed
//! anywhere, it goes on from what is left; a row that can't be opened is left for `keys status` to count, and keeps no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Rx, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids::{CustomerId, OrderId};
use crate::domain::customers::profile::is_open;
use crate::domain::{customers, orders, payments};
use crate::platform::app::App;
use crate::platform::jobs::{Job, Next, Run, payloads};
use crate::platform::sealing::{Found, Sealer, Subject};

/// Rows of one look.
const LOOKED_AT: i64 = 500;
/// Rows of one bulk write: each is several statements.
const CHUNK: usize = 20;
/// A run ends before its lease does.
const RUN_FOR: Duration = Duration::from_secs(30);

payloads! {
    /// Seals what was sealed without a subject.
    ResealFirstForm = "reseal" {}, 5 attempts;
}

/// Up to which row of each table this process has looked: rows behind it are as they should be, for nothing writes the first form any more.
#[derive(Default)]
pub(crate) struct Progress {
    people: AtomicI64,
    orders: AtomicI64,
    notifies: AtomicI64,
}

impl Job for ResealFirstForm {
    type Context = (Arc<App>, Arc<Progress>);

    async fn run(self, (app, progress): Self::Context, _: Run) -> Result<Next> {
        let until = Instant::now() + RUN_FOR;
        let is_whole = Pass { app: &app, look: people, reseal: person, until }.run(&progress.people).await?
            && Pass { app: &app, look: some_orders, reseal: order, until }.run(&progress.orders).await?
            && Pass { app: &app, look: payments::plain_notifies, reseal: notify, until }
                .run(&progress.notifies)
                .await?;
        Ok(if is_whole { Next::Done } else { Next::Again(app.clock.timestamp()) })
    }
}

type Look = fn(&mut DbConn, i64, i64) -> Result<Found<i64>>;
type Reseal = fn(&mut Tx, &Sealer, i64, Timestamp) -> Result<()>;

/// One table, on from where the process stands.
struct Pass<'a> {
    app: &'a Arc<App>,
    look: Look,
    reseal: Reseal,
    until: Instant,
}

impl Pass<'_> {
    /// `false` if the time was over before the table's end.
    async fn run(&self, progress: &AtomicI64) -> Result<bool> {
        while Instant::now() < self.until {
            let (look, after) = (self.look, progress.load(Ordering::Relaxed));
            let found = self.app.db.read(move |rx: &mut Rx| look(rx, after, LOOKED_AT)).await?;
            for chunk in found.ids.chunks(CHUNK) {
                if let Err(error) = self.write(chunk.to_vec()).await {
                    log::error!(rows:debug = chunk, error:%; "rows can't be sealed anew together");
                    self.one_by_one(chunk).await?;
                }
            }
            let Some(last) = found.last else { return Ok(true) };
            progress.store(last, Ordering::Relaxed);
        }
        Ok(false)
    }

    async fn write(&self, ids: Vec<i64>) -> Result<()> {
        let (context, now, reseal) = (Arc::clone(self.app), self.app.clock.timestamp(), self.reseal);
        self.app.db.write_bulk(move |tx| ids.iter().try_for_each(|id| reseal(tx, &context.sealer, *id, now))).await
    }

    async fn one_by_one(&self, ids: &[i64]) -> Result<()> {
        for id in ids {
            match self.write(vec![*id]).await {
                Err(Error::Internal(why)) => {
                    log::error!(row:% = id, error:% = why; "a row stays in the first form");
                }
                written => written?,
            }
        }
        Ok(())
    }
}

fn people(conn: &mut DbConn, after: i64, limit: i64) -> Result<Found<i64>> {
    Ok(customers::first_form::without_subject(conn, CustomerId(after), limit)?.map(|id| id.0))
}

fn person(tx: &mut Tx, sealer: &Sealer, id: i64, now: Timestamp) -> Result<()> {
    customers::first_form::reseal(tx, sealer, CustomerId(id), now)
}

fn some_orders(conn: &mut DbConn, after: i64, limit: i64) -> Result<Found<i64>> {
    Ok(orders::first_form::without_subject(conn, OrderId(after), limit)?.map(|id| id.0))
}

/// A paid order's data is its trade's, an unpaid one's its buyer's; without either it is kept until its term under the key of today.
fn order(tx: &mut Tx, sealer: &Sealer, id: i64, now: Timestamp) -> Result<()> {
    let id = OrderId(id);
    // Who settles, cancels or wipes it comes before or after this, never between.
    orders::lock(tx, id)?;
    let owner = orders::first_form::ownership(tx, id)?;
    let subject = match owner.traded_at {
        Some(at) => Subject::Trade(at),
        None if is_open(tx, owner.customer_id)? => Subject::Person(owner.customer_id),
        None => Subject::Trade(now),
    };
    let key = sealer.key_of(tx, subject, now)?;
    let parts = orders::sealed_parts(tx, id)?.under(tx, sealer, &key, &owner.order_no)?;
    orders::reseal(tx, id, &parts)?;
    payments::reseal_request(tx, sealer, id, &key)
}

fn notify(tx: &mut Tx, sealer: &Sealer, id: i64, now: Timestamp) -> Result<()> {
    let Some((notify_id, body, received_at)) = payments::notify(tx, id)? else { return Ok(()) };
    let key = sealer.key_of(tx, Subject::Trade(received_at), now)?;
    payments::reseal_notify(tx, id, &payments::seal_notify(&key, &notify_id, &body)?)
}

/// Rows that are still in the first form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) people: usize,
    pub(crate) orders: usize,
    pub(crate) notifies: usize,
}

impl Left {
    pub(super) fn count(conn: &mut DbConn) -> Result<Self> {
        Ok(Self {
            people: count(conn, people)?,
            orders: count(conn, some_orders)?,
            notifies: count(conn, payments::plain_notifies)?,
        })
    }

    pub(crate) fn sum(self) -> usize {
        self.people + self.orders + self.notifies
    }
}

fn count(conn: &mut DbConn, look: Look) -> Result<usize> {
    let (mut after, mut rows) = (0, 0);
    loop {
        let found = look(conn, after, LOOKED_AT)?;
        rows += found.ids.len();
        let Some(last) = found.last else { return Ok(rows) };
        after = last;
    }
}
