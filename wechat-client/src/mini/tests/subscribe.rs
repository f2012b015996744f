//! Subscription messages: limits of every type of field, and what WeChat refuses.

use super::*;
use crate::{FieldFault, MiniCode, SubscribeMessage, cut_to_thing};

fn blank() -> SubscribeMessage {
    SubscribeMessage::new("oAlice", "TPL")
}

fn takes(field: &str, value: &str) -> bool {
    match blank().with(field, value) {
        Ok(_) => true,
        Err(FieldFault { field: named, .. }) => {
            assert_eq!(named, field);
            false
        }
    }
}

#[tokio::test]
async fn a_message_is_sent_as_the_page_says() {
    let (client, wechat) = api([json(serde_json::json!({"errcode":0,"errmsg":"ok","msgid":1_234_567_890_123_i64}))]);
    let message =
        blank().page("pages/order?no=1").with("thing1", "蜂蜜面膜").unwrap().with("amount2", "¥29.90").unwrap();
    assert_eq!(client.send_subscribe_message(&message).await.unwrap().as_deref(), Some("1234567890123"));
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"touser":"oAlice","template_id":"TPL","page":"pages/order?no=1",
        "data":{"thing1":{"value":"蜂蜜面膜"},"amount2":{"value":"¥29.90"}},"miniprogram_state":"formal","lang":"zh_CN"});
    assert_eq!((path.as_str(), body), ("/cgi-bin/message/subscribe/send", expected));
}

#[tokio::test]
async fn without_a_msgid_it_is_sent_too() {
    let (client, _) = api([json(serde_json::json!({"errcode":0})), json(serde_json::json!({"errcode":0,"msgid":"7"}))]);
    let message = blank().with("thing1", "x").unwrap();
    assert_eq!(client.send_subscribe_message(&message).await.unwrap(), None);
    assert_eq!(client.send_subscribe_message(&message).await.unwrap().as_deref(), Some("7"));
}

#[tokio::test]
async fn a_user_who_refused_is_told_apart_from_a_fault() {
    for (errcode, code) in [
        (43101, RefusalCode::Mini(MiniCode::UserRefused)),
        (43107, RefusalCode::Mini(MiniCode::TemplateBanned)),
        (40037, RefusalCode::Mini(MiniCode::TemplateUnknown)),
        (41030, RefusalCode::Mini(MiniCode::PageUnknown)),
        (45168, RefusalCode::Mini(MiniCode::SensitiveWords)),
        (40003, RefusalCode::OpenidMismatch),
    ] {
        let (client, wechat) = api([Ok(error(errcode))]);
        let fault = client.send_subscribe_message(&blank().with("thing1", "x").unwrap()).await.unwrap_err();
        assert_eq!((fault.refusal_code(), asked(&wechat).len()), (Some(&code), 1), "{errcode}");
    }
    let named = serde_json::json!({"errcode":47003,"errmsg":"argument invalid! hint: [ciPecA05663945] data.thing3.value invalid rid: 6-7-8"});
    let (client, _) = api([json(named), Ok(error(43108))]);
    let message = blank().with("thing3", "x").unwrap();
    let fault = client.send_subscribe_message(&message).await.unwrap_err();
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(MiniCode::TemplateData)));
    let text = fault.to_string();
    assert!(
        text.contains("data.thing3.value invalid") && text.contains("ciPecA05663945") && text.contains("6-7-8"),
        "{text}"
    );
    assert!(matches!(client.send_subscribe_message(&message).await.unwrap_err(), CallError::Throttled(_)));
}

#[test]
fn every_type_takes_what_the_page_allows() {
    for (field, values) in [
        ("thing1", vec!["面膜 2 盒 + a!", "一二三四五六七八九十一二三四五六七八九十"]),
        ("number12", vec!["1", "0.5", "12345678901234567890123456789012"]),
        ("letter1", vec!["abcXYZ"]),
        ("symbol1", vec!["#", "!@#$%"]),
        ("character_string1", vec!["YT-123/45", "abcdefghijklmnopqrstuvwxyz123456"]),
        (
            "time1",
            vec!["15:01", "15:01:59", "2019年10月1日 15:01", "15:01~16:02", "2019年10月1日 15:01~2019年10月2日 15:01"],
        ),
        (
            "date1",
            vec![
                "2019年10月1日",
                "2019-10-01",
                "2019/10/1",
                "2019.10.01",
                "2019年10月1日 15:01",
                "2019-10-01~2019-10-02",
            ],
        ),
        ("amount1", vec!["¥29.90", "￥1", "100元", "6000.00", "$1234567890"]),
        ("phone_number1", vec!["+86-0766-66888866", "138****1234"]),
        ("car_number1", vec!["粤A8Z888挂", "粤B12345"]),
        ("name1", vec!["一二三四五六七八九十", "John O'Neil-Smith", "张A"]),
        ("phrase1", vec!["配送中", "货物配送中"]),
        ("enum1", vec!["已发货"]),
        ("const7", vec!["x"]),
    ] {
        for value in values {
            assert!(takes(field, value), "{field} {value}");
        }
    }
}

