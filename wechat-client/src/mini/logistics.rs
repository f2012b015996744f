//! Delivery companies and the trace of a waybill (物流查询组件).

use serde::{Deserialize, Serialize};

use crate::mini::exchange::{Call, Repeat};
use crate::mini::{MiniClient, is_id, is_line, require, require_openid, unreadable};
use crate::outcome::Outcome;

/// Most characters of the name of goods.
const GOODS_NAME_LIMIT_CHARS: usize = 60;
/// Most characters of their description.
const GOODS_TEXT_LIMIT_CHARS: usize = 40;
/// Longest id or address that is sent on, in bytes.
const ID_LIMIT_BYTES: usize = 128;
const URL_LIMIT_BYTES: usize = 1024;
/// A phone number, with country code, spaces and dashes.
const PHONE_LIMIT_CHARS: usize = 20;

/// A delivery company, as uploads and traces name it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeliveryCompany {
    /// Such as `SF`, `YTO`, `STO`, `ZTO`, `YD`.
    #[serde(rename = "delivery_id")]
    pub id: String,
    /// Its Chinese name.
    #[serde(rename = "delivery_name")]
    pub name: String,
}

/// A parcel that the buyer is to follow. `Debug` shows nobody.
#[derive(Clone)]
pub struct WaybillTrace {
    /// Who follows it.
    pub openid: String,
    /// Its tracking number.
    pub waybill_id: String,
    /// The receiver's phone: the carrier checks its last digits.
    pub receiver_phone: String,
    /// The sender's phone; some carriers want it too.
    pub sender_phone: Option<String>,
    /// The company; give it for small carriers, whose numbers don't tell it.
    pub delivery_id: Option<String>,
    /// WeChat Pay's `transaction_id`.
    pub transaction_id: String,
    /// What is in it, one entry at least.
    pub goods: Vec<TracedGoods>,
    /// The mini program's page of the order.
    pub order_page: Option<String>,
}

impl std::fmt::Debug for WaybillTrace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "WaybillTrace({} goods)", self.goods.len())
    }
}

/// Goods in a traced parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracedGoods {
    /// 1 to 60 characters.
    #[serde(rename = "goods_name")]
    pub name: String,
    /// The address of a picture.
    #[serde(rename = "goods_img_url")]
    pub image_url: String,
    /// Up to 40 characters.
    #[serde(rename = "goods_desc", skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaybillState {
    /// 0: unknown, or not picked up.
    NotPickedUp,
    /// 1: picked up.
    PickedUp,
    /// 2: on its way.
    InTransit,
    /// 3: out for delivery.
    OutForDelivery,
    /// 4: signed for.
    Signed,
    /// 5: in trouble.
    Exception,
    /// 6: signed for by another.
    SignedByProxy,
    /// A number that the page does not name.
    Other(i64),
}

/// What a trace says. The way itself is shown by the plugin of the mini program only (unconfirmed).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedParcel {
    /// Its tracking number.
    pub waybill_id: String,
    /// Where it is.
    pub state: WaybillState,
    /// Who carries it, if WeChat says so.
    pub company: Option<DeliveryCompany>,
}

#[derive(Serialize)]
struct TraceRequest<'c> {
    openid: &'c str,
    waybill_id: &'c str,
    receiver_phone: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_phone: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<&'c str>,
    trans_id: &'c str,
    goods_info: GoodsPart<'c>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_detail_path: Option<&'c str>,
}

#[derive(Serialize)]
struct GoodsPart<'c> {
    detail_list: &'c [TracedGoods],
}

#[derive(Serialize)]
struct QueryRequest<'c> {
    waybill_token: &'c str,
    openid: &'c str,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Deserialize)]
struct CompaniesAnswer {
    delivery_list: Vec<DeliveryCompany>,
}

#[derive(Deserialize)]
struct TraceAnswer {
    waybill_token: String,
}

#[derive(Deserialize)]
struct QueryAnswer {
    waybill_info: WaybillPart,
    delivery_info: Option<DeliveryPart>,
}

#[derive(Deserialize)]
struct WaybillPart {
    #[serde(default)]
    waybill_id: String,
    status: i64,
}

#[derive(Deserialize)]
struct DeliveryPart {
    #[serde(default)]
    delivery_id: String,
    #[serde(default)]
    delivery_name: String,
}

