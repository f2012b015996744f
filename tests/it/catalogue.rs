//! What everybody may read, and the cart.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::on_both;

fn slugs(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap()).collect()
}

on_both! {
    async fn the_demo_has_ten_firms_four_categories_and_twenty_seven_products(shop: &TestShop) {
        assert_eq!(shop.get("/api/v1/vendors").await.expect(200)["items"].as_array().unwrap().len(), 10);
        assert_eq!(shop.get("/api/v1/categories").await.expect(200)["items"].as_array().unwrap().len(), 4);
        assert_eq!(shop.get("/api/v1/products?limit=100").await.expect(200)["items"].as_array().unwrap().len(), 27);
    }

    async fn pages_hold_every_product_once(shop: &TestShop) {
        let (mut seen, mut path) = (Vec::new(), "/api/v1/products?limit=10&sort=price_asc".to_owned());
        loop {
            let page = shop.get(&path).await.expect(200);
            assert_eq!(page["total"], 27);
            seen.extend(slugs(&page).into_iter().map(str::to_owned));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/api/v1/products?limit=10&sort=price_asc&cursor={cursor}");
        }
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!((seen.len(), unique.len()), (27, 27));
        let wrong = shop.get("/api/v1/products?sort=price;drop").await.expect_problem(400, "invalid_request");
        assert_eq!(wrong["errors"][0]["field"], "sort");
    }

    async fn a_search_finds_words_of_three_languages_and_takes_wildcards_literally(shop: &TestShop) {
        for query in ["红参", "홍삼", "GINSENG", "ＧＩＮＳＥＮＧ"] {
            let found = shop.get(&format!("/api/v1/products?q={query}")).await.expect(200);
            assert!(slugs(&found).contains(&"red-ginseng-stick"), "{query}: {found}");
        }
        for nothing in ["%25%25", "_", "r_d", "g%25g", "%27%20OR%201=1"] {
            assert_eq!(shop.get(&format!("/api/v1/products?q={nothing}")).await.expect(200)["total"], 0, "{nothing}");
        }
    }

    async fn an_unchanged_catalogue_is_not_sent_again_and_a_sold_piece_is(shop: &TestShop) {
        let list = "/api/v1/products?limit=100";
        let first = shop.get(list).await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        let again = async || {
            shop.http.request(Method::GET, format!("{}{list}", shop.address)).header("If-None-Match", &tag).send().await.unwrap()
        };
        assert_eq!(again().await.status(), 304);
        let alice = shop.buyer("alice").await;
        alice.order("wooden-ride-on-car", 1).await;
        shop.refresh().await;
        shop.refresh().await;
        let (bob, carol) = (shop.buyer("bob").await, shop.buyer("carol").await);
        bob.order("wooden-ride-on-car", 1).await;
        carol.order("wooden-ride-on-car", 1).await;
        shop.refresh().await;
        let sold_out = again().await;
        assert_eq!(sold_out.status(), 200, "the last piece is gone, and the list says so");
    }

    async fn a_dead_line_stays_in_the_cart_and_says_why(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let (sku, price) = shop.sku("wooden-ride-on-car").await;
        alice.put(&format!("/api/v1/cart/items/{sku}"), &json!({ "quantity": 1 })).await.expect(200);
        let line = async || alice.get("/api/v1/cart").await.expect(200)["groups"][0]["lines"][0].clone();
        assert_eq!(line().await["unit_price_fen"], price);
        for name in ["bob", "carol", "dave"] {
            shop.buyer(name).await.order("wooden-ride-on-car", 1).await;
        }
        assert_eq!(line().await["problem"], "out_of_stock");
        assert_eq!(alice.delete(&format!("/api/v1/cart/items/{sku}")).await.status, 204);
        assert_eq!(alice.get("/api/v1/cart").await.expect(200)["groups"], json!([]));
    }

    async fn the_caller_s_language_decides_names_and_errors(shop: &TestShop) {
        let in_language = async |path: &str, language: &str| {
            let url = format!("{}{path}", shop.address);
            let answer = shop.http.get(url).header("Accept-Language", language).send().await.unwrap();
            serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap()
        };
        let mut names = Vec::new();
        let mut details = Vec::new();
        for language in ["zh-CN", "ko-KR,ko;q=0.9", "en"] {
            names.push(in_language("/api/v1/products/red-ginseng-stick", language).await["name"].clone());
            details.push(in_language("/api/v1/products/no-such-thing", language).await["detail"].clone());
        }
        for texts in [names, details] {
            assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2], "{texts:?}");
        }
    }
}
