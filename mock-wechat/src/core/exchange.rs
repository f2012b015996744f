//! One call to WeChat from end to end: fault, work, draft of the answer.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::calls::{Call, Handler};
use super::context::{Context, Reply};
use super::faults::FaultKind;
use super::mini_call::{Args, MiniRefusal, MiniReply, check_token, refuse};
use super::quota::Exceeded;
use super::refusal::Refusal;
use super::route::{Family, Route};
use super::{Core, customs, quota, refund};
use crate::Error;
use crate::keys::{Keys, Signer};
use crate::message::{Answer, JSON, Request};
use crate::seal::{STALE_OFFSET_S, Seal, Tamper};

/// What WeChat answers where an account may not call; the stand-in says it of what it does not know.
const UNKNOWN_CALL: i64 = 48001;
const XML: &str = "text/plain; charset=utf-8";
/// When not even a refusal can be written.
const BROKEN_XML: &str = "<xml><return_code>FAIL</return_code><return_msg>SYSTEMERROR</return_msg></xml>";

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
        let answer = fault.as_ref().and_then(|fault| forged(keys, call.family(), fault)).unwrap_or(answer);
        let seal = self.seal(keys, request, call.family(), fault.as_ref(), answer.status);
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
        let route = call.route();
        let within = if self.state.settings.rate_limits { self.admit(request, route, now) } else { Ok(()) };
        match call.family() {
            Family::Mini => return self.mini_answer(keys, request, call, within, now),
            Family::Xml => return self.xml_answer(keys, request, call, now),
            Family::Pay | Family::PayFile => {}
        }
        let checked = verified.and_then(|()| self.check_wanted_serial(keys, request, now));
        let checked = checked.and_then(|()| within.map_err(|_| quota::pay_refusal()));
        let done = checked.and_then(|()| self.act(keys, now, |context| pay(context, request, call)));
        if route == Route::Refund && done.is_err() {
            self.refund_rates.failed(now);
        }
        let (mut answer, tail) = match done {
            Ok(answer) => (answer, 0),
            Err(refusal) => (Answer::json(refusal.status, &refusal.body()), refusal.tail),
        };
        let request_id = format!("{}-{tail}", self.random.upper_hex(32));
        answer.headers.push(("Request-ID".to_owned(), request_id));
        answer
    }

    /// Counts a call against the limits of its route; refunds have two more.
    fn admit(&mut self, request: &Request, route: Route, now: DateTime<Utc>) -> Result<(), Exceeded> {
        let within = self.quota.take(route, &self.state.settings, now);
        if route == Route::Refund {
            let is_old = refund::rates::is_for_old_order(&self.state, &request.body, now);
            return if self.refund_rates.admit(is_old, now) { within } else { Err(Exceeded::Short) };
        }
        within
    }

    fn mini_answer(
        &mut self,
        keys: &Keys,
        request: &Request,
        call: &Call,
        within: Result<(), Exceeded>,
        now: DateTime<Utc>,
    ) -> Answer {
        let within = within.map_err(|exceeded| quota::mini_refusal(call.route(), exceeded));
        let done = self.act(keys, now, |context| {
            within.and_then(|()| match call.handler() {
                Some(Handler::App(answer)) => answer(context, request),
                Some(Handler::Get(answer)) => {
                    check_token(context.state, request, context.now)?;
                    answer(context, request)
                }
                Some(Handler::Post(answer)) => {
                    check_token(context.state, request, context.now)?;
                    answer(context, &Args::posted(request)?)
                }
                _ => refuse(UNKNOWN_CALL, format!("api unauthorized: mock-wechat knows no {}", request.path())),
            })
        });
        let body = match done {
            Ok(MiniReply::Image { content_type, bytes }) => {
                let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
                return Answer { status: 200, headers, body: bytes };
            }
            Ok(MiniReply::Json(body)) => body,
            Err(refusal) => self.mini_refusal(keys, &refusal, now),
        };
        Answer {
            status: 200,
            headers: vec![("Content-Type".to_owned(), self.state.settings.mini_content_type.clone())],
            body: body.to_string().into_bytes(),
        }
    }

    fn mini_refusal(&mut self, keys: &Keys, refusal: &MiniRefusal, now: DateTime<Utc>) -> serde_json::Value {
        let told = self.act(keys, now, |context| Ok::<_, Error>(refusal.body(context)));
        told.unwrap_or_else(|_| json!({ "errcode": -1, "errmsg": "system error" }))
    }

    fn xml_answer(&mut self, keys: &Keys, request: &Request, call: &Call, now: DateTime<Utc>) -> Answer {
        let done = self.act(keys, now, |context| match call.handler() {
            Some(Handler::Xml(answer)) => customs::xml::answer(context, request, answer),
            _ => customs::xml::broken("接口不存在"),
        });
        let body = done.unwrap_or_else(|error| {
            log::error!("{error}");
            BROKEN_XML.to_owned()
        });
        let headers = vec![("Content-Type".to_owned(), XML.to_owned())];
        Answer { status: 200, headers, body: body.into_bytes() }
    }

    /// Contract B.4: `Wechatpay-Serial` names the key that signs the answer.
    fn check_wanted_serial(&self, keys: &Keys, request: &Request, now: DateTime<Utc>) -> Result<(), Refusal> {
        let listed = |serial: &str| keys.listed(now).iter().any(|one| one.certificate.serial == serial);
        match request.get("Wechatpay-Serial") {
            None => Ok(()),
            Some(serial) if serial == keys.account.public_key_id => Ok(()),
            Some(serial) if self.state.settings.certificate_mode && listed(serial) => Ok(()),
            Some(_) => Err(Refusal::header("平台证书序列号Wechatpay-Serial错误")),
        }
    }

    fn seal(
        &mut self,
        keys: &Keys,
        request: &Request,
        family: Family,
        fault: Option<&FaultKind>,
        status: u16,
    ) -> Option<(Seal, String)> {
        let settings = &self.state.settings;
        let unsigned = matches!(fault, Some(FaultKind::Status { signed: false, .. }));
        if family != Family::Pay || unsigned || (status >= 400 && !settings.sign_errors) {
            return None;
        }
        let by_public_key =
            !settings.certificate_mode || request.get("Wechatpay-Serial") == Some(&keys.account.public_key_id);
        let signer = if by_public_key { Signer::PublicKey } else { Signer::Certificate };
        let mut seal = Seal::by(signer);
        self.probe(&mut seal);
        self.spoil(&mut seal, fault);
        Some((seal, self.random.alphanumeric(32)))
    }

    /// WeChat's own probe, now and then (contract B.2). Draws nothing while it is off.
    pub(super) fn probe(&mut self, seal: &mut Seal) {
        let percent = self.state.settings.signtest_percent;
        if percent > 0 && self.random.chance(percent) {
            seal.tamper = Some(Tamper::Signtest);
        }
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

fn pay(context: &mut Context<'_>, request: &Request, call: &Call) -> Result<Answer, Refusal> {
    let reply = match call.handler() {
        Some(Handler::File(answer)) => return answer(context, request),
        Some(Handler::Pay(answer)) => answer(context, &call.received(request)),
        _ => Err(Refusal::unknown_path()),
    };
    let Reply { status, body } = reply?;
    Ok(body.map_or_else(|| Answer { status, ..Answer::default() }, |body| Answer::json(status, &body)))
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

/// The answer of a `status` fault, if it is one.
fn forged(keys: &Keys, family: Family, fault: &FaultKind) -> Option<Answer> {
    let FaultKind::Status { status, code, message, body, signed, .. } = fault else { return None };
    let (code, message) = (code.as_deref(), message.as_deref().unwrap_or("系统异常，请稍后重试"));
    let (made, kind) = match family {
        Family::Pay | Family::PayFile => {
            (json!({ "code": code.unwrap_or("SYSTEM_ERROR"), "message": message }).to_string(), JSON)
        }
        Family::Mini => {
            let errcode: i64 = code.and_then(|code| code.parse().ok()).unwrap_or(-1);
            (json!({ "errcode": errcode, "errmsg": message }).to_string(), JSON)
        }
        Family::Xml => {
            let told = match code {
                Some(code) if *signed => customs::xml::refusal(keys, code, message),
                _ => customs::xml::broken(message),
            };
            (told.unwrap_or_else(|_| BROKEN_XML.to_owned()), XML)
        }
    };
    let body = if *status == 204 { "" } else { body.as_deref().unwrap_or(&made) };
    let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
    Some(Answer { status: *status, headers, body: body.as_bytes().to_vec() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use chrono::{DateTime, TimeDelta};
    use serde_json::json;

    use super::*;
    use crate::Account;
    use crate::core::journal::Journal;
    use crate::core::mini;
    use crate::core::records::User;

    /// What a core answers to a fixed script at fixed times.
    fn run(keys: &Keys, seed: u64) -> Vec<(u16, Vec<u8>, String)> {
        let mut core = Core::open(Journal::open(None).unwrap(), keys, seed).unwrap();
        let openid = mini::openid_of(&keys.account.appid, "alice");
        let alice = User::new("alice", openid.clone());
        core.commit(vec![alice.into()]).unwrap();
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
