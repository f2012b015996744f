//! Checking and resetting session keys.

use super::*;
use crate::MiniCode;
use crate::mini::session_key::signature;

/// The key and the signatures of WeChat's own page on signing.
const KEY: &str = "o0q0otL8aEzpcZL/FT9WsQ==";

#[test]
fn the_signature_is_the_one_of_wechats_page() {
    assert_eq!(
        signature(&KEY.into(), br#"{"foo":"bar"}"#),
        "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
    );
}

#[tokio::test]
async fn a_key_is_checked_by_its_signature_of_nothing_and_never_sent() {
    let (client, wechat) = api([json(serde_json::json!({"errcode":0,"errmsg":"ok"})), Ok(error(87009))]);
    assert!(client.is_session_key_current("oAlice", &KEY.into()).await.unwrap());
    let (path, pairs, _) = one(&wechat);
    let expected = [
        ("openid", "oAlice"),
        ("signature", "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"),
        ("sig_method", "hmac_sha256"),
    ]
    .map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!((path.as_str(), pairs), ("/wxa/checksession", expected.to_vec()));
    assert_eq!(asked(&wechat)[0].method, Method::Get);
    assert!(!client.is_session_key_current("oAlice", &KEY.into()).await.unwrap());
}

#[tokio::test]
async fn a_reset_gives_the_new_key_and_is_not_repeated() {
    let answer = serde_json::json!({"errcode":0,"openid":"oAlice","session_key":"bmV3"});
    let (client, wechat) = api([json(answer.clone()), json(answer), Ok(error(87007)), Err(TransportError::TimedOut)]);
    assert_eq!(client.reset_session_key("oAlice", &KEY.into()).await.unwrap().expose_secret(), "bmV3");
    assert_eq!(one(&wechat).0, "/wxa/resetusersessionkey");
    let fault = client.reset_session_key("oBob", &KEY.into()).await.unwrap_err();
    assert!(matches!(fault, CallError::Unknown(_)), "another user's key: {fault}");
    let fault = client.reset_session_key("oAlice", &KEY.into()).await.unwrap_err();
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(MiniCode::SessionKeyStale)));
    client.reset_session_key("oAlice", &KEY.into()).await.unwrap_err();
    assert_eq!(asked(&wechat).len(), 4);
}

#[tokio::test]
async fn what_can_not_be_a_user_or_a_key_is_not_sent() {
    let (client, wechat) = api([]);
    for (openid, key) in [("", KEY), ("o A", KEY), ("oAlice", "")] {
        assert!(client.is_session_key_current(openid, &key.into()).await.unwrap_err().nothing_was_sent());
        assert!(client.reset_session_key(openid, &key.into()).await.unwrap_err().nothing_was_sent());
    }
    assert!(wechat.requests().is_empty());
}
