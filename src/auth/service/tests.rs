#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::auth::Auth;
use crate::customers::testing::{TestDb, user};
use crate::wechat::UnknownCause;

fn login(test: &TestDb, openid: &str, sid: &str) -> (SignedIn, Vec<String>) {
    let (who, sid) = (user(openid), sid.to_owned());
    test.write(move |tx, now| begin(tx, &who, None, &sid, now)).unwrap()
}

fn refresh(test: &TestDb, sid: &str, generation: i64) -> Rotated {
    let sid = sid.to_owned();
    test.write(move |tx, now| rotate(tx, &sid, generation, now)).unwrap()
}

fn auth(test: &TestDb) -> Auth {
    Auth::new(&SecretString::from("Zx8vQ2mN5tYwR7kLpJ3hG6fDsA9cB1eU"), test.clock.clone()).unwrap()
}

fn enter(test: &TestDb, auth: &Auth, customer_id: CustomerId, sid: &str) -> Result<Buyer> {
    let token = auth.tokens.access_token(customer_id, sid, test.clock.timestamp()).unwrap();
    test.wait(auth.authenticate(&test.db, &token))
}

#[test]
fn a_second_login_is_the_same_buyer_with_another_session() {
    let test = TestDb::new();
    let (first, _) = login(&test, "alice", "s1");
    let (second, _) = login(&test, "alice", "s2");
    let (other, _) = login(&test, "bob", "s3");
    assert!(first.is_new && !second.is_new && other.is_new);
    assert_eq!(first.customer_id, second.customer_id);
    assert_ne!(first.customer_id, other.customer_id);
}

#[test]
fn each_refresh_raises_the_generation() {
    let test = TestDb::new();
    let buyer = login(&test, "alice", "s").0.customer_id;
    assert_eq!(refresh(&test, "s", 1), Rotated::To(buyer, 2));
    assert_eq!(refresh(&test, "s", 2), Rotated::To(buyer, 3));
}

#[test]
fn a_lost_answer_gets_the_same_successor_for_thirty_seconds_and_ends_the_session_after() {
    let test = TestDb::new();
    let buyer = login(&test, "alice", "s").0.customer_id;
    assert_eq!(refresh(&test, "s", 1), Rotated::To(buyer, 2));
    test.clock.advance(Duration::from_secs(20));
    assert_eq!(refresh(&test, "s", 1), Rotated::To(buyer, 2));
    test.clock.advance(Duration::from_secs(11));
    assert_eq!(refresh(&test, "s", 1), Rotated::Reused(buyer));
    assert_eq!(refresh(&test, "s", 2), Rotated::Gone, "the thief's or the buyer's: nobody can tell");
}

#[test]
fn a_token_two_generations_old_ends_the_session_at_once() {
    let test = TestDb::new();
    let buyer = login(&test, "alice", "s").0.customer_id;
    refresh(&test, "s", 1);
    refresh(&test, "s", 2);
    assert_eq!(refresh(&test, "s", 1), Rotated::Reused(buyer));
    assert_eq!(refresh(&test, "s", 3), Rotated::Gone);
}

#[test]
fn a_generation_that_is_yet_to_come_is_refused_without_ending_the_session() {
    let test = TestDb::new();
    let buyer = login(&test, "alice", "s").0.customer_id;
    assert_eq!(refresh(&test, "s", 2), Rotated::Gone);
    assert_eq!(refresh(&test, "s", 1), Rotated::To(buyer, 2));
    assert_eq!(refresh(&test, "nobody", 1), Rotated::Gone);
}

#[test]
fn a_session_ends_ninety_days_after_its_login_however_often_it_is_refreshed() {
    let test = TestDb::new();
    login(&test, "alice", "s");
    for generation in 1..=3 {
        assert!(matches!(refresh(&test, "s", generation), Rotated::To(..)));
        test.clock.advance(SESSION_LIFE / 3);
    }
    assert_eq!(refresh(&test, "s", 4), Rotated::Gone);
    assert_eq!(test.write(prune).unwrap(), 1);
}

#[test]
fn the_twenty_first_login_ends_the_oldest_session_of_that_buyer_only() {
    let test = TestDb::new();
    login(&test, "bob", "other");
    for number in 1..=SESSIONS_MAX {
        assert_eq!(login(&test, "alice", &format!("s{number}")).1, Vec::<String>::new());
    }
    assert_eq!(login(&test, "alice", "s21").1, ["s1"]);
    assert_eq!(refresh(&test, "s1", 1), Rotated::Gone);
    assert!(matches!(refresh(&test, "s2", 1), Rotated::To(..)));
    assert!(matches!(refresh(&test, "other", 1), Rotated::To(..)));
}

#[test]
fn a_buyer_enters_with_a_live_session_of_their_own_only() {
    let test = TestDb::new();
    let auth = auth(&test);
    let alice = login(&test, "alice", "s1").0.customer_id;
    let bob = login(&test, "bob", "s2").0.customer_id;
    assert_eq!(enter(&test, &auth, alice, "s1").unwrap().customer_id, alice);
    assert_eq!(enter(&test, &auth, bob, "s1").unwrap_err().code(), Some(Code::Unauthorized));
    assert_eq!(enter(&test, &auth, alice, "s9").unwrap_err().code(), Some(Code::Unauthorized));
    // Known to the cache, but its time is over.
    test.clock.advance(SESSION_LIFE);
    assert_eq!(enter(&test, &auth, alice, "s1").unwrap_err().code(), Some(Code::Unauthorized));
}

#[test]
fn a_session_that_another_node_ended_is_refused_within_five_seconds() {
    let test = TestDb::new();
    let auth = auth(&test);
    let alice = login(&test, "alice", "s").0.customer_id;
    enter(&test, &auth, alice, "s").unwrap();
    test.write(|tx, now| store::revoke(tx, &["s".to_owned()], RevokeReason::Logout, now)).unwrap();
    std::thread::sleep(crate::auth::CACHED + Duration::from_millis(100));
    assert_eq!(enter(&test, &auth, alice, "s").unwrap_err().code(), Some(Code::Unauthorized));
}

#[test]
fn what_wechat_says_to_a_code_is_told_apart_by_what_the_buyer_can_do() {
    let unknown = CallError::Unknown(crate::wechat::Unknown { cause: UnknownCause::TimedOut, trace: None });
    assert_eq!(refused_login(&unknown).code(), Some(Code::WechatUnavailable));
    for (code, answer) in [
        (RefusalCode::InvalidCode, Code::InvalidLoginCode),
        (RefusalCode::Blocked, Code::AccountBlocked),
        (RefusalCode::InvalidSecret, Code::WechatRefused),
    ] {
        let refusal =
            crate::wechat::Refusal { code, message: String::new(), status: Some(200), trace: None, signed: false };
        assert_eq!(refused_login(&CallError::Refused(refusal)).code(), Some(answer));
    }
}
