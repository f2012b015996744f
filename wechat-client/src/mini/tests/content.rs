//! Texts, pictures and sounds that users make.

use super::calls::text_check;
use super::*;
use crate::{MediaKind, MiniCode, TextCheck, TextScene, Verdict};

#[tokio::test]
async fn a_text_is_judged_by_the_verdict_and_only_by_grounds_that_worked() {
    let answer = serde_json::json!({"errcode":0,"errmsg":"ok","trace_id":"t-1",
        "result":{"suggest":"risky","label":20001},
        "detail":[
            {"strategy":"content_model","errcode":0,"suggest":"risky","label":20006,"prob":90},
            {"strategy":"keyword","errcode":-1,"suggest":"pass","label":100},
            {"strategy":"keyword","errcode":0,"suggest":"pass","label":20006,"level":20,"keyword":"canary"}]});
    let (client, wechat) = api([json(answer)]);
    let verdict = client.check_text(&text_check()).await.unwrap();
    assert_eq!((verdict.verdict, verdict.label, verdict.trace_id.as_str()), (Verdict::Risky, 20001, "t-1"));
    assert_eq!((verdict.details.len(), verdict.details[0].probability), (2, Some(90)));
    assert!(!format!("{verdict:?}").contains("canary"));
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"content":"canary text","version":2,"scene":2,"openid":"ocanaryopenid"});
    assert_eq!((path.as_str(), body), ("/wxa/msg_sec_check", expected));
}

#[tokio::test]
async fn a_word_that_is_not_known_is_for_a_human_and_never_a_pass() {
    for (word, verdict) in
        [("pass", Verdict::Pass), ("review", Verdict::Review), ("PASS", Verdict::Review), ("", Verdict::Review)]
    {
        let (client, _) = api([json(serde_json::json!({"errcode":0,"result":{"suggest":word}}))]);
        assert_eq!(client.check_text(&text_check()).await.unwrap().verdict, verdict, "{word}");
    }
}

#[tokio::test]
async fn a_user_who_was_not_here_lately_is_told_apart() {
    let (client, _) = api([Ok(error(61010)), Ok(error(43104))]);
    let fault = client.check_text(&text_check()).await.unwrap_err();
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(MiniCode::NotSeenLately)));
    let fault = client.check_text(&text_check()).await.unwrap_err();
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::OpenidMismatch));
}

#[tokio::test]
async fn media_is_handed_over_once_and_gives_the_trace_id() {
    let (client, wechat) = api([json(serde_json::json!({"errcode":0,"trace_id":"t-2"})), Ok(error(-1))]);
    let check = || client.check_media("https://a.cn/1.png", MediaKind::Image, TextScene::Profile, "oAlice");
    assert_eq!(check().await.unwrap(), "t-2");
    let (path, _, body) = one(&wechat);
    let expected =
        serde_json::json!({"media_url":"https://a.cn/1.png","media_type":2,"version":2,"scene":1,"openid":"oAlice"});
    assert_eq!((path.as_str(), body), ("/wxa/media_check_async", expected));
    check().await.unwrap_err();
    assert_eq!(asked(&wechat).len(), 2);
}

#[tokio::test]
async fn what_is_out_of_its_limits_is_not_sent() {
    let (client, wechat) = api([]);
    let text = |content: &str| TextCheck { content: content.to_owned(), ..text_check() };
    for check in [
        text(""),
        text(&"面".repeat(2501)),
        TextCheck { openid: String::new(), ..text_check() },
        TextCheck { signature: Some("x".to_owned()), ..text_check() },
        TextCheck { title: Some("a\nb".to_owned()), ..text_check() },
    ] {
        assert!(client.check_text(&check).await.unwrap_err().nothing_was_sent(), "{check:?}");
    }
    for url in ["", "ftp://a.cn/1", "https://a.cn/ 1", &format!("https://{}", "a".repeat(2048))] {
        let fault = client.check_media(url, MediaKind::Audio, TextScene::Forum, "oAlice").await.unwrap_err();
        assert!(fault.nothing_was_sent(), "{url}");
    }
    assert!(wechat.requests().is_empty());
}
