#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod events;
mod xml;

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use super::*;
use crate::testing::{APPID, TestClock};

const TOKEN: &str = "pushtoken123";
/// The last `G` carries unused bits: a strict decoder refuses it.
const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn sha1(mut parts: Vec<&str>) -> String {
    parts.sort_unstable();
    hex::encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes()))
}

fn push(aes: bool) -> MessagePush {
    let credentials = PushCredentials {
        appid: APPID.to_owned(),
        token: SecretString::from(TOKEN),
        aes_key: aes.then(|| SecretString::from(AES_KEY)),
    };
    MessagePush::new(&credentials, TestClock::new()).unwrap()
}

fn query(pairs: &[(&str, &str)]) -> PushQuery {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    PushQuery::read(&pairs).unwrap()
}

fn at(offset_s: i64) -> String {
    (TestClock::new().now().timestamp() + offset_s).to_string()
}

fn signed(timestamp: &str, encrypted: Option<&str>) -> PushQuery {
    let plain = sha1(vec![TOKEN, timestamp, "n1"]);
    let whole = encrypted.map(|text| sha1(vec![TOKEN, timestamp, "n1", text])).unwrap_or_default();
    query(&[("signature", &plain), ("timestamp", timestamp), ("nonce", "n1"), ("msg_signature", &whole)])
}

/// `pad` is what the last bytes say; the right one is made if none is given.
fn sealed(message: &[u8], length: u32, appid: &str, pad: Option<u8>) -> String {
    let key = base64::engine::general_purpose::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    )
    .decode(format!("{AES_KEY}="))
    .unwrap();
    let mut plain = vec![7_u8; 16];
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(message);
    plain.extend_from_slice(appid.as_bytes());
    let right = 32 - plain.len() % 32;
    plain.extend(std::iter::repeat_n(pad.unwrap_or(u8::try_from(right).unwrap()), right));
    let iv: [u8; 16] = key[..16].try_into().unwrap();
    EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key).unwrap())
        .unwrap()
        .less_safe_encrypt(&mut plain, EncryptionContext::Iv128(FixedLength::from(&iv)))
        .unwrap();
    STANDARD.encode(plain)
}

fn event() -> String {
    format!(
        r#"{{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":"1700000000","MsgType":"event",
        "Event":"user_authorization_revoke","OpenID":"oAlice","AppID":"{APPID}","RevokeInfo":8}}"#
    )
}

fn open_sealed(encrypted: &str) -> Result<PushMessage, PushRefused> {
    let body = serde_json::json!({ "ToUserName": "gh_1", "Encrypt": encrypted }).to_string();
    push(true).open(&signed(&at(0), Some(encrypted)), body.as_bytes())
}

#[test]
fn a_token_of_another_length_than_the_console_asks_for_does_not_keep_the_shop_from_starting() {
    let faults = |token: &str| {
        let token = SecretString::from(token);
        let credentials = PushCredentials { appid: APPID.to_owned(), token, aes_key: None };
        MessagePush::new(&credentials, TestClock::new()).err().map(|faults| faults.concat())
    };
    for token in ["a", "ab", &"c".repeat(33), &"d".repeat(256)] {
        assert_eq!(faults(token), None, "{}", token.len());
    }
    for token in ["", "with space", "字", &"e".repeat(257)] {
        let told = faults(token).unwrap();
        assert!(told.contains("1 to 256") && (token.is_empty() || !told.contains(token)), "{told}");
    }
}

#[test]
fn the_url_check_is_answered_only_if_wechat_signed_it() {
    let now = at(0);
    let right = sha1(vec![TOKEN, &now, "n1"]);
    let check = |signature: &str, echo: &str| {
        let query = query(&[("signature", signature), ("timestamp", &now), ("nonce", "n1"), ("echostr", echo)]);
        push(false).echo(&query).map(str::to_owned)
    };
    assert_eq!(check(&right, "7123456").as_deref(), Some("7123456"));
    assert_eq!(check(&right, ""), None);
    assert_eq!(check(&right, "a\r\nb"), None);
    assert_eq!(check("", "7123456"), None);
    assert_eq!(check(&"0".repeat(40), "7123456"), None);
    let unsigned = query(&[("signature", &sha1(vec![TOKEN])), ("echostr", "1")]);
    assert_eq!(push(false).echo(&unsigned), None, "absent parts are not empty parts");
}

#[test]
fn a_doubled_or_endless_value_of_the_query_is_not_believed() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert!(PushQuery::read(&[pair("nonce", "1"), pair("nonce", "2")]).is_none());
    assert!(PushQuery::read(&[pair("nonce", &"1".repeat(129))]).is_none());
    assert!(PushQuery::read(&[pair("openid", "1"), pair("openid", "2")]).is_some());
}

