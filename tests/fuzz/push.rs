//! The message push: XML and JSON in the clear, and the same behind AES. What is signed here WeChat could have sent, whatever is in it.

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::GeneralPurposeConfig;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use gunpo_mall::base::clock::Clock;
use secrecy::SecretString;
use serde_json::json;
use wechat_client::{MessagePush, PushCredentials, PushMessage, PushQuery, PushRefused};

use crate::harness::Target;
use crate::inputs::{Dice, Input};
use crate::wechat::{APPID, TRANSACTION_ID, assert_fit_for_a_log, now_s, sha1_hex};

const TOKEN: &str = "pushtoken123";
/// The last `G` carries unused bits: a strict decoder refuses it.
const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const NONCE: &str = "n1";
const BLOCK: usize = 16;
/// Padding of a message goes to so many bytes.
const PADDED_TO: usize = 32;
/// Longest text that is taken from a message.
const TEXT_MAX: usize = 256;
/// An XML wrapper is read up to 64 KiB.
const WRAPPED_IN_XML_MAX: usize = 60_000;

fn push(with_key: bool) -> MessagePush {
    let credentials = PushCredentials {
        appid: APPID.to_owned(),
        token: SecretString::from(TOKEN),
        aes_key: with_key.then(|| SecretString::from(AES_KEY)),
    };
    MessagePush::new(&credentials, Clock::system()).unwrap()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn signature(parts: &[&str]) -> String {
    let mut parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    parts.sort_unstable();
    sha1_hex(&parts)
}

/// A query that is signed for now, and for this ciphertext.
fn signed(encrypted: &str) -> PushQuery {
    let now = now_s().to_string();
    let pairs = [
        pair("signature", &signature(&[TOKEN, &now, NONCE])),
        pair("msg_signature", &signature(&[TOKEN, &now, NONCE, encrypted])),
        pair("timestamp", &now),
        pair("nonce", NONCE),
    ];
    PushQuery::read(&pairs).unwrap()
}

/// AES-256-CBC without any padding of its own; base64.
fn encrypted(mut blocks: Vec<u8>) -> String {
    let lenient = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let key = lenient.decode(format!("{AES_KEY}=")).unwrap();
    let iv: [u8; BLOCK] = key[..BLOCK].try_into().unwrap();
    EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key).unwrap())
        .unwrap()
        .less_safe_encrypt(&mut blocks, EncryptionContext::Iv128(FixedLength::from(&iv)))
        .unwrap();
    STANDARD.encode(blocks)
}

/// Padded and encrypted as WeChat does it, whatever it is.
fn padded_and_encrypted(mut content: Vec<u8>) -> String {
    let pad = PADDED_TO - content.len() % PADDED_TO;
    content.extend(std::iter::repeat_n(u8::try_from(pad).unwrap(), pad));
    encrypted(content)
}

/// A message for our appid, as WeChat seals it.
fn sealed(message: &[u8]) -> String {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    padded_and_encrypted([&[7_u8; BLOCK][..], &length[..], message, APPID.as_bytes()].concat())
}

fn in_json(encrypted: &str) -> Vec<u8> {
    json!({"ToUserName": "gh_1", "Encrypt": encrypted}).to_string().into_bytes()
}

fn in_xml(encrypted: &str) -> Vec<u8> {
    format!("<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>")
        .into_bytes()
}

/// What may come of a message that WeChat signed.
fn assert_read(read: &Result<PushMessage, PushRefused>) {
    match read {
        Ok(message) => {
            assert!((1..=TEXT_MAX).contains(&message.event.len()));
            assert!(message.appid.as_ref().is_none_or(|appid| appid == APPID), "a message about another appid");
            assert!(message.openid.as_ref().is_none_or(|openid| (1..=TEXT_MAX).contains(&openid.len())));
        }
        Err(fault @ (PushRefused::Xml | PushRefused::Malformed(_))) => assert_fit_for_a_log(fault),
        Err(fault) => panic!("a signed message: {fault:?}"),
    }
}

fn xml_documents() -> Vec<Vec<u8>> {
    let revoke = format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>\
        <CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType>\
        <Event><![CDATA[user_authorization_revoke]]></Event><OpenID><![CDATA[oAlice]]></OpenID>\
        <AppID><![CDATA[{APPID}]]></AppID><RevokeInfo><![CDATA[8]]></RevokeInfo></xml>"
    );
    let entry = "<List><TemplateId><![CDATA[A]]></TemplateId>\
        <SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString><PopupScene>2</PopupScene></List>";
    let panel = format!(
        "<xml><FromUserName>o1</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>\
        <Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>{entry}{entry}</SubscribeMsgPopupEvent></xml>"
    );
    let headed = format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->\n{revoke}\n");
    let escaped =
        "<xml><Event>a&amp;b&#65;&#x42;</Event><result><suggest>pass</suggest><label>100</label></result></xml>";
    [revoke, panel, headed, escaped.to_owned()].map(String::into_bytes).to_vec()
}

