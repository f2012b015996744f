//! Complaints of buyers (pages "complaints v2": list, detail, negotiation history, reply, complete, notify, the address
//! for notifies, upload of a picture).
//!
//! WeChat wants a first answer within about a day and the matter settled within about three (unconfirmed).

mod address;
mod image;
mod reply;
mod search;

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;

use crate::crypto::MerchantKey;
use crate::outcome::clipped;
use crate::pay::fields::{MalformedData, fen, instant, optional_fen, read_json};
use crate::pay::notify::{NotifyRefused, VerifiedNotify};
use crate::pay::sensitive::opened_by_merchant;

pub use reply::{ComplaintReply, ReplyLink};
pub use search::{ComplaintPage, ComplaintSearch, NegotiationEntry, NegotiationPage};

const PATH: &str = "/v3/merchant-service/complaints-v2";

const NOTICE: &str = "complaint notice";

/// Where a complaint stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ComplaintState {
    /// `PENDING`: nobody answered yet.
    Pending,
    /// `PROCESSING`: answered, not settled.
    Processing,
    /// `PROCESSED`: settled.
    Processed,
    /// A value that did not exist when this was written: a human looks.
    Unknown(String),
}

impl ComplaintState {
    fn read(text: &str) -> Self {
        match text {
            "PENDING" => Self::Pending,
            "PROCESSING" => Self::Processing,
            "PROCESSED" => Self::Processed,
            other => Self::Unknown(clipped(other)),
        }
    }
}

/// What a complaint is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProblemType {
    /// `REFUND`: the buyer wants money back.
    Refund,
    /// `SERVICE_NOT_WORK`.
    ServiceNotWork,
    /// `OTHERS`.
    Others,
    /// A value that did not exist when this was written.
    Unknown(String),
}

impl ProblemType {
    fn read(text: &str) -> Self {
        match text {
            "REFUND" => Self::Refund,
            "SERVICE_NOT_WORK" => Self::ServiceNotWork,
            "OTHERS" => Self::Others,
            other => Self::Unknown(clipped(other)),
        }
    }
}

/// The buyer's phone, which WeChat encrypts for the merchant.
#[derive(Debug, Clone)]
pub enum PayerPhone {
    /// The buyer left none.
    None,
    /// Opened; to be sealed before it is stored.
    Known(SecretString),
    /// It does not open with our private key: it was encrypted for an earlier certificate.
    Closed,
}

/// A payment that a complaint is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ComplaintOrder {
    /// WeChat's number.
    pub transaction_id: String,
    /// Our number.
    pub out_trade_no: String,
    /// The amount in fen.
    #[serde(rename = "amount", deserialize_with = "fen")]
    pub amount_fen: i64,
}

/// A complaint. `Debug` shows no words, phone or openid of the buyer.
#[allow(clippy::struct_excessive_bools)] // four yes-or-no facts, as WeChat tells them
#[derive(Clone)]
pub struct Complaint {
    /// WeChat's number.
    pub complaint_id: String,
    /// When it was made.
    pub complained_at: Option<DateTime<Utc>>,
    /// The buyer's words.
    pub detail: String,
    /// Where it stands.
    pub state: ComplaintState,
    /// The merchant that it is against; compare it with your own.
    pub mchid: Option<String>,
    /// The buyer's phone.
    pub payer_phone: PayerPhone,
    /// The buyer.
    pub payer_openid: Option<String>,
    /// The payments it is about.
    pub orders: Vec<ComplaintOrder>,
    /// Addresses of pictures; to be fetched with a signed GET.
    pub media_urls: Vec<String>,
    /// Everything was given back.
    pub fully_refunded: bool,
    /// The buyer wrote, and waits for an answer.
    pub buyer_waits: bool,
    /// WeChat's words for the problem.
    pub problem: Option<String>,
    /// Which kind of problem.
    pub problem_type: Option<ProblemType>,
    /// How often this buyer complained about it.
    pub times: Option<i64>,
    /// What the buyer wants back, in fen.
    pub refund_asked_fen: Option<i64>,
    /// For example `TRUSTED`, `HIGH_RISK`.
    pub tags: Vec<String>,
    /// WeChat's own staff is at it.
    pub in_platform_service: bool,
    /// WeChat asks for an answer at once.
    pub needs_immediate_service: bool,
}

