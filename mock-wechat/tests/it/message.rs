//! The message push, checked by a receiver that verifies and opens by itself.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::{Value, json};

use crate::support::Shop;
use crate::support::inbox::{Delivered, Inbox};

const TOKEN: &str = "consoletoken1";
const AES_KEY: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

async fn console(aes: bool) -> (Shop, Inbox) {
    let (shop, inbox) = (Shop::new(), Inbox::start());
    let settings = json!({
        "message_url": inbox.url, "message_token": TOKEN, "message_aes_key": if aes { AES_KEY } else { "" },
    });
    let (status, body) = shop.control("POST", "/_mock/settings", &settings).await;
    assert_eq!(status, 200, "{body}");
    (shop, inbox)
}

async fn pushed(shop: &Shop, inbox: &Inbox, event: Value) -> Delivered {
    let (status, body) = shop.control("POST", "/_mock/push", &event).await;
    assert_eq!(status, 200, "{event}: {body}");
    assert_eq!(shop.mock.deliver_due().await, 1);
    inbox.delivered().pop().unwrap()
}

fn sha1(mut parts: Vec<String>) -> String {
    parts.sort();
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes());
    hash.as_ref().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// What the three-part signature should be.
fn expected(delivered: &Delivered) -> String {
    sha1(vec![TOKEN.to_owned(), delivered.query("timestamp").unwrap(), delivered.query("nonce").unwrap()])
}

/// What is sealed, once its padding and its appid were looked at.
fn opened(encrypted: &str, appid: &str) -> Vec<u8> {
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let key = GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(format!("{AES_KEY}=")).unwrap();
    let iv: [u8; 16] = key[..16].try_into().unwrap();
    let mut sealed = STANDARD.decode(encrypted).unwrap();
    assert_eq!(sealed.len() % 32, 0, "padded to 32, not to 16");
    let cipher = DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key).unwrap()).unwrap();
    let plain = cipher.decrypt(&mut sealed, DecryptionContext::Iv128(FixedLength::from(&iv))).unwrap();
    let length = u32::from_be_bytes(plain[16..20].try_into().unwrap()) as usize;
    let pad = usize::from(*plain.last().unwrap());
    assert_eq!(&plain[20 + length..plain.len() - pad], appid.as_bytes());
    plain[20..20 + length].to_vec()
}

#[actix_web::test]
async fn plain_event_is_signed_in_the_query() {
    let (shop, inbox) = console(false).await;
    let event = json!({ "event": "user_authorization_revoke", "user": "alice", "revoke_info": 8 });
    let delivered = pushed(&shop, &inbox, event).await;
    assert_eq!(delivered.query("signature"), Some(expected(&delivered)));
    let openid = shop.mock.openid_of("alice");
    assert_eq!(delivered.query("openid").as_ref(), Some(&openid));
    assert_eq!(delivered.query("msg_signature"), None);
    assert_eq!(delivered.header("wechatpay-signature"), None, "no part of Pay");
    let body = delivered.json();
    assert_eq!((&body["Event"], &body["MsgType"]), (&json!("user_authorization_revoke"), &json!("event")));
    assert_eq!((&body["OpenID"], &body["FromUserName"]), (&json!(openid), &json!(openid)));
    assert_eq!((&body["AppID"], &body["RevokeInfo"]), (&json!(shop.mock.account().appid), &json!(8)));
    inbox.stop().await;
}

#[actix_web::test]
async fn secure_mode_seals_the_event_for_the_appid() {
    let (shop, inbox) = console(true).await;
    let delivered = pushed(&shop, &inbox, json!({ "event": "user_authorization_revoke", "user": "alice" })).await;
    let body = delivered.json();
    let encrypted = body["Encrypt"].as_str().unwrap();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let [timestamp, nonce] = ["timestamp", "nonce"].map(|name| delivered.query(name).unwrap());
    assert_eq!(delivered.query("signature"), Some(expected(&delivered)));
    let whole = sha1(vec![TOKEN.to_owned(), timestamp, nonce, encrypted.to_owned()]);
    assert_eq!(delivered.query("msg_signature"), Some(whole));
    assert_eq!(delivered.query("encrypt_type").as_deref(), Some("aes"));
    let event: Value = serde_json::from_slice(&opened(encrypted, &shop.mock.account().appid)).unwrap();
    assert_eq!(event["OpenID"], json!(shop.mock.openid_of("alice")));
    inbox.stop().await;
}

