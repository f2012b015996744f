//! Asking for a payment (pages "query by merchant order number", "query by WeChat Pay order number"), and the
//! transaction object that queries and notifies share.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::outcome::{CallError, Outcome, RefusalCode, clipped};
use crate::pay::PayClient;
use crate::pay::exchange::PayCall;
use crate::pay::fields::{MalformedData, fen, instant, is_out_trade_no, is_transaction_id, optional_fen, read_json};

const WHAT: &str = "transaction";

/// Where a payment stands at WeChat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TradeState {
    /// `NOTPAY`: not paid (a failed attempt of the buyer leaves it so).
    NotPay,
    /// `SUCCESS`: paid.
    Success,
    /// `REFUND`: paid, and at least one refund was started, perhaps a part, perhaps not done.
    Refund,
    /// `CLOSED`: closed without payment.
    Closed,
    /// `REVOKED`: payment-code payments only.
    Revoked,
    /// `USERPAYING`: payment-code payments only.
    UserPaying,
    /// `PAYERROR`: payment-code payments only.
    PayError,
    /// A value that did not exist when this was written: raise an alarm, move nothing.
    Unknown(String),
}

impl TradeState {
    fn read(text: &str) -> Self {
        match text {
            "NOTPAY" => Self::NotPay,
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "USERPAYING" => Self::UserPaying,
            "PAYERROR" => Self::PayError,
            other => Self::Unknown(clipped(other)),
        }
    }

    /// True once the buyer's money was taken, refunded or not.
    pub fn is_paid(&self) -> bool {
        matches!(self, Self::Success | Self::Refund)
    }
}

/// What a transaction amounts to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TransactionAmount {
    /// The order's total in fen. This is what must equal the order.
    #[serde(rename = "total", deserialize_with = "fen")]
    pub total_fen: i64,
    /// What the buyer paid after WeChat's own coupons, in fen.
    #[serde(rename = "payer_total", default, deserialize_with = "optional_fen")]
    pub payer_total_fen: Option<i64>,
    /// `CNY`, if told.
    #[serde(default)]
    pub currency: Option<String>,
}

/// A payment as WeChat knows it. Nothing in it has been compared with an order yet: that is the caller's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The appid it belongs to.
    pub appid: String,
    /// The merchant it belongs to.
    pub mchid: String,
    /// Our number.
    pub out_trade_no: String,
    /// WeChat's number; always there once paid.
    pub transaction_id: Option<String>,
    /// `JSAPI` for us.
    pub trade_type: Option<String>,
    /// Where it stands.
    pub trade_state: TradeState,
    /// WeChat's words for it.
    pub trade_state_desc: Option<String>,
    /// For example `CMC`, `OTHERS`, `ICBC_DEBIT`.
    pub bank_type: Option<String>,
    /// What the prepay sent along; only once paid.
    pub attach: Option<String>,
    /// When it was paid.
    pub success_time: Option<DateTime<Utc>>,
    /// Who paid; may be absent while unpaid.
    pub payer_openid: Option<String>,
    /// The amount; always there once paid.
    pub amount: Option<TransactionAmount>,
}

#[derive(Deserialize)]
struct RawTransaction {
    appid: String,
    mchid: String,
    out_trade_no: String,
    #[serde(default)]
    transaction_id: Option<String>,
    #[serde(default)]
    trade_type: Option<String>,
    trade_state: String,
    #[serde(default)]
    trade_state_desc: Option<String>,
    #[serde(default)]
    bank_type: Option<String>,
    #[serde(default)]
    attach: Option<String>,
    #[serde(default)]
    success_time: Option<String>,
    #[serde(default)]
    payer: Option<RawPayer>,
    #[serde(default)]
    amount: Option<TransactionAmount>,
}

#[derive(Deserialize)]
struct RawPayer {
    #[serde(default)]
    openid: Option<String>,
}

impl Transaction {
    /// Reads a transaction. A paid one without number or amount is malformed.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, MalformedData> {
        let raw: RawTransaction = read_json(WHAT, bytes)?;
        let transaction = Self {
            appid: raw.appid,
            mchid: raw.mchid,
            out_trade_no: raw.out_trade_no,
            transaction_id: raw.transaction_id.filter(|id| !id.is_empty()),
            trade_type: raw.trade_type,
            trade_state: TradeState::read(&raw.trade_state),
            trade_state_desc: raw.trade_state_desc,
            bank_type: raw.bank_type,
            attach: raw.attach,
            success_time: instant(raw.success_time.as_deref()),
            payer_openid: raw.payer.and_then(|payer| payer.openid),
            amount: raw.amount,
        };
        if transaction.trade_state.is_paid() {
            transaction.require("transaction_id", transaction.transaction_id.is_some())?;
            transaction.require("amount", transaction.amount.is_some())?;
        }
        Ok(transaction)
    }

    /// As [`parse`](Self::parse), for a notify, which speaks of money whatever its state.
    pub(super) fn parse_notice(bytes: &[u8]) -> Result<Self, MalformedData> {
        let transaction = Self::parse(bytes)?;
        transaction.require("amount", transaction.amount.is_some())?;
        Ok(transaction)
    }

    fn require(&self, field: &str, is_there: bool) -> Result<(), MalformedData> {
        if is_there {
            return Ok(());
        }
        // A state that nobody knows is WeChat's text, and a reason quotes nothing.
        let state = match &self.trade_state {
            TradeState::Unknown(_) => "an unknown state".to_owned(),
            known => format!("state {known:?}"),
        };
        Err(MalformedData { what: WHAT, reason: format!("{field} is missing in {state}") })
    }
}

impl PayClient {
    /// Asks by our number. [`OrderNotExist`](RefusalCode::OrderNotExist) is possible for a short time after prepay.
    pub async fn query_by_out_trade_no(&self, out_trade_no: &str) -> Outcome<Transaction> {
        if !is_out_trade_no(out_trade_no) {
            return Err(not_a_number("out_trade_no"));
        }
        let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}");
        self.query(&path, |found| found.out_trade_no == out_trade_no).await
    }

    /// Asks by WeChat's number, which exists once paid.
    pub async fn query_by_transaction_id(&self, transaction_id: &str) -> Outcome<Transaction> {
        if !is_transaction_id(transaction_id) {
            return Err(not_a_number("transaction_id"));
        }
        let path = format!("/v3/pay/transactions/id/{transaction_id}");
        self.query(&path, |found| found.transaction_id.as_deref() == Some(transaction_id)).await
    }

    /// The signature of an answer does not cover the question: an answer about another payment is no answer.
    async fn query(&self, path: &str, is_asked_for: impl Fn(&Transaction) -> bool) -> Outcome<Transaction> {
        let answer = self.exchange(PayCall::get(path).of_merchant()).await?;
        let found = Transaction::parse(answer.body()).map_err(|fault| answer.unreadable(fault.to_string()))?;
        if !is_asked_for(&found) {
            return Err(answer.unreadable("it is about another payment".to_owned()));
        }
        Ok(found)
    }
}

pub(super) fn not_a_number(name: &str) -> CallError {
    CallError::refused_here(RefusalCode::ParamError, format!("{name} is out of shape"))
}
