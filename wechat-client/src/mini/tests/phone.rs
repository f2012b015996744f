//! The phone behind a code: its country, and whose watermark it carries.

use super::*;
use crate::PhoneNumber;

async fn phone(number: &str, country_code: serde_json::Value, appid: &str) -> Outcome<PhoneNumber> {
    let answer = serde_json::json!({
        "errcode": 0, "errmsg": "ok",
        "phone_info": {
            "phoneNumber": number, "purePhoneNumber": number, "countryCode": country_code,
            "watermark": { "timestamp": 1_637_744_274, "appid": appid },
        },
    });
    let (client, _) = api([json(answer)]);
    client.phone_number("canarycode", "oAlice").await
}

#[tokio::test]
async fn a_country_code_is_read_as_number_and_as_text() {
    for (told, read) in [(serde_json::json!(86), "86"), ("86".into(), "86"), ("852".into(), "852"), (82.into(), "82")] {
        let found = phone("13800138000", told.clone(), APPID).await.unwrap();
        assert_eq!((found.country_code.as_str(), found.number.as_str()), (read, "13800138000"), "{told}");
    }
    for odd in [serde_json::json!("+86"), "".into(), "86000".into(), (-86).into(), 86.5.into(), serde_json::Value::Null]
    {
        let fault = phone("13800138000", odd.clone(), APPID).await.unwrap_err();
        assert!(matches!(fault, CallError::Unknown(_)), "{odd}: {fault}");
    }
}

#[tokio::test]
async fn a_phone_that_was_told_to_another_app_is_not_taken() {
    for appid in ["wx0000000000000000", "", &APPID.to_uppercase()] {
        let fault = phone("13800138000", 86.into(), appid).await.unwrap_err();
        assert!(matches!(fault, CallError::Unknown(_)), "{appid}");
        assert!(!format!("{fault} {fault:?}").contains("13800138000"), "{fault}");
    }
}
