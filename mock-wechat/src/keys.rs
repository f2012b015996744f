//! The account's keys, parsed once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::crypto::{PublicKey, SigningKey};
use crate::{Account, Error};

/// Which of WeChat's keys signs (contract B.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signer {
    PublicKey,
    Certificate,
}

/// Everything that never changes while the stand-in runs.
pub(crate) struct Keys {
    pub(crate) account: Account,
    pub(crate) merchant: PublicKey,
    public: SigningKey,
    platform: SigningKey,
    pub(crate) certificate: Certificate,
}

/// What /v3/certificates tells about the platform certificate.
pub(crate) struct Certificate {
    /// 40 upper-case hex digits.
    pub(crate) serial: String,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) not_after: DateTime<Utc>,
}

impl Keys {
    pub(crate) fn of(account: Account) -> Result<Self, Error> {
        if account.api_v3_key.len() != 32 || !account.api_v3_key.is_ascii() {
            return Err(Error::Account("the APIv3 key has not 32 ASCII characters".to_owned()));
        }
        Ok(Self {
            merchant: SigningKey::from_pem(&account.merchant_private_key_pem)?.public_key()?,
            public: SigningKey::from_pem(&account.public_key_private_pem)?,
            platform: SigningKey::from_pem(&account.platform_private_key_pem)?,
            certificate: Certificate::read(&account.platform_certificate_pem)?,
            account,
        })
    }

    /// What `Wechatpay-Serial` says for this signer.
    pub(crate) fn serial(&self, signer: Signer) -> &str {
        match signer {
            Signer::PublicKey => &self.account.public_key_id,
            Signer::Certificate => &self.certificate.serial,
        }
    }

    pub(crate) fn sign(&self, signer: Signer, message: &[u8]) -> Result<String, Error> {
        match signer {
            Signer::PublicKey => self.public.sign(message),
            Signer::Certificate => self.platform.sign(message),
        }
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
