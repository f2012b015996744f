//! Placing an order, and the moves that money and time make. Functions that take `&mut Tx` are steps of a larger use case.

pub mod rights;
mod unpaid;

use std::sync::Arc;

use secrecy::zeroize::Zeroizing;

use super::store::{self, NewEvent, NewOrder};
use super::view::{Consignee, ConsigneeView, EventView, LineView, OrderView, consignee_place};
use super::{Actor, CancelReason, EXPIRY_JOB, EventKind, Move, Order, OrderState, PAY_WITHIN, after, expiry_key};
use crate::addresses::service::{self as addresses, ShipTo};
use crate::app::App;
use crate::cart;
use crate::cases::{self, NewCase};
use crate::clock::Timestamp;
use crate::customers;
use crate::db::{DbConn, Tx};
use crate::error::{Code, Error, Refusal, Result};
use crate::idempotency::{self, Claim, Claimed};
use crate::ids::{CustomerId, OrderId, SkuId, new_order_no};
use crate::jobs::{self, NewJob};
use crate::money::Fen;
use crate::privacy::{self, Place};
use crate::quotes::{self, Item, Quote, TaxBasis};
use crate::stock;
use crate::web::Lang;

/// What a buyer asks for.
#[derive(Clone, Debug)]
pub struct PlaceOrder {
    /// Whose order.
    pub customer_id: CustomerId,
    /// SKUs and pieces.
    pub items: Vec<Item>,
    /// One of the buyer's addresses.
    pub address_id: String,
    /// The sum that was shown. Another one is not taken in silence.
    pub expected_payable_fen: Fen,
    /// The consumer notice that was agreed to.
    pub notice_version: String,
    /// For the warehouse.
    pub remark: String,
    /// The code that was scanned.
    pub scene: Option<String>,
    /// Language of the answer.
    pub lang: Lang,
}

/// How an order was placed.
#[derive(Debug)]
pub enum Placed {
    /// Just now.
    Now(Box<OrderView>),
    /// By an earlier request with the same key: its number.
    Before(String),
}

/// Places an order, unless the same key has placed it before.
pub async fn place(app: &Arc<App>, request: PlaceOrder, claim: Claim) -> Result<Placed> {
    let now = claim.at;
    let order_no = new_order_no(now.utc())?;
    let (customer, address_id, replayed) = (request.customer_id, request.address_id.clone(), claim.clone());
    let context = Arc::clone(app);
    let found = app
        .db
        .read(move |rx| {
            if let Some(order_no) = idempotency::replay(rx, &replayed)? {
                return Ok(Found::Placed(order_no));
            }
            let ship_to = addresses::for_order(rx, &context.sealer, customer, &address_id)?;
            let identity = customers::service::identity_snapshot(rx, &context.sealer, customer)?;
            Ok(Found::Ready(ship_to, identity))
        })
        .await?;
    let (ship_to, identity) = match found {
        Found::Placed(order_no) => return Ok(Placed::Before(order_no)),
        Found::Ready(ship_to, identity) => (ship_to, identity),
    };
    let draft = Arc::new(Draft::seal(app, order_no, request, ship_to, identity.as_ref(), now)?);
    let written = Arc::clone(&draft);
    let inserted = app
        .db
        .write(move |tx| match idempotency::claim(tx, &claim, &written.order_no)? {
            Claimed::Replay(order_no) => Ok(Inserted::Before(order_no)),
            Claimed::New => {
                crate::failpoint::reach!("order.after_claim");
                let quote = insert(tx, &written)?;
                crate::failpoint::reach!("order.after_insert");
                Ok(Inserted::Now(quote))
            }
        })
        .await?;
    Ok(match inserted {
        // What was just written needs not be read back.
        Inserted::Now(quote) => Placed::Now(Box::new(draft.view(quote))),
        Inserted::Before(order_no) => Placed::Before(order_no),
    })
}

enum Inserted {
    Now(Quote),
    Before(String),
}

enum Found {
    Placed(String),
    Ready(ShipTo, Option<customers::service::Identity>),
}

/// Everything of a new order that is made before its transaction.
struct Draft {
    order_no: String,
    request: PlaceOrder,
    ship_to: ShipTo,
    consignee_sealed: Vec<u8>,
    identity_sealed: Option<Vec<u8>>,
    now: Timestamp,
}

