//! One token for all nodes: who asks, who waits, what a store that is away costs.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use super::*;
use crate::{LocalTokens, TokenRecord, TokenStore, TokenStoreFault};

fn node(wechat: &Arc<ScriptedWeChat>, clock: &TestClock, store: &Arc<LocalTokens>) -> MiniClient {
    client(wechat, clock).with_token_store(store.clone())
}

fn counting(delay: Duration) -> Arc<ScriptedWeChat> {
    let mut number = 0;
    ScriptedWeChat::slow(delay, move |_| {
        number += 1;
        Ok(token(&format!("T{number}"), 7200))
    })
}

#[tokio::test]
async fn two_hundred_callers_on_two_nodes_make_one_fetch_at_expiry() {
    let (wechat, clock) = (counting(Duration::from_millis(50)), TestClock::new());
    let store = Arc::new(LocalTokens::default());
    let nodes = [node(&wechat, &clock, &store), node(&wechat, &clock, &store)];
    let everyone = || join_all((0..200).map(|at| nodes[at % 2].access_token()));
    assert!(everyone().await.iter().all(|result| result.as_ref().unwrap().expose_secret() == "T1"));
    assert_eq!(wechat.requests().len(), 1);
    clock.advance(Duration::from_hours(2));
    assert!(everyone().await.iter().all(|result| result.as_ref().unwrap().expose_secret() == "T2"));
    assert_eq!(wechat.requests().len(), 2);
}

#[tokio::test]
async fn while_a_token_is_renewed_the_old_one_is_given_and_nobody_waits() {
    let (wechat, clock) = (counting(Duration::from_millis(100)), TestClock::new());
    let client = client(&wechat, &clock);
    client.access_token().await.unwrap();
    clock.advance(Duration::from_secs(7150));
    let results = join_all((0..200).map(|_| client.access_token())).await;
    let old = results.iter().filter(|result| result.as_ref().unwrap().expose_secret() == "T1").count();
    assert_eq!((old, wechat.requests().len()), (199, 2));
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T2");
}

#[tokio::test]
async fn a_token_that_can_not_be_renewed_is_used_to_its_end() {
    let clock = TestClock::new();
    let wechat = ScriptedWeChat::replies([Ok(token("T1", 7200))]);
    let client = client(&wechat, &clock);
    client.access_token().await.unwrap();
    clock.advance(Duration::from_secs(7150));
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T1");
    clock.advance(Duration::from_secs(50));
    client.access_token().await.unwrap_err();
}

#[tokio::test]
async fn a_node_takes_what_another_one_stored_and_asks_nobody() {
    let (wechat, clock) = (counting(Duration::ZERO), TestClock::new());
    let store = Arc::new(LocalTokens::default());
    node(&wechat, &clock, &store).access_token().await.unwrap();
    assert_eq!(node(&wechat, &clock, &store).access_token().await.unwrap().expose_secret(), "T1");
    assert_eq!(wechat.requests().len(), 1);
}

#[tokio::test]
async fn a_token_that_another_node_replaced_is_taken_from_the_store() {
    let (wechat, clock) = (counting(Duration::ZERO), TestClock::new());
    let store = Arc::new(LocalTokens::default());
    let (a, b) = (node(&wechat, &clock, &store), node(&wechat, &clock, &store));
    a.access_token().await.unwrap();
    b.access_token().await.unwrap();
    let calls = AtomicUsize::new(0);
    call_accepting(&a, "T2", &calls).await.unwrap();
    call_accepting(&b, "T2", &calls).await.unwrap();
    assert_eq!(wechat.requests().len(), 2, "b is told T1 is dead, and finds T2");
}

#[tokio::test]
async fn a_lease_that_another_node_died_with_is_waited_out() {
    let (wechat, clock) = (counting(Duration::ZERO), TestClock::new());
    let store = Arc::new(LocalTokens::default());
    let now = clock.now();
    assert!(store.take_lease("dead", now, now + TimeDelta::seconds(15)).await.unwrap());
    let client = node(&wechat, &clock, &store);
    let waiting = client.access_token();
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(wechat.requests().is_empty());
        clock.advance(Duration::from_secs(16));
    };
    let (result, ()) = futures_util::future::join(waiting, later).await;
    assert_eq!(result.unwrap().expose_secret(), "T1");
}

