#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::base::db::testing::TestDb;
use crate::domain::customers::SignedIn;

fn login(test: &TestDb, openid: &str, sid: &str) -> (SignedIn, Vec<String>) {
    let (signed_in, sid) = (test.sign_in(openid), sid.to_owned());
    let ended = test.write(move |tx, now| {
        begin(tx, signed_in.customer_id, &sid, now)?;
        end_superseded(tx, signed_in.customer_id, now)
    });
    (signed_in, ended.unwrap())
}

fn refresh(test: &TestDb, sid: &str, generation: i64) -> Rotation {
    let sid = sid.to_owned();
    test.write(move |tx, now| rotate(tx, &sid, generation, now)).unwrap()
}

fn sessions(test: &TestDb) -> Sessions {
    Sessions::new(&SecretString::from("Zx8vQ2mN5tYwR7kLpJ3hG6fDsA9cB1eU"), test.clock.clone()).unwrap()
}

fn enter(test: &TestDb, sessions: &Sessions, customer_id: CustomerId, sid: &str) -> Result<Buyer> {
    let token = sessions.tokens.access_token(customer_id, sid, test.clock.timestamp()).unwrap();
    test.wait(sessions.authenticate(&test.db, &token))
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
    assert_eq!(refresh(&test, "s", 1), Rotation::To(buyer, 2));
    assert_eq!(refresh(&test, "s", 2), Rotation::To(buyer, 3));
}

#[test]
fn a_lost_answer_gets_the_same_successor_for_thirty_seconds_and_ends_the_session_after() {
    let test = TestDb::new();
    let buyer = login(&test, "alice", "s").0.customer_id;
    assert_eq!(refresh(&test, "s", 1), Rotation::To(buyer, 2));
    test.clock.advance(Duration::from_secs(20));
    assert_eq!(refresh(&test, "s", 1), Rotation::To(buyer, 2));
    test.clock.advance(Duration::from_secs(11));
    assert_eq!(refresh(&test, "s", 1), Rotation::Reused(buyer));
    assert_eq!(refresh(&test, "s", 2), Rotation::Gone, "the thief's or the buyer's: nobody can tell");
}

#[test]
fn a_token_two_generations_old_ends_the_session_at_once() {
    let test = TestDb::new();
    let buyer = login(&test, "alice", "s").0.customer_id;
    refresh(&test, "s", 1);
    refresh(&test, "s", 2);
    assert_eq!(refresh(&test, "s", 1), Rotation::Reused(buyer));
    assert_eq!(refresh(&test, "s", 3), Rotation::Gone);
}

#[test]
fn a_generation_that_is_yet_to_come_is_refused_without_ending_the_session() {
    let test = TestDb::new();
    let buyer = login(&test, "alice", "s").0.customer_id;
    assert_eq!(refresh(&test, "s", 2), Rotation::Gone);
    assert_eq!(refresh(&test, "s", 1), Rotation::To(buyer, 2));
    assert_eq!(refresh(&test, "nobody", 1), Rotation::Gone);
}

#[test]
fn a_session_ends_ninety_days_after_its_login_however_often_it_is_refreshed() {
    let test = TestDb::new();
    login(&test, "alice", "s");
    for generation in 1..=3 {
        assert!(matches!(refresh(&test, "s", generation), Rotation::To(..)));
        test.clock.advance(SESSION_LIFE / 3);
    }
    assert_eq!(refresh(&test, "s", 4), Rotation::Gone);
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
    assert_eq!(refresh(&test, "s1", 1), Rotation::Gone);
    assert!(matches!(refresh(&test, "s2", 1), Rotation::To(..)));
    assert!(matches!(refresh(&test, "other", 1), Rotation::To(..)));
}

#[test]
fn a_buyer_enters_with_a_live_session_of_their_own_only() {
    let test = TestDb::new();
    let sessions = sessions(&test);
    let alice = login(&test, "alice", "s1").0.customer_id;
    let bob = login(&test, "bob", "s2").0.customer_id;
    assert_eq!(enter(&test, &sessions, alice, "s1").unwrap().customer_id, alice);
    assert_eq!(enter(&test, &sessions, bob, "s1").unwrap_err().code(), Some(Code::Unauthorized));
    assert_eq!(enter(&test, &sessions, alice, "s9").unwrap_err().code(), Some(Code::Unauthorized));
    // Known to the cache, but its time is over.
    test.clock.advance(SESSION_LIFE);
    assert_eq!(enter(&test, &sessions, alice, "s1").unwrap_err().code(), Some(Code::Unauthorized));
}

#[test]
fn a_session_that_another_node_ended_is_refused_within_five_seconds() {
    let test = TestDb::new();
    let sessions = sessions(&test);
    let alice = login(&test, "alice", "s").0.customer_id;
    enter(&test, &sessions, alice, "s").unwrap();
    test.write(|tx, now| store::revoke(tx, &["s".to_owned()], RevokeReason::Logout, now)).unwrap();
    std::thread::sleep(CACHED + Duration::from_millis(100));
    assert_eq!(enter(&test, &sessions, alice, "s").unwrap_err().code(), Some(Code::Unauthorized));
}
