//! The primitives of WeChat Pay v3: SHA256-RSA signatures and AES-256-GCM (contract B.1, B.2, B.9).

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_256, EncryptingKey, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use md5::{Digest, Md5};

use crate::Error;

/// Standard base64 with padding.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing into a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// SHA-256 as 64 lower-case hex digits.
pub(crate) fn sha256_hex(text: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, text).as_ref())
}

/// HMAC-SHA256 as 64 lower-case hex digits.
pub(crate) fn hmac_sha256_hex(key: &[u8], text: &[u8]) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref())
}

/// Pay v2 (contract C.1): upper-case hex over the sorted fields that are not empty, without `sign`, and the key.
pub(crate) fn v2_sign(fields: &BTreeMap<String, String>, key: &str, hmac: bool) -> String {
    let signed = fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    let mut parts: Vec<String> = signed.map(|(name, value)| format!("{name}={value}")).collect();
    parts.push(format!("key={key}"));
    let text = parts.join("&");
    let digest =
        if hmac { hmac_sha256_hex(key.as_bytes(), text.as_bytes()) } else { hex(&Md5::digest(text.as_bytes())) };
    digest.to_uppercase()
}

/// Contract A.13: AES-128-CBC with the `session_key` (base64 of 16 bytes) over JSON, padded by PKCS#7 to the block.
pub(crate) fn seal_user_data(session_key: &str, iv: &[u8; 16], plain: &[u8]) -> Result<String, Error> {
    let failed = || Error::Crypto("AES-128-CBC");
    let key = STANDARD.decode(session_key).map_err(|_| failed())?;
    let key = UnboundCipherKey::new(&AES_128, &key).and_then(PaddedBlockEncryptingKey::cbc_pkcs7);
    let mut text = plain.to_vec();
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    key.and_then(|key| key.less_safe_encrypt(&mut text, context)).map_err(|_| failed())?;
    Ok(base64(&text))
}

/// SHA-1 as 40 lower-case hex digits: what the message push signs with (contract A.12).
pub(crate) fn sha1_hex(text: &[u8]) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text).as_ref())
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

/// A private RSA key that signs and opens.
pub(crate) struct SigningKey(RsaKeyPair, PrivateDecryptingKey);

impl SigningKey {
    pub(crate) fn from_pem(pem: &str) -> Result<Self, Error> {
        let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes())
            .map_err(|_| Error::Account("a private key is not PEM".to_owned()))?;
        let refused = |error| Error::Account(format!("a private key is not PKCS#8 RSA: {error}"));
        let signing = RsaKeyPair::from_pkcs8(&block.contents).map_err(refused)?;
        let opening = PrivateDecryptingKey::from_pkcs8(&block.contents)
            .map_err(|_| Error::Account("a private key can't decrypt".to_owned()))?;
        Ok(Self(signing, opening))
    }

    /// Base64 of RSASSA-PKCS1-v1_5 with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::Crypto("RSA signature"))?;
        Ok(base64(&signature))
    }

    /// Contract B.14: RSAES-OAEP with SHA-1 and MGF1-SHA-1. `None` when it was not sealed for this key.
    pub(crate) fn open_oaep(&self, sealed: &str) -> Option<String> {
        let key = OaepPrivateDecryptingKey::new(self.1.clone()).ok()?;
        let mut room = vec![0; key.min_output_size()];
        let plain = key.decrypt(&OAEP_SHA1_MGF1SHA1, &STANDARD.decode(sealed).ok()?, &mut room, None).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }

    /// Contract C.2: RSAES-PKCS1-v1_5.
    pub(crate) fn open_pkcs1(&self, sealed: &str) -> Option<String> {
        let key = Pkcs1PrivateDecryptingKey::new(self.1.clone()).ok()?;
        let mut room = vec![0; key.min_output_size()];
        let plain = key.decrypt(&STANDARD.decode(sealed).ok()?, &mut room).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }

    pub(crate) fn public_key(&self) -> Result<PublicKey, Error> {
        let der: PublicKeyX509Der<'_> =
            self.0.public_key().as_der().map_err(|_| Error::Crypto("public key encoding"))?;
        PublicKey::from_spki(der.as_ref())
    }
}

/// A public RSA key that verifies and seals.
pub(crate) struct PublicKey(ParsedPublicKey, PublicEncryptingKey);

impl PublicKey {
    fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let verifying = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)
            .map_err(|error| Error::Account(format!("a public key is not RSA: {error}")))?;
        let sealing = PublicEncryptingKey::from_der(der)
            .map_err(|error| Error::Account(format!("a public key can't encrypt: {error}")))?;
        Ok(Self(verifying, sealing))
    }

    /// Contract B.14: RSAES-OAEP with SHA-1 and MGF1-SHA-1, in base64.
    pub(crate) fn seal_oaep(&self, plain: &str) -> Result<String, Error> {
        let failed = |_| Error::Crypto("RSA-OAEP");
        let key = OaepPublicEncryptingKey::new(self.1.clone()).map_err(failed)?;
        let mut room = vec![0; key.ciphertext_size()];
        let sealed = key.encrypt(&OAEP_SHA1_MGF1SHA1, plain.as_bytes(), &mut room, None).map_err(failed)?;
        Ok(base64(sealed))
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