impl fmt::Debug for Complaint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Complaint")
            .field("complaint_id", &self.complaint_id)
            .field("state", &self.state)
            .field("orders", &self.orders)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct RawComplaint {
    complaint_id: String,
    #[serde(default)]
    complaint_time: Option<String>,
    #[serde(default)]
    complaint_detail: Option<String>,
    complaint_state: String,
    #[serde(default)]
    complainted_mchid: Option<String>,
    #[serde(default)]
    payer_phone: Option<String>,
    #[serde(default)]
    payer_openid: Option<String>,
    #[serde(default)]
    complaint_order_info: Option<Vec<ComplaintOrder>>,
    #[serde(default)]
    complaint_media_list: Option<OneOrMany<RawMedia>>,
    #[serde(default)]
    complaint_full_refunded: Option<bool>,
    #[serde(default)]
    incoming_user_response: Option<bool>,
    #[serde(default)]
    problem_description: Option<String>,
    #[serde(default)]
    problem_type: Option<String>,
    #[serde(default)]
    user_complaint_times: Option<i64>,
    #[serde(default, deserialize_with = "optional_fen")]
    apply_refund_amount: Option<i64>,
    #[serde(default)]
    user_tag_list: Option<Vec<String>>,
    #[serde(default)]
    in_platform_service: Option<bool>,
    #[serde(default)]
    need_immediate_service: Option<bool>,
}

/// A list in one answer and a single object in another, for the same name.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

#[derive(Deserialize)]
struct RawMedia {
    #[serde(default)]
    media_url: Option<Vec<String>>,
}

/// All addresses in a media list of either shape.
fn media_urls(list: Option<OneOrMany<RawMedia>>) -> Vec<String> {
    let media = match list {
        None => Vec::new(),
        Some(OneOrMany::One(media)) => vec![media],
        Some(OneOrMany::Many(media)) => media,
    };
    media.into_iter().flat_map(|media| media.media_url.unwrap_or_default()).collect()
}

impl RawComplaint {
    fn opened(self, key: &MerchantKey) -> Complaint {
        let payer_phone = match self.payer_phone.filter(|phone| !phone.is_empty()) {
            None => PayerPhone::None,
            Some(sealed) => opened_by_merchant(key, &sealed).map_or(PayerPhone::Closed, PayerPhone::Known),
        };
        Complaint {
            complaint_id: self.complaint_id,
            complained_at: instant(self.complaint_time.as_deref()),
            detail: self.complaint_detail.unwrap_or_default(),
            state: ComplaintState::read(&self.complaint_state),
            mchid: self.complainted_mchid,
            payer_phone,
            payer_openid: self.payer_openid,
            orders: self.complaint_order_info.unwrap_or_default(),
            media_urls: media_urls(self.complaint_media_list),
            fully_refunded: self.complaint_full_refunded.unwrap_or_default(),
            buyer_waits: self.incoming_user_response.unwrap_or_default(),
            problem: self.problem_description,
            problem_type: self.problem_type.as_deref().map(ProblemType::read),
            times: self.user_complaint_times,
            refund_asked_fen: self.apply_refund_amount,
            tags: self.user_tag_list.unwrap_or_default(),
            in_platform_service: self.in_platform_service.unwrap_or_default(),
            needs_immediate_service: self.need_immediate_service.unwrap_or_default(),
        }
    }
}

/// What happened to a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComplaintEvent {
    /// `COMPLAINT.CREATE`.
    Created,
    /// `COMPLAINT.STATE_CHANGE`.
    StateChanged,
}

/// A complaint notify: it names the complaint; ask for the rest with
/// [`complaint`](crate::PayClient::complaint).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintNotice {
    /// What happened.
    pub event: ComplaintEvent,
    /// WeChat's number of the complaint.
    pub complaint_id: String,
    /// For example `CREATE_COMPLAINT`, `USER_RESPONSE` (the list is unconfirmed, so it stays text).
    pub action: Option<String>,
}

#[derive(Deserialize)]
struct RawNotice {
    complaint_id: String,
    #[serde(default)]
    action_type: Option<String>,
}

impl VerifiedNotify {
    /// Decrypts and reads a complaint notify; `None` for every other kind.
    /// [`decrypt`](Self::decrypt) calls it [`Other`](crate::NotifyEvent::Other), for it moves no money.
    pub fn complaint(&self) -> Result<Option<ComplaintNotice>, NotifyRefused> {
        let event = match self.event_type.as_str() {
            "COMPLAINT.CREATE" => ComplaintEvent::Created,
            "COMPLAINT.STATE_CHANGE" => ComplaintEvent::StateChanged,
            _ => return Ok(None),
        };
        let raw: RawNotice = read_json(NOTICE, &self.plaintext()?)?;
        if !is_complaint_id(&raw.complaint_id) {
            return Err(MalformedData { what: NOTICE, reason: "complaint_id is out of shape".to_owned() }.into());
        }
        let action = raw.action_type.as_deref().map(clipped);
        Ok(Some(ComplaintNotice { event, complaint_id: raw.complaint_id, action }))
    }
}

/// It becomes part of a path: 1 to 64 digits, letters, `_` or `-`.
fn is_complaint_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

/// What stands for an uploaded picture: 1 to 512 visible ASCII characters.
fn is_media_id(text: &str) -> bool {
    (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
