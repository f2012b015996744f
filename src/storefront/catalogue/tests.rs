#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::IF_NONE_MATCH;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::api::conditional;
use super::listing::{ListQuery, ListRequest};
use super::snapshot::Snapshot;
use super::{Catalogue, Current};
use crate::base::clock::Clock;
use crate::base::db::testing::TestDb;
use crate::base::error::Result;
use crate::base::ids::{CategoryId, ProductId, SkuId, VendorId};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::base::text::Text3;
use crate::cli::seed;
use crate::domain::catalogue::{self, Rows, StoredCategory, StoredProduct, StoredSku, StoredVendor, Supervision};
use crate::domain::content::StoredNotice;
use crate::domain::stock;

fn text(zh: &str, ko: &str, en: &str) -> Text3 {
    Text3 { zh: zh.into(), ko: ko.into(), en: en.into() }
}

fn product(id: i64, category: i64, slug: &str) -> StoredProduct {
    StoredProduct {
        id: ProductId(id),
        slug: slug.into(),
        vendor_id: VendorId(1),
        category_id: CategoryId(category),
        name: text("眼霜", "아이크림", "Eye cream"),
        summary: text("润", "촉촉", "Rich \"and\" light"),
        description: text("述", "설명", "Description"),
        maker: text("造", "제조", "Maker"),
        origin_country: "KR".into(),
        label_zh: "品名：眼霜\n净含量：20 ml".into(),
        search_terms: r#"["眼部"]"#.into(),
        image: format!("products/{slug}.jpg"),
        supervision: Supervision::Bonded1210,
        // The higher the id, the older.
        created_at: Clock::system().timestamp().minus(Duration::from_secs(1_000 * u64::try_from(id).unwrap())),
    }
}

fn sku(id: i64, product: i64, price_fen: i64) -> StoredSku {
    StoredSku {
        id: SkuId(id),
        product_id: ProductId(product),
        code: format!("GP-{id}"),
        spec: text("20 毫升", "20 밀리", "20 ml"),
        price_fen: Fen::new(price_fen),
        limit_per_order: 5,
    }
}

/// Toys stand before cosmetics; product 4 has nothing on sale.
fn rows() -> Rows {
    let category = |id, slug: &str, position| StoredCategory {
        id: CategoryId(id),
        slug: slug.into(),
        name: text(slug, slug, slug),
        position,
    };
    Rows {
        version: 3,
        categories: vec![category(2, "toys", 1), category(1, "cosmetics", 2)],
        vendors: vec![StoredVendor {
            id: VendorId(1),
            slug: "suridam".into(),
            name: text("秀里潭", "수리담", "Suridam"),
            intro: text("介", "소개", "Intro"),
            founded: 2011,
        }],
        products: vec![product(1, 1, "a"), product(2, 1, "b"), product(3, 2, "c"), product(4, 2, "d")],
        skus: vec![sku(10, 1, 900), sku(11, 2, 500), sku(12, 3, 900), sku(13, 1, 700)],
    }
}

fn notice() -> StoredNotice {
    StoredNotice { version: "2026-11-01".into(), text: text("告知", "고지", "Notice") }
}

fn current(rows: &Rows, left: &[(i64, i64)]) -> Current {
    let left: Vec<_> = left.iter().map(|&(sku_id, available)| (SkuId(sku_id), available)).collect();
    Current::new(Arc::new(Snapshot::build(rows, Some(&notice())).unwrap()), &left).unwrap()
}

fn list(current: &Current, query: Value) -> Result<Value> {
    let query: ListQuery = serde_json::from_value(query).unwrap();
    Ok(serde_json::from_slice(&current.list(&ListRequest::new(&query)?, Lang::Zh)).unwrap())
}

fn slugs(page: &Value) -> String {
    page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap()).collect()
}

