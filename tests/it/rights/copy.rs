use serde_json::json;

use super::{PRODUCT, bind_phone, leave_identity, patch};
use crate::support::on_both;

on_both! {
    async fn a_stolen_token_gets_no_copy_and_ends_no_account(shop: &TestShop) {
        let (alice, mallory) = (shop.newcomer("alice").await, shop.newcomer("mallory").await);
        for path in ["/api/v1/me/export", "/api/v1/me/close"] {
            alice.post(path, &json!({})).await.expect_problem(400, "invalid_request");
            alice.post(path, &json!({ "code": "neverGivenByWechat" })).await.expect_problem(401, "invalid_login_code");
            // Her token, his phone.
            alice.post(path, &mallory.proof()).await.expect_problem(401, "invalid_login_code");
            let used = alice.proof();
            shop.post("/api/v1/auth/login", &used).await.expect(200);
            alice.post(path, &used).await.expect_problem(401, "invalid_login_code");
            shop.advance_s(60);
        }
        alice.get("/api/v1/me").await.expect(200);
    }

    async fn a_copy_holds_everything_of_its_owner_and_nothing_of_anybody_else(shop: &TestShop) {
        let (alice, bob) = (shop.newcomer("alice").await, shop.newcomer("bob").await);
        leave_identity(&alice, "张小爱", "371302198805200318").await;
        leave_identity(&bob, "李大宝", "11010519900307283X").await;
        let bobs = json!({ "name": "宝宝收", "phone": "13911112222", "province": "上海市", "city": "上海市", "district": "浦东新区",
            "detail": "鲍勃路 9 号", "region_code": "310115", "is_default": true });
        bob.post("/api/v1/addresses", &bobs).await.expect(201);
        patch(&bob, &json!({ "nickname": "bobs-nickname" })).await.expect(200);
        bind_phone(&bob).await;
        let bobs_order = bob.order(PRODUCT, 1).await;
        patch(&alice, &json!({ "nickname": "爱丽" })).await.expect(200);
        bind_phone(&alice).await;
        let (cancelled, open) = (alice.order(PRODUCT, 1).await, alice.order(PRODUCT, 2).await);
        alice.cancel(&cancelled).await.expect(200);
        alice.pay_params(&open).await;
        let (sku, _) = shop.sku(PRODUCT).await;
        alice.put(&format!("/api/v1/cart/items/{sku}"), &json!({ "quantity": 1 })).await.expect(200);

        let answer = alice.post("/api/v1/me/export", &alice.proof()).await;
        let header = |name: &str| answer.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert!(header("content-disposition").starts_with("attachment; filename=\"gunpo-mall-"), "{:?}", answer.headers);
        assert_eq!((header("content-type").as_str(), header("cache-control").as_str()), ("application/json", "no-store"));
        let copy = answer.expect(200);
        assert_eq!(copy["identity"]["id_number"], "371302198805200318");
        assert_eq!(copy["identity"]["name"], "张小爱");
        assert_eq!(copy["profile"]["nickname"], "爱丽");
        assert_eq!(copy["profile"]["wechat_openid"], json!(shop.wechat.openid_of("alice")));
        assert_eq!(copy["profile"]["phone"].as_str().unwrap().len(), 11, "not masked");
        assert_eq!(copy["addresses"][0]["phone"], "13800138000", "not masked");
        assert_eq!(copy["cart"][0]["quantity"], 1);
        assert_eq!(copy["cart"][0]["sku_code"], "GP-HST-STICK-10", "the code that is printed on the goods, not a row's id");
        let documents: Vec<_> = copy["consents"].as_array().unwrap().iter().map(|consent| &consent["document"]).collect();
        assert_eq!(documents, ["identity", "privacy"]);
        assert_eq!(copy["sessions"].as_array().unwrap().len(), 1);
        let orders = copy["orders"].as_array().unwrap();
        let numbers: Vec<&str> = orders.iter().map(|order| order["order_no"].as_str().unwrap()).collect();
        assert_eq!(numbers, [open.as_str(), cancelled.as_str()], "newest first");
        assert_eq!(orders[1]["timeline"].as_array().unwrap().len(), 2);
        assert_eq!(orders[0]["consignee"]["phone"], "13800138000");
        assert_eq!(orders[0]["identity"]["id_number"], "371302198805200318");
        assert!(orders[1]["identity"].is_null());
        assert_eq!((orders[0]["lines"].as_array().unwrap().len(), &copy["orders_cut"]), (1, &json!(false)));

        let text = copy.to_string();
        for of_bob in [
            "李大宝", "11010519900307283X", "宝宝收", "13911112222", "鲍勃路", "bobs-nickname", &bobs_order,
            &shop.wechat.openid_of("bob"),
        ] {
            assert!(!text.contains(of_bob), "{of_bob} is bob's");
        }
        for secret in [&alice.token, &alice.refresh_token, alice.refresh_token.split('.').next().unwrap()] {
            assert!(!text.contains(secret), "a copy opens no door");
        }
        shop.post("/api/v1/me/export", &alice.proof()).await.expect_problem(401, "unauthorized");
    }
}
