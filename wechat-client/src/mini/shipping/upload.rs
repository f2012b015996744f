//! `uploadShippingInfo` and `uploadCombinedShippingInfo` (发货信息录入, 发货信息合单录入).

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::clock::shanghai;
use crate::mini::exchange::{Call, Done, Repeat};
use crate::mini::shipping::{MaskedPhone, OrderKey, UploadKey};
use crate::mini::{MiniClient, MiniCode, is_id, require, require_openid};
use crate::outcome::{CallError, Outcome, RefusalCode};

/// Parcels of a split delivery: the page says 15, an older page and the error text say 10.
const PARCELS_MAX: usize = 15;
/// Longest tracking number and company, in bytes.
const ID_LIMIT_BYTES: usize = 128;
/// Most characters of what is in a parcel.
const ITEMS_LIMIT_CHARS: usize = 120;
/// The company that wants a contact: SF Express.
const WANTS_CONTACT: &str = "SF";

/// How goods travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logistics {
    /// 1: by a delivery company.
    Express,
    /// 2: within the city.
    SameCity,
    /// 3: nothing travels.
    Virtual,
    /// 4: the buyer fetches them.
    SelfPickup,
}

/// One parcel, or what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Needed for express; up to 128 bytes.
    pub tracking_no: Option<String>,
    /// An id of [`delivery_companies`](MiniClient::delivery_companies); needed for express.
    pub company: Option<String>,
    /// What is in it, for the buyer: 1 to 120 characters, such as `name*1`.
    pub items: String,
    /// The sender's phone. One of the two is needed if the company is `SF`.
    pub sender: Option<MaskedPhone>,
    /// The receiver's phone.
    pub receiver: Option<MaskedPhone>,
}

impl Parcel {
    /// A parcel with a delivery company.
    pub fn express(company: impl Into<String>, tracking_no: impl Into<String>, items: impl Into<String>) -> Self {
        Self { tracking_no: Some(tracking_no.into()), company: Some(company.into()), ..Self::without_number(items) }
    }

    /// What travels without a number.
    pub fn without_number(items: impl Into<String>) -> Self {
        Self { tracking_no: None, company: None, items: items.into(), sender: None, receiver: None }
    }

    fn check(&self, logistics: Logistics) -> Outcome<()> {
        let items = self.items.chars().count();
        let items_fit = (1..=ITEMS_LIMIT_CHARS).contains(&items) && !self.items.trim().is_empty();
        require(items_fit, "items: 1 to 120 characters")?;
        for (name, id) in [("tracking_no", &self.tracking_no), ("company", &self.company)] {
            let fits = match id {
                Some(id) => is_id(id, ID_LIMIT_BYTES),
                None => logistics != Logistics::Express,
            };
            require(fits, &format!("{name}: 1 to 128 visible ASCII characters, needed for express"))?;
        }
        let wants_contact = self.company.as_deref() == Some(WANTS_CONTACT);
        let has_contact = self.sender.is_some() || self.receiver.is_some();
        require(!wants_contact || has_contact, "sender, receiver: SF wants one of them")
    }

    fn part(&self) -> ParcelPart<'_> {
        let contact = ContactPart {
            consignor_contact: self.sender.as_ref().map(MaskedPhone::as_str),
            receiver_contact: self.receiver.as_ref().map(MaskedPhone::as_str),
        };
        ParcelPart {
            tracking_no: self.tracking_no.as_deref(),
            express_company: self.company.as_deref(),
            item_desc: &self.items,
            contact: (self.sender.is_some() || self.receiver.is_some()).then_some(contact),
        }
    }
}

/// In how many parcels an order goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// In one.
    Whole(Parcel),
    /// In several, by express only.
    Split {
        /// All that have gone so far, 1 to 15.
        parcels: Vec<Parcel>,
        /// Whether these are all. The buyer is told "all shipped" only then.
        all_sent: bool,
    },
}

impl Delivery {
    fn part(&self, logistics: Logistics) -> Outcome<DeliveryPart<'_>> {
        let (delivery_mode, parcels, all_sent) = match self {
            Self::Whole(parcel) => (1, std::slice::from_ref(parcel), None),
            Self::Split { parcels, all_sent } => (2, parcels.as_slice(), Some(*all_sent)),
        };
        require((1..=PARCELS_MAX).contains(&parcels.len()), "parcels: 1 to 15")?;
        require(delivery_mode == 1 || logistics == Logistics::Express, "delivery: split is for express only")?;
        parcels.iter().try_for_each(|parcel| parcel.check(logistics))?;
        Ok(DeliveryPart {
            logistics_type: match logistics {
                Logistics::Express => 1,
                Logistics::SameCity => 2,
                Logistics::Virtual => 3,
                Logistics::SelfPickup => 4,
            },
            delivery_mode,
            is_all_delivered: all_sent,
            shipping_list: parcels.iter().map(Parcel::part).collect(),
        })
    }
}

/// What was sent for one payment.
#[derive(Clone)]
pub struct ShippingUpload {
    /// The payment.
    pub order: OrderKey,
    /// How it travels.
    pub logistics: Logistics,
    /// In which parcels.
    pub delivery: Delivery,
    /// When this became known. WeChat orders uploads by it: a later one needs a later time, a repeated one the same.
    pub uploaded_at: DateTime<Utc>,
    /// Who paid.
    pub payer_openid: String,
}

