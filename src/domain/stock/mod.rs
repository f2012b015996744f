//! What is left of each SKU, and the ledger of how it came to that.
//!
//! Rules, which hold after every transaction and are proved by [`audit`]:
//! - `available + held + sold` = sum of the `initial` and `adjust` moves;
//! - `held` = holds - releases - sells; `sold` = sells; no counter is ever below zero (also a CHECK).
//!
//! Stock is reserved when an order is placed, before its payment is opened. Every change is one guarded UPDATE whose row
//! count decides, SKUs are touched in id order (no deadlocks), and its move is written in the same transaction.

mod reserve;
mod store;
#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::SkuId;
use crate::base::sql_types::sql_text_enum;

pub(crate) use reserve::{receive_initial, release, reserve, sell};
pub(crate) use store::{NewMove, insert_moves, receive_and_sell};
pub use store::{audit, availability};

sql_text_enum! {
    /// What changed the stock.
    pub(crate) enum MoveKind {
        /// First stock of a SKU.
        Initial = "initial",
        /// A counted correction; the only kind that may be negative.
        Adjust = "adjust",
        /// Set aside for an unpaid order.
        Hold = "hold",
        /// Given back by an order that ended unpaid.
        Release = "release",
        /// Paid for.
        Sell = "sell",
    }
}

/// A line that asks for more than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shortage {
    /// Which SKU.
    #[schema(value_type = String, example = "7")]
    pub sku_id: SkuId,
    /// Pieces asked for.
    pub asked: i64,
    /// Pieces there are.
    pub available: i64,
}

/// A SKU whose counters are not what its moves say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discrepancy {
    pub sku_id: SkuId,
    /// Counter: can be ordered.
    pub available: i64,
    /// Counter: set aside for unpaid orders.
    pub held: i64,
    /// Counter: paid for.
    pub sold: i64,
    /// Ledger: initial and adjusting moves.
    pub received: i64,
    /// Ledger: holds - releases - sells.
    pub moved_to_held: i64,
    /// Ledger: sells.
    pub moved_to_sold: i64,
}

impl std::fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SKU {}: available {} + held {} + sold {} against received {}; the ledger says held {} and sold {}",
            self.sku_id, self.available, self.held, self.sold, self.received, self.moved_to_held, self.moved_to_sold
        )
    }
}
