//! The buyer places an order: price, reserve, write. Either all of it is there (order, lines, timeline, expiry job, reserved stock, the
//! answer under its `Idempotency-Key`), or nothing.
//!
//! 1. A repeat with the same key is answered with the order that it made, before anything else is looked up.
//! 2. Everything personal is read and opened before the transaction.
//! 3. In the transaction: claim the key, price anew, refuse what can't be ordered or was shown otherwise, lock the buyer, write, and reserve
//!    the stock last: whoever wants the same SKU waits from there until the commit, and no longer.
//!
//! Thirty minutes later the order expires, unless it was paid.

pub(crate) mod api;
mod unpaid;

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Refusal, Result};
use crate::base::ids::{CustomerId, SkuId, new_order_no};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::domain::customers;
use crate::domain::customers::addresses::{self, ShipTo};
use crate::domain::orders::{
    self, Actor, Consignee, Event, EventKind, EventRow, LineContent, LineRow, OrderContent, OrderState, OrderView,
    PAY_WITHIN, Place, Recorded, UNPAID_KEPT,
};
use crate::domain::payments::ExpireOrder;
use crate::domain::pricing::{self, Item, Quote, QuoteLine};
use crate::domain::{cart, stock};
use crate::platform::app::App;
use crate::platform::idempotency::{self, Claim, ClaimOutcome};
use crate::platform::jobs;
use crate::platform::sealing::{DataKey, Sealer, Subject};

/// What a buyer asks for.
#[derive(Clone, Debug)]
struct PlaceOrder {
    customer_id: CustomerId,
    items: Vec<Item>,
    address_id: String,
    /// The sum that was shown. Another one is not taken in silence.
    expected_payable_fen: Fen,
    /// The consumer notice that was agreed to.
    notice_version: String,
    /// For the warehouse.
    remark: String,
    /// The code that was scanned.
    scene: Option<String>,
    /// Language of the answer.
    lang: Lang,
}

/// How an order was placed.
enum PlaceOutcome {
    /// Just now.
    Now(Box<OrderView>),
    /// By an earlier request with the same key: its number.
    Before(String),
}

/// Places an order, unless the same key has placed it before.
async fn place_order(app: &Arc<App>, request: PlaceOrder, claim: Claim) -> Result<PlaceOutcome> {
    let now = claim.at;
    let order_no = new_order_no(now.utc())?;
    let ship_to = match prepare(app, &request, &claim).await? {
        Preparation::Placed(order_no) => {
            app.db.confirm().await?;
            return Ok(PlaceOutcome::Before(order_no));
        }
        Preparation::Ready(ship_to) => ship_to,
    };
    let draft = Arc::new(Draft::new(order_no, request, ship_to, now));
    let (context, written) = (Arc::clone(app), Arc::clone(&draft));
    let write = app.db.write(move |tx| match idempotency::claim(tx, &claim, &written.order_no)? {
        ClaimOutcome::Replay(order_no) => Ok(Err(order_no)),
        ClaimOutcome::New => {
            crate::base::failpoint::reach!("order.after_claim");
            let order = insert(tx, &context.sealer, &written)?;
            crate::base::failpoint::reach!("order.after_insert");
            Ok(Ok(order))
        }
    });
    Ok(match write.await? {
        // What was just written need not be read back.
        Ok((content, lines)) => PlaceOutcome::Now(Box::new(draft.view(content, lines))),
        Err(order_no) => PlaceOutcome::Before(order_no),
    })
}

enum Preparation {
    Placed(String),
    Ready(ShipTo),
}

async fn prepare(app: &Arc<App>, request: &PlaceOrder, claim: &Claim) -> Result<Preparation> {
    let (customer, address_id, claim) = (request.customer_id, request.address_id.clone(), claim.clone());
    let context = Arc::clone(app);
    let read = app.db.read(move |rx| {
        if let Some(order_no) = idempotency::replay(rx, &claim)? {
            return Ok(Preparation::Placed(order_no));
        }
        let ship_to = addresses::for_order(rx, &context.sealer, customer, &address_id)?;
        Ok(Preparation::Ready(ship_to))
    });
    read.await
}

/// Everything of a new order that is made before its transaction.
struct Draft {
    order_no: String,
    request: PlaceOrder,
    consignee: Consignee,
    place: Place,
    now: Timestamp,
}

impl Draft {
    fn new(order_no: String, request: PlaceOrder, ship_to: ShipTo, now: Timestamp) -> Self {
        let ShipTo { name, phone, province, city, district, detail, region_code } = ship_to;
        let consignee = Consignee { name, phone, detail, remark: request.remark.clone() };
        let place = Place { province, city, district, region_code };
        Self { order_no, request, consignee, place, now }
    }