/// What was sent for a combined payment.
#[derive(Clone)]
pub struct CombinedUpload {
    /// The combined payment.
    pub order: OrderKey,
    /// Its parts, all with keys of the same kind as the whole.
    pub parts: Vec<SubOrder>,
    /// As in [`ShippingUpload`].
    pub uploaded_at: DateTime<Utc>,
    /// Who paid.
    pub payer_openid: String,
}

/// One part of a combined payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubOrder {
    /// The part.
    pub order: OrderKey,
    /// How it travels.
    pub logistics: Logistics,
    /// In which parcels.
    pub delivery: Delivery,
}

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uploaded {
    /// WeChat took it.
    Taken,
    /// WeChat knew all of it (10060023): an earlier upload had arrived.
    Known,
}

impl std::fmt::Debug for ShippingUpload {
    /// Without the payer.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ShippingUpload({:?}, {:?}, {:?})", self.order, self.logistics, self.delivery)
    }
}

impl std::fmt::Debug for CombinedUpload {
    /// Without the payer.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "CombinedUpload({:?}, {:?})", self.order, self.parts)
    }
}

#[derive(Serialize)]
struct UploadRequest<'c> {
    order_key: UploadKey<'c>,
    #[serde(flatten)]
    delivery: DeliveryPart<'c>,
    upload_time: String,
    payer: Payer<'c>,
}

#[derive(Serialize)]
struct CombinedRequest<'c> {
    order_key: UploadKey<'c>,
    sub_orders: Vec<SubOrderPart<'c>>,
    upload_time: String,
    payer: Payer<'c>,
}

#[derive(Serialize)]
struct SubOrderPart<'c> {
    order_key: UploadKey<'c>,
    #[serde(flatten)]
    delivery: DeliveryPart<'c>,
}

#[derive(Serialize)]
struct DeliveryPart<'c> {
    logistics_type: u8,
    delivery_mode: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_all_delivered: Option<bool>,
    shipping_list: Vec<ParcelPart<'c>>,
}

#[derive(Serialize)]
struct ParcelPart<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_no: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    express_company: Option<&'c str>,
    item_desc: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactPart<'c>>,
}

#[derive(Serialize)]
struct ContactPart<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    consignor_contact: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver_contact: Option<&'c str>,
}

#[derive(Serialize)]
struct Payer<'c> {
    openid: &'c str,
}

/// RFC 3339 in Beijing time with milliseconds: `2022-12-15T13:29:35.120+08:00`.
fn upload_time(at: DateTime<Utc>) -> String {
    at.with_timezone(&shanghai()).to_rfc3339_opts(SecondsFormat::Millis, false)
}

impl MiniClient {
    /// Tells WeChat what was sent for a payment. The same again is [`Uploaded::Known`], so that it may be repeated.
    /// Refusals to expect: [`OrderNotFound`](MiniCode::OrderNotFound) (just paid: again after 10 s),
    /// [`AlreadyShipped`](MiniCode::AlreadyShipped) (compare with [`managed_order`](Self::managed_order)),
    /// [`ReshipUsed`](MiniCode::ReshipUsed), [`NotShippable`](MiniCode::NotShippable),
    /// [`PayerMismatch`](MiniCode::PayerMismatch). Page: `uploadShippingInfo`.
    pub async fn upload_shipping(&self, upload: &ShippingUpload) -> Outcome<Uploaded> {
        require_openid(&upload.payer_openid)?;
        let request = UploadRequest {
            order_key: upload.order.for_upload()?,
            delivery: upload.delivery.part(upload.logistics)?,
            upload_time: upload_time(upload.uploaded_at),
            payer: Payer { openid: &upload.payer_openid },
        };
        let call = Call::post("/wxa/sec/order/upload_shipping_info", &request, Repeat::Safe)?;
        known_or(self.call::<Done>(call).await)
    }

    /// The same for a combined payment. Page: `uploadCombinedShippingInfo`.
    pub async fn upload_combined_shipping(&self, upload: &CombinedUpload) -> Outcome<Uploaded> {
        require_openid(&upload.payer_openid)?;
        require(!upload.parts.is_empty(), "parts: one at least")?;
        let are_alike = upload.parts.iter().all(|part| part.order.is_like(&upload.order));
        require(are_alike, "parts: their keys must be of the same kind as the whole's")?;
        let are_other = upload
            .parts
            .iter()
            .enumerate()
            .all(|(at, part)| upload.parts.iter().skip(at + 1).all(|other| other.order != part.order));
        require(are_other, "parts: one stands there twice")?;
        let parts = upload.parts.iter().map(|part| {
            Ok(SubOrderPart { order_key: part.order.for_upload()?, delivery: part.delivery.part(part.logistics)? })
        });
        let request = CombinedRequest {
            order_key: upload.order.for_upload()?,
            sub_orders: parts.collect::<Outcome<_>>()?,
            upload_time: upload_time(upload.uploaded_at),
            payer: Payer { openid: &upload.payer_openid },
        };
        let call = Call::post("/wxa/sec/order/upload_combined_shipping_info", &request, Repeat::Safe)?;
        known_or(self.call::<Done>(call).await)
    }
}

fn known_or(outcome: Outcome<Done>) -> Outcome<Uploaded> {
    let known = RefusalCode::Mini(MiniCode::NothingChanged);
    match outcome {
        Ok(_) => Ok(Uploaded::Taken),
        Err(CallError::Refused(refusal)) if refusal.code == known => Ok(Uploaded::Known),
        Err(fault) => Err(fault),
    }
}
