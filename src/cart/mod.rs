//! What a buyer means to buy: SKUs and quantities, nothing else.
//!
//! - Priced on read from the rows; nothing in a cart is promised or set aside.
//! - Grouped by what can go into one order.
//! - A line that can't be ordered stays and says why; it is not in the sums.
//! - At most 100 lines, and of each SKU at most what one order may hold: `409 limit_reached`, with `limit_of` and
//!   `limit`.

pub mod api;
pub mod service;
mod store;
#[cfg(test)]
mod tests;

/// Lines of one cart.
pub const LINES_MAX: i64 = 100;
