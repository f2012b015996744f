//! Platform certificates: download, decryption, and when to do it (page "download the platform certificate").

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::crypto::{OpenFault, VerifyingKey, first_pem_block};
use crate::outcome::{CallError, Outcome, RefusalCode, UnknownCause};
use crate::pay::PayClient;
use crate::pay::exchange::{ErrorBody, PayCall, judged};
use crate::pay::keys::PlatformCertificate;
use crate::pay::notify::ALGORITHM_AES_256_GCM;
use crate::transport::InboundAnswer;

const PATH: &str = "/v3/certificates";

/// Refreshes that nobody asked for by name (an unknown serial, a list that is due) are at least this far apart, so
/// that forged serials can't make us call WeChat at will.
const UNASKED_GAP: TimeDelta = TimeDelta::seconds(60);

/// The same while there is no key at all, and so nothing to lose: the caller of the first download may have gone away.
const KEYLESS_GAP: TimeDelta = TimeDelta::seconds(5);

/// Most certificates that are read from one list; WeChat lists one, or two during a rotation.
const LIST_LIMIT: usize = 16;

/// What a refresh found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateRefresh {
    /// These serials are trusted now.
    Updated(Vec<String>),
    /// The merchant has no platform certificate: it was created in public-key mode. Not an outage.
    PublicKeyOnly,
}

/// Guards the refresh; held while one runs.
#[derive(Debug, Default)]
pub(super) struct RefreshState {
    last_attempt: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct CertificateList {
    data: Vec<ListedCertificate>,
}

#[derive(Deserialize)]
struct ListedCertificate {
    serial_no: String,
    encrypt_certificate: SealedCertificate,
}

#[derive(Deserialize)]
struct SealedCertificate {
    algorithm: String,
    nonce: String,
    #[serde(default)]
    associated_data: Option<String>,
    ciphertext: String,
}

impl PayClient {
    /// Downloads the platform certificates now. One at a time: a second caller waits, then downloads again.
    /// To be run by a job at least every 12 hours; calls also refresh by themselves after 6 hours.
    pub async fn refresh_certificates(&self) -> Outcome<CertificateRefresh> {
        let mut gate = self.refresh_gate.lock().await;
        gate.last_attempt = Some(self.clock.now());
        self.download_certificates().await
    }

    /// Before a call: fetches the first list, or a newer one after 6 hours. A failure leaves the keys as they are.
    pub(super) async fn refresh_if_due(&self) {
        if !self.keys.is_refresh_due(self.clock.now()) {
            return;
        }
        if self.keys.is_empty() {
            self.refresh_unasked().await;
        } else if let Ok(mut gate) = self.refresh_gate.try_lock() {
            // Keys are at hand: others must not wait for this one.
            self.refresh_behind(&mut gate).await;
        }
    }

    /// After an unknown serial. True if the serial is known now.
    pub(super) async fn learn_serial(&self, serial: &str) -> bool {
        // A public key is never downloaded; no refresh will bring it.
        if serial.is_empty() || !serial.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return false;
        }
        self.refresh_unasked().await;
        self.keys.find(serial, self.clock.now()).is_some()
    }

    /// Waits for a refresh that is under way; that one then stands for this one too.
    async fn refresh_unasked(&self) {
        let mut gate = self.refresh_gate.lock().await;
        self.refresh_behind(&mut gate).await;
    }

    async fn refresh_behind(&self, state: &mut RefreshState) {
        let now = self.clock.now();
        let gap = if self.keys.is_empty() { KEYLESS_GAP } else { UNASKED_GAP };
        let too_soon = state.last_attempt.is_some_and(|at| now - at < gap && now >= at);
        if too_soon {
            return;
        }
        state.last_attempt = Some(now);
        let result = self.download_certificates().await;
        // Counted from its end too: whoever waited for a failure must not go and wait for one of its own.
        state.last_attempt = Some(self.clock.now());
        match result {
            Ok(found) => log::info!("wechat pay certificates: {found:?}"),
            Err(fault) => log::warn!("wechat pay certificates not refreshed: {fault}"),
        }
    }

