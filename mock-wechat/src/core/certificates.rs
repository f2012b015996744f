//! Platform certificates (contract B.3): one as a rule, two while the next one comes in.

use serde_json::json;

use super::context::{Context, Reply, rfc3339};
use super::refusal::Refusal;
use crate::crypto::seal;
use crate::message::Request;

const ASSOCIATED_DATA: &str = "certificate";

/// The certificates, each encrypted with the `APIv3` key; 404 for a merchant of the public-key mode.
pub(crate) fn certificates(context: &mut Context<'_>, request: &Request) -> Result<Reply, Refusal> {
    let wanted = request.query("algorithm_type").unwrap_or_else(|| "RSA".to_owned());
    if !["RSA", "SM2", "ALL"].contains(&wanted.as_str()) {
        return Err(Refusal::query("algorithm_type", "不在允许的取值范围内"));
    }
    if !context.state.settings.certificate_mode || wanted == "SM2" {
        return Err(Refusal::resource_not_found("无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥"));
    }
    let mut data = Vec::new();
    for platform in context.keys.listed(context.now) {
        let nonce = context.random.alphanumeric(12);
        let pem = platform.certificate_pem.as_bytes();
        data.push(json!({
            "serial_no": platform.certificate.serial,
            "effective_time": rfc3339(platform.certificate.not_before),
            "expire_time": rfc3339(platform.certificate.not_after),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": ASSOCIATED_DATA,
                "ciphertext": seal(&context.keys.account.api_v3_key, &nonce, ASSOCIATED_DATA, pem)?,
            },
        }));
    }
    Ok(Reply::ok(json!({ "data": data })))
}