#[tokio::test]
async fn forced_refreshes_are_counted_for_all_nodes_and_kept_under_the_daily_cap() {
    let clock = TestClock::new();
    // Noon in China, so that the hour of the test does not cross midnight.
    let noon = clock.now().date_naive().and_hms_opt(4, 0, 0).unwrap().and_utc() + TimeDelta::days(1);
    clock.advance((noon - clock.now()).to_std().unwrap());
    let mut forced = 0;
    let wechat = ScriptedWeChat::new(move |request| {
        forced += i32::from(is_forced(&request.body));
        Ok(token(&format!("T{forced}"), 7200))
    });
    let store = Arc::new(LocalTokens::default());
    // Each time a node that has just started: it takes the token of the store.
    let fresh = || node(&wechat, &clock, &store);
    let calls = AtomicUsize::new(0);
    for at in 0..18 {
        let fault = call_accepting(&fresh(), "none", &calls).await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::TokenRejected), "{at}");
        let fault = call_accepting(&fresh(), "none", &calls).await.unwrap_err();
        assert!(matches!(fault, CallError::Throttled(_)), "within 30 s, by another node: {fault}");
        clock.advance(Duration::from_secs(31));
    }
    let fault = call_accepting(&fresh(), "none", &calls).await.unwrap_err();
    assert!(matches!(fault, CallError::Throttled(_)), "{fault}");
    assert_eq!(wechat.requests().iter().filter(|request| is_forced(&request.body)).count(), 18);
    clock.advance(Duration::from_hours(24));
    call_accepting(&fresh(), "none", &calls).await.unwrap_err();
    let record = store.load().await.unwrap().unwrap();
    assert_eq!((record.forced_that_day, record.token.expose_secret()), (1, "T19"));
}

/// A store that is away.
struct Away;

impl TokenStore for Away {
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenRecord>, TokenStoreFault>> {
        Box::pin(async { Err(TokenStoreFault("down".to_owned())) })
    }

    fn store_if_newer(&self, _: TokenRecord) -> BoxFuture<'_, Result<bool, TokenStoreFault>> {
        Box::pin(async { Err(TokenStoreFault("down".to_owned())) })
    }

    fn take_lease<'s>(
        &'s self,
        _: &'s str,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
    ) -> BoxFuture<'s, Result<bool, TokenStoreFault>> {
        Box::pin(async { Err(TokenStoreFault("down".to_owned())) })
    }

    fn release_lease<'s>(&'s self, _: &'s str) -> BoxFuture<'s, Result<(), TokenStoreFault>> {
        Box::pin(async { Err(TokenStoreFault("down".to_owned())) })
    }
}

#[tokio::test]
async fn without_its_store_a_node_has_a_token_and_forces_none() {
    let wechat = ScriptedWeChat::new(|_| Ok(token("T1", 7200)));
    let client = client(&wechat, &TestClock::new()).with_token_store(Arc::new(Away));
    assert_eq!(client.access_token().await.unwrap().expose_secret(), "T1");
    let calls = AtomicUsize::new(0);
    let fault = call_accepting(&client, "none", &calls).await.unwrap_err();
    assert!(matches!(fault, CallError::Throttled(_)), "{fault}");
    assert!(wechat.requests().iter().all(|request| !is_forced(&request.body)));
}

#[tokio::test]
async fn an_older_record_does_not_replace_a_newer_one() {
    let store = LocalTokens::default();
    let record = |generation: i64| TokenRecord {
        generation,
        token: "canary".into(),
        fetched_at: Utc::now(),
        expires_at: Utc::now(),
        forced_at: None,
        forced_that_day: 0,
    };
    assert!(store.store_if_newer(record(2)).await.unwrap());
    assert!(!store.store_if_newer(record(2)).await.unwrap());
    assert!(!store.store_if_newer(record(1)).await.unwrap());
    assert!(store.store_if_newer(record(3)).await.unwrap());
    assert!(!format!("{:?} {store:?}", record(1)).contains("canary"));
}