#[test]
fn a_product_is_served_whole() {
    let current = current(&rows(), &[(10, 0), (13, 40)]);
    let page = current.page(current.snapshot.product("a").unwrap(), Lang::En);
    let expected = concat!(
        r#"{"id":"1","slug":"a","name":"Eye cream","vendor":{"slug":"suridam","name":"Suridam"},"category":"cosmetics","#,
        r#""image":"/media/products/a.jpg","price_fen":700,"tax_fen":0,"summary":"Rich \"and\" light","#,
        r#""description":"Description","origin":"KR","maker":"Maker","label_zh":"品名：眼霜\n净含量：20 ml","#,
        r#""supervision":"bonded_1210","notices":[{"version":"2026-11-01","text":"Notice"}],"earliest_expiry":null,"#,
        r#""in_stock":true,"skus":[{"id":"10","code":"GP-10","spec":"20 ml","price_fen":900,"tax_fen":0,"#,
        r#""limit_per_order":5,"available":0},{"id":"13","code":"GP-13","spec":"20 ml","price_fen":700,"tax_fen":0,"#,
        r#""limit_per_order":5,"available":5}]}"#,
    );
    assert_eq!(std::str::from_utf8(&page).unwrap(), expected);
}

#[test]
fn a_list_is_served_whole() {
    let current = current(&rows(), &[]);
    let page = list(&current, json!({ "category": "toys" })).unwrap();
    assert_eq!(
        page,
        json!({
            "items": [{
                "id": "3", "slug": "c", "name": "眼霜", "vendor": { "slug": "suridam", "name": "秀里潭" },
                "category": "toys", "image": "/media/products/c.jpg", "price_fen": 900, "tax_fen": 0, "in_stock": false,
            }],
            "next_cursor": null,
            "total": 1,
        })
    );
}

#[test]
fn a_product_is_found_by_id_and_slug_and_not_without_a_sku_on_sale() {
    let current = current(&rows(), &[]);
    let id = |name: &str| current.snapshot.product(name).map(|product| product.id.0);
    assert_eq!(
        [id("2"), id("b"), id("4"), id("d"), id("99"), id("-1"), id("")],
        [Some(2), Some(2), None, None, None, None, None]
    );
}

#[test]
fn lists_are_ordered_and_narrowed() {
    let current = current(&rows(), &[]);
    let of = |query: Value| slugs(&list(&current, query).unwrap());
    assert_eq!(of(json!({})), "cab");
    assert_eq!(of(json!({ "sort": "price_asc" })), "bac");
    assert_eq!(of(json!({ "sort": "price_desc" })), "cab");
    assert_eq!(of(json!({ "sort": "newest" })), "abc");
    assert_eq!(of(json!({ "category": "cosmetics", "vendor": "suridam", "q": "" })), "ab");
    for nothing in [json!({ "category": "nowhere" }), json!({ "vendor": "nobody" }), json!({ "q": "%" })] {
        assert_eq!(list(&current, nothing).unwrap()["total"], 0);
    }
}

#[test]
fn the_best_match_comes_first_and_other_orders_stay() {
    let mut rows = rows();
    rows.products[2].name = text("积木", "블록", "Blocks");
    rows.products[0].search_terms = r#"["积木"]"#.into();
    let current = current(&rows, &[]);
    let of = |query: Value| slugs(&list(&current, query).unwrap());
    assert_eq!(of(json!({ "q": "积木" })), "ca");
    assert_eq!(of(json!({ "q": "眼霜" })), "ab");
    assert_eq!(of(json!({ "q": "suridam", "sort": "price_asc" })), "bac");
}

#[test]
fn a_cursor_neither_skips_nor_repeats_when_products_come_and_go() {
    let before = current(&rows(), &[]);
    for sort in ["default", "price_asc", "price_desc", "newest"] {
        let all = slugs(&list(&before, json!({ "sort": sort })).unwrap());
        let first = list(&before, json!({ "sort": sort, "limit": 1 })).unwrap();
        assert_eq!((first["total"].as_u64(), slugs(&first).as_str()), (Some(3), &all[..1]), "{sort}");
        // The product that the cursor stands on is gone.
        let mut rows = rows();
        rows.skus
            .retain(|sku| !slugs(&first).contains(["", "a", "b", "c"][usize::try_from(sku.product_id.0).unwrap()]));
        let after = current(&rows, &[]);
        let rest = list(&after, json!({ "sort": sort, "limit": 9, "cursor": first["next_cursor"] })).unwrap();
        assert_eq!((slugs(&rest).as_str(), &rest["next_cursor"]), (&all[1..], &Value::Null), "{sort}");
    }
}

