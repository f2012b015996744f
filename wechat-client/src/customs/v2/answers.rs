//! What an XML answer may make us believe: nothing before its signature is proven.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};

use crate::clock::shanghai;
use crate::customs::declaration::{
    CustomsKey, CustomsQuery, CustomsState, Declaration, DeclarationList, DeclarationRecord, IdentityCheck,
    VerifyDepartment,
};
use crate::customs::sign::SignMethod;
use crate::customs::v2::CustomsCredentials;
use crate::customs::xml::{self, Values};
use crate::outcome::{CallError, Outcome, Refusal, RefusalCode, Throttle, Unknown, UnknownCause, clipped, normalised};
use crate::pay::{THROTTLE_WAIT, VerifyFault, is_throttling, is_trouble};
use crate::transport::InboundAnswer;

/// Most records of one query that are read.
const RECORDS_LIMIT: usize = 50;

/// A success whose signature is proven.
pub(super) struct Answer(Values);

/// Sorts an answer: HTTP, XML, `return_code`, signature, `result_code`, in this order.
pub(super) fn judged(answer: &InboundAnswer, credentials: &CustomsCredentials) -> Outcome<Answer> {
    let status = answer.status;
    if status == 429 {
        return Err(throttled("HTTP 429".to_owned(), status));
    }
    if status >= 500 {
        return Err(CallError::unknown(UnknownCause::ServerTrouble { status, code: String::new() }));
    }
    if status != 200 {
        return Err(unreadable(&format!("HTTP {status}")));
    }
    let values = xml::read(&answer.body).map_err(unreadable)?;
    if of(&values, "return_code") != Some("SUCCESS") {
        return Err(not_even_answered(&values, status));
    }
    proven(&values, credentials).map_err(|fault| {
        let claimed_code = of(&values, "err_code").map(normalised).unwrap_or_default();
        CallError::unknown(UnknownCause::Unverified { fault, status, claimed_code })
    })?;
    if of(&values, "result_code") == Some("SUCCESS") {
        return Ok(Answer(values));
    }
    Err(refused(&values, status))
}

/// `return_code` FAIL carries no signature. That our own signature is wrong WeChat can't tell in any other way, and it
/// says nothing about the declaration; all else is no proof that nothing was declared.
fn not_even_answered(values: &Values, status: u16) -> CallError {
    let message = clipped(of(values, "return_msg").unwrap_or_default());
    if message.contains("签名") || normalised(&message).contains("SIGN") {
        return CallError::Refused(Refusal {
            code: RefusalCode::SignError,
            message,
            status: Some(status),
            trace: None,
            signed: false,
        });
    }
    let fault = VerifyFault::HeaderMissing("sign");
    CallError::unknown(UnknownCause::Unverified { fault, status, claimed_code: message })
}

/// The answer is of the merchant whom it names, and signed with the key that only WeChat and we have.
fn proven(values: &Values, credentials: &CustomsCredentials) -> Result<(), VerifyFault> {
    let sign = of(values, "sign").ok_or(VerifyFault::HeaderMissing("sign"))?;
    if sign.starts_with("WECHATPAY/SIGNTEST/") {
        return Err(VerifyFault::Probe);
    }
    let method = SignMethod::named_by(values, credentials.sign_method).ok_or(VerifyFault::Algorithm)?;
    let is_ours = of(values, "mch_id").is_none_or(|mchid| mchid == credentials.mchid)
        && of(values, "appid").is_none_or(|appid| appid == credentials.appid);
    if is_ours && method.is_signed(values, sign, &credentials.api_v2_key) {
        Ok(())
    } else {
        Err(VerifyFault::BadSignature)
    }
}

fn refused(values: &Values, status: u16) -> CallError {
    let code = normalised(of(values, "err_code").unwrap_or_default());
    if is_throttling(&code) {
        return throttled(code, status);
    }
    if is_trouble(&code) {
        return CallError::unknown(UnknownCause::ServerTrouble { status, code });
    }
    // 35311004, "your operation was submitted, please confirm": it may have taken effect. Other bare numbers are not
    // documented at all, so they are met in the same way, by a query.
    if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return CallError::unknown(UnknownCause::InProgress { status, code });
    }
    let message = clipped(of(values, "err_code_des").unwrap_or_default());
    let code = RefusalCode::of_pay(&code);
    CallError::Refused(Refusal { code, message, status: Some(status), trace: None, signed: true })
}

