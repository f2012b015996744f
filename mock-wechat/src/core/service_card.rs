//! Service cards (新版一次性订阅消息): what a buyer sees of an order, by the number of its payment and without any panel.
//!
//! Only card 2001, goods that are sent, is known here. Codes 85433, 85437, 85438 and 85470 are WeChat's; what it answers to a
//! content that lacks a field or to a state that goes back is unconfirmed.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::context::Context;
use super::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use super::records::{Payment, ServiceCard};

/// 购物（实体物流）服务动态.
const GOODS_THAT_ARE_SENT: i64 = 2001;
/// How long the number of a payment serves as code (unconfirmed).
const CODE_LIFE: TimeDelta = TimeDelta::days(30);
/// States that show the goods: paid, to be sent.
const WITH_GOODS: [i64; 2] = [1, 2];
const STATES: std::ops::RangeInclusive<i64> = 1..=7;

/// POST `/wxa/set_user_notify`: shows the card, or shows it anew.
pub(crate) fn set(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let payment = paid(context, body)?;
    let (content, state) = content(body)?;
    let id = body.text("notify_code")?.to_owned();
    let known = context.state.service_cards.get(&id);
    match known {
        None => check_payment(&payment, body)?,
        Some(known) if state < known.status => {
            return refuse(85_435, "invalid cur_status, it can't follow the one before");
        }
        Some(_) => {}
    }
    let card = ServiceCard {
        transaction_id: id,
        openid: payment.openid.clone(),
        status: state,
        content_json: content,
        extension_json: known.map(|known| known.extension_json.clone()).unwrap_or_default(),
        changes: known.map_or(0, |known| known.changes) + 1,
        changed_at: context.now,
    };
    context.save(card);
    Ok(done(json!({})))
}

/// POST `/wxa/set_user_notifyext`: parcels and prices of a card that is shown.
pub(crate) fn set_extension(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    paid(context, body)?;
    let text = body.text("ext_json")?;
    if !serde_json::from_str::<Value>(text).is_ok_and(|extension| extension.is_object()) {
        return refuse(85_470, "invalid ext_json");
    }
    let known = context.state.service_cards.get(body.text("notify_code")?).cloned();
    let Some(card) = known else { return refuse(85_437, "invalid notify_code") };
    context.save(ServiceCard { extension_json: text.to_owned(), ..card });
    Ok(done(json!({})))
}

/// POST `/wxa/get_user_notify`
pub(crate) fn query(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let payment = paid(context, body)?;
    let card = context.state.service_cards.get(body.text("notify_code")?);
    let expires_at = payment.paid.map(|paid| (paid.at + CODE_LIFE).timestamp());
    Ok(done(json!({ "notify_info": {
        "notify_type": GOODS_THAT_ARE_SENT,
        "content_json": card.map(|card| card.content_json.as_str()).unwrap_or_default(),
        "code_state": 0,
        "code_expire_time": expires_at,
    } })))
}

/// The order whose payment the code names, if the buyer is the one who paid.
fn paid(context: &Context<'_>, body: &Args) -> Result<Payment, MiniRefusal> {
    let openid = body.text("openid")?;
    if context.state.user_of(openid).is_none() {
        return refuse(40003, "invalid openid");
    }
    if body.whole("notify_type")? != Some(GOODS_THAT_ARE_SENT) {
        return refuse(40097, "invalid args notify_type");
    }
    let unknown = || MiniRefusal::new(85_437, "invalid notify_code");
    let number = context.state.number_by_transaction.get(body.text("notify_code")?).ok_or_else(unknown)?;
    let payment = context.state.payments.get(number).filter(|payment| payment.openid == openid).ok_or_else(unknown)?;
    let age = payment.paid.as_ref().map(|paid| context.now - paid.at).ok_or_else(unknown)?;
    if age < TimeDelta::seconds(context.state.settings.service_card_after_s.into()) {
        return Err(unknown());
    }
    if age > CODE_LIFE { refuse(85_438, "notify_code expired") } else { Ok(payment.clone()) }
}

/// What the merchant claims of the payment, which WeChat compares when the card is first shown.
fn check_payment(payment: &Payment, body: &Args) -> Result<(), MiniRefusal> {
    let claim: Value = serde_json::from_str(body.text("check_json")?).unwrap_or_default();
    let at = payment.paid.as_ref().map(|paid| paid.at.timestamp());
    let fits = claim["pay_amount"].as_i64() == Some(payment.total_fen) && claim["pay_time"].as_i64() == at;
    if fits { Ok(()) } else { refuse(85_433, "invalid check_json") }
}

/// JSON as text, with the state in it.
fn content(body: &Args) -> Result<(String, i64), MiniRefusal> {
    let text = body.text("content_json")?;
    let invalid = |what: &str| MiniRefusal::new(85_432, format!("invalid content_json: {what}"));
    let content: Value = serde_json::from_str(text).map_err(|_| invalid("no JSON"))?;
    let state = content["cur_status"].as_i64().filter(|state| STATES.contains(state));
    let state = state.ok_or_else(|| invalid("cur_status"))?;
    if content["wxa_path_query"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("wxa_path_query"));
    }
    if WITH_GOODS.contains(&state) {
        let goods = content["product_list"]["info_list"].as_array().filter(|goods| !goods.is_empty());
        let complete = |one: &Value| {
            ["product_img", "product_name", "product_path_query"]
                .iter()
                .all(|name| one[name].as_str().is_some_and(|text| !text.is_empty()))
        };
        if content["product_count"].as_i64().is_none_or(|count| count < 1)
            || !goods.is_some_and(|goods| goods.iter().all(complete))
        {
            return Err(invalid("product_count, product_list"));
        }
    }
    Ok((text.to_owned(), state))
}
