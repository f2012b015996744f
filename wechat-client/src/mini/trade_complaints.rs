//! Complaints of the mini program's trade guarantee (交易投诉). They come as a pushed event
//! ([`PushEvent::TradeComplaint`](crate::PushEvent::TradeComplaint)) and beside those of WeChat Pay: one order may have both.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::mini::exchange::{Call, Done, Repeat};
use crate::mini::{MiniClient, is_line, require};
use crate::outcome::Outcome;

/// Longest text of an answer, in characters; WeChat publishes none, this is the client's.
const TEXT_LIMIT_CHARS: usize = 500;
/// Longest value that is believed.
const FIELD_LIMIT_BYTES: usize = 4096;
const MOST_PICTURES: usize = 9;

/// A complaint of the mini program's trade guarantee.
#[derive(Clone, PartialEq, Eq)]
pub struct TradeComplaint {
    /// Its number.
    pub id: u64,
    /// WeChat's number of the state: 201 waits for the merchant, 206 for proof, 312 is WeChat's refund; others occur.
    pub status: i64,
    /// Until when the merchant has to act, Unix seconds; `None` where it need not.
    pub expires_at_s: Option<i64>,
    /// When it began, Unix seconds.
    pub created_at_s: Option<i64>,
    /// WeChat Pay's number.
    pub transaction_id: String,
    /// Our number.
    pub out_trade_no: String,
    /// Who complains.
    pub openid: String,
    /// The buyer's words.
    pub content: String,
    /// What was paid, in fen.
    pub paid_fen: Option<i64>,
}

/// Shows nobody and nobody's words.
impl std::fmt::Debug for TradeComplaint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "TradeComplaint({}, status {})", self.id, self.status)
    }
}

impl TradeComplaint {
    pub(crate) fn read(fields: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            id: text(fields, "complaint_order_id")?.parse().ok()?,
            status: number(fields, "status")?,
            expires_at_s: number(fields, "expire_time").filter(|at| *at > 0),
            created_at_s: number(fields, "create_time"),
            transaction_id: text(fields, "order_id").unwrap_or_default(),
            out_trade_no: text(fields, "out_trade_no").or_else(|| text(fields, "out_trade_No"))?,
            openid: text(fields, "open_id").unwrap_or_default(),
            content: text(fields, "customer_material_content").unwrap_or_default(),
            paid_fen: number(fields, "total_cost"),
        })
    }
}

/// Numbers come as numbers or as text.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match fields.get(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (1..=FIELD_LIMIT_BYTES).contains(&text.len()).then_some(text)
}

fn number(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    text(fields, name)?.parse().ok()
}

/// What the merchant says to a complaint: a text, pictures that were uploaded, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComplaintAnswer {
    /// Up to 500 characters.
    pub content: String,
    /// Ids of pictures.
    pub media_ids: Vec<String>,
}

#[derive(Serialize)]
struct AnswerRequest<'c> {
    #[serde(rename = "complaintOrderId")]
    id: u64,
    #[serde(rename = "bussiHandle", skip_serializing_if = "Option::is_none")]
    handle: Option<u8>,
    content: &'c str,
    #[serde(rename = "mediaIdList")]
    media_ids: &'c [String],
}

#[derive(Deserialize)]
struct DetailAnswer {
    data: Map<String, Value>,
}

impl MiniClient {
    /// How a complaint stands. Unknown numbers of a state are given as they are: go by `expires_at_s`. Page:
    /// `complaintOrderDetail`.
    pub async fn trade_complaint(&self, id: u64) -> Outcome<TradeComplaint> {
        let number = id.to_string();
        let query = vec![("complaintOrderId", number.as_str())];
        let answer: DetailAnswer =
            self.call(Call::get("/wxaapi/minishop/complaintOrderDetail", query, Repeat::Safe)).await?;
        TradeComplaint::read(&answer.data).ok_or_else(|| super::unreadable("a complaint without its number or order"))
    }

    /// Agrees to the buyer's claim, after which proof of a refund is due, or refuses it, after which WeChat decides. Page:
    /// `bussiRespondComplaint`.
    pub async fn respond_to_trade_complaint(&self, id: u64, agrees: bool, answer: &ComplaintAnswer) -> Outcome<()> {
        self.answer_complaint("/wxaapi/minishop/bussiRespondComplaint", id, Some(if agrees { 1 } else { 2 }), answer)
            .await
    }

    /// Adds evidence while WeChat decides. Page: `bussiSupplyProof`.
    pub async fn supply_complaint_proof(&self, id: u64, answer: &ComplaintAnswer) -> Outcome<()> {
        self.answer_complaint("/wxaapi/minishop/bussiSupplyProof", id, None, answer).await
    }

    /// Proves that the buyer was refunded. Page: `bussiSupplyRefund`.
    pub async fn supply_complaint_refund(&self, id: u64, answer: &ComplaintAnswer) -> Outcome<()> {
        self.answer_complaint("/wxaapi/minishop/bussiSupplyRefund", id, None, answer).await
    }

    /// Appeals against what WeChat decided. Page: `busiAppeal`.
    pub async fn appeal_trade_complaint(&self, id: u64, answer: &ComplaintAnswer) -> Outcome<()> {
        self.answer_complaint("/wxaapi/minishop/busiAppeal", id, None, answer).await
    }

    /// Not repeated by itself: each call is a step that the buyer sees.
    async fn answer_complaint(
        &self,
        path: &'static str,
        id: u64,
        handle: Option<u8>,
        answer: &ComplaintAnswer,
    ) -> Outcome<()> {
        let says_something = !answer.content.is_empty() || !answer.media_ids.is_empty();
        require(
            says_something && is_line(&answer.content, TEXT_LIMIT_CHARS),
            "content: up to 500 characters, or a picture",
        )?;
        require(answer.media_ids.len() <= MOST_PICTURES, "media_ids: at most 9")?;
        let request = AnswerRequest { id, handle, content: &answer.content, media_ids: &answer.media_ids };
        self.call::<Done>(Call::post(path, &request, Repeat::Never)?).await.map(|_| ())
    }
}
