//! What the errcodes of the mini program API mean to this client. Page: "global error codes" (全局返回码), and the table of
//! each call.

use std::time::Duration;

use crate::outcome::{CallError, RefusalCode, Throttle, UnknownCause};

/// Refusals that only the mini program API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MiniCode {
    /// 87007, 87009: the session key is not (any more) the user's. Ask the client for `wx.login`.
    SessionKeyStale,
    /// 43101: the user refused, cancelled, or has no one-time subscription left. No fault of the order.
    UserRefused,
    /// 43107: the ability to send, or this template, is banned.
    TemplateBanned,
    /// 40037: the template is not of this account.
    TemplateUnknown,
    /// 47003: a value of the template is empty or out of its limits; the message names the field.
    TemplateData,
    /// 45168: sensitive words in the values.
    SensitiveWords,
    /// 41030, 40165, 40066 (unconfirmed): the page is not in the published version.
    PageUnknown,
    /// 40129, 40169: the scene of a code is too long or has a character that is not allowed.
    SceneInvalid,
    /// 40212, 85096 (unconfirmed): the query of a link.
    QueryInvalid,
    /// 45029, 85400: the number of codes or links of this kind is spent.
    QuotaSpent,
    /// 85401: the expiry of a link is not between a minute and 30 days from now. Look at the clock too.
    ExpiryInvalid,
    /// 85079: the mini program is not published.
    NotPublished,
    /// 48001, 48004, 50002, 50004, 50007: the account lacks the permission, or is limited.
    NotPermitted,
    /// 45002: the text is too long.
    TextTooLong,
    /// 61010: the user has not been seen for 2 hours; the check of a text needs that.
    NotSeenLately,
    /// 87014: the text is risky (first version of the check only).
    Risky,
    /// 85437: the number of a payment that the service cards do not know; in its first minute none is known.
    CardCodeUnknown,
    /// 85438: the number of the payment opens no card any more.
    CardCodeExpired,
    /// 85432, 85433, 85435, 85470 (the first and third unconfirmed): a content, claim of payment, state or extension of a card
    /// that does not fit.
    CardInvalid,
    /// 10060035: the page behind orders lacks `${商品订单号}`, or is not published.
    OrderPathInvalid,
    /// 10060001: no such payment. Just after paying it may still be on its way: ask again after about 10 s.
    OrderNotFound,
    /// 10060002: wholly shipped before. Compare with `get_order`.
    AlreadyShipped,
    /// 10060003: the one change that is allowed has been used. A human must look.
    ReshipUsed,
    /// 10060004: refunded, or otherwise not to be shipped.
    NotShippable,
    /// 10060011: the cursor of a list.
    CursorInvalid,
    /// 10060023: the same as before. Uploading gives it as success.
    NothingChanged,
    /// 10060028: not shipped yet, so that nobody can have received it.
    NotShippedYet,
    /// 10060029: the time of receipt is not after the shipping. Look at the clock too.
    ReceivedTimeInvalid,
    /// 10060030: the buyer has been reminded; once an order.
    ReminderUsed,
    /// 10060031: the payment is another user's.
    PayerMismatch,
    /// 10060032: not sent by express.
    NotExpress,
    /// 9300507, 9300534: the waybill token is wrong, or another user's.
    WaybillTokenInvalid,
    /// 9300559: no such waybill.
    WaybillUnknown,
}

/// The outcome that an errcode other than 0 stands for, if it is no refusal.
pub(crate) fn not_a_refusal(errcode: i64, status: u16) -> Option<CallError> {
    let code = format!("ERRCODE{errcode}");
    Some(match errcode {
        -1 | 10_060_012 | 10_060_019 => CallError::unknown(UnknownCause::ServerTrouble { status, code }),
        // 43108: several messages to one user at the same moment.
        44990 | 43108 => throttled(1, &code, status),
        44991 | 45011 => throttled(60, &code, status),
        // A daily cap, as a rule. Asking every hour spends little of the next day's.
        45009 | 9_300_513 | 9_300_560 => throttled(3600, &code, status),
        _ => return None,
    })
}

pub(crate) fn throttled(wait_s: u64, code: &str, status: u16) -> CallError {
    CallError::Throttled(Throttle {
        retry_after: Duration::from_secs(wait_s),
        code: code.to_owned(),
        status: Some(status),
    })
}

