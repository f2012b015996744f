//! One merchant with one mini program, and WeChat's own keys for it.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Datelike, Months, Utc};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SerialNumber};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The file in the data folder that holds the account, readable by its owner only.
const FILE: &str = "account.json";

/// The years that a platform certificate is valid (contract B.0).
const CERTIFICATE_YEARS: u32 = 5;

/// What the console of WeChat would show the merchant, and the private halves that WeChat keeps.
/// Shapes are those of "Identifier facts" and B.0 of the contract.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// `wx` and 16 lower-case hex digits.
    pub appid: String,
    /// The secret of the mini program, 32 lower-case hex digits.
    pub app_secret: String,
    /// The merchant number, 10 digits.
    pub mchid: String,
    /// The `APIv3` key, exactly 32 ASCII characters.
    pub api_v3_key: String,
    /// The `APIv2` key, 32 ASCII characters: signs the customs calls (contract C.1).
    #[serde(default)]
    pub api_v2_key: String,
    /// The serial of the merchant's API certificate, 40 upper-case hex digits.
    pub merchant_serial: String,
    /// The merchant's private key, PKCS#8 in PEM.
    pub merchant_private_key_pem: String,
    /// `PUB_KEY_ID_` and digits.
    pub public_key_id: String,
    /// WeChat Pay's public key of the public-key mode, `PUBLIC KEY` in PEM.
    pub public_key_pem: String,
    pub(crate) public_key_private_pem: String,
    pub(crate) platform_certificate_pem: String,
    pub(crate) platform_private_key_pem: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("appid", &self.appid)
            .field("mchid", &self.mchid)
            .field("merchant_serial", &self.merchant_serial)
            .field("public_key_id", &self.public_key_id)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// Makes a merchant with three new RSA-2048 keys; takes some tenths of a second.
    pub fn generate() -> Result<Self, Error> {
        // Fresh at every call: `fastrand` seeds itself from the system once a thread.
        let mut rng = fastrand::Rng::new();
        let merchant = new_rsa_key()?;
        let public = new_rsa_key()?;
        let platform = new_rsa_key()?;
        Ok(Self {
            appid: format!("wx{}", draw(&mut rng, LOWER_HEX, 16)),
            app_secret: secret(LOWER_HEX, 32)?,
            mchid: format!("16{}", draw(&mut rng, DIGITS, 8)),
            api_v3_key: secret(ALPHANUMERIC, 32)?,
            api_v2_key: secret(ALPHANUMERIC, 32)?,
            merchant_serial: format!("5{}", draw(&mut rng, UPPER_HEX, 39)),
            merchant_private_key_pem: merchant.serialize_pem(),
            public_key_id: format!("PUB_KEY_ID_01{}", draw(&mut rng, DIGITS, 28)),
            public_key_pem: public.public_key_pem(),
            public_key_private_pem: public.serialize_pem(),
            platform_certificate_pem: new_certificate(&platform, &mut rng, Utc::now())?,
            platform_private_key_pem: platform.serialize_pem(),
        })
    }

    /// The account of a data folder; on the first start one is generated and stored with mode 0600.
    pub fn load_or_generate(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => {
                let unreadable = |error| Error::Account(format!("{}: {error}", path.display()));
                let mut account: Self = serde_json::from_slice(&bytes).map_err(unreadable)?;
                // A folder from before there were customs calls.
                if account.api_v2_key.is_empty() {
                    account.api_v2_key = secret(ALPHANUMERIC, 32)?;
                    account.store(&path).map_err(Error::file(&path))?;
                }
                Ok(account)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let account = Self::generate()?;
                fs::create_dir_all(dir).map_err(Error::file(dir))?;
                account.store(&path).map_err(Error::file(&path))?;
                Ok(account)
            }
            Err(error) => Err(Error::file(&path)(error)),
        }
    }

    /// Written aside, then renamed: a kill between leaves no half account.
    fn store(&self, path: &Path) -> std::io::Result<()> {
        let aside = path.with_extension("json.new");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&aside)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&aside, path)
    }
}

const DIGITS: &[u8] = b"0123456789";
const LOWER_HEX: &[u8] = b"0123456789abcdef";
const UPPER_HEX: &[u8] = b"0123456789ABCDEF";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Identifiers only, never secrets.
fn draw(rng: &mut fastrand::Rng, alphabet: &[u8], length: usize) -> String {
    (0..length).filter_map(|_| rng.choice(alphabet)).map(|byte| char::from(*byte)).collect()
}

/// A secret from the system's randomness. Bytes beyond the last whole multiple of the alphabet are
/// thrown away, so that every character is as likely.
fn secret(alphabet: &[u8], length: usize) -> Result<String, Error> {
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 64];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Crypto("system randomness"))?;
        let drawn = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        let characters = drawn.filter_map(|byte| alphabet.get(byte % alphabet.len()));
        text.extend(characters.map(|byte| char::from(*byte)).take(length - text.len()));
    }
    Ok(text)
}

pub(crate) fn new_rsa_key() -> Result<KeyPair, Error> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
        .map_err(|error| Error::Account(format!("key generation: {error}")))
}

/// 20 bytes whose first is 0x40..=0x7f, so that DER neither adds nor drops a byte.
fn new_serial(rng: &mut fastrand::Rng) -> [u8; 20] {
    let mut serial = [0; 20];
    rng.fill(&mut serial);
    serial[0] = serial[0] & 0x3f | 0x40;
    serial
}

pub(crate) fn new_certificate(key: &KeyPair, rng: &mut fastrand::Rng, now: DateTime<Utc>) -> Result<String, Error> {
    let failed = |error: rcgen::Error| Error::Account(format!("platform certificate: {error}"));
    let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
    params.serial_number = Some(SerialNumber::from_slice(&new_serial(rng)));
    let midnight = |time: DateTime<Utc>| {
        let [month, day] = [time.month(), time.day()].map(|part| u8::try_from(part).unwrap_or(1));
        rcgen::date_time_ymd(time.year(), month, day)
    };
    params.not_before = midnight(now.checked_sub_months(Months::new(1)).unwrap_or(now));
    params.not_after = midnight(now.checked_add_months(Months::new(12 * CERTIFICATE_YEARS)).unwrap_or(now));
    params.distinguished_name.push(DnType::CommonName, "Stand-in of the Tenpay platform");
    params.distinguished_name.push(DnType::OrganizationName, "mock-wechat");
    let certificate = params.self_signed(key).map_err(failed)?;
    Ok(certificate.pem())
}
