//! Personal data at rest: sealed, found by blind index, shown masked.
//!
//! - **Sealed**: AES-256-GCM with a random 96-bit nonce. The associated data names the table, the column and the row,
//!   so that a ciphertext that is moved to another place does not open. The key's id stands beside the ciphertext.
//! - **Keys**: what belongs to a person or to a trade is sealed under a key of that subject (`data_keys`), wrapped by an epoch key; the shop's own
//!   secrets are sealed under the epoch key itself. Epoch keys are configured (`DATA_KEYS`): the first wraps and seals, all open.
//! - **Found**: HMAC-SHA256 under a key of its own tells equal values apart from different ones without opening any.
//! - **Shown**: the masks never show the whole of a value, however short or odd it is.

mod data_keys;
mod form;
mod masks;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use hmac::{Hmac, KeyInit, Mac};
use moka::sync::Cache;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

use crate::base::config::DataKeys;
use crate::base::error::{Error, Result};

pub use data_keys::{DataKey, Rewrapped, Subject};
use form::KEY_ID_LEN;
pub use masks::{mask_id_number, mask_name, mask_phone};
pub use store::EpochUse;

/// Opened data keys that are remembered.
const REMEMBERED_MAX: u64 = 20_000;
/// How long: a key that was ended on another node opens nothing here after it.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);

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

/// What was looked at for values without a subject: which rows have some, and up to which row that is known.
pub struct Found<Id> {
    pub last: Option<Id>,
    pub ids: Vec<Id>,
}

impl<Id> Found<Id> {
    /// There are no more rows.
    pub fn nothing() -> Self {
        Self { last: None, ids: Vec::new() }
    }

    /// With ids of another type.
    pub fn map<Other>(self, of: impl Fn(Id) -> Other) -> Found<Other> {
        Found { last: self.last.map(&of), ids: self.ids.into_iter().map(of).collect() }
    }
}

/// Seals and opens.
pub struct Sealer {
    /// The first seals, all open.
    epochs: Vec<(String, RandomizedNonceKey)>,
    index: Hmac<Sha256>,
    /// Data keys by id. An id is random and stands for one key for ever.
    remembered: Cache<[u8; KEY_ID_LEN], Arc<DataKey>>,
}

impl Sealer {
    /// From the configured keys, of which there must be one at least.
    pub fn new(keys: &DataKeys) -> Result<Self> {
        let unusable = |_| Error::internal("an epoch key can't be used");
        let epochs = keys.sealing.iter().map(|(id, key)| {
            let key = RandomizedNonceKey::new(&AES_256_GCM, key.expose_secret()).map_err(unusable)?;
            Ok((id.clone(), key))
        });
        let epochs = epochs.collect::<Result<Vec<_>>>()?;
        if epochs.is_empty() {
            return Err(Error::internal("there is no epoch key"));
        }
        let index = Hmac::new_from_slice(keys.index.expose_secret())
            .map_err(|_| Error::internal("the key of the blind index can't be used"))?;
        let remembered = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(REMEMBERED_FOR).build();
        Ok(Self { epochs, index, remembered })
    }

    /// Id of the epoch key that wraps and seals.
    pub fn epoch(&self) -> Result<&str> {
        self.epochs.first().map(|(id, _)| id.as_str()).ok_or_else(|| Error::internal("there is no epoch key"))
    }

    /// Ids of all that open.
    pub fn configured(&self) -> impl Iterator<Item = &str> {
        self.epochs.iter().map(|(id, _)| id.as_str())
    }

    /// Seals a secret of the shop for one place, with the first epoch key. Two seals of one value differ.
    pub fn seal(&self, place: &AadContext, plaintext: &[u8]) -> Result<Vec<u8>> {
        let (id, key) = self.epochs.first().ok_or_else(|| Error::internal("there is no epoch key"))?;
        form::seal(key, &form::epoch_header(id)?, place, plaintext)
    }

    /// Opens what was sealed for this place under any of the epoch keys; the plaintext is wiped when dropped. A
    /// value that was changed, moved, or sealed under a key that is gone is an internal error: it is a fault of ours,
    /// not the caller's.
    pub fn open(&self, place: &AadContext, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let id = form::epoch_id(sealed).ok_or_else(|| form::unopened(place, "its form is not known"))?;
        let known = self.epochs.iter().find(|(known, _)| known.as_bytes() == id);
        let (_, key) = known.ok_or_else(|| form::unopened(place, "its key is not configured"))?;
        form::open(key, place, sealed)
    }

    /// As [`open`](Self::open), for text.
    pub fn open_text(&self, place: &AadContext, sealed: &[u8]) -> Result<String> {
        form::text(&self.open(place, sealed)?)
    }

    /// The same under the first epoch key, for the same place. Nothing if it can't be opened, which is logged: one that is lost keeps no other
    /// from a rotation.
    pub fn seal_anew(&self, place: &AadContext, sealed: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.open(place, sealed) {
            Ok(opened) => self.seal(place, &opened).map(Some),
            Err(error) => {
                log::error!("{} {} stays under its old key: {error}", place.table, place.row);
                Ok(None)
            }
        }
    }

    /// Whether a value is sealed under an epoch key other than the first: a secret to be sealed anew before that key is retired.
    pub fn is_of_an_older_epoch(&self, sealed: &[u8]) -> bool {
        form::epoch_id(sealed).is_some_and(|id| self.epoch().is_ok_and(|first| first.as_bytes() != id))
    }

    /// Whether a value of a person or a trade is still sealed as the first programs did, under an epoch key itself.
    pub fn is_without_subject(sealed: &[u8]) -> bool {
        form::epoch_id(sealed).is_some()
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
        f.debug_list().entries(self.epochs.iter().map(|(id, _)| id)).finish()
    }
}

fn length_prefixed(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + size_of::<u64>()).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}
