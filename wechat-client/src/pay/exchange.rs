//! One signed call to WeChat Pay: sign, send, prove, judge. Pages: "signature of a request", "error codes".

use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::outcome::{
    CallError, Outcome, Refusal, RefusalCode, Throttle, Unknown, UnknownCause, VerifyFault, clipped, normalised,
};
use crate::pay::PayClient;
use crate::pay::fields::read_json;
use crate::pay::keys::KeyRing;
use crate::pay::sign::authorization;
use crate::pay::skew::blamed_on_clock;
use crate::pay::verify::SignatureHeaders;
use crate::transport::{InboundAnswer, Method, OutboundRequest, unsent_or_unknown};

/// Least wait after a throttled call, if WeChat names none.
pub(crate) const THROTTLE_WAIT: Duration = Duration::from_secs(2);

/// Longest wait that a `Retry-After` is followed to.
const THROTTLE_WAIT_MAX: Duration = Duration::from_hours(1);

/// What to send: everything but the merchant's own part.
pub(crate) struct PayCall {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    with_mchid: bool,
    body: Vec<u8>,
    content_type: String,
    /// What is signed in place of the body.
    signed: Option<Vec<u8>>,
    serial: Option<String>,
    repeatable: bool,
}

impl PayCall {
    /// A question. It changes nothing, so it may be sent twice.
    pub(crate) fn get(path: &str) -> Self {
        Self { repeatable: true, ..Self::new(Method::Get, path, &[]) }
    }

    pub(crate) fn post(path: &str, body: &[u8]) -> Self {
        Self::new(Method::Post, path, body)
    }

    pub(super) fn put(path: &str, body: &[u8]) -> Self {
        Self::new(Method::Put, path, body)
    }

    pub(crate) fn patch(path: &str, body: &[u8]) -> Self {
        Self::new(Method::Patch, path, body)
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new(Method::Delete, path, &[])
    }

    /// A form with a file. Only its part `meta` is signed: the hash in it stands for the file.
    pub(super) fn form(path: &str, content_type: String, meta: &[u8], body: Vec<u8>) -> Self {
        Self { content_type, signed: Some(meta.to_vec()), body, ..Self::new(Method::Post, path, &[]) }
    }

    fn new(method: Method, path: &str, body: &[u8]) -> Self {
        Self {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            with_mchid: false,
            body: body.to_vec(),
            content_type: "application/json".to_owned(),
            signed: None,
            serial: None,
            repeatable: false,
        }
    }

    /// With one more part of the query.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With `?mchid=`, as the order queries want it.
    pub(super) fn of_merchant(mut self) -> Self {
        self.with_mchid = true;
        self
    }

    /// The page of the call says that the same bytes may be sent again without a second effect.
    pub(super) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Names the key that fields of the body are encrypted for. Another one, even a newer one, would not open them.
    pub(crate) fn encrypted_for(mut self, serial: String) -> Self {
        self.serial = Some(serial);
        self
    }
}

/// A proven success.
pub(crate) struct Answer {
    body: Vec<u8>,
    trace: Option<String>,
}

impl Answer {
    /// Reads the body as the type of the call's page, or says that it isn't one.
    pub(crate) fn parsed<T: DeserializeOwned>(&self, what: &'static str) -> Outcome<T> {
        read_json(what, &self.body).map_err(|fault| self.unreadable(fault.to_string()))
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// For calls whose page shows no body. A proven 200 that carries one (an error envelope, say) does not say "done".
    pub(super) fn expect_empty(&self) -> Outcome<()> {
        if self.body.is_empty() {
            return Ok(());
        }
        Err(self.unreadable("it is answered without a body".to_owned()))
    }

    pub(crate) fn unreadable(&self, text: String) -> CallError {
        CallError::Unknown(Unknown { cause: UnknownCause::Unreadable(text), trace: self.trace.clone() })
    }
}

impl PayClient {
    /// Signs and sends, and gives a success that is proven, or the reason why not. After an unknown serial the
    /// certificates are refreshed once, and the same answer is looked at again.
    pub(crate) async fn exchange(&self, call: PayCall) -> Outcome<Answer> {
        self.refresh_if_due().await;
        let answer = self.send_signed(call).await?;
        let mut proof = self.prove(&answer);
        if let Err(VerifyFault::UnknownSerial(serial)) = &proof
            && self.learn_serial(serial).await
        {
            proof = self.prove(&answer);
        }
        judged(answer, proof)
    }

    pub(super) async fn send_signed(&self, call: PayCall) -> Outcome<InboundAnswer> {
        let repeatable = call.repeatable;
        let request = self.signed(call)?;
        self.deliver(request, repeatable).await.map_err(unsent_or_unknown)
    }

    fn signed(&self, call: PayCall) -> Outcome<OutboundRequest> {
        let now = self.clock.now();
        let mut url = self.merchant.base_url.clone();
        url.set_path(&call.path);
        for (name, value) in &call.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        if call.with_mchid {
            url.query_pairs_mut().append_pair("mchid", &self.merchant.mchid);
        }
        let mut request = self.signed_at(url, call.method, call.signed.as_deref().unwrap_or(&call.body))?;
        request.body = call.body;
        if call.method != Method::Get {
            request.headers.push(("Content-Type", call.content_type));
        }
        if let Some(serial) = call.serial.or_else(|| self.keys.preferred_serial(now)) {
            request.headers.push(("Wechatpay-Serial", serial));
        }
        Ok(request)
    }