    async fn download_certificates(&self) -> Outcome<CertificateRefresh> {
        let answer = self.send_signed(PayCall::get(PATH)).await?;
        if self.is_public_key_only(&answer) {
            self.keys.mark_checked(self.clock.now());
            return Ok(CertificateRefresh::PublicKeyOnly);
        }
        if answer.status != 200 {
            let proof = self.prove(&answer);
            return judged(answer, proof).and(Err(unreadable("not a list of certificates")));
        }
        // The list is signed by a certificate that may be in it. What opens with the APIv3 key comes from WeChat, so
        // its keys may prove the list; what the list then says is trusted only if they do.
        let candidates = self.opened_list(&answer.body)?;
        let ring = self.keys.with_candidates(&candidates);
        let proof = self.prove_with(&answer, &ring);
        judged(answer, proof)?;
        self.keys.install(candidates, self.clock.now());
        Ok(CertificateRefresh::Updated(self.keys.serials()))
    }

    /// 404 `RESOURCE_NOT_EXISTS` is what a merchant in public-key mode gets. It takes nothing away from us, so with a
    /// public key at hand it need not be proven.
    fn is_public_key_only(&self, answer: &InboundAnswer) -> bool {
        answer.status == 404
            && self.keys.has_public_key()
            && ErrorBody::read(&answer.body).refusal_code() == RefusalCode::ResourceNotExists
    }

    fn opened_list(&self, body: &[u8]) -> Outcome<Vec<PlatformCertificate>> {
        let list: CertificateList =
            serde_json::from_slice(body).map_err(|_| unreadable("not a list of certificates"))?;
        if list.data.len() > LIST_LIMIT {
            return Err(unreadable("too many certificates"));
        }
        let mut opened = Vec::new();
        for listed in &list.data {
            match self.opened(listed) {
                Ok(certificate) => opened.push(certificate),
                // One that can't be read (of another algorithm, say) must not cost us the others.
                Err(fault) => log::warn!("wechat pay certificate left out: {fault}"),
            }
        }
        if opened.is_empty() {
            return Err(unreadable("no certificate opens with the APIv3 key; is it the right one?"));
        }
        Ok(opened)
    }

    fn opened(&self, listed: &ListedCertificate) -> Result<PlatformCertificate, String> {
        let sealed = &listed.encrypt_certificate;
        if sealed.algorithm != ALGORITHM_AES_256_GCM {
            return Err(OpenFault::Algorithm.to_string());
        }
        let pem = self
            .merchant
            .api_v3_key
            .open(&sealed.nonce, sealed.associated_data.as_deref().unwrap_or_default(), &sealed.ciphertext)
            .map_err(|fault| fault.to_string())?;
        let pem = String::from_utf8(pem).map_err(|_| "is not text".to_owned())?;
        read_certificate(&listed.serial_no, &pem)
    }
}

fn unreadable(text: &str) -> CallError {
    CallError::unknown(UnknownCause::Unreadable(text.to_owned()))
}

fn read_certificate(serial: &str, pem: &str) -> Result<PlatformCertificate, String> {
    let block = first_pem_block(pem)?;
    let (_, certificate) =
        x509_parser::parse_x509_certificate(&block.contents).map_err(|_| "is not an X.509 certificate".to_owned())?;
    let own_serial = hex::encode_upper(certificate.raw_serial());
    if !same_serial(&own_serial, serial) {
        return Err("has another serial than listed".to_owned());
    }
    let key = VerifyingKey::from_spki(certificate.public_key().raw)
        .ok_or_else(|| "has no RSA key of 2048 bits or more".to_owned())?;
    let validity = certificate.validity();
    Ok(PlatformCertificate {
        serial: serial.to_owned(),
        key: Arc::new(key),
        valid_from: instant(validity.not_before.timestamp())?,
        valid_until: instant(validity.not_after.timestamp())?,
    })
}

/// A DER integer may begin with a zero byte that a listing does not show.
fn same_serial(one: &str, other: &str) -> bool {
    let other = other.trim_start_matches('0');
    one.trim_start_matches('0').eq_ignore_ascii_case(other)
}

fn instant(seconds: i64) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| "has an impossible date".to_owned())
}
