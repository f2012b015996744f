#![allow(clippy::unwrap_used)]

use super::*;

fn faults(pairs: &[(&str, &str)]) -> String {
    let map = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::from_map(&map).err().map(|faults| faults.to_string()).unwrap_or_default()
}

#[test]
fn an_empty_configuration_names_every_missing_variable_at_once() {
    let text = faults(&[]);
    for name in ["JWT_SECRET", "DATA_KEYS", "BLIND_INDEX_KEY", "WECHAT_APPID", "WECHATPAY_APIV3_KEY", "PUBLIC_URL"] {
        assert!(text.contains(name), "{name} is not named in\n{text}");
    }
}

#[test]
fn a_short_or_patterned_jwt_secret_is_refused() {
    for weak in ["short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabcabcabcabcabcabcabcabc"] {
        assert!(faults(&[("JWT_SECRET", weak)]).contains("JWT_SECRET is weak"), "{weak}");
    }
    let strong = "Zx8vQ2mN5tYwR7kLpJ3hG6fDsA9cB1eU";
    assert!(!faults(&[("JWT_SECRET", strong)]).contains("JWT_SECRET"));
}

#[test]
fn an_unknown_database_scheme_is_refused_not_guessed() {
    assert!(faults(&[("DATABASE_URL", "mysql://u:p@h/d")]).contains("unknown scheme 'mysql'"));
    assert!(faults(&[("DATABASE_URL", "sqlite::memory:")]).contains("in-memory"));
}

#[test]
fn a_password_is_not_shown_with_the_database_url() {
    let url = DatabaseUrl::parse("postgres://shop:hunter2@db/mall").unwrap();
    assert!(!format!("{url:?}").contains("hunter2"));
}

#[test]
fn an_origin_that_no_browser_would_send_is_refused() {
    for good in ["https://shop.example", "http://localhost:5173", "https://shop.example:8443"] {
        assert!(!faults(&[("CORS_ORIGINS", good)]).contains("CORS_ORIGINS"), "{good}");
    }
    for bad in [
        "shop.example",
        "https://shop.example/",
        "https://shop.example:443",
        "http://shop.example:80",
        "https://a b",
        "https://Shop.example",
        "https://*.example",
        "https://me@shop.example",
        "ftp://shop.example",
        "*",
        "null",
    ] {
        assert!(faults(&[("CORS_ORIGINS", bad)]).contains("is no origin"), "{bad}");
    }
}

#[test]
fn plain_http_is_only_for_the_stand_in_on_loopback() {
    assert!(faults(&[("PUBLIC_URL", "http://mall.example.cn")]).contains("https://"));
    assert!(!faults(&[("PUBLIC_URL", "http://127.0.0.1:8080")]).contains("PUBLIC_URL"));
    assert!(faults(&[("PUBLIC_URL", "http://127.0.0.1.evil.example")]).contains("https://"));
    assert!(faults(&[("PUBLIC_URL", "http://127.0.0.1:x@evil.example")]).contains("no user"));
}

#[test]
fn env_example_explains_every_variable_and_no_other() {
    let example = include_str!("../../../.env.example");
    let mut named: Vec<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'))
        .collect();
    named.sort_unstable();
    assert_eq!(named, Settings::variables());
}

#[test]
fn a_misspelt_name_is_a_fault_that_proposes_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    std::fs::write(&file, "PUBLIC_URI=https://mall.example\nCOMPOSE_PROJECT_NAME=mall\nSOMETHING=1\n").unwrap();
    let faults = environment(&file).unwrap_err().to_string();
    assert!(faults.contains("PUBLIC_URI in ") && faults.contains("is PUBLIC_URL meant?"), "{faults}");
    assert!(faults.contains("SOMETHING in "), "{faults}");
    assert!(!faults.contains("COMPOSE"), "{faults}");
}
