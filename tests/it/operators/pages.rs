//! The console's pages, as a browser without script would use them.

use std::collections::BTreeSet;

use gunpo_mall::domain::cases::{self, CaseKind, NewCase};
use gunpo_mall::domain::staff::Role;
use reqwest::Method;
use reqwest::redirect::Policy;
use serde_json::json;

use super::{Clerk, PASSWORD, hire, login};
use crate::support::{TestShop, on_both};

/// A browser that follows nothing by itself.
struct Browser<'a> {
    shop: &'a TestShop,
    http: reqwest::Client,
    cookie: String,
    /// That somebody has logged in here before.
    device: String,
}

/// What it got: status, where to go on, and the page.
struct Seen {
    status: u16,
    location: String,
    page: String,
}

impl<'a> Browser<'a> {
    fn new(shop: &'a TestShop) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { shop, http, cookie: String::new(), device: String::new() }
    }

    /// With the session of somebody who has logged in.
    fn of(clerk: &Clerk<'a>) -> Self {
        Self { cookie: format!("gunpo_operator={}", clerk.token), ..Self::new(clerk.shop) }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, None, &[]).await
    }

    /// A form of a page, with the token that stands in it.
    async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Seen {
        let token = form_token(page);
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form_token", token.as_str())]).collect();
        let body = serde_urlencoded_of(&fields);
        let origin = ("Origin", self.shop.address.as_str());
        self.send(Method::POST, action, Some(body), &[origin, ("Sec-Fetch-Site", "same-origin")]).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Seen {
        let mut request = self.http.request(method, format!("{}{path}", self.shop.address));
        let cookies = format!("{}; gunpo_operator_device={}", self.cookie, self.device);
        request = request.header("Cookie", cookies).header("Accept-Language", "en");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body);
        }
        let response = request.send().await.unwrap();
        for set in response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()) {
            assert!(set.contains("SameSite=Strict") && set.contains("Path=/admin"), "{set}");
            if let Some(token) = set.strip_prefix("gunpo_operator=") {
                assert!(set.contains("HttpOnly"), "{set}");
                let token = token.split(';').next().unwrap();
                self.cookie = if token.is_empty() { String::new() } else { format!("gunpo_operator={token}") };
            } else if let Some(token) = set.strip_prefix("gunpo_operator_device=") {
                assert!(set.contains("HttpOnly"), "{set}");
                token.split(';').next().unwrap().clone_into(&mut self.device);
            }
        }
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        let (status, location) = (response.status().as_u16(), location.unwrap_or_default());
        Seen { status, location, page: response.text().await.unwrap() }
    }
}

fn form_token(page: &str) -> String {
    let token = page.split("name=\"form_token\" value=\"").nth(1).unwrap_or_default();
    token.split('"').next().unwrap_or_default().to_owned()
}

