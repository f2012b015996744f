//! Queries and settings of the shipping management (contract A.10.4).

use chrono::DateTime;
use serde_json::{Value, json};

use super::{named, order_state};
use crate::core::context::Context;
use crate::core::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use crate::core::records::{Console, Payment, Shipping};

const MOST_PAGE: i64 = 100;
const MOST_PATH: usize = 1024;

/// POST `/wxa/sec/order/get_order`
pub(crate) fn order(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let (payment, _) = named(context, body)?;
    Ok(done(json!({ "order": object(context, &payment) })))
}

fn object(context: &Context<'_>, payment: &Payment) -> Value {
    let Some(paid) = &payment.paid else {
        return json!({});
    };
    let shipping = context.state.shippings.get(&paid.transaction_id);
    json!({
        "transaction_id": paid.transaction_id,
        "merchant_trade_no": payment.out_trade_no,
        "merchant_id": context.keys.account.mchid,
        "sub_merchant_id": "",
        "description": description(&payment.description),
        "paid_amount": payment.total_fen,
        "openid": payment.openid,
        "trade_create_time": payment.created_at.timestamp(),
        "pay_time": paid.at.timestamp(),
        "order_state": order_state(payment, shipping),
        "in_complaint": context.state.complaints.rows().any(|row| row.open() && row.out_trade_no == payment.out_trade_no),
        "shipping": shipping.map_or_else(|| json!({}), shipping_object),
    })
}

/// At most 120 characters, then three dots.
fn description(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

fn shipping_object(shipping: &Shipping) -> Value {
    let parcels = shipping.parcels.iter().map(|parcel| {
        json!({
            "tracking_no": parcel.tracking_no,
            "express_company": parcel.express_company,
            "goods_desc": parcel.item_desc,
            "upload_time": parcel.upload_time.timestamp(),
            "contact": parcel.contact.clone().unwrap_or_else(|| json!({})),
        })
    });
    json!({
        "delivery_mode": shipping.delivery_mode,
        "logistics_type": shipping.logistics_type,
        "finish_shipping": shipping.shipped_at.is_some(),
        "goods_desc": shipping.parcels.first().map(|parcel| parcel.item_desc.as_str()).unwrap_or_default(),
        "finish_shipping_count": shipping.uploads,
        "shipping_list": parcels.collect::<Vec<_>>(),
    })
}

/// POST `/wxa/sec/order/get_order_list`: newest last, by a cursor that is the last order's transaction.
pub(crate) fn orders(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let size = body.whole("page_size")?.unwrap_or(MOST_PAGE);
    if !(1..=MOST_PAGE).contains(&size) {
        return refuse(10_060_014, "invalid parameter: page_size");
    }
    let range = body.object("pay_time_range")?;
    let bound = |name: &str| range.as_ref().map_or(Ok(None), |range| range.whole(name));
    let (begin, end) = (bound("begin_time")?.unwrap_or(0), bound("end_time")?.unwrap_or(i64::MAX));
    let (state, openid, last) = (body.whole("order_state")?, body.text("openid")?, body.text("last_index")?);
    let after = match last {
        "" => None,
        id => match context.state.number_by_transaction.get(id) {
            Some(number) => Some(number),
            None => return refuse(10_060_011, "invalid last_index"),
        },
    };
    let all = context.state.payments.rows();
    let mut reached = after.is_none();
    let rest = all.filter(|payment| {
        let was_reached = reached;
        reached |= after == Some(&payment.out_trade_no);
        was_reached
    });
    let meant = rest.filter(|payment| {
        let Some(paid) = &payment.paid else { return false };
        let shipping = context.state.shippings.get(&paid.transaction_id);
        (begin..=end).contains(&paid.at.timestamp())
            && (openid.is_empty() || payment.openid == openid)
            && state.is_none_or(|state| state == i64::from(order_state(payment, shipping)))
    });
    let size = usize::try_from(size).unwrap_or(1);
    let mut page: Vec<&Payment> = meant.take(size + 1).collect();
    let has_more = page.len() > size;
    page.truncate(size);
    let last = page.last().and_then(|payment| payment.paid.as_ref()).map(|paid| paid.transaction_id.clone());
    Ok(done(json!({
        "order_list": page.into_iter().map(|payment| object(context, payment)).collect::<Vec<_>>(),
        "last_index": last.unwrap_or_default(),
        "has_more": has_more,
    })))
}

/// POST `/wxa/sec/order/notify_confirm_receive`: asks the buyer to confirm, once an order.
pub(crate) fn remind(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let (_, paid) = named(context, body)?;
    let shipping = context.state.shippings.get(&paid.transaction_id).cloned();
    let Some((shipping, shipped_at)) = shipping.and_then(|row| row.shipped_at.map(|at| (row, at))) else {
        return refuse(10_060_028, "order is not shipped");
    };
    if shipping.logistics_type != 1 {
        return refuse(10_060_032, "only express orders can be reminded");
    }
    let received = body.whole("received_time")?.and_then(|at| DateTime::from_timestamp(at, 0));
    // Whole seconds against milliseconds: the second of shipping itself is good.
    if received.is_none_or(|at| at.timestamp() < shipped_at.timestamp() || at > context.now) {
        return refuse(10_060_029, "invalid received_time");
    }
    if shipping.reminded {
        return refuse(10_060_030, "the chance to remind is used");
    }
    context.save(Shipping { reminded: true, ..shipping });
    Ok(done(json!({})))
}

/// POST `/wxa/sec/order/is_trade_managed`
pub(crate) fn is_managed(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_appid(context, body)?;
    Ok(done(json!({ "is_trade_managed": true })))
}

/// POST `/wxa/sec/order/is_trade_management_confirmation_completed`
pub(crate) fn is_confirmed(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_appid(context, body)?;
    Ok(done(json!({ "completed": true })))
}

fn check_appid(context: &Context<'_>, body: &Args) -> Result<(), MiniRefusal> {
    match body.text("appid")? {
        "" => refuse(40097, "invalid args appid"),
        appid if appid != context.keys.account.appid => refuse(40013, "invalid appid"),
        _ => Ok(()),
    }
}

/// POST `/wxa/sec/order/set_msg_jump_path`
pub(crate) fn jump_path(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let path = body.text("path")?;
    if path.len() > MOST_PATH {
        return refuse(10_060_014, "invalid parameter: path");
    }
    let console = Console { jump_path: path.to_owned(), ..context.state.console.clone() };
    context.save(console);
    Ok(done(json!({})))
}