impl Draft {
    fn seal(
        app: &App,
        order_no: String,
        request: PlaceOrder,
        ship_to: ShipTo,
        identity: Option<&customers::service::Identity>,
        now: Timestamp,
    ) -> Result<Self> {
        let consignee = Consignee {
            name: ship_to.name.clone(),
            phone: ship_to.phone.clone(),
            detail: ship_to.detail.clone(),
            remark: request.remark.clone(),
        };
        let consignee = json(&consignee)?;
        let consignee_sealed = app.sealer.seal(&consignee_place(&order_no), &consignee)?;
        let place = identity_place(&order_no);
        let identity_sealed = identity.map(|identity| app.sealer.seal(&place, &json(identity)?)).transpose()?;
        Ok(Self { order_no, request, ship_to, consignee_sealed, identity_sealed, now })
    }

    /// When it is cancelled unless paid.
    fn expires_at(&self) -> Timestamp {
        self.now.plus(PAY_WITHIN)
    }

    /// The new order as its buyer sees it.
    fn view(&self, quote: Quote) -> OrderView {
        let Self { order_no, request, ship_to, now, .. } = self;
        let placed = EventView {
            kind: EventKind::Placed,
            actor: Actor::Customer,
            state: Some(OrderState::PendingPayment),
            amount_fen: None,
            at: *now,
        };
        OrderView {
            order_no: order_no.clone(),
            state: OrderState::PendingPayment,
            hold: None,
            goods_fen: quote.goods_fen,
            freight_fen: quote.freight_fen,
            tax_fen: quote.tax_fen,
            tax_basis: TaxBasis::NotComputed,
            discount_fen: quote.discount_fen,
            payable_fen: quote.payable_fen,
            paid_fen: Fen::ZERO,
            refunded_fen: Fen::ZERO,
            notice_version: quote.notice_version,
            remark: request.remark.clone(),
            consignee: ConsigneeView {
                name: ship_to.name.clone(),
                phone: privacy::mask_phone(&ship_to.phone),
                province: ship_to.province.clone(),
                city: ship_to.city.clone(),
                district: ship_to.district.clone(),
                detail: ship_to.detail.clone(),
                region_code: ship_to.region_code.clone(),
            },
            lines: quote.lines.into_iter().map(|line| LineView::of_quote(line, request.lang)).collect(),
            placed_at: *now,
            expires_at: self.expires_at(),
            paid_at: None,
            cancelled_at: None,
            cancel_reason: None,
            timeline: vec![placed],
        }
    }
}

/// Binds the sealed identity to its order.
fn identity_place(order_no: &str) -> Place<'_> {
    Place { table: "orders", column: "identity", row: order_no }
}

/// JSON of something personal, wiped from memory after sealing.
fn json(value: &impl serde::Serialize) -> Result<Zeroizing<Vec<u8>>> {
    serde_json::to_vec(value).map(Zeroizing::new).map_err(|_| Error::internal("a sealed value can't be written"))
}

/// The transaction of placing: price, hold, write. Any refusal rolls all of it back. Gives the price it was placed at.
fn insert(tx: &mut Tx, draft: &Draft) -> Result<Quote> {
    let request = &draft.request;
    let quote = quotes::service::quote(tx, &request.items, &draft.ship_to.region_code)?;
    check_quote(&quote, request)?;
    customers::service::profile::lock_to_buy(tx, request.customer_id)?;
    unpaid::check(tx, request.customer_id, &quote.lines)?;
    let expires_at = draft.expires_at();
    let order = NewOrder {
        order_no: &draft.order_no,
        customer_id: request.customer_id,
        state: OrderState::PendingPayment,
        goods_fen: quote.goods_fen,
        freight_fen: quote.freight_fen,
        tax_fen: quote.tax_fen,
        discount_fen: quote.discount_fen,
        payable_fen: quote.payable_fen,
        paid_fen: Fen::ZERO,
        refund_committed_fen: Fen::ZERO,
        refunded_fen: Fen::ZERO,
        notice_version: &quote.notice_version,
        scene: request.scene.as_deref(),
        province: &draft.ship_to.province,
        city: &draft.ship_to.city,
        district: &draft.ship_to.district,
        region_code: &draft.ship_to.region_code,
        consignee_sealed: &draft.consignee_sealed,
        identity_sealed: draft.identity_sealed.as_deref(),
        placed_at: draft.now,
        expires_at,
    };
    let id = store::insert(tx, &order)?;
    store::insert_lines(tx, id, &quote.lines)?;
    crate::failpoint::reach!("order.after_lines");
    record(tx, id, EventKind::Placed, Actor::Customer, (None, Some(OrderState::PendingPayment)), None, draft.now)?;
    let wanted: Vec<(SkuId, i64)> = quote.lines.iter().map(|line| (line.sku_id, line.quantity)).collect();
    cart::service::remove_ordered(tx, request.customer_id, &wanted)?;
    let expiry = NewJob {
        kind: EXPIRY_JOB,
        dedup_key: Some(expiry_key(&draft.order_no)),
        payload: draft.order_no.clone(),
        run_at: expires_at,
    };
    jobs::enqueue(tx, &expiry, draft.now)?;
    // Last: whoever wants the same SKU waits from here until the commit, and no longer.
    let short = stock::service::hold(tx, &draft.order_no, &wanted, draft.now)?;
    if !short.is_empty() {
        return Err(Refusal::new(Code::OutOfStock).with("lines", short).into());
    }
    crate::failpoint::reach!("order.after_hold");
    Ok(quote)
}

