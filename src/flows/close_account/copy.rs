//! The copy of everything that is kept of a person, opened, as one JSON file.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::base::clock::Timestamp;
use crate::base::db::DbConn;
use crate::base::error::{Error, Result};
use crate::base::ids::{CustomerId, OrderId, SkuId};
use crate::base::text::Lang;
use crate::domain::catalogue::sellable_skus;
use crate::domain::customers::{self, addresses, consents, profile};
use crate::domain::orders::{self, Consignee, EventRow, LineRow, OrderFilter, OrderRow, OrderView};
use crate::domain::{cart, payments, refunds, sessions};
use crate::platform::sealing::Sealer;

/// Orders in a copy, newest first. It says if there are more.
const COPY_ORDERS_MAX: usize = 1_000;
/// Orders that are read at a time.
const CHUNK: i64 = 100;

/// Everything that is kept of a buyer, opened, as JSON. Of nobody else: every part is asked for by the buyer's id.
pub(super) fn everything(
    conn: &mut DbConn,
    sealer: &Sealer,
    customer: CustomerId,
    lang: Lang,
    now: Timestamp,
) -> Result<Vec<u8>> {
    let profile = profile::find(conn, sealer, customer)?;
    let identity = customers::find_identity(conn, sealer, customer)?;
    let addresses: Vec<Value> = addresses::copy(conn, sealer, customer)?
        .into_iter()
        .map(|to| {
            json!({ "name": to.name, "phone": to.phone, "province": to.province, "city": to.city,
                "district": to.district, "detail": to.detail, "region_code": to.region_code })
        })
        .collect();
    let lines = cart::copy(conn, customer)?;
    let ids: Vec<SkuId> = lines.iter().map(|(sku_id, _, _)| *sku_id).collect();
    let codes: HashMap<SkuId, String> = sellable_skus(conn, &ids)?.into_iter().map(|sku| (sku.id, sku.code)).collect();
    let cart: Vec<Value> = lines
        .into_iter()
        .map(|(id, quantity, added_at)| json!({ "sku_code": codes.get(&id), "quantity": quantity, "added_at": added_at }))
        .collect();
    let (orders, more) = orders(conn, sealer, customer, COPY_ORDERS_MAX, lang)?;
    let copy = json!({
        "made_at": now,
        "profile": {
            "id": profile.id,
            "wechat_openid": profile.openid,
            "wechat_unionid": profile.unionid,
            "first_scene": profile.first_scene,
            "nickname": profile.nickname,
            "phone": profile.phone,
            "language": profile.language,
            "created_at": profile.created_at,
            "last_login_at": profile.last_login_at,
            "closing_at": profile.closing_at,
        },
        "identity": identity.map(|found| json!({
            "name": found.identity.name,
            "id_number": found.identity.id_number,
            "consent_version": found.consent_version,
            "consented_at": found.consented_at,
        })),
        "addresses": addresses,
        "cart": cart,
        "consents": consents::all(conn, customer)?,
        "sessions": sessions::times(conn, customer)?,
        "orders": orders,
        "orders_max": COPY_ORDERS_MAX,
        "orders_cut": more,
    });
    serde_json::to_vec_pretty(&copy).map_err(|_| Error::internal("a copy can't be written"))
}

/// A buyer's newest orders with everything that is kept of them, opened, and whether there are more than `max`.
pub(crate) fn orders(
    conn: &mut DbConn,
    sealer: &Sealer,
    customer: CustomerId,
    max: usize,
    lang: Lang,
) -> Result<(Vec<Value>, bool)> {
    let mut filter = OrderFilter { customer_id: Some(customer), ..OrderFilter::default() };
    let mut copied = Vec::new();
    loop {
        let chunk = orders::page(conn, &filter, CHUNK)?;
        let Some(last) = chunk.last() else { return Ok((copied, false)) };
        filter.before = Some(last.id);
        let ids: Vec<OrderId> = chunk.iter().map(|row| row.id).collect();
        let mut lines_of = orders::lines(conn, &ids)?;
        let mut events_of: HashMap<OrderId, Vec<EventRow>> = HashMap::new();
        for (id, event) in orders::events_of(conn, &ids)? {
            events_of.entry(id).or_default().push(event);
        }
        let (payments, refunds) = (payments::copies(conn, &ids)?, refunds::copies(conn, &ids)?);
        for row in chunk {
            if copied.len() >= max {
                return Ok((copied, true));
            }
            let id = row.id;
            let lines = lines_of.remove(&id).unwrap_or_default();
            let events = events_of.remove(&id).unwrap_or_default();
            let mut order = opened(conn, row, lines, events, sealer, lang)?;
            order["payment"] = json!(payments.iter().find(|payment| payment.order_id == id));
            order["refunds"] = json!(refunds.iter().filter(|refund| refund.order_id == id).collect::<Vec<_>>());
            copied.push(order);
        }
    }
}

/// The view of the buyer, and what it masks or leaves out.
fn opened(
    conn: &mut DbConn,
    row: OrderRow,
    lines: Vec<LineRow>,
    events: Vec<EventRow>,
    sealer: &Sealer,
    lang: Lang,
) -> Result<Value> {
    let content = &row.content;
    let phone = Consignee::open(conn, sealer, &content.order_no, &content.consignee_sealed)?.phone;
    let identity = match &content.identity_sealed {
        Some(sealed) => orders::open_identity(conn, sealer, &content.order_no, sealed)?,
        None => None,
    };
    let (scene, supervision) = (content.scene.clone(), content.supervision);
    let view = OrderView::open(conn, row, lines, events, sealer, lang)?;
    let mut value = serde_json::to_value(view).map_err(|_| Error::internal("an order can't be written"))?;
    value["consignee"]["phone"] = json!(phone);
    value["identity"] = json!(identity);
    value["scene"] = json!(scene);
    value["supervision"] = json!(supervision);
    Ok(value)
}
