//! `getPhoneNumber` (手机号快速验证): the phone behind a code of the `getPhoneNumber` button.

use serde::{Deserialize, Deserializer, Serialize};

use crate::mini::exchange::{Call, Repeat};
use crate::mini::{MiniClient, is_id, unreadable};
use crate::outcome::{CallError, Outcome, RefusalCode};

/// Longest code that is sent on, in bytes; real ones have 64.
const CODE_LIMIT_BYTES: usize = 256;
/// Digits of a number without its country code (ITU-T E.164).
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 4..=15;
/// Digits of a country code (ITU-T E.164).
const COUNTRY_DIGITS: std::ops::RangeInclusive<usize> = 1..=4;

/// A phone that WeChat has verified. Never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Digits, for example `86`.
    pub country_code: String,
    /// Digits, without the country code.
    pub number: String,
}

impl std::fmt::Debug for PhoneNumber {
    /// The country only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PhoneNumber(+{})", self.country_code)
    }
}

#[derive(Serialize)]
struct PhoneRequest<'c> {
    code: &'c str,
    openid: &'c str,
}

#[derive(Deserialize)]
struct PhoneAnswer {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    pure_phone_number: String,
    #[serde(deserialize_with = "text_or_number")]
    country_code: String,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    appid: String,
}

/// The page shows the number 86, the SDKs declare text.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u32),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

impl MiniClient {
    /// Exchanges a code of the `getPhoneNumber` button for the phone; a code works once, for 5 minutes, and each exchange
    /// is billed. `openid` says whose code it must be. Refusals to expect: [`InvalidCode`](RefusalCode::InvalidCode),
    /// [`OpenidMismatch`](RefusalCode::OpenidMismatch). After an unknown outcome ask the client for a NEW code.
    pub async fn phone_number(&self, code: &str, openid: &str) -> Outcome<PhoneNumber> {
        if !is_id(code, CODE_LIMIT_BYTES) {
            return Err(CallError::refused_here(
                RefusalCode::InvalidCode,
                "the code is empty, too long, or has strange characters",
            ));
        }
        let request = PhoneRequest { code, openid };
        let call = Call::post("/wxa/business/getuserphonenumber", &request, Repeat::Never)?;
        let answer: PhoneAnswer = self.call(call).await?;
        let PhoneInfo { pure_phone_number: number, country_code, watermark } = answer.phone_info;
        if watermark.appid != self.credentials.appid {
            return Err(unreadable("the phone's watermark names another appid"));
        }
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = NUMBER_DIGITS.contains(&number.len()) && COUNTRY_DIGITS.contains(&country_code.len());
        if !fits || !digits(&number) || !digits(&country_code) {
            return Err(unreadable("the phone is out of shape"));
        }
        Ok(PhoneNumber { country_code, number })
    }
}
