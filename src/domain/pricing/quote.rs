//! Computing a quote: the rows are read, then a pure function prices them.

use super::store::{self, FreightRule};
use super::{
    BONDED_VALUE_MAX, Item, LINES_MAX, OrderGroup, PAYABLE_MAX, ProblemCode, QUANTITY_MAX, Quote, QuoteLine,
    QuoteProblem, problem_with,
};
use crate::base::db::DbConn;
use crate::base::error::{Error, FieldErrors, Result, Wrong};
use crate::base::ids::SkuId;
use crate::base::money::Fen;
use crate::domain::catalogue::{SellableSku, Supervision, media_url, sellable_skus};
use crate::domain::content;
use crate::domain::orders::Sums;

/// The price of `items` sent to `region_code` (6 digits), and what stands against an order of a buyer with an identity, or without.
///
/// Reads on this connection. Refuses no lines, more than 50, and quantities outside 1..=999 as `invalid_request`;
/// everything else is a problem of the quote.
pub fn quote(conn: &mut DbConn, items: &[Item], region_code: &str, has_identity: bool) -> Result<Quote> {
    let wanted = merge(items)?;
    let ids: Vec<SkuId> = wanted.iter().map(|item| item.sku_id).collect();
    let skus = sellable_skus(conn, &ids)?;
    let rule = match region_code.get(..2) {
        Some(province) => store::freight_rule(conn, province)?,
        None => None,
    };
    let notice = content::newest_notice_version(conn)?
        .ok_or_else(|| Error::internal("there is no consumer notice to agree to"))?;
    let mut quote = price(&wanted, skus, rule.as_ref(), notice)?;
    if quote.supervision == Supervision::Bonded1210 && !has_identity {
        quote.problems.push(QuoteProblem::of_place(ProblemCode::IdentityRequired));
    }
    Ok(quote)
}

/// What is wrong with the lines by themselves: none, more than 50, a quantity outside 1..=999.
pub fn check_items(items: &[Item], errors: &mut FieldErrors) {
    if items.is_empty() || items.len() > LINES_MAX {
        errors.add("items", Wrong::Count { min: Some(1), max: Some(LINES_MAX as u64) });
        return;
    }
    for (index, _) in items.iter().enumerate().filter(|(_, item)| !(1..=QUANTITY_MAX).contains(&item.quantity)) {
        let wrong = Wrong::OutOfRange { min: Some(1), max: Some(QUANTITY_MAX) };
        errors.add(format!("items[{index}].quantity"), wrong);
    }
}

/// One item for each SKU, in id order: limits and stock are looked at for the sum.
fn merge(items: &[Item]) -> Result<Vec<Item>> {
    let mut errors = FieldErrors::default();
    check_items(items, &mut errors);
    errors.finish()?;
    let mut sorted = items.to_vec();
    sorted.sort_unstable_by_key(|item| item.sku_id);
    let mut merged: Vec<Item> = Vec::with_capacity(sorted.len());
    for item in sorted {
        match merged.last_mut() {
            // At most 50 times 999.
            Some(last) if last.sku_id == item.sku_id => last.quantity += item.quantity,
            _ => merged.push(item),
        }
    }
    Ok(merged)
}

