//! The phone behind a code of the `getPhoneNumber` button (contract A.5).

use chrono::TimeDelta;
use serde_json::json;

use super::context::Context;
use super::mini::user;
use super::mini_call::{Args, MiniRefusal, MiniReply, refuse};
use super::records::PhoneCode;
use crate::crypto::sha256_hex;

/// How long a code can be redeemed.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(5);
pub(crate) const MAINLAND: &str = "86";

/// The phone that a user has unless told otherwise: always the same for one name.
pub(crate) fn phone_of(name: &str) -> String {
    let number = u32::from_str_radix(&sha256_hex(name.as_bytes())[..8], 16).unwrap_or_default();
    format!("138{:08}", number % 100_000_000)
}

/// What the button gives on the phone: 64 characters, single use, five minutes.
pub(crate) fn code(context: &mut Context<'_>, name: &str, phone: Option<String>, country_code: &str) -> String {
    if context.state.users.get(name).is_none() {
        context.save(user(context, name));
    }
    let code = context.random.hex(64);
    context.save(PhoneCode {
        code: code.clone(),
        user: name.to_owned(),
        phone: phone.unwrap_or_else(|| phone_of(name)),
        country_code: country_code.to_owned(),
        created_at: context.now,
        used: false,
    });
    code
}

/// Redeems a code. A refused call leaves the code as it was.
pub(crate) fn number(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let (code, openid) = (body.text("code")?, body.text("openid")?);
    if code.is_empty() {
        return refuse(40097, "invalid args");
    }
    let known = context.state.phone_codes.get(code).cloned();
    let Some(known) = known.filter(|known| !known.used && context.now - known.created_at <= CODE_LIFE) else {
        return refuse(40029, "invalid code");
    };
    if !openid.is_empty() && openid != user(context, &known.user).openid {
        return refuse(40003, "invalid openid");
    }
    let mainland = known.country_code == MAINLAND;
    let answer = json!({
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": if mainland { known.phone.clone() } else { format!("+{}{}", known.country_code, known.phone) },
            "purePhoneNumber": known.phone,
            // The page shows a number, the SDKs declare text: both come.
            "countryCode": if mainland { json!(86) } else { json!(known.country_code) },
            "watermark": { "timestamp": context.now.timestamp(), "appid": context.keys.account.appid },
        },
    });
    context.save(PhoneCode { used: true, ..known });
    Ok(MiniReply::Json(answer))
}
