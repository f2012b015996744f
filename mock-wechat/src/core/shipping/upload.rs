//! `upload_shipping_info` and its form for combined orders (contract A.10.1 to A.10.3).

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{AUTOMATIC, find, order_state, tell_settlement};
use crate::core::context::{Context, params_sha256};
use crate::core::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use crate::core::records::{PaidOrder, Parcel, Payment, Shipping};

/// Parcels of one order in split mode, by the current page.
const MOST_PARCELS: usize = 15;
const MOST_SUB_ORDERS: usize = 50;
const MOST_BYTES: usize = 128;
const MOST_DESCRIPTION: usize = 120;
const MOST_CONTACT: usize = 1024;
const EXPRESS: i64 = 1;
const UNIFIED: i64 = 1;
const SPLIT: i64 = 2;

/// One order.
pub(crate) fn one(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let (upload_time, openid) = (upload_time(body)?, payer(body)?);
    upload(context, body, upload_time, &openid)?;
    Ok(done(json!({})))
}

/// All sub orders or none.
pub(crate) fn combined(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let (upload_time, openid) = (upload_time(body)?, payer(body)?);
    let number_type = key_of(body)?.whole("order_number_type")?;
    let orders = body.list("sub_orders")?;
    if orders.is_empty() || orders.len() > MOST_SUB_ORDERS {
        return refuse(10_060_014, "invalid parameter: sub_orders");
    }
    let mut seen = Vec::new();
    for order in orders {
        let order = Args::of(order)?;
        if key_of(&order)?.whole("order_number_type")? != number_type {
            return refuse(268_485_253, "sub order's order_number_type differs");
        }
        let transaction_id = upload(context, &order, upload_time, &openid)?;
        if seen.contains(&transaction_id) {
            return refuse(10_060_013, "duplicate sub order");
        }
        seen.push(transaction_id);
    }
    Ok(done(json!({})))
}

fn key_of(body: &Args) -> Result<Args, MiniRefusal> {
    body.object("order_key")?.ok_or(MiniRefusal::new(268_485_194, "invalid order_number_type"))
}

fn upload_time(body: &Args) -> Result<DateTime<Utc>, MiniRefusal> {
    let time = DateTime::parse_from_rfc3339(body.text("upload_time")?);
    time.map(|time| time.to_utc()).map_err(|_| MiniRefusal::new(268_485_216, "upload_time is not RFC 3339"))
}

fn payer(body: &Args) -> Result<String, MiniRefusal> {
    let openid = body.object("payer")?.map(|payer| payer.text("openid").map(str::to_owned)).transpose()?;
    let openid = openid.unwrap_or_default();
    if openid.is_empty() || openid.chars().count() > MOST_BYTES {
        return refuse(10_060_014, "invalid parameter: payer.openid");
    }
    Ok(openid)
}

/// Gives the transaction that was shipped.
fn upload(
    context: &mut Context<'_>,
    body: &Args,
    upload_time: DateTime<Utc>,
    openid: &str,
) -> Result<String, MiniRefusal> {
    let (payment, paid) = order(context, &key_of(body)?)?;
    let (logistics_type, delivery_mode, whole) = modes(body)?;
    let parcels = parcels(body, logistics_type, delivery_mode, upload_time)?;
    if payment.openid != openid {
        return refuse(10_060_031, "pay order does not belong to this openid");
    }
    let known = context.state.shippings.get(&paid.transaction_id);
    if order_state(&payment, known) == 5 {
        return refuse(10_060_004, "order can not be shipped in this state");
    }
    let params = json!([logistics_type, delivery_mode, whole, body.list("shipping_list")?]);
    let mut next = Shipping {
        transaction_id: paid.transaction_id.clone(),
        out_trade_no: payment.out_trade_no.clone(),
        openid: payment.openid.clone(),
        logistics_type,
        delivery_mode,
        parcels,
        params_sha256: params_sha256(&params),
        upload_time,
        uploads: 0,
        shipped_at: None,
        received: None,
        settled: false,
        held: false,
        reminded: known.is_some_and(|known| known.reminded),
        next: None,
    };
    let reshipped = match known {
        Some(known) => follow(known, &mut next)?,
        None => false,
    };
    if whole {
        next.uploads = if reshipped { 2 } else { known.map_or(1, |known| known.uploads.max(1)) };
        next.shipped_at = Some(context.now);
        next.next = Some(context.now + AUTOMATIC);
        tell_settlement(context, &next, None)?;
    }
    let transaction_id = next.transaction_id.clone();
    context.save(next);
    Ok(transaction_id)
}

