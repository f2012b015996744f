//! What a pushed message says, by its `Event`. Pages: 小程序发货信息管理, 订阅消息, 用户信息相关事件, 音视频内容安全识别.

use serde_json::{Map, Value};

use super::text;
use crate::mini::{TradeComplaint, Verdict};

/// Most entries that are taken of a list in one message; a panel has five templates at most.
const LIST_LIMIT: usize = 100;

/// The events that a shop may act on. Times are Unix seconds, as WeChat gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEvent {
    /// `trade_manage_remind_access_api`: nothing was ever shipped through order management.
    NothingEverShipped,
    /// `trade_manage_remind_shipping`: an order waits for more than 48 hours.
    ShippingOverdue(ManagedTrade),
    /// `trade_manage_order_settlement`: shipping is complete, or the money is settled; comes once for each.
    Settlement(Settlement),
    /// `subscribe_msg_popup_event`: the user answered the panel. Each accepted entry grants one message.
    SubscribePanel(Vec<SubscribeAnswer>),
    /// `subscribe_msg_change_event`: the user changed the settings.
    SubscribeSettings(Vec<SubscribeAnswer>),
    /// `subscribe_msg_sent_event`: what became of messages.
    SubscribeSent(Vec<SubscribeReport>),
    /// `user_authorization_revoke`: the user withdrew something; what is known by it is to be deleted. What was
    /// withdrawn is in [`PushMessage::revoke_info`](super::PushMessage::revoke_info).
    AuthorizationRevoked,
    /// `user_authorization_cancellation` (name unconfirmed): the user closed the WeChat account.
    AccountCancelled,
    /// `user_info_modified`: WeChat changed name or picture.
    UserInfoModified,
    /// `wxa_media_check`: the verdict on a picture or a sound.
    MediaChecked(MediaVerdict),
    /// `complaint_callback`: a complaint of the trade guarantee began or moved on.
    TradeComplaint(TradeComplaint),
    /// Anything else, and what lacks the fields of its page.
    Other,
}

/// Which payment an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedTrade {
    /// WeChat Pay's number.
    pub transaction_id: String,
    /// The merchant; empty if it does not say.
    pub mchid: String,
    /// Our number; empty if it does not say.
    pub out_trade_no: String,
    /// When it was paid.
    pub paid_at_s: Option<i64>,
}

/// How far the settlement of a payment has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The payment.
    pub trade: ManagedTrade,
    /// When it was shipped.
    pub shipped_at_s: Option<i64>,
    /// When the money will be settled, as WeChat thinks once all is shipped.
    pub estimated_at_s: Option<i64>,
    /// When the receipt was confirmed.
    pub confirmed_at_s: Option<i64>,
    /// How it was confirmed: 1 and 2 are by itself and by hand, but which is which is told both ways. Keep the number, decide
    /// nothing by it.
    pub confirm_method: Option<i64>,
    /// When the money was settled.
    pub settled_at_s: Option<i64>,
}

/// A user's word about one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeAnswer {
    /// The template.
    pub template_id: String,
    /// Whether it was accepted; any other word is a no.
    pub is_accepted: bool,
}

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeReport {
    /// The template.
    pub template_id: String,
    /// The message, as sending it told.
    pub msgid: Option<String>,
    /// 0 if it arrived.
    pub error_code: i64,
    /// WeChat's word for it, such as `success`.
    pub status: String,
}

/// A verdict on what was handed over to [`MiniClient::check_media`](crate::MiniClient::check_media).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaVerdict {
    /// What handing it over gave.
    pub trace_id: String,
    /// What to do.
    pub verdict: Verdict,
    /// As in [`TextVerdict`](crate::TextVerdict); 0 if it does not say.
    pub label: i64,
}

