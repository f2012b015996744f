//! For the tests of this crate: keys made once a process, a WeChat that answers as scripted, and its signatures.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SubsecRound as _, Utc};
use futures_util::future::BoxFuture;
use secrecy::SecretString;

use crate::clock::Clock;
use crate::transport::{InboundAnswer, OutboundRequest, Transport, TransportError};
use crate::{PayClient, PayCredentials};

pub(super) const APPID: &str = "wx0123456789abcdef";
pub(super) const MCHID: &str = "1900000109";
pub(super) const MERCHANT_SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C";
pub(super) const API_V3_KEY: &str = "0123456789ABCDEF0123456789abcdef";
pub(super) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000001092024";
pub(super) const PLATFORM_SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";

/// The system's clock with an offset that a test moves. Cloning shares the offset.
#[derive(Clone, Default)]
pub(super) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (Utc::now() + chrono::Duration::milliseconds(self.0.load(Ordering::SeqCst))).trunc_subsecs(3)
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        self.now()
    }
}

/// A key pair that stands for one party.
pub(super) struct Party(KeyPair);

impl Party {
    fn generate() -> Self {
        Self(KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub(super) fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        STANDARD.encode(signature)
    }

    pub(super) fn spki(&self) -> Vec<u8> {
        self.0.public_key().as_der().unwrap().as_ref().to_vec()
    }

    pub(super) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki())
    }

    pub(super) fn private_pem(&self) -> String {
        pem("PRIVATE KEY", self.0.as_der().unwrap().as_ref())
    }
}

/// The merchant, WeChat Pay, its next certificate, and somebody who is neither.
pub(super) struct Parties {
    pub(super) merchant: Party,
    pub(super) platform: Party,
    pub(super) next_platform: Party,
    pub(super) forger: Party,
}

pub(super) fn parties() -> &'static Parties {
    static PARTIES: OnceLock<Parties> = OnceLock::new();
    PARTIES.get_or_init(|| Parties {
        merchant: Party::generate(),
        platform: Party::generate(),
        next_platform: Party::generate(),
        forger: Party::generate(),
    })
}

pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        writeln!(text, "{}", String::from_utf8_lossy(line)).unwrap();
    }
    writeln!(text, "-----END {label}-----").unwrap();
    text
}

pub(super) fn public_key_credentials() -> PayCredentials {
    PayCredentials {
        public_key: Some((PUBLIC_KEY_ID.to_owned(), parties().platform.public_pem())),
        ..certificate_credentials()
    }
}

pub(super) fn certificate_credentials() -> PayCredentials {
    PayCredentials {
        appid: APPID.to_owned(),
        mchid: MCHID.to_owned(),
        merchant_serial: MERCHANT_SERIAL.to_owned(),
        merchant_private_key_pem: SecretString::from(parties().merchant.private_pem()),
        api_v3_key: SecretString::from(API_V3_KEY),
        public_key: None,
        base_url: "https://api.mch.weixin.qq.com".to_owned(),
    }
}

/// The five header values of a signature, each of which a test may spoil.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) serial: String,
    pub(super) signature: String,
}

impl Signed {
    /// Signed by `party` under the name `serial`, `skew_s` away from the clock.
    pub(super) fn by(party: &Party, serial: &str, body: &[u8], clock: &TestClock, skew_s: i64) -> Self {
        let timestamp = (clock.now().timestamp() + skew_s).to_string();
        let nonce = "Zx7nq0pTt3Vd".to_owned();
        let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        Self { timestamp, nonce, serial: serial.to_owned(), signature: party.sign(&message) }
    }

    pub(super) fn proper(body: &[u8], clock: &TestClock) -> Self {
        Self::by(&parties().platform, PUBLIC_KEY_ID, body, clock, 0)
    }

    pub(super) fn headers(&self) -> Vec<(String, String)> {
        [
            ("wechatpay-timestamp", &self.timestamp),
            ("wechatpay-nonce", &self.nonce),
            ("wechatpay-serial", &self.serial),
            ("wechatpay-signature", &self.signature),
        ]
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .to_vec()
    }

    pub(super) fn answer(&self, status: u16, body: &[u8]) -> InboundAnswer {
        InboundAnswer { status, headers: self.headers(), body: body.to_vec() }
    }
}

/// A signed answer in public-key mode.
pub(super) fn signed_answer(status: u16, body: &str, clock: &TestClock) -> InboundAnswer {
    Signed::proper(body.as_bytes(), clock).answer(status, body.as_bytes())
}

/// An answer without any signature header.
pub(super) fn bare_answer(status: u16, body: &str) -> InboundAnswer {
    InboundAnswer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

/// base64 of AES-256-GCM under a key, as WeChat seals.
pub(super) fn sealed_with(key: &str, nonce: &str, associated_data: &str, plaintext: &[u8]) -> String {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).unwrap();
    let mut sealed = plaintext.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut sealed).unwrap();
    STANDARD.encode(sealed)
}

type Reply = Result<InboundAnswer, TransportError>;
type Script = Box<dyn FnMut(&OutboundRequest) -> Reply + Send>;

/// A WeChat that answers what a test tells it to, and remembers what it was asked.
pub(super) struct ScriptedWeChat {
    script: Mutex<Script>,
    seen: Mutex<Vec<OutboundRequest>>,
    delay: Duration,
}

impl ScriptedWeChat {
    pub(super) fn new(script: impl FnMut(&OutboundRequest) -> Reply + Send + 'static) -> Arc<Self> {
        Self::slow(Duration::ZERO, script)
    }

    /// Answers after a while, so that callers pile up.
    pub(super) fn slow(delay: Duration, script: impl FnMut(&OutboundRequest) -> Reply + Send + 'static) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(Box::new(script)), seen: Mutex::default(), delay })
    }

    /// Answers in this order, then loses the connection.
    pub(super) fn replies(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        let mut left: VecDeque<Reply> = replies.into_iter().collect();
        Self::new(move |_| left.pop_front().unwrap_or(Err(TransportError::Broken("script is over".to_owned()))))
    }

    pub(super) fn requests(&self) -> Vec<OutboundRequest> {
        self.seen.lock().unwrap().clone()
    }
}

impl Transport for ScriptedWeChat {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            self.seen.lock().unwrap().push(request.clone());
            let reply = (self.script.lock().unwrap())(&request);
            tokio::time::sleep(self.delay).await;
            reply
        })
    }
}

/// A client in public-key mode before a WeChat that answers in this order.
pub(super) fn pay_client(
    replies: impl IntoIterator<Item = Reply>,
    clock: &TestClock,
) -> (PayClient, Arc<ScriptedWeChat>) {
    let wechat = ScriptedWeChat::replies(replies);
    let client = PayClient::new(&public_key_credentials(), wechat.clone(), clock.clone()).unwrap();
    (client, wechat)
}