pub(crate) fn refusal_code(errcode: i64) -> RefusalCode {
    match errcode {
        40001 | 40014 | 42001 => RefusalCode::TokenRejected,
        40003 | 43104 => RefusalCode::OpenidMismatch,
        40013 => RefusalCode::InvalidAppid,
        40029 | 40163 => RefusalCode::InvalidCode,
        40125 | 40243 => RefusalCode::InvalidSecret,
        40164 | 89501 | 89503 | 89506 | 89507 => RefusalCode::AddressNotAllowed,
        40226 => RefusalCode::Blocked,
        40002 | 40097 | 41001..=41008 | 43002 | 44002 | 47001 | 87008
        // Shapes of an upload that are checked before sending: to see one of them is a bug here.
        | 10_060_005..=10_060_009 | 10_060_013 | 10_060_014 | 10_060_020 | 10_060_024..=10_060_026
        | 268_485_194..=268_485_253 => RefusalCode::ParamError,
        other => match mini_code(other) {
            Some(code) => RefusalCode::Mini(code),
            None => RefusalCode::Other(format!("ERRCODE{other}")),
        },
    }
}

fn mini_code(errcode: i64) -> Option<MiniCode> {
    Some(match errcode {
        87007 | 87009 => MiniCode::SessionKeyStale,
        43101 => MiniCode::UserRefused,
        43107 => MiniCode::TemplateBanned,
        40037 => MiniCode::TemplateUnknown,
        47003 => MiniCode::TemplateData,
        45168 => MiniCode::SensitiveWords,
        41030 | 40165 | 40066 => MiniCode::PageUnknown,
        40129 | 40169 => MiniCode::SceneInvalid,
        40212 | 85096 => MiniCode::QueryInvalid,
        45029 | 85400 => MiniCode::QuotaSpent,
        85401 => MiniCode::ExpiryInvalid,
        85079 => MiniCode::NotPublished,
        48001 | 48004 | 50002 | 50004 | 50007 => MiniCode::NotPermitted,
        45002 => MiniCode::TextTooLong,
        61010 => MiniCode::NotSeenLately,
        87014 => MiniCode::Risky,
        85_437 => MiniCode::CardCodeUnknown,
        85_438 => MiniCode::CardCodeExpired,
        85_432 | 85_433 | 85_435 | 85_470 => MiniCode::CardInvalid,
        10_060_035 => MiniCode::OrderPathInvalid,
        10_060_001 => MiniCode::OrderNotFound,
        10_060_002 => MiniCode::AlreadyShipped,
        10_060_003 => MiniCode::ReshipUsed,
        10_060_004 => MiniCode::NotShippable,
        10_060_011 => MiniCode::CursorInvalid,
        10_060_023 => MiniCode::NothingChanged,
        10_060_028 => MiniCode::NotShippedYet,
        10_060_029 => MiniCode::ReceivedTimeInvalid,
        10_060_030 => MiniCode::ReminderUsed,
        10_060_031 => MiniCode::PayerMismatch,
        10_060_032 => MiniCode::NotExpress,
        9_300_507 | 9_300_534 => MiniCode::WaybillTokenInvalid,
        9_300_559 => MiniCode::WaybillUnknown,
        _ => return None,
    })
}

/// True for refusals that a wrong clock of ours can cause.
pub(crate) fn rests_on_time(errcode: i64) -> bool {
    matches!(errcode, 85401 | 10_060_029 | 268_485_216)
}

/// WeChat's text without what may name a person or be a secret (openids, tokens, phone numbers), and its trace id
/// (`rid: ...`) apart from it.
pub(crate) fn harmless(errmsg: &str) -> (String, Option<String>) {
    let (text, rid) = match errmsg.split_once("rid:") {
        Some((text, rid)) => (text, rid.trim()),
        None => (errmsg, ""),
    };
    let is_rid = (1..=48).contains(&rid.len()) && rid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let words = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && !"_-+=/".contains(letter));
    let shown = words.map(|word| if is_telling(word) { "*** " } else { word }).collect::<String>();
    (shown.trim().to_owned(), is_rid.then(|| rid.to_owned()))
}

/// WeChat's own hints (`[ciPecA05663945]`) are shorter than an openid and no bare number.
fn is_telling(word: &str) -> bool {
    let word = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= 24 || (digits >= 7 && word.bytes().all(|byte| !byte.is_ascii_alphabetic()))
}