    /// Until it is paid, what is sealed on it is the buyer's and ends with the account.
    fn content(&self, key: &DataKey, quote: &Quote) -> Result<OrderContent> {
        let expires_at = self.now.plus(PAY_WITHIN);
        Ok(OrderContent {
            order_no: self.order_no.clone(),
            customer_id: self.request.customer_id,
            state: OrderState::PendingPayment,
            hold: None,
            sums: quote.sums,
            paid_fen: Fen::ZERO,
            refund_committed_fen: Fen::ZERO,
            refunded_fen: Fen::ZERO,
            notice_version: quote.notice_version.clone(),
            scene: self.request.scene.clone(),
            place: self.place.clone(),
            consignee_sealed: orders::seal_consignee(key, &self.order_no, &self.consignee)?,
            identity_sealed: None,
            supervision: quote.supervision,
            placed_at: self.now,
            expires_at,
            payment_opened_at: None,
            paid_at: None,
            cancelled_at: None,
            cancel_reason: None,
            wipe_after: Some(expires_at.plus(UNPAID_KEPT)),
        })
    }

    /// The new order as its buyer sees it.
    fn view(&self, content: OrderContent, lines: Vec<LineRow>) -> OrderView {
        let placed = EventRow {
            kind: EventKind::Placed,
            actor: Actor::Customer,
            to_state: Some(OrderState::PendingPayment),
            amount_fen: None,
            at: self.now,
        };
        OrderView::new(content, self.consignee.clone(), lines, vec![placed], self.request.lang)
    }
}

/// The transaction of placing. Any refusal rolls all of it back. Gives the order and its lines as they were written.
fn insert(tx: &mut Tx, sealer: &Sealer, draft: &Draft) -> Result<(OrderContent, Vec<LineRow>)> {
    let request = &draft.request;
    customers::profile::lock_to_buy(tx, request.customer_id)?;
    // Asked behind the lock, not in its statement: PostgreSQL would look at what was before the wait, and miss a withdrawal.
    let has_identity = customers::has_identity(tx, request.customer_id)?;
    let quote = pricing::quote(tx, &request.items, &draft.place.region_code, has_identity)?;
    check_quote(&quote, request)?;
    unpaid::check(tx, request.customer_id, &quote.lines)?;
    let key = sealer.key_of(tx, Subject::Person(request.customer_id), draft.now)?;
    let content = draft.content(&key, &quote)?;
    let id = orders::insert(tx, &content)?;
    let wanted: Vec<(SkuId, i64)> = quote.lines.iter().map(|line| (line.sku_id, line.quantity)).collect();
    let line = |line: QuoteLine| LineRow { order_id: id, content: frozen(line) };
    let lines: Vec<LineRow> = quote.lines.into_iter().map(line).collect();
    orders::insert_lines(tx, &lines)?;
    crate::base::failpoint::reach!("order.after_lines");
    let placed = Event::new(EventKind::Placed, Actor::Customer).moved(Recorded::Made);
    orders::record(tx, id, placed, draft.now)?;
    cart::remove_ordered(tx, request.customer_id, &wanted)?;
    jobs::enqueue(tx, &ExpireOrder::of(&draft.order_no), content.expires_at, draft.now)?;
    let short = stock::reserve(tx, &draft.order_no, &wanted, draft.now)?;
    if !short.is_empty() {
        return Err(Refusal::new(Code::OutOfStock).with("lines", short).into());
    }
    crate::base::failpoint::reach!("order.after_hold");
    Ok((content, lines))
}

/// A line as it was priced.
pub(crate) fn frozen(line: QuoteLine) -> LineContent {
    LineContent {
        sku_id: line.sku_id,
        product_id: line.product_id,
        vendor_id: line.vendor_id,
        sku_code: line.sku_code,
        name: line.name.into(),
        spec: line.spec.into(),
        image: line.image,
        unit_price_fen: line.unit_price_fen,
        quantity: line.quantity,
        line_fen: line.line_fen,
        tax_fen: line.tax_fen,
        gross_weight_g: line.gross_weight_g,
    }
}

/// What stands against an order, worst first; the price last, since it is right only if the rest is.
fn check_quote(quote: &Quote, request: &PlaceOrder) -> Result<()> {
    if let Some(refusal) = quote.refusal() {
        return Err(refusal.into());
    }
    if quote.notice_version != request.notice_version {
        return Err(Refusal::new(Code::NoticeChanged).with("notice_version", &quote.notice_version).into());
    }
    if quote.sums.payable_fen != request.expected_payable_fen {
        return Err(Refusal::new(Code::PriceChanged).with("quote", quote.view(request.lang)).into());
    }
    Ok(())
}
