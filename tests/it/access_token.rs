//! One `access_token` for all nodes, kept in the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use futures_util::future::{BoxFuture, join_all};
use gunpo_mall::base::db::schema::access_tokens;
use gunpo_mall::platform::wechat_token::SharedToken;
use secrecy::ExposeSecret;
use wechat_client::{
    InboundAnswer, MiniClient, MiniCredentials, OutboundRequest, ReqwestTransport, Transport, TransportError,
    TransportSettings,
};

use crate::support::{TestShop, on_both};

/// The way to the stand-in, with a counter on it.
struct Counted {
    way: ReqwestTransport,
    calls: AtomicUsize,
}

impl Transport for Counted {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<InboundAnswer, TransportError>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            // As far away as WeChat is.
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.way.send(request).await
        })
    }
}

fn way() -> Arc<Counted> {
    let settings = TransportSettings { load_tls_roots: false, ..TransportSettings::default() };
    Arc::new(Counted { way: ReqwestTransport::new(&settings).unwrap(), calls: AtomicUsize::new(0) })
}

/// Another process of the same shop, but for its HTTP server.
fn node(shop: &TestShop, way: &Arc<Counted>) -> MiniClient {
    let settings = &shop.app.settings.wechat;
    let credentials = MiniCredentials {
        appid: settings.appid.clone(),
        app_secret: settings.app_secret.clone(),
        base_url: settings.api_url.clone(),
    };
    let store = SharedToken::new(shop.app.db.clone(), Arc::clone(&shop.app.sealer), &settings.appid);
    MiniClient::new(&credentials, way.clone(), shop.app.clock.clone()).unwrap().with_token_store(Arc::new(store))
}

async fn tokens(nodes: &[MiniClient]) -> Vec<String> {
    let asked = (0..200).map(|at| nodes[at % nodes.len()].access_token());
    join_all(asked).await.into_iter().map(|token| token.unwrap().expose_secret().to_owned()).collect()
}

on_both! {
    async fn two_hundred_callers_on_two_nodes_make_one_fetch_and_so_at_expiry(shop: &TestShop) {
        let way = way();
        let nodes = [node(shop, &way), node(shop, &way)];
        let first = tokens(&nodes).await;
        assert!(first.iter().all(|token| *token == first[0]));
        assert_eq!(way.calls.load(Ordering::SeqCst), 1);
        shop.advance_s(7200);
        let second = tokens(&nodes).await;
        assert!(second.iter().all(|token| *token == second[0]) && second[0] != first[0]);
        assert_eq!(way.calls.load(Ordering::SeqCst), 2);
    }

    async fn a_node_that_starts_takes_the_token_that_is_there(shop: &TestShop) {
        let way = way();
        let first = node(shop, &way).access_token().await.unwrap();
        assert_eq!(node(shop, &way).access_token().await.unwrap().expose_secret(), first.expose_secret());
        assert_eq!(way.calls.load(Ordering::SeqCst), 1);
        let sealed: Vec<Option<Vec<u8>>> =
            shop.app.db.read(|rx| Ok(access_tokens::table.select(access_tokens::token_sealed).load(rx.conn())?)).await.unwrap();
        let stored = sealed[0].clone().unwrap();
        let plain = first.expose_secret().as_bytes();
        assert!(!stored.windows(plain.len()).any(|part| part == plain), "the token is not readable in the database");
    }

    async fn a_node_that_died_while_it_fetched_holds_the_others_up_for_15_s_at_most(shop: &TestShop) {
        use wechat_client::TokenStore;
        let store = SharedToken::new(shop.app.db.clone(), Arc::clone(&shop.app.sealer), &shop.app.settings.wechat.appid);
        let now = shop.app.clock.now();
        assert!(store.take_lease("the dead", now, now + chrono::TimeDelta::seconds(15)).await.unwrap());
        assert!(!store.take_lease("the living", now, now + chrono::TimeDelta::seconds(15)).await.unwrap());
        shop.advance_s(16);
        let way = way();
        node(shop, &way).access_token().await.unwrap();
        assert_eq!(way.calls.load(Ordering::SeqCst), 1);
    }
}
