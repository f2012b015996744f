//! The primitives of WeChat Pay v3: SHA256-RSA signatures and AES-256-GCM (contract B.1, B.2, B.9).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::Error;

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// SHA-256 as 64 lower-case hex digits.
pub(crate) fn sha256_hex(text: &[u8]) -> String {
    use std::fmt::Write;
    let hash = digest::digest(&digest::SHA256, text);
    hash.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// SHA-1 as 40 lower-case hex digits: what the message push signs with (contract A.12).
pub(crate) fn sha1_hex(text: &[u8]) -> String {
    use std::fmt::Write;
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text);
    hash.as_ref().iter().fold(String::with_capacity(40), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Contract A.12.2: AES-256-CBC with the first half of the key as IV, over salt, length, message and appid, padded by
/// PKCS#7 to 32 bytes. `key` has 43 characters, the last of which carries bits that belong to no byte.
pub(crate) fn seal_message(key: &str, salt: &[u8; 16], message: &[u8], appid: &str) -> Result<String, Error> {
    const PADDED_TO: usize = 32;
    let failed = || Error::Crypto("AES-256-CBC");
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let key = GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(format!("{key}=")).map_err(|_| failed())?;
    let iv: [u8; 16] = key.first_chunk().copied().ok_or_else(failed)?;
    let mut text = salt.to_vec();
    text.extend_from_slice(&u32::try_from(message.len()).map_err(|_| failed())?.to_be_bytes());
    text.extend_from_slice(message);
    text.extend_from_slice(appid.as_bytes());
    let pad = PADDED_TO - text.len() % PADDED_TO;
    text.extend(std::iter::repeat_n(u8::try_from(pad).map_err(|_| failed())?, pad));
    let key = UnboundCipherKey::new(&AES_256, &key).and_then(EncryptingKey::cbc).map_err(|_| failed())?;
    key.less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(&iv))).map_err(|_| failed())?;
    Ok(base64(&text))
}

/// A private RSA key that signs.
pub(crate) struct SigningKey(RsaKeyPair);

impl SigningKey {
    pub(crate) fn from_pem(pem: &str) -> Result<Self, Error> {
        let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes())
            .map_err(|_| Error::Account("a private key is not PEM".to_owned()))?;
        RsaKeyPair::from_pkcs8(&block.contents)
            .map(Self)
            .map_err(|error| Error::Account(format!("a private key is not PKCS#8 RSA: {error}")))
    }

    /// Base64 of RSASSA-PKCS1-v1_5 with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::Crypto("RSA signature"))?;
        Ok(base64(&signature))
    }

    pub(crate) fn public_key(&self) -> Result<PublicKey, Error> {
        let der = self.0.public_key().as_der().map_err(|_| Error::Crypto("public key encoding"))?;
        PublicKey::from_spki(der.as_ref())
    }
}

/// A public RSA key that verifies.
pub(crate) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    fn from_spki(der: &[u8]) -> Result<Self, Error> {
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)
            .map(Self)
            .map_err(|error| Error::Account(format!("a public key is not RSA: {error}")))
    }

    /// True when `signature` (base64) is this key's signature of `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        STANDARD.decode(signature).is_ok_and(|bytes| self.0.verify_sig(message, &bytes).is_ok())
    }
}

/// Base64 of AES-256-GCM ciphertext and tag. `key` has 32 bytes and `nonce` 12.
pub(crate) fn seal(key: &str, nonce: &str, associated_data: &str, plain: &[u8]) -> Result<String, Error> {
    let key =
        UnboundKey::new(&AES_256_GCM, key.as_bytes()).map_err(|_| Error::Crypto("the APIv3 key has not 32 bytes"))?;
    let nonce =
        Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| Error::Crypto("the nonce has not 12 bytes"))?;
    let mut sealed = plain.to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut sealed)
        .map_err(|_| Error::Crypto("AES-256-GCM"))?;
    Ok(base64(&sealed))
}
