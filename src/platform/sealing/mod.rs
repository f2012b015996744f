//! Personal data at rest: sealed, found by blind index, shown masked.
//!
//! - **Sealed**: AES-256-GCM with a random 96-bit nonce. The associated data names the table, the column and the row,
//!   so that a ciphertext that is moved to another place does not open. The key's id stands beside the ciphertext:
//!   after a rotation the new key seals and the old ones still open.
//! - **Found**: HMAC-SHA256 under a key of its own tells equal values apart from different ones without opening any.
//! - **Shown**: the masks never show the whole of a value, however short or odd it is.
//!
//! Form of a sealed value: version (1 byte, `1`), length of the key id (1 byte), key id, nonce (12 bytes), ciphertext
//! and tag.

mod masks;
#[cfg(test)]
mod tests;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

use crate::base::config::DataKeys;
use crate::base::error::{Error, Result};

pub use masks::{mask_id_number, mask_name, mask_phone};

const VERSION: u8 = 1;

/// Where a sealed value is kept. Moved to another place, it does not open.
#[derive(Clone, Copy, Debug)]
pub struct AadContext<'a> {
    pub table: &'a str,
    /// Column, or the part of the row that is sealed.
    pub column: &'a str,
    /// What identifies the row and is known before it is written.
    pub row: &'a str,
}

impl AadContext<'_> {
    /// Each part with its length before it, so that no two contexts are written alike.
    fn associated_data(&self) -> Vec<u8> {
        length_prefixed(&[self.table, self.column, self.row])
    }
}

/// Seals and opens personal data.
pub struct Sealer {
    /// The first seals, all open.
    keys: Vec<(String, RandomizedNonceKey)>,
    index: Hmac<Sha256>,
}

impl Sealer {
    /// From the configured keys, of which there must be one at least.
    pub fn new(keys: &DataKeys) -> Result<Self> {
        let unusable = |_| Error::internal("a data key can't be used");
        let sealing = keys.sealing.iter().map(|(id, key)| {
            let key = RandomizedNonceKey::new(&AES_256_GCM, key.expose_secret()).map_err(unusable)?;
            Ok((id.clone(), key))
        });
        let sealing = sealing.collect::<Result<Vec<_>>>()?;
        if sealing.is_empty() {
            return Err(Error::internal("there is no data key"));
        }
        let index = Hmac::new_from_slice(keys.index.expose_secret())
            .map_err(|_| Error::internal("the key of the blind index can't be used"))?;
        Ok(Self { keys: sealing, index })
    }

    /// Seals for one place, with the first key. Two seals of one value differ.
    pub fn seal(&self, place: &AadContext, plaintext: &[u8]) -> Result<Vec<u8>> {
        let (id, key) = self.keys.first().ok_or_else(|| Error::internal("there is no data key"))?;
        let id_len = u8::try_from(id.len()).map_err(|_| Error::internal("the id of a data key is too long"))?;
        let nonce_at = 2 + id.len();
        let text_at = nonce_at + NONCE_LEN;
        // All of the room at once: a buffer that grows would leave a copy of the plaintext behind.
        let mut sealed = Vec::with_capacity(text_at + plaintext.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&[VERSION, id_len]);
        sealed.extend_from_slice(id.as_bytes());
        sealed.extend_from_slice(&[0; NONCE_LEN]);
        sealed.extend_from_slice(plaintext);
        let (nonce, tag) = key
            .seal_in_place_separate_tag(Aad::from(place.associated_data()), &mut sealed[text_at..])
            .map_err(|_| Error::internal("sealing failed"))?;
        sealed[nonce_at..text_at].copy_from_slice(nonce.as_ref());
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for this place under any of the configured keys; the plaintext is wiped when dropped. A
    /// value that was changed, moved, or sealed under a key that is gone is an internal error: it is a fault of ours,
    /// not the caller's.
    pub fn open(&self, place: &AadContext, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let unopened = |why: &str| {
            Error::internal(format!("{}.{}: a sealed value does not open: {why}", place.table, place.column))
        };
        let (id, nonce, text) = parts(sealed).ok_or_else(|| unopened("its form is not known"))?;
        let known = self.keys.iter().find(|(known, _)| known.as_bytes() == id);
        let (_, key) = known.ok_or_else(|| unopened("its key is not configured"))?;
        let mut opened = Zeroizing::new(text.to_vec());
        let length = key
            .open_in_place(Nonce::from(nonce), Aad::from(place.associated_data()), &mut opened)
            .map_err(|_| unopened("it was changed or moved"))?
            .len();
        opened.truncate(length);
        Ok(opened)
    }

    /// As [`open`](Self::open), for text.
    pub fn open_text(&self, place: &AadContext, sealed: &[u8]) -> Result<String> {
        let opened = self.open(place, sealed)?;
        let text = std::str::from_utf8(&opened).map_err(|_| Error::internal("a sealed text is not UTF-8"))?;
        Ok(text.to_owned())
    }

    /// Equal for equal `text` of one `purpose`, and tells nothing else to who has not the key. Callers normalise first.
    pub fn blind_index(&self, purpose: &str, text: &str) -> Vec<u8> {
        let mac = self.index.clone().chain_update(length_prefixed(&[purpose, text]));
        mac.finalize().into_bytes().to_vec()
    }
}

impl std::fmt::Debug for Sealer {
    /// Key ids only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

/// Key id, nonce, and ciphertext with its tag.
fn parts(sealed: &[u8]) -> Option<(&[u8], &[u8; NONCE_LEN], &[u8])> {
    let (&[version, id_len], rest) = sealed.split_first_chunk::<2>()?;
    if version != VERSION {
        return None;
    }
    let (id, rest) = rest.split_at_checked(usize::from(id_len))?;
    let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>()?;
    Some((id, nonce, text))
}

fn length_prefixed(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + size_of::<u64>()).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}
