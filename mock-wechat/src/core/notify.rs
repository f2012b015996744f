//! Notifies: what they say, how they are wrapped and when they are tried (contract B.9, B.10).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::context::{Context, beijing, rfc3339};
use super::records::{Hold, Notice, PaidOrder, Payment, Refund, RefundStatus};
use super::{message, query};
use crate::crypto::seal;
use crate::keys::Signer;
use crate::seal::Seal;
use crate::{Account, Error};

/// Seconds from a failed attempt to the next: 15 retries, 24 h 4 min in all (contract B.9).
pub(crate) const RETRY_GAPS_S: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// What a notify is about.
pub(crate) struct Event {
    /// Such as `TRANSACTION.SUCCESS`.
    pub(crate) kind: String,
    pub(crate) original_type: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) subject: String,
}

impl Event {
    pub(crate) fn payment(out_trade_no: &str) -> Self {
        Self {
            kind: "TRANSACTION.SUCCESS".to_owned(),
            original_type: "transaction",
            summary: "支付成功",
            subject: out_trade_no.to_owned(),
        }
    }

    pub(crate) fn refund(refund: &Refund) -> Self {
        let summary = match refund.status {
            RefundStatus::Processing | RefundStatus::Success => "退款成功",
            RefundStatus::Abnormal => "退款异常",
            RefundStatus::Closed => "退款关闭",
        };
        Self {
            kind: format!("REFUND.{}", refund.status.name()),
            original_type: "refund",
            summary,
            subject: refund.out_refund_no.clone(),
        }
    }
}

/// The decrypted content of a payment notify: the transaction object of a query.
pub(crate) fn payment_plaintext(account: &Account, payment: &Payment, paid: &PaidOrder) -> Value {
    query::transaction_when_paid(account, payment, paid)
}

/// The envelope with the encrypted plaintext. Made once: every attempt sends the same bytes.
pub(crate) fn envelope(context: &mut Context<'_>, event: &Event, plain: &str) -> Result<Value, Error> {
    let nonce = context.random.alphanumeric(12);
    let key = &context.keys.account.api_v3_key;
    let ciphertext = seal(key, &nonce, event.original_type, plain.as_bytes())?;
    Ok(json!({
        "id": context.random.uuid(),
        "create_time": rfc3339(context.now),
        "resource_type": "encrypt-resource",
        "event_type": event.kind,
        "summary": event.summary,
        "resource": {
            "original_type": event.original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ciphertext,
            "associated_data": event.original_type,
            "nonce": nonce,
        },
    }))
}

/// WeChat decides which key signs a notify (contract B.4).
pub(crate) fn choose_signer(context: &mut Context<'_>) -> Signer {
    let settings = &context.state.settings;
    let by_public_key = context.random.chance(settings.notify_public_key_percent);
    if by_public_key || !settings.certificate_mode { Signer::PublicKey } else { Signer::Certificate }
}

/// Puts a regular notify into the queue.
pub(crate) fn queue(
    context: &mut Context<'_>,
    event: Event,
    url: String,
    plain: &Value,
    due: DateTime<Utc>,
) -> Result<(), Error> {
    let envelope = envelope(context, &event, &plain.to_string())?;
    let notice = Notice {
        id: envelope["id"].as_str().unwrap_or_default().to_owned(),
        url,
        body: envelope.to_string(),
        event_type: event.kind,
        subject: event.subject,
        seal: Seal::by(choose_signer(context)),
        retried: true,
        attempts: 0,
        last_status: None,
        delivered: false,
        due: Some(due),
        hold: Hold::Never,
        message: None,
    };
    context.save(notice);
    Ok(())
}

/// Marks an order as paid and queues its notify.
pub(crate) fn pay(context: &mut Context<'_>, payment: &Payment) -> Result<PaidOrder, Error> {
    let paid = PaidOrder {
        transaction_id: format!("42000{}{}", beijing(context.now).format("%Y%m%d"), context.random.digits(15)),
        at: context.now,
    };
    let plain = payment_plaintext(&context.keys.account, payment, &paid);
    let event = Event::payment(&payment.out_trade_no);
    queue(context, event, payment.notify_url.clone(), &plain, context.now)?;
    context.save(Payment { paid: Some(paid.clone()), closed_at: None, ..payment.clone() });
    Ok(paid)
}

/// The notify after an attempt at `now` that was answered with `status`, if it was answered.
pub(crate) fn after_attempt(notice: Notice, status: Option<u16>, now: DateTime<Utc>) -> Notice {
    let delivered = matches!(status, Some(200 | 204));
    let gap = usize::try_from(notice.attempts).ok().and_then(|attempt| RETRY_GAPS_S.get(attempt));
    let next = match &notice.message {
        Some(_) => (notice.attempts + 1 < message::ATTEMPTS).then(|| now + message::GAP),
        None => gap.map(|seconds| now + TimeDelta::seconds(*seconds)),
    };
    Notice {
        attempts: notice.attempts + 1,
        last_status: status,
        delivered: notice.delivered || delivered,
        due: next.filter(|_| !delivered && notice.retried),
        hold: if notice.hold == Hold::ForOther { Hold::Over } else { notice.hold },
        ..notice
    }
}
