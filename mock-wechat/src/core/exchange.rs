//! One call to WeChat from end to end: fault, work, draft of the answer.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::faults::FaultKind;
use super::refusal::Refusal;
use super::route::{Call, Route};
use super::{Context, Core, Reply, certificates, close, mini, phone, prepay, query, refund};
use crate::Error;
use crate::keys::{Keys, Signer};
use crate::message::{Answer, JSON, Request};
use crate::seal::{STALE_OFFSET_S, Seal, Tamper};

/// An answer that is still to be signed. Signing takes a millisecond and needs no state.
pub(crate) struct Draft {
    pub(crate) answer: Answer,
    /// How to sign it, and the nonce.
    pub(crate) seal: Option<(Seal, String)>,
    /// What else happens to it on its way.
    pub(crate) fault: Option<FaultKind>,
}

impl Core {
    /// `verified` is the outcome of the signature check, which is done before any lock is taken.
    pub(crate) fn exchange(
        &mut self,
        keys: &Keys,
        request: &Request,
        call: &Call,
        verified: Result<(), Refusal>,
        now: DateTime<Utc>,
    ) -> Draft {
        let route = call.route();
        let fault = self.faults.for_call(route, |text| mentions(request, text));
        let answer = if fault.as_ref().is_some_and(prevents_effect) {
            Answer::default()
        } else {
            self.answer(keys, request, call, verified, now)
        };
        let answer = match &fault {
            Some(FaultKind::Status { status, code, message, body, .. }) => {
                forged(route, *status, code.as_deref(), message.as_deref(), body.as_deref())
            }
            _ => answer,
        };
        let seal = self.seal(keys, request, route, fault.as_ref(), answer.status);
        Draft { answer, seal, fault }
    }

    fn answer(
        &mut self,
        keys: &Keys,
        request: &Request,
        call: &Call,
        verified: Result<(), Refusal>,
        now: DateTime<Utc>,
    ) -> Answer {
        if !call.route().is_signed() {
            return self.mini_answer(keys, request, call, now);
        }
        let checked = verified.and_then(|()| self.check_wanted_serial(keys, request));
        let done = checked.and_then(|()| self.act(keys, now, |context| pay(context, request, call)));
        let (mut answer, tail) = match done {
            Ok(Reply { status, body: Some(body) }) => (Answer::json(status, &body), 0),
            Ok(Reply { status, body: None }) => (Answer { status, ..Answer::default() }, 0),
            Err(refusal) => (Answer::json(refusal.status, &refusal.body()), refusal.tail),
        };
        let request_id = format!("{}-{tail}", self.random.upper_hex(32));
        answer.headers.push(("Request-ID".to_owned(), request_id));
        answer
    }

    fn mini_answer(&mut self, keys: &Keys, request: &Request, call: &Call, now: DateTime<Utc>) -> Answer {
        let done = self.act(keys, now, |context| match call {
            Call::Code2Session => mini::code_to_session(context, request),
            Call::PhoneNumber => phone::number(context, request),
            _ => mini::stable_token(context, request),
        });
        let told = |refusal: mini::MiniRefusal| self.act(keys, now, |context| Ok::<_, Error>(refusal.body(context)));
        let body = done.or_else(told).unwrap_or_else(|_: Error| json!({ "errcode": -1, "errmsg": "system error" }));
        Answer {
            status: 200,
            headers: vec![("Content-Type".to_owned(), self.state.settings.mini_content_type.clone())],
            body: body.to_string().into_bytes(),
        }
    }

    /// Contract B.4: `Wechatpay-Serial` names the key that signs the answer.
    fn check_wanted_serial(&self, keys: &Keys, request: &Request) -> Result<(), Refusal> {
        match request.get("Wechatpay-Serial") {
            None => Ok(()),
            Some(serial) if serial == keys.account.public_key_id => Ok(()),
            Some(serial) if serial == keys.certificate.serial && self.state.settings.certificate_mode => Ok(()),
            Some(_) => Err(Refusal::header("平台证书序列号Wechatpay-Serial错误")),
        }
    }

    fn seal(
        &mut self,
        keys: &Keys,
        request: &Request,
        route: Route,
        fault: Option<&FaultKind>,
        status: u16,
    ) -> Option<(Seal, String)> {
        let settings = &self.state.settings;
        let unsigned = matches!(fault, Some(FaultKind::Status { signed: false, .. }));
        if !route.is_signed() || unsigned || (status >= 400 && !settings.sign_errors) {
            return None;
        }
        let by_public_key =
            !settings.certificate_mode || request.get("Wechatpay-Serial") == Some(&keys.account.public_key_id);
        let signer = if by_public_key { Signer::PublicKey } else { Signer::Certificate };
        let mut seal = Seal::by(signer);
        self.spoil(&mut seal, fault);
        Some((seal, self.random.alphanumeric(32)))
    }

