//! Closing an order (contract B.8).

use super::context::{Context, Reply};
use super::fields::{Field, parse, required, text};
use super::records::Payment;
use super::refusal::Refusal;

const FIELDS: &[Field] = &[required("mchid", text(32))];

/// 204; closing again is allowed, a paid order is not closed.
pub(crate) fn close(context: &mut Context<'_>, number: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let params = parse(body, FIELDS)?;
    if params["mchid"] != context.keys.account.mchid {
        return Err(Refusal::parameter("/mchid", &params["mchid"], "与Authorization中的mchid不一致"));
    }
    let payment = context.state.payments.get(number).ok_or_else(Refusal::order_not_found)?;
    if payment.paid.is_some() {
        return Err(Refusal::order_paid());
    }
    if payment.closed_at.is_none() {
        let closed = Payment { closed_at: Some(context.now), ..payment.clone() };
        context.save(closed);
    }
    Ok(Reply::no_content())
}
