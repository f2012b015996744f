//! What must always be true of stock and money, looked at row by row. Moves nothing.
//!
//! - Stock: `domain::stock`.
//! - What an order says came in is what its payment says came in.
//! - What is set aside for refunds is the sum of its refunds; what went back is the sum of those that succeeded.

use std::collections::HashMap;

use crate::base::db::DbConn;
use crate::base::error::Result;
use crate::base::ids::OrderId;
use crate::base::money::Fen;
use crate::domain::orders::{self, OrderMoney};
use crate::domain::refunds::RefundState;
use crate::domain::{payments, refunds, stock};

/// Orders of one look; each has one payment.
const CHUNK: i64 = 5_000;
/// Refunds of these orders: WeChat allows 50 of a payment.
const REFUNDS_MAX: i64 = CHUNK * 50;
/// Faults that are told; more say nothing new.
const FAULTS_MAX: usize = 200;

/// Every fault, as a line for people; empty when the books are right.
pub(crate) fn audit(conn: &mut DbConn) -> Result<Vec<String>> {
    let stock = stock::audit(conn)?;
    let mut faults: Vec<String> = stock.into_iter().map(|found| format!("stock does not add up: {found}")).collect();
    let mut after = OrderId(0);
    while faults.len() < FAULTS_MAX {
        let chunk = orders::money_after(conn, after, CHUNK)?;
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { break };
        let paid: HashMap<OrderId, Fen> = payments::paid_between(conn, first.id, last.id, CHUNK)?.into_iter().collect();
        let mut back: HashMap<OrderId, Refunded> = HashMap::new();
        for (order, state, amount) in refunds::sums_between(conn, first.id, last.id, REFUNDS_MAX)? {
            back.entry(order).or_default().add(state, amount)?;
        }
        for order in &chunk {
            let paid = paid.get(&order.id).copied().unwrap_or_default();
            faults.extend(fault_of(order, paid, back.get(&order.id).copied().unwrap_or_default()));
        }
        after = last.id;
    }
    faults.truncate(FAULTS_MAX);
    Ok(faults)
}

/// What the refunds of one order say.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Refunded {
    committed: Fen,
    succeeded: Fen,
}

impl Refunded {
    fn add(&mut self, state: RefundState, amount: Fen) -> Result<()> {
        self.committed = self.committed.plus(amount)?;
        if state == RefundState::Succeeded {
            self.succeeded = self.succeeded.plus(amount)?;
        }
        Ok(())
    }
}

fn fault_of(order: &OrderMoney, paid: Fen, back: Refunded) -> Option<String> {
    let said = (order.paid_fen, order.refund_committed_fen, order.refunded_fen);
    let found = (paid, back.committed, back.succeeded);
    (said != found).then(|| {
        format!(
            "money does not add up: order {} ({}) of {} fen says paid {}, set aside {}, refunded {}; its payment and refunds say {}, {}, {}",
            order.order_no, order.state.as_str(), order.payable_fen, said.0, said.1, said.2, found.0, found.1, found.2
        )
    })
}
