//! Service cards (新版一次性订阅消息, card 2001 购物（实体物流）): what a buyer sees of an order in WeChat, without any panel and without
//! any grant. The code of the card is the number of the payment.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::mini::exchange::{Call, Done, Repeat, json_bytes};
use crate::mini::{MiniClient, is_id, is_line, require, require_openid};
use crate::outcome::Outcome;

/// Goods that are sent by a carrier.
const GOODS_THAT_ARE_SENT: u16 = 2001;
/// Most goods on one card; a limit of this client.
const MOST_GOODS: usize = 20;
/// Longest path or address that is sent on, in bytes.
const PATH_LIMIT_BYTES: usize = 1024;
const NAME_LIMIT_CHARS: usize = 100;

/// What a card shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCard {
    /// Who paid.
    pub openid: String,
    /// WeChat Pay's `transaction_id`; known to the cards about a minute after the payment.
    pub transaction_id: String,
    /// The state, which only goes forward.
    pub state: CardState,
    /// The page that a tap opens, with its query.
    pub page: String,
    /// What was paid, in fen.
    pub paid_fen: u32,
    /// When it was paid.
    pub paid_at: DateTime<Utc>,
}

/// A state of card 2001. Others exist; these are those that a shop of goods passes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardState {
    /// 1: paid.
    Paid(Vec<CardGoods>),
    /// 2: to be sent, all of it by this time.
    ToBeSent(Vec<CardGoods>, DateTime<Utc>),
    /// 4: sent.
    Sent,
}

/// One kind of goods on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardGoods {
    /// 1 to 100 characters.
    #[serde(rename = "product_name")]
    pub name: String,
    /// The address of a picture.
    #[serde(rename = "product_img")]
    pub image_url: String,
    /// The page of the goods, with its query.
    #[serde(rename = "product_path_query")]
    pub page: String,
    /// How many.
    pub count: u32,
    /// Of one, in fen.
    pub single_price: u32,
}

#[derive(Serialize)]
struct Content<'c> {
    cur_status: u8,
    wxa_path_query: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_list: Option<ProductList<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_time: Option<i64>,
}

#[derive(Serialize)]
struct ProductList<'c> {
    info_list: &'c [CardGoods],
}

#[derive(Serialize)]
struct Payment {
    pay_amount: u32,
    pay_time: i64,
}

/// The two inner documents are sent as text; as objects WeChat refuses them (47001).
#[derive(Serialize)]
struct CardRequest<'c> {
    openid: &'c str,
    notify_type: u16,
    notify_code: &'c str,
    content_json: String,
    check_json: String,
}

impl ServiceCard {
    fn content(&self) -> Content<'_> {
        let (cur_status, goods, send_time): (u8, &[CardGoods], _) = match &self.state {
            CardState::Paid(goods) => (1, goods, None),
            CardState::ToBeSent(goods, by) => (2, goods, Some(by.timestamp())),
            CardState::Sent => (4, &[], None),
        };
        Content {
            cur_status,
            wxa_path_query: &self.page,
            product_count: (!goods.is_empty()).then(|| goods.iter().map(|one| one.count).sum()),
            product_list: (!goods.is_empty()).then_some(ProductList { info_list: goods }),
            send_time,
        }
    }

    fn check(&self) -> Outcome<()> {
        require_openid(&self.openid)?;
        require(is_id(&self.transaction_id, 32), "transaction_id: 1 to 32 visible ASCII characters")?;
        require(is_id(&self.page, PATH_LIMIT_BYTES), "page: 1 to 1024 visible ASCII characters")?;
        let (CardState::Paid(goods) | CardState::ToBeSent(goods, _)) = &self.state else { return Ok(()) };
        require((1..=MOST_GOODS).contains(&goods.len()), "goods: 1 to 20 entries")?;
        for one in goods {
            require(
                !one.name.is_empty() && is_line(&one.name, NAME_LIMIT_CHARS),
                "name: 1 to 100 characters in one line",
            )?;
            require(
                is_id(&one.image_url, PATH_LIMIT_BYTES) && is_id(&one.page, PATH_LIMIT_BYTES),
                "image_url, page: visible ASCII",
            )?;
            require((1..=9_999).contains(&one.count), "count: 1 to 9999")?;
        }
        Ok(())
    }
}

impl MiniClient {
    /// Shows a card, or shows it anew in another state. The same state again changes nothing for the buyer, so it may be
    /// repeated. Refusals to expect: [`CardCodeUnknown`](super::MiniCode::CardCodeUnknown) (also in the first minute after a
    /// payment: ask again), [`CardCodeExpired`](super::MiniCode::CardCodeExpired),
    /// [`CardInvalid`](super::MiniCode::CardInvalid). Page: `setUserNotify`.
    pub async fn show_service_card(&self, card: &ServiceCard) -> Outcome<()> {
        card.check()?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
        let payment = Payment { pay_amount: card.paid_fen, pay_time: card.paid_at.timestamp() };
        let request = CardRequest {
            openid: &card.openid,
            notify_type: GOODS_THAT_ARE_SENT,
            notify_code: &card.transaction_id,
            content_json: text(json_bytes(&card.content())?),
            check_json: text(json_bytes(&payment)?),
        };
        self.call::<Done>(Call::post("/wxa/set_user_notify", &request, Repeat::Safe)?).await.map(|_| ())
    }
}
