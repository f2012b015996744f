//! What a merchant has to configure, and the check that reports every fault of it at once.

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use secrecy::SecretString;

use crate::crypto::{ApiV3Key, MerchantKey, VerifyingKey};
use crate::transport::checked_base_url;

/// The address of WeChat Pay's mainland host ("access point" page).
pub const PAY_BASE_URL: &str = "https://api.mch.weixin.qq.com";

/// The credentials of a direct merchant (直连商户). Pages: "API certificate", "`APIv3` key", "WeChat Pay public key".
#[derive(Clone)]
pub struct PayCredentials {
    /// The mini program's appid, bound to `mchid`: `wx` and 16 lower-case letters or digits.
    pub appid: String,
    /// The merchant's number, digits.
    pub mchid: String,
    /// Serial of the MERCHANT's API certificate, hexadecimal. It changes together with the private key.
    pub merchant_serial: String,
    /// `apiclient_key.pem`, RSA, at least 2048 bits.
    pub merchant_private_key_pem: SecretString,
    /// The `APIv3` key, exactly 32 ASCII characters. Not the `APIv2` key.
    pub api_v3_key: SecretString,
    /// WeChat Pay's public key as (`PUB_KEY_ID_...`, `pub_key.pem`); `None` for a merchant that has platform
    /// certificates only. With it, certificates are still held beside it, for the time of the switch.
    pub public_key: Option<(String, String)>,
    /// [`PAY_BASE_URL`], or the address of the stand-in.
    pub base_url: String,
}

impl PayCredentials {
    /// Checks everything, and reports all faults in words for the operator. No fault quotes a secret.
    pub fn validate(&self) -> Result<(), Vec<String>> {
        self.parsed().map(|_| ())
    }

    pub(super) fn parsed(&self) -> Result<Merchant, Vec<String>> {
        let mut faults = Vec::new();
        self.check_identifiers(&mut faults);
        let signing_key =
            kept(MerchantKey::from_pem(&self.merchant_private_key_pem), "merchant private key", &mut faults);
        let api_v3_key = kept(ApiV3Key::new(&self.api_v3_key), "APIv3 key", &mut faults);
        let base_url = kept(checked_base_url(&self.base_url), "base URL", &mut faults);
        let public_key = self.public_key.as_ref().and_then(|(id, pem)| {
            if !is_public_key_id(id) {
                faults.push("public key id must be PUB_KEY_ID_ and digits".to_owned());
            }
            let key = kept(VerifyingKey::from_pem(pem), "WeChat Pay public key", &mut faults)?;
            Some((id.clone(), Arc::new(key)))
        });
        match (signing_key, api_v3_key, base_url, faults.is_empty()) {
            (Some(signing_key), Some(api_v3_key), Some(base_url), true) => Ok(Merchant {
                appid: self.appid.clone(),
                mchid: self.mchid.clone(),
                serial: self.merchant_serial.to_ascii_uppercase(),
                signing_key,
                api_v3_key: Arc::new(api_v3_key),
                public_key,
                base_url,
            }),
            _ => Err(faults),
        }
    }

    fn check_identifiers(&self, faults: &mut Vec<String>) {
        if !is_appid(&self.appid) {
            faults.push("appid must be wx and 16 lower-case letters or digits".to_owned());
        }
        let digits = self.mchid.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(1..=32).contains(&self.mchid.len()) {
            faults.push("mchid must be 1 to 32 digits".to_owned());
        }
        let hex = self.merchant_serial.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hex || !(1..=64).contains(&self.merchant_serial.len()) {
            faults.push("merchant certificate serial must be hexadecimal, 40 characters as a rule".to_owned());
        }
    }
}

impl fmt::Debug for PayCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PayCredentials")
            .field("appid", &self.appid)
            .field("mchid", &self.mchid)
            .field("merchant_serial", &self.merchant_serial)
            .field("public_key", &self.public_key.as_ref().map(|(id, _)| id))
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Checked credentials, keys parsed.
pub(super) struct Merchant {
    pub(super) appid: String,
    pub(super) mchid: String,
    pub(super) serial: String,
    pub(super) signing_key: MerchantKey,
    pub(super) api_v3_key: Arc<ApiV3Key>,
    pub(super) public_key: Option<(String, Arc<VerifyingKey>)>,
    pub(super) base_url: Url,
}

/// `wx` and 16 lower-case letters or digits.
pub(crate) fn is_appid(text: &str) -> bool {
    text.strip_prefix("wx").is_some_and(|rest| {
        rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    })
}

fn is_public_key_id(text: &str) -> bool {
    text.strip_prefix("PUB_KEY_ID_")
        .is_some_and(|digits| (1..=53).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn kept<T>(parsed: Result<T, String>, name: &str, faults: &mut Vec<String>) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(fault) => {
            faults.push(format!("{name} {fault}"));
            None
        }
    }
}
