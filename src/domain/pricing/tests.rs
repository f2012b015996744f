#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Item, ProblemCode, Quote};
use crate::base::db::testing::TestDb;
use crate::base::error::Result;
use crate::base::ids::SkuId;
use crate::base::text::Lang;
use crate::cli::seed;
use crate::domain::catalogue;

fn shop() -> TestDb {
    let test = TestDb::new();
    let media = tempfile::tempdir().unwrap();
    test.wait(seed(&test.db, &test.clock, media.path())).unwrap();
    test
}

/// Also prices inside a write, as an order does, and wants the same.
fn quote(test: &TestDb, items: &'static [(&'static str, i64)], region: &'static str) -> Result<Quote> {
    let asked = move |conn: &mut crate::base::db::DbConn| {
        let item = |&(code, quantity): &(&str, i64)| {
            Ok(Item { sku_id: catalogue::sku_id(conn, code).unwrap_or(SkuId(999_999)), quantity })
        };
        let items = items.iter().map(item).collect::<Result<Vec<_>>>()?;
        super::quote(conn, &items, region, true)
    };
    let read = test.wait(test.db.read(move |rx| asked(rx)))?;
    assert_eq!(test.write(move |tx, _| asked(tx))?, read);
    Ok(read)
}

fn codes(quote: &Quote) -> Vec<ProblemCode> {
    quote.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn rows_are_priced_with_the_freight_of_their_province() {
    let test = shop();
    let quote = quote(&test, &[("GP-SRD-MASK-10", 1), ("GP-SRD-MASK-05", 1), ("GP-SRD-MASK-05", 1)], "110101").unwrap();
    let lines: Vec<_> =
        quote.lines.iter().map(|line| (line.sku_code.as_str(), line.quantity, line.line_fen.get())).collect();
    assert_eq!(lines, [("GP-SRD-MASK-05", 2, 11_800), ("GP-SRD-MASK-10", 1, 9_900)]);
    // 21,700 fen of goods are above Beijing's free threshold of 19,900.
    assert_eq!(
        (quote.sums.goods_fen.get(), quote.sums.freight_fen.get(), quote.sums.payable_fen.get()),
        (21_700, 0, 21_700)
    );
    assert_eq!((quote.gross_weight_g, quote.notice_version.as_str()), (2 * 190 + 370, "2026-11-01"));
    assert_eq!(quote.lines[0].name.get(Lang::En), "Heartleaf Soothing Sheet Mask");
    assert!(quote.problems.is_empty(), "{:?}", quote.problems);
}

#[test]
fn freight_is_charged_below_the_threshold() {
    let test = shop();
    let quote = quote(&test, &[("GP-SRD-MASK-05", 1)], "110101").unwrap();
    assert_eq!(
        (quote.sums.goods_fen.get(), quote.sums.freight_fen.get(), quote.sums.payable_fen.get()),
        (5_900, 1_000, 6_900)
    );
}

#[test]
fn what_stands_against_an_order_is_found_in_the_rows() {
    let test = shop();
    let tibet = quote(&test, &[("GP-SRD-MASK-05", 1)], "540102").unwrap();
    assert_eq!(codes(&tibet), [ProblemCode::PlaceNotServed]);
    for nowhere in ["", "9", "990000", "省略"] {
        assert_eq!(codes(&quote(&test, &[("GP-SRD-MASK-05", 1)], nowhere).unwrap()), [ProblemCode::PlaceNotServed]);
    }
    let problems =
        quote(&test, &[("GP-DYL-HAND-GT", 1), ("GP-TGF-RIDE-01", 1), ("no such code", 1)], "110101").unwrap();
    assert_eq!(codes(&problems), [ProblemCode::OutOfStock, ProblemCode::NotOnSale]);
    let over = quote(&test, &[("GP-SRD-MASK-05", 6), ("GP-SRD-MASK-05", 5)], "110101").unwrap();
    assert_eq!(codes(&over), [ProblemCode::OverLimit]);
}