fn throttled(code: String, status: u16) -> CallError {
    CallError::Throttled(Throttle { retry_after: THROTTLE_WAIT, code, status: Some(status) })
}

fn unreadable(text: &str) -> CallError {
    CallError::Unknown(Unknown { cause: UnknownCause::Unreadable(text.to_owned()), trace: None })
}

/// A value that is there and not empty.
fn of<'v>(values: &'v Values, name: &str) -> Option<&'v str> {
    values.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

impl Answer {
    /// The signature of an answer does not cover the question: an answer about another payment is no answer.
    pub(super) fn must_repeat(&self, name: &str, value: &str) -> Outcome<()> {
        match of(&self.0, name) {
            Some(other) if other != value => Err(unreadable("it is about another payment")),
            _ => Ok(()),
        }
    }

    pub(super) fn declaration(&self) -> Outcome<Declaration> {
        let state = of(&self.0, "state").ok_or_else(|| unreadable("state is missing"))?;
        Ok(Declaration {
            state: CustomsState::read(state),
            sub_order_id: self.text("sub_order_id"),
            modified_at: self.time("modify_time"),
            verify_department: of(&self.0, "verify_department").map(VerifyDepartment::read),
            verify_department_trade_id: self.text("verify_department_trade_id"),
            identity: of(&self.0, "cert_check_result").map(IdentityCheck::read),
            explanation: self.text("explanation"),
        })
    }

    /// An empty list is believed only if `count` says 0: it makes a caller declare.
    pub(super) fn declarations(&self, query: &CustomsQuery) -> Outcome<DeclarationList> {
        if let CustomsKey::TransactionId(id) = &query.by {
            self.must_repeat("transaction_id", id)?;
        }
        let count = of(&self.0, "count").and_then(|count| count.parse::<usize>().ok());
        let count = count.ok_or_else(|| unreadable("count is not a number"))?;
        if count > RECORDS_LIMIT {
            return Err(unreadable("more than 50 records"));
        }
        let records = (0..count).map(|at| self.record(at)).collect::<Outcome<_>>()?;
        Ok(DeclarationList {
            transaction_id: self.text("transaction_id"),
            verify_department: of(&self.0, "verify_department").map(VerifyDepartment::read),
            verify_department_trade_id: self.text("verify_department_trade_id"),
            records,
        })
    }

    fn record(&self, at: usize) -> Outcome<DeclarationRecord> {
        let name = |field: &str| format!("{field}_{at}");
        let state = of(&self.0, &name("state")).ok_or_else(|| unreadable("the state of a record is missing"))?;
        Ok(DeclarationRecord {
            sub_order_no: self.text(&name("sub_order_no")),
            sub_order_id: self.text(&name("sub_order_id")),
            merchant_customs_no: self.text(&name("mch_customs_no")),
            customs: self.text(&name("customs")),
            order_fen: self.fen(&name("order_fee"))?,
            duty_fen: self.fen(&name("duty"))?,
            transport_fen: self.fen(&name("transport_fee"))?,
            product_fen: self.fen(&name("product_fee"))?,
            state: CustomsState::read(state),
            explanation: self.text(&name("explanation")),
            modified_at: self.time(&name("modify_time")),
            identity: of(&self.0, &name("cert_check_result")).map(IdentityCheck::read),
        })
    }

    fn text(&self, name: &str) -> Option<String> {
        of(&self.0, name).map(ToOwned::to_owned)
    }

    fn fen(&self, name: &str) -> Outcome<Option<i64>> {
        let Some(text) = of(&self.0, name) else { return Ok(None) };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let amount = digits.then(|| text.parse().ok()).flatten();
        amount.map(Some).ok_or_else(|| unreadable("an amount is not fen"))
    }

    /// `yyyyMMddHHmmss` of Beijing; nothing rests on it, so an odd one is left out.
    fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let local = NaiveDateTime::parse_from_str(of(&self.0, name)?, "%Y%m%d%H%M%S").ok()?;
        let time = shanghai().from_local_datetime(&local).single()?;
        Some(time.with_timezone(&Utc))
    }
}
