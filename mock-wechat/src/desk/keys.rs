//! Keys and numbers of the merchant, as WeChat's console would give them out.

use serde_json::json;

use crate::{Account, Answer, MockWechat};

/// What is offered: file name and what it is.
pub(super) const FILES: [(&str, (&str, &str)); 5] = [
    ("apiclient_key.pem", ("merchant private key", "商户 API 私钥")),
    ("pub_key.pem", ("WeChat Pay public key", "微信支付公钥")),
    ("platform_cert.pem", ("platform certificate", "平台证书")),
    ("account.json", ("all numbers and keys as JSON", "全部参数与密钥（JSON）")),
    ("account.env", ("the same as environment variables", "同上（环境变量）")),
];
pub(super) const CA: &str = "ca.pem";

pub(super) fn download(mock: &MockWechat, name: &str) -> Answer {
    let account = mock.account();
    let pem = |pem: &str| Answer::text("application/x-pem-file", pem);
    match name {
        "apiclient_key.pem" => pem(&account.merchant_private_key_pem),
        "pub_key.pem" => pem(&account.public_key_pem),
        "platform_cert.pem" => match mock.inner.keys.listed(mock.clock().now()).last() {
            Some(platform) => pem(&platform.certificate_pem),
            None => missing(),
        },
        "account.json" => Answer::text("application/json; charset=utf-8", &as_json(account)),
        "account.env" => Answer::text("text/plain; charset=utf-8", &as_env(account)),
        CA => mock.inner.ca_pem.get().map_or_else(missing, |ca| pem(ca)),
        _ => missing(),
    }
}

fn missing() -> Answer {
    Answer::json(404, &json!({ "error": "no such key" }))
}

fn as_json(account: &Account) -> String {
    let told = json!({
        "appid": account.appid,
        "app_secret": account.app_secret,
        "mchid": account.mchid,
        "api_v3_key": account.api_v3_key,
        "api_v2_key": account.api_v2_key,
        "merchant_serial": account.merchant_serial,
        "merchant_private_key_pem": account.merchant_private_key_pem,
        "public_key_id": account.public_key_id,
        "public_key_pem": account.public_key_pem,
    });
    format!("{told:#}\n")
}

fn as_env(account: &Account) -> String {
    let lines = [
        ("WECHAT_APPID", &account.appid),
        ("WECHAT_APP_SECRET", &account.app_secret),
        ("WECHATPAY_MCHID", &account.mchid),
        ("WECHATPAY_APIV3_KEY", &account.api_v3_key),
        ("WECHATPAY_APIV2_KEY", &account.api_v2_key),
        ("WECHATPAY_MERCHANT_SERIAL", &account.merchant_serial),
        ("WECHATPAY_PUBLIC_KEY_ID", &account.public_key_id),
    ];
    lines.map(|(name, value)| format!("{name}={value}\n")).concat()
}