/// Pure: the rows are read. `skus` are some of those of `wanted`, both in id order.
fn price(wanted: &[Item], skus: Vec<SellableSku>, rule: Option<&FreightRule>, notice_version: String) -> Result<Quote> {
    let mut lines = Vec::with_capacity(skus.len());
    let mut problems = Vec::new();
    let mut rows = skus.into_iter().peekable();
    for &item in wanted {
        let row = rows.next_if(|row| row.id == item.sku_id).filter(SellableSku::is_on_sale);
        let Some(row) = row else {
            problems.push(QuoteProblem::of_sku(ProblemCode::NotOnSale, item));
            continue;
        };
        problems.extend(problem_of(&row, item));
        lines.push(line(row, item.quantity)?);
    }
    problems.extend(split(&lines));
    let gross_weight_g = lines
        .iter()
        .try_fold(0_i64, |sum, line| sum.checked_add(line.gross_weight_g))
        .ok_or_else(|| Error::internal("weight overflow"))?;
    let goods_fen = Fen::sum(lines.iter().map(|line| line.line_fen))?;
    let freight_fen = match rule {
        Some(rule) if !lines.is_empty() => freight(rule, gross_weight_g, goods_fen)?,
        Some(_) => Fen::ZERO,
        None => {
            problems.push(QuoteProblem::of_place(ProblemCode::PlaceNotServed));
            Fen::ZERO
        }
    };
    let (tax_fen, discount_fen) = (Fen::ZERO, Fen::ZERO);
    let payable_fen = Fen::sum([goods_fen, freight_fen, tax_fen])?;
    let is_bonded = lines.iter().any(|line| line.supervision == Supervision::Bonded1210);
    let supervision = if is_bonded { Supervision::Bonded1210 } else { Supervision::Domestic };
    problems.extend(too_dear(supervision, goods_fen.plus(freight_fen)?, payable_fen));
    Ok(Quote {
        sums: Sums { goods_fen, freight_fen, tax_fen, discount_fen, payable_fen },
        supervision,
        notice_version,
        gross_weight_g,
        lines,
        problems,
    })
}

fn line(row: SellableSku, quantity: i64) -> Result<QuoteLine> {
    let weight = row.gross_weight_g.checked_mul(quantity).ok_or_else(|| Error::internal("weight overflow"))?;
    Ok(QuoteLine {
        sku_id: row.id,
        product_id: row.product_id,
        vendor_id: row.vendor_id,
        sku_code: row.code,
        name: row.name,
        spec: row.spec,
        image: media_url(&row.image),
        unit_price_fen: row.price_fen,
        quantity,
        line_fen: row.price_fen.times(quantity)?,
        tax_fen: Fen::ZERO,
        gross_weight_g: weight,
        limit_per_order: row.limit_per_order,
        supervision: row.supervision,
    })
}

fn problem_of(row: &SellableSku, item: Item) -> Option<QuoteProblem> {
    let available = row.available();
    let code = problem_with(true, row.limit_per_order, available, item.quantity)?;
    let over_limit = code == ProblemCode::OverLimit;
    Some(QuoteProblem {
        limit: over_limit.then_some(row.limit_per_order),
        available: (!over_limit).then_some(available),
        ..QuoteProblem::of_sku(code, item)
    })
}

/// An order worth more than customs lets one person buy at once, or than WeChat could take.
fn too_dear(supervision: Supervision, value: Fen, payable: Fen) -> Option<QuoteProblem> {
    let limit_fen = match supervision {
        Supervision::Bonded1210 if value > BONDED_VALUE_MAX => BONDED_VALUE_MAX,
        _ if payable > PAYABLE_MAX => PAYABLE_MAX,
        _ => return None,
    };
    Some(QuoteProblem { limit_fen: Some(limit_fen), ..QuoteProblem::of_place(ProblemCode::ValueLimit) })
}

/// One order is one customs list and one parcel, so goods of different supervision are two orders.
fn split(lines: &[QuoteLine]) -> Option<QuoteProblem> {
    let mut groups: Vec<OrderGroup> = Vec::new();
    for line in lines {
        match groups.iter_mut().find(|group| group.supervision == line.supervision) {
            Some(group) => group.sku_ids.push(line.sku_id),
            None => groups.push(OrderGroup { supervision: line.supervision, sku_ids: vec![line.sku_id] }),
        }
    }
    (groups.len() > 1).then(|| QuoteProblem { groups, ..QuoteProblem::of_place(ProblemCode::SplitRequired) })
}

