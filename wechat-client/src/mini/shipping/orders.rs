//! `getOrder` and `getOrderList` (查询订单发货状态, 查询订单列表).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::mini::exchange::{Call, Repeat};
use crate::mini::shipping::OrderKey;
use crate::mini::{MiniClient, is_id, require, require_openid, unreadable};
use crate::outcome::Outcome;

/// Orders in one page of a list; WeChat's default.
const PAGE_SIZE_MAX: u32 = 100;

/// How far an order has come at WeChat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// 1: to be shipped.
    ToShip,
    /// 2: shipped.
    Shipped,
    /// 3: the receipt is confirmed.
    Received,
    /// 4: complete.
    Complete,
    /// 5: refunded.
    Refunded,
    /// 6: the money is about to be settled.
    ToSettle,
    /// A number that the page does not name.
    Other(i64),
}

impl OrderState {
    fn of(number: i64) -> Self {
        match number {
            1 => Self::ToShip,
            2 => Self::Shipped,
            3 => Self::Received,
            4 => Self::Complete,
            5 => Self::Refunded,
            6 => Self::ToSettle,
            other => Self::Other(other),
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::ToShip => 1,
            Self::Shipped => 2,
            Self::Received => 3,
            Self::Complete => 4,
            Self::Refunded => 5,
            Self::ToSettle => 6,
            Self::Other(number) => number,
        }
    }
}

/// A payment as the order management knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ManagedOrder {
    /// WeChat Pay's number.
    pub transaction_id: String,
    /// Our number.
    pub out_trade_no: String,
    /// The merchant.
    pub mchid: String,
    /// Who paid; empty if WeChat does not say.
    pub openid: String,
    /// What was paid, in fen.
    pub paid_fen: i64,
    /// When, in Unix seconds.
    pub paid_at_s: i64,
    /// How far it has come.
    pub state: OrderState,
    /// Whether the buyer complains.
    pub in_complaint: bool,
    /// Whether all parcels have been told.
    pub all_sent: bool,
    /// How often it was wholly shipped: 0, 1, or 2 (the re-ship is used).
    pub finished_times: i64,
    /// What was told.
    pub parcels: Vec<ManagedParcel>,
}

impl std::fmt::Debug for ManagedOrder {
    /// Without the payer.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ManagedOrder({}, {:?}, {} parcels)", self.transaction_id, self.state, self.parcels.len())
    }
}

/// A parcel that WeChat was told of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ManagedParcel {
    /// Its tracking number; empty for what has none.
    #[serde(default)]
    pub tracking_no: String,
    /// The delivery company.
    #[serde(default, rename = "express_company")]
    pub company: String,
    /// What is in it.
    #[serde(default, rename = "goods_desc")]
    pub items: String,
    /// When it was told, in Unix seconds.
    #[serde(default, rename = "upload_time")]
    pub uploaded_at_s: i64,
}

/// Which orders to list; all of them by default.
#[derive(Clone, Default)]
pub struct OrderListQuery {
    /// Paid from here on.
    pub paid_from: Option<DateTime<Utc>>,
    /// Paid until here.
    pub paid_until: Option<DateTime<Utc>>,
    /// In this state.
    pub state: Option<OrderState>,
    /// Of this user.
    pub openid: Option<String>,
    /// Where the page before it ended.
    pub after: Option<String>,
    /// Orders in a page, 1 to 100; 100 by default.
    pub page_size: Option<u32>,
}

/// One page of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    /// In WeChat's order.
    pub orders: Vec<ManagedOrder>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

#[derive(Serialize)]
struct ListRequest<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_time_range: Option<TimeRange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_state: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    openid: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_index: Option<&'c str>,
    page_size: u32,
}

#[derive(Serialize)]
struct TimeRange {
    #[serde(skip_serializing_if = "Option::is_none")]
    begin_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
}

#[derive(Deserialize)]
struct OrderAnswer {
    order: OrderPart,
}

#[derive(Deserialize)]
struct ListAnswer {
    #[serde(default)]
    order_list: Vec<OrderPart>,
    #[serde(default)]
    last_index: String,
    #[serde(default)]
    has_more: bool,
}

