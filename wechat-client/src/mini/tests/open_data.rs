//! What the mini program hands over encrypted or signed.

use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::{OpenDataFault, is_raw_data_signed};

const DAY: Duration = Duration::from_hours(24);
const KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";
const IV: &str = "r7BXXKkLb8qrSNn05n0qiA==";
/// The example that WeChat gives with its page, marked in 2016 for its own appid.
const EXAMPLE: &str = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+\
    3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6\
    /1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs\
    8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns\
    /8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG\
    20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew==";

fn opened(client: &MiniClient, key: &str, data: &str, iv: &str) -> Result<Value, OpenDataFault> {
    client.open_data(&key.into(), data, iv, DAY)
}

fn sealed(plain: &str) -> String {
    let (key, iv) = (STANDARD.decode(KEY).unwrap(), STANDARD.decode(IV).unwrap());
    let iv: [u8; 16] = iv.try_into().unwrap();
    let mut bytes = plain.as_bytes().to_vec();
    PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, &key).unwrap())
        .unwrap()
        .less_safe_encrypt(&mut bytes, EncryptionContext::Iv128(FixedLength::from(&iv)))
        .unwrap();
    STANDARD.encode(bytes)
}

fn marked(appid: &str, offset_s: i64) -> String {
    let timestamp = TestClock::new().now().timestamp() + offset_s;
    serde_json::json!({"phone":"canary","watermark":{"appid":appid,"timestamp":timestamp}}).to_string()
}

#[test]
fn wechats_own_example_opens_for_its_own_appid_and_no_other() {
    let wechat = ScriptedWeChat::replies([]);
    let theirs = MiniCredentials { appid: "wx4f4bc4dec97d474b".to_owned(), ..credentials() };
    let theirs = MiniClient::new(&theirs, wechat.clone(), TestClock::new()).unwrap();
    let ages = Duration::from_hours(24 * 365 * 100);
    let opened: Value = theirs.open_data(&KEY.into(), EXAMPLE, IV, ages).unwrap();
    assert_eq!(opened["nickName"], "Band");
    let old = theirs.open_data::<Value>(&KEY.into(), EXAMPLE, IV, DAY).unwrap_err();
    assert!(matches!(old, OpenDataFault::Old(age_s) if age_s > 300_000_000), "{old}");
    let ours = client(&wechat, &TestClock::new());
    assert_eq!(ours.open_data::<Value>(&KEY.into(), EXAMPLE, IV, ages), Err(OpenDataFault::OtherApp));
}

#[test]
fn the_watermark_must_be_ours_and_of_our_time() {
    let client = client(&ScriptedWeChat::replies([]), &TestClock::new());
    let open = |plain: &str| opened(&client, KEY, &sealed(plain), IV);
    assert_eq!(open(&marked(APPID, 0)).unwrap()["phone"], "canary");
    assert_eq!(open(&marked(APPID, 200)).unwrap()["phone"], "canary");
    assert!(matches!(open(&marked(APPID, -90_000)), Err(OpenDataFault::Old(_))));
    let ahead = open(&marked(APPID, 4000)).unwrap_err();
    assert!(matches!(ahead, OpenDataFault::Clock(3990..=4010)) && ahead.to_string().contains("clock"), "{ahead}");
    assert_eq!(open(&marked("wx0000000000000000", 0)), Err(OpenDataFault::OtherApp));
    for odd in ["{}", "[]", r#"{"watermark":{"appid":"wx0123456789abcdef"}}"#, "not json"] {
        assert_eq!(open(odd), Err(OpenDataFault::Content), "{odd}");
    }
}

#[test]
fn another_key_or_touched_data_asks_for_a_login_and_never_panics() {
    let client = client(&ScriptedWeChat::replies([]), &TestClock::new());
    let data = sealed(&marked(APPID, 0));
    let other = opened(&client, "AAAAAAAAAAAAAAAAAAAAAA==", &data, IV).unwrap_err();
    assert!(matches!(other, OpenDataFault::DoesNotOpen | OpenDataFault::Content), "{other}");
    for (key, fault) in [("", OpenDataFault::Key), ("AAAA", OpenDataFault::Key), ("!!", OpenDataFault::Key)] {
        assert_eq!(opened(&client, key, &data, IV), Err(fault));
    }
    let long = "A".repeat(16 * 1024 + 4);
    for (data, iv) in [("", IV), ("AAAA", IV), ("!!", IV), (&data, ""), (&data, "AAAA"), (&long, IV)] {
        assert_eq!(opened(&client, KEY, data, iv), Err(OpenDataFault::Shape));
    }
    for at in 0..data.len() {
        let mut touched = data.clone().into_bytes();
        touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
        drop(opened(&client, KEY, std::str::from_utf8(&touched).unwrap(), IV));
    }
}

#[test]
fn raw_data_is_signed_as_on_wechats_page() {
    let raw = r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#;
    let key = "HyVFkGl5F5OQWJZZaNzBBg==".into();
    assert!(is_raw_data_signed(raw, &key, "75e81ceda165f4ffa64f4068af58c64b8f54b88c"));
    for wrong in ["", "75", "75e81ceda165f4ffa64f4068af58c64b8f54b88d", "zz"] {
        assert!(!is_raw_data_signed(raw, &key, wrong));
    }
}
