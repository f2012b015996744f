//! The account's keys, parsed once, and platform keys that came later.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::account::{new_certificate, new_rsa_key};
use crate::crypto::{PublicKey, SigningKey};
use crate::{Account, Error};

/// Which of WeChat's keys signs (contract B.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signer {
    PublicKey,
    /// The platform certificate of the moment.
    Certificate,
}

/// Keys in the form in which they work.
pub(crate) struct Keys {
    pub(crate) account: Account,
    pub(crate) merchant: PublicKey,
    public: SigningKey,
    /// Oldest first; never empty.
    platforms: RwLock<Vec<Listed>>,
}

/// A platform certificate that follows the account's own (contract B.3), as it is stored.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PlatformKey {
    pub(crate) serial: String,
    pub(crate) certificate_pem: String,
    private_key_pem: String,
    /// In the list of certificates from now on.
    pub(crate) listed_at: DateTime<Utc>,
    /// Signs from now on.
    pub(crate) signs_from: DateTime<Utc>,
    /// The one before stays in the list until now.
    pub(crate) retires_other_at: DateTime<Utc>,
}

impl PlatformKey {
    /// Takes some tenths of a second.
    pub(crate) fn generate(
        now: DateTime<Utc>,
        signs_from: DateTime<Utc>,
        retires_other_at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let key = new_rsa_key()?;
        let certificate_pem = new_certificate(&key, &mut fastrand::Rng::new(), now)?;
        Ok(Self {
            serial: Certificate::read(&certificate_pem)?.serial,
            certificate_pem,
            private_key_pem: key.serialize_pem(),
            listed_at: now,
            signs_from,
            retires_other_at,
        })
    }
}

/// A platform certificate, and when the next one takes its place for good.
struct Listed {
    platform: Arc<Platform>,
    retired_at: DateTime<Utc>,
}

/// A platform certificate with its key.
pub(crate) struct Platform {
    pub(crate) certificate: Certificate,
    pub(crate) certificate_pem: String,
    key: SigningKey,
    listed_at: DateTime<Utc>,
    signs_from: DateTime<Utc>,
}

/// What /v3/certificates tells about a platform certificate.
pub(crate) struct Certificate {
    /// 40 upper-case hex digits.
    pub(crate) serial: String,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) not_after: DateTime<Utc>,
}

impl Listed {
    fn last(platform: Platform) -> Self {
        Self { platform: Arc::new(platform), retired_at: DateTime::<Utc>::MAX_UTC }
    }
}

impl Keys {
    pub(crate) fn of(account: Account) -> Result<Self, Error> {
        if account.api_v3_key.len() != 32 || !account.api_v3_key.is_ascii() {
            return Err(Error::Account("the APIv3 key has not 32 ASCII characters".to_owned()));
        }
        let own = Platform {
            certificate: Certificate::read(&account.platform_certificate_pem)?,
            certificate_pem: account.platform_certificate_pem.clone(),
            key: SigningKey::from_pem(&account.platform_private_key_pem)?,
            listed_at: DateTime::<Utc>::MIN_UTC,
            signs_from: DateTime::<Utc>::MIN_UTC,
        };
        Ok(Self {
            merchant: SigningKey::from_pem(&account.merchant_private_key_pem)?.public_key()?,
            public: SigningKey::from_pem(&account.public_key_private_pem)?,
            platforms: RwLock::new(vec![Listed::last(own)]),
            account,
        })
    }

    /// Adds platform keys, oldest first, behind the account's own. Those that are known stay as they are.
    pub(crate) fn learn(&self, keys: impl Iterator<Item = PlatformKey>) -> Result<(), Error> {
        let mut platforms = self.platforms.write().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if platforms.iter().any(|known| known.platform.certificate.serial == key.serial) {
                continue;
            }
            if let Some(last) = platforms.last_mut() {
                last.retired_at = key.retires_other_at;
            }
            platforms.push(Listed::last(Platform {
                certificate: Certificate::read(&key.certificate_pem)?,
                key: SigningKey::from_pem(&key.private_key_pem)?,
                certificate_pem: key.certificate_pem,
                listed_at: key.listed_at,
                signs_from: key.signs_from,
            }));
        }
        Ok(())
    }

    /// The certificates that are given out now, oldest first.
    pub(crate) fn listed(&self, now: DateTime<Utc>) -> Vec<Arc<Platform>> {
        let platforms = self.platforms.read().unwrap_or_else(PoisonError::into_inner);
        let current = platforms.iter().filter(|one| one.platform.listed_at <= now && now < one.retired_at);
        current.map(|one| Arc::clone(&one.platform)).collect()
    }

    /// The platform key that signs now.
    fn platform(&self, now: DateTime<Utc>) -> Option<Arc<Platform>> {
        let platforms = self.platforms.read().unwrap_or_else(PoisonError::into_inner);
        let signing = platforms.iter().rev().find(|one| one.platform.signs_from <= now)?;
        Some(Arc::clone(&signing.platform))
    }

    /// Signs with the key of the moment; gives the serial and the signature.
    pub(crate) fn sign(&self, signer: Signer, now: DateTime<Utc>, message: &[u8]) -> Result<(String, String), Error> {
        match signer {
            Signer::PublicKey => Ok((self.account.public_key_id.clone(), self.public.sign(message)?)),
            Signer::Certificate => {
                let platform = self.platform(now).ok_or(Error::Crypto("no platform key signs yet"))?;
                Ok((platform.certificate.serial.clone(), platform.key.sign(message)?))
            }
        }
    }

    /// What the merchant sealed for the key of this serial with OAEP.
    pub(crate) fn open_oaep(&self, serial: &str, sealed: &str, now: DateTime<Utc>) -> Option<String> {
        self.opened(serial, now, |key| key.open_oaep(sealed))
    }

    /// The same with PKCS#1 v1.5.
    pub(crate) fn open_pkcs1(&self, serial: &str, sealed: &str, now: DateTime<Utc>) -> Option<String> {
        self.opened(serial, now, |key| key.open_pkcs1(sealed))
    }

    fn opened(&self, serial: &str, now: DateTime<Utc>, open: impl Fn(&SigningKey) -> Option<String>) -> Option<String> {
        if serial == self.account.public_key_id {
            return open(&self.public);
        }
        self.listed(now).iter().find(|one| one.certificate.serial == serial).and_then(|one| open(&one.key))
    }

    /// Seals a sensitive field for the merchant, with the key of the merchant's certificate (contract B.14).
    pub(crate) fn seal_for_merchant(&self, plain: &str) -> Result<String, Error> {
        self.merchant.seal_oaep(plain)
    }
}

impl Certificate {
    fn read(pem: &str) -> Result<Self, Error> {
        let unreadable = || Error::Account("the platform certificate can't be read".to_owned());
        let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).map_err(|_| unreadable())?;
        let certificate = block.parse_x509().map_err(|_| unreadable())?;
        let validity = certificate.validity();
        let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or_else(unreadable);
        Ok(Self {
            serial: certificate.raw_serial_as_string().replace(':', "").to_uppercase(),
            not_before: time(validity.not_before.timestamp())?,
            not_after: time(validity.not_after.timestamp())?,
        })
    }
}