impl PushEvent {
    pub(super) fn read(event: &str, fields: &Map<String, Value>) -> Self {
        let read = match event {
            "trade_manage_remind_access_api" => Some(Self::NothingEverShipped),
            "trade_manage_remind_shipping" => trade(fields).map(Self::ShippingOverdue),
            "trade_manage_order_settlement" => settlement(fields).map(Self::Settlement),
            "subscribe_msg_popup_event" => Some(Self::SubscribePanel(answers(fields, "SubscribeMsgPopupEvent"))),
            "subscribe_msg_change_event" => Some(Self::SubscribeSettings(answers(fields, "SubscribeMsgChangeEvent"))),
            "subscribe_msg_sent_event" => Some(Self::SubscribeSent(reports(fields))),
            "user_authorization_revoke" => Some(Self::AuthorizationRevoked),
            "user_authorization_cancellation" => Some(Self::AccountCancelled),
            "user_info_modified" => Some(Self::UserInfoModified),
            "complaint_callback" => fields
                .get("BussiCallBackInfo")
                .and_then(Value::as_object)
                .and_then(TradeComplaint::read)
                .map(Self::TradeComplaint),
            "wxa_media_check" => media(fields).map(Self::MediaChecked),
            _ => None,
        };
        read.unwrap_or(Self::Other)
    }
}

fn trade(fields: &Map<String, Value>) -> Option<ManagedTrade> {
    Some(ManagedTrade {
        transaction_id: text(fields, "transaction_id")?,
        mchid: text(fields, "merchant_id").unwrap_or_default(),
        out_trade_no: text(fields, "merchant_trade_no").unwrap_or_default(),
        paid_at_s: number(fields, "pay_time"),
    })
}

fn settlement(fields: &Map<String, Value>) -> Option<Settlement> {
    Some(Settlement {
        trade: trade(fields)?,
        shipped_at_s: number(fields, "shipped_time"),
        estimated_at_s: number(fields, "estimated_settlement_time"),
        confirmed_at_s: number(fields, "confirm_receive_time"),
        confirm_method: number(fields, "confirm_receive_method"),
        settled_at_s: number(fields, "settlement_time"),
    })
}

fn answers(fields: &Map<String, Value>, wrapper: &str) -> Vec<SubscribeAnswer> {
    let answer = |entry: &Map<String, Value>| {
        let template_id = text(entry, "TemplateId")?;
        let is_accepted = text(entry, "SubscribeStatusString").as_deref() == Some("accept");
        Some(SubscribeAnswer { template_id, is_accepted })
    };
    entries(fields, wrapper).into_iter().filter_map(answer).collect()
}

fn reports(fields: &Map<String, Value>) -> Vec<SubscribeReport> {
    let report = |entry: &Map<String, Value>| {
        Some(SubscribeReport {
            template_id: text(entry, "TemplateId")?,
            msgid: text(entry, "MsgID"),
            error_code: number(entry, "ErrorCode")?,
            status: text(entry, "ErrorStatus").unwrap_or_default(),
        })
    };
    entries(fields, "SubscribeMsgSentEvent").into_iter().filter_map(report).collect()
}

/// `List` is an object for one template and an array for several; XML has a wrapper around it.
pub(super) fn list<'f>(fields: &'f Map<String, Value>, wrapper: &str) -> Option<&'f Value> {
    fields.get("List").or_else(|| fields.get(wrapper)?.as_object()?.get("List"))
}

fn entries<'f>(fields: &'f Map<String, Value>, wrapper: &str) -> Vec<&'f Map<String, Value>> {
    match list(fields, wrapper) {
        Some(Value::Object(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_object).take(LIST_LIMIT).collect(),
        _ => Vec::new(),
    }
}

fn media(fields: &Map<String, Value>) -> Option<MediaVerdict> {
    let result = fields.get("result")?.as_object()?;
    Some(MediaVerdict {
        trace_id: text(fields, "trace_id")?,
        verdict: Verdict::of(&text(result, "suggest")?),
        label: number(result, "label").unwrap_or_default(),
    })
}

fn number(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    text(fields, name)?.parse().ok()
}
