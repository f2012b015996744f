//! Who may call what: every operation of the API document, called by everybody there is. The policies stand in one table
//! (`matrix/policies.rs`); an operation that is not in it fails, and so does a line without an operation.

mod actors;
mod policies;

use std::collections::BTreeSet;
use std::io::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestShop, on_both};
use actors::{ACTORS, Cast, Things, Who};
use policies::{ANYTHING, BESIDE_THE_DOCUMENT, POLICIES, Policy, Row};

/// What an actor is answered.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// The operation does what it is for.
    Served,
    /// This status with this code.
    Refused(u16, &'static str),
}

fn expected(policy: Policy, who: Who) -> Expected {
    let refused = |status, code| Expected::Refused(status, code);
    match (policy, who) {
        (Policy::Public, _)
        | (Policy::Buyer | Policy::Owner, Who::BuyerA | Who::BuyerB)
        | (Policy::Operator, Who::Operator(_) | Who::NotSteppedUp | Who::NotSetUp)
        | (Policy::SecondFactor, Who::Operator(_) | Who::NotSteppedUp) => Expected::Served,
        // WeChat's callers are answered in WeChat's form, without a code.
        (Policy::Wechat, _) => refused(401, ""),
        (Policy::SecondFactor | Policy::Permission(_) | Policy::SteppedUp(_), Who::NotSetUp) => {
            refused(403, "password_change_required")
        }
        (Policy::Permission(permission) | Policy::SteppedUp(permission), Who::Operator(role)) => {
            if policies::has_permission(role, permission) {
                Expected::Served
            } else {
                refused(403, "forbidden")
            }
        }
        (Policy::Permission(permission), Who::NotSteppedUp) => {
            if policies::has_permission("manager", permission) {
                Expected::Served
            } else {
                refused(403, "forbidden")
            }
        }
        (Policy::SteppedUp(_), Who::NotSteppedUp) => refused(403, "step_up_required"),
        _ => refused(401, "unauthorized"),
    }
}

/// Operations of the console that need a login, each with the permission that it needs.
pub(crate) fn of_the_console() -> Vec<(&'static str, Option<&'static str>)> {
    let rows = POLICIES.iter().filter(|row| row.operation.contains(" /admin/") && row.policy != Policy::Public);
    let needs = |row: &Row| match row.policy {
        Policy::Permission(permission) | Policy::SteppedUp(permission) => Some(permission),
        _ => None,
    };
    rows.map(|row| (row.operation, needs(row))).collect()
}

/// Whether the table gives a role this permission.
pub(crate) fn may(role: &str, permission: &str) -> bool {
    policies::has_permission(role, permission)
}

/// `METHOD /path` of every operation in the document, with its declared security and permission.
fn documented() -> Vec<(String, Value)> {
    let document: Value = serde_json::from_str(&gunpo_mall::http::openapi::document()).unwrap();
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            found.push((
                format!("{} {path}", method.to_uppercase()),
                json!([operation["security"], operation["x-permission"]]),
            ));
        }
    }
    found
}

#[test]
fn no_operation_is_without_a_policy_and_no_policy_without_an_operation() {
    let documented: BTreeSet<String> = documented().into_iter().map(|(operation, _)| operation).collect();
    let stated: Vec<&str> = POLICIES.iter().map(|row| row.operation).collect();
    let unique: BTreeSet<&str> = stated.iter().copied().collect();
    assert_eq!(stated.len(), unique.len(), "an operation has two policies");
    let beside: BTreeSet<&str> = BESIDE_THE_DOCUMENT.into_iter().collect();
    for operation in &documented {
        assert!(unique.contains(operation.as_str()), "{operation}: no policy is stated");
    }
    for operation in unique {
        let known = documented.contains(operation) != beside.contains(operation);
        assert!(known, "{operation}: a policy for what the document does not have, or has by now");
    }
}

#[test]
fn no_route_is_without_a_policy_and_no_policy_without_a_route() {
    let routed: BTreeSet<String> = gunpo_mall::http::routes::ROUTES
        .iter()
        .map(|(method, path)| format!("{} {path}", method.to_uppercase()))
        .collect();
    let stated: BTreeSet<String> = POLICIES
        .iter()
        .map(|row| row.operation.to_owned())
        .filter(|operation| !BESIDE_THE_DOCUMENT.contains(&operation.as_str()))
        .collect();
    assert_eq!(routed, stated);
}

#[test]
fn the_document_says_who_is_asked_for_a_token() {
    for (operation, security) in documented() {
        let row = POLICIES.iter().find(|row| row.operation == operation).unwrap();
        let wanted = match row.policy {
            Policy::Public | Policy::Wechat => json!([[], null]),
            Policy::Buyer | Policy::Owner => json!([[{ "bearer": [] }], null]),
            Policy::Operator | Policy::SecondFactor => json!([[{ "operator": [] }], null]),
            Policy::Permission(permission) | Policy::SteppedUp(permission) => {
                json!([[{ "operator": [] }], permission])
            }
        };
        assert_eq!(security, wanted, "{operation}");
    }
}