impl WaybillTrace {
    fn check(&self) -> Outcome<()> {
        require_openid(&self.openid)?;
        require(is_id(&self.waybill_id, ID_LIMIT_BYTES), "waybill_id: 1 to 128 visible ASCII characters")?;
        let phones = std::iter::once(&self.receiver_phone).chain(&self.sender_phone);
        for phone in phones {
            let is_phone = phone.chars().all(|letter| letter.is_ascii_digit() || "+- ".contains(letter));
            let fits = (4..=PHONE_LIMIT_CHARS).contains(&phone.len()) && is_phone;
            require(fits, "receiver_phone, sender_phone: 4 to 20 digits, +, - and spaces")?;
        }
        let company_fits = self.delivery_id.as_ref().is_none_or(|id| is_id(id, ID_LIMIT_BYTES));
        require(company_fits, "delivery_id: 1 to 128 visible ASCII characters")?;
        require(is_id(&self.transaction_id, 32), "transaction_id: 1 to 32 visible ASCII characters")?;
        let page_fits = self.order_page.as_ref().is_none_or(|page| is_id(page, URL_LIMIT_BYTES));
        require(page_fits, "order_page: 1 to 1024 visible ASCII characters")?;
        require(!self.goods.is_empty(), "goods: one at least")?;
        self.goods.iter().try_for_each(TracedGoods::check)
    }
}

impl TracedGoods {
    fn check(&self) -> Outcome<()> {
        let name_fits = !self.name.is_empty() && is_line(&self.name, GOODS_NAME_LIMIT_CHARS);
        require(name_fits, "goods.name: 1 to 60 characters in one line")?;
        let is_web = self.image_url.starts_with("https://") || self.image_url.starts_with("http://");
        require(is_web && is_id(&self.image_url, URL_LIMIT_BYTES), "goods.image_url: an http(s) address")?;
        let text_fits = self.text.as_ref().is_none_or(|text| is_line(text, GOODS_TEXT_LIMIT_CHARS));
        require(text_fits, "goods.text: at most 40 characters in one line")
    }
}

impl WaybillState {
    fn of(status: i64) -> Self {
        match status {
            0 => Self::NotPickedUp,
            1 => Self::PickedUp,
            2 => Self::InTransit,
            3 => Self::OutForDelivery,
            4 => Self::Signed,
            5 => Self::Exception,
            6 => Self::SignedByProxy,
            other => Self::Other(other),
        }
    }
}

impl MiniClient {
    /// All companies that uploads and traces may name, about 1,400: keep them for a day. Page: `getDeliveryList`.
    pub async fn delivery_companies(&self) -> Outcome<Vec<DeliveryCompany>> {
        let call = Call::post("/cgi-bin/express/delivery/open_msg/get_delivery_list", &Nothing {}, Repeat::Safe)?;
        let answer: CompaniesAnswer = self.call(call).await?;
        // One odd entry among so many must not hide the others.
        let named = answer.delivery_list.into_iter().filter(|company| is_id(&company.id, ID_LIMIT_BYTES));
        Ok(named.collect())
    }

    /// Registers a parcel, and gives the `waybill_token` by which the buyer's plugin and
    /// [`query_trace`](Self::query_trace) follow it. Refusals to expect:
    /// [`WaybillUnknown`](super::MiniCode::WaybillUnknown). Page: `traceWaybill`.
    pub async fn trace_waybill(&self, trace: &WaybillTrace) -> Outcome<String> {
        trace.check()?;
        let request = TraceRequest {
            openid: &trace.openid,
            waybill_id: &trace.waybill_id,
            receiver_phone: &trace.receiver_phone,
            sender_phone: trace.sender_phone.as_deref(),
            delivery_id: trace.delivery_id.as_deref(),
            trans_id: &trace.transaction_id,
            goods_info: GoodsPart { detail_list: &trace.goods },
            order_detail_path: trace.order_page.as_deref(),
        };
        let call = Call::post("/cgi-bin/express/delivery/open_msg/trace_waybill", &request, Repeat::Never)?;
        let answer: TraceAnswer = self.call(call).await?;
        let fits = is_id(&answer.waybill_token, URL_LIMIT_BYTES);
        if fits { Ok(answer.waybill_token) } else { Err(unreadable("waybill_token is out of shape")) }
    }

    /// Where a registered parcel is. Refusals to expect:
    /// [`WaybillTokenInvalid`](super::MiniCode::WaybillTokenInvalid). Page: `queryTrace`.
    pub async fn query_trace(&self, waybill_token: &str, openid: &str) -> Outcome<TracedParcel> {
        require(is_id(waybill_token, URL_LIMIT_BYTES), "waybill_token: 1 to 1024 visible ASCII characters")?;
        require_openid(openid)?;
        let request = QueryRequest { waybill_token, openid };
        let call = Call::post("/cgi-bin/express/delivery/open_msg/query_trace", &request, Repeat::Safe)?;
        let answer: QueryAnswer = self.call(call).await?;
        let company = answer.delivery_info.filter(|info| !info.delivery_id.is_empty());
        Ok(TracedParcel {
            waybill_id: answer.waybill_info.waybill_id,
            state: WaybillState::of(answer.waybill_info.status),
            company: company.map(|info| DeliveryCompany { id: info.delivery_id, name: info.delivery_name }),
        })
    }
}
