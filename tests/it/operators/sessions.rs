use std::time::Duration;

use gunpo_mall::domain::staff::{CACHED, Role, service};
use gunpo_mall::platform::audit::{Entry, Peer};
use reqwest::Method;
use serde_json::json;

use super::{Clerk, PASSWORD, login, token};
use crate::support::on_both;

const DISABLE: &str = "operator.disabled";

on_both! {
    async fn a_disabled_operator_is_out_with_the_next_request(shop: &TestShop) {
        let manager = Clerk::settled(shop, "kim", Role::Manager).await;
        let lee = Clerk::settled(shop, "lee", Role::Auditor).await;
        lee.get("/admin/v1/orders").await.expect(200);
        let body = json!({ "disabled": true, "reason": "has left" });
        manager.patch("/admin/v1/operators/lee", &body).await.expect_problem(403, "step_up_required");
        manager.step_up().await;
        assert_eq!(manager.patch("/admin/v1/operators/lee", &body).await.status, 204);
        for path in ["/admin/v1/me", "/admin/v1/orders", "/admin/v1/audit"] {
            lee.get(path).await.expect_problem(401, "unauthorized");
        }
        for path in ["/admin/v1/auth/logout", "/admin/v1/auth/totp"] {
            lee.post(path, &json!({})).await.expect_problem(401, "unauthorized");
        }
    }

    async fn a_demoted_operator_keeps_nothing_of_the_old_role(shop: &TestShop) {
        let manager = Clerk::settled(shop, "kim", Role::Manager).await;
        let mut lee = Clerk::settled(shop, "lee", Role::Manager).await;
        lee.get("/admin/v1/operators").await.expect(200);
        manager.step_up().await;
        let body = json!({ "role": "finance", "reason": "moves to finance" });
        assert_eq!(manager.patch("/admin/v1/operators/lee", &body).await.status, 204);
        lee.get("/admin/v1/operators").await.expect_problem(401, "unauthorized");
        lee.login_again().await;
        lee.get("/admin/v1/operators").await.expect_problem(403, "forbidden");
        lee.get("/admin/v1/orders").await.expect(200);
    }

    async fn a_new_password_ends_the_old_token(shop: &TestShop) {
        let kim = Clerk::settled(shop, "kim", Role::Auditor).await;
        kim.get("/admin/v1/orders").await.expect(200);
        let body = json!({ "current_password": PASSWORD, "new_password": "another good password" });
        let renewed = kim.post("/admin/v1/auth/password", &body).await.expect(200);
        kim.get("/admin/v1/orders").await.expect_problem(401, "unauthorized");
        let token = token(&renewed);
        shop.send(Method::GET, "/admin/v1/orders", &token, None, None).await.expect(200);
        let wrong = json!({ "current_password": "not it at all", "new_password": "yet another password" });
        let refused = shop.send(Method::POST, "/admin/v1/auth/password", &token, None, Some(&wrong)).await;
        refused.expect_problem(401, "invalid_credentials");
    }

    async fn a_reset_takes_password_and_second_factor(shop: &TestShop) {
        let manager = Clerk::settled(shop, "kim", Role::Manager).await;
        let lee = Clerk::settled(shop, "lee", Role::Service).await;
        manager.step_up().await;
        let reset = manager.post("/admin/v1/operators/lee/reset", &json!({ "reason": "lost the phone" })).await.expect(200);
        lee.get("/admin/v1/me").await.expect_problem(401, "unauthorized");
        let code = lee.fresh_code();
        login(shop, "lee", PASSWORD, Some(&code)).await.expect_problem(401, "invalid_credentials");
        let first = reset["one_time_password"].as_str().unwrap();
        let begun = login(shop, "lee", first, None).await.expect(200);
        assert_eq!((&begun["must_change_password"], &begun["must_enrol_totp"]), (&json!(true), &json!(true)));
    }

    async fn what_another_node_disabled_is_out_within_five_seconds(shop: &TestShop) {
        let lee = Clerk::settled(shop, "lee", Role::Auditor).await;
        lee.get("/admin/v1/orders").await.expect(200);
        let by = Entry::new("console:test", DISABLE, Peer::Console);
        let now = shop.app.clock.timestamp();
        // Straight into the database: this node is not told.
        shop.app.db.write(move |tx| service::set_disabled(tx, "lee", true, &by, now)).await.unwrap();
        tokio::time::sleep(CACHED + Duration::from_millis(200)).await;
        lee.get("/admin/v1/orders").await.expect_problem(401, "unauthorized");
    }

    async fn a_session_ends_by_idleness_and_by_age(shop: &TestShop) {
        let mut kim = Clerk::settled(shop, "kim", Role::Auditor).await;
        shop.advance_s(28 * 60);
        kim.get("/admin/v1/me").await.expect(200);
        shop.advance_s(31 * 60);
        kim.get("/admin/v1/me").await.expect_problem(401, "unauthorized");
        kim.login_again().await;
        for _ in 0..35 {
            shop.advance_s(20 * 60);
            kim.get("/admin/v1/me").await.expect(200);
        }
        shop.advance_s(20 * 60);
        kim.get("/admin/v1/me").await.expect_problem(401, "unauthorized");
    }

    async fn a_logout_ends_the_session_and_no_other(shop: &TestShop) {
        let mut kim = Clerk::settled(shop, "kim", Role::Auditor).await;
        let first = kim.token.clone();
        kim.login_again().await;
        assert_eq!(kim.post("/admin/v1/auth/logout", &json!({})).await.status, 204);
        kim.get("/admin/v1/me").await.expect_problem(401, "unauthorized");
        shop.send(Method::GET, "/admin/v1/me", &first, None, None).await.expect(200);
    }

    async fn whoever_left_a_browser_open_sees_it_and_ends_it(shop: &TestShop) {
        let mut kim = Clerk::settled(shop, "kim", Role::Picker).await;
        let forgotten = kim.token.clone();
        shop.advance_s(60);
        kim.login_again().await;
        let seen = kim.get("/admin/v1/auth/sessions").await.expect(200);
        let here: Vec<_> = seen["items"].as_array().unwrap().iter().map(|session| session["is_this"].as_bool().unwrap()).collect();
        assert_eq!((here[0], here.len() >= 2), (true, true), "{seen}");
        assert_eq!(kim.post("/admin/v1/auth/sessions/end-others", &json!({})).await.status, 204);
        shop.send(reqwest::Method::GET, "/admin/v1/me", &forgotten, None, None).await.expect_problem(401, "unauthorized");
        assert_eq!(kim.get("/admin/v1/auth/sessions").await.expect(200)["items"].as_array().unwrap().len(), 1);
    }

    async fn a_manager_does_not_lock_everybody_out(shop: &TestShop) {
        let manager = Clerk::settled(shop, "kim", Role::Manager).await;
        manager.step_up().await;
        let leave = json!({ "disabled": true, "reason": "by mistake" });
        manager.patch("/admin/v1/operators/kim", &leave).await.expect_problem(403, "forbidden");
        let demote = json!({ "role": "picker", "reason": "by mistake" });
        manager.patch("/admin/v1/operators/kim", &demote).await.expect_problem(403, "forbidden");
        manager.patch("/admin/v1/operators/nobody", &demote).await.expect_problem(404, "not_found");
        let taken = json!({ "name": "kim", "role": "picker" });
        manager.post("/admin/v1/operators", &taken).await.expect_problem(409, "wrong_state");
        let made = manager.post("/admin/v1/operators", &json!({ "name": "lee", "role": "picker" })).await.expect(201);
        login(shop, "lee", made["one_time_password"].as_str().unwrap(), None).await.expect(200);
        let listed = manager.get("/admin/v1/operators").await.expect(200);
        let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["kim", "lee"]);
    }
}
