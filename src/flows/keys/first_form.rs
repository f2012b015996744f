//! What the first programs sealed under one key for everybody, or did not seal: sealed anew under its subject's key, row by row. Killed
//! anywhere, it goes on from what is left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Rx, Tx};
use crate::base::error::Result;
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
    /// Seals what was sealed without a subject. Queued by the migration that made the keys.
    ResealFirstForm = "reseal" {}, 5 attempts;
}

impl Job for ResealFirstForm {
    type Context = Arc<App>;

    async fn run(self, app: Arc<App>, _: Run) -> Result<Next> {
        let until = Instant::now() + RUN_FOR;
        let is_whole =
            every(&app, CustomerId(0), until, customers::first_form::without_subject, |tx, sealer, id, now| {
                customers::first_form::reseal(tx, sealer, id, now)
            })
            .await?
                && every(&app, OrderId(0), until, orders::first_form::without_subject, order).await?
                && every(&app, 0_i64, until, payments::plain_notifies, notify).await?;
        Ok(if is_whole { Next::Done } else { Next::Again(app.clock.timestamp()) })
    }
}

/// One table from its beginning; `false` if the time was over before its end.
async fn every<Id>(
    app: &Arc<App>,
    first: Id,
    until: Instant,
    look: fn(&mut DbConn, Id, i64) -> Result<Found<Id>>,
    reseal: fn(&mut Tx, &Sealer, Id, Timestamp) -> Result<()>,
) -> Result<bool>
where
    Id: Copy + Send + Sync + 'static,
{
    let mut after = first;
    loop {
        let found = app.db.read(move |rx: &mut Rx| look(rx, after, LOOKED_AT)).await?;
        for chunk in found.ids.chunks(CHUNK) {
            if Instant::now() > until {
                return Ok(false);
            }
            let (chunk, context, now) = (chunk.to_vec(), Arc::clone(app), app.clock.timestamp());
            let write =
                app.db.write_bulk(move |tx| chunk.iter().try_for_each(|id| reseal(tx, &context.sealer, *id, now)));
            write.await?;
        }
        let Some(last) = found.last else { return Ok(true) };
        after = last;
    }
}

/// A paid order's data is its trade's, an unpaid one's its buyer's; without either it is kept until its term under the key of today.
fn order(tx: &mut Tx, sealer: &Sealer, id: OrderId, now: Timestamp) -> Result<()> {
    let owner = orders::first_form::ownership(tx, id)?;
    let subject = match owner.traded_at {
        Some(at) => Subject::Trade(at),
        None if is_open(tx, owner.customer_id)? => Subject::Person(owner.customer_id),
        None => Subject::Trade(now),
    };
    let key = sealer.key_of(tx, subject, now)?;
    let parts = orders::sealed_parts(tx, id)?.under(tx, sealer, &key, &owner.order_no)?;
    orders::reseal(tx, id, &parts)?;
    let Some((payment, number, kept)) = payments::request_of(tx, id)? else { return Ok(()) };
    match payments::open_request(tx, sealer, &number, &kept)? {
        Some(request) => payments::reseal(tx, payment, &payments::seal_request(&key, &number, &request)?),
        None => Ok(()),
    }
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
            people: count(conn, CustomerId(0), customers::first_form::without_subject)?,
            orders: count(conn, OrderId(0), orders::first_form::without_subject)?,
            notifies: count(conn, 0, payments::plain_notifies)?,
        })
    }

    pub(crate) fn sum(self) -> usize {
        self.people + self.orders + self.notifies
    }
}

fn count<Id: Copy>(conn: &mut DbConn, first: Id, look: fn(&mut DbConn, Id, i64) -> Result<Found<Id>>) -> Result<usize> {
    let (mut after, mut rows) = (first, 0);
    loop {
        let found = look(conn, after, LOOKED_AT)?;
        rows += found.ids.len();
        let Some(last) = found.last else { return Ok(rows) };
        after = last;
    }
}
