//! WeChat Pay's keys: its public key and its platform certificates, side by side, chosen by the text of
//! `Wechatpay-Serial` (page "switch from platform certificate to public key").

use std::sync::Arc;

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};

use crate::crypto::VerifyingKey;

/// The rule is "below 12 hours"; half of it leaves room for a failed attempt.
const REFRESH_AFTER: TimeDelta = TimeDelta::hours(6);

/// A platform certificate, decrypted and read.
#[derive(Debug, Clone)]
pub(super) struct PlatformCertificate {
    /// As WeChat lists it: upper-case hexadecimal.
    pub(super) serial: String,
    /// Its key.
    pub(super) key: Arc<VerifyingKey>,
    /// From when it is valid; WeChat lists it a day before it uses it.
    pub(super) valid_from: DateTime<Utc>,
    /// Until when it is valid.
    pub(super) valid_until: DateTime<Utc>,
}

/// The certificates at hand, as one value.
#[derive(Debug, Default)]
struct Certificates {
    listed: Vec<PlatformCertificate>,
    checked_at: Option<DateTime<Utc>>,
}

/// All keys that WeChat Pay may sign with.
#[derive(Debug)]
pub(super) struct KeyRing {
    public: Option<(String, Arc<VerifyingKey>)>,
    certificates: ArcSwap<Certificates>,
}

impl KeyRing {
    pub(super) fn new(public: Option<(String, Arc<VerifyingKey>)>) -> Self {
        Self { public, certificates: ArcSwap::default() }
    }

    /// The key that a serial names, unless its certificate has expired.
    pub(super) fn find(&self, serial: &str, now: DateTime<Utc>) -> Option<Arc<VerifyingKey>> {
        if let Some((id, key)) = &self.public
            && id == serial
        {
            return Some(Arc::clone(key));
        }
        self.certificates
            .load()
            .listed
            .iter()
            .find(|known| known.serial == serial && now <= known.valid_until)
            .map(|known| Arc::clone(&known.key))
    }

    /// What our requests name in `Wechatpay-Serial`: it selects the key that signs the answer.
    pub(super) fn preferred_serial(&self, now: DateTime<Utc>) -> Option<String> {
        if let Some((id, _)) = &self.public {
            return Some(id.clone());
        }
        let certificates = self.certificates.load();
        certificates
            .listed
            .iter()
            .filter(|known| known.valid_from <= now && now <= known.valid_until)
            .max_by_key(|known| known.valid_from)
            .map(|known| known.serial.clone())
    }

    /// The key to encrypt for WeChat with, and the name that `Wechatpay-Serial` must then carry: the public key, else the
    /// newest certificate that is in effect.
    pub(super) fn encrypting_key(&self, now: DateTime<Utc>) -> Option<(String, Arc<VerifyingKey>)> {
        let serial = self.preferred_serial(now)?;
        let key = self.find(&serial, now)?;
        Some((serial, key))
    }

    pub(super) fn has_public_key(&self) -> bool {
        self.public.is_some()
    }

    /// True when certificates are in use, or nothing else is, and the list is too old or was never fetched.
    pub(super) fn is_refresh_due(&self, now: DateTime<Utc>) -> bool {
        let certificates = self.certificates.load();
        if self.has_public_key() && certificates.listed.is_empty() {
            return false;
        }
        certificates.checked_at.is_none_or(|at| now - at >= REFRESH_AFTER || now < at)
    }

    /// True when there is no certificate and no public key: nothing can be verified.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_public_key() && self.certificates.load().listed.is_empty()
    }

    /// Replaces the certificates by a list that WeChat signed; what it no longer lists is no longer trusted.
    pub(super) fn install(&self, listed: Vec<PlatformCertificate>, now: DateTime<Utc>) {
        self.certificates.store(Arc::new(Certificates { listed, checked_at: Some(now) }));
    }

    /// Nothing new is listed: the certificates stay as they are, and are not asked for again soon.
    pub(super) fn mark_checked(&self, now: DateTime<Utc>) {
        let listed = self.certificates.load().listed.clone();
        self.install(listed, now);
    }

    /// A ring that also knows `candidates`, to verify the very answer that brought them.
    pub(super) fn with_candidates(&self, candidates: &[PlatformCertificate]) -> Self {
        let mut listed = candidates.to_vec();
        listed.extend(self.certificates.load().listed.iter().cloned());
        Self {
            public: self.public.clone(),
            certificates: ArcSwap::from_pointee(Certificates { listed, checked_at: None }),
        }
    }

    /// Serials of the certificates at hand, for a log line and for health.
    pub(super) fn serials(&self) -> Vec<String> {
        let certificates = self.certificates.load();
        certificates.listed.iter().map(|known| known.serial.clone()).collect()
    }
}
