//! XML: read where it is asked for, and never with a DOCTYPE, an entity, or more than a message has.

use super::*;

fn reads(aes: bool) -> MessagePush {
    push(aes).with_xml()
}

fn plain(body: &str) -> Result<PushMessage, PushRefused> {
    reads(false).open(&signed(&at(0), None), body.as_bytes())
}

fn revoke() -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>\
        <CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType>\
        <Event><![CDATA[user_authorization_revoke]]></Event><OpenID><![CDATA[oAlice]]></OpenID>\
        <AppID><![CDATA[{APPID}]]></AppID><RevokeInfo><![CDATA[8]]></RevokeInfo></xml>"
    )
}

#[test]
fn the_same_event_is_the_same_message_in_xml_and_in_json() {
    let message = plain(&revoke()).unwrap();
    assert_eq!(message, push(false).open(&signed(&at(0), None), event().as_bytes()).unwrap());
    let with_head = format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->\n{}\n", revoke());
    assert_eq!(plain(&with_head).unwrap(), message);
    // JSON is read as before.
    assert!(reads(false).open(&signed(&at(0), None), event().as_bytes()).is_ok());
}

#[test]
fn lists_are_read_with_their_wrapper() {
    let entry = |id: &str, word: &str| {
        format!(
            "<List><TemplateId><![CDATA[{id}]]></TemplateId>\
            <SubscribeStatusString><![CDATA[{word}]]></SubscribeStatusString><PopupScene>2</PopupScene></List>"
        )
    };
    let panel = |entries: &str| {
        let body = format!(
            "<xml><FromUserName>o1</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>\
            <Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>{entries}</SubscribeMsgPopupEvent></xml>"
        );
        let PushEvent::SubscribePanel(answers) = plain(&body).unwrap().content else { panic!() };
        answers
    };
    assert_eq!(panel(&entry("A", "accept")).len(), 1);
    let several = panel(&format!("{}{}", entry("A", "accept"), entry("B", "reject")));
    assert_eq!(several.iter().map(|answer| answer.is_accepted).collect::<Vec<_>>(), [true, false]);
    assert!(panel("").is_empty());
}

#[test]
fn a_sealed_message_opens_in_xml_too() {
    let message = revoke();
    let encrypted = sealed(message.as_bytes(), u32::try_from(message.len()).unwrap(), APPID, None);
    let body = format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><OpenID>oMallory</OpenID><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    );
    let query = signed(&at(0), Some(&encrypted));
    assert_eq!(reads(true).open(&query, body.as_bytes()).unwrap().openid.as_deref(), Some("oAlice"));
    assert_eq!(push(true).open(&query, body.as_bytes()), Err(PushRefused::Xml), "not asked for");
    let other = signed(&at(0), Some("AAAA"));
    assert_eq!(reads(true).open(&other, body.as_bytes()), Err(PushRefused::Unproven("bad msg_signature")));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"a\">]><xml>&a;</xml>";
    let encrypted = sealed(bomb.as_bytes(), u32::try_from(bomb.len()).unwrap(), APPID, None);
    let body = serde_json::json!({ "Encrypt": encrypted }).to_string();
    assert_eq!(reads(true).open(&signed(&at(0), Some(&encrypted)), body.as_bytes()), Err(PushRefused::Xml));
}

#[test]
fn a_doctype_an_entity_or_an_instruction_is_refused() {
    for body in [
        "<!DOCTYPE xml><xml><Event>a</Event></xml>",
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\">]><xml><Event>&a;</Event></xml>",
        "<!DOCTYPE x SYSTEM \"file:///etc/hostname\"><xml><Event>a</Event></xml>",
        "<xml><Event>&a;</Event></xml>",
        "<xml><?php x?><Event>a</Event></xml>",
    ] {
        assert_eq!(plain(body), Err(PushRefused::Xml), "{body}");
    }
    let message = plain("<xml><Event>a&amp;b&#65;&#x42;</Event></xml>").unwrap();
    assert_eq!(message.event, "a&bAB", "XML's own five and characters by number are no entities of somebody's");
}

#[test]
fn what_is_too_deep_too_long_or_too_much_is_refused() {
    let deep = |levels: usize| format!("<xml><Event>a</Event>{}x{}</xml>", "<a>".repeat(levels), "</a>".repeat(levels));
    assert!(plain(&deep(7)).is_ok());
    assert_eq!(plain(&deep(8)), Err(PushRefused::Xml));
    assert_eq!(plain(&deep(10_000)), Err(PushRefused::Xml));
    assert_eq!(plain(&format!("<xml><Event>a</Event>{}</xml>", "<a/>".repeat(1000))), Err(PushRefused::Xml));
    assert_eq!(plain(&format!("<xml><Event>a</Event><{}/></xml>", "a".repeat(65))), Err(PushRefused::Xml));
    assert_eq!(plain(&format!("<xml><Event>{}</Event></xml>", "a".repeat(64 * 1024))), Err(PushRefused::Xml));
}

#[test]
fn what_is_no_whole_xml_is_malformed_and_never_panics() {
    let whole = revoke();
    for body in
        ["<", "<xml>", "<xml></xml>", "<xml/>", "<xml>a</xml>", "<xml><Event>a</xml>", "<a><b>1</b></a><a><b>1</b></a>"]
    {
        assert!(matches!(plain(body), Err(PushRefused::Malformed(_))), "{body}: {:?}", plain(body));
    }
    assert!(matches!(plain(&format!("{whole}x")), Err(PushRefused::Malformed(_))));
    for cut in 1..whole.len() {
        assert!(plain(&whole[..cut]).is_err(), "{cut}");
    }
    assert!(matches!(
        reads(false).open(&signed(&at(0), None), b"<xml><Event>\xff</Event></xml>"),
        Err(PushRefused::Malformed(_))
    ));
}