#[actix_web::test]
async fn compatible_mode_shows_the_event_beside_what_is_sealed() {
    let (shop, inbox) = console(true).await;
    let appid = &shop.mock.account().appid;
    for message_xml in [false, true] {
        shop.staged("settings", &json!({ "message_compatible": true, "message_xml": message_xml })).await;
        // A list makes the XML deeper than a sealed message alone ever is.
        let list = json!({ "TemplateId": "T1", "SubscribeStatusString": "reject" });
        let event = json!({ "event": "subscribe_msg_change_event", "user": "alice", "plaintext": { "List": list } });
        let delivered = pushed(&shop, &inbox, event).await;
        let body = String::from_utf8(delivered.body.clone()).unwrap();
        let [_, encrypted] =
            body.split(if message_xml { "<Encrypt><![CDATA[" } else { "\"Encrypt\":\"" }).collect::<Vec<_>>()[..]
        else {
            panic!("{body}")
        };
        let encrypted = encrypted.split([']', '"']).next().unwrap();
        assert!(body.contains("subscribe_msg_change_event") && body.contains("reject"), "{body}");
        let sealed = String::from_utf8(opened(encrypted, appid)).unwrap();
        assert!(sealed.contains("reject") && sealed.starts_with('<') == message_xml, "{sealed}");
        let [timestamp, nonce] = ["timestamp", "nonce"].map(|name| delivered.query(name).unwrap());
        assert_eq!(delivered.query("signature"), Some(expected(&delivered)));
        let whole = sha1(vec![TOKEN.to_owned(), timestamp, nonce, encrypted.to_owned()]);
        assert_eq!(delivered.query("msg_signature"), Some(whole));
    }
    inbox.stop().await;
}

#[actix_web::test]
async fn a_message_can_be_forged_and_sent_again() {
    let (shop, inbox) = console(false).await;
    let event = |extra: Value| {
        let mut event = json!({ "event": "user_authorization_revoke", "user": "alice" });
        event.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        event
    };
    let first = pushed(&shop, &inbox, event(json!({}))).await;
    shop.advance_s(10);
    let again = pushed(&shop, &inbox, event(json!({ "resend": true }))).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.query("signature"), Some(expected(&again)));
    let forged = pushed(&shop, &inbox, event(json!({ "tamper": "bad" }))).await;
    assert!(forged.query("signature").is_some_and(|signature| signature != expected(&forged)));
    let unsigned = pushed(&shop, &inbox, event(json!({ "tamper": "absent" }))).await;
    assert_eq!(unsigned.query("signature"), None);
    let crafted = pushed(&shop, &inbox, event(json!({ "plaintext": { "AppID": "wx1", "OpenPID": null } }))).await;
    assert_eq!(crafted.json()["AppID"], "wx1");
    assert!(crafted.json().get("OpenPID").is_none());
    inbox.stop().await;
}

#[actix_web::test]
async fn a_message_without_an_answer_is_sent_three_times_in_all() {
    let (shop, inbox) = console(false).await;
    inbox.answer_with(&[500, 500, 500]);
    let event = json!({ "event": "user_authorization_revoke", "user": "alice", "retry": true });
    shop.mock.push(event).unwrap();
    for _ in 0..5 {
        shop.mock.deliver_due().await;
        shop.advance_s(6);
    }
    assert_eq!(inbox.delivered().len(), 3);
    inbox.stop().await;
}

#[actix_web::test]
async fn the_url_check_wants_the_bare_echo() {
    let (shop, inbox) = console(false).await;
    let (status, body) = shop.control("POST", "/_mock/message-check", &Value::Null).await;
    assert_eq!((status, body), (200, json!({ "accepted": false })), "the inbox answers nothing");
    let delivered = inbox.delivered().pop().unwrap();
    assert_eq!(delivered.query("signature"), Some(expected(&delivered)));
    assert_eq!(delivered.query("echostr").unwrap().len(), 19);
    inbox.stop().await;
}

#[actix_web::test]
async fn nothing_is_pushed_before_the_console_is_set() {
    let shop = Shop::new();
    let event = json!({ "event": "user_authorization_revoke", "user": "alice" });
    assert_eq!(shop.control("POST", "/_mock/push", &event).await.0, 400);
    assert_eq!(shop.control("POST", "/_mock/message-check", &Value::Null).await.0, 400);
    for bad in [json!({ "message_token": "a!" }), json!({ "message_aes_key": "short" })] {
        assert_eq!(shop.control("POST", "/_mock/settings", &bad).await.0, 400, "{bad}");
    }
}
