//! The cryptography of WeChat, all of it by aws-lc-rs: RSA PKCS#1 v1.5 with SHA-256, AES-256-GCM, random text.

use std::fmt;
use std::io::Cursor;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use x509_parser::pem::Pem;

/// Smallest RSA modulus that is taken, in bytes (2,048 bits).
const MODULUS_MIN_BYTES: usize = 256;

/// The random generator or a signature failed. It does not happen with a key that was accepted at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoFault;

/// The merchant's private key: signs requests and `paySign`.
pub(super) struct MerchantKey(rsa::KeyPair);

impl MerchantKey {
    /// Reads `apiclient_key.pem`: PKCS#8, or the older PKCS#1. The fault never quotes the text.
    pub(super) fn from_pem(pem: &SecretString) -> Result<Self, String> {
        let mut block = first_pem_block(pem.expose_secret())?;
        let parsed = match block.label.as_str() {
            "PRIVATE KEY" => rsa::KeyPair::from_pkcs8(&block.contents),
            "RSA PRIVATE KEY" => rsa::KeyPair::from_der(&block.contents),
            other => {
                block.contents.zeroize();
                return Err(format!("is a PEM of {other:?}, not of a private key (apiclient_key.pem is wanted)"));
            }
        };
        block.contents.zeroize();
        let key = parsed.map_err(|_| "is not a readable RSA private key".to_owned())?;
        if key.public_modulus_len() < MODULUS_MIN_BYTES {
            return Err("is an RSA key of less than 2048 bits".to_owned());
        }
        Ok(Self(key))
    }

    /// base64 of RSASSA-PKCS1-v1_5 with SHA-256. About 1 ms of CPU.
    pub(super) fn sign(&self, message: &[u8]) -> Result<String, CryptoFault> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| CryptoFault)?;
        Ok(STANDARD.encode(signature))
    }

    /// The same key, for opening what WeChat encrypted for us.
    pub(super) fn for_decryption(&self) -> Result<rsa::PrivateDecryptingKey, CryptoFault> {
        let der = self.0.as_der().map_err(|_| CryptoFault)?;
        rsa::PrivateDecryptingKey::from_pkcs8(der.as_ref()).map_err(|_| CryptoFault)
    }
}

impl fmt::Debug for MerchantKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MerchantKey(..)")
    }
}

/// One key of WeChat Pay: its public key, or that of a platform certificate.
pub(super) struct VerifyingKey(ParsedPublicKey);

impl VerifyingKey {
    /// Reads `pub_key.pem` as the console gives it.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let block = first_pem_block(pem)?;
        if block.label != "PUBLIC KEY" {
            return Err(format!("is a PEM of {:?}, not of a public key (pub_key.pem is wanted)", block.label));
        }
        Self::from_spki(&block.contents)
            .ok_or_else(|| "is not a readable RSA public key of 2048 bits or more".to_owned())
    }

    /// Takes a DER `SubjectPublicKeyInfo` of an RSA key.
    pub(super) fn from_spki(der: &[u8]) -> Option<Self> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).ok()?;
        Some(Self(key))
    }

    /// True if `signature` (raw bytes) is of `message`.
    pub(super) fn is_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }

    /// The same key, for encrypting to WeChat.
    pub(super) fn for_encryption(&self) -> Result<rsa::PublicEncryptingKey, CryptoFault> {
        let der = self.0.as_der().map_err(|_| CryptoFault)?;
        rsa::PublicEncryptingKey::from_der(der.as_ref()).map_err(|_| CryptoFault)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("VerifyingKey(..)")
    }
}

/// The `APIv3` key: opens notifies and downloaded certificates.
pub(super) struct ApiV3Key(LessSafeKey);

impl ApiV3Key {
    /// Exactly 32 ASCII bytes, as typed into the merchant console.
    pub(super) fn new(text: &SecretString) -> Result<Self, String> {
        let bytes = text.expose_secret().as_bytes();
        if !bytes.is_ascii() || bytes.len() != 32 {
            return Err(format!("must be exactly 32 ASCII characters, has {} bytes", bytes.len()));
        }
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| "is not usable for AES-256-GCM".to_owned())?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Opens `AEAD_AES_256_GCM`: 12 nonce bytes, associated data, base64 of ciphertext and 16-byte tag.
    pub(super) fn open(&self, nonce: &str, associated_data: &str, ciphertext: &str) -> Result<Vec<u8>, OpenFault> {
        let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| OpenFault::Nonce)?;
        let mut sealed = STANDARD.decode(ciphertext).map_err(|_| OpenFault::Base64)?;
        let aad = Aad::from(associated_data.as_bytes());
        let length = self.0.open_in_place(nonce, aad, &mut sealed).map_err(|_| OpenFault::Sealed)?.len();
        sealed.truncate(length);
        Ok(sealed)
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiV3Key(..)")
    }
}

/// Why a ciphertext does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// The algorithm is not `AEAD_AES_256_GCM`.
    #[error("unknown algorithm")]
    Algorithm,
    /// The nonce has not 12 bytes.
    #[error("nonce of wrong length")]
    Nonce,
    /// The ciphertext is not base64.
    #[error("ciphertext is not base64")]
    Base64,
    /// Wrong `APIv3` key, or ciphertext, nonce or associated data were changed.
    #[error("does not open with the APIv3 key")]
    Sealed,
}

/// 32 hexadecimal characters from 16 random bytes: a `nonce_str`.
pub(super) fn nonce_str() -> Result<String, CryptoFault> {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(|_| CryptoFault)?;
    Ok(hex::encode(bytes))
}

/// The signature header's bytes. `None` for what is not base64: `WECHATPAY/SIGNTEST/...` values often are not.
pub(super) fn signature_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The first PEM block of a text, label and bytes.
pub(super) fn first_pem_block(text: &str) -> Result<Pem, String> {
    Pem::read(Cursor::new(text.as_bytes()))
        .map(|(block, _)| block)
        .map_err(|_| "is not a PEM (-----BEGIN ...)".to_owned())
}