/// First weight, then every begun step; nothing from the free threshold on, the threshold itself included.
fn freight(rule: &FreightRule, weight_g: i64, goods: Fen) -> Result<Fen> {
    if rule.free_from_fen.is_some_and(|free_from| goods >= free_from) {
        return Ok(Fen::ZERO);
    }
    let over = weight_g.saturating_sub(rule.first_weight_g).max(0);
    // Rounded up without adding, which could overflow; the step is above zero by a CHECK.
    let whole = over.checked_div(rule.step_weight_g).ok_or_else(|| Error::internal("freight step of no weight"))?;
    let begun = i64::from(over % rule.step_weight_g != 0);
    rule.first_fee_fen.plus(rule.step_fee_fen.times(whole + begun)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::error::Code;

    fn item(sku_id: i64, quantity: i64) -> Item {
        Item { sku_id: SkuId(sku_id), quantity }
    }

    fn sku(id: i64, price_fen: i64) -> SellableSku {
        SellableSku { price_fen: Fen::new(price_fen), left: Some(10), ..SellableSku::sample(id) }
    }

    fn rule() -> FreightRule {
        FreightRule {
            first_weight_g: 1_000,
            first_fee_fen: Fen::new(800),
            step_weight_g: 500,
            step_fee_fen: Fen::new(200),
            free_from_fen: Some(Fen::new(19_900)),
        }
    }

    fn priced(wanted: &[Item], skus: Vec<SellableSku>) -> Quote {
        price(&merge(wanted).unwrap(), skus, Some(&rule()), "v1".into()).unwrap()
    }

    fn codes(quote: &Quote) -> Vec<ProblemCode> {
        quote.problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn freight_counts_begun_steps_after_the_first_weight() {
        let fee = |weight| freight(&rule(), weight, Fen::ZERO).unwrap().get();
        let borders = [1, 1_000, 1_001, 1_500, 1_501, 2_000, 2_001].map(fee);
        assert_eq!(borders, [800, 800, 1_000, 1_000, 1_200, 1_200, 1_400]);
    }

    #[test]
    fn freight_is_free_from_the_threshold_on_and_not_one_fen_before() {
        let fee = |goods| freight(&rule(), 1_000, Fen::new(goods)).unwrap().get();
        assert_eq!([fee(19_899), fee(19_900), fee(19_901)], [800, 0, 0]);
        let never_free = FreightRule { free_from_fen: None, ..rule() };
        assert_eq!(freight(&never_free, 1_000, Fen::new(i64::MAX)).unwrap().get(), 800);
    }

    #[test]
    fn freight_that_overflows_is_an_error_not_a_small_fee() {
        let dear = FreightRule { step_fee_fen: Fen::new(i64::MAX / 2), ..rule() };
        assert!(freight(&dear, 3_000, Fen::ZERO).is_err());
        assert!(freight(&rule(), i64::MAX, Fen::ZERO).is_ok());
    }

    #[test]
    fn the_sums_add_up() {
        let quote = priced(&[item(2, 3), item(1, 1)], vec![sku(1, 1_050), sku(2, 999)]);
        let lines: Vec<_> = quote.lines.iter().map(|line| (line.sku_id.0, line.line_fen.get())).collect();
        assert_eq!(lines, [(1, 1_050), (2, 2_997)]);
        assert_eq!((quote.sums.goods_fen.get(), quote.gross_weight_g), (4_047, 1_200));
        assert_eq!((quote.sums.freight_fen.get(), quote.sums.payable_fen.get()), (1_000, 5_047));
        assert_eq!(quote.lines[0].image, "/media/products/cream.jpg");
        assert!(quote.problems.is_empty() && quote.refusal().is_none());
    }

    #[test]
    fn a_sku_on_two_lines_is_summed_before_limit_and_stock() {
        let over_limit = priced(&[item(1, 3), item(2, 1), item(1, 3)], vec![sku(1, 100), sku(2, 100)]);
        assert_eq!(over_limit.lines.len(), 2);
        assert_eq!(over_limit.problems[0].asked, Some(6));
        assert_eq!(codes(&over_limit), [ProblemCode::OverLimit]);
        assert_eq!(over_limit.refusal().unwrap().code, Code::LimitReached);

        let few = SellableSku { left: Some(3), ..sku(1, 100) };
        let short = priced(&[item(1, 2), item(1, 2)], vec![few]);
        assert_eq!(codes(&short), [ProblemCode::NotEnoughStock]);
        assert_eq!((short.problems[0].asked, short.problems[0].available), (Some(4), Some(3)));
        assert_eq!(short.refusal().unwrap().code, Code::OutOfStock);
    }

    #[test]
    fn what_can_not_be_sold_has_no_line_and_no_price() {
        let off = SellableSku { on_sale: false, ..sku(1, 100) };
        let unpublished = SellableSku { published: false, ..sku(2, 100) };
        let quote = priced(&[item(1, 1), item(2, 1), item(3, 1)], vec![off, unpublished]);
        assert_eq!(codes(&quote), [ProblemCode::NotOnSale; 3]);
        assert!(quote.lines.is_empty());
        assert_eq!(quote.sums.payable_fen, Fen::ZERO);
    }

    #[test]
    fn nothing_left_is_told_from_not_enough() {
        let none = SellableSku { left: None, ..sku(1, 100) };
        let zero = SellableSku { left: Some(0), ..sku(2, 100) };
        let quote = priced(&[item(1, 1), item(2, 1)], vec![none, zero]);
        assert_eq!(codes(&quote), [ProblemCode::OutOfStock; 2]);
    }

    #[test]
    fn bonded_and_domestic_goods_are_two_orders() {
        let domestic = SellableSku { supervision: Supervision::Domestic, ..sku(2, 100) };
        let quote = priced(&[item(1, 1), item(2, 1), item(3, 1)], vec![sku(1, 100), domestic, sku(3, 100)]);
        assert_eq!(codes(&quote), [ProblemCode::SplitRequired]);
        let groups: Vec<_> = quote.problems[0].groups.iter().map(|group| group.sku_ids.clone()).collect();
        assert_eq!(groups, [vec![SkuId(1), SkuId(3)], vec![SkuId(2)]]);
        let refusal = quote.refusal().unwrap();
        assert_eq!(refusal.code, Code::SplitRequired);
        assert_eq!(refusal.extra["groups"][1]["supervision"], "domestic");
    }

    #[test]
    fn a_place_without_a_rule_is_not_served() {
        let quote = price(&[item(1, 1)], vec![sku(1, 100)], None, "v1".into()).unwrap();
        assert_eq!(codes(&quote), [ProblemCode::PlaceNotServed]);
        assert_eq!(quote.refusal().unwrap().code, Code::PlaceNotServed);
    }

    #[test]
    fn a_price_that_overflows_is_an_error() {
        let dear = |id| SellableSku { limit_per_order: 999, left: Some(999), ..sku(id, i64::MAX / 2) };
        for wanted in [&[item(1, 3)][..], &[item(1, 1), item(2, 1), item(3, 1)]] {
            let skus = wanted.iter().map(|item| dear(item.sku_id.0)).collect();
            assert!(price(wanted, skus, Some(&rule()), "v1".into()).is_err());
        }
    }

    #[test]
    fn an_order_of_bonded_goods_is_worth_five_thousand_yuan_at_most_and_of_others_what_wechat_takes() {
        let of = |supervision, price_fen| {
            let quote = priced(&[item(1, 1)], vec![SellableSku { supervision, ..sku(1, price_fen) }]);
            quote.problems.first().map(|problem| (problem.code, problem.limit_fen.map(Fen::get)))
        };
        let too_dear = |limit| Some((ProblemCode::ValueLimit, Some(limit)));
        assert_eq!(of(Supervision::Bonded1210, 500_000), None);
        assert_eq!(of(Supervision::Bonded1210, 500_001), too_dear(500_000));
        assert_eq!(of(Supervision::Domestic, 2_147_483_647), None);
        assert_eq!(of(Supervision::Domestic, 2_147_483_648), too_dear(2_147_483_647));
        let quote = priced(&[item(1, 2)], vec![sku(1, 300_000)]);
        assert_eq!(quote.refusal().unwrap().code, Code::ValueLimit);
    }

    #[test]
    fn quantities_outside_the_range_are_refused_by_name() {
        for quantity in [0, -1, -5, 1_000, i64::MAX, i64::MIN] {
            let error = merge(&[item(1, 1), item(2, quantity)]).unwrap_err();
            let Error::Refused(refusal) = error else { unreachable!("{error:?}") };
            assert_eq!(refusal.fields[0].field, "items[1].quantity");
        }
        assert!(merge(&[]).is_err());
        assert!(merge(&[item(1, 1); LINES_MAX + 1]).is_err());
        assert_eq!(merge(&[item(1, 999); LINES_MAX]).unwrap(), [item(1, 999 * 50)]);
    }
}
