//! Session keys, codes, links, subscription messages, content checks.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mock_wechat::{Request, Settings};
use serde_json::{Value, json};

use crate::support::inbox::Inbox;
use crate::support::{Shop, json_of};

const SEND: &str = "/cgi-bin/message/subscribe/send";

async fn logged_in(shop: &Shop) -> Value {
    let account = shop.mock.account();
    let code = shop.mock.login("alice");
    let target = format!(
        "/sns/jscode2session?appid={}&secret={}&js_code={code}&grant_type=authorization_code",
        account.appid, account.app_secret
    );
    json_of(&shop.send(Request::new("GET", &target)).await)
}

fn signature(session_key: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, session_key.as_bytes()), b"");
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

async fn session_call(shop: &Shop, path: &str, openid: &str, signature: &str) -> Value {
    let token = shop.token().await;
    let target = format!("{path}?access_token={token}&openid={openid}&signature={signature}&sig_method=hmac_sha256");
    json_of(&shop.send(Request::new("GET", &target)).await)
}

#[actix_web::test]
async fn a_session_key_that_was_reset_is_no_longer_good() {
    let shop = Shop::new();
    let session = logged_in(&shop).await;
    let (openid, key) = (session["openid"].as_str().unwrap(), session["session_key"].as_str().unwrap());
    assert_eq!(session_call(&shop, "/wxa/checksession", openid, &signature(key)).await["errcode"], 0);
    assert_eq!(session_call(&shop, "/wxa/checksession", openid, &signature("other")).await["errcode"], 87009);
    let reset = session_call(&shop, "/wxa/resetusersessionkey", openid, &signature(key)).await;
    let new_key = reset["session_key"].as_str().unwrap();
    assert_ne!(new_key, key);
    assert_eq!(session_call(&shop, "/wxa/checksession", openid, &signature(key)).await["errcode"], 87009);
    assert_eq!(session_call(&shop, "/wxa/checksession", openid, &signature(new_key)).await["errcode"], 0);
    assert_eq!(session_call(&shop, "/wxa/checksession", "nobody", &signature(key)).await["errcode"], 40003);
    shop.advance_s(4 * 86_400);
    assert_eq!(session_call(&shop, "/wxa/checksession", openid, &signature(new_key)).await["errcode"], 87007);
}

#[actix_web::test]
async fn a_token_that_is_missing_wrong_or_old_is_told_apart() {
    let shop = Shop::new();
    let token = shop.token().await;
    let asked = async |token: &str| {
        let target = format!("/wxa/generatescheme{token}");
        shop.control("POST", &target, &json!({})).await.1["errcode"].as_i64().unwrap()
    };
    assert_eq!(asked("").await, 41001);
    assert_eq!(asked("?access_token=x").await, 40001);
    assert_eq!(asked(&format!("?access_token={token}")).await, 0);
    shop.advance_s(7201);
    assert_eq!(asked(&format!("?access_token={token}")).await, 42001);
}

#[actix_web::test]
async fn encrypted_data_opens_with_the_session_key_and_carries_the_watermark() {
    use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
    use aws_lc_rs::iv::FixedLength;
    let shop = Shop::new();
    let session = logged_in(&shop).await;
    let sealed = shop.staged("wx/encrypted-data", &json!({ "user": "alice", "data": { "nickName": "爱丽丝" } })).await;
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let key = UnboundCipherKey::new(&AES_128, &bytes(&session["session_key"])).unwrap();
    let iv: [u8; 16] = bytes(&sealed["iv"]).try_into().unwrap();
    let mut text = bytes(&sealed["encryptedData"]);
    let context = DecryptionContext::Iv128(FixedLength::from(&iv));
    let plain = PaddedBlockDecryptingKey::cbc_pkcs7(key).unwrap().decrypt(&mut text, context).unwrap();
    let plain: Value = serde_json::from_slice(plain).unwrap();
    assert_eq!(plain["nickName"], "爱丽丝");
    assert_eq!(plain["watermark"]["appid"], shop.mock.account().appid);
}

