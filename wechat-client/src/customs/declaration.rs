//! What is declared, and what WeChat says of it: common to both ways.

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::outcome::clipped;
use crate::pay::{is_number, is_text, is_transaction_id};

/// Guangzhou (总署版): also the filing for customs offices that the list does not name, Linyi's among them.
pub const CUSTOMS_GUANGZHOU_ZS: &str = "GUANGZHOU_ZS";

/// The General Administration; in the page of 2024-11. Which of the two a new filing gets is unconfirmed: it must equal
/// the filing in the merchant console, so it is configuration.
pub const CUSTOMS_ZONGSHU: &str = "ZONGSHU";

const NUMBER_LIMIT: usize = 32;
const NAME_LIMIT_CHARS: usize = 64;

/// A payment to be declared.
#[derive(Debug, Clone)]
pub struct DeclareOrder {
    /// Our number of the payment, 1 to 32 characters.
    pub out_trade_no: String,
    /// WeChat's number of the payment, up to 28 characters.
    pub transaction_id: String,
    /// Customs code: [`CUSTOMS_GUANGZHOU_ZS`], [`CUSTOMS_ZONGSHU`] or another of the page's list.
    pub customs: String,
    /// Our filing number there; must be registered in the merchant console.
    pub merchant_customs_no: String,
    /// Duty in fen. WeChat does not pass it on to customs.
    pub duty_fen: Option<i64>,
    /// Only when one payment is declared in parts.
    pub part: Option<DeclarePart>,
    /// The buyer, to be compared with whom WeChat knows as the payer. What is pushed is always WeChat's own record.
    pub identity: Option<PayerIdentity>,
}

/// A part of a payment (拆单). The sum of all parts is at most the payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarePart {
    /// Our number of the part, 1 to 32 characters.
    pub sub_order_no: String,
    /// Freight, in fen.
    pub transport_fen: i64,
    /// Goods, in fen.
    pub product_fen: i64,
}

impl DeclarePart {
    /// Freight and goods together, in fen, which is what WeChat wants to see as the sum; `None` if it is no amount.
    pub fn order_fen(&self) -> Option<i64> {
        let both = self.transport_fen >= 0 && self.product_fen >= 0;
        both.then(|| self.transport_fen.checked_add(self.product_fen)).flatten().filter(|sum| *sum >= 1)
    }
}

/// Who ordered. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct PayerIdentity {
    /// Mainland identity number: 15 digits, or 17 and a digit or upper-case X.
    pub id_number: SecretString,
    /// Name, 1 to 64 characters.
    pub name: SecretString,
}

impl fmt::Debug for PayerIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PayerIdentity(..)")
    }
}

impl PayerIdentity {
    pub(super) fn faults(&self) -> Vec<String> {
        let checks = [
            (is_id_number(self.id_number.expose_secret()), "id_number must be 15 or 18 characters, X upper case"),
            (is_text(self.name.expose_secret(), NAME_LIMIT_CHARS), "name must be 1 to 64 characters"),
        ];
        named(checks)
    }
}

impl DeclareOrder {
    pub(super) fn faults(&self) -> Vec<String> {
        let duty_fits = self.duty_fen.is_none_or(|duty| duty >= 0);
        let part_number_fits = self.part.as_ref().is_none_or(|part| is_number(&part.sub_order_no, NUMBER_LIMIT));
        let part_sum_fits = self.part.as_ref().is_none_or(|part| part.order_fen().is_some());
        let mut faults = named([
            (is_number(&self.out_trade_no, NUMBER_LIMIT), "out_trade_no must be 1 to 32 of digits, letters, _ - | * @"),
            (is_payment_id(&self.transaction_id), "transaction_id must be 1 to 28 digits or letters"),
            (is_customs_code(&self.customs), "customs must be 1 to 32 upper-case letters and _"),
            (is_filing(&self.merchant_customs_no), "merchant_customs_no must be 1 to 32 visible characters"),
            (duty_fits, "duty must not be negative"),
            (part_number_fits, "sub_order_no must be 1 to 32 of digits, letters, _ - | * @"),
            (part_sum_fits, "transport and product must not be negative, and together at least 1 fen"),
        ]);
        faults.extend(self.identity.iter().flat_map(PayerIdentity::faults));
        faults
    }
}