fn serde_urlencoded_of(fields: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://x/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

async fn open_case(shop: &TestShop, kind: CaseKind, subject: &str) {
    let (case, now) = (NewCase::once(kind, subject, json!({ "total": 1 })), shop.app.clock.timestamp());
    let metrics = shop.app.metrics.clone();
    shop.app.db.write(move |tx| cases::open(tx, &metrics, &case, now)).await.unwrap();
}

on_both! {
    async fn from_the_one_time_password_to_the_orders_and_out_again(shop: &TestShop) {
        let first = hire(shop, "kim", Role::Manager).await;
        let mut browser = Browser::new(shop);
        let asked = browser.get("/admin/orders?state=paid").await;
        assert_eq!((asked.status, asked.location.as_str()), (303, "/admin/login?next=%2Fadmin%2Forders%3Fstate%3Dpaid"));
        let next = ("next", "/admin/orders?state=paid");
        let wrong = browser.submit("", "/admin/login", &[("name", "kim"), ("password", "nonsense"), next]).await;
        assert!(wrong.status == 200 && wrong.page.contains("role=\"alert\"") && browser.cookie.is_empty());
        let evil = ("next", "//evil.example/admin/");
        let login = browser.submit("", "/admin/login", &[("name", "kim"), ("password", &first), evil]).await;
        assert_eq!((login.status, login.location.as_str()), (303, "/admin/"), "it leads nowhere else");
        assert_eq!(browser.get("/admin/").await.location, "/admin/password");
        let page = browser.get("/admin/password").await.page;
        let fields = [("current_password", first.as_str()), ("new_password", "short"), next];
        let short = browser.submit(&page, "/admin/password", &fields).await;
        assert!(short.page.contains("role=\"alert\""), "{}", short.page);
        let fields = [("current_password", first.as_str()), ("new_password", PASSWORD), next];
        assert_eq!(browser.submit(&page, "/admin/password", &fields).await.location, "/admin/orders?state=paid");
        assert!(browser.get("/admin/orders").await.location.starts_with("/admin/second-factor"));
        let page = browser.get("/admin/second-factor").await.page;
        assert!(page.contains("<svg"), "a QR code");
        let secret = page.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let clerk = Clerk { shop, name: "kim".into(), token: String::new(), totp_secret: secret };
        let confirmed = browser.submit(&page, "/admin/second-factor", &[("code", &clerk.fresh_code())]).await;
        assert_eq!((confirmed.status, confirmed.location.as_str()), (303, "/admin/"));
        let today = browser.get("/admin/").await;
        assert!(today.status == 200 && today.page.contains("What waits"), "{}", today.page);
        let out = browser.submit(&today.page, "/admin/logout", &[]).await;
        assert_eq!((out.status, out.location.as_str()), (303, "/admin/login"));
        assert_eq!(browser.get("/admin/").await.status, 303);
    }

    async fn a_newcomer_is_hired_moved_shut_out_and_helped_back_by_pages(shop: &TestShop) {
        let manager = Clerk::settled(shop, "kim", Role::Manager).await;
        let mut kim = Browser::of(&manager);
        let list = kim.get("/admin/operators").await.page;
        let hired = [("name", "lee"), ("role", "picker")];
        let stopped = kim.submit(&list, "/admin/operators", &hired).await;
        assert_eq!(stopped.location, "/admin/step-up?next=%2Fadmin%2Foperators", "an account wants the code once more");
        manager.step_up().await;
        let made = kim.submit(&list, "/admin/operators", &hired).await.page;
        let first = made.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        login(shop, "lee", &first, None).await.expect(200);
        assert!(!kim.get("/admin/operators").await.page.contains(&first), "it is shown once");
        assert_eq!(kim.submit(&list, "/admin/operators", &hired).await.status, 409, "the name is taken");
        let change = "/admin/operators/lee/change";
        let moved = [("role", "service"), ("reason", "talks with buyers now")];
        assert_eq!(kim.submit(&list, change, &moved).await.location, "/admin/operators/lee");
        let shut_out = [("disabled", "true"), ("reason", "has left the city")];
        assert_eq!(kim.submit(&list, change, &shut_out).await.status, 303);
        assert!(kim.get("/admin/operators/lee").await.page.contains("disabled"));
        login(shop, "lee", &first, None).await.expect(401);
        kim.submit(&list, change, &[("disabled", "false"), ("reason", "is back")]).await;
        let again = kim.submit(&list, "/admin/operators/lee/reset", &[("reason", "phone lost")]).await.page;
        let second = again.split("<code>").nth(1).unwrap().split('<').next().unwrap();
        login(shop, "lee", second, None).await.expect(200);
        let own = [("disabled", "true"), ("reason", "a mistake")];
        assert_eq!(kim.submit(&list, "/admin/operators/kim/change", &own).await.status, 403);
        let log = kim.get("/admin/audit?object_id=lee").await.page;
        for action in ["added", "role_changed", "disabled", "enabled", "reset"] {
            assert_eq!(log.matches(&format!("<code>operator.{action}<")).count(), 1, "{action}: {log}");
        }
    }

    async fn strangers_who_guess_keep_nobody_out_of_a_browser_that_is_known(shop: &TestShop) {
        let clerk = Clerk::settled(shop, "kim", Role::Manager).await;
        let (mut known, mut other) = (Browser::new(shop), Browser::new(shop));
        let code = clerk.fresh_code();
        let login = [("name", "kim"), ("password", PASSWORD), ("totp", code.as_str())];
        assert_eq!(known.submit("", "/admin/login", &login).await.status, 303);
        let page = known.get("/admin/sessions").await.page;
        assert!(page.contains("this one") && page.contains("another"), "{page}");
        assert_eq!(known.submit(&page, "/admin/sessions", &[]).await.status, 303);
        assert!(!known.get("/admin/sessions").await.page.contains("another"), "the other one has ended");
        known.submit(&page, "/admin/logout", &[]).await;
        let code = clerk.fresh_code();
        for _ in 0..8 {
            other.submit("", "/admin/login", &[("name", "kim"), ("password", "a guess of a stranger")]).await;
        }
        let login = [("name", "kim"), ("password", PASSWORD), ("totp", code.as_str())];
        assert_eq!(other.submit("", "/admin/login", &login).await.status, 200, "the page says: wait");
        assert_eq!(known.submit("", "/admin/login", &login).await.status, 303);
        let long = "x".repeat(600);
        let refused = other.submit("", "/admin/login", &[("name", &long), ("password", "y")]).await.page;
        assert!(refused.contains("64"), "a name of 600 letters is refused before anybody looks for it: {refused}");
    }

    async fn a_case_is_taken_decided_once_and_leaves_its_audit_lines(shop: &TestShop) {
        open_case(shop, CaseKind::RefundFailed, "R-1").await;
        let mut kim = Browser::of(&Clerk::settled(shop, "kim", Role::Finance).await);
        let list = kim.get("/admin/cases").await.page;
        assert!(list.contains("R-1"), "{list}");
        let case = list.split("href=\"/admin/cases/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let path = format!("/admin/cases/{case}");
        let page = kim.get(&path).await.page;
        assert_eq!(kim.submit(&page, &format!("{path}/take"), &[]).await.location, path);
        assert!(kim.get(&path).await.page.contains("<dd>kim</dd>"));
        let close = format!("{path}/close");
        let good = [("decision", "dealt_with"), ("note", "refunded by bank transfer, buyer agrees")];
        let missing = kim.submit(&page, &close, &[("decision", "dealt_with"), ("note", "ok")]).await;
        assert_eq!(missing.status, 400, "{}", missing.page);
        assert_eq!(kim.submit(&page, &close, &good).await.location, "/admin/cases");
        assert_eq!(kim.submit(&page, &close, &good).await.status, 409, "somebody closed it before");
        assert!(!kim.get("/admin/cases").await.page.contains("R-1"));
        assert!(kim.get("/admin/cases?closed=true").await.page.contains("R-1"));
        assert!(kim.get(&path).await.page.contains("buyer agrees"));
        let lee = Clerk::settled(shop, "lee", Role::Auditor).await;
        let log = shop.send(Method::GET, "/admin/v1/audit?actor=operator:kim", &lee.token, None, None).await.expect(200);
        let actions: Vec<&str> = log["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
        assert_eq!(actions.iter().filter(|action| **action == "case.closed").count(), 1, "{actions:?}");
        assert!(actions.contains(&"case.taken"), "{actions:?}");
    }

    async fn a_consignee_is_shown_after_a_code_and_a_reason(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order_no = alice.order("red-ginseng-stick", 1).await;
        alice.pay(&order_no).await;
        shop.deliver().await;
        let clerk = Clerk::settled(shop, "kim", Role::Service).await;
        let mut kim = Browser::of(&clerk);
        let path = format!("/admin/orders/{order_no}");
        let page = kim.get(&path).await.page;
        assert!(page.contains("138****8000") && !page.contains("13800138000"), "{page}");
        let reveal = format!("{path}/reveal");
        let reason = [("reason", "buyer asks where the parcel is")];
        let stopped = kim.submit(&page, &reveal, &reason).await;
        assert_eq!(stopped.location, format!("/admin/step-up?next=%2Fadmin%2Forders%2F{order_no}"));
        let step_up = kim.get(&stopped.location).await.page;
        let next = ("next", path.as_str());
        assert_eq!(kim.submit(&step_up, "/admin/step-up", &[("totp", &clerk.fresh_code()), next]).await.location, path);
        assert_eq!(kim.submit(&page, &reveal, &[("reason", "x")]).await.status, 400);
        assert!(kim.submit(&page, &reveal, &reason).await.page.contains("13800138000"));
    }

    async fn a_form_of_another_site_or_of_another_session_does_nothing(shop: &TestShop) {
        open_case(shop, CaseKind::RefundFailed, "R-1").await;
        let mut kim = Browser::of(&Clerk::settled(shop, "kim", Role::Manager).await);
        let mut lee = Browser::of(&Clerk::settled(shop, "lee", Role::Manager).await);
        let (own, others) = (kim.get("/admin/cases").await.page, lee.get("/admin/cases").await.page);
        let path = format!("/admin/cases/{}", own.split("href=\"/admin/cases/").nth(1).unwrap().split('"').next().unwrap());
        let body = || Some(format!("form_token={}", form_token(&own)));
        let take = format!("{path}/take");
        for header in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")] {
            assert_eq!(kim.send(Method::POST, &take, body(), &[header]).await.status, 403, "{header:?}");
        }
        assert_eq!(kim.submit(&others, &take, &[]).await.status, 403, "the token of another session");
        assert_eq!(kim.submit("", &take, &[]).await.status, 403, "none");
        assert!(!kim.get(&path).await.page.contains("<dd>kim</dd>"));
        // The API does not look at the cookie, so no form can reach it.
        assert_eq!(kim.get("/admin/v1/cases").await.status, 401);
        assert_eq!(kim.submit(&own, &take, &[]).await.status, 303);
    }

    async fn every_page_asks_for_a_login_and_for_what_the_role_may(shop: &TestShop) {
        let mut picker = Browser::of(&Clerk::settled(shop, "pak", Role::Picker).await);
        let mut nobody = Browser::new(shop);
        let open: BTreeSet<&str> = ["/admin", "/admin/console.css", "/admin/icon.svg", "/admin/language/{lang}", "/admin/login", "/admin/logout"].into();
        let own = ["/admin/sessions", "/admin/password", "/admin/second-factor", "/admin/step-up"];
        for (method, path) in gunpo_mall::http::PAGES.iter().filter(|(_, path)| !open.contains(path)) {
            let filled = path.replace("{order_no}", "20261201f0xvxjvnemmbd9").replace("{case_id}", "1").replace("{job_id}", "1").replace("{name}", "lee");
            let page = picker.get("/admin/password").await.page;
            let (stranger, inside) = if *method == "get" {
                (nobody.get(&filled).await, picker.get(&filled).await)
            } else {
                let fields = [("reason", "a good reason"), ("decision", "dealt_with"), ("note", "a good note"), ("role", "picker"), ("name", "lee")];
                (nobody.submit("", &filled, &fields).await, picker.submit(&page, &filled, &fields).await)
            };
            let asked_for_login = stranger.status == 303 && stranger.location.starts_with("/admin/login");
            assert!(asked_for_login, "{method} {path}: {} {}", stranger.status, stranger.location);
            if !own.contains(path) {
                assert_eq!(inside.status, 403, "{method} {path}: a picker may nothing of it");
                assert!(inside.page.contains("/admin/logout"), "{method} {path}: and gets out again");
            }
        }
    }

    async fn what_is_shown_is_text_in_the_language_that_was_chosen(shop: &TestShop) {
        open_case(shop, CaseKind::NotifyMalformed, "<script>alert(1)</script>").await;
        let mut kim = Browser::of(&Clerk::settled(shop, "kim", Role::Manager).await);
        let page = kim.get("/admin/cases").await.page;
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
        let session = kim.cookie.clone();
        kim.cookie = format!("{session}; gunpo_language=ko");
        assert!(kim.get("/admin/cases").await.page.contains("확인할 건"));
        kim.cookie = format!("{session}; gunpo_language=zh");
        assert!(kim.get("/admin/cases").await.page.contains("案件"));
    }
}
