//! What WeChat writes to a merchant who does not ship (contract A.12.3).

use chrono::TimeDelta;
use serde_json::json;

use crate::Error;
use crate::core::context::Context;
use crate::core::message;
use crate::core::records::{Console, Payment};

/// An order waits for longer than this.
const OVERDUE: TimeDelta = TimeDelta::hours(48);
/// Between two reminders that nothing was ever shipped.
const DAY: TimeDelta = TimeDelta::days(1);
/// Who writes where no buyer is meant; WeChat's own id is not documented.
const PLATFORM: &str = "gh_platform";

/// The next reminder that is due, if one is. A console without a URL gets none, and misses none.
pub(crate) fn next(context: &mut Context<'_>) -> Result<bool, Error> {
    if !message::is_set_up(&context.state.settings) {
        return Ok(false);
    }
    if context.state.has_shipped { overdue(context) } else { nothing_shipped(context) }
}

/// With the first trade, then daily, until something is shipped.
fn nothing_shipped(context: &mut Context<'_>) -> Result<bool, Error> {
    let state = context.state;
    let told = state.console.access_reminded_at.is_some_and(|at| context.now - at < DAY);
    if told || state.number_by_transaction.is_empty() {
        return Ok(false);
    }
    let fields = json!({ "msg": "尚未接入发货信息管理服务，请尽快录入发货信息" });
    message::tell(context, PLATFORM, "trade_manage_remind_access_api", fields, TimeDelta::zero())?;
    let console = Console { access_reminded_at: Some(context.now), ..state.console.clone() };
    context.save(console);
    Ok(true)
}

/// Once an order.
fn overdue(context: &mut Context<'_>) -> Result<bool, Error> {
    let state = context.state;
    let waits = state.unshipped.first().filter(|(paid_at, _)| context.now - *paid_at > OVERDUE);
    let payment = waits.and_then(|(_, number)| state.payments.get(number)).cloned();
    let Some((payment, paid)) = payment.and_then(|payment| payment.paid.clone().map(|paid| (payment, paid))) else {
        return Ok(false);
    };
    let fields = json!({
        "transaction_id": paid.transaction_id,
        "merchant_id": context.keys.account.mchid,
        "sub_merchant_id": "",
        "merchant_trade_no": payment.out_trade_no,
        "pay_time": paid.at.timestamp(),
        "msg": "订单支付后超过48小时未发货，请尽快发货",
    });
    message::tell(context, &payment.openid, "trade_manage_remind_shipping", fields, TimeDelta::zero())?;
    context.save(Payment { overdue_told: true, ..payment });
    Ok(true)
}
