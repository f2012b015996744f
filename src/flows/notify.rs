//! WeChat's notifies of payments and refunds: verify on the raw bytes, keep them, act once, all in one transaction, answer within 5 s. A
//! notify that was not kept is answered with an error, so that WeChat sends it again.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde_json::json;
use sha2::{Digest, Sha256};
use wechat_client::{NotifyEvent, NotifyRefused, SignatureHeaders, VerifiedNotify};

use super::refund::{self, RefundOutcome};
use super::settle::settle;
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Error, Result};
use crate::base::ids::new_out_refund_no;
use crate::domain::cases::{self, CaseKind, NewCase};
use crate::domain::payments::{self, NewNotify};
use crate::platform::app::App;
use crate::platform::sealing::Subject;
use crate::web::extract::RawBody;

/// How a notify is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotifyAnswer {
    /// Kept: WeChat need not send it again.
    Kept,
    /// Not WeChat's, or not readable: refused without effect.
    Refused,
}

/// How a notify can end, in metrics.
pub(crate) const OUTCOMES: &[&str] =
    &["paid", "late", "already", "unpaid", "refund", "case", "ignored", "duplicate", "refused"];

/// WeChat's notifies of payments and refunds. Answered in WeChat's own form (支付成功回调): 204 when kept, 401 when it is not WeChat's or
/// can't be opened, 5xx when it could not be kept, so that it comes again.
#[utoipa::path(
    post, path = "/wechat/pay/notify", tag = "wechat",
    responses((status = 204, description = "Kept"), (status = 401, description = "Not WeChat's"))
)]
pub(crate) async fn notify(app: web::Data<App>, request: HttpRequest, body: RawBody) -> HttpResponse {
    let values = |name: &'static str| {
        // A value that is not text can't be one of WeChat's; it counts as present, so that a doubled header is seen.
        request.headers().get_all(name).map(|value| value.to_str().unwrap_or("\u{fffd}")).collect::<Vec<_>>()
    };
    let headers = SignatureHeaders::read(values);
    let serial = values("Wechatpay-Serial").first().map(|serial| serial.chars().take(64).collect()).unwrap_or_default();
    match receive(&app.into_inner(), &headers, serial, body.into_inner().to_vec()).await {
        Ok(NotifyAnswer::Kept) => HttpResponse::NoContent().finish(),
        Ok(NotifyAnswer::Refused) => fail(HttpResponse::Unauthorized(), "signature"),
        Err(error) => {
            log::error!(error:%; "a notify could not be kept");
            fail(HttpResponse::ServiceUnavailable(), "try again")
        }
    }
}

/// As `/wechat/pay/notify`: WeChat is told this address with each refund.
#[utoipa::path(
    post, path = "/wechat/pay/refund-notify", tag = "wechat",
    responses((status = 204, description = "Kept"), (status = 401, description = "Not WeChat's"))
)]
pub(crate) async fn refund_notify(app: web::Data<App>, request: HttpRequest, body: RawBody) -> HttpResponse {
    notify(app, request, body).await
}

/// `{"code":"FAIL","message":...}`, at most 64 characters (支付成功回调).
fn fail(mut status: HttpResponseBuilder, message: &str) -> HttpResponse {
    status.json(json!({ "code": "FAIL", "message": message }))
}

