use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gunpo_mall::domain::staff::Role;
use serde_json::{Value, json};

use super::{Clerk, PASSWORD, hire, login, token};
use crate::support::{Answer, TestShop, on_both};

/// A login that says it came from somewhere else.
async fn forged(shop: &TestShop, name: &str, password: &str, forwarded_for: &str) -> u16 {
    let body = json!({ "name": name, "password": password }).to_string();
    let request = shop.http.post(format!("{}/admin/v1/auth/login", shop.address));
    let request = request.header("X-Forwarded-For", forwarded_for).header("Content-Type", "application/json");
    request.body(body).send().await.unwrap().status().as_u16()
}

/// What a stranger can tell two answers apart by.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    let members = body.as_object_mut().unwrap();
    members.remove("trace_id");
    members.remove("retry_after_s");
    (answer.status, body)
}

on_both! {
    async fn an_office_that_brings_its_codes_in_a_second_step_is_never_locked_out(shop: &TestShop) {
        let kim = Clerk::settled(shop, "kim", Role::Service).await;
        for round in 0..60 {
            shop.advance_s(8 * 60);
            login(shop, "kim", PASSWORD, None).await.expect_problem(401, "totp_required");
            shop.advance_s(31);
            let code = kim.code();
            let answer = login(shop, "kim", PASSWORD, Some(&code)).await;
            assert_eq!(answer.status, 200, "login {round}: {answer:?}");
        }
    }

    async fn a_stranger_who_guesses_does_not_keep_a_manager_from_stepping_up(shop: &TestShop) {
        let mo = Clerk::settled(shop, "mo", Role::Manager).await;
        for _ in 0..8 {
            login(shop, "mo", "a guess of a stranger", None).await;
        }
        login(shop, "mo", PASSWORD, Some(&mo.code())).await.expect_problem(429, "too_many_requests");
        let asked = json!({ "password": PASSWORD });
        assert_eq!(mo.post("/admin/v1/auth/step-up", &asked).await.status, 204);
    }

    async fn a_manager_with_a_known_device_gets_in_whatever_strangers_try(shop: &TestShop) {
        let mo = Clerk::settled(shop, "mo", Role::Manager).await;
        let begun = login(shop, "mo", PASSWORD, Some(&mo.fresh_code())).await.expect(200);
        let device = begun["device_token"].clone();
        let on_device = async |password: &str, code: Option<String>| {
            let asked = json!({ "name": "mo", "password": password, "totp": code, "device_token": device });
            shop.post("/admin/v1/auth/login", &asked).await
        };
        // One guess each quarter of an hour, as soon as the wait is over, for two hours.
        for _ in 0..8 {
            for _ in 0..6 {
                login(shop, "mo", "a guess of a stranger", None).await;
            }
            login(shop, "mo", PASSWORD, Some(&mo.code())).await.expect_problem(429, "too_many_requests");
            shop.advance_s(15 * 60);
        }
        login(shop, "mo", "a guess of a stranger", None).await;
        on_device(PASSWORD, Some(mo.code())).await.expect(200);
        // The device opens nothing by itself, is nobody else's, and is no way to guess for free.
        let others = json!({ "name": "kim", "password": PASSWORD, "device_token": device });
        assert!([401, 429].contains(&shop.post("/admin/v1/auth/login", &others).await.status), "somebody else");
        for _ in 0..5 {
            on_device("a guess of a thief", None).await.expect_problem(401, "invalid_credentials");
        }
        on_device(PASSWORD, Some(mo.code())).await.expect_problem(429, "too_many_requests");
    }

    async fn a_first_password_opens_nothing_but_its_own_change(shop: &TestShop) {
        let first = hire(shop, "kim", Role::Manager).await;
        let begun = login(shop, "kim", &first, None).await.expect(200);
        assert_eq!((&begun["must_change_password"], &begun["must_enrol_totp"]), (&json!(true), &json!(true)));
        let mut kim = Clerk { shop, name: "kim".into(), token: token(&begun), totp_secret: String::new() };
        kim.get("/admin/v1/orders").await.expect_problem(403, "password_change_required");
        kim.post("/admin/v1/auth/totp", &json!({})).await.expect_problem(403, "password_change_required");
        let weak = json!({ "current_password": first, "new_password": "kim-kim-kim-kim" });
        kim.post("/admin/v1/auth/password", &weak).await.expect_problem(400, "invalid_request");
        let same = json!({ "current_password": first, "new_password": first });
        kim.post("/admin/v1/auth/password", &same).await.expect_problem(400, "invalid_request");

        let before = kim.token.clone();
        kim = kim.with_password(&first).await;
        let old = shop.send(reqwest::Method::GET, "/admin/v1/me", &before, None, None).await;
        old.expect_problem(401, "unauthorized");
        kim.get("/admin/v1/orders").await.expect_problem(403, "totp_enrolment_required");
        let shown = kim.post("/admin/v1/auth/totp", &json!({})).await.expect(200);
        assert!(shown["otpauth_uri"].as_str().unwrap().starts_with("otpauth://totp/Gunpo%20Mall:kim?secret="));
        kim.totp_secret = shown["secret"].as_str().unwrap().to_owned();
        kim.post("/admin/v1/auth/totp/confirm", &json!({ "code": "000000" })).await.expect_problem(400, "invalid_request");
        let code = kim.code();
        assert_eq!(kim.post("/admin/v1/auth/totp/confirm", &json!({ "code": code })).await.status, 204);
        kim.get("/admin/v1/orders").await.expect(200);
        kim.post("/admin/v1/auth/totp", &json!({})).await.expect_problem(409, "wrong_state");

        login(shop, "kim", &first, None).await.expect_problem(401, "invalid_credentials");
        login(shop, "kim", PASSWORD, None).await.expect_problem(401, "totp_required");
        login(shop, "kim", PASSWORD, Some("000000")).await.expect_problem(401, "invalid_credentials");
        kim.login_again().await;
        kim.get("/admin/v1/orders").await.expect(200);
    }

    async fn a_first_password_that_nobody_used_in_three_days_is_dead(shop: &TestShop) {
        let first = hire(shop, "kim", Role::Service).await;
        shop.advance_s(72 * 3600 + 1);
        login(shop, "kim", &first, None).await.expect_problem(401, "invalid_credentials");
    }

    async fn a_thousand_guesses_with_forged_addresses_are_a_handful(shop: &TestShop) {
        let kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let mut tried = 0;
        for number in 0..1000_u32 {
            let from = format!("203.0.{}.{}", number / 250, number % 250);
            tried += u32::from(forged(shop, "kim", &format!("guess-{number}"), &from).await == 401);
        }
        assert!((5..=20).contains(&tried), "{tried} guesses were looked at");
        // However long all that took: one more guess, and a wait has just begun.
        shop.advance_s(900);
        assert_eq!(forged(shop, "kim", "guess", "203.0.113.9").await, 401);
        let code = kim.code();
        let answer = login(shop, "kim", PASSWORD, Some(&code)).await;
        let wait = answer.headers.get("retry-after").cloned();
        answer.expect_problem(429, "too_many_requests");
        let wait: u64 = wait.unwrap().to_str().unwrap().parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        shop.advance_s(900);
        let code = kim.fresh_code();
        login(shop, "kim", PASSWORD, Some(&code)).await.expect(200);
    }

    async fn guesses_that_come_together_do_not_outrun_the_wait(shop: &TestShop) {
        let _kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let guesses = (0..18).map(|number| async move { login(shop, "kim", &format!("guess-{number}"), None).await.status });
        let answers = join_all(guesses).await;
        let tried = answers.iter().filter(|status| **status == 401).count();
        let refused = answers.iter().filter(|status| **status == 429).count();
        assert!((1..=7).contains(&tried) && tried + refused == 18, "{answers:?}");
    }

    async fn one_password_on_many_names_is_slowed_down_by_its_address(shop: &TestShop) {
        let mut looked_at = 0;
        for number in 0..200 {
            looked_at += u32::from(forged(shop, &format!("clerk{number}"), "Spring2026!", "198.51.100.7").await == 401);
        }
        assert!((20..=25).contains(&looked_at), "{looked_at}");
    }

    async fn an_unknown_name_is_answered_like_a_known_one(shop: &TestShop) {
        let _kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let mut fastest = [Duration::MAX; 2];
        for _ in 0..7 {
            let mut answers = Vec::new();
            for (at, name) in ["kim", "lee"].into_iter().enumerate() {
                let began = Instant::now();
                let answer = login(shop, name, "wrong password", None).await;
                if answer.status == 401 {
                    fastest[at] = fastest[at].min(began.elapsed());
                }
                answers.push(told(&answer));
            }
            assert_eq!(answers[0], answers[1]);
        }
        let [known, unknown] = fastest;
        // Without the hash an answer comes some fifteen times sooner; a busy machine alone doubles one.
        assert!(known < unknown * 4 && unknown < known * 4, "known {known:?}, unknown {unknown:?}");
    }

    async fn a_disabled_account_is_answered_like_a_wrong_password(shop: &TestShop) {
        let manager = Clerk::settled(shop, "kim", Role::Manager).await;
        let lee = Clerk::settled(shop, "lee", Role::Service).await;
        manager.step_up().await;
        let body = json!({ "disabled": true, "reason": "has left" });
        assert_eq!(manager.patch("/admin/v1/operators/lee", &body).await.status, 204);
        let code = lee.fresh_code();
        let disabled = login(shop, "lee", PASSWORD, Some(&code)).await;
        let wrong = login(shop, "lee", "wrong password", Some(&code)).await;
        assert_eq!(told(&disabled), told(&wrong));
        let enabled = json!({ "disabled": false, "reason": "is back" });
        assert_eq!(manager.patch("/admin/v1/operators/lee", &enabled).await.status, 204);
        let code = lee.fresh_code();
        login(shop, "lee", PASSWORD, Some(&code)).await.expect(200);
    }

    async fn a_code_is_good_once(shop: &TestShop) {
        let kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let used = kim.fresh_code();
        login(shop, "kim", PASSWORD, Some(&used)).await.expect(200);
        login(shop, "kim", PASSWORD, Some(&used)).await.expect_problem(401, "invalid_credentials");
        kim.post("/admin/v1/auth/step-up", &json!({ "totp": used })).await.expect_problem(401, "invalid_credentials");
        let code = kim.fresh_code();
        let both = join_all([(); 3].map(|()| login(shop, "kim", PASSWORD, Some(&code)))).await;
        let let_in = both.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(let_in, 1, "{both:?}");
        // An older code that was not used is not newer than the one that was.
        shop.advance_s(30);
        let older = kim.code();
        let newer = kim.fresh_code();
        login(shop, "kim", PASSWORD, Some(&newer)).await.expect(200);
        login(shop, "kim", PASSWORD, Some(&older)).await.expect_problem(401, "invalid_credentials");
    }
}
