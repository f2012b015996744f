//! WeChat's notifies of payments and refunds: verify on the raw bytes, keep them, act once, all in one transaction, answer.

use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::settle::settle;
use crate::app::App;
use crate::cases::{self, NewCase};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::new_out_refund_no;
use crate::payments::store::{self, NewNotify};
use crate::refunds;
use crate::wechat::{NotifyEvent, NotifyRefused, SignatureHeaders, VerifiedNotify};

/// How a notify is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyAnswer {
    /// Kept: WeChat need not send it again.
    Kept,
    /// Not WeChat's, or not readable: refused without effect.
    Refused,
}

/// Takes a notify. `Err` means that it was not kept: WeChat sends it again.
pub async fn receive(
    app: &Arc<App>,
    headers: &SignatureHeaders,
    serial: String,
    body: Vec<u8>,
) -> Result<NotifyAnswer> {
    let notify = match app.pay.receive_notify(headers, &body).await {
        Ok(notify) => notify,
        // WeChat's own signature over something that is no notify: kept for a person under the hash of its bytes.
        Err(NotifyRefused::Malformed(fault)) => return keep_malformed(app, serial, body, fault.to_string()).await,
        Err(refused) => {
            log::warn!(target: "security", "notify refused: {refused}");
            app.metrics.notify("refused");
            return Ok(NotifyAnswer::Refused);
        }
    };
    let event = match notify.decrypt() {
        // Signed, but sealed with another key or bent on the way: not kept, so that WeChat sends it again.
        Err(refused @ (NotifyRefused::Sealed(_) | NotifyRefused::Unverified(_) | NotifyRefused::TooLong)) => {
            log::error!(target: "security", "notify {} can't be opened: {refused}", notify.id);
            app.metrics.notify("refused");
            return Ok(NotifyAnswer::Refused);
        }
        opened => opened.map_err(|malformed| malformed.to_string()),
    };
    crate::failpoint::reach!("notify.after_verify");
    let refund_no = match &event {
        Ok(NotifyEvent::Payment(said)) => new_out_refund_no(&said.out_trade_no)?,
        _ => String::new(),
    };
    let now = app.clock.timestamp();
    let kept = NewNotify { notify_id: notify.id.clone(), event_type: notify.event_type.clone(), serial, body };
    let context = Arc::clone(app);
    let outcome =
        app.db.vital().write(move |tx| keep_and_act(tx, &context, &kept, &notify, &event, &refund_no, now)).await?;
    crate::failpoint::reach!("notify.after_commit");
    app.metrics.notify(outcome);
    Ok(NotifyAnswer::Kept)
}

async fn keep_malformed(app: &Arc<App>, serial: String, body: Vec<u8>, fault: String) -> Result<NotifyAnswer> {
    let now = app.clock.timestamp();
    let notify_id = format!("sha256:{}", hex::encode(Sha256::digest(&body)));
    let kept = NewNotify { notify_id, event_type: "malformed".to_owned(), serial, body };
    app.db
        .vital()
        .write(move |tx| {
            if store::insert_notify(tx, &kept, now)? {
                cases::open(tx, &NewCase::once("notify_malformed", &kept.notify_id, json!({ "fault": fault })), now)?;
                store::set_notify_outcome(tx, &kept.notify_id, "case")?;
            }
            Ok(())
        })
        .await?;
    app.metrics.notify("case");
    Ok(NotifyAnswer::Kept)
}

type Event = std::result::Result<NotifyEvent, String>;

fn keep_and_act(
    tx: &mut Tx,
    app: &App,
    kept: &NewNotify,
    notify: &VerifiedNotify,
    event: &Event,
    refund_no: &str,
    now: Timestamp,
) -> Result<&'static str> {
    if !store::insert_notify(tx, kept, now)? {
        return Ok("duplicate");
    }
    crate::failpoint::reach!("notify.after_keep");
    let outcome = match event {
        Ok(NotifyEvent::Payment(said)) => settle(tx, app, said, refund_no, now)?.as_str(),
        Ok(NotifyEvent::Refund(said)) if said.mchid != app.pay.mchid() => {
            let seen = json!({ "mchid": said.mchid });
            cases::open(tx, &NewCase::once("refund_mismatch", &said.refund.out_refund_no, seen), now)?;
            "case"
        }
        Ok(NotifyEvent::Refund(said)) => match refunds::service::apply(tx, &said.refund, now)? {
            refunds::service::Applied::Moved => "refund",
            refunds::service::Applied::Unchanged => "already",
            refunds::service::Applied::Case => "case",
        },
        Ok(NotifyEvent::Other { .. }) => "ignored",
        // Validly signed but not what the page describes: kept for a person, the order unmoved.
        Err(malformed) => {
            let seen = json!({ "event_type": notify.event_type, "fault": malformed });
            cases::open(tx, &NewCase::once("notify_malformed", &notify.id, seen), now)?;
            "case"
        }
    };
    store::set_notify_outcome(tx, &kept.notify_id, outcome)?;
    crate::failpoint::reach!("notify.in_transaction");
    Ok(outcome)
}