/// Takes a notify. `Err` means that it was not kept: WeChat sends it again.
async fn receive(app: &Arc<App>, headers: &SignatureHeaders, serial: String, body: Vec<u8>) -> Result<NotifyAnswer> {
    let notify = match app.pay.receive_notify(headers, &body).await {
        Ok(notify) => notify,
        // WeChat's own signature over something that is no notify: kept for a person under the hash of its bytes.
        Err(NotifyRefused::Malformed(fault)) => return keep_malformed(app, serial, body, fault.to_string()).await,
        Err(refused) => {
            log::warn!(target: "security", error:% = refused; "notify refused");
            app.metrics.notify("refused");
            return Ok(NotifyAnswer::Refused);
        }
    };
    let event = match notify.decrypt() {
        // Signed, but sealed with another key or bent on the way: not kept, so that WeChat sends it again.
        Err(refused @ (NotifyRefused::Sealed(_) | NotifyRefused::Unverified(_) | NotifyRefused::TooLong)) => {
            log::error!(target: "security", notify:% = notify.id, error:% = refused; "a notify can't be opened");
            app.metrics.notify("refused");
            return Ok(NotifyAnswer::Refused);
        }
        opened => opened.map_err(|malformed| malformed.to_string()),
    };
    crate::base::failpoint::reach!("notify.after_verify");
    let refund_no = match &event {
        Ok(NotifyEvent::Payment(transaction)) => new_out_refund_no(&transaction.out_trade_no)?,
        _ => String::new(),
    };
    let now = app.clock.timestamp();
    let kept = NewNotify { notify_id: notify.id.clone(), event_type: notify.event_type.clone(), serial, body };
    let context = Arc::clone(app);
    let critical = app.db.critical();
    let acted = critical.write(move |tx| keep_and_act(tx, &context, &kept, &notify, &event, &refund_no, now));
    let outcome = acted.await?;
    crate::base::failpoint::reach!("notify.after_commit");
    app.metrics.notify(outcome);
    Ok(NotifyAnswer::Kept)
}

async fn keep_malformed(app: &Arc<App>, serial: String, body: Vec<u8>, fault: String) -> Result<NotifyAnswer> {
    let (now, context) = (app.clock.timestamp(), Arc::clone(app));
    let notify_id = format!("sha256:{}", hex::encode(Sha256::digest(&body)));
    let kept = NewNotify { notify_id, event_type: "malformed".to_owned(), serial, body };
    let critical = app.db.critical();
    let keep = critical.write(move |tx| {
        if keep_notify(tx, &context, &kept, now)? {
            let case = NewCase::once(CaseKind::NotifyMalformed, &kept.notify_id, json!({ "fault": fault }));
            cases::open(tx, &context.metrics, &case, now)?;
            payments::set_notify_outcome(tx, &kept.notify_id, "case")?;
        }
        Ok(())
    });
    keep.await?;
    app.metrics.notify("case");
    Ok(NotifyAnswer::Kept)
}

/// Sealed for as long as trade law wants it kept; `false` if WeChat sent it before.
fn keep_notify(tx: &mut Tx, app: &App, kept: &NewNotify, now: Timestamp) -> Result<bool> {
    let key = app.sealer.key_of(tx, Subject::Trade(now), now)?;
    payments::insert_notify(tx, kept, &payments::seal_notify(&key, &kept.notify_id, &kept.body)?, now)
}

fn keep_and_act(
    tx: &mut Tx,
    app: &App,
    kept: &NewNotify,
    notify: &VerifiedNotify,
    event: &std::result::Result<NotifyEvent, String>,
    refund_no: &str,
    now: Timestamp,
) -> Result<&'static str> {
    if !keep_notify(tx, app, kept, now)? {
        return Ok("duplicate");
    }
    crate::base::failpoint::reach!("notify.after_keep");
    let case = |tx: &mut Tx, kind, subject: &str, seen| {
        cases::open(tx, &app.metrics, &NewCase::once(kind, subject, seen), now)?;
        Ok::<_, Error>("case")
    };
    let outcome = match event {
        Ok(NotifyEvent::Payment(transaction)) => settle(tx, app, transaction, refund_no, now)?.as_str(),
        Ok(NotifyEvent::Refund(notice)) if notice.mchid != app.pay.mchid() => {
            case(tx, CaseKind::RefundMismatch, &notice.refund.out_refund_no, json!({ "mchid": notice.mchid }))?
        }
        Ok(NotifyEvent::Refund(notice)) => match refund::apply(tx, app, &notice.refund, now)? {
            RefundOutcome::Moved => "refund",
            RefundOutcome::Unchanged => "already",
            RefundOutcome::Case => "case",
        },
        Ok(NotifyEvent::Other { .. }) => "ignored",
        // Validly signed but not what the page describes: kept for a person, the order unmoved.
        Err(malformed) => {
            let seen = json!({ "event_type": notify.event_type, "fault": malformed });
            case(tx, CaseKind::NotifyMalformed, &notify.id, seen)?
        }
    };
    payments::set_notify_outcome(tx, &kept.notify_id, outcome)?;
    crate::base::failpoint::reach!("notify.in_transaction");
    Ok(outcome)
}