fn json_documents() -> Vec<Vec<u8>> {
    let settled = json!({
        "ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1_700_000_000, "MsgType": "event",
        "Event": "trade_manage_order_settlement", "transaction_id": TRANSACTION_ID, "merchant_id": "19",
        "merchant_trade_no": "GP1", "pay_time": 1_700_000_000, "shipped_time": 1_700_000_100,
        "confirm_receive_method": 2, "confirm_receive_time": "1700000200", "settlement_time": 1_700_000_300,
    });
    let sent = json!({
        "Event": "subscribe_msg_sent_event", "OpenID": "oAlice", "AppID": APPID,
        "List": [{"TemplateId": "A", "MsgID": 7, "ErrorCode": "0", "ErrorStatus": "success"}],
    });
    let checked = json!({
        "Event": "wxa_media_check", "appid": APPID, "trace_id": "t-2", "version": 2,
        "result": {"suggest": "risky", "label": 20002}, "detail": [{"strategy": "content_model", "errcode": 0}],
    });
    [settled, sent, checked].map(|document| document.to_string().into_bytes()).to_vec()
}

/// The input is a message, in the clear.
pub(crate) struct Xml {
    plain: MessagePush,
    secure: MessagePush,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Self { plain: push(false).with_xml(), secure: push(true).with_xml() }
    }
}

impl Target for Xml {
    fn documents(&self) -> Vec<Vec<u8>> {
        let documents = xml_documents();
        for document in &documents {
            self.plain.open(&signed(""), document).unwrap();
        }
        [documents, json_documents()].concat()
    }

    fn check(&self, input: &Input) {
        let read = self.plain.open(&signed(""), &input.bytes);
        assert_read(&read);
        // Behind AES the same bytes are the same message, however they are wrapped.
        let encrypted = sealed(&input.bytes);
        let is_short = encrypted.len() <= WRAPPED_IN_XML_MAX;
        let body = if is_short && input.dice().below(2) == 0 { in_xml(&encrypted) } else { in_json(&encrypted) };
        assert_eq!(self.secure.open(&signed(&encrypted), &body), read);
        let bent = [b"<!DOCTYPE xml>".as_slice(), input.bytes.as_slice()].concat();
        assert!(self.plain.open(&signed(""), &bent).is_err(), "a DOCTYPE was read");
    }
}

/// The input is what AES is about: the message, what stands around it, the ciphertext, or the query.
pub(crate) struct Aes {
    plain: MessagePush,
    secure: MessagePush,
}

impl Aes {
    pub(crate) fn new() -> Self {
        Self { plain: push(false), secure: push(true) }
    }

    fn open_signed(&self, encrypted: &str) -> Result<PushMessage, PushRefused> {
        self.secure.open(&signed(encrypted), &in_json(encrypted))
    }

    /// Neither another text under the same signature nor a body of somebody's own is opened.
    fn check_forged(&self, input: &Input, dice: &mut Dice) {
        let right = sealed(&input.bytes);
        let body = match dice.below(3) {
            0 => input.bytes.clone(),
            1 => in_json(&STANDARD.encode(dice.flipped(&STANDARD.decode(&right).unwrap()))),
            _ => in_json(&sealed(&dice.flipped(&input.bytes))),
        };
        let end = self.secure.open(&signed(&right), &body);
        let refused = matches!(end, Err(PushRefused::Unproven(_) | PushRefused::Xml));
        assert!(refused, "a forged message: {:?}", end.map(|message| message.event));
    }

    /// A query of somebody's own proves nothing.
    fn check_query(&self, input: &Input, dice: &mut Dice) {
        let names = ["signature", "msg_signature", "timestamp", "nonce", "echostr", "openid"];
        let text = input.text();
        let mut pairs: Vec<_> = text.split('&').take(8).map(|value| pair(names[dice.below(6)], value)).collect();
        pairs.push(pair("timestamp", &now_s().to_string()));
        let Some(query) = PushQuery::read(&pairs) else { return };
        assert_eq!((self.plain.echo(&query), self.secure.echo(&query)), (None, None));
        for document in json_documents() {
            assert!(matches!(self.plain.open(&query, &document), Err(PushRefused::Unproven(_))));
        }
    }
}

impl Target for Aes {
    fn documents(&self) -> Vec<Vec<u8>> {
        let mut documents = json_documents();
        for document in &documents {
            self.open_signed(&sealed(document)).unwrap();
        }
        let length = u32::try_from(documents[0].len()).unwrap().to_be_bytes();
        let content = [&[7_u8; BLOCK][..], &length[..], &documents[0], APPID.as_bytes()].concat();
        let ciphertext = sealed(&documents[1]).into_bytes();
        documents.extend([content, ciphertext]);
        documents
    }

    fn check(&self, input: &Input) {
        let mut dice = input.dice();
        let mut blocks = input.bytes.clone();
        blocks.resize(input.bytes.len().div_ceil(BLOCK).max(1) * BLOCK, 0);
        match dice.below(5) {
            0 => {
                let read = self.open_signed(&sealed(&input.bytes));
                assert_eq!(read, self.plain.open(&signed(""), &input.bytes));
                assert_read(&read);
            }
            1 => assert_read(&self.open_signed(&padded_and_encrypted(input.bytes.clone()))),
            2 => assert_read(&self.open_signed(&encrypted(blocks))),
            3 => assert_read(&self.open_signed(&STANDARD.encode(blocks))),
            _ if input.bytes.is_empty() => {}
            _ => assert_read(&self.open_signed(&input.text())),
        }
        self.check_forged(input, &mut dice);
        self.check_query(input, &mut dice);
    }
}
