//! `encryptedData`: AES-128-CBC with the session key, which authenticates nothing, so that whatever opens is read by suspicion only.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde_json::{Value, json};
use wechat_client::{MiniClient, OpenDataFault, is_raw_data_signed};

use crate::harness::Target;
use crate::inputs::{Dice, Input};
use crate::wechat::{APPID, assert_fit_for_a_log, mini_client, now_s, sha1_hex};

const DAY: Duration = Duration::from_hours(24);
const KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";
const IV: &str = "r7BXXKkLb8qrSNn05n0qiA==";
const BLOCK: usize = 16;
/// Longest ciphertext that is opened, in characters of base64.
const DATA_MAX: usize = 16 * 1024;

fn sealed(plain: &[u8]) -> Vec<u8> {
    let (key, iv) = (STANDARD.decode(KEY).unwrap(), STANDARD.decode(IV).unwrap());
    let iv: [u8; BLOCK] = iv.try_into().unwrap();
    let mut bytes = plain.to_vec();
    PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, &key).unwrap())
        .unwrap()
        .less_safe_encrypt(&mut bytes, EncryptionContext::Iv128(FixedLength::from(&iv)))
        .unwrap();
    bytes
}

pub(crate) struct OpenData {
    client: MiniClient,
}

impl OpenData {
    pub(crate) fn new() -> Self {
        Self { client: mini_client(&Arc::default()) }
    }

    fn opened(&self, key: &str, data: &str, iv: &str) -> Result<Value, OpenDataFault> {
        let read = self.client.open_data(&SecretString::from(key), data, iv, DAY);
        if let Err(fault) = &read {
            assert_fit_for_a_log(fault);
        }
        read
    }

    /// The input is what was encrypted.
    fn check_sealed(&self, plain: &[u8], dice: &mut Dice) {
        let sealed = sealed(plain);
        let data = STANDARD.encode(&sealed);
        let read = self.opened(KEY, &data, IV);
        match &read {
            Ok(value) => {
                assert_eq!(*value, serde_json::from_slice::<Value>(plain).unwrap());
                let mark = &value["watermark"];
                // A list in place of an object is read by its order.
                assert!(!mark.is_object() || mark["appid"] == APPID, "{mark}");
            }
            Err(OpenDataFault::Shape) => assert!(data.len() > DATA_MAX),
            Err(fault @ (OpenDataFault::Key | OpenDataFault::DoesNotOpen)) => panic!("properly sealed: {fault:?}"),
            Err(_) => {}
        }
        // A block that was touched becomes 16 random bytes: never again what it was.
        let touched = self.opened(KEY, &STANDARD.encode(dice.flipped(&sealed)), IV);
        assert!(touched.is_err() || touched != read, "touched, and opens as before: {touched:?}");
    }

    /// The input is what comes over the wire: ciphertext, key or IV.
    fn check_raw(&self, input: &Input, dice: &mut Dice) {
        let text = input.text();
        let data = STANDARD.encode(sealed(b"{}"));
        let read = match dice.below(4) {
            0 => {
                let blocks = &input.bytes[..input.bytes.len() / BLOCK * BLOCK];
                self.opened(KEY, &STANDARD.encode(blocks), IV)
            }
            1 => self.opened(KEY, &data, &text),
            2 => self.opened(&text, &data, IV),
            // One of the documents is a ciphertext: what opens may be right.
            _ => {
                drop(self.opened(KEY, &text, IV));
                return;
            }
        };
        assert!(read.is_err(), "opened: {read:?}");
    }
}

/// Another text, another key and another signature are not the ones that were signed.
fn check_raw_data(text: &str, dice: &mut Dice) {
    let key = SecretString::from(KEY);
    let signature = sha1_hex(&[text.as_bytes(), KEY.as_bytes()]);
    assert!(is_raw_data_signed(text, &key, &signature));
    assert!(!is_raw_data_signed(&format!("{text}x"), &key, &signature));
    assert!(!is_raw_data_signed(text, &SecretString::from(IV), &signature));
    let other = hex::encode(dice.flipped(&hex::decode(&signature).unwrap()));
    assert!(!is_raw_data_signed(text, &key, &other) && !is_raw_data_signed(text, &key, text));
}

impl Target for OpenData {
    fn documents(&self) -> Vec<Vec<u8>> {
        let mark = json!({"appid": APPID, "timestamp": now_s()});
        let phone = json!({"phoneNumber": "13580006666", "purePhoneNumber": "13580006666", "countryCode": "86",
            "watermark": mark});
        let profile = json!({"openId": "oGZUI0egBJY1zhBYw2KhdUfwVJJE", "nickName": "军浦", "gender": 1,
            "avatarUrl": "http://wx.qlogo.cn/0", "watermark": mark});
        let old = json!({"watermark": {"appid": APPID, "timestamp": 1_477_314_187}});
        let mut documents = [phone, profile, old].map(|document| document.to_string().into_bytes()).to_vec();
        for document in &documents[..2] {
            self.opened(KEY, &STANDARD.encode(sealed(document)), IV).unwrap();
        }
        documents.push(STANDARD.encode(sealed(&documents[0])).into_bytes());
        documents
    }

    fn check(&self, input: &Input) {
        let mut dice = input.dice();
        self.check_sealed(&input.bytes, &mut dice);
        self.check_raw(input, &mut dice);
        check_raw_data(&input.text(), &mut dice);
    }
}
