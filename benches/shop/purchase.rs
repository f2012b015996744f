//! The whole purchase, as a phone does it: login, quote, order, pay, and looking until the order is paid.

use std::time::Duration;

use serde_json::json;

use crate::Fault;
use crate::buyers::{Buyer, Offer, bearer, expect, login_code, post, request, text};
use crate::load::Turn;
use crate::wire::Wire;

/// Between two looks at the order. The stand-in sends its notifies every 50 ms.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// An order that is not paid by then counts as refused.
const LOOKS: usize = 500;

/// A phone: it speaks with the shop and with WeChat.
pub(crate) struct Phone {
    pub(crate) shop: Wire,
    pub(crate) wechat: Wire,
}

pub(crate) async fn purchase(phone: &mut Phone, buyer: &Buyer, offer: &Offer, key: &str) -> Result<Turn, Fault> {
    let Phone { shop, wechat } = phone;
    let code = login_code(wechat, &buyer.name).await?;
    let login = post(shop, "/api/v1/auth/login", "", &json!({ "code": code })).await?;
    if login.status != 200 {
        return Ok(Turn::Refused);
    }
    let token = text(&login.json()["access_token"])?;
    let quote = json!({ "items": [{ "sku_id": offer.sku_id, "quantity": 1 }], "address_id": buyer.address_id });
    expect(&post(shop, "/api/v1/quotes", &bearer(&token), &quote).await?, 200)?;
    let placed = shop.send_again(&offer.order(buyer, &token, key)).await?;
    if placed.status != 201 {
        return Ok(Turn::Refused);
    }
    let order = format!("/api/v1/orders/{}", text(&placed.json()["order_no"])?);
    let opened = post(shop, &format!("{order}/pay"), &bearer(&token), &json!({})).await?;
    if opened.status != 200 {
        return Ok(Turn::Refused);
    }
    let mut params = opened.json();
    params["user"] = json!(buyer.name);
    let said = expect(&post(wechat, "/_mock/wx/request-payment", "", &params).await?, 200)?;
    if said["errMsg"] != "requestPayment:ok" {
        return Err(format!("the client app refused: {said}").into());
    }
    let look = format!("GET {order} HTTP/1.1\r\nHost: shop\r\n{}\r\n", bearer(&token));
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        if expect(&shop.send_again(look.as_bytes()).await?, 200)?["state"] == "paid" {
            return Ok(Turn::Done);
        }
    }
    Ok(Turn::Refused)
}

/// A login alone, with a code that was fetched before.
pub(crate) async fn login(shop: &mut Wire, code: &str) -> Result<Turn, Fault> {
    let login = shop.send_again(&request("/api/v1/auth/login", "", &json!({ "code": code }).to_string())).await?;
    Ok(if login.status == 200 { Turn::Done } else { Turn::Refused })
}
