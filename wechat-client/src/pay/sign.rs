//! Our signatures: the `Authorization` header of a request, and `paySign` for `wx.requestPayment`.

use serde::Serialize;

use crate::crypto::{CryptoFault, nonce_str};
use crate::pay::PayClient;
use crate::pay::credentials::Merchant;
use crate::transport::Method;

/// The scheme of RSA with SHA-256 ("signature of a request" page).
const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// What `wx.requestPayment` needs, with the client API's own field names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PayParams {
    /// Unix seconds, as TEXT.
    pub time_stamp: String,
    /// 32 random characters.
    pub nonce_str: String,
    /// `prepay_id=` and the id: the prefix is part of what is signed.
    pub package: String,
    /// `RSA`.
    pub sign_type: &'static str,
    /// base64 signature by the merchant's private key.
    pub pay_sign: String,
}

impl PayClient {
    /// The parameters with which the mini program pays ("JSAPI: invoke the payment" page). They are good for as long
    /// as the `prepay_id` is: 2 hours. Takes about 1 ms of CPU for the signature.
    pub fn pay_params(&self, prepay_id: &str) -> Result<PayParams, CryptoFault> {
        let time_stamp = self.clock.now().timestamp().to_string();
        let nonce_str = nonce_str()?;
        let package = format!("prepay_id={prepay_id}");
        let appid = &self.merchant.appid;
        let message = format!("{appid}\n{time_stamp}\n{nonce_str}\n{package}\n");
        let pay_sign = self.merchant.signing_key.sign(message.as_bytes())?;
        Ok(PayParams { time_stamp, nonce_str, package, sign_type: "RSA", pay_sign })
    }
}

/// The `Authorization` header for exactly these bytes: the body, but for forms with a file. `path_and_query` is as sent on the wire, without the host.
pub(super) fn authorization(
    merchant: &Merchant,
    method: Method,
    path_and_query: &str,
    timestamp_s: i64,
    body: &[u8],
) -> Result<String, CryptoFault> {
    let nonce = nonce_str()?;
    let method = method.as_str();
    let mut message = format!("{method}\n{path_and_query}\n{timestamp_s}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    let signature = merchant.signing_key.sign(&message)?;
    let mchid = &merchant.mchid;
    let serial = &merchant.serial;
    Ok(format!(
        "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{timestamp_s}\",serial_no=\"{serial}\",signature=\"{signature}\""
    ))
}