/// Only what an answer is of no use without is needed. An order that was not shipped has `"shipping":{}`.
#[derive(Deserialize)]
struct OrderPart {
    transaction_id: String,
    #[serde(default)]
    merchant_trade_no: String,
    #[serde(default)]
    merchant_id: String,
    #[serde(default)]
    openid: String,
    #[serde(default)]
    paid_amount: i64,
    #[serde(default)]
    pay_time: i64,
    order_state: i64,
    #[serde(default)]
    in_complaint: bool,
    #[serde(default)]
    shipping: ShippingPart,
}

#[derive(Deserialize, Default)]
struct ShippingPart {
    #[serde(default)]
    finish_shipping: bool,
    #[serde(default)]
    finish_shipping_count: i64,
    #[serde(default)]
    shipping_list: Vec<ManagedParcel>,
}

impl OrderPart {
    fn read(self) -> Outcome<ManagedOrder> {
        if !is_id(&self.transaction_id, 64) || self.paid_amount < 0 {
            return Err(unreadable("an order is out of shape"));
        }
        Ok(ManagedOrder {
            transaction_id: self.transaction_id,
            out_trade_no: self.merchant_trade_no,
            mchid: self.merchant_id,
            openid: self.openid,
            paid_fen: self.paid_amount,
            paid_at_s: self.pay_time,
            state: OrderState::of(self.order_state),
            in_complaint: self.in_complaint,
            all_sent: self.shipping.finish_shipping,
            finished_times: self.shipping.finish_shipping_count,
            parcels: self.shipping.shipping_list,
        })
    }
}

impl OrderListQuery {
    fn request(&self) -> Outcome<ListRequest<'_>> {
        let page_size = self.page_size.unwrap_or(PAGE_SIZE_MAX);
        require((1..=PAGE_SIZE_MAX).contains(&page_size), "page_size: 1 to 100")?;
        if let Some(openid) = &self.openid {
            require_openid(openid)?;
        }
        let after_fits = self.after.as_ref().is_none_or(|after| is_id(after, 256));
        require(after_fits, "after: what the page before it gave")?;
        let range = TimeRange {
            begin_time: self.paid_from.map(|at| at.timestamp()),
            end_time: self.paid_until.map(|at| at.timestamp()),
        };
        let in_order = self.paid_from.zip(self.paid_until).is_none_or(|(from, until)| from <= until);
        require(in_order, "paid_until: before paid_from")?;
        Ok(ListRequest {
            pay_time_range: (range.begin_time.is_some() || range.end_time.is_some()).then_some(range),
            order_state: self.state.map(OrderState::number),
            openid: self.openid.as_deref(),
            last_index: self.after.as_deref(),
            page_size,
        })
    }
}

impl MiniClient {
    /// How far a payment has come. Refusal to expect: [`OrderNotFound`](super::super::MiniCode::OrderNotFound), also for some
    /// seconds after paying. Page: `getOrder`.
    pub async fn managed_order(&self, order: &OrderKey) -> Outcome<ManagedOrder> {
        let call = Call::post("/wxa/sec/order/get_order", &order.for_query()?, Repeat::Safe)?;
        let answer: OrderAnswer = self.call(call).await?;
        let found = answer.order.read()?;
        let is_asked = match order {
            OrderKey::Transaction(id) => *id == found.transaction_id,
            OrderKey::Merchant { out_trade_no, .. } => {
                found.out_trade_no.is_empty() || *out_trade_no == found.out_trade_no
            }
        };
        if is_asked { Ok(found) } else { Err(unreadable("another order than was asked for")) }
    }

    /// One page of payments. Refusal to expect: [`CursorInvalid`](super::super::MiniCode::CursorInvalid). Page: `getOrderList`.
    pub async fn managed_orders(&self, query: &OrderListQuery) -> Outcome<OrderPage> {
        let call = Call::post("/wxa/sec/order/get_order_list", &query.request()?, Repeat::Safe)?;
        let answer: ListAnswer = self.call(call).await?;
        // A page that says "more" and not where would be read for ever.
        if answer.has_more && (answer.last_index.is_empty() || query.after.as_ref() == Some(&answer.last_index)) {
            return Err(unreadable("more orders, but not where they begin"));
        }
        let orders = answer.order_list.into_iter().map(OrderPart::read).collect::<Outcome<_>>()?;
        Ok(OrderPage { orders, next: answer.has_more.then_some(answer.last_index) })
    }
}
