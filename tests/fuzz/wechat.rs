//! WeChat's side of things, made anew: keys, signatures, sealed text, and a WeChat that answers what it is told. None of it is code of the
//! shop, so that the two can differ.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use gunpo_mall::base::clock::Clock;
use secrecy::SecretString;
use wechat_client::{
    InboundAnswer, MINI_BASE_URL, MiniClient, MiniCredentials, OutboundRequest, PAY_BASE_URL, PayClient,
    PayCredentials, SignatureHeaders, Transport, TransportError,
};

pub(crate) const APPID: &str = "wx0123456789abcdef";
pub(crate) const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const MCHID: &str = "1900000109";
pub(crate) const MERCHANT_SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C";
pub(crate) const API_V3_KEY: &str = "0123456789ABCDEF0123456789abcdef";
pub(crate) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000001092024";
pub(crate) const ORDER_NO: &str = "GP20261123ABCDEF0123456";
pub(crate) const TRANSACTION_ID: &str = "4200001234202611230123456789";

/// A key pair that stands for one party.
pub(crate) struct Party(KeyPair);

impl Party {
    fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        STANDARD.encode(signature)
    }

    pub(crate) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", self.0.public_key().as_der().unwrap().as_ref())
    }

    pub(crate) fn private_pem(&self) -> String {
        pem("PRIVATE KEY", self.0.as_der().unwrap().as_ref())
    }
}

pub(crate) fn platform() -> &'static Party {
    static PLATFORM: OnceLock<Party> = OnceLock::new();
    PLATFORM.get_or_init(|| Party(KeyPair::generate(KeySize::Rsa2048).unwrap()))
}

pub(crate) fn merchant() -> &'static Party {
    static MERCHANT: OnceLock<Party> = OnceLock::new();
    MERCHANT.get_or_init(|| Party(KeyPair::generate(KeySize::Rsa2048).unwrap()))
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        writeln!(text, "{}", String::from_utf8_lossy(line)).unwrap();
    }
    writeln!(text, "-----END {label}-----").unwrap();
    text
}

/// The headers that prove a body, each of which may be spoiled.
#[derive(Clone)]
pub(crate) struct Proof {
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) serial: String,
    pub(crate) signature: String,
}

impl Proof {
    pub(crate) fn of(body: &[u8]) -> Self {
        let (timestamp, nonce) = (now_s().to_string(), "Zx7nq0pTt3Vd".to_owned());
        let message = [format!("{timestamp}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
        let signature = platform().sign(&message);
        Self { timestamp, nonce, serial: PUBLIC_KEY_ID.to_owned(), signature }
    }

    pub(crate) fn headers(&self) -> SignatureHeaders {
        let pairs = self.pairs();
        SignatureHeaders::read(|name| {
            pairs.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.as_str()).collect()
        })
    }

    /// An answer of HTTP 200 with this proof.
    pub(crate) fn answer(&self, body: &[u8]) -> InboundAnswer {
        let headers = self.pairs().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).to_vec();
        InboundAnswer { status: 200, headers, body: body.to_vec() }
    }

    fn pairs(&self) -> [(&'static str, &String); 4] {
        [
            ("Wechatpay-Timestamp", &self.timestamp),
            ("Wechatpay-Nonce", &self.nonce),
            ("Wechatpay-Serial", &self.serial),
            ("Wechatpay-Signature", &self.signature),
        ]
    }
}

pub(crate) fn now_s() -> i64 {
    Clock::system().now().timestamp()
}

/// Ciphertext and tag, as WeChat Pay seals resources.
pub(crate) fn sealed_for_merchant(nonce: &str, associated_data: &str, plaintext: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).unwrap();
    let mut sealed = plaintext.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut sealed).unwrap();
    sealed
}

/// Hex SHA-1 of the parts, one behind the other.
pub(crate) fn sha1_hex(parts: &[&[u8]]) -> String {
    hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &parts.concat()))
}

/// Texts of faults go into the log: they must be short and of one line, whatever was read.
pub(crate) fn assert_fit_for_a_log(fault: &impl std::fmt::Display) {
    let text = fault.to_string();
    assert!(text.len() < 4096 && !text.chars().any(char::is_control), "not fit for a log: {text:?}");
}

/// A WeChat that answers what it is told, in order, and remembers what it was asked. It gives tokens by itself.
#[derive(Default)]
pub(crate) struct Scripted {
    answers: Mutex<VecDeque<InboundAnswer>>,
    asked: Mutex<Vec<OutboundRequest>>,
}

impl Scripted {
    /// Forgets what was, and will answer this.
    pub(crate) fn will_answer(&self, answers: impl IntoIterator<Item = InboundAnswer>) {
        *self.answers.lock().unwrap() = answers.into_iter().collect();
        self.asked.lock().unwrap().clear();
    }

    /// What was asked since.
    pub(crate) fn asked(&self) -> Vec<OutboundRequest> {
        self.asked.lock().unwrap().clone()
    }
}

impl Transport for Scripted {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<InboundAnswer, TransportError>> {
        let answer = if request.url.path() == "/cgi-bin/stable_token" {
            Some(bare_answer(200, br#"{"access_token":"token","expires_in":7200}"#))
        } else {
            self.asked.lock().unwrap().push(request);
            self.answers.lock().unwrap().pop_front()
        };
        let answer = answer.ok_or_else(|| TransportError::Broken("script is over".to_owned()));
        Box::pin(std::future::ready(answer))
    }
}

/// An answer without headers.
pub(crate) fn bare_answer(status: u16, body: &[u8]) -> InboundAnswer {
    InboundAnswer { status, headers: Vec::new(), body: body.to_vec() }
}

pub(crate) fn pay_client(wechat: &Arc<Scripted>) -> PayClient {
    let credentials = PayCredentials {
        appid: APPID.to_owned(),
        mchid: MCHID.to_owned(),
        merchant_serial: MERCHANT_SERIAL.to_owned(),
        merchant_private_key_pem: SecretString::from(merchant().private_pem()),
        api_v3_key: SecretString::from(API_V3_KEY),
        public_key: Some((PUBLIC_KEY_ID.to_owned(), platform().public_pem())),
        base_url: PAY_BASE_URL.to_owned(),
    };
    PayClient::new(&credentials, wechat.clone(), Clock::system()).unwrap()
}

pub(crate) fn mini_client(wechat: &Arc<Scripted>) -> MiniClient {
    let credentials = MiniCredentials {
        appid: APPID.to_owned(),
        app_secret: SecretString::from(APP_SECRET),
        base_url: MINI_BASE_URL.to_owned(),
    };
    MiniClient::new(&credentials, wechat.clone(), Clock::system()).unwrap()
}

/// For the calls of a client, none of which waits for anything here.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}
