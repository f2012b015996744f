//! A merchant's client, written apart from the stand-in: it signs, verifies and decrypts by itself.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mock_wechat::{Account, Clock, PayParams, Request};
use serde_json::Value;

/// The keys of one merchant, with a clock that can be set wrong.
pub(crate) struct Merchant {
    pub(crate) account: Account,
    key: RsaKeyPair,
    clock: Clock,
    calls: AtomicU32,
}

impl Merchant {
    pub(crate) fn new(account: &Account, clock: &Clock) -> Self {
        Self {
            key: RsaKeyPair::from_pkcs8(&der(&account.merchant_private_key_pem)).unwrap(),
            account: account.clone(),
            clock: clock.clone(),
            calls: AtomicU32::new(0),
        }
    }

    pub(crate) fn sign(&self, message: &str) -> String {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        STANDARD.encode(signature)
    }

    pub(crate) fn nonce(&self) -> String {
        format!("nonce{:027}", self.calls.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn now_s(&self) -> i64 {
        self.clock.now().timestamp()
    }

    /// The header for exactly these bytes at this time.
    pub(crate) fn authorization(&self, method: &str, target: &str, body: &str, timestamp: i64) -> String {
        let nonce = self.nonce();
        let signature = self.sign(&format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n"));
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{timestamp}\",\
             serial_no=\"{}\",signature=\"{signature}\"",
            self.account.mchid, self.account.merchant_serial,
        )
    }

    /// A request with the usual headers but without `Authorization`.
    pub(crate) fn unsigned(method: &str, target: &str, body: &str) -> Request {
        Request::new(method, target)
            .header("accept", "application/json")
            .header("user-agent", "test-client/1.0")
            .header("content-type", "application/json")
            .body(body)
    }

    /// A rightly signed request that wants its answer signed with the public key.
    pub(crate) fn request(&self, method: &str, target: &str, body: Option<&Value>) -> Request {
        let body = body.map(Value::to_string).unwrap_or_default();
        let authorization = self.authorization(method, target, &body, self.now_s());
        Self::unsigned(method, target, &body)
            .header("authorization", &authorization)
            .header("wechatpay-serial", &self.account.public_key_id)
    }

    pub(crate) fn pay_params(&self, prepay_id: &str) -> PayParams {
        let (time, nonce, package) = (self.now_s(), self.nonce(), format!("prepay_id={prepay_id}"));
        let pay_sign = self.sign(&format!("{}\n{time}\n{nonce}\n{package}\n", self.account.appid));
        PayParams { time_stamp: time.to_string(), nonce_str: nonce, package, sign_type: "RSA".to_owned(), pay_sign }
    }

    /// Whether an answer or a notify is signed by the public key of WeChat Pay.
    pub(crate) fn verifies(&self, header: impl Fn(&str) -> Option<String>, body: &[u8]) -> bool {
        verifies(&der(&self.account.public_key_pem), header, body)
    }

    /// Opens `resource` of a notify or `encrypt_certificate` of a certificate.
    pub(crate) fn decrypt(&self, resource: &Value) -> Vec<u8> {
        let text = |name: &str| resource[name].as_str().unwrap();
        assert_eq!(text("algorithm"), "AEAD_AES_256_GCM");
        let key = UnboundKey::new(&AES_256_GCM, self.account.api_v3_key.as_bytes()).unwrap();
        let nonce = Nonce::try_assume_unique_for_key(text("nonce").as_bytes()).unwrap();
        let mut sealed = STANDARD.decode(text("ciphertext")).unwrap();
        let plain = LessSafeKey::new(key).open_in_place(nonce, Aad::from(text("associated_data")), &mut sealed);
        plain.unwrap().to_vec()
    }
}

/// Whether the `Wechatpay-*` headers are a signature of the body by this key.
pub(crate) fn verifies(public_key_der: &[u8], header: impl Fn(&str) -> Option<String>, body: &[u8]) -> bool {
    let part = |name: &str| header(name).unwrap_or_default();
    let mut message = format!("{}\n{}\n", part("Wechatpay-Timestamp"), part("Wechatpay-Nonce")).into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    let signature = STANDARD.decode(part("Wechatpay-Signature"));
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key_der);
    signature.is_ok_and(|signature| key.verify(&message, &signature).is_ok())
}

/// The bytes inside a PEM block.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines).unwrap()
}