/// What an upload after another one may do; whether it uses up the one re-ship.
fn follow(known: &Shipping, next: &mut Shipping) -> Result<bool, MiniRefusal> {
    if known.received.is_some() {
        return refuse(10_060_002, "pay order is already completed");
    }
    if known.params_sha256 == next.params_sha256 {
        return refuse(10_060_023, "nothing was changed");
    }
    if next.upload_time <= known.upload_time {
        return refuse(10_060_014, "invalid parameter: upload_time is not later than the last one");
    }
    let other_mode = known.delivery_mode != next.delivery_mode || known.logistics_type != next.logistics_type;
    let reships = known.shipped_at.is_some() || other_mode;
    if reships && known.uploads >= 2 {
        return refuse(10_060_003, "the chance to ship again is used");
    }
    next.uploads = if reships { 2 } else { known.uploads };
    if !reships {
        // Split mode before its end: parcels add up (unconfirmed).
        let added = |parcel: &&Parcel| next.parcels.iter().all(|new| new.tracking_no != parcel.tracking_no);
        let kept: Vec<Parcel> = known.parcels.iter().filter(added).cloned().collect();
        next.parcels.splice(0..0, kept);
        if next.parcels.len() > MOST_PARCELS {
            return refuse(10_060_024, "shipping list is too long");
        }
    }
    Ok(reships)
}

fn order(context: &Context<'_>, key: &Args) -> Result<(Payment, PaidOrder), MiniRefusal> {
    let [transaction_id, mchid, number] = [key.text("transaction_id")?, key.text("mchid")?, key.text("out_trade_no")?];
    match key.whole("order_number_type")? {
        Some(2) if transaction_id.is_empty() => refuse(268_485_195, "transaction_id is missing"),
        Some(2) => find(context, transaction_id, "", ""),
        Some(1) if mchid.is_empty() => refuse(268_485_196, "mchid is missing"),
        Some(1) if number.is_empty() => refuse(268_485_197, "out_trade_no is missing"),
        Some(1) => find(context, "", mchid, number),
        _ => refuse(268_485_194, "invalid order_number_type"),
    }
}

/// Logistics, delivery mode, and whether this is everything.
fn modes(body: &Args) -> Result<(i64, i64, bool), MiniRefusal> {
    let logistics_type = body.whole("logistics_type")?.filter(|kind| (1..=4).contains(kind));
    let logistics_type = logistics_type.ok_or(MiniRefusal::new(10_060_005, "invalid logistics_type"))?;
    let whole = body.flag("is_all_delivered")?;
    match body.whole("delivery_mode")? {
        Some(UNIFIED) => Ok((logistics_type, UNIFIED, true)),
        Some(SPLIT) if logistics_type != EXPRESS => refuse(10_060_006, "split delivery is for express only"),
        Some(SPLIT) => match whole {
            Some(whole) => Ok((logistics_type, SPLIT, whole)),
            None => refuse(10_060_007, "is_all_delivered is missing"),
        },
        _ => refuse(268_485_224, "invalid delivery_mode"),
    }
}

fn parcels(
    body: &Args,
    logistics_type: i64,
    delivery_mode: i64,
    upload_time: DateTime<Utc>,
) -> Result<Vec<Parcel>, MiniRefusal> {
    let list = body.list("shipping_list")?;
    if delivery_mode == UNIFIED && list.len() != 1 {
        return refuse(268_485_228, "unified delivery needs exactly one shipping item");
    }
    if list.len() > MOST_PARCELS {
        return refuse(10_060_024, "shipping list is too long");
    }
    if list.is_empty() {
        return refuse(10_060_014, "invalid parameter: shipping_list");
    }
    list.iter().map(|item| parcel(&Args::of(item)?, logistics_type, upload_time)).collect()
}

fn parcel(item: &Args, logistics_type: i64, upload_time: DateTime<Utc>) -> Result<Parcel, MiniRefusal> {
    let [tracking_no, express_company, item_desc] =
        [item.text("tracking_no")?, item.text("express_company")?, item.text("item_desc")?].map(str::to_owned);
    let contact = item.object("contact")?;
    let express = logistics_type == EXPRESS;
    let unmasked = express && express_company == "SF" && !is_contact(contact.as_ref())?;
    let rules = [
        (express && tracking_no.is_empty(), 268_485_226, "tracking_no is missing"),
        (express && express_company.is_empty(), 268_485_227, "express_company is missing"),
        (tracking_no.len() > MOST_BYTES, 10_060_026, "tracking_no is too long"),
        (express_company.len() > MOST_BYTES, 10_060_025, "express_company is too long"),
        (item_desc.is_empty(), 10_060_008, "item_desc is empty"),
        (item_desc.chars().count() > MOST_DESCRIPTION, 10_060_009, "item_desc is too long"),
        (unmasked, 10_060_014, "invalid parameter: SF needs a masked contact with its last four digits visible"),
    ];
    if let Some((_, errcode, errmsg)) = rules.into_iter().find(|(broken, ..)| *broken) {
        return refuse(errcode, errmsg);
    }
    let contact = contact.map(|contact| contact.value());
    Ok(Parcel { tracking_no, express_company, item_desc, contact, upload_time })
}

/// One of the two contacts, masked, with its last four digits visible.
fn is_contact(contact: Option<&Args>) -> Result<bool, MiniRefusal> {
    let Some(contact) = contact else {
        return Ok(false);
    };
    let given = [contact.text("consignor_contact")?, contact.text("receiver_contact")?];
    let masked = |text: &str| {
        let tail = text.len().checked_sub(4).and_then(|at| text.get(at..));
        text.contains('*')
            && text.len() <= MOST_CONTACT
            && tail.is_some_and(|tail| tail.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Ok(given.iter().any(|text| !text.is_empty()) && given.iter().all(|text| text.is_empty() || masked(text)))
}