#[actix_web::test]
async fn a_code_is_a_jpeg_or_with_a_clear_ground_a_png_and_a_phone_reads_its_page_and_scene() {
    let shop = Shop::new();
    let token = shop.token().await;
    let draw = async |path: &str, body: Value| {
        let target = format!("{path}?access_token={token}");
        let answer = shop.send(Request::new("POST", &target).body(body.to_string())).await;
        (answer.get("Content-Type").unwrap().to_owned(), read_code(&answer.body))
    };
    let unlimited = json!({ "scene": "s=ab12", "page": "pages/product/index", "width": 280 });
    let said = "mock-wechat:pages/product/index?scene=s=ab12".to_owned();
    assert_eq!(draw("/wxa/getwxacodeunlimit", unlimited.clone()).await, ("image/jpeg".to_owned(), (280, said.clone())));
    let clear = json!({ "scene": "s=ab12", "page": "pages/product/index", "width": 300, "is_hyaline": true });
    assert_eq!(draw("/wxa/getwxacodeunlimit", clear).await, ("image/png".to_owned(), (300, said)));
    let limited = json!({ "path": "pages/product/index?id=7" });
    let said = "mock-wechat:pages/product/index?id=7".to_owned();
    assert_eq!(draw("/wxa/getwxacode", limited.clone()).await, ("image/jpeg".to_owned(), (430, said.clone())));
    assert_eq!(draw("/cgi-bin/wxaapp/createwxaqrcode", limited).await, ("image/jpeg".to_owned(), (430, said)));
}

/// Width in pixels, and what a phone would read.
fn read_code(bytes: &[u8]) -> (u32, String) {
    let picture = image::load_from_memory(bytes).unwrap().to_luma_alpha8();
    let (width, height) = picture.dimensions();
    // A clear ground lies on white.
    let grey = |x: usize, y: usize| {
        let at = 2 * (y * width as usize + x);
        if picture.as_raw()[at + 1] == 0 { 255 } else { picture.as_raw()[at] }
    };
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, grey);
    let (_, text) = seen.detect_grids()[0].decode().unwrap();
    (width, text)
}

#[actix_web::test]
async fn a_code_with_a_bad_scene_or_an_unpublished_page_is_refused() {
    let shop = Shop::new();
    let pages = vec!["pages/home/index".to_owned()];
    shop.mock.set_settings(Settings { pages, ..shop.mock.settings() }).unwrap();
    for (body, errcode) in [
        (json!({ "scene": "a".repeat(33) }), 40169),
        (json!({ "scene": "" }), 40169),
        (json!({ "scene": "a%20b" }), 40129),
        (json!({ "scene": "军浦" }), 40129),
        (json!({ "scene": "a", "page": "/pages/home/index" }), 41030),
        (json!({ "scene": "a", "page": "pages/other" }), 41030),
        (json!({ "scene": "a", "width": 279 }), 40097),
        (json!({ "scene": "a", "width": "430" }), 47001),
    ] {
        shop.mini_refused("/wxa/getwxacodeunlimit", &body, errcode).await;
    }
}

#[actix_web::test]
async fn unpublished_pages_are_counted_and_their_codes_are_not() {
    let shop = Shop::new();
    let settings = Settings { pages: vec!["pages/home".to_owned()], most_unchecked_pages: 2, ..shop.mock.settings() };
    shop.mock.set_settings(settings).unwrap();
    let target = format!("/wxa/getwxacodeunlimit?access_token={}", shop.token().await);
    let asked = async |page: &str, check_path: bool| {
        let body = json!({ "scene": "a", "page": page, "check_path": check_path, "width": 280 });
        let answer = shop.send(Request::new("POST", &target).body(body.to_string())).await;
        if answer.get("Content-Type") == Some("image/jpeg") { 0 } else { json_of(&answer)["errcode"].as_i64().unwrap() }
    };
    assert_eq!(asked("pages/new", true).await, 41030);
    for page in ["pages/new", "pages/new", "pages/newer", "pages/home"] {
        assert_eq!(asked(page, false).await, 0, "{page}");
    }
    assert_eq!(asked("pages/newest", false).await, 45029);
    assert_eq!(asked("pages/newer", false).await, 0, "known pages get more codes");
    assert_eq!(asked("pages/home", true).await, 0, "published ones too");
}