/// By which number something is asked for. WeChat's own order when several are sent: first of these counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomsKey {
    /// WeChat's number of a part.
    SubOrderId(String),
    /// Our number of a part.
    SubOrderNo(String),
    /// WeChat's number of the payment.
    TransactionId(String),
    /// Our number of the payment.
    OutTradeNo(String),
}

impl CustomsKey {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::SubOrderId(_) => "sub_order_id",
            Self::SubOrderNo(_) => "sub_order_no",
            Self::TransactionId(_) => "transaction_id",
            Self::OutTradeNo(_) => "out_trade_no",
        }
    }

    pub(super) fn value(&self) -> &str {
        match self {
            Self::SubOrderId(value)
            | Self::SubOrderNo(value)
            | Self::TransactionId(value)
            | Self::OutTradeNo(value) => value,
        }
    }

    fn fits(&self) -> bool {
        match self {
            Self::TransactionId(id) => is_payment_id(id),
            other => is_number(other.value(), NUMBER_LIMIT),
        }
    }

    fn is_of_part(&self) -> bool {
        matches!(self, Self::SubOrderId(_) | Self::SubOrderNo(_))
    }
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomsQuery {
    /// By which number.
    pub by: CustomsKey,
    /// At which customs.
    pub customs: String,
}

impl CustomsQuery {
    pub(super) fn faults(&self) -> Vec<String> {
        named([
            (self.by.fits(), "the number is out of shape"),
            (is_customs_code(&self.customs), "customs must be 1 to 32 upper-case letters and _"),
        ])
    }
}

/// A document to be pushed once more, because the electronic port lost it. Only in state
/// [`Success`](CustomsState::Success) or [`Except`](CustomsState::Except).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeclare {
    /// The payment, by either of its numbers.
    pub payment: CustomsKey,
    /// The part, by either of its numbers, if it was declared in parts.
    pub part: Option<CustomsKey>,
    /// At which customs.
    pub customs: String,
    /// Our filing number there.
    pub merchant_customs_no: String,
}

impl Redeclare {
    pub(super) fn faults(&self) -> Vec<String> {
        let payment_fits = self.payment.fits() && !self.payment.is_of_part();
        let part_fits = self.part.as_ref().is_none_or(|part| part.fits() && part.is_of_part());
        named([
            (payment_fits, "payment must be out_trade_no or transaction_id"),
            (part_fits, "part must be sub_order_no or sub_order_id, or absent"),
            (is_customs_code(&self.customs), "customs must be 1 to 32 upper-case letters and _"),
            (is_filing(&self.merchant_customs_no), "merchant_customs_no must be 1 to 32 visible characters"),
        ])
    }
}

/// Where a payment document stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CustomsState {
    /// `UNDECLARED`: accepted, not sent. Poll.
    Undeclared,
    /// `SUBMITTED`: changed after a former submission. Poll.
    Submitted,
    /// `PROCESSING`: sent to customs. Poll.
    Processing,
    /// `SUCCESS`: customs has taken it.
    Success,
    /// `FAIL`: rejected; read the explanation, correct, modify.
    Fail,
    /// `EXCEPT`: the way to customs failed; push again.
    Except,
    /// A value that did not exist when this was written: raise an alarm, move nothing.
    Unknown(String),
}

impl CustomsState {
    pub(super) fn read(text: &str) -> Self {
        match text {
            // One published file spells it without the U.
            "UNDECLARED" | "NDECLARED" => Self::Undeclared,
            "SUBMITTED" => Self::Submitted,
            "PROCESSING" => Self::Processing,
            "SUCCESS" => Self::Success,
            "FAIL" => Self::Fail,
            "EXCEPT" => Self::Except,
            other => Self::Unknown(clipped(other)),
        }
    }
}

/// The clearing house through which the payment went; customs wants to know it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VerifyDepartment {
    /// `UNIONPAY`: 1 at customs.
    UnionPay,
    /// `NETSUNION`: 2 at customs.
    NetsUnion,
    /// `OTHERS`: 3 at customs.
    Others,
    /// A value that did not exist when this was written.
    Unknown(String),
}

