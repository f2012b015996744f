//! Wrong configuration is found at start, all of it, and no secret is quoted.

use secrecy::SecretString;

use crate::PayCredentials;
use crate::testing::{certificate_credentials, parties, public_key_credentials};

fn faults(change: impl FnOnce(&mut PayCredentials)) -> Vec<String> {
    let mut credentials = public_key_credentials();
    change(&mut credentials);
    credentials.validate().unwrap_err()
}

#[test]
fn proper_credentials_are_not_refused() {
    public_key_credentials().validate().unwrap();
    certificate_credentials().validate().unwrap();
    for base_url in ["http://127.0.0.1:18080", "http://[::1]:1", "http://mock-wechat:8080", "http://10.0.0.7/"] {
        PayCredentials { base_url: base_url.to_owned(), ..certificate_credentials() }.validate().unwrap();
    }
}

#[test]
fn all_faults_are_reported_at_once_and_none_quotes_a_secret() {
    let found = faults(|wrong| {
        wrong.appid = "wx".to_owned();
        wrong.mchid = "abc".to_owned();
        wrong.merchant_serial = "xyz".to_owned();
        wrong.merchant_private_key_pem = SecretString::from("canary-private");
        wrong.api_v3_key = SecretString::from("canary-api-v3");
        wrong.public_key = Some(("KEY".to_owned(), "canary-public".to_owned()));
        wrong.base_url = "ftp://x".to_owned();
    });
    assert_eq!(found.len(), 8, "{found:?}");
    assert!(!found.join(" ").contains("canary"), "{found:?}");
}

#[test]
fn the_wrong_pem_in_the_right_place_is_named() {
    let public = parties().platform.public_pem();
    let found = faults(|wrong| wrong.merchant_private_key_pem = SecretString::from(public));
    assert!(found[0].contains("PUBLIC KEY") && found[0].contains("apiclient_key.pem"), "{found:?}");
    let private = parties().merchant.private_pem();
    let found = faults(|wrong| wrong.public_key = Some(("PUB_KEY_ID_1".to_owned(), private)));
    assert!(found[0].contains("PRIVATE KEY") && found[0].contains("pub_key.pem"), "{found:?}");
}

#[test]
fn a_key_of_31_or_33_bytes_is_refused_and_so_are_32_characters_of_another_script() {
    for text in ["x".repeat(31), "x".repeat(33), "é".repeat(16), "钥".repeat(32)] {
        let found = faults(|wrong| wrong.api_v3_key = SecretString::from(text));
        assert!(found[0].contains("32 ASCII"), "{found:?}");
    }
}

#[test]
fn secrets_do_not_cross_the_internet_in_the_clear_by_a_typing_error() {
    let urls = [
        "http://api.mch.weixin.qq.com",
        "http://8.8.8.8",
        "https://api.mch.weixin.qq.com/v3",
        "https://user:pw@api.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com/?x=1",
        "api.mch.weixin.qq.com",
        "file:///etc/passwd",
        "",
    ];
    for url in urls {
        assert_eq!(faults(|wrong| wrong.base_url = url.to_owned()).len(), 1, "{url}");
    }
}
