//! What the first programs sealed under one key for everybody, and orders without a term.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::orders;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids::{CustomerId, OrderId};
use crate::domain::orders::{OrderState, TRADE_KEPT, UNPAID_KEPT};
use crate::platform::sealing::{Found, Sealer};

type Row = (OrderId, Vec<u8>, Option<Vec<u8>>, Option<Timestamp>);

/// Looks at up to `limit` orders after this one. What was wiped needs nothing.
pub(crate) fn without_subject(conn: &mut DbConn, after: OrderId, limit: i64) -> Result<Found<OrderId>> {
    let page = orders::table.filter(orders::id.gt(after)).order(orders::id).limit(limit);
    let rows: Vec<Row> =
        conn.rows(page.select((orders::id, orders::consignee_sealed, orders::identity_sealed, orders::wipe_after)))?;
    let needs = |(_, consignee, identity, term): &&Row| {
        !consignee.is_empty() && (term.is_none() || Sealer::is_without_subject(consignee))
            || identity.as_ref().is_some_and(|identity| Sealer::is_without_subject(identity))
    };
    Ok(Found { last: rows.last().map(|(id, ..)| *id), ids: rows.iter().filter(needs).map(|(id, ..)| *id).collect() })
}

/// Whose the data on an order are.
#[derive(Clone, Debug)]
pub(crate) struct Ownership {
    pub(crate) order_no: String,
    pub(crate) customer_id: CustomerId,
    /// When it became a trade.
    pub(crate) traded_at: Option<Timestamp>,
}

/// Of one order; it is also given its term, if it has none.
pub(crate) fn ownership(tx: &mut Tx, id: OrderId) -> Result<Ownership> {
    type Row = (String, CustomerId, OrderState, Option<Timestamp>, Timestamp, Option<Timestamp>);
    let row: Option<Row> = tx.row(orders::table.find(id).select((
        orders::order_no,
        orders::customer_id,
        orders::state,
        orders::paid_at,
        orders::expires_at,
        orders::wipe_after,
    )))?;
    let (order_no, customer_id, state, paid_at, expires_at, term) =
        row.ok_or_else(|| Error::internal("an order vanished"))?;
    let traded_at = paid_at.filter(|_| state != OrderState::Cancelled);
    if term.is_none() {
        let term = traded_at.map_or(expires_at.plus(UNPAID_KEPT), |at| at.plus(TRADE_KEPT));
        tx.execute(diesel::update(orders::table.find(id)).set(orders::wipe_after.eq(term)))?;
    }
    Ok(Ownership { order_no, customer_id, traded_at })
}
