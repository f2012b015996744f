//! Login, sessions, addresses and identity.

use diesel::prelude::*;
use gunpo_mall::base::db::schema::{addresses, identities, orders};
use gunpo_mall::domain::content;
use serde_json::json;

use crate::support::on_both;
use crate::support::{faults, sample_identity, shanghai_address};

on_both! {
    async fn a_login_code_opens_one_session_and_no_second(shop: &TestShop) {
        let code = shop.wechat.login("alice");
        let login = shop.post("/api/v1/auth/login", &json!({ "code": code })).await.expect(200);
        assert_eq!((&login["token_type"], &login["expires_in"]), (&json!("Bearer"), &json!(7200)));
        assert_eq!(login["customer"]["is_new"], true);
        shop.post("/api/v1/auth/login", &json!({ "code": code })).await.expect_problem(401, "invalid_login_code");
        for bad in ["", "a&secret=x", "a b", "a\r\nb", &"x".repeat(10_000)] {
            let problem = shop.post("/api/v1/auth/login", &json!({ "code": bad })).await;
            assert!([400, 413].contains(&problem.status), "{bad}: {problem:?}");
        }
    }

    async fn a_buyer_who_comes_back_is_the_same_one(shop: &TestShop) {
        let login = async || {
            let code = shop.wechat.login("alice");
            shop.post("/api/v1/auth/login", &json!({ "code": code })).await.expect(200)["customer"].clone()
        };
        let (first, second) = (login().await, login().await);
        assert_eq!((&first["is_new"], &second["is_new"]), (&json!(true), &json!(false)));
        assert_eq!(first["id"], second["id"]);
    }

    async fn a_token_is_refused_at_once_after_logout_and_after_its_time(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let bob = shop.buyer("bob").await;
        assert_eq!(alice.post("/api/v1/auth/logout", &json!({})).await.status, 204);
        alice.get("/api/v1/cart").await.expect_problem(401, "unauthorized");
        shop.post("/api/v1/auth/refresh", &json!({ "refresh_token": alice.refresh_token })).await
            .expect_problem(401, "invalid_refresh_token");
        bob.get("/api/v1/cart").await.expect(200);
        shop.advance_s(2 * 3600);
        bob.get("/api/v1/cart").await.expect_problem(401, "unauthorized");
    }

    async fn a_refresh_token_that_was_stolen_ends_the_session_of_both(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let refresh = async |token: &str| {
            shop.post("/api/v1/auth/refresh", &json!({ "refresh_token": token })).await
        };
        let first = refresh(&alice.refresh_token).await.expect(200);
        let again = refresh(&alice.refresh_token).await.expect(200);
        assert_eq!(first["refresh_token"], again["refresh_token"], "a lost answer costs nobody the session");
        let successor = first["refresh_token"].as_str().unwrap().to_owned();
        shop.advance_s(31);
        refresh(&alice.refresh_token).await.expect_problem(401, "invalid_refresh_token");
        refresh(&successor).await.expect_problem(401, "invalid_refresh_token");
        alice.get("/api/v1/cart").await.expect_problem(401, "unauthorized");
    }

    async fn personal_data_is_masked_on_the_wire_and_sealed_in_the_database(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let identity = json!({ "name": "王小明", "id_number": "11010519491231002x", "consent_version": "2026-11-01" });
        alice.put("/api/v1/identity", &identity).await.expect(200);
        let shown = alice.get("/api/v1/identity").await.expect(200);
        assert_eq!(shown["id_number"], "110105********002X");
        let address = &alice.get("/api/v1/addresses").await.expect(200)["items"][0];
        assert_eq!(address["phone"], "138****8000");
        let (sealed, numbers) = shop.app.db.read(|rx| {
            let sealed: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> = addresses::table
                .order(addresses::id)
                .select((addresses::name_sealed, addresses::phone_sealed, addresses::detail_sealed))
                .load(rx.conn())?;
            let numbers: Vec<(Vec<u8>, Vec<u8>)> = identities::table
                .order(identities::customer_id)
                .select((identities::id_number_sealed, identities::id_number_index))
                .load(rx.conn())?;
            Ok((sealed, numbers))
        }).await.unwrap();
        let stored: Vec<u8> = sealed.into_iter().flat_map(|(a, b, c)| [a, b, c].concat())
            .chain(numbers.into_iter().flat_map(|(a, b)| [a, b].concat())).collect();
        for plain in ["王小明", "13800138000", "世纪大道", "110105194912310", "002X"] {
            assert!(!stored.windows(plain.len()).any(|part| part == plain.as_bytes()), "{plain} is stored in plain");
        }
        assert_eq!(alice.delete("/api/v1/identity").await.status, 204);
        alice.get("/api/v1/identity").await.expect_problem(404, "not_found");
    }

    async fn an_id_number_with_a_wrong_digit_is_refused_by_name(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        for wrong in ["330821198809085211", "110105194902310026", "11010519491231002", "G12345678"] {
            let identity = json!({ "name": "王小明", "id_number": wrong, "consent_version": "2026-11-01" });
            let problem = alice.put("/api/v1/identity", &identity).await.expect_problem(400, "invalid_request");
            assert_eq!(problem["errors"][0]["field"], "id_number", "{wrong}");
        }
    }

    async fn no_id_number_is_taken_without_consent_to_the_text_that_counts(shop: &TestShop) {
        let alice = shop.newcomer("alice").await;
        let identity = |version: &str| json!({ "name": "王小明", "id_number": "11010519491231002X", "consent_version": version });
        for made_up in ["yes", "2026-11", "2099-01-01"] {
            let problem = alice.put("/api/v1/identity", &identity(made_up)).await.expect_problem(400, "invalid_request");
            assert_eq!(faults(&problem), ["consent_version not_found"], "{made_up}");
        }
        alice.get("/api/v1/identity").await.expect_problem(404, "not_found");
        let now = shop.get("/api/v1/legal/identity").await.expect(200)["version"].as_str().unwrap().to_owned();
        alice.put("/api/v1/identity", &identity(&now)).await.expect(200);
        let proof = &alice.get("/api/v1/me").await.expect(200)["consents"];
        assert_eq!((proof[0]["document"].as_str(), proof.as_array().unwrap().len()), (Some("identity"), 2), "{proof}");
        // A newer text: the old consent is no longer enough for a new number.
        let published = gunpo_mall::domain::content::LegalText {
            document: gunpo_mall::domain::content::Document::Identity, version: "2026-12-01".into(), text_zh: "新".into(),
            text_ko: "새".into(), text_en: "new".into(), published_at: shop.app.clock.timestamp(),
        };
        shop.app.db.write(move |tx| content::publish(tx, &published)).await.unwrap();
        let problem = alice.put("/api/v1/identity", &identity(&now)).await.expect_problem(409, "document_changed");
        assert_eq!(problem["version"], "2026-12-01");
    }

    async fn bonded_goods_are_sold_to_those_only_who_can_be_named_to_customs(shop: &TestShop) {
        let alice = shop.newcomer("alice").await;
        let (sku, _) = shop.sku("red-ginseng-stick").await;
        let body = alice.order_body(&json!([{ "sku_id": sku, "quantity": 1 }])).await;
        let quote = alice.quote(&body["items"]).await;
        assert_eq!(quote["problems"], json!([{ "code": "identity_required" }]));
        alice.place("without-a-name", &body).await.expect_problem(409, "identity_required");
        alice.put("/api/v1/identity", &sample_identity()).await.expect(200);
        assert_eq!(alice.quote(&body["items"]).await["problems"], json!([]));
        alice.place("without-a-name", &body).await.expect(201);
    }

    async fn an_identity_is_on_an_order_from_its_first_pay_call_until_it_is_cancelled(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let frozen = async || shop.app.db.read(|rx| {
            Ok(orders::table.order(orders::id).select(orders::identity_sealed.is_not_null()).load::<bool>(rx.conn())?)
        }).await.unwrap();
        let first = alice.order_with_key("red-ginseng-stick", 1, "order-one").await;
        assert_eq!(frozen().await, [false], "not before it is needed");
        alice.pay_params(&first).await;
        assert_eq!(frozen().await, [true]);
        let second = alice.order_with_key("red-ginseng-stick", 1, "order-two").await;
        // Who takes the consent back pays what was opened, and nothing else.
        assert_eq!(alice.delete("/api/v1/me/consents/identity").await.status, 204);
        alice.get("/api/v1/identity").await.expect_problem(404, "not_found");
        alice.post(&format!("/api/v1/orders/{second}/pay"), &json!({})).await.expect_problem(409, "identity_required");
        assert_eq!(alice.request_payment(&alice.pay_params(&first).await).await, "ok");
        alice.cancel(&second).await.expect(200);
        shop.deliver().await;
        assert_eq!(frozen().await, [true, false]);
        alice.put("/api/v1/identity", &sample_identity()).await.expect(200);
        let third = alice.order_with_key("red-ginseng-stick", 1, "order-three").await;
        alice.pay_params(&third).await;
        assert_eq!(frozen().await, [true, false, true]);
        alice.cancel(&third).await.expect(200);
        assert_eq!(frozen().await, [true, false, false], "nothing will be declared");
        assert_eq!(alice.delete("/api/v1/identity").await.status, 204);
        let left = alice.get("/api/v1/me").await.expect(200)["consents"].clone();
        assert_eq!((left.as_array().unwrap().len(), &left[0]["document"]), (1, &json!("privacy")), "deleting the number withdraws, too");
    }

    async fn an_address_is_its_owners_alone_and_there_is_always_one_default(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let path = format!("/api/v1/addresses/{}", alice.address_id);
        bob.put(&path, &shanghai_address()).await.expect_problem(404, "not_found");
        bob.delete(&path).await.expect_problem(404, "not_found");
        alice.post("/api/v1/addresses", &shanghai_address()).await.expect(201);
        let defaults = async || {
            let all = alice.get("/api/v1/addresses").await.expect(200)["items"].as_array().unwrap().clone();
            (all.len(), all.iter().filter(|address| address["is_default"] == true).count())
        };
        assert_eq!(defaults().await, (2, 1));
        assert_eq!(alice.delete(&path).await.status, 204);
        assert_eq!(defaults().await, (1, 1));
    }

    async fn a_place_whose_names_and_code_disagree_is_not_taken(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let mut wrong = shanghai_address();
        wrong["region_code"] = json!("371302");
        let problem = alice.post("/api/v1/addresses", &wrong).await.expect_problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["reason"], "mismatch");
        wrong["region_code"] = json!("999999");
        let problem = alice.post("/api/v1/addresses", &wrong).await.expect_problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["field"], "region_code");
    }
}
