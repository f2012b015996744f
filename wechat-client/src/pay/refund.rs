//! Domestic refunds (pages "apply for a refund", "query a single refund", "refund result notify").

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::outcome::{CallError, Outcome, RefusalCode, clipped};
use crate::pay::PayClient;
use crate::pay::exchange::PayCall;
use crate::pay::fields::{
    MalformedData, fen, instant, is_notify_url, is_out_refund_no, is_out_trade_no, is_text, is_transaction_id,
    optional_fen, read_json,
};
use crate::pay::query::not_a_number;

pub(super) const PATH: &str = "/v3/refund/domestic/refunds";

/// Longest `reason`, in characters.
const REASON_LIMIT_CHARS: usize = 80;

/// Which payment is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundTarget {
    /// By WeChat's number.
    TransactionId(String),
    /// By our number.
    OutTradeNo(String),
}

/// What is to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// The payment.
    pub target: RefundTarget,
    /// Our number of this refund, the idempotency key: 1 to 64 of digits, letters, `_`, `-`, `|`, `*`, `@`. Repeat with
    /// the SAME number for ever: a new number can refund twice.
    pub out_refund_no: String,
    /// Shown to the buyer; at most 80 characters.
    pub reason: Option<String>,
    /// Where the refund notify goes; the console's setting if absent.
    pub notify_url: Option<String>,
    /// What to give back, in fen, at least 1.
    pub refund_fen: i64,
    /// Total of the payment, in fen.
    pub total_fen: i64,
}

impl RefundOrder {
    fn faults(&self) -> Vec<String> {
        let target_fits = match &self.target {
            RefundTarget::TransactionId(id) => is_transaction_id(id),
            RefundTarget::OutTradeNo(number) => is_out_trade_no(number),
        };
        let reason_fits = self.reason.as_ref().is_none_or(|text| is_text(text, REASON_LIMIT_CHARS));
        let url_fits = self.notify_url.as_deref().is_none_or(is_notify_url);
        let checks = [
            (target_fits, "the number of the payment is out of shape"),
            (is_out_refund_no(&self.out_refund_no), "out_refund_no must be 1 to 64 of digits, letters, _ - | * @"),
            (reason_fits, "reason must be 1 to 80 characters, or absent"),
            (url_fits, "notify_url must be https without query, at most 255 bytes"),
            ((1..=self.total_fen).contains(&self.refund_fen), "refund must be at least 1 fen and at most the total"),
        ];
        checks.into_iter().filter(|(fits, _)| !fits).map(|(_, fault)| fault.to_owned()).collect()
    }
}

#[derive(Serialize)]
struct RefundBody<'o> {
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<&'o str>,
    out_refund_no: &'o str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_url: Option<&'o str>,
    amount: RefundBodyAmount,
}

#[derive(Serialize)]
struct RefundBodyAmount {
    refund: i64,
    total: i64,
    currency: &'static str,
}

/// The part of a stored request that its answer must repeat.
#[derive(Deserialize)]
struct SentRefund {
    out_refund_no: String,
}

/// Where a refund stands at WeChat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// `SUCCESS`: the buyer has the money.
    Success,
    /// `CLOSED`: it did not happen; only a NEW number can try again.
    Closed,
    /// `PROCESSING`: accepted, not done.
    Processing,
    /// `ABNORMAL`: the buyer's card or account can't take it; needs a human.
    Abnormal,
    /// A value that did not exist when this was written: raise an alarm, move nothing.
    Unknown(String),
}

impl RefundStatus {
    fn read(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "CLOSED" => Self::Closed,
            "PROCESSING" => Self::Processing,
            "ABNORMAL" => Self::Abnormal,
            other => Self::Unknown(clipped(other)),
        }
    }
}

/// The amounts of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RefundAmount {
    /// Total of the payment, in fen.
    #[serde(rename = "total", deserialize_with = "fen")]
    pub total_fen: i64,
    /// What is given back, in fen.
    #[serde(rename = "refund", deserialize_with = "fen")]
    pub refund_fen: i64,
    /// What the buyer had paid after WeChat's coupons, in fen.
    #[serde(rename = "payer_total", default, deserialize_with = "optional_fen")]
    pub payer_total_fen: Option<i64>,
    /// What the buyer gets, in fen.
    #[serde(rename = "payer_refund", default, deserialize_with = "optional_fen")]
    pub payer_refund_fen: Option<i64>,
    /// `CNY`; notifies do not tell it.
    #[serde(default)]
    pub currency: Option<String>,
}

