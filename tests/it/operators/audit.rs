use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use gunpo_mall::base::db::schema::{audit_log, operators};
use gunpo_mall::domain::cases;
use gunpo_mall::domain::staff::Role;
use serde_json::json;

use super::{Clerk, PASSWORD, login};
use crate::support::on_both;

const PRODUCT: &str = "red-ginseng-stick";
/// Of every test buyer's consignee.
const CANARIES: [&str; 3] = ["13800138000", "王小明", "世纪大道"];

/// The texts of an entry.
type Words = (String, Option<String>, Option<String>, Option<String>);

on_both! {
    async fn lists_and_details_of_orders_name_nobody(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order(PRODUCT, 2).await;
        alice.pay(&order_no).await;
        shop.deliver().await;
        let other = alice.order(PRODUCT, 1).await;
        let kim = Clerk::settled(shop, "kim", Role::Service).await;

        let list = kim.get("/admin/v1/orders").await.expect(200);
        let numbers: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["order_no"].as_str().unwrap()).collect();
        assert_eq!(numbers, [other.as_str(), order_no.as_str()]);
        assert_eq!(list["items"][0]["consignee"]["phone"], "138****8000");
        let paid = kim.get("/admin/v1/orders?state=paid").await.expect(200);
        assert_eq!((paid["items"].as_array().unwrap().len(), &paid["items"][0]["order_no"]), (1, &json!(order_no)));
        let found = kim.get(&format!("/admin/v1/orders?q={other}")).await.expect(200);
        assert_eq!((found["items"].as_array().unwrap().len(), &found["items"][0]["order_no"]), (1, &json!(other)));
        assert_eq!(kim.get("/admin/v1/orders?q=%25").await.expect(200)["items"], json!([]));
        let first = kim.get("/admin/v1/orders?limit=1").await.expect(200);
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = kim.get(&format!("/admin/v1/orders?limit=1&cursor={cursor}")).await.expect(200);
        assert_eq!((&second["items"][0]["order_no"], &second["next_cursor"]), (&json!(order_no), &json!(null)));

        let detail = kim.get(&format!("/admin/v1/orders/{order_no}")).await.expect(200);
        assert_eq!((&detail["payment"]["state"], &detail["timeline"][1]["kind"]), (&json!("paid"), &json!("paid")));
        assert_eq!((&detail["lines"][0]["quantity"], &detail["refunds"]), (&json!(2), &json!([])));
        let text = format!("{list}{detail}");
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary}");
        }
        for secret in ["prepay", "openid", "request\"", "sealed"] {
            assert!(!text.contains(secret), "{secret}");
        }
        kim.get("/admin/v1/orders/20260101zzzzzzzzzzzzzz").await.expect_problem(404, "not_found");
    }

    async fn who_tries_what_is_not_his_is_written_down(shop: &TestShop) {
        let pit = Clerk::settled(shop, "pit", Role::Picker).await;
        for _ in 0..20 {
            pit.get("/admin/v1/operators").await.expect_problem(403, "forbidden");
        }
        let log = Clerk::settled(shop, "audrey", Role::Auditor).await.get("/admin/v1/audit?actor=operator:pit").await.expect(200);
        let refused: Vec<_> = log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "operator.refused").collect();
        assert_eq!(refused.len(), 1, "{log}");
        assert!(refused[0]["detail"].as_str().unwrap().contains("operators"), "{log}");
    }

    async fn a_consignee_is_shown_after_a_step_up_for_a_reason_and_written_down(shop: &TestShop) {
        let order_no = shop.buyer("alice").await.order(PRODUCT, 1).await;
        let kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let path = format!("/admin/v1/orders/{order_no}/reveal");
        let body = json!({ "reason": "buyer asks where it is" });
        kim.post(&path, &body).await.expect_problem(403, "step_up_required");
        let wrong = json!({ "password": "not it at all" });
        kim.post("/admin/v1/auth/step-up", &wrong).await.expect_problem(401, "invalid_credentials");
        kim.post(&path, &body).await.expect_problem(403, "step_up_required");
        assert_eq!(kim.post("/admin/v1/auth/step-up", &json!({ "password": PASSWORD })).await.status, 204);
        kim.post(&path, &json!({ "reason": "x" })).await.expect_problem(400, "invalid_request");
        kim.post(&path, &json!({})).await.expect_problem(400, "invalid_request");
        assert!(kim.audited(&order_no).await.is_empty(), "nothing was shown yet");

        let shown = kim.post(&path, &body).await.expect(200);
        assert_eq!((&shown["phone"], &shown["name"]), (&json!(CANARIES[0]), &json!(CANARIES[1])));
        let log = kim.audited(&order_no).await;
        assert_eq!(log.len(), 1);
        let entry = &log[0];
        assert_eq!((&entry["actor"], &entry["action"]), (&json!("operator:kim"), &json!("order.revealed")));
        assert_eq!((&entry["peer"], &entry["reason"]), (&json!("127.0.0.1"), &body["reason"]));
        assert_eq!((&entry["object_kind"], &entry["object_id"]), (&json!("order"), &json!(order_no)));

        shop.advance_s(299);
        kim.post(&path, &body).await.expect(200);
        shop.advance_s(2);
        kim.post(&path, &body).await.expect_problem(403, "step_up_required");
        assert_eq!(kim.audited(&order_no).await.len(), 2);
    }

    async fn no_operator_is_shown_a_whole_table_of_consignees(shop: &TestShop) {
        let order_no = shop.buyer("alice").await.order(PRODUCT, 1).await;
        let mut kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let path = format!("/admin/v1/orders/{order_no}/reveal");
        let body = json!({ "reason": "buyer asks where it is" });
        kim.step_up().await;
        for _ in 0..40 {
            kim.post(&path, &body).await.expect(200);
        }
        for _ in 0..3 {
            kim.post(&path, &body).await.expect_problem(429, "too_many_requests");
        }
        assert_eq!(kim.audited(&order_no).await.len(), 40);
        let open = shop.app.db.read(|rx| cases::list_open(rx)).await.unwrap();
        assert_eq!((open.len(), open[0].kind.as_str(), open[0].subject.as_str()), (1, "revealed_often", "kim"));
        // Another hour, another telephone.
        shop.advance_s(3_601);
        kim.login_again().await;
        kim.step_up().await;
        kim.post(&path, &body).await.expect(200);
    }

    async fn nobody_tidies_up_the_audit_log(shop: &TestShop) {
        let kim = Clerk::settled(shop, "kim", Role::Auditor).await;
        let before = kim.get("/admin/v1/audit").await.expect(200);
        assert!(before["items"].as_array().unwrap().len() >= 3, "{before}");
        let replace = "INSERT OR REPLACE INTO audit_log (id, at, actor, action, peer) VALUES (1, '2026-01-01', 'x', 'x', 'x')";
        let mut attempts = vec![
            "UPDATE audit_log SET actor = 'somebody'",
            "UPDATE audit_log SET reason = 'none' WHERE id = 1",
            "DELETE FROM audit_log",
            "DELETE FROM audit_log WHERE id = 1",
        ];
        match shop.app.db.backend_name() {
            "sqlite" => attempts.push(replace),
            _ => attempts.push("TRUNCATE audit_log"),
        }
        for sql in attempts {
            let tried = shop.app.db.write(move |tx| Ok(tx.batch_execute(sql)?)).await;
            assert!(tried.unwrap_err().to_string().contains("append-only"), "{sql}");
        }
        assert_eq!(kim.get("/admin/v1/audit").await.expect(200), before);
        for method in [reqwest::Method::POST, reqwest::Method::DELETE, reqwest::Method::PATCH] {
            let answer = shop.send(method, "/admin/v1/audit", &kim.token, None, Some(&json!({}))).await;
            answer.expect_problem(405, "method_not_allowed");
        }
    }

    async fn the_log_tells_of_every_login_and_holds_no_secret(shop: &TestShop) {
        let manager = Clerk::settled(shop, "kim", Role::Manager).await;
        let lee = Clerk::settled(shop, "lee", Role::Service).await;
        login(shop, "lee", "canary-wrong-password", None).await.expect_problem(401, "invalid_credentials");
        login(shop, "canary-typed-into-the-name", "x", None).await.expect_problem(401, "invalid_credentials");
        manager.step_up().await;
        let body = json!({ "disabled": true, "reason": "has left" });
        assert_eq!(manager.patch("/admin/v1/operators/lee", &body).await.status, 204);

        let about = |log: Vec<serde_json::Value>| -> Vec<String> {
            log.iter().map(|entry| format!("{} {}", entry["actor"].as_str().unwrap(), entry["action"].as_str().unwrap())).collect()
        };
        let log = manager.audited("lee").await;
        assert_eq!((&log[0]["reason"], &log[1]["detail"]), (&json!("has left"), &json!("wrong password")));
        let told = ["operator:kim operator.disabled", "nobody operator.login_failed", "console:test operator.added"];
        assert_eq!(about(log), told);
        let own = manager.get("/admin/v1/audit?actor=operator:lee&limit=100").await.expect(200);
        let told = ["operator.totp_enrolled", "operator.password_changed", "operator.logged_in"];
        assert_eq!(about(own["items"].as_array().unwrap().clone()), told.map(|action| format!("operator:lee {action}")));

        let page = manager.get("/admin/v1/audit?limit=2").await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = manager.get(&format!("/admin/v1/audit?limit=2&cursor={cursor}")).await.expect(200);
        let id = |value: &serde_json::Value| value["id"].as_str().unwrap().parse::<i64>().unwrap();
        assert!(id(&page["items"][1]) > id(&next["items"][0]));

        let stored = shop.app.db.read(|rx| {
            let accounts: Vec<(String, Option<Vec<u8>>)> =
                operators::table.order(operators::id).select((operators::password_hash, operators::totp_sealed)).load(rx.conn())?;
            let log: Vec<Words> = audit_log::table
                .order(audit_log::id)
                .select((audit_log::actor, audit_log::object_id, audit_log::reason, audit_log::detail))
                .load(rx.conn())?;
            let accounts = accounts.iter().map(|(hash, sealed)| (hash, String::from_utf8_lossy(sealed.as_deref().unwrap_or_default())));
            Ok(format!("{log:?} {:?}", accounts.collect::<Vec<_>>()))
        });
        let stored = stored.await.unwrap();
        assert!(stored.contains("$argon2id$"));
        for secret in [PASSWORD, lee.totp_secret.as_str(), manager.totp_secret.as_str(), "canary"] {
            assert!(!stored.contains(secret), "{secret}");
        }
    }
}
