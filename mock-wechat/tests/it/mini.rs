//! Login codes and the stable access token.

use mock_wechat::{Answer, Request};
use serde_json::{Value, json};

use crate::support::{Shop, json_of};

async fn redeem(shop: &Shop, code: &str) -> Value {
    let account = shop.mock.account();
    let target = format!(
        "/sns/jscode2session?appid={}&secret={}&js_code={code}&grant_type=authorization_code",
        account.appid, account.app_secret
    );
    json_of(&shop.send(Request::new("GET", &target)).await)
}

#[actix_web::test]
async fn login_code_is_good_once() {
    let shop = Shop::new();
    let code = shop.mock.login("alice");
    let session = redeem(&shop, &code).await;
    assert_eq!(session["openid"], json!(shop.mock.openid_of("alice")));
    assert_eq!(session["session_key"].as_str().unwrap().len(), 24);
    assert!(session.get("errcode").is_none());
    assert_eq!(redeem(&shop, &code).await["errcode"], 40163);
    let (_, settings) = shop.control("POST", "/_mock/settings", &json!({ "used_code_errcode": 40029 })).await;
    assert_eq!(settings["used_code_errcode"], 40029);
    assert_eq!(redeem(&shop, &code).await["errcode"], 40029);
}

#[actix_web::test]
async fn login_code_dies_after_five_minutes() {
    let shop = Shop::new();
    let (early, late) = (shop.mock.login("alice"), shop.mock.login("alice"));
    shop.advance_s(290);
    assert!(redeem(&shop, &early).await.get("errcode").is_none());
    shop.advance_s(11);
    let refusal = redeem(&shop, &late).await;
    assert_eq!(refusal["errcode"], 40029);
    let errmsg = refusal["errmsg"].as_str().unwrap();
    assert!(errmsg.starts_with("invalid code, rid: ") && errmsg.len() == 19 + 26, "{errmsg}");
}

#[actix_web::test]
async fn openid_is_stable_and_the_session_key_is_not() {
    let shop = Shop::new();
    let mut sessions = Vec::new();
    for user in ["alice", "alice", "bob"] {
        let code = shop.mock.login(user);
        sessions.push(redeem(&shop, &code).await);
    }
    assert_eq!(sessions[0]["openid"], sessions[1]["openid"]);
    assert_ne!(sessions[0]["session_key"], sessions[1]["session_key"]);
    assert_ne!(sessions[0]["openid"], sessions[2]["openid"]);
    assert_eq!(sessions[0]["openid"].as_str().unwrap().len(), 28);
}

#[actix_web::test]
async fn refused_redemption_leaves_the_code_alone() {
    let shop = Shop::new();
    let code = shop.mock.login("alice");
    let account = shop.mock.account();
    let good =
        format!("appid={}&secret={}&js_code={code}&grant_type=authorization_code", account.appid, account.app_secret);
    for (query, errcode) in [
        (good.replace("appid=", "appid=x"), 40013),
        (good.replace("appid=", "other="), 41002),
        (good.replace("&secret=", "&secret=x"), 40125),
        (good.replace("&secret=", "&other="), 41004),
        (good.replace("&js_code=", "&other="), 41008),
        (good.replace("&js_code=", "&js_code=x"), 40029),
        (good.replace("authorization_code", "client_credential"), 40002),
    ] {
        let answer = shop.send(Request::new("GET", &format!("/sns/jscode2session?{query}"))).await;
        assert_eq!((answer.status, json_of(&answer)["errcode"].clone()), (200, json!(errcode)), "{query}");
        assert_eq!(answer.get("content-type"), Some("text/plain"));
    }
    assert!(redeem(&shop, &code).await.get("errcode").is_none());
}

/// Asks for the token: the token and its remaining seconds.
async fn token(shop: &Shop, force: bool) -> (String, i64) {
    let account = shop.mock.account();
    let body = json!({
        "grant_type": "client_credential", "appid": account.appid, "secret": account.app_secret, "force_refresh": force,
    });
    let answer = json_of(&stable_token(shop, &body.to_string()).await);
    (answer["access_token"].as_str().unwrap().to_owned(), answer["expires_in"].as_i64().unwrap())
}

async fn stable_token(shop: &Shop, body: &str) -> Answer {
    shop.send(Request::new("POST", "/cgi-bin/stable_token").body(body)).await
}

#[actix_web::test]
async fn stable_token_stays_the_same_until_its_last_five_minutes() {
    let shop = Shop::new();
    let (first, full) = token(&shop, false).await;
    assert!((7199..=7200).contains(&full), "{full}");
    shop.advance_s(6000);
    let (same, left) = token(&shop, false).await;
    assert_eq!(first, same);
    assert!((1195..=1200).contains(&left), "{left}");
    shop.advance_s(950);
    let (second, left) = token(&shop, false).await;
    assert_ne!(first, second);
    assert!((7195..=7200).contains(&left), "{left}");
    // Both work until the old one's time is over.
    assert!(shop.mock.accepts_access_token(&first) && shop.mock.accepts_access_token(&second));
    shop.advance_s(260);
    assert!(!shop.mock.accepts_access_token(&first) && shop.mock.accepts_access_token(&second));
}

#[actix_web::test]
async fn forced_renewal_kills_the_old_token_at_once_but_not_too_often() {
    let shop = Shop::new();
    let (first, _) = token(&shop, false).await;
    let (second, _) = token(&shop, true).await;
    assert_ne!(first, second);
    assert!(!shop.mock.accepts_access_token(&first));
    assert_eq!(token(&shop, true).await.0, second, "30 s apart");
    let mut held = second;
    // However the test's start lies to midnight in Beijing, 60 tries of 31 s fit into two days.
    let mut renewals = 1;
    for _ in 0..60 {
        shop.advance_s(31);
        let (next, _) = token(&shop, true).await;
        renewals += u32::from(next != held);
        held = next;
    }
    assert!((20..=40).contains(&renewals), "{renewals}");
    shop.advance_s(86_400);
    assert_ne!(token(&shop, true).await.0, held, "a new day");
}

#[actix_web::test]
async fn stable_token_refuses_what_wechat_refuses() {
    let shop = Shop::new();
    let account = shop.mock.account();
    let good = json!({ "grant_type": "client_credential", "appid": account.appid, "secret": account.app_secret });
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body.to_string()
    };
    for (body, errcode) in [
        (String::new(), 44002),
        (format!("grant_type=client_credential&appid={}", account.appid), 47001),
        (with("secret", json!("x")), 40125),
        (with("secret", json!("")), 41004),
        (with("appid", json!("wx1")), 40013),
        (with("appid", json!("")), 41002),
        (with("grant_type", json!("x")), 40002),
        (with("force_refresh", json!("true")), 47001),
    ] {
        let answer = stable_token(&shop, &body).await;
        assert_eq!((answer.status, json_of(&answer)["errcode"].clone()), (200, json!(errcode)), "{body}");
    }
    let get = shop.send(Request::new("GET", "/cgi-bin/stable_token")).await;
    assert_eq!(json_of(&get)["errcode"], 43002);
}
