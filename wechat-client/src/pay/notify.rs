//! Notifies of payments and refunds (pages "payment notify", "refund result notify"): verified, then decrypted.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use crate::crypto::{ApiV3Key, OpenFault};
use crate::outcome::VerifyFault;
use crate::pay::PayClient;
use crate::pay::fields::{MalformedData, read_json};
use crate::pay::query::Transaction;
use crate::pay::refund::RefundNotice;
use crate::pay::verify::SignatureHeaders;

/// The one algorithm of sealed resources.
pub(super) const ALGORITHM_AES_256_GCM: &str = "AEAD_AES_256_GCM";

/// Longest notify that is looked at, in bytes. Real ones have 1 to 3 kilobytes.
const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// Why a notify has no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyRefused {
    /// Not proven to come from WeChat Pay. Answer 401: WeChat repeats a real one.
    #[error("not proven: {0}")]
    Unverified(#[from] VerifyFault),
    /// Longer than any real one.
    #[error("too long")]
    TooLong,
    /// Proven, but its resource does not open.
    #[error("resource can't be opened: {0}")]
    Sealed(#[from] OpenFault),
    /// Proven, but not of the documented shape.
    #[error(transparent)]
    Malformed(#[from] MalformedData),
}

/// The envelope of a notify that WeChat Pay signed.
#[derive(Clone)]
pub struct VerifiedNotify {
    /// WeChat's id of the notify; the same when it is repeated. A secondary key: act once by `transaction_id`.
    pub id: String,
    /// When WeChat made it, as sent (RFC 3339).
    pub create_time: String,
    /// For example `TRANSACTION.SUCCESS`. All kinds can arrive at one address.
    pub event_type: String,
    /// `encrypt-resource`.
    pub resource_type: Option<String>,
    /// WeChat's words for it.
    pub summary: Option<String>,
    /// `transaction`, `refund`, ...
    pub original_type: Option<String>,
    resource: SealedResource,
    key: Arc<ApiV3Key>,
}

/// What a notify says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyEvent {
    /// `TRANSACTION.SUCCESS`. Still to be compared with the order: appid, mchid, amount, currency, state, payer.
    Payment(Box<Transaction>),
    /// `REFUND.SUCCESS`, `REFUND.ABNORMAL` or `REFUND.CLOSED`.
    Refund(Box<RefundNotice>),
    /// Any other kind: log it and answer 2xx, or WeChat repeats it for a day.
    Other {
        /// The kind.
        event_type: String,
    },
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    create_time: String,
    event_type: String,
    #[serde(default)]
    resource_type: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    resource: SealedResource,
}

#[derive(Clone, Deserialize)]
struct SealedResource {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    #[serde(default)]
    associated_data: Option<String>,
    #[serde(default)]
    original_type: Option<String>,
}

impl PayClient {
    /// Verifies a notify on its raw bytes, with the keys at hand. See [`receive_notify`](Self::receive_notify).
    pub fn verify_notify(&self, headers: &SignatureHeaders, body: &[u8]) -> Result<VerifiedNotify, NotifyRefused> {
        if body.len() > BODY_LIMIT_BYTES {
            return Err(NotifyRefused::TooLong);
        }
        headers.verify(body, &self.keys, self.clock.now())?;
        let envelope: Envelope = read_json("notify", body)?;
        Ok(VerifiedNotify {
            id: envelope.id,
            create_time: envelope.create_time,
            event_type: envelope.event_type,
            resource_type: envelope.resource_type,
            summary: envelope.summary,
            original_type: envelope.resource.original_type.clone(),
            resource: envelope.resource,
            key: Arc::clone(&self.merchant.api_v3_key),
        })
    }

    /// As [`verify_notify`](Self::verify_notify); a certificate serial that is not known first causes one refresh of
    /// the certificates (at most one a minute, one at a time). WeChat repeats a notify that is refused meanwhile.
    ///
    /// ```
    /// use actix_web::web::{self, Bytes, Data};
    /// use actix_web::{HttpRequest, HttpResponse};
    /// use wechat_client::{NotifyEvent, PayClient, SignatureHeaders};
    ///
    /// async fn notified(request: HttpRequest, body: Bytes, pay: Data<PayClient>) -> HttpResponse {
    ///     let headers = request.headers();
    ///     let values = |name| headers.get_all(name).map(|value| value.to_str().unwrap_or("")).collect();
    ///     let proven = pay.receive_notify(&SignatureHeaders::read(values), &body).await;
    ///     match proven.and_then(|notify| notify.decrypt()) {
    ///         // Compare it with the order, and store it, before this answer.
    ///         Ok(NotifyEvent::Payment(paid)) if paid.trade_state.is_paid() => HttpResponse::NoContent().finish(),
    ///         // What is not of interest is taken too: WeChat would repeat it for a day.
    ///         Ok(_) => HttpResponse::Ok().finish(),
    ///         Err(_) => HttpResponse::Unauthorized().finish(),
    ///     }
    /// }
    ///
    /// # mod stand_in { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doctests/stand_in.rs")); }
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let wechat = stand_in::StandIn::start()?;
    /// # let pay = Data::new(wechat.pay_client()?);
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let url = format!("http://{}/notify", listener.local_addr()?);
    /// # let data = pay.clone();
    /// # let app = move || actix_web::App::new().app_data(data.clone()).route("/notify", web::post().to(notified));
    /// # actix_web::rt::spawn(actix_web::HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run());
    /// # wechat.paid_order(&pay, &url).await?;
    /// # let forged = serde_json::json!({ "event": "payment_notify", "out_trade_no": "ORDER-0001", "tamper": "bad" });
    /// # wechat.mock.push(forged)?;
    /// # wechat.mock.deliver_due().await;
    /// // The stand-in sends the notify of a payment, and the same once more with a wrong signature.
    /// let answers: Vec<_> = wechat.mock.ledger().notifies.iter().map(|notify| notify.last_status).collect();
    /// assert_eq!(answers, [Some(204), Some(401)]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn receive_notify(
        &self,
        headers: &SignatureHeaders,
        body: &[u8],
    ) -> Result<VerifiedNotify, NotifyRefused> {
        match self.verify_notify(headers, body) {
            Err(NotifyRefused::Unverified(VerifyFault::UnknownSerial(serial))) if self.learn_serial(&serial).await => {
                self.verify_notify(headers, body)
            }
            result => result,
        }
    }
}

