//! What the rights of buyers ask of orders.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::customers::service::Identity;
use crate::db::{DbConn, Tx};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OrderId};
use crate::orders::store::rights as store;
use crate::orders::store::{EventRow, LineRow, lines};
use crate::orders::view::Consignee;
use crate::orders::{OrderView, service};
use crate::privacy::Sealer;
use crate::web::Lang;

/// How long what is sealed on an order of a closed account stays, if the order was paid: three years from its end (ECL
/// article 31, Customs Law article 45), in days of the longest three years.
pub const TRADE_KEPT: Duration = Duration::from_hours(1_096 * 24);
/// And if it was not: no trade took place; kept until no late money can come any more.
pub const UNPAID_KEPT: Duration = Duration::from_hours(30 * 24);
/// Orders that are read at a time.
const CHUNK: i64 = 100;

/// Orders of a buyer that are not over, or whose money has not gone back.
pub fn open_orders(conn: &mut DbConn, customer: CustomerId) -> Result<i64> {
    store::open(conn, customer)
}

/// The account of these orders is closed: says when what is sealed on them goes.
pub fn forget_in_time(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<()> {
    store::set_wipe(tx, customer, now.plus(TRADE_KEPT), now.plus(UNPAID_KEPT))
}

/// Wipes what is due, at most `limit` orders; gives which. The books stay.
pub fn wipe_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<OrderId>> {
    store::wipe_due(tx, now, now.minus(TRADE_KEPT), limit)
}

/// A buyer's newest orders with everything that is kept of them, opened, and whether there are more than `max`.
pub fn copy(
    conn: &mut DbConn,
    sealer: &Sealer,
    customer: CustomerId,
    max: usize,
    lang: Lang,
) -> Result<(Vec<Value>, bool)> {
    let (mut orders, mut before) = (Vec::new(), None);
    loop {
        let chunk = store::whole(conn, customer, before, CHUNK)?;
        let Some(last) = chunk.last() else { return Ok((orders, false)) };
        before = Some(last.order.id);
        let ids: Vec<OrderId> = chunk.iter().map(|whole| whole.order.id).collect();
        let mut lines_of: HashMap<OrderId, Vec<LineRow>> = HashMap::new();
        for line in lines(conn, &ids)? {
            lines_of.entry(line.order_id).or_default().push(line);
        }
        let mut events_of: HashMap<OrderId, Vec<EventRow>> = HashMap::new();
        for (id, event) in store::events_of(conn, &ids)? {
            events_of.entry(id).or_default().push(event);
        }
        for whole in chunk {
            if orders.len() >= max {
                return Ok((orders, true));
            }
            let id = whole.order.id;
            let (lines, events) = (lines_of.remove(&id).unwrap_or_default(), events_of.remove(&id).unwrap_or_default());
            orders.push(opened(whole, lines, events, sealer, lang)?);
        }
    }
}

/// The view of the buyer, and what it masks or leaves out.
fn opened(
    whole: store::WholeOrder,
    lines: Vec<LineRow>,
    events: Vec<EventRow>,
    sealer: &Sealer,
    lang: Lang,
) -> Result<Value> {
    let order_no = whole.order.order_no.clone();
    let phone = Consignee::open(sealer, &order_no, &whole.order.consignee_sealed)?.phone;
    let identity: Option<Identity> = whole
        .identity_sealed
        .map(|sealed| {
            let opened = sealer.open(&service::identity_place(&order_no), &sealed)?;
            serde_json::from_slice(&opened).map_err(|_| Error::internal("a sealed identity can't be read"))
        })
        .transpose()?;
    let view = OrderView::new(whole.order, lines, events, sealer, lang)?;
    let mut value = serde_json::to_value(view).map_err(|_| Error::internal("an order can't be written"))?;
    value["consignee"]["phone"] = json!(phone);
    value["identity"] = json!(identity);
    value["scene"] = json!(whole.scene);
    Ok(value)
}
