//! Links that open the mini program.

use chrono::TimeDelta;

use super::*;
use crate::{Link, LinkExpiry, MiniCode, MiniVersion};

#[tokio::test]
async fn both_kinds_are_asked_for_as_their_pages_say() {
    let scheme = json(serde_json::json!({"errcode":0,"errmsg":"ok","openlink":"weixin://dl/business/?t=Abc"}));
    let (client, wechat) = api([scheme]);
    let link = Link::to("pages/x", "a=1%20`", LinkExpiry::AfterDays(30));
    assert_eq!(client.generate_scheme(&link).await.unwrap(), "weixin://dl/business/?t=Abc");
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"jump_wxa":{"path":"pages/x","query":"a=1%20`","env_version":"release"},
        "is_expire":true,"expire_type":1,"expire_interval":30});
    assert_eq!((path.as_str(), body), ("/wxa/generatescheme", expected));

    let (client, wechat) = api([json(serde_json::json!({"errcode":0,"url_link":"https://wxaurl.cn/Abc"}))]);
    let at = TestClock::new().now() + TimeDelta::days(2);
    let link = Link { version: MiniVersion::Trial, ..Link::to("", "", LinkExpiry::At(at)) };
    assert_eq!(client.generate_url_link(&link).await.unwrap(), "https://wxaurl.cn/Abc");
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"path":"","query":"","env_version":"trial",
        "is_expire":true,"expire_type":0,"expire_time":at.timestamp()});
    assert_eq!((path.as_str(), body), ("/wxa/generate_urllink", expected));
}

#[tokio::test]
async fn what_is_no_link_of_wechats_is_not_shown_to_people() {
    for link in ["", "javascript:alert(1)", "http://wxaurl.cn/a", "https://a b", "https://a\u{0}"] {
        let (client, _) = api([json(serde_json::json!({"errcode":0,"url_link":link,"openlink":link}))]);
        let ask = Link::to("", "", LinkExpiry::AfterDays(1));
        assert!(matches!(client.generate_url_link(&ask).await.unwrap_err(), CallError::Unknown(_)), "{link}");
    }
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    for (errcode, code) in [
        (40165, MiniCode::PageUnknown),
        (40212, MiniCode::QueryInvalid),
        (85079, MiniCode::NotPublished),
        (85400, MiniCode::QuotaSpent),
        (85401, MiniCode::ExpiryInvalid),
    ] {
        let (client, _) = api([Ok(error(errcode))]);
        let fault = client.generate_scheme(&Link::to("", "", LinkExpiry::AfterDays(1))).await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(code)), "{errcode}");
    }
}

#[tokio::test]
async fn a_link_out_of_its_limits_is_not_sent() {
    let (client, wechat) = api([]);
    let now = TestClock::new().now();
    let at = |seconds: i64| LinkExpiry::At(now + TimeDelta::seconds(seconds));
    let day = LinkExpiry::AfterDays(1);
    for link in [
        Link::to("pages/x?a=1", "", day),
        Link::to("页", "", day),
        Link::to("", "a".repeat(1025), day),
        Link::to("", "面膜", day),
        Link::to("", "a b", day),
        Link::to("", "", LinkExpiry::AfterDays(0)),
        Link::to("", "", LinkExpiry::AfterDays(31)),
        Link::to("", "", at(59)),
        Link::to("", "", at(-59)),
        Link::to("", "", at(30 * 24 * 3600 + 60)),
    ] {
        assert!(client.generate_scheme(&link).await.unwrap_err().nothing_was_sent(), "{link:?}");
        assert!(client.generate_url_link(&link).await.unwrap_err().nothing_was_sent(), "{link:?}");
    }
    assert!(wechat.requests().is_empty());
}