impl VerifiedNotify {
    /// The decrypted resource, as WeChat wrote it: what is to be kept.
    pub fn plaintext(&self) -> Result<Vec<u8>, NotifyRefused> {
        if self.resource.algorithm != ALGORITHM_AES_256_GCM {
            return Err(OpenFault::Algorithm.into());
        }
        let associated_data = self.resource.associated_data.as_deref().unwrap_or_default();
        let opened = self.key.open(&self.resource.nonce, associated_data, &self.resource.ciphertext)?;
        Ok(opened)
    }

    /// Decrypts and reads what is known; kinds that are not known stay closed.
    pub fn decrypt(&self) -> Result<NotifyEvent, NotifyRefused> {
        match self.event_type.as_str() {
            "TRANSACTION.SUCCESS" => {
                let transaction = Transaction::parse_notice(&self.plaintext()?)?;
                Ok(NotifyEvent::Payment(Box::new(transaction)))
            }
            "REFUND.SUCCESS" | "REFUND.ABNORMAL" | "REFUND.CLOSED" => {
                let notice = RefundNotice::parse(&self.plaintext()?)?;
                Ok(NotifyEvent::Refund(Box::new(notice)))
            }
            other => Ok(NotifyEvent::Other { event_type: other.to_owned() }),
        }
    }
}

impl fmt::Debug for VerifiedNotify {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("VerifiedNotify")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .field("create_time", &self.create_time)
            .finish_non_exhaustive()
    }
}