/// A refund as WeChat knows it, from an answer or from a notify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// WeChat's number of the refund.
    pub refund_id: String,
    /// Our number of the refund.
    pub out_refund_no: String,
    /// WeChat's number of the payment.
    pub transaction_id: String,
    /// Our number of the payment.
    pub out_trade_no: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// `ORIGINAL`, `BALANCE`, `OTHER_BALANCE` or `OTHER_BANKCARD`; notifies do not tell it.
    pub channel: Option<String>,
    /// Where the money goes, in words for the buyer.
    pub user_received_account: Option<String>,
    /// When it was done; only with [`Success`](RefundStatus::Success).
    pub success_time: Option<DateTime<Utc>>,
    /// When it was accepted; notifies do not tell it.
    pub create_time: Option<DateTime<Utc>>,
    /// The amounts.
    pub amount: RefundAmount,
}

/// A refund notify: which merchant it names, and the refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNotice {
    /// The merchant that the notify names; the caller compares it with its own.
    pub mchid: String,
    /// The refund. Its status came as `refund_status`.
    pub refund: Refund,
}

/// Answers say `status`, notifies `refund_status`; else they are the same.
#[derive(Deserialize)]
struct RawRefund {
    #[serde(default)]
    mchid: Option<String>,
    refund_id: String,
    out_refund_no: String,
    transaction_id: String,
    out_trade_no: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    refund_status: Option<String>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    user_received_account: Option<String>,
    #[serde(default)]
    success_time: Option<String>,
    #[serde(default)]
    create_time: Option<String>,
    amount: RefundAmount,
}

impl RawRefund {
    fn into_refund(self, status: &str) -> Refund {
        Refund {
            refund_id: self.refund_id,
            out_refund_no: self.out_refund_no,
            transaction_id: self.transaction_id,
            out_trade_no: self.out_trade_no,
            status: RefundStatus::read(status),
            channel: self.channel,
            user_received_account: self.user_received_account,
            success_time: instant(self.success_time.as_deref()),
            create_time: instant(self.create_time.as_deref()),
            amount: self.amount,
        }
    }
}

impl Refund {
    fn parse(bytes: &[u8]) -> Result<Self, MalformedData> {
        let raw: RawRefund = read_json("refund", bytes)?;
        let status = raw.status.clone().ok_or_else(|| absent("status"))?;
        Ok(raw.into_refund(&status))
    }
}

impl RefundNotice {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, MalformedData> {
        let raw: RawRefund = read_json("refund notice", bytes)?;
        let mchid = raw.mchid.clone().ok_or_else(|| absent("mchid"))?;
        let status = raw.refund_status.clone().ok_or_else(|| absent("refund_status"))?;
        Ok(Self { mchid, refund: raw.into_refund(&status) })
    }
}

fn absent(field: &str) -> MalformedData {
    MalformedData { what: "refund", reason: format!("{field} is missing") }
}

impl PayClient {
    /// The bytes of a refund request. Store them: a refund is repeated with the same number and the same parameters.
    /// Reports all faults.
    pub fn refund_body(&self, order: &RefundOrder) -> Result<Vec<u8>, Vec<String>> {
        let faults = order.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        let (transaction_id, out_trade_no) = match &order.target {
            RefundTarget::TransactionId(id) => (Some(id.as_str()), None),
            RefundTarget::OutTradeNo(number) => (None, Some(number.as_str())),
        };
        let body = RefundBody {
            transaction_id,
            out_trade_no,
            out_refund_no: &order.out_refund_no,
            reason: order.reason.as_deref(),
            notify_url: order.notify_url.as_deref(),
            amount: RefundBodyAmount { refund: order.refund_fen, total: order.total_fen, currency: "CNY" },
        };
        serde_json::to_vec(&body).map_err(|fault| vec![fault.to_string()])
    }

    /// Sends exactly these bytes. Done means accepted, not given back: look at the status, and query later.
    /// [`NotEnough`](RefusalCode::NotEnough): top up and repeat. Unknown: query by the number, then repeat the bytes.
    pub async fn refund(&self, body: &[u8]) -> Outcome<Refund> {
        let sent: SentRefund = read_json("refund request", body)
            .map_err(|fault| CallError::refused_here(RefusalCode::ParamError, fault.to_string()))?;
        self.refund_exchange(PayCall::post(PATH, body).repeatable(), &sent.out_refund_no).await
    }

    /// Asks for one refund. [`ResourceNotExists`](RefusalCode::ResourceNotExists): WeChat does not know the number.
    pub async fn query_refund(&self, out_refund_no: &str) -> Outcome<Refund> {
        if !is_out_refund_no(out_refund_no) {
            return Err(not_a_number("out_refund_no"));
        }
        let path = format!("{PATH}/{out_refund_no}");
        self.refund_exchange(PayCall::get(&path), out_refund_no).await
    }

    pub(super) async fn refund_exchange(&self, call: PayCall, out_refund_no: &str) -> Outcome<Refund> {
        let answer = self.exchange(call).await?;
        let refund = Refund::parse(answer.body()).map_err(|fault| answer.unreadable(fault.to_string()))?;
        if refund.out_refund_no != out_refund_no {
            return Err(answer.unreadable("it is about another refund".to_owned()));
        }
        Ok(refund)
    }
}
