//! Pieces move between counters. Everything here runs inside the transaction of the order or payment they belong to.

use super::store::{self, Shift};
use super::{MoveKind, Shortage};
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Error, Result};
use crate::base::ids::SkuId;

/// Reserves pieces for an order: available -> held. `lines` are summed per SKU.
///
/// Answers **all** lines that are short; if there is one, the caller must refuse and so roll back, for the lines that
/// were not short have been reserved. Empty: everything is reserved.
pub(crate) fn reserve(tx: &mut Tx, order_no: &str, lines: &[(SkuId, i64)], at: Timestamp) -> Result<Vec<Shortage>> {
    let lines = in_id_order(lines)?;
    let mut short = Vec::new();
    for &(sku_id, quantity) in &lines {
        if !store::shift(tx, Shift::Reserve, sku_id, quantity)? {
            let available = store::available_of(tx, sku_id)?;
            short.push(Shortage { sku_id, asked: quantity, available });
        }
    }
    if short.is_empty() {
        store::record(tx, MoveKind::Hold, Some(order_no), &lines, at)?;
    }
    Ok(short)
}

/// Gives back what an order that ended unpaid had set aside: held -> available.
///
/// Call it once for each order, behind the guarded move of the order's state. Gives the SKUs of which less is held than that: a broken
/// rule, for a person to look at. It must not keep the caller from booking money that has really come.
pub(crate) fn release(tx: &mut Tx, order_no: &str, lines: &[(SkuId, i64)], at: Timestamp) -> Result<Vec<SkuId>> {
    leave_held(tx, Shift::Release, MoveKind::Release, order_no, lines, at)
}

/// Books what an order had set aside as sold: held -> sold. As strict as [`release`].
pub(crate) fn sell(tx: &mut Tx, order_no: &str, lines: &[(SkuId, i64)], at: Timestamp) -> Result<Vec<SkuId>> {
    leave_held(tx, Shift::Sell, MoveKind::Sell, order_no, lines, at)
}

/// First stock of a SKU. A SKU that has stock keeps it: `false`, and nothing is changed.
pub(crate) fn receive_initial(tx: &mut Tx, sku_id: SkuId, quantity: i64, at: Timestamp) -> Result<bool> {
    if quantity < 0 {
        return Err(Error::internal(format!("initial stock of SKU {sku_id} is {quantity}")));
    }
    let opened = store::open(tx, sku_id, quantity)?;
    if opened {
        store::record(tx, MoveKind::Initial, None, &[(sku_id, quantity)], at)?;
    }
    Ok(opened)
}

fn leave_held(
    tx: &mut Tx,
    shift: Shift,
    kind: MoveKind,
    order_no: &str,
    lines: &[(SkuId, i64)],
    at: Timestamp,
) -> Result<Vec<SkuId>> {
    let (mut moved, mut stuck) = (Vec::new(), Vec::new());
    for (sku_id, quantity) in in_id_order(lines)? {
        if store::shift(tx, shift, sku_id, quantity)? {
            moved.push((sku_id, quantity));
        } else {
            log::error!(
                "{} of {quantity} pieces of SKU {sku_id} for order {order_no}: not that many are held",
                kind.as_str()
            );
            stuck.push(sku_id);
        }
    }
    if !moved.is_empty() {
        store::record(tx, kind, Some(order_no), &moved, at)?;
    }
    Ok(stuck)
}

/// Two orders that touch the same SKUs in different orders could deadlock on PostgreSQL; a SKU on two lines would be
/// checked piece by piece instead of as a whole.
fn in_id_order(lines: &[(SkuId, i64)]) -> Result<Vec<(SkuId, i64)>> {
    let mut lines = lines.to_vec();
    lines.sort_unstable_by_key(|(sku_id, _)| *sku_id);
    if lines.is_empty() || lines.iter().any(|(_, quantity)| *quantity <= 0) {
        return Err(Error::internal("stock can't move by no lines or by a quantity below one"));
    }
    if lines.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::internal("stock lines must be summed per SKU"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_are_touched_in_id_order() {
        let lines = in_id_order(&[(SkuId(9), 1), (SkuId(2), 3)]).unwrap();
        assert_eq!(lines, [(SkuId(2), 3), (SkuId(9), 1)]);
    }

    #[test]
    fn a_sku_on_two_lines_and_a_quantity_that_would_raise_the_stock_are_refused() {
        for lines in [&[(SkuId(2), 3), (SkuId(2), 1)][..], &[(SkuId(2), 0)], &[(SkuId(2), -5)], &[]] {
            assert!(in_id_order(lines).is_err(), "{lines:?}");
        }
    }
}