    /// A signed request for exactly this address, still without a body.
    pub(super) fn signed_at(&self, url: Url, method: Method, signed: &[u8]) -> Outcome<OutboundRequest> {
        let timestamp_s = self.clock.now().timestamp();
        let authorization = authorization(&self.merchant, method, &path_and_query(&url), timestamp_s, signed)
            .map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))?;
        let headers = vec![("Authorization", authorization), ("Accept", "application/json".to_owned())];
        Ok(OutboundRequest { method, url, headers, body: Vec::new() })
    }

    pub(super) fn prove(&self, answer: &InboundAnswer) -> Result<(), VerifyFault> {
        self.prove_with(answer, &self.keys)
    }

    pub(super) fn prove_with(&self, answer: &InboundAnswer, keys: &KeyRing) -> Result<(), VerifyFault> {
        let headers = SignatureHeaders::read(|name| answer.header_values(name));
        let now = self.clock.now();
        self.observe_clock(answer, &headers, now);
        match headers.verify(&answer.body, keys, now) {
            Err(fault @ VerifyFault::HeaderMissing(_)) => Err(blamed_on_clock(answer, now).unwrap_or(fault)),
            proof => proof,
        }
    }
}

/// As on the wire: what is signed is what is sent, percent-encoding included.
fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The body of a refusal; everything in it is optional, because a proxy may have written it.
#[derive(Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl ErrorBody {
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    pub(super) fn refusal_code(&self) -> RefusalCode {
        RefusalCode::of_pay(&self.code)
    }
}

/// Sorts an answer, by its code first and its HTTP class second, into done, refused, throttled or unknown.
///
/// A success and a refusal count only when they are proven: an unproven `ORDER_NOT_EXIST` must not make us believe
/// that nothing was paid, an unproven 204 not that an order is closed. Two refusals need no proof because they speak
/// of our configuration and carry no state: 401 `SIGN_ERROR` (WeChat can't know whom to answer) and 403 `NO_AUTH`.
/// Throttling needs none either: it only delays.
pub(super) fn judged(answer: InboundAnswer, proof: Result<(), VerifyFault>) -> Outcome<Answer> {
    let status = answer.status;
    let trace = trace_of(&answer);
    if matches!(status, 200 | 204) {
        return match proof {
            Ok(()) => Ok(Answer { body: answer.body, trace }),
            Err(fault) => Err(unverified(fault, status, String::new(), trace)),
        };
    }
    let error = ErrorBody::read(&answer.body);
    let code = normalised(&error.code);
    if status == 429 || is_throttling(&code) {
        return Err(CallError::Throttled(Throttle {
            retry_after: wait_named_by(&answer),
            code: if code.is_empty() { format!("HTTP {status}") } else { code },
            status: Some(status),
        }));
    }
    let unknown = |cause| Err(CallError::Unknown(Unknown { cause, trace: trace.clone() }));
    if status == 202 || code == "USERPAYING" {
        return unknown(UnknownCause::InProgress { status, code });
    }
    let refusal = error.refusal_code();
    if is_trouble(&code) || (status >= 500 && !is_permanent(&refusal)) {
        return unknown(UnknownCause::ServerTrouble { status, code });
    }
    if status < 400 {
        return unknown(UnknownCause::Unreadable(format!("HTTP {status}")));
    }
    let signed = proof.is_ok();
    if let Err(fault) = proof {
        let is_clock = matches!(fault, VerifyFault::Clock { .. });
        if is_clock || !speaks_of_configuration(status, &refusal) {
            return Err(unverified(fault, status, code, trace));
        }
    }
    Err(CallError::Refused(Refusal {
        code: refusal,
        message: clipped(&error.message),
        status: Some(status),
        trace,
        signed,
    }))
}

fn unverified(fault: VerifyFault, status: u16, claimed_code: String, trace: Option<String>) -> CallError {
    CallError::Unknown(Unknown { cause: UnknownCause::Unverified { fault, status, claimed_code }, trace })
}

pub(crate) fn is_throttling(code: &str) -> bool {
    matches!(code, "FREQUENCYLIMITED" | "RATELIMITEXCEEDED" | "FREQUENCYLIMITEXCEED")
}

pub(crate) fn is_trouble(code: &str) -> bool {
    matches!(code, "SYSTEMERROR" | "BANKERROR" | "BIZERRNEEDRETRY")
}

/// Refusals that WeChat sends with HTTP 500 although repeating can't help.
fn is_permanent(code: &RefusalCode) -> bool {
    matches!(code, RefusalCode::OpenidMismatch | RefusalCode::InvalidTransactionId)
}

fn speaks_of_configuration(status: u16, code: &RefusalCode) -> bool {
    matches!((status, code), (401, RefusalCode::SignError) | (403, RefusalCode::NoAuth))
}

fn wait_named_by(answer: &InboundAnswer) -> Duration {
    answer
        .header_values("retry-after")
        .first()
        .and_then(|text| text.parse().ok())
        .map_or(THROTTLE_WAIT, Duration::from_secs)
        .clamp(THROTTLE_WAIT, THROTTLE_WAIT_MAX)
}

fn trace_of(answer: &InboundAnswer) -> Option<String> {
    let values = answer.header_values("request-id");
    values.first().map(|text| clipped(text))
}