impl VerifyDepartment {
    pub(super) fn read(text: &str) -> Self {
        match text {
            "UNIONPAY" => Self::UnionPay,
            "NETSUNION" => Self::NetsUnion,
            "OTHERS" => Self::Others,
            other => Self::Unknown(clipped(other)),
        }
    }

    /// `verDept` of the customs documents; `None` for a value that is not known.
    pub fn customs_digit(&self) -> Option<u8> {
        match self {
            Self::UnionPay => Some(1),
            Self::NetsUnion => Some(2),
            Self::Others => Some(3),
            Self::Unknown(_) => None,
        }
    }
}

/// Whether the buyer of the order is whom WeChat knows as the payer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IdentityCheck {
    /// `UNCHECKED`: no identity was sent.
    Unchecked,
    /// `SAME`.
    Same,
    /// `DIFFERENT`: customs will refuse the order; hold it.
    Different,
    /// A value that did not exist when this was written.
    Unknown(String),
}

impl IdentityCheck {
    pub(super) fn read(text: &str) -> Self {
        match text {
            "UNCHECKED" => Self::Unchecked,
            "SAME" => Self::Same,
            "DIFFERENT" => Self::Different,
            other => Self::Unknown(clipped(other)),
        }
    }
}

/// What a declaration, a modification or a second push came to. Done means taken by WeChat, not by customs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Where the document stands.
    pub state: CustomsState,
    /// WeChat's number of the part.
    pub sub_order_id: Option<String>,
    /// When WeChat last changed it.
    pub modified_at: Option<DateTime<Utc>>,
    /// The clearing house.
    pub verify_department: Option<VerifyDepartment>,
    /// The clearing house's number of the payment: `payTransactionId` of the documents for customs.
    pub verify_department_trade_id: Option<String>,
    /// Whether buyer and payer are one; the v3 way asks for it by a call of its own.
    pub identity: Option<IdentityCheck>,
    /// What customs answered.
    pub explanation: Option<String>,
}

/// What WeChat has on record for a payment at one customs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationList {
    /// WeChat's number of the payment; `None` when nothing was found.
    pub transaction_id: Option<String>,
    /// The clearing house.
    pub verify_department: Option<VerifyDepartment>,
    /// The clearing house's number of the payment.
    pub verify_department_trade_id: Option<String>,
    /// One for each part, or the one of the whole payment. Empty: nothing was declared, so declaring is safe.
    pub records: Vec<DeclarationRecord>,
}

/// One document on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationRecord {
    /// Our number of the part.
    pub sub_order_no: Option<String>,
    /// WeChat's number of the part.
    pub sub_order_id: Option<String>,
    /// Our filing number.
    pub merchant_customs_no: Option<String>,
    /// At which customs.
    pub customs: Option<String>,
    /// Amount of the part in fen.
    pub order_fen: Option<i64>,
    /// Duty in fen.
    pub duty_fen: Option<i64>,
    /// Freight in fen.
    pub transport_fen: Option<i64>,
    /// Goods in fen.
    pub product_fen: Option<i64>,
    /// Where it stands.
    pub state: CustomsState,
    /// What customs answered.
    pub explanation: Option<String>,
    /// When WeChat last changed it.
    pub modified_at: Option<DateTime<Utc>>,
    /// Whether buyer and payer are one.
    pub identity: Option<IdentityCheck>,
}

pub(super) fn is_customs_code(text: &str) -> bool {
    (1..=NUMBER_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn is_payment_id(text: &str) -> bool {
    text.len() <= 28 && is_transaction_id(text)
}

fn is_filing(text: &str) -> bool {
    (1..=NUMBER_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_id_number(text: &str) -> bool {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match text.as_bytes() {
        old if old.len() == 15 => digits(old),
        [first @ .., last] if first.len() == 17 => digits(first) && (last.is_ascii_digit() || *last == b'X'),
        _ => false,
    }
}

fn named<const N: usize>(checks: [(bool, &str); N]) -> Vec<String> {
    checks.into_iter().filter(|(fits, _)| !fits).map(|(_, fault)| fault.to_owned()).collect()
}
