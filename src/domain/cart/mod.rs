//! What a buyer means to buy: SKUs and quantities, nothing else.
//!
//! - Priced on read from the rows; nothing in a cart is promised or set aside.
//! - Grouped by what can go into one order.
//! - A line that can't be ordered stays and says why; it is not in the sums.
//! - At most 100 lines, and of each SKU at most what one order may hold: `409 limit_reached`, with `reason` and
//!   `limit`.

mod store;

use crate::base::db::Tx;
use crate::base::error::Result;
use crate::base::ids::{CustomerId, SkuId};

pub(crate) use store::{clear, copy, put, remove, sku_ids};

/// Lines of one cart.
pub const LINES_MAX: i64 = 100;

/// Takes what was ordered out of the cart: a line of at most the ordered pieces goes, a larger one keeps the rest. What
/// is not in the cart is passed over. Part of the transaction that places the order.
pub(crate) fn remove_ordered(tx: &mut Tx, customer_id: CustomerId, ordered: &[(SkuId, i64)]) -> Result<()> {
    let in_cart = store::sku_ids(tx, customer_id)?;
    for &(sku_id, quantity) in ordered {
        if in_cart.contains(&sku_id) && !store::remove_up_to(tx, customer_id, sku_id, quantity)? {
            store::reduce(tx, customer_id, sku_id, quantity)?;
        }
    }
    Ok(())
}