    /// What a fault does to a signature, in answers and in notifies.
    pub(super) fn spoil(&mut self, seal: &mut Seal, fault: Option<&FaultKind>) {
        match fault {
            Some(FaultKind::BadSignature) => seal.tamper = Some(Tamper::Bad),
            Some(FaultKind::AbsentSignature) => seal.tamper = Some(Tamper::Absent),
            Some(FaultKind::SigntestSignature) => seal.tamper = Some(Tamper::Signtest),
            Some(FaultKind::StaleTimestamp) => seal.timestamp_offset_s = STALE_OFFSET_S,
            Some(FaultKind::UnknownSerial) => seal.serial = Some(self.random.upper_hex(40)),
            _ => {}
        }
    }
}

fn pay(context: &mut Context<'_>, request: &Request, call: &Call) -> Result<Reply, Refusal> {
    match call {
        Call::Prepay => prepay::prepay(context, &request.body),
        Call::QueryByNumber(number) => query::by_number(context, request, number),
        Call::QueryByTransaction(id) => query::by_transaction(context, request, id),
        Call::Close(number) => close::close(context, number, &request.body),
        Call::Refund => refund::refund(context, &request.body),
        Call::RefundQuery(number) => refund::query(context, number),
        Call::Certificates => certificates::certificates(context, request),
        Call::Code2Session | Call::StableToken | Call::PhoneNumber | Call::Unknown => Err(Refusal::unknown_path()),
    }
}

fn mentions(request: &Request, text: &str) -> bool {
    let wanted = text.as_bytes();
    let in_body = || request.body.windows(wanted.len().max(1)).any(|part| part == wanted);
    request.target.contains(text) || in_body()
}

fn prevents_effect(fault: &FaultKind) -> bool {
    matches!(
        fault,
        FaultKind::TimeoutBeforeEffect { .. } | FaultKind::CutBeforeEffect | FaultKind::Status { effect: false, .. }
    )
}

/// The answer of a `status` fault.
fn forged(route: Route, status: u16, code: Option<&str>, message: Option<&str>, body: Option<&str>) -> Answer {
    let message = message.unwrap_or("系统异常，请稍后重试");
    let made = if route.is_signed() {
        json!({ "code": code.unwrap_or("SYSTEM_ERROR"), "message": message }).to_string()
    } else {
        let errcode: i64 = code.and_then(|code| code.parse().ok()).unwrap_or(-1);
        json!({ "errcode": errcode, "errmsg": message }).to_string()
    };
    let body = if status == 204 { "" } else { body.unwrap_or(&made) };
    Answer { status, headers: vec![("Content-Type".to_owned(), JSON.to_owned())], body: body.as_bytes().to_vec() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use chrono::{DateTime, TimeDelta};
    use serde_json::json;

    use super::*;
    use crate::Account;
    use crate::core::state::Record;
    use crate::core::state::User;
    use crate::journal::Journal;

    /// What a core answers to a fixed script at fixed times.
    fn run(keys: &Keys, seed: u64) -> Vec<(u16, Vec<u8>, String)> {
        let mut core = Core::open(Journal::open(None).unwrap(), keys, seed).unwrap();
        let openid = mini::openid_of(&keys.account.appid, "alice");
        let alice = User { name: "alice".to_owned(), openid: openid.clone(), session_key: None };
        core.commit(vec![Record::User(alice)]).unwrap();
        let start = DateTime::from_timestamp(1_750_000_000, 0).unwrap();
        let order = json!({
            "appid": keys.account.appid, "mchid": keys.account.mchid, "description": "x", "out_trade_no": "ORDER-1",
            "notify_url": "https://shop.example/notify", "amount": { "total": 1 }, "payer": { "openid": openid },
        });
        let prepay = Request::new("POST", "/v3/pay/transactions/jsapi").body(order.to_string());
        let calls = [prepay.clone(), prepay, Request::new("GET", "/v3/certificates"), Request::new("GET", "/v3/x")];
        let answers = calls.iter().zip(0..).map(|(request, second)| {
            let now = start + TimeDelta::seconds(second);
            let Draft { answer, seal, .. } = core.exchange(keys, request, &Call::of(request), Ok(()), now);
            (answer.status, answer.body, seal.unwrap().1)
        });
        answers.collect()
    }

    #[test]
    fn same_seed_requests_and_times_give_the_same_answers() {
        let keys = Keys::of(Account::generate().unwrap()).unwrap();
        let first = run(&keys, 1);
        assert_eq!(first.iter().map(|answer| answer.0).collect::<Vec<_>>(), [200, 200, 200, 404]);
        assert_eq!(first, run(&keys, 1));
        assert_ne!(first, run(&keys, 2));
    }
}
