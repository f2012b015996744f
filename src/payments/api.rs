//! Paying, asking, cancelling; and WeChat's notifies.

use actix_web::{HttpRequest, HttpResponse, web};

use super::service::{self, Closed, NotifyAnswer};
use crate::app::App;
use crate::auth::Buyer;
use crate::error::{Code, Result};
use crate::ids::CustomerId;
use crate::orders::api::{answer, view_of};
use crate::orders::{self, CancelReason, OrderState, OrderView};
use crate::web::extract::{Path, RawBody};
use crate::web::limits::Rule;
use crate::web::{Lang, Problem};

/// Parameters of `wx.requestPayment`, ready to be handed over as they are.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = PayParams)]
#[allow(non_snake_case, dead_code, reason = "WeChat's own names; documents the answer only")]
pub(crate) struct PayParamsDoc {
    /// Unix seconds, as text.
    timeStamp: String,
    nonceStr: String,
    /// `prepay_id=...`.
    package: String,
    /// `RSA`.
    signType: String,
    paySign: String,
}

/// Opens the payment. Called again, it gives a fresh set of parameters for the same payment.
///
/// `Idempotency-Key` is not needed: one order has one payment for ever.
#[utoipa::path(
    post, path = "/api/v1/orders/{order_no}/pay", tag = "payments",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = PayParamsDoc),
        (status = 401, body = crate::web::ProblemDocument), (status = 404, body = crate::web::ProblemDocument),
        (status = 409, description = "`already_paid`, `wrong_state`, or `payment_in_progress`: try again in a moment",
         body = crate::web::ProblemDocument),
        (status = 502, body = crate::web::ProblemDocument), (status = 503, body = crate::web::ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn pay(app: web::Data<App>, buyer: Buyer, path: Path<String>) -> Result<HttpResponse, Problem> {
    app.doors.pass(Rule::Pay, buyer.customer_id)?;
    let _turn = app.doors.payment_turn().await?;
    let params = service::pay(&app.into_inner(), buyer.customer_id, &path).await?;
    Ok(HttpResponse::Ok().json(params))
}

/// Asks WeChat how the payment stands and answers the order. What the phone believes does not count.
#[utoipa::path(
    post, path = "/api/v1/orders/{order_no}/payment/sync", tag = "payments",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = OrderView), (status = 401, body = crate::web::ProblemDocument),
        (status = 404, body = crate::web::ProblemDocument), (status = 503, body = crate::web::ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn sync(
    app: web::Data<App>,
    buyer: Buyer,
    path: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    app.doors.pass(Rule::Pay, buyer.customer_id)?;
    let (customer, number) = (buyer.customer_id, path.to_string());
    let order = app.db.read_one(move |rx| orders::service::of_customer(rx, customer, &number)).await?;
    let app = app.into_inner();
    if order.state == OrderState::PendingPayment && order.payment_opened_at.is_some() {
        let _turn = app.doors.payment_turn().await?;
        service::ask(&app, &order.order_no).await?;
    }
    Ok(answer(&view_of(&app, customer, &order.order_no, lang).await?))
}

/// Cancels an order that is not paid. 200: cancelled. 202: WeChat has not confirmed the end yet; the order is on hold `closing` and ends
/// by itself, as cancelled or, if the money was faster, as paid.
#[utoipa::path(
    post, path = "/api/v1/orders/{order_no}/cancel", tag = "orders",
    params(("order_no" = String, Path, description = "Order number")),
    responses(
        (status = 200, body = OrderView), (status = 202, body = OrderView),
        (status = 401, body = crate::web::ProblemDocument), (status = 404, body = crate::web::ProblemDocument),
        (status = 409, description = "`already_paid`", body = crate::web::ProblemDocument)),
    security(("bearer" = []))
)]
pub(crate) async fn cancel(
    app: web::Data<App>,
    buyer: Buyer,
    path: Path<String>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    app.doors.pass(Rule::Pay, buyer.customer_id)?;
    let app = app.into_inner();
    let closed = cancel_own(&app, buyer.customer_id, path.to_string()).await?;
    let view = view_of(&app, buyer.customer_id, &path, lang).await?;
    match closed {
        Closed::Cancelled => Ok(answer(&view)),
        Closed::Pending => Ok(HttpResponse::Accepted().json(&view)),
        Closed::Paid => Err(crate::error::Error::from(Code::AlreadyPaid).into()),
    }
}

async fn cancel_own(app: &std::sync::Arc<App>, customer: CustomerId, order_no: String) -> Result<Closed> {
    let number = order_no.clone();
    let order = app.db.read_one(move |rx| orders::service::of_customer(rx, customer, &number)).await?;
    // Without a payment at WeChat nothing is asked there, and nothing is waited for.
    let _turn = if order.payment_opened_at.is_some() { Some(app.doors.payment_turn().await?) } else { None };
    service::close(app, &order_no, CancelReason::Customer).await
}

/// WeChat's notifies of payments and refunds. Answered in WeChat's own form (支付成功回调): 204 when kept, 401 when it is not WeChat's or
/// can't be opened, 5xx when it could not be kept, so that it comes again.
#[utoipa::path(
    post, path = "/wechat/pay/notify", tag = "wechat",
    responses((status = 204, description = "Kept"), (status = 401, description = "Not WeChat's"))
)]
pub(crate) async fn notify(app: web::Data<App>, request: HttpRequest, body: RawBody) -> HttpResponse {
    use crate::wechat::SignatureHeaders;
    let values = |name: &'static str| {
        // A value that is not text can't be one of WeChat's; it counts as present, so that a doubled header is seen.
        request.headers().get_all(name).map(|value| value.to_str().unwrap_or("\u{fffd}")).collect::<Vec<_>>()
    };
    let headers = SignatureHeaders::read(values);
    let serial = values("Wechatpay-Serial").first().map(|serial| serial.chars().take(64).collect()).unwrap_or_default();
    match service::receive(&app.into_inner(), &headers, serial, body.into_inner().to_vec()).await {
        Ok(NotifyAnswer::Kept) => HttpResponse::NoContent().finish(),
        Ok(NotifyAnswer::Refused) => fail(HttpResponse::Unauthorized(), "signature"),
        Err(error) => {
            log::error!("a notify could not be kept: {error}");
            fail(HttpResponse::ServiceUnavailable(), "try again")
        }
    }
}

/// `{"code":"FAIL","message":...}`, at most 64 characters (支付成功回调).
fn fail(mut status: actix_web::HttpResponseBuilder, message: &str) -> HttpResponse {
    status.json(serde_json::json!({ "code": "FAIL", "message": message }))
}
