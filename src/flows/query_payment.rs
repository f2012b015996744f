//! WeChat is asked how a payment stands: by a job after each pay call until the end is known, and whenever the buyer's phone says that it
//! has paid. The phone is never believed.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use wechat_client::{RefusalCode, TradeState};

use super::settle::{Settlement, book};
use super::{close_unpaid, unanswered};
use crate::base::clock::Timestamp;
use crate::base::error::Result;
use crate::base::observability::WechatCall;
use crate::base::text::Lang;
use crate::domain::orders::{self, OrderState, OrderView};
use crate::domain::payments::{self, PaymentState, QueryPayment};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::platform::jobs::{Job, Next, Run};
use crate::platform::limits::Rule;
use crate::web::extract::Path;
use crate::web::{Problem, ProblemDocument, ok_json};

/// Asks WeChat how the payment stands and answers the order. What the phone believes does not count.
#[utoipa::path(
    post, path = "/api/v1/orders/{order_no}/payment/sync", tag = "payments",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = OrderView), (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 503, body = ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn sync(
    app: web::Data<App>,
    buyer: Buyer,
    path: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    app.limits.check_rate(Rule::Pay, buyer.customer_id)?;
    let (customer, number) = (buyer.customer_id, path.to_string());
    let order = app.db.read_one(move |rx| orders::of_customer(rx, customer, &number)).await?;
    let app = app.into_inner();
    if order.state == OrderState::PendingPayment && order.payment_opened_at.is_some() {
        let _permit = app.limits.payment_permit().await?;
        ask(&app, &order.order_no).await?;
    }
    Ok(ok_json(&orders::view_of(&app, customer, &order.order_no, lang).await?))
}

/// Asks WeChat about an open payment and books the answer. An order that somebody closed at WeChat is cancelled.
pub(super) async fn ask(app: &Arc<App>, out_trade_no: &str) -> Result<Settlement> {
    let answer = app.ask_wechat(WechatCall::Query, app.pay.query_by_out_trade_no(out_trade_no)).await;
    let answer = match answer {
        Ok(answer) => answer,
        // WeChat never saw it, or not yet: nobody has paid.
        Err(error) if error.refusal_code() == Some(&RefusalCode::OrderNotExist) => return Ok(Settlement::Unpaid),
        Err(error) => {
            log::warn!(out_trade_no:%, error:%; "query failed");
            return Err(unanswered(&error));
        }
    };
    if answer.trade_state == TradeState::Closed {
        close_unpaid::cancel_closed(app, out_trade_no).await?;
        return Ok(Settlement::Unpaid);
    }
    book(app, answer).await
}

/// Asks until the payment is known, or the order's time is up and expiry takes over.
impl Job for QueryPayment {
    type Context = Arc<App>;

    async fn run(self, app: Arc<App>, _: Run) -> Result<Next> {
        let number = self.order_no.clone();
        let known = app.db.read(move |rx| Ok((payments::by_no(rx, &number)?, orders::by_no(rx, &number)?)));
        let (Some(payment), Some(order)) = known.await? else { return Ok(Next::Done) };
        if payment.state != PaymentState::Open {
            return Ok(Next::Done);
        }
        crate::base::failpoint::reach!("query.before_ask");
        let asked = ask(&app, &self.order_no).await;
        crate::base::failpoint::reach!("query.after_ask");
        let now = app.clock.timestamp();
        if let Err(error) = &asked {
            log::warn!(order_no:% = self.order_no, error:%; "a payment can't be asked for");
        }
        match asked {
            // The next question comes sooner than a failed job would: money may be there.
            Ok(Settlement::Unpaid | Settlement::Case) | Err(_) if now < order.expires_at => {
                Ok(Next::Again(next_query(payment.opened_at, now)))
            }
            Ok(_) => Ok(Next::Done),
            Err(error) => Err(error),
        }
    }
}

/// When an open payment is asked for next: 5 s, 30 s, then each minute until 5 min after the pay call, by which time nearly all have paid or
/// gone; then every 5 min.
fn next_query(opened_at: Timestamp, now: Timestamp) -> Timestamp {
    const AFTER_S: [u64; 7] = [5, 30, 60, 120, 180, 240, 300];
    let age = (now.utc() - opened_at.utc()).to_std().unwrap_or_default();
    let after = AFTER_S.into_iter().map(Duration::from_secs).find(|after| *after > age);
    after.map_or_else(|| now.plus(Duration::from_mins(5)), |after| opened_at.plus(after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_payment_is_asked_for_each_minute_while_buyers_pay_and_each_five_afterwards() {
        let opened: Timestamp = DateTime::from_timestamp(1_800_000_000, 0).unwrap().into();
        let mut now = opened;
        let mut asked = Vec::new();
        while asked.len() < 9 {
            now = next_query(opened, now);
            asked.push((now.utc() - opened.utc()).num_seconds());
        }
        assert_eq!(asked, [5, 30, 60, 120, 180, 240, 300, 600, 900]);
    }
}
