//! The sealing of messages in secure mode: AES-256-CBC, PKCS#7 to 32 bytes, and an envelope of WeChat's own.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// Characters of an `EncodingAESKey`.
const KEY_CHARS: usize = 43;
const BLOCK_BYTES: usize = 16;
/// Padding goes to this, not to the cipher's own block: the library's unpadding would be wrong.
const PADDED_TO_BYTES: u8 = 32;
/// Random bytes before the length.
const SALT_BYTES: usize = 16;

/// The last character carries bits that belong to no byte.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// An `EncodingAESKey`, ready for use.
pub(super) struct AesKey {
    key: DecryptingKey,
    iv: [u8; BLOCK_BYTES],
}

impl AesKey {
    pub(super) fn new(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret();
        if text.len() != KEY_CHARS || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let bytes = Zeroizing::new(LENIENT.decode(Zeroizing::new(format!("{text}="))).ok()?);
        let iv = bytes.first_chunk().copied()?;
        let key = DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, &bytes).ok()?).ok()?;
        Some(Self { key, iv })
    }

    /// The message and the appid that it was sealed for. Called on what a signature covers only.
    pub(super) fn open(&self, encrypted: &str) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut bytes = STANDARD.decode(encrypted).ok()?;
        if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK_BYTES) {
            return None;
        }
        let context = DecryptionContext::Iv128(FixedLength::from(&self.iv));
        let plain = self.key.decrypt(&mut bytes, context).ok()?;
        let pad = plain.last().copied().filter(|pad| (1..=PADDED_TO_BYTES).contains(pad))?;
        let (content, padding) = plain.split_at_checked(plain.len().checked_sub(usize::from(pad))?)?;
        if padding.iter().any(|byte| *byte != pad) {
            return None;
        }
        let (length, rest) = content.get(SALT_BYTES..)?.split_first_chunk::<4>()?;
        let (message, appid) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        Some((message.to_vec(), appid.to_vec()))
    }
}
