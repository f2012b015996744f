//! Fields that are encrypted for one party (page "encrypt and decrypt sensitive information"): bank card and name for
//! WeChat, phone numbers for us.

use std::sync::Arc;

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::crypto::{CryptoFault, MerchantKey, VerifyingKey};
use crate::outcome::{CallError, Outcome, UnknownCause};
use crate::pay::PayClient;

/// How a field is padded before RSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldPadding {
    /// RSAES-OAEP with SHA-1 and MGF1-SHA-1: all of WeChat Pay v3 but the customs pages.
    #[default]
    OaepSha1,
    /// RSAES-PKCS1-v1_5: what the customs pages of WeChat Pay Global ask for (unconfirmed, so it can be chosen).
    Pkcs1V15,
}

/// The key that fields are encrypted with for one request, and its name.
pub(crate) struct FieldSealer {
    serial: String,
    key: Arc<VerifyingKey>,
    padding: FieldPadding,
}

impl FieldSealer {
    /// What `Wechatpay-Serial` of the request has to say.
    pub(crate) fn serial(&self) -> String {
        self.serial.clone()
    }

    /// base64 of the encrypted value. Every value is encrypted by itself, at most 214 bytes with OAEP.
    pub(crate) fn seal(&self, value: &SecretString) -> Outcome<String> {
        encrypted(&self.key, self.padding, value.expose_secret().as_bytes())
            .map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))
    }
}

impl PayClient {
    /// A sealer for one request. Without a public key the certificates are fetched first.
    pub(crate) async fn field_sealer(&self, padding: FieldPadding) -> Outcome<FieldSealer> {
        self.refresh_if_due().await;
        let Some((serial, key)) = self.keys.encrypting_key(self.clock.now()) else {
            let text = "no key of WeChat Pay to encrypt for".to_owned();
            return Err(CallError::unknown(UnknownCause::NotSent(text)));
        };
        Ok(FieldSealer { serial, key, padding })
    }
}

fn encrypted(key: &VerifyingKey, padding: FieldPadding, value: &[u8]) -> Result<String, CryptoFault> {
    let key = key.for_encryption()?;
    let mut room = vec![0; key.key_size_bytes()];
    let sealed = match padding {
        FieldPadding::OaepSha1 => OaepPublicEncryptingKey::new(key)
            .map_err(|_| CryptoFault)?
            .encrypt(&OAEP_SHA1_MGF1SHA1, value, &mut room, None)
            .map_err(|_| CryptoFault)?,
        FieldPadding::Pkcs1V15 => Pkcs1PublicEncryptingKey::new(key)
            .map_err(|_| CryptoFault)?
            .encrypt(value, &mut room)
            .map_err(|_| CryptoFault)?,
    };
    Ok(STANDARD.encode(sealed))
}

/// Opens a field that WeChat encrypted with the merchant's certificate. `None` if it does not open: after a change of
/// that certificate older fields stay closed, which must not cost us the rest of the answer.
pub(super) fn opened_by_merchant(key: &MerchantKey, field: &str) -> Option<SecretString> {
    let sealed = STANDARD.decode(field).ok()?;
    let key = OaepPrivateDecryptingKey::new(key.for_decryption().ok()?).ok()?;
    let mut room = Zeroizing::new(vec![0; key.min_output_size()]);
    let opened = key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut room, None).ok()?;
    let text = std::str::from_utf8(opened).ok()?;
    Some(SecretString::from(text))
}
