#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::base::clock::Clock;
use crate::base::db::testing::TestDb;
use crate::cli::seed;
use crate::domain::cart::remove_ordered;
use crate::domain::catalogue::{SellableSku, SkuRow};
use crate::domain::stock;

fn shop() -> (TestDb, Vec<SkuId>) {
    let test = TestDb::new();
    let media = tempfile::tempdir().unwrap();
    test.wait(seed(&test.db, &test.clock, media.path())).unwrap();
    let left = test.wait(test.db.read(|rx| stock::availability(rx))).unwrap();
    (test, left.into_iter().map(|(sku_id, _)| sku_id).collect())
}

fn lines(test: &TestDb, customer: CustomerId) -> Vec<(SkuId, i64)> {
    let rows = test.wait(test.db.read(move |rx| store::lines(rx, customer))).unwrap();
    rows.into_iter().map(|row| (row.sku.id, row.quantity)).collect()
}

fn set(test: &TestDb, customer: CustomerId, sku: SkuId, quantity: i64) -> Result<()> {
    test.write(move |tx, at| put_line(tx, customer, sku, quantity, at))
}

#[test]
fn putting_again_replaces_the_quantity_and_keeps_the_place() {
    let (test, skus) = shop();
    let alice = test.customer("alice");
    for (sku, quantity) in [(skus[3], 1), (skus[0], 2), (skus[3], 4)] {
        set(&test, alice, sku, quantity).unwrap();
        test.clock.advance(std::time::Duration::from_secs(1));
    }
    assert_eq!(lines(&test, alice), [(skus[3], 4), (skus[0], 2)]);
}

#[test]
fn a_cart_is_its_buyer_s_alone() {
    let (test, skus) = shop();
    let (alice, bob) = (test.customer("alice"), test.customer("bob"));
    set(&test, alice, skus[0], 1).unwrap();
    let sku = skus[0];
    test.write(move |tx, _| cart::remove(tx, bob, sku)).unwrap();
    assert_eq!((lines(&test, alice).len(), lines(&test, bob).len()), (1, 0));
}

#[test]
fn more_than_an_order_may_hold_and_what_is_not_on_sale_are_refused() {
    let (test, skus) = shop();
    let alice = test.customer("alice");
    let over = set(&test, alice, skus[0], 999).unwrap_err();
    let Error::Refused(refusal) = over else { panic!("{over:?}") };
    assert_eq!((refusal.code, refusal.extra["reason"].as_str()), (Code::LimitReached, Some("per_order")));
    assert_eq!(set(&test, alice, SkuId(999_999), 1).unwrap_err().code(), Some(Code::NotFound));
    assert_eq!(lines(&test, alice), []);
}

#[test]
fn what_was_ordered_leaves_and_the_rest_stays() {
    let (test, skus) = shop();
    let alice = test.customer("alice");
    for (sku, quantity) in [(skus[0], 1), (skus[1], 2), (skus[2], 3)] {
        set(&test, alice, sku, quantity).unwrap();
    }
    let ordered = [(skus[0], 2), (skus[1], 2), (skus[2], 1), (skus[4], 1)];
    test.write(move |tx, _| remove_ordered(tx, alice, &ordered)).unwrap();
    assert_eq!(lines(&test, alice), [(skus[2], 2)]);
}

#[test]
fn the_line_after_the_last_is_refused_but_not_a_change_of_one() {
    let (test, skus) = shop();
    let alice = test.customer("alice");
    let more = usize::try_from(LINES_MAX).unwrap() + 1 - skus.len();
    let all = test.write(move |tx, _| more_skus(tx, skus.clone(), more)).unwrap();
    let (last, others) = all.split_last().unwrap();
    for &sku in others {
        set(&test, alice, sku, 1).unwrap();
    }
    let refused = set(&test, alice, *last, 1).unwrap_err();
    assert_eq!(refused.code(), Some(Code::LimitReached));
    set(&test, alice, others[0], 2).unwrap();
    assert_eq!(lines(&test, alice).len(), others.len());
}

fn more_skus(tx: &mut Tx, mut skus: Vec<SkuId>, more: usize) -> Result<Vec<SkuId>> {
    let product_id = catalogue::product_id(tx, "otter-plush")?;
    for number in 0..more {
        let row = SkuRow {
            code: format!("MORE-{number}"),
            product_id,
            spec_zh: "多".into(),
            spec_ko: "더".into(),
            spec_en: "more".into(),
            price_fen: Fen::new(100),
            gross_weight_g: 100,
            limit_per_order: 9,
            shelf_life_days: None,
            on_sale: true,
        };
        row.put(tx)?;
        skus.push(catalogue::sku_id(tx, &row.code)?);
    }
    Ok(skus)
}

fn row(sku_id: i64) -> CartRow {
    let sku = SellableSku::sample(sku_id);
    CartRow { quantity: 2, added_at: Clock::system().timestamp(), sku }
}

fn with(sku_id: i64, change: impl FnOnce(&mut SellableSku)) -> CartRow {
    let mut row = row(sku_id);
    change(&mut row.sku);
    row
}

#[test]
fn dead_lines_stay_say_why_and_are_not_summed() {
    let rows = vec![
        row(1),
        with(2, |sku| sku.on_sale = false),
        with(3, |sku| sku.published = false),
        with(4, |sku| sku.left = None),
        with(5, |sku| sku.left = Some(1)),
        with(6, |sku| sku.limit_per_order = 1),
    ];
    let cart = CartView::new(rows, Lang::Ko).unwrap();
    let [group] = &cart.groups[..] else { unreachable!("one group") };
    let problems: Vec<_> = group.lines.iter().map(|line| line.problem).collect();
    let why = [
        ProblemCode::NotOnSale,
        ProblemCode::NotOnSale,
        ProblemCode::OutOfStock,
        ProblemCode::NotEnoughStock,
        ProblemCode::OverLimit,
    ];
    assert_eq!(problems[0], None);
    assert_eq!(problems[1..], why.map(Some));
    assert_eq!(group.goods_fen, Fen::new(2_000));
    assert_eq!((group.lines[0].name.as_str(), group.lines[0].available), ("크림", 5));
}

#[test]
fn bonded_and_domestic_lines_stand_apart() {
    let domestic = with(1, |sku| sku.supervision = Supervision::Domestic);
    let cart = CartView::new(vec![domestic, row(2), row(3)], Lang::Zh).unwrap();
    let groups: Vec<_> = cart.groups.iter().map(|group| (group.supervision, group.goods_fen.get())).collect();
    assert_eq!(groups, [(Supervision::Bonded1210, 4_000), (Supervision::Domestic, 2_000)]);
}
