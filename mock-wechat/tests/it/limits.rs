//! Who may ask, and how often on a day.

use mock_wechat::{Request, Route, Settings};
use serde_json::{Value, json};

use crate::support::{Shop, json_of};

const SCHEME: &str = "/wxa/generatescheme";
const LINK: &str = "/wxa/generate_urllink";

async fn token_from(shop: &Shop, peer: Option<&str>) -> Value {
    let account = shop.mock.account();
    let body = json!({ "grant_type": "client_credential", "appid": account.appid, "secret": account.app_secret });
    let request = Request::new("POST", "/cgi-bin/stable_token").body(body.to_string());
    let peer = peer.map(|peer| peer.parse().unwrap());
    json_of(&shop.send(Request { peer, ..request }).await)
}

/// Moves the clock to an hour after the next midnight in Shanghai.
fn to_tomorrow(shop: &Shop) {
    let into_day = (shop.merchant.now_s() + 8 * 3600) % 86_400;
    shop.advance_s(u64::try_from(86_400 - into_day + 3600).unwrap());
}

fn capped(shop: &Shop, caps: &[(Route, u32)]) {
    let daily_limits = caps.iter().copied().collect();
    shop.mock.set_settings(Settings { rate_limits: true, daily_limits, ..shop.mock.settings() }).unwrap();
}

#[actix_web::test]
async fn a_token_is_given_to_no_address_that_is_not_in_the_list() {
    let shop = Shop::new();
    assert!(token_from(&shop, Some("203.0.113.9")).await["access_token"].is_string(), "no list, no lock");
    shop.staged("settings", &json!({ "allowed_addresses": ["203.0.113.7", "2001:db8::7"] })).await;
    for peer in ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::7"] {
        assert!(token_from(&shop, Some(peer)).await["access_token"].is_string(), "{peer}");
    }
    for peer in [Some("203.0.113.9"), None] {
        let refused = token_from(&shop, peer).await;
        assert_eq!(refused["errcode"], 40164, "{peer:?}");
        let told = format!("invalid ip {}, not in whitelist, rid: ", peer.unwrap_or("unknown"));
        assert!(refused["errmsg"].as_str().unwrap().starts_with(&told), "{refused}");
    }
    let (status, _) = shop.control("POST", "/_mock/settings", &json!({ "allowed_addresses": ["office"] })).await;
    assert_eq!(status, 400);
}

#[actix_web::test]
async fn links_of_both_kinds_share_a_day_that_ends_at_midnight_in_shanghai() {
    let shop = Shop::new();
    to_tomorrow(&shop);
    capped(&shop, &[(Route::UrlScheme, 2)]);
    shop.mini_refused(SCHEME, &json!({}), 0).await;
    shop.mini_refused(LINK, &json!({}), 0).await;
    for path in [SCHEME, LINK] {
        let refused = shop.mini(path, &json!({})).await;
        assert_eq!(refused["errcode"], 45009, "{path}");
        assert!(refused["errmsg"].as_str().unwrap().starts_with("reach max api daily quota limit"), "{refused}");
    }
    shop.advance_s(22 * 3600);
    shop.mini_refused(LINK, &json!({}), 45009).await;
    shop.advance_s(3600);
    shop.mini_refused(LINK, &json!({}), 0).await;
}

#[actix_web::test]
async fn every_call_with_a_cap_of_its_own_spends_only_its_own() {
    let shop = Shop::new();
    to_tomorrow(&shop);
    capped(&shop, &[(Route::TextCheck, 1), (Route::MediaCheck, 1), (Route::SubscribeSend, 1)]);
    // What is refused for another reason has been asked all the same.
    for path in ["/wxa/msg_sec_check", "/wxa/media_check_async", "/cgi-bin/message/subscribe/send"] {
        assert_ne!(shop.mini(path, &json!({})).await["errcode"], 45009, "{path}");
        shop.mini_refused(path, &json!({}), 45009).await;
    }
}

#[actix_web::test]
async fn who_asks_for_too_many_tokens_gets_none_until_tomorrow() {
    let shop = Shop::new();
    to_tomorrow(&shop);
    capped(&shop, &[(Route::StableToken, 2)]);
    let first = token_from(&shop, None).await;
    assert_eq!(token_from(&shop, None).await["access_token"], first["access_token"]);
    assert_eq!(token_from(&shop, None).await["errcode"], 45009);
    to_tomorrow(&shop);
    assert!(token_from(&shop, None).await["access_token"].is_string());
}

#[actix_web::test]
async fn a_cap_is_held_only_where_limits_are_and_only_for_the_mini_program() {
    let shop = Shop::new();
    shop.staged("settings", &json!({ "daily_limits": { "stable_token": 0 } })).await;
    assert!(token_from(&shop, None).await["access_token"].is_string());
    for other in [json!({ "prepay": 1 }), json!({ "url_link": 1 }), json!({ "tea": 1 })] {
        let (status, _) = shop.control("POST", "/_mock/settings", &json!({ "daily_limits": other })).await;
        assert_eq!(status, 400, "{other}");
    }
}
