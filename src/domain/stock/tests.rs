#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::store::{self, Shift};
use super::{MoveKind, Shortage};
use super::{audit, availability, receive_initial, release, reserve, sell};
use crate::base::db::testing::TestDb;
use crate::base::error::{Code, Error};
use crate::base::ids::SkuId;
use crate::cli::seed;

/// With the demo catalogue, and `left` of two SKUs.
fn shop() -> (TestDb, [(SkuId, i64); 2]) {
    let test = TestDb::new();
    let media = tempfile::tempdir().unwrap();
    test.wait(seed(&test.db, &test.clock, media.path())).unwrap();
    let left = left(&test);
    let [a, b, ..] = left[..] else { panic!("no stock") };
    (test, [a, b])
}

fn left(test: &TestDb) -> Vec<(SkuId, i64)> {
    test.wait(test.db.read(|rx| availability(rx))).unwrap()
}

fn assert_sound(test: &TestDb) {
    assert_eq!(test.wait(test.db.read(|rx| audit(rx))).unwrap(), []);
}

#[test]
fn a_hold_is_given_back_or_sold_and_the_books_agree() {
    let (test, [(a, left_a), (b, left_b)]) = shop();
    test.write(move |tx, at| reserve(tx, "one", &[(b, 2), (a, 3)], at)).unwrap();
    test.write(move |tx, at| reserve(tx, "two", &[(a, 1)], at)).unwrap();
    assert_eq!(left(&test)[..2], [(a, left_a - 4), (b, left_b - 2)]);
    test.write(move |tx, at| release(tx, "one", &[(a, 3), (b, 2)], at)).unwrap();
    test.write(move |tx, at| sell(tx, "two", &[(a, 1)], at)).unwrap();
    assert_eq!(left(&test)[..2], [(a, left_a - 1), (b, left_b)]);
    assert_sound(&test);
}

#[test]
fn a_shortage_names_every_short_line_and_holds_nothing() {
    let (test, [(a, left_a), (b, left_b)]) = shop();
    let before = left(&test);
    let unknown = SkuId(999_999);
    let short = test.write(move |tx, at| {
        let lines = [(unknown, 1), (b, left_b + 1), (a, 1)];
        let short = reserve(tx, "one", &lines, at)?;
        assert!(!short.is_empty());
        Err::<(), _>(crate::base::error::Refusal::new(Code::OutOfStock).with("lines", short).into())
    });
    let Err(Error::Refused(refusal)) = short else { panic!("{short:?}") };
    let named = serde_json::to_value([
        Shortage { sku_id: b, asked: left_b + 1, available: left_b },
        Shortage { sku_id: unknown, asked: 1, available: 0 },
    ]);
    assert_eq!(refusal.extra["lines"], named.unwrap());
    assert_eq!(left(&test), before, "{left_a}");
    assert_sound(&test);
}

#[test]
fn the_last_piece_is_held_once() {
    let (test, [(a, left_a), _]) = shop();
    assert!(test.write(move |tx, at| reserve(tx, "one", &[(a, left_a)], at)).unwrap().is_empty());
    let short = test.write(move |tx, at| reserve(tx, "two", &[(a, 1)], at)).unwrap();
    assert_eq!(short, [Shortage { sku_id: a, asked: 1, available: 0 }]);
    assert_sound(&test);
}

#[test]
fn what_is_not_held_can_be_neither_released_nor_sold() {
    let (test, [(a, left_a), (b, _)]) = shop();
    test.write(move |tx, at| reserve(tx, "one", &[(a, 2)], at)).unwrap();
    for (lines, stuck) in [(vec![(a, 3)], a), (vec![(b, 1)], b)] {
        let again = lines.clone();
        assert_eq!(test.write(move |tx, at| release(tx, "one", &lines, at)).unwrap(), [stuck]);
        assert_eq!(test.write(move |tx, at| sell(tx, "one", &again, at)).unwrap(), [stuck]);
    }
    assert_eq!(left(&test)[0], (a, left_a - 2));
    // What is held moves all the same: real money must not wait for a counter that is wrong.
    assert_eq!(test.write(move |tx, at| sell(tx, "one", &[(a, 2), (b, 1)], at)).unwrap(), [b]);
    assert_eq!(left(&test)[0], (a, left_a - 2));
    assert_sound(&test);
}

#[test]
fn first_stock_comes_once() {
    let (test, [(a, left_a), _]) = shop();
    assert!(!test.write(move |tx, at| receive_initial(tx, a, 500, at)).unwrap());
    assert!(test.write(move |tx, at| receive_initial(tx, a, -1, at)).is_err());
    assert_eq!(left(&test)[0], (a, left_a));
    assert_sound(&test);
}

#[test]
fn the_audit_sees_a_counter_without_its_move_and_a_move_without_its_counter() {
    let (test, [(a, left_a), (b, _)]) = shop();
    test.write(move |tx, at| {
        assert!(store::shift(tx, Shift::Reserve, a, 2)?);
        store::record(tx, MoveKind::Sell, Some("one"), &[(b, 1)], at)
    })
    .unwrap();
    let found = test.wait(test.db.read(|rx| audit(rx))).unwrap();
    let [of_a, of_b] = &found[..] else { panic!("{found:?}") };
    assert_eq!((of_a.sku_id, of_a.available, of_a.held, of_a.moved_to_held), (a, left_a - 2, 2, 0));
    assert_eq!((of_b.sku_id, of_b.sold, of_b.moved_to_held, of_b.moved_to_sold), (b, 0, -1, 1));
}
