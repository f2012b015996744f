#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::*;
use crate::base::clock::Clock;
use crate::platform::session_token::ISSUER;

const SECRET: &str = "Zx8vQ2mN5tYwR7kLpJ3hG6fDsA9cB1eU";

fn tokens() -> Tokens {
    Tokens::new(&SecretString::from(SECRET)).unwrap()
}

fn sign(header: &Header, claims: &Value, secret: &str) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn claims(clock: &Clock) -> Value {
    let now = clock.now().timestamp();
    json!({ "aud": AUDIENCE, "iss": ISSUER, "sub": "7", "sid": "s", "exp": now + 7200, "nbf": now - 60, "iat": now })
}

fn accepted(claims: &Value, clock: &Clock) -> bool {
    let token = sign(&Header::new(Algorithm::HS256), claims, SECRET);
    tokens().verify_access(&token, clock.timestamp()).is_ok()
}

#[test]
fn our_own_token_is_accepted_and_names_buyer_and_session() {
    let clock = Clock::system();
    let token = tokens().access_token(CustomerId(7), "s", clock.timestamp()).unwrap();
    let buyer = tokens().verify_access(&token, clock.timestamp()).unwrap();
    assert_eq!(buyer, Buyer { customer_id: CustomerId(7), sid: "s".into() });
    tokens().self_check(clock.now()).unwrap();
}

#[test]
fn a_token_ends_at_its_second_by_our_clock_and_not_a_second_later() {
    let clock = Clock::system();
    let tokens = tokens();
    let given = clock.timestamp();
    let token = tokens.access_token(CustomerId(7), "s", given).unwrap();
    let end = given.plus(ACCESS_LIFE);
    assert!(tokens.verify_access(&token, end.minus(Duration::from_secs(1))).is_ok());
    assert!(tokens.verify_access(&token, end).is_err());
    clock.advance(ACCESS_LIFE + Duration::from_secs(1));
    assert!(tokens.verify_access(&token, clock.timestamp()).is_err());
}

#[test]
fn a_clock_that_was_moved_ahead_of_the_systems_does_not_break_new_tokens() {
    let clock = Clock::system();
    clock.advance(Duration::from_hours(24 * 365));
    assert!(accepted(&claims(&clock), &clock));
}

#[test]
fn a_token_from_the_future_is_refused_beyond_a_minute() {
    let clock = Clock::system();
    let now = clock.now().timestamp();
    let mut future = claims(&clock);
    future["iat"] = json!(now + 61 + 1);
    assert!(!accepted(&future, &clock));
    let mut not_yet = claims(&clock);
    not_yet["nbf"] = json!(now + 2);
    assert!(!accepted(&not_yet, &clock));
}

#[test]
fn every_claim_is_required_and_of_its_type() {
    let clock = Clock::system();
    assert!(accepted(&claims(&clock), &clock));
    for name in ["aud", "iss", "sub", "sid", "exp", "nbf", "iat"] {
        let mut without = claims(&clock);
        without.as_object_mut().unwrap().remove(name);
        assert!(!accepted(&without, &clock), "without {name}");
        for odd in [json!(null), json!("never"), json!(1e308), json!([]), json!({}), json!(true)] {
            let mut strange = claims(&clock);
            strange[name] = odd.clone();
            assert!(!accepted(&strange, &clock) || (name == "sid" && odd.is_string()), "{name} = {odd}");
        }
    }
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    let clock = Clock::system();
    for (name, value) in [
        ("aud", json!("gunpo-mall/operator")),
        ("aud", json!("gunpo-mall")),
        ("aud", json!([AUDIENCE, "gunpo-mall/operator"])),
        ("iss", json!("gunpo-mall/consumer")),
        ("sub", json!("alice")),
    ] {
        let mut other = claims(&clock);
        other[name] = value.clone();
        assert!(!accepted(&other, &clock), "{name} = {value}");
    }
}

#[test]
fn no_other_algorithm_is_accepted_with_the_right_key_or_without_any() {
    let clock = Clock::system();
    let claims = claims(&clock);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let good = sign(&Header::new(Algorithm::HS256), &claims, SECRET);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut bad = vec![
        sign(&Header::new(Algorithm::HS384), &claims, SECRET),
        sign(&Header::new(Algorithm::HS512), &claims, SECRET),
        sign(&Header::new(Algorithm::HS256), &claims, "another secret of thirty-two bytes"),
        format!("{signed}."),
        signed.to_owned(),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{signed}.{}", &signature[1..]),
        String::new(),
        "..".to_owned(),
    ];
    for algorithm in ["none", "None", "NONE", "nOnE", "", "HS384", "RS256"] {
        let head = part(&json!({ "alg": algorithm, "typ": "JWT" }));
        bad.push(format!("{head}.{}.", part(&claims)));
        bad.push(format!("{head}.{}.{signature}", part(&claims)));
    }
    for token in bad {
        assert!(tokens().verify_access(&token, clock.timestamp()).is_err(), "{token}");
    }
}

#[test]
fn claims_that_were_edited_are_refused() {
    let clock = Clock::system();
    let good = sign(&Header::new(Algorithm::HS256), &claims(&clock), SECRET);
    let mut other = claims(&clock);
    other["sub"] = json!("8");
    let parts: Vec<&str> = good.split('.').collect();
    let edited = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(other.to_string()), parts[2]);
    assert!(tokens().verify_access(&edited, clock.timestamp()).is_err());
}

#[test]
fn a_refresh_token_is_the_same_text_whenever_it_is_given() {
    let token = tokens().refresh_token("s", 3);
    assert_eq!(token, tokens().refresh_token("s", 3));
    assert_eq!(tokens().verify_refresh(&token), Some(("s", 3)));
}

#[test]
fn a_forged_refresh_token_is_refused() {
    let tokens = tokens();
    let given = tokens.refresh_token("s", 3);
    let mac = given.rsplit_once('.').unwrap().1;
    let other_secret = Tokens::new(&SecretString::from("another secret of thirty-two bytes")).unwrap();
    let forged = [
        format!("s.4.{mac}"),
        format!("t.3.{mac}"),
        format!("s.03.{mac}"),
        format!("s.+3.{mac}"),
        format!("s.-3.{mac}"),
        format!("s.3.{}", &mac[..mac.len() - 1]),
        format!("s.3.{mac}="),
        format!("s.3.{mac}.{mac}"),
        "s.3.".to_owned(),
        format!("s.3.{}", "A".repeat(43)),
        "s.3".to_owned(),
        String::new(),
        format!("s.99999999999999999999.{mac}"),
        "x".repeat(10_000),
        other_secret.refresh_token("s", 3),
    ];
    for token in forged {
        assert_eq!(tokens.verify_refresh(&token), None, "{token}");
    }
}

#[test]
fn one_token_is_not_good_as_the_other() {
    let clock = Clock::system();
    let tokens = tokens();
    let access = tokens.access_token(CustomerId(7), "s", clock.timestamp()).unwrap();
    assert_eq!(tokens.verify_refresh(&access), None);
    assert!(tokens.verify_access(&tokens.refresh_token("s", 1), clock.timestamp()).is_err());
}
