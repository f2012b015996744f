//! Asking for refunds and booking what WeChat says of them.

use serde_json::json;

use super::{REFUND_JOB, Refund, RefundState, may_become, refund_key, store};
use crate::cases::{self, NewCase};
use crate::clock::Timestamp;
use crate::db::{DbConn, Tx};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OrderId, PaymentId};
use crate::jobs::{self, NewJob};
use crate::money::Fen;
use crate::orders::{self, Actor};
use crate::wechat;

/// A refund to be asked for.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// Of which order.
    pub order_id: OrderId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Made before the transaction, used for ever.
    pub out_refund_no: String,
    /// What goes back.
    pub amount_fen: Fen,
    /// What was paid.
    pub total_fen: Fen,
    /// Shown to the buyer in WeChat; at most 80 characters.
    pub reason: &'static str,
    /// The request, byte for byte.
    pub request: Vec<u8>,
    /// Who asks.
    pub actor: Actor,
}

/// Sets the money aside, writes the refund and queues the call to WeChat: all of it, or none.
pub fn request(tx: &mut Tx, refund: &NewRefund, now: Timestamp) -> Result<()> {
    orders::service::commit_refund(tx, refund.order_id, refund.amount_fen, refund.actor, now)?;
    store::insert(tx, refund, now)?;
    crate::failpoint::reach!("refund.after_row");
    let job = NewJob {
        kind: REFUND_JOB,
        dedup_key: Some(refund_key(&refund.out_refund_no)),
        payload: refund.out_refund_no.clone(),
        run_at: now,
    };
    jobs::enqueue(tx, &job, now)?;
    Ok(())
}

/// By our number.
pub fn by_no(conn: &mut DbConn, out_refund_no: &str) -> Result<Option<Refund>> {
    store::by_no(conn, out_refund_no)
}

/// Refunds of a buyer's orders that have not reached the payer, and may still.
pub fn open_refunds(conn: &mut DbConn, customer: CustomerId) -> Result<i64> {
    store::open(conn, customer)
}

/// How WeChat's word about a refund was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The refund moved.
    Moved,
    /// Old news.
    Unchanged,
    /// It does not fit what we know: a case was opened, nothing moved.
    Case,
}

/// Books what WeChat says of a refund, from a query, an answer or a notify. Guarded: the same word twice has one effect.
pub fn apply(tx: &mut Tx, said: &wechat::Refund, now: Timestamp) -> Result<Applied> {
    let Some(refund) = store::by_no(tx, &said.out_refund_no)? else {
        let case = NewCase::once("unknown_refund", &said.out_refund_no, json!({ "refund_id": said.refund_id }));
        cases::open(tx, &case, now)?;
        return Ok(Applied::Case);
    };
    let order = orders::service::lock(tx, refund.order_id)?;
    // Read again behind the lock: another word about the same refund may have been booked just now.
    let refund = store::by_no(tx, &said.out_refund_no)?.ok_or_else(|| Error::internal("a refund vanished"))?;
    if said.amount.refund_fen != refund.amount_fen.get() || said.out_trade_no != order.order_no {
        let seen = json!({ "refund_fen": said.amount.refund_fen, "out_trade_no": said.out_trade_no });
        cases::open(tx, &NewCase::once("refund_mismatch", &refund.out_refund_no, seen), now)?;
        return Ok(Applied::Case);
    }
    let Some(to) = state_of(&said.status) else {
        let seen = json!({ "status": format!("{:?}", said.status) });
        cases::open(tx, &NewCase::once("refund_status_unknown", &refund.out_refund_no, seen), now)?;
        return Ok(Applied::Case);
    };
    if !may_become(refund.state, to) || !store::move_to(tx, &refund, to, &said.refund_id, now)? {
        return Ok(Applied::Unchanged);
    }
    crate::failpoint::reach!("refund.in_booking");
    match to {
        RefundState::Succeeded => orders::service::add_refunded(tx, refund.order_id, refund.amount_fen, now)?,
        RefundState::Abnormal | RefundState::Closed => {
            orders::service::refund_failed(tx, refund.order_id, refund.amount_fen, now)?;
            let case = NewCase::once("refund_failed", &refund.out_refund_no, json!({ "state": to }));
            cases::open(tx, &case, now)?;
        }
        RefundState::Requested | RefundState::Processing => {}
    }
    Ok(Applied::Moved)
}

/// WeChat's words, exhaustively; a word that we do not know moves nothing.
fn state_of(status: &wechat::RefundStatus) -> Option<RefundState> {
    match status {
        wechat::RefundStatus::Processing => Some(RefundState::Processing),
        wechat::RefundStatus::Success => Some(RefundState::Succeeded),
        wechat::RefundStatus::Abnormal => Some(RefundState::Abnormal),
        wechat::RefundStatus::Closed => Some(RefundState::Closed),
        wechat::RefundStatus::Unknown(_) => None,
    }
}
