//! The buyer's own rights: profile, phone, consents, the copy, the end of the account, and what is withdrawn in WeChat.

mod closing;
mod copy;
mod first_form;
mod keys;
mod profile;
mod withdrawal;

use diesel::prelude::*;
use gunpo_mall::base::db::schema::{addresses, cart_items, customers, identities};
use serde_json::{Value, json};

use crate::support::{Answer, Buyer, TestShop};

const PRODUCT: &str = "red-ginseng-stick";

/// A customer's row: openid, sealed nickname, sealed phone, index of the phone, whether it is closed.
type Row = (String, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>, bool);

async fn row(shop: &TestShop, id: i64) -> Row {
    shop.app
        .db
        .read(move |rx| {
            Ok(customers::table
                .filter(customers::id.eq(gunpo_mall::base::ids::CustomerId(id)))
                .select((
                    customers::openid,
                    customers::nickname_sealed,
                    customers::phone_sealed,
                    customers::phone_index,
                    customers::closed_at.is_not_null(),
                ))
                .first(rx.conn())?)
        })
        .await
        .unwrap()
}

/// Addresses, identities and cart lines of a customer.
async fn belongings(shop: &TestShop, id: i64) -> (i64, i64, i64) {
    let id = gunpo_mall::base::ids::CustomerId(id);
    shop.app
        .db
        .read(move |rx| {
            Ok((
                addresses::table.filter(addresses::customer_id.eq(id)).count().get_result(rx.conn())?,
                identities::table.filter(identities::customer_id.eq(id)).count().get_result(rx.conn())?,
                cart_items::table.filter(cart_items::customer_id.eq(id)).count().get_result(rx.conn())?,
            ))
        })
        .await
        .unwrap()
}

async fn id_of(buyer: &Buyer<'_>) -> i64 {
    buyer.get("/api/v1/me").await.expect(200)["id"].as_str().unwrap().parse().unwrap()
}

async fn leave_identity(buyer: &Buyer<'_>, name: &str, id_number: &str) {
    let identity = json!({ "name": name, "id_number": id_number, "consent_version": "2026-11-01" });
    buyer.put("/api/v1/identity", &identity).await.expect(200);
}

async fn patch(buyer: &Buyer<'_>, body: &Value) -> Answer {
    buyer.shop.send(reqwest::Method::PATCH, "/api/v1/me", &buyer.token, None, Some(body)).await
}

async fn bind_phone(buyer: &Buyer<'_>) -> Value {
    let code = buyer.shop.wechat.phone(&buyer.name);
    buyer.post("/api/v1/me/phone", &json!({ "code": code })).await.expect(200)
}

/// Money that should not come, and does: the order was cancelled and closed at WeChat before. The notify is delivered.
async fn pay_too_late(shop: &TestShop, order_no: &str) {
    shop.wechat.pay_direct(order_no, true).unwrap();
    shop.deliver().await;
}