/// What stands against an order, worst first; the price last, since it is right only if the rest is.
fn check_quote(quote: &Quote, request: &PlaceOrder) -> Result<()> {
    if let Some(refusal) = quote.refusal() {
        return Err(refusal.into());
    }
    if quote.notice_version != request.notice_version {
        return Err(Refusal::new(Code::NoticeChanged).with("notice_version", &quote.notice_version).into());
    }
    if quote.payable_fen != request.expected_payable_fen {
        return Err(Refusal::new(Code::PriceChanged).with("quote", quote.view(request.lang)).into());
    }
    Ok(())
}

/// By number, whoever it belongs to: for jobs and notifies.
pub fn by_no(conn: &mut DbConn, order_no: &str) -> Result<Option<Order>> {
    store::by_no(conn, order_no)
}

/// By row.
pub fn by_id(conn: &mut DbConn, id: OrderId) -> Result<Order> {
    store::by_id(conn, id)?.ok_or_else(|| Error::internal("an order vanished"))
}

/// Takes the order for the rest of the transaction and reads it as it is now. Whoever moves money takes the order first: one
/// order of locks, and nothing is decided on what another transaction has just changed.
pub fn lock(tx: &mut Tx, id: OrderId) -> Result<Order> {
    if !store::lock(tx, id)? {
        return Err(Error::internal("an order vanished"));
    }
    by_id(tx, id)
}

/// By number, if it is this buyer's; else 404, as if it did not exist.
pub fn of_customer(conn: &mut DbConn, customer: CustomerId, order_no: &str) -> Result<Order> {
    store::of_customer(conn, customer, order_no)?.ok_or_else(|| Code::NotFound.into())
}

/// Opens an order for paying, or says why it can't be paid.
pub fn open_payment(tx: &mut Tx, order: &Order, now: Timestamp) -> Result<()> {
    if store::open_payment(tx, order.id, now)? {
        return Ok(());
    }
    let current = by_id(tx, order.id)?;
    Err(match current.state {
        OrderState::PendingPayment | OrderState::Cancelled => wrong_state(&current).into(),
        _ => Code::AlreadyPaid.into(),
    })
}

/// The refusal of a move that the order's state does not allow.
pub fn wrong_state(order: &Order) -> Refusal {
    Refusal::new(Code::WrongState).with("state", order.state).with("hold", order.hold)
}

/// How a payment met its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaidOutcome {
    /// The order is paid now.
    Paid,
    /// The order was cancelled before: the money must go back.
    Late,
    /// The order had it already.
    Already,
}

/// Books money that WeChat confirmed. Sells the held stock, or, for a cancelled order, only books it as late.
pub fn apply_payment(tx: &mut Tx, id: OrderId, paid: Fen, now: Timestamp) -> Result<PaidOutcome> {
    let order = by_id(tx, id)?;
    if store::mark_paid(tx, id, paid, now)? {
        crate::failpoint::reach!("settle.before_sell");
        let lines = store::quantities(tx, id)?;
        let stuck = stock::service::sell(tx, &order.order_no, &lines, now)?;
        if !stuck.is_empty() {
            // The money is booked all the same; the order waits for a person.
            store::hold_for_review(tx, id)?;
            open_stock_case(tx, &order.order_no, &stuck, now)?;
        }
        crate::failpoint::reach!("settle.after_sell");
        jobs::cancel(tx, &expiry_key(&order.order_no))?;
        let states = (Some(OrderState::PendingPayment), after(OrderState::PendingPayment, Move::Pay));
        record(tx, id, EventKind::Paid, Actor::Wechat, states, Some(paid), now)?;
        return Ok(PaidOutcome::Paid);
    }
    if store::book_late_payment(tx, id, paid, now)? {
        record(tx, id, EventKind::LatePayment, Actor::Wechat, (None, None), Some(paid), now)?;
        return Ok(PaidOutcome::Late);
    }
    Ok(PaidOutcome::Already)
}

