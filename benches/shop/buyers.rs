//! Buyers who have logged in and left an address, and what they will buy.
//!
//! They come through the API like anybody. A buyer places at most one order in a leg and every leg of placing has buyers of its
//! own: a buyer may have few unpaid orders, and most people who order have none.

use std::cell::Cell;
use std::net::SocketAddr;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::Fault;
use crate::wire::{Answer, Wire};

/// Connections by which buyers arrive.
const DOORS: usize = 32;
/// Different things to buy, of the first in the catalogue one each.
pub(crate) const OFFERS: usize = 27;

pub(crate) struct Buyer {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) address_id: String,
}

/// A SKU with the price that an order must name.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) sku_id: String,
    pub(crate) payable_fen: i64,
    pub(crate) notice_version: String,
}

pub(crate) struct Crowd {
    pub(crate) buyers: Vec<Buyer>,
    pub(crate) offers: Vec<Offer>,
}

/// Some of a crowd, taken one by one.
pub(crate) struct Queue<'a> {
    buyers: &'a [Buyer],
    next: Cell<usize>,
}

impl<'a> Queue<'a> {
    pub(crate) fn of(buyers: &'a [Buyer]) -> Self {
        Self { buyers, next: Cell::new(0) }
    }

    /// The next one and how many went before.
    pub(crate) fn take(&self) -> Option<(usize, &'a Buyer)> {
        let index = self.next.get();
        self.next.set(index + 1);
        Some((index, self.buyers.get(index)?))
    }
}

impl Crowd {
    pub(crate) async fn arrive(shop: SocketAddr, wechat: SocketAddr, size: usize) -> Result<Self, Fault> {
        let next = Cell::new(0);
        let doors = join_all((0..DOORS).map(async |_| -> Result<Vec<Buyer>, Fault> {
            let (mut shop, mut wechat) = (Wire::connect(shop).await?, Wire::connect(wechat).await?);
            let mut buyers = Vec::new();
            while next.get() < size {
                let name = format!("buyer{}", next.replace(next.get() + 1));
                buyers.push(arrive(&mut shop, &mut wechat, name).await?);
            }
            Ok(buyers)
        }))
        .await;
        let mut buyers = Vec::with_capacity(size);
        for door in doors {
            buyers.extend(door?);
        }
        let offers = offers(shop, &buyers).await?;
        Ok(Self { buyers, offers })
    }
}

async fn arrive(shop: &mut Wire, wechat: &mut Wire, name: String) -> Result<Buyer, Fault> {
    let code = login_code(wechat, &name).await?;
    let said = post(shop, "/api/v1/auth/login", "", &json!({ "code": code })).await?;
    let token = text(&expect(&said, 200)?["access_token"])?;
    let privacy = json!({ "document": "privacy", "version": "2026-11-01", "age_confirmed": true });
    // A shop from before the gate knows nothing of an age.
    post(shop, "/api/v1/me/consents", &bearer(&token), &privacy).await?;
    let address = json!({ "name": "王小明", "phone": "13800138000", "province": "上海市", "city": "上海市",
        "district": "浦东新区", "detail": "世纪大道 100 号", "region_code": "310115", "is_default": true });
    let said = post(shop, "/api/v1/addresses", &bearer(&token), &address).await?;
    let address_id = text(&expect(&said, 201)?["id"])?;
    // The sample number of GB 11643-1999: nobody's.
    let identity = json!({ "name": "王小明", "id_number": "11010519491231002X", "consent_version": "2026-11-01" });
    let put = String::from_utf8(request("/api/v1/identity", &bearer(&token), &identity.to_string()))?;
    expect(&shop.send_again(put.replacen("POST", "PUT", 1).as_bytes()).await?, 200)?;
    Ok(Buyer { name, token, address_id })
}

/// What `wx.login` gives in the mini program.
pub(crate) async fn login_code(wechat: &mut Wire, name: &str) -> Result<String, Fault> {
    let said = post(wechat, "/_mock/wx/login", "", &json!({ "user": name })).await?;
    text(&expect(&said, 200)?["code"])
}

/// One SKU of each product, priced.
async fn offers(shop: SocketAddr, buyers: &[Buyer]) -> Result<Vec<Offer>, Fault> {
    let buyer = buyers.first().ok_or("there are no buyers")?;
    let mut wire = Wire::connect(shop).await?;
    let list = expect(&wire.get("/api/v1/products?limit=100").await?, 200)?;
    let mut offers = Vec::new();
    for product in list["items"].as_array().into_iter().flatten().take(OFFERS) {
        let product = expect(&wire.get(&format!("/api/v1/products/{}", text(&product["id"])?)).await?, 200)?;
        let sku_id = text(&product["skus"][0]["id"])?;
        let quote = json!({ "items": [{ "sku_id": sku_id, "quantity": 1 }], "address_id": buyer.address_id });
        let quote = expect(&post(&mut wire, "/api/v1/quotes", &bearer(&buyer.token), &quote).await?, 200)?;
        let payable_fen = quote["payable_fen"].as_i64().ok_or("a quote without its sum")?;
        offers.push(Offer { sku_id, payable_fen, notice_version: text(&quote["notice_version"])? });
    }
    if offers.len() != OFFERS {
        return Err(format!("{} products instead of {OFFERS}", offers.len()).into());
    }
    Ok(offers)
}

impl Offer {
    /// A quote of one piece, ready to be sent.
    pub(crate) fn quote(&self, buyer: &Buyer) -> Vec<u8> {
        let body = json!({ "items": [{ "sku_id": self.sku_id, "quantity": 1 }], "address_id": buyer.address_id });
        request("/api/v1/quotes", &bearer(&buyer.token), &body.to_string())
    }

    /// An order of one piece, ready to be sent; `key` makes it one of its own.
    pub(crate) fn order(&self, buyer: &Buyer, token: &str, key: &str) -> Vec<u8> {
        let body = json!({ "items": [{ "sku_id": self.sku_id, "quantity": 1 }], "address_id": buyer.address_id,
            "expected_payable_fen": self.payable_fen, "notice_version": self.notice_version });
        let headers = format!("{}Idempotency-Key: {key}\r\n", bearer(token));
        request("/api/v1/orders", &headers, &body.to_string())
    }
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

pub(crate) fn request(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: shop\r\n{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    (head + body).into_bytes()
}

pub(crate) async fn post(wire: &mut Wire, path: &str, headers: &str, body: &Value) -> Result<Answer, Fault> {
    // A post that was refused before its body was read ends its connection.
    Ok(wire.send_again(&request(path, headers, &body.to_string())).await?)
}

/// The body, if the status is the one that was hoped for.
pub(crate) fn expect(answer: &Answer, status: u16) -> Result<Value, Fault> {
    if answer.status == status {
        return Ok(answer.json());
    }
    Err(format!("{} instead of {status}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into())
}

pub(crate) fn text(value: &Value) -> Result<String, Fault> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("no text: {value}").into())
}