/// An answer without what differs from call to call.
fn comparable(status: u16, mut body: Value) -> (u16, Value) {
    if let Some(members) = body.as_object_mut() {
        members.remove("trace_id");
    }
    (status, body)
}

struct Calls<'a> {
    shop: &'a TestShop,
    row: &'a Row,
    made: usize,
}

impl Calls<'_> {
    async fn call(&mut self, token: &str, things: &Things) -> (u16, Value) {
        self.made += 1;
        let (method, path) = self.row.operation.split_once(' ').unwrap();
        let path = things.fill(path);
        let things = things.with_codes(self.shop);
        let body = Some((self.row.body)(&things)).filter(|body| !body.is_null());
        let key = format!("matrix-{}-{}", things.name, self.made);
        let method = method.parse::<Method>().unwrap();
        let answer = self.shop.send(method, &path, token, Some(&key), body.as_ref()).await;
        self.check_headers(&answer.headers);
        comparable(answer.status, answer.body)
    }

    /// Nothing that is for one caller is kept for another, and no answer lacks what browsers are told.
    fn check_headers(&self, headers: &reqwest::header::HeaderMap) {
        let says = |name: &str, value: &str| headers.get(name).is_some_and(|it| it.to_str().unwrap().contains(value));
        let operation = self.row.operation;
        assert!(self.row.policy == Policy::Public || says("cache-control", "no-store"), "{operation}: {headers:?}");
        assert!(
            says("x-content-type-options", "nosniff") && says("content-security-policy", "frame-ancestors 'none'"),
            "{operation}"
        );
    }

    /// The call with these things, by this actor, is answered as the policy says.
    async fn check(&mut self, name: &str, token: &str, things: &Things, wanted: &Expected) {
        let (status, body) = self.call(token, things).await;
        let right = match wanted {
            Expected::Served if self.row.served == ANYTHING => {
                status < 500 && ![401, 403, 404, 405, 429].contains(&status)
            }
            Expected::Served => status == self.row.served,
            Expected::Refused(401, "") => status == 401,
            Expected::Refused(wanted, code) => status == *wanted && body["code"] == *code,
        };
        assert!(right, "{} by {name}: {status} {body}, not {wanted:?} ({})", self.row.operation, self.row.served);
    }

    /// What is another buyer's looks like what does not exist.
    async fn check_foreign(&mut self, name: &str, token: &str, theirs: &Things, missing: &Things) {
        let foreign = self.call(token, theirs).await;
        let absent = self.call(token, missing).await;
        assert_eq!(foreign.0, 404, "{} by {name} on another's: {}", self.row.operation, foreign.1);
        assert_eq!(foreign, absent, "{} by {name}: another's can be told from a missing one", self.row.operation);
    }
}

async fn check_row(shop: &TestShop, number: usize, row: &Row) -> usize {
    let cast = Cast::gather(shop, number, row.operation).await;
    let mut calls = Calls { shop, row, made: 0 };
    // Whoever is served may use the thing up: the others come before.
    let (served, refused): (Vec<_>, Vec<_>) =
        ACTORS.iter().copied().partition(|(_, who)| expected(row.policy, *who) == Expected::Served);
    for (name, who) in refused {
        calls.check(name, &cast.token(who), &cast.a, &expected(row.policy, who)).await;
    }
    if row.policy == Policy::Owner {
        calls.check_foreign("buyer A", &cast.token(Who::BuyerA), &cast.b, &cast.missing).await;
        calls.check_foreign("buyer B", &cast.token(Who::BuyerB), &cast.a, &cast.missing).await;
    }
    for (name, who) in served {
        let own = if who == Who::BuyerB { &cast.b } else { &cast.a };
        calls.check(name, &cast.token(who), own, &Expected::Served).await;
    }
    calls.made
}

on_both! {
    with &[("WECHAT_MESSAGE_TOKEN", "matrixmatrix")] =>
    async fn nobody_reaches_what_the_table_does_not_give_them(shop: &TestShop) {
        let mut calls = 0;
        for (number, row) in POLICIES.iter().enumerate() {
            calls += check_row(shop, number, row).await;
        }
        let (operations, actors) = (POLICIES.len(), ACTORS.len());
        let owned = POLICIES.iter().filter(|row| row.policy == Policy::Owner).count();
        let line = format!("matrix: {operations} operations x {actors} callers, {owned} of them on own, foreign and missing \
            objects: {calls} calls, 0 holes\n");
        // Past the capture of the test harness: the figure is meant to be seen.
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
}