#[actix_web::test]
async fn an_app_that_is_not_published_makes_no_links() {
    let shop = Shop::new();
    shop.staged("settings", &json!({ "published": false })).await;
    for path in ["/wxa/generatescheme", "/wxa/generate_urllink"] {
        shop.mini_refused(path, &json!({}), 85079).await;
    }
}

#[actix_web::test]
async fn a_user_has_a_unionid_only_while_one_is_set() {
    let shop = Shop::new();
    assert!(logged_in(&shop).await.get("unionid").is_none());
    shop.staged("wx/user", &json!({ "user": "alice", "unionid": "oUnion-1" })).await;
    shop.staged("wx/user", &json!({ "user": "alice", "blocked": false })).await;
    assert_eq!(logged_in(&shop).await["unionid"], "oUnion-1");
    shop.staged("wx/user", &json!({ "user": "alice", "unionid": null })).await;
    assert!(logged_in(&shop).await.get("unionid").is_none());
    assert_eq!(shop.control("POST", "/_mock/wx/user", &json!({ "user": "alice", "unionid": "" })).await.0, 400);
}

#[actix_web::test]
async fn a_link_without_end_or_beyond_thirty_days_is_refused() {
    let shop = Shop::new();
    let now = shop.merchant.now_s();
    let good = json!({ "path": "pages/a", "query": "x=1", "expire_type": 1, "expire_interval": 30 });
    let link = shop.mini("/wxa/generate_urllink", &good).await;
    assert!(link["url_link"].as_str().unwrap().starts_with("https://wxaurl.cn/"), "{link}");
    let scheme = shop.mini("/wxa/generatescheme", &json!({ "jump_wxa": { "path": "pages/a" } })).await;
    assert!(scheme["openlink"].as_str().unwrap().starts_with("weixin://dl/business/?t="), "{scheme}");
    for (body, errcode) in [
        (json!({ "expire_type": 1, "expire_interval": 31 }), 85401),
        (json!({ "expire_type": 0, "expire_time": now + 31 * 86_400 }), 85401),
        (json!({ "expire_type": 0, "expire_time": now + 10 }), 85401),
        (json!({ "path": "pages/a?x=1" }), 40165),
        (json!({ "query": "军浦" }), 40212),
    ] {
        shop.mini_refused("/wxa/generate_urllink", &body, errcode).await;
    }
}

#[actix_web::test]
async fn a_message_needs_an_accept_of_its_own() {
    let shop = Shop::new();
    let message = json!({
        "touser": shop.mock.openid_of("alice"),
        "template_id": "T1",
        "data": { "thing1": { "value": "红参" }, "amount2": { "value": "¥29.90" } },
    });
    shop.mini_refused(SEND, &message, 43101).await;
    shop.staged("wx/subscribe", &json!({ "user": "alice", "template_ids": ["T1", "T2"] })).await;
    shop.staged("wx/subscribe", &json!({ "user": "alice", "template_ids": ["T1"] })).await;
    shop.staged("wx/subscribe", &json!({ "user": "alice", "template_ids": ["T1"], "accept": false })).await;
    for errcode in [0, 0, 43101] {
        shop.mini_refused(SEND, &message, errcode).await;
    }
}

#[actix_web::test]
async fn data_that_breaks_a_template_is_named_and_costs_no_accept() {
    let shop = Shop::new();
    shop.staged("wx/subscribe", &json!({ "user": "alice", "template_ids": ["T1"] })).await;
    let of = |data: Value| json!({ "touser": shop.mock.openid_of("alice"), "template_id": "T1", "data": data });
    let refused = shop.mini(SEND, &of(json!({ "thing1": { "value": "字".repeat(21) } }))).await;
    assert!(refused["errmsg"].as_str().unwrap().starts_with("argument invalid! data.thing1.value invalid, rid: "));
    let refused = shop.mini(SEND, &of(json!({ "thing1": { "value": "" } }))).await;
    assert!(refused["errmsg"].as_str().unwrap().contains("data.thing1.value is empty"), "{refused}");
    shop.mini_refused(SEND, &of(json!("{\"thing1\":{\"value\":\"a\"}}")), 47003).await;
    shop.mini_refused(SEND, &of(json!({ "thing1": { "value": "诈骗" } })), 45168).await;
    shop.mini_refused(SEND, &of(json!({ "thing1": { "value": "a" } })), 0).await;
}

