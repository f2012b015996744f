//! The bytes of a sealed value.
//!
//! - Under an epoch key itself: `1`, length of the key's id (1 byte), key id, nonce (12 bytes), ciphertext and tag.
//! - Under a data key: `2`, key id (16 bytes), nonce (12 bytes), ciphertext and tag.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use secrecy::zeroize::Zeroizing;

use super::AadContext;
use crate::base::error::{Error, Result};

const EPOCH: u8 = 1;
const SUBJECT: u8 = 2;
/// Bytes of a data key's id.
pub(super) const KEY_ID_LEN: usize = 16;

pub(super) fn epoch_header(id: &str) -> Result<Vec<u8>> {
    let id_len = u8::try_from(id.len()).map_err(|_| Error::internal("the id of an epoch key is too long"))?;
    let mut header = vec![EPOCH, id_len];
    header.extend_from_slice(id.as_bytes());
    Ok(header)
}

pub(super) fn subject_header(id: &[u8; KEY_ID_LEN]) -> [u8; 1 + KEY_ID_LEN] {
    let mut header = [SUBJECT; 1 + KEY_ID_LEN];
    header[1..].copy_from_slice(id);
    header
}

/// The data key of a value; nothing if it was sealed under an epoch key.
pub(super) fn subject_key_id(sealed: &[u8]) -> Option<&[u8; KEY_ID_LEN]> {
    let (&[SUBJECT], rest) = sealed.split_first_chunk::<1>()? else { return None };
    rest.first_chunk()
}

/// The epoch key of a value.
pub(super) fn epoch_id(sealed: &[u8]) -> Option<&[u8]> {
    let (&[EPOCH, id_len], rest) = sealed.split_first_chunk::<2>()? else { return None };
    rest.get(..usize::from(id_len))
}

fn header_len(sealed: &[u8]) -> Option<usize> {
    subject_key_id(sealed).map(|_| 1 + KEY_ID_LEN).or_else(|| epoch_id(sealed).map(|id| 2 + id.len()))
}

pub(super) fn seal(key: &RandomizedNonceKey, header: &[u8], place: &AadContext, plaintext: &[u8]) -> Result<Vec<u8>> {
    let nonce_at = header.len();
    let text_at = nonce_at + NONCE_LEN;
    // All of the room at once: a buffer that grows would leave a copy of the plaintext behind.
    let mut sealed = Vec::with_capacity(text_at + plaintext.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(header);
    sealed.extend_from_slice(&[0; NONCE_LEN]);
    sealed.extend_from_slice(plaintext);
    let (nonce, tag) = key
        .seal_in_place_separate_tag(Aad::from(place.associated_data()), &mut sealed[text_at..])
        .map_err(|_| Error::internal("sealing failed"))?;
    sealed[nonce_at..text_at].copy_from_slice(nonce.as_ref());
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// The plaintext, which is wiped when dropped.
pub(super) fn open(key: &RandomizedNonceKey, place: &AadContext, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let parts = header_len(sealed).and_then(|header| sealed.get(header..)).and_then(<[u8]>::split_first_chunk);
    let (nonce, text): (&[u8; NONCE_LEN], _) = parts.ok_or_else(|| unopened(place, "its form is not known"))?;
    let mut opened = Zeroizing::new(text.to_vec());
    let length = key
        .open_in_place(Nonce::from(nonce), Aad::from(place.associated_data()), &mut opened)
        .map_err(|_| unopened(place, "it was changed or moved"))?
        .len();
    opened.truncate(length);
    Ok(opened)
}

pub(super) fn unopened(place: &AadContext, why: &str) -> Error {
    Error::internal(format!("{}.{}: a sealed value does not open: {why}", place.table, place.column))
}

pub(super) fn text(opened: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(opened).map_err(|_| Error::internal("a sealed text is not UTF-8"))?;
    Ok(text.to_owned())
}
