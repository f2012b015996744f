//! What one buyer may hold without paying: else a few accounts could keep the whole stock from everybody else, half an hour at a time.

use serde::Serialize;

use crate::base::db::Tx;
use crate::base::error::{Code, FieldRule, Refusal, Result};
use crate::base::ids::{CustomerId, OrderId, SkuId};
use crate::domain::orders::{self, LINES_MAX, UNPAID_MAX};
use crate::domain::pricing::QuoteLine;

/// A SKU of which the buyer would hold too much.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct OverLimit {
    sku_id: SkuId,
    /// Pieces of this order.
    asked: i64,
    /// Pieces of the buyer's unpaid orders.
    unpaid: i64,
    /// Pieces of both together that are allowed.
    limit: i64,
}

const UNPAID_ORDERS: FieldRule = FieldRule::new(
    "unpaid_orders",
    [
        "您有 5 个待支付订单，请先支付或取消后再下单。",
        "결제 대기 주문이 5건 있습니다. 결제하거나 취소한 뒤 주문해 주세요.",
        "There are 5 unpaid orders. Pay or cancel one first.",
    ],
);
const _: () = assert!(UNPAID_MAX == 5, "the texts above say 5");
const UNPAID_PIECES: FieldRule = FieldRule::new(
    "unpaid_pieces",
    [
        "该商品连同待支付订单已超过每单限购数量，请先支付或取消。",
        "결제 대기 주문까지 합하면 이 상품의 주문당 구매 한도를 넘습니다. 먼저 결제하거나 취소해 주세요.",
        "With your unpaid orders this is more of the goods than one order may hold. Pay or cancel first.",
    ],
);

/// Refuses one unpaid order too many, and more pieces of a SKU in all unpaid orders together than one order may hold. The caller has
/// locked the buyer's row: two orders that are placed at once are counted one after the other.
pub(super) fn check(tx: &mut Tx, customer: CustomerId, lines: &[QuoteLine]) -> Result<()> {
    let mut unpaid = orders::unpaid_lines(tx, customer, UNPAID_MAX * LINES_MAX)?;
    let over = over(lines, &unpaid);
    unpaid.dedup_by_key(|(order, ..)| *order);
    if i64::try_from(unpaid.len()).unwrap_or(i64::MAX) >= UNPAID_MAX {
        return Err(Refusal::new(Code::LimitReached).because(UNPAID_ORDERS).with("limit", UNPAID_MAX).into());
    }
    if over.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(Code::LimitReached).because(UNPAID_PIECES).with("lines", over).into())
}

fn over(lines: &[QuoteLine], unpaid: &[(OrderId, SkuId, i64)]) -> Vec<OverLimit> {
    lines
        .iter()
        .filter_map(|line| {
            let of_line = unpaid.iter().filter(|(_, sku_id, _)| *sku_id == line.sku_id);
            let unpaid = of_line.fold(0_i64, |sum, (.., quantity)| sum.saturating_add(*quantity));
            let (asked, limit) = (line.quantity, line.limit_per_order);
            (unpaid > 0 && unpaid.saturating_add(asked) > limit).then_some(OverLimit {
                sku_id: line.sku_id,
                asked,
                unpaid,
                limit,
            })
        })
        .collect()
}
