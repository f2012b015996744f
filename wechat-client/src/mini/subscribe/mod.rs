//! `subscribeMessage.send` (发送订阅消息). Every value is checked against the limits of its type before anything is sent,
//! and nothing is cut unless it is asked for.

mod field;
mod time;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::mini::exchange::{Call, Repeat};
use crate::mini::{MiniClient, MiniVersion, is_id, require, require_openid};
use crate::outcome::Outcome;

use field::FieldKind;
pub use field::{FieldFault, cut_to_thing};

/// Longest page with its query, in bytes.
const PAGE_LIMIT_BYTES: usize = 1024;

/// A message for one user, built field by field. `Debug` shows neither the user nor the values.
///
/// Each one-time subscription that the user accepted grants one message; nobody but us counts them.
#[derive(Clone, PartialEq, Eq)]
pub struct SubscribeMessage {
    openid: String,
    template_id: String,
    page: Option<String>,
    version: MiniVersion,
    language: &'static str,
    values: BTreeMap<String, String>,
}

impl std::fmt::Debug for SubscribeMessage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<_> = self.values.keys().collect();
        write!(out, "SubscribeMessage({}, {fields:?})", self.template_id)
    }
}

impl SubscribeMessage {
    /// A message without values, in Chinese, that opens nothing.
    pub fn new(openid: impl Into<String>, template_id: impl Into<String>) -> Self {
        Self {
            openid: openid.into(),
            template_id: template_id.into(),
            page: None,
            version: MiniVersion::Release,
            language: "zh_CN",
            values: BTreeMap::new(),
        }
    }

    /// Opens this page, which may have a query (`pages/order?no=1`).
    #[must_use]
    pub fn page(mut self, page: impl Into<String>) -> Self {
        self.page = Some(page.into());
        self
    }

    /// Opens the page in this version.
    #[must_use]
    pub fn version(mut self, version: MiniVersion) -> Self {
        self.version = version;
        self
    }

    /// Adds the value of a field, such as `thing1`. Refused if it does not fit the type that the name tells: nothing is
    /// cut. Limits: `thing` 20 characters, `number` 32 digits, `letter` 32 letters, `symbol` 5, `character_string` 32
    /// without Chinese, `time` and `date` also as ranges, `amount` 10 digits, `phone_number` 17, `car_number` 8, `name` 10
    /// Chinese characters or 20 letters, `phrase` 5 Chinese characters. A type that is not known here (`enum`
    /// among them, whose words are the template's own) takes one line of up to 32 characters.
    /// Page: 订阅消息参数值内容限制.
    pub fn with(mut self, field: &str, value: impl Into<String>) -> Result<Self, FieldFault> {
        let value = value.into();
        FieldKind::of(field)?.check(field, &value)?;
        if self.values.insert(field.to_owned(), value).is_some() {
            return Err(FieldFault::new(field, "given twice"));
        }
        Ok(self)
    }

    /// Adds a `thing` and cuts it to 20 characters, the last of which is then `…`.
    pub fn with_cut(self, field: &str, text: &str) -> Result<Self, FieldFault> {
        match FieldKind::of(field)? {
            FieldKind::Thing => self.with(field, cut_to_thing(text)),
            _ => Err(FieldFault::new(field, "only a thing may be cut")),
        }
    }

    fn request(&self) -> Outcome<SendRequest<'_>> {
        require_openid(&self.openid)?;
        require(is_id(&self.template_id, 128), "template_id: 1 to 128 visible ASCII characters")?;
        let page_fits = self.page.as_ref().is_none_or(|page| is_id(page, PAGE_LIMIT_BYTES));
        require(page_fits, "page: 1 to 1024 visible ASCII characters")?;
        require(!self.values.is_empty(), "data: no field")?;
        Ok(SendRequest {
            touser: &self.openid,
            template_id: &self.template_id,
            page: self.page.as_deref(),
            data: self.values.iter().map(|(field, value)| (field.as_str(), Value { value })).collect(),
            miniprogram_state: match self.version {
                MiniVersion::Release => "formal",
                MiniVersion::Trial => "trial",
                MiniVersion::Develop => "developer",
            },
            lang: self.language,
        })
    }
}

#[derive(Serialize)]
struct SendRequest<'c> {
    touser: &'c str,
    template_id: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'c str>,
    data: BTreeMap<&'c str, Value<'c>>,
    miniprogram_state: &'static str,
    lang: &'static str,
}

#[derive(Serialize)]
struct Value<'c> {
    value: &'c str,
}

/// The `msgid` is seen, but not documented: a number or text, or not there.
#[derive(Deserialize)]
struct SendAnswer {
    #[serde(default)]
    msgid: serde_json::Value,
}

impl MiniClient {
    /// Sends a message and gives its `msgid`, if WeChat tells one. Never repeated by itself: a second one would spend
    /// another subscription. Refusals to expect: [`UserRefused`](super::MiniCode::UserRefused) (no fault: note it as not
    /// deliverable), [`TemplateData`](super::MiniCode::TemplateData), whose message names the field,
    /// [`TemplateUnknown`](super::MiniCode::TemplateUnknown), [`PageUnknown`](super::MiniCode::PageUnknown),
    /// [`SensitiveWords`](super::MiniCode::SensitiveWords). Throttled (43108) when several go to one user at once.
    /// Page: `subscribeMessage.send`.
    pub async fn send_subscribe_message(&self, message: &SubscribeMessage) -> Outcome<Option<String>> {
        let call = Call::post("/cgi-bin/message/subscribe/send", &message.request()?, Repeat::Never)?;
        let answer: SendAnswer = self.call(call).await?;
        Ok(match answer.msgid {
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::String(text) if is_id(&text, 64) => Some(text),
            _ => None,
        })
    }
}