#[actix_web::test]
async fn an_unknown_template_page_or_user_is_refused() {
    let shop = Shop::new();
    let settings = Settings {
        templates: [("T1".to_owned(), vec!["thing1".to_owned()])].into(),
        pages: vec!["pages/a".to_owned()],
        ..shop.mock.settings()
    };
    shop.mock.set_settings(settings).unwrap();
    let alice = shop.mock.openid_of("alice");
    let data = json!({ "thing1": { "value": "a" } });
    for (body, errcode) in [
        (json!({ "touser": "nobody", "template_id": "T1", "data": data }), 40003),
        (json!({ "touser": alice, "template_id": "T2", "data": data }), 40037),
        (json!({ "touser": alice, "template_id": "T1", "data": data, "page": "pages/b?x=1" }), 41030),
        (json!({ "touser": alice, "template_id": "T1", "data": { "thing2": { "value": "a" } } }), 47003),
    ] {
        shop.mini_refused(SEND, &body, errcode).await;
    }
}

#[actix_web::test]
async fn a_text_is_judged_and_a_user_long_gone_is_refused() {
    let shop = Shop::new();
    logged_in(&shop).await;
    let of =
        |content: &str| json!({ "content": content, "version": 2, "scene": 2, "openid": shop.mock.openid_of("alice") });
    assert_eq!(shop.mini("/wxa/msg_sec_check", &of("很好用")).await["result"]["suggest"], "pass");
    let risky = shop.mini("/wxa/msg_sec_check", &of("加我微信，广告")).await;
    assert_eq!((&risky["result"]["suggest"], &risky["result"]["label"]), (&json!("risky"), &json!(10001)));
    shop.mini_refused("/wxa/msg_sec_check", &of(&"字".repeat(2501)), 45002).await;
    shop.advance_s(2 * 3600 + 1);
    shop.mini_refused("/wxa/msg_sec_check", &of("很好用"), 61010).await;
}

#[actix_web::test]
async fn the_verdict_on_a_picture_comes_later_as_xml_or_json() {
    let inbox = Inbox::start();
    let shop = Shop::new();
    for message_xml in [false, true] {
        logged_in(&shop).await;
        let settings = Settings {
            message_url: inbox.url.clone(),
            message_token: "token123".to_owned(),
            message_xml,
            ..shop.mock.settings()
        };
        shop.mock.set_settings(settings).unwrap();
        let body = json!({
            "media_url": "https://cdn.example/risky.png", "media_type": 2, "version": 2, "scene": 1,
            "openid": shop.mock.openid_of("alice"),
        });
        assert_eq!(shop.mini("/wxa/media_check_async", &body).await["errcode"], 0);
        assert_eq!(shop.mock.deliver_due().await, 0);
        shop.advance_s(5);
        shop.mock.deliver_due().await;
    }
    let [json, xml] = &inbox.delivered()[..] else { panic!("two events") };
    assert_eq!(json.json()["result"]["suggest"], "risky");
    let xml = String::from_utf8(xml.body.clone()).unwrap();
    assert!(xml.starts_with("<xml>") && xml.contains("<Event><![CDATA[wxa_media_check]]></Event>"), "{xml}");
    inbox.stop().await;
}

#[actix_web::test]
async fn a_blocked_user_cannot_log_in() {
    let shop = Shop::new();
    shop.staged("wx/user", &json!({ "user": "alice", "blocked": true })).await;
    assert_eq!(logged_in(&shop).await["errcode"], 40226);
}

#[actix_web::test]
async fn calls_beyond_the_limit_are_refused_until_the_next_minute() {
    let shop = Shop::new();
    shop.mock.set_settings(Settings { rate_limits: true, ..shop.mock.settings() }).unwrap();
    let token = shop.token().await;
    let ask = async || shop.control("POST", &format!("/wxa/generatescheme?access_token={token}"), &json!({})).await.1;
    let mut refused = Value::Null;
    for _ in 0..2_000 {
        refused = ask().await;
        if refused["errcode"] != 0 {
            break;
        }
    }
    assert_eq!(refused["errcode"], 44990);
    shop.advance_s(1);
    assert_eq!(ask().await["errcode"], 0);
}