#[test]
fn a_plain_message_needs_its_signature_and_a_fresh_time() {
    let body = event();
    let message = push(false).open(&signed(&at(0), None), body.as_bytes()).unwrap();
    assert_eq!(message.event, "user_authorization_revoke");
    assert_eq!((message.openid.as_deref(), message.revoke_info.as_deref()), (Some("oAlice"), Some("8")));
    for offset_s in [-600, 600] {
        push(false).open(&signed(&at(offset_s), None), body.as_bytes()).unwrap();
    }
    for offset_s in [-601, 601] {
        let stale = push(false).open(&signed(&at(offset_s), None), body.as_bytes());
        assert_eq!(stale, Err(PushRefused::Unproven("stale timestamp: it is old, or a clock is wrong")));
    }
    let now = at(0);
    let forged = query(&[("signature", &sha1(vec!["other", &now, "n1"])), ("timestamp", &now), ("nonce", "n1")]);
    assert_eq!(push(false).open(&forged, body.as_bytes()), Err(PushRefused::Unproven("bad signature")));
}

#[test]
fn with_a_key_a_plain_message_is_refused_though_it_is_signed() {
    let refused = push(true).open(&signed(&at(0), None), event().as_bytes());
    assert_eq!(refused, Err(PushRefused::Unproven("bad msg_signature")));
}

#[test]
fn a_sealed_message_opens_and_what_stands_beside_it_is_not_read() {
    let event = event();
    let length = u32::try_from(event.len()).unwrap();
    let encrypted = sealed(event.as_bytes(), length, APPID, None);
    assert_eq!(open_sealed(&encrypted).unwrap().openid.as_deref(), Some("oAlice"));
    let beside = serde_json::json!({ "Event": "x", "OpenID": "oMallory", "Encrypt": encrypted }).to_string();
    let message = push(true).open(&signed(&at(0), Some(&encrypted)), beside.as_bytes()).unwrap();
    assert_eq!(message.openid.as_deref(), Some("oAlice"));
}

#[test]
fn a_sealed_message_that_was_touched_or_is_out_of_shape_is_refused() {
    let event = event();
    let length = u32::try_from(event.len()).unwrap();
    let right = sealed(event.as_bytes(), length, APPID, None);
    let other = sealed(b"{}", 2, APPID, None);
    let body = serde_json::json!({ "Encrypt": other }).to_string();
    let swapped = push(true).open(&signed(&at(0), Some(&right)), body.as_bytes());
    assert_eq!(swapped, Err(PushRefused::Unproven("bad msg_signature")));
    for bad in [
        sealed(event.as_bytes(), length, "wx0000000000000000", None),
        sealed(event.as_bytes(), u32::MAX, APPID, None),
        sealed(event.as_bytes(), length + 1, APPID, None),
        sealed(event.as_bytes(), length, APPID, Some(0)),
        sealed(event.as_bytes(), length, APPID, Some(33)),
        "!!!!".to_owned(),
        STANDARD.encode([0_u8; 15]),
    ] {
        assert!(matches!(open_sealed(&bad), Err(PushRefused::Malformed(_))), "{bad}");
    }
}

#[test]
fn xml_is_refused_unread_however_it_comes() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\">]><xml>&a;</xml>";
    assert_eq!(push(false).open(&signed(&at(0), None), bomb.as_bytes()), Err(PushRefused::Xml));
    assert_eq!(push(false).open(&signed(&at(0), None), b"\xef\xbb\xbf \n<xml/>"), Err(PushRefused::Xml));
    let length = u32::try_from(bomb.len()).unwrap();
    assert_eq!(open_sealed(&sealed(bomb.as_bytes(), length, APPID, None)), Err(PushRefused::Xml));
}

#[test]
fn the_same_message_has_the_same_key_and_another_has_another() {
    let key = |text: &str| push(false).open(&signed(&at(0), None), text.as_bytes()).unwrap().key;
    let first = event();
    assert_eq!(key(&first), key(&first.replace("\"1700000000\"", "1700000000")), "numbers may come as text");
    assert_ne!(key(&first), key(&first.replace("1700000000", "1700000001")));
    assert_ne!(key(&first), key(&first.replace("\"RevokeInfo\":8", "\"RevokeInfo\":2")));
    let other_app = first.replace(APPID, "wx0000000000000000");
    assert!(push(false).open(&signed(&at(0), None), other_app.as_bytes()).is_err());
}