#[test]
fn a_cursor_of_another_order_is_refused() {
    let current = current(&rows(), &[]);
    let first = list(&current, json!({ "limit": 1 })).unwrap();
    let refused = list(&current, json!({ "sort": "newest", "cursor": first["next_cursor"] }));
    assert!(format!("{refused:?}").contains("cursor"), "{refused:?}");
}

#[test]
fn tags_tell_content_stock_and_language_apart_and_nothing_else() {
    let rows = rows();
    let of = |rows: &Rows, left| current(rows, left).stock_tags.get(Lang::Zh).to_str().unwrap().to_owned();
    let tag = of(&rows, &[(10, 7)]);
    assert_ne!(tag, current(&rows, &[(10, 7)]).stock_tags.get(Lang::Ko).to_str().unwrap());
    // Nine and seven are both shown as five, the limit of one order; a version alone shows nothing.
    assert_eq!(tag, of(&rows, &[(10, 9)]));
    assert_eq!(tag, of(&Rows { version: 4, ..rows.clone() }, &[(10, 5)]));
    assert_ne!(tag, of(&rows, &[(10, 4)]));
    let changes: [fn(&mut Rows); 4] = [
        |rows| rows.skus[0].price_fen = Fen::new(901),
        |rows| rows.products[0].search_terms = "[]".into(),
        |rows| rows.products[0].created_at = rows.products[2].created_at,
        |rows| rows.vendors[0].founded = 2012,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = rows.clone();
        change(&mut changed);
        assert_ne!(tag, of(&changed, &[(10, 7)]), "change {number}");
    }
}

#[test]
fn a_client_that_has_it_is_told_so_in_every_form() {
    let current = current(&rows(), &[]);
    let tag = current.stock_tags.get(Lang::Zh);
    let status = |known: &str| {
        let request = TestRequest::default().insert_header((IF_NONE_MATCH, known)).to_http_request();
        conditional(&request, tag, || "{}".into()).status().as_u16()
    };
    let tag = tag.to_str().unwrap();
    for known in [tag, "*", &format!("W/{tag}"), &format!("\"x\", {tag}")] {
        assert_eq!(status(known), 304, "{known}");
    }
    for other in ["", "\"x\"", tag.trim_matches('"'), &format!("{tag}x")] {
        assert_eq!(status(other), 200, "{other}");
    }
}

#[test]
fn an_edit_is_seen_only_with_its_version_and_stock_at_once() {
    let test = TestDb::new();
    let media = tempfile::tempdir().unwrap();
    test.wait(seed(&test.db, &test.clock, media.path())).unwrap();
    let catalogue = test.wait(Catalogue::load(&test.db)).unwrap();
    let refresh = || test.wait(catalogue.refresh(&test.db)).unwrap();
    let total = || list(&catalogue.current(), json!({})).unwrap()["total"].clone();
    assert_eq!((refresh(), total()), (false, json!(27)));

    let (sku_id, left) = test.wait(test.db.read(|rx| stock::availability(rx))).unwrap()[0];
    test.write(move |tx, at| stock::reserve(tx, "one", &[(sku_id, left - 1)], at)).unwrap();
    assert!(refresh());
    let page =
        catalogue.current().page(catalogue.current().snapshot.product("heartleaf-soothing-mask").unwrap(), Lang::Zh);
    assert_eq!(serde_json::from_slice::<Value>(&page).unwrap()["skus"][0]["available"], 1);

    test.write(|tx, _| catalogue::bump_version(tx)).unwrap();
    assert!(refresh());
    assert!(!refresh());
}