/// Cancels an order for which WeChat was never called; `false` if it was, or the order has moved on.
pub fn cancel_unopened(tx: &mut Tx, order: &Order, reason: CancelReason, now: Timestamp) -> Result<bool> {
    let cancelled = store::cancel_unopened(tx, order.id, reason, now)?;
    if cancelled {
        release(tx, order, reason, now)?;
    }
    Ok(cancelled)
}

/// Begins to close an order at WeChat: nobody can pay anew, the stock stays held until the end is known.
pub fn begin_closing(tx: &mut Tx, order: &Order, reason: CancelReason, now: Timestamp) -> Result<bool> {
    let begun = store::begin_closing(tx, order.id, reason)?;
    if begun {
        record(tx, order.id, EventKind::Closing, reason.actor(), (None, None), None, now)?;
    }
    Ok(begun)
}

/// Cancels an order that WeChat has closed unpaid; `false` if the order has moved on.
pub fn cancel_closed(tx: &mut Tx, order: &Order, reason: CancelReason, now: Timestamp) -> Result<bool> {
    let cancelled = store::cancel_closed(tx, order.id, reason, now)?;
    if cancelled {
        release(tx, order, reason, now)?;
    }
    Ok(cancelled)
}

/// Gives the stock back and writes the end down. The row was moved by the guarded update before: it happens once.
fn release(tx: &mut Tx, order: &Order, reason: CancelReason, now: Timestamp) -> Result<()> {
    let lines = store::quantities(tx, order.id)?;
    let stuck = stock::service::release(tx, &order.order_no, &lines, now)?;
    if !stuck.is_empty() {
        open_stock_case(tx, &order.order_no, &stuck, now)?;
    }
    jobs::cancel(tx, &expiry_key(&order.order_no))?;
    let states = (Some(OrderState::PendingPayment), after(OrderState::PendingPayment, Move::Cancel));
    record(tx, order.id, reason.event(), reason.actor(), states, None, now)
}

fn open_stock_case(tx: &mut Tx, order_no: &str, stuck: &[SkuId], now: Timestamp) -> Result<()> {
    cases::open(tx, &NewCase::once("stock_mismatch", order_no, serde_json::json!({ "sku_ids": stuck })), now)?;
    Ok(())
}

/// Sets `amount` aside for a refund. 409 if that would pass what was paid.
pub fn commit_refund(tx: &mut Tx, id: OrderId, amount: Fen, actor: Actor, now: Timestamp) -> Result<()> {
    if !store::commit_refund(tx, id, amount)? {
        return Err(Code::WrongState.into());
    }
    record(tx, id, EventKind::RefundRequested, actor, (None, None), Some(amount), now)
}

/// Books a refund that WeChat paid out.
pub fn add_refunded(tx: &mut Tx, id: OrderId, amount: Fen, now: Timestamp) -> Result<()> {
    if !store::add_refunded(tx, id, amount)? {
        return Err(Error::internal("a refund was paid out that was not set aside"));
    }
    record(tx, id, EventKind::Refunded, Actor::Wechat, (None, None), Some(amount), now)
}

/// Writes down that a refund could not be paid out.
pub fn refund_failed(tx: &mut Tx, id: OrderId, amount: Fen, now: Timestamp) -> Result<()> {
    record(tx, id, EventKind::RefundFailed, Actor::Wechat, (None, None), Some(amount), now)
}

fn record(
    tx: &mut Tx,
    order_id: OrderId,
    kind: EventKind,
    actor: Actor,
    (from_state, to_state): (Option<OrderState>, Option<OrderState>),
    amount_fen: Option<Fen>,
    at: Timestamp,
) -> Result<()> {
    store::insert_event(tx, &NewEvent { order_id, kind, actor, from_state, to_state, amount_fen, at })
}
