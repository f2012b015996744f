use gunpo_mall::domain::staff::{Permission, Role};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Clerk;
use crate::matrix::{may, of_the_console};
use crate::support::{TestShop, on_both};

/// An operation of the API document.
struct Operation {
    method: Method,
    path: String,
    body: bool,
    /// Scheme and permissions; nothing for what needs no login.
    security: Option<(String, Vec<String>)>,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&gunpo_mall::http::openapi::document()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security =
                operation["security"].as_array().into_iter().flatten().flat_map(|one| one.as_object().unwrap());
            let permission = operation["x-permission"].as_str().map(str::to_owned);
            let mut security = security.map(|(scheme, _)| (scheme.clone(), permission.iter().cloned().collect()));
            let named = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
            found.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.split('/').map(named).collect::<Vec<_>>().join("/"),
                body: operation.get("requestBody").is_some(),
                security: security.next_back(),
            });
        }
    }
    found
}

async fn call(shop: &TestShop, operation: &Operation, token: &str) -> (u16, Value) {
    let body = operation.body.then(|| json!({}));
    let answer = shop.send(operation.method.clone(), &operation.path, token, Some("some-key-1"), body.as_ref()).await;
    (answer.status, answer.body["code"].clone())
}

/// Without these the caller would be logged out in the middle.
fn ends_the_session(operation: &Operation) -> bool {
    operation.path.ends_with("/auth/logout")
}

on_both! {
    async fn no_role_gets_further_than_its_permissions(shop: &TestShop) {
        let (mut checked, mut refused) = (0, 0);
        for role in Role::ALL {
            let clerk = Clerk::settled(shop, role.as_str(), *role).await;
            for operation in operations().iter().filter(|operation| operation.path.starts_with("/admin/")) {
                let Some((scheme, scopes)) = &operation.security else {
                    assert_eq!(operation.path, "/admin/v1/auth/login", "no policy is stated for it");
                    continue;
                };
                assert_eq!(scheme, "operator", "{}", operation.path);
                if ends_the_session(operation) {
                    continue;
                }
                let needs = scopes.iter().map(|scope| {
                    Permission::ALL.iter().find(|permission| permission.as_str() == scope).unwrap_or_else(|| panic!("no permission {scope}"))
                });
                let has_all = needs.clone().all(|permission| role.may(*permission));
                let (status, code) = call(shop, operation, &clerk.token).await;
                let what = format!("{} {} {}: {status} {code}", role.as_str(), operation.method, operation.path);
                if has_all {
                    assert!(status != 401 && code != "forbidden" && status < 500, "{what}");
                } else {
                    assert_eq!((status, code.as_str()), (403, Some("forbidden")), "{what}");
                    refused += 1;
                }
                checked += 1;
            }
        }
        let stated = of_the_console();
        let called = || stated.iter().filter(|(operation, _)| !operation.ends_with("/auth/logout"));
        let refusals = |role: &Role| {
            called().filter_map(|(_, needs)| *needs).filter(|permission| !may(role.as_str(), permission)).count()
        };
        let expected = (called().count() * Role::ALL.len(), Role::ALL.iter().map(refusals).sum::<usize>());
        assert_eq!((checked, refused), expected, "operations x roles");
    }

    async fn a_stranger_and_a_buyer_get_nothing_of_the_operators(shop: &TestShop) {
        let buyer = shop.buyer("alice").await;
        let mut checked = 0;
        for operation in operations().iter().filter(|operation| operation.path.starts_with("/admin/")) {
            if operation.security.is_none() {
                continue;
            }
            for token in ["", buyer.token.as_str(), "not.a.token"] {
                let (status, code) = call(shop, operation, token).await;
                assert_eq!((status, code.as_str()), (401, Some("unauthorized")), "{} {token}", operation.path);
            }
            checked += 1;
        }
        assert_eq!(checked, of_the_console().len());
    }

    async fn an_operator_is_nobody_in_the_shop(shop: &TestShop) {
        let kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let mut checked = 0;
        for operation in operations().iter().filter(|operation| operation.path.starts_with("/api/")) {
            if operation.security.is_none() {
                continue;
            }
            let (status, code) = call(shop, operation, &kim.token).await;
            assert_eq!((status, code.as_str()), (401, Some("unauthorized")), "{}", operation.path);
            checked += 1;
        }
        assert!(checked >= 15, "{checked}");
    }

    async fn a_token_that_somebody_signed_with_the_shop_s_secret_is_not_an_operator_s(shop: &TestShop) {
        let kim = Clerk::settled(shop, "kim", Role::Manager).await;
        let secret = shop.app.settings.jwt_secret.expose_secret();
        let [_, claims, _] = kim.token.split('.').collect::<Vec<_>>()[..] else { panic!("no token") };
        let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
        let good: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(good["aud"], "gunpo-mall/operator");
        let mut without_aud = good.clone();
        without_aud.as_object_mut().unwrap().remove("aud");
        for claims in [&good, &without_aud] {
            let key = EncodingKey::from_secret(secret.as_bytes());
            let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap();
            for path in ["/admin/v1/me", "/api/v1/cart"] {
                let answer = shop.send(Method::GET, path, &token, None, None).await;
                answer.expect_problem(401, "unauthorized");
            }
        }
        let answer = kim.get("/admin/v1/me").await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let me = answer.expect(200);
        assert_eq!((&me["name"], &me["role"]), (&json!("kim"), &json!("manager")));
    }
}
