//! Order shipping management (contract A.10): money stays frozen until goods were sent and received.

pub(crate) mod query;
pub(crate) mod remind;
pub(crate) mod upload;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::message;
use super::mini_call::Args;
use crate::Error;
use crate::core::context::Context;
use crate::core::mini_call::{MiniRefusal, refuse};
use crate::core::records::{PaidOrder, Payment, Received, Shipping};

/// After this time WeChat confirms receipt of an express parcel for the buyer (unconfirmed in the contract).
const AUTOMATIC: TimeDelta = TimeDelta::days(10);
/// From confirmed receipt to money that is settled.
const SETTLES_AFTER: TimeDelta = TimeDelta::minutes(1);

/// 1 to ship, 2 shipped, 3 received, 4 complete, 5 refunded, 6 money to be settled.
pub(crate) fn order_state(payment: &Payment, shipping: Option<&Shipping>) -> u8 {
    match shipping {
        _ if payment.refunded_fen >= payment.total_fen => 5,
        Some(shipping) if shipping.settled => 4,
        Some(shipping) if shipping.held => 6,
        Some(shipping) if shipping.received.is_some() => 3,
        Some(shipping) if shipping.shipped_at.is_some() => 2,
        _ => 1,
    }
}

/// A paid order by the two kinds of number that the calls take; the field names differ between calls.
pub(crate) fn find(
    context: &Context<'_>,
    transaction_id: &str,
    mchid: &str,
    number: &str,
) -> Result<(Payment, PaidOrder), MiniRefusal> {
    let unknown = || MiniRefusal::new(10_060_001, "pay order not exist");
    let number = if transaction_id.is_empty() {
        if mchid != context.keys.account.mchid {
            return Err(unknown());
        }
        number
    } else {
        context.state.number_by_transaction.get(transaction_id).ok_or_else(unknown)?
    };
    let payment = context.state.payments.get(number).ok_or_else(unknown)?;
    let visible_after = TimeDelta::seconds(context.state.settings.shipping_visible_after_s.into());
    let paid = payment.paid.clone().filter(|paid| context.now - paid.at >= visible_after);
    Ok((payment.clone(), paid.ok_or_else(unknown)?))
}

/// As `get_order` and its sisters name an order.
fn named(context: &Context<'_>, body: &Args) -> Result<(Payment, PaidOrder), MiniRefusal> {
    let [transaction, mchid, number] =
        [body.text("transaction_id")?, body.text("merchant_id")?, body.text("merchant_trade_no")?];
    if transaction.is_empty() && (mchid.is_empty() || number.is_empty()) {
        return refuse(10_060_014, "invalid parameter: transaction_id, or merchant_id and merchant_trade_no");
    }
    find(context, transaction, mchid, number)
}

/// The buyer confirms receipt in the client app.
pub(crate) fn receive(context: &mut Context<'_>, number: &str) -> Result<(), Error> {
    let unknown = || Error::Control("no such order that was shipped and not received".to_owned());
    let paid = context.state.payments.get(number).and_then(|payment| payment.paid.as_ref()).ok_or_else(unknown)?;
    let shipping = context.state.shippings.get(&paid.transaction_id).cloned();
    let shipping = shipping.filter(|row| row.shipped_at.is_some() && row.received.is_none()).ok_or_else(unknown)?;
    confirm(context, shipping, 2, context.now);
    Ok(())
}

fn confirm(context: &mut Context<'_>, shipping: Shipping, method: u8, at: DateTime<Utc>) {
    let received = Some(Received { at, method });
    context.save(Shipping { received, next: Some(at + SETTLES_AFTER), ..shipping });
}

/// What happens by itself to the order that is due first, if one is due: receipt after ten days, then settlement.
pub(crate) fn move_next(context: &mut Context<'_>) -> Result<bool, Error> {
    let keeps = context.state.settings.settlement_held;
    let due = context.state.shipping_due.iter().take_while(|(at, _)| *at <= context.now);
    let mut due = due.filter_map(|(at, id)| Some((*at, context.state.shippings.get(id)?)));
    let Some((at, shipping)) = due.find(|(_, shipping)| !(keeps && shipping.held)) else { return Ok(false) };
    let shipping = shipping.clone();
    if shipping.received.is_none() {
        confirm(context, shipping, 1, at);
        return Ok(true);
    }
    if keeps {
        context.save(Shipping { held: true, ..shipping });
        return Ok(true);
    }
    let at = if shipping.held { context.now } else { at };
    let settled = Shipping { settled: true, held: false, next: None, ..shipping };
    tell_settlement(context, &settled, Some(at))?;
    context.save(settled);
    Ok(true)
}

/// `trade_manage_order_settlement`: once when all is shipped, once when the money is settled.
fn tell_settlement(
    context: &mut Context<'_>,
    shipping: &Shipping,
    settled_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    let paid = context.state.payments.get(&shipping.out_trade_no).and_then(|payment| payment.paid.as_ref());
    let mut fields = json!({
        "transaction_id": shipping.transaction_id,
        "merchant_id": context.keys.account.mchid,
        "merchant_trade_no": shipping.out_trade_no,
        "pay_time": paid.map(|paid| paid.at.timestamp()),
        "shipped_time": shipping.shipped_at.map(|at| at.timestamp()),
    });
    match (settled_at, &shipping.received) {
        (Some(at), Some(received)) => {
            fields["confirm_receive_method"] = json!(received.method);
            fields["confirm_receive_time"] = json!(received.at.timestamp());
            fields["settlement_time"] = json!(at.timestamp());
        }
        _ => fields["estimated_settlement_time"] = json!(shipping.next.map(|at| at.timestamp())),
    }
    message::tell(context, &shipping.openid, "trade_manage_order_settlement", fields, TimeDelta::zero())
}
