//! The `Authorization` header of Pay v3, verified as WeChat does (contract B.1).

use chrono::{DateTime, Utc};

use super::calls::Call;
use super::refusal::Refusal;
use super::signed_text;
use crate::keys::Keys;
use crate::message::Request;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";

/// The farthest that a request's timestamp may be from WeChat's clock, either way.
const MAX_SKEW_S: u64 = 300;

/// Checks headers and signature. Needs no state, so it runs outside of any lock. Signed is the body, or the `meta` of a
/// form with a file.
pub(crate) fn verify(keys: &Keys, request: &Request, call: &Call, now: DateTime<Utc>) -> Result<(), Refusal> {
    let (kind, signed) =
        if call.is_upload() { ("multipart/form-data", &call.form.meta) } else { ("application/json", &request.body) };
    check_common_headers(request, kind)?;
    let header = request.get("Authorization").ok_or_else(|| Refusal::signature("Http头缺少Authorization"))?;
    let parts = Parts::parse(header).ok_or_else(|| Refusal::signature("Authorization格式错误"))?;
    if parts.mchid != keys.account.mchid {
        return Err(Refusal::unknown_merchant());
    }
    if parts.serial_no != keys.account.merchant_serial {
        return Err(Refusal::signature("商户证书序列号有误"));
    }
    let timestamp = parts.seconds().ok_or_else(|| Refusal::signature("时间戳格式错误"))?;
    if now.timestamp().abs_diff(timestamp) > MAX_SKEW_S {
        return Err(Refusal::signature("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"));
    }
    if parts.nonce_str.is_empty() || parts.nonce_str.len() > 32 {
        return Err(Refusal::signature("nonce_str长度错误"));
    }
    let message = signed_text::expected(request, parts.timestamp, parts.nonce_str, signed);
    if keys.merchant.verifies(&message, parts.signature) { Ok(()) } else { Err(Refusal::signature("sign not match")) }
}

/// Contract B.1: Accept and User-Agent always, Content-Type with a body.
fn check_common_headers(request: &Request, kind: &str) -> Result<(), Refusal> {
    let filled = |name| request.get(name).is_some_and(|value| !value.trim().is_empty());
    if !filled("Accept") || !filled("User-Agent") {
        return Err(Refusal::header("Http头缺少Accept或User-Agent"));
    }
    let accepts = request.get("Accept").unwrap_or_default();
    if !accepts.contains("application/json") && !accepts.contains("*/*") {
        return Err(Refusal::header("Http头Accept应为application/json"));
    }
    let is_kind = |value: &str| value.split(';').next().is_some_and(|told| told.trim() == kind);
    if !request.body.is_empty() && !request.get("Content-Type").is_some_and(is_kind) {
        return Err(Refusal::header(&format!("Http头Content-Type应为{kind}")));
    }
    Ok(())
}

/// The five parts, in any order.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    pub(crate) mchid: &'a str,
    pub(crate) nonce_str: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) serial_no: &'a str,
    pub(crate) signature: &'a str,
}

impl<'a> Parts<'a> {
    /// `None` when the scheme is another one, or a part is missing, doubled, unknown or unquoted.
    pub(crate) fn parse(header: &'a str) -> Option<Self> {
        let list = header.strip_prefix(SCHEME)?.strip_prefix(' ')?;
        let mut parts = Self::default();
        for part in list.split(',') {
            let (name, quoted) = part.split_once('=')?;
            let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
            let place = match name {
                "mchid" => &mut parts.mchid,
                "nonce_str" => &mut parts.nonce_str,
                "timestamp" => &mut parts.timestamp,
                "serial_no" => &mut parts.serial_no,
                "signature" => &mut parts.signature,
                _ => return None,
            };
            if value.is_empty() || !place.is_empty() {
                return None;
            }
            *place = value;
        }
        let all = [parts.mchid, parts.nonce_str, parts.timestamp, parts.serial_no, parts.signature];
        all.iter().all(|value| !value.is_empty()).then_some(parts)
    }

    fn seconds(&self) -> Option<i64> {
        let digits = self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| self.timestamp.parse().ok()).flatten()
    }
}