#[test]
fn every_type_refuses_what_wechat_would_refuse_and_names_the_field() {
    for (field, values) in [
        ("thing1", vec!["一二三四五六七八九十一二三四五六七八九十一", "a\nb", "", " ", "a\u{0}"]),
        ("number1", vec!["1a", "1.", ".5", "1.2.3", "-1", "１", "123456789012345678901234567890123"]),
        ("letter1", vec!["a1", "é", "abcdefghijklmnopqrstuvwxyzabcdefg"]),
        ("symbol1", vec!["!!!!!!", "a", "面"]),
        ("character_string1", vec!["面", "a b", "abcdefghijklmnopqrstuvwxyz1234567"]),
        ("time1", vec!["25:01", "15:60", "15", "2019年13月1日 15:01", "2019年10月1日", "15:01~16:02~17:03", "15:01~"]),
        ("date1", vec!["2019年2月29日", "2019-10", "2019-10/01", "15:01", "19-10-01", "2019年10月1"]),
        ("amount1", vec!["¥", "¥¥1", "12345678901", "-1", "1元元", "1,000", "八元"]),
        ("phone_number1", vec!["+86-0766-668888661", "12a", "电话"]),
        ("car_number1", vec!["粤A8Z888挂1", "粤A面Z88", "A-1"]),
        ("name1", vec!["一二三四五六七八九十一", "John Jacob Astor Smith", "R2D2"]),
        ("phrase1", vec!["一二三四五六", "abc", "配送1"]),
        ("enum1", vec!["a\tb"]),
    ] {
        for value in values {
            assert!(!takes(field, value), "{field} {value}");
        }
    }
    let fault = blank().with("thing1", "canary ".repeat(9)).unwrap_err();
    assert_eq!(fault.to_string(), "thing1: at most 20 characters");
    for field in ["thing", "1", "", "Thing1", "thing 1", "thing1x", &format!("thing{}", "1".repeat(40))] {
        assert!(blank().with(field, "x").is_err(), "{field}");
    }
    assert!(blank().with("thing1", "a").unwrap().with("thing1", "b").is_err(), "given twice");
}

#[test]
fn a_thing_is_cut_only_on_request_and_says_so() {
    assert_eq!(cut_to_thing("一二三四五六七八九十一二三四五六七八九十"), "一二三四五六七八九十一二三四五六七八九十");
    assert_eq!(cut_to_thing("一二三四五六七八九十一二三四五六七八九十一"), "一二三四五六七八九十一二三四五六七八九…");
    assert_eq!(cut_to_thing("a\r\nb   c"), "a b c");
    // Two units each: the cut goes between them, not through one.
    let cut = cut_to_thing(&"😀".repeat(20));
    assert!(cut.encode_utf16().count() <= 20 && cut.ends_with('…'));
    assert!(blank().with_cut("thing1", &"面".repeat(99)).is_ok());
    assert!(blank().with_cut("thing1", " \n ").is_err(), "nothing is left");
    assert!(blank().with_cut("phrase1", "配送中").is_err());
}

#[tokio::test]
async fn a_message_without_user_template_or_fields_is_not_sent() {
    let (client, wechat) = api([]);
    let filled = |openid: &str, template: &str| SubscribeMessage::new(openid, template).with("thing1", "x").unwrap();
    for message in [filled("", "TPL"), filled("oAlice", ""), filled("oAlice", "TPL").page("a b"), blank()] {
        assert!(client.send_subscribe_message(&message).await.unwrap_err().nothing_was_sent(), "{message:?}");
    }
    assert!(wechat.requests().is_empty());
}
