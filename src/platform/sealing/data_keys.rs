//! A data key for each subject: what is sealed under it ends with it, in the database and in every copy whose epoch key is retired.
//!
//! - **A person's** key seals what the shop keeps because the person is a customer: profile, addresses, identity, unpaid orders. It ends with
//!   the account.
//! - **A trade key a month** seals what law wants kept of the orders that were paid in that month. It ends when the last term in it is over,
//!   whatever became of the accounts.
//!
//! In the database a data key lies wrapped by an epoch key, which never is in the database. An ended key leaves its wrapped bytes behind in
//! free pages, logs and backups: only when all living keys are wrapped anew ([`Sealer::rewrap`]) and the old epoch key is destroyed can nobody
//! open them any more.
//!
//! A key that was made in a transaction is found again in the same or a later one; it is never remembered before the commit.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::rand;
use chrono::Datelike;
use secrecy::zeroize::Zeroizing;

use super::form::{self, KEY_ID_LEN};
use super::store::{self, EpochUse, KeyRow};
use super::{AadContext, Sealer};
use crate::base::clock::{Timestamp, shanghai};
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Error, Result};
use crate::base::ids::CustomerId;

/// AES-256.
const KEY_LEN: usize = 32;

/// Whose data a key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A buyer's, as long as there is the account.
    Person(CustomerId),
    /// Of the Shanghai month of this moment.
    Trade(Timestamp),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(customer) => write!(f, "person:{customer}"),
            Self::Trade(at) => {
                let day = at.utc().with_timezone(&shanghai());
                write!(f, "trade:{}-{:02}", day.year(), day.month())
            }
        }
    }
}

/// What a chunk of a rotation did.
#[derive(Clone, Debug)]
pub struct Rewrapped {
    /// The last key that was looked at; nothing at the end.
    pub last: Option<Vec<u8>>,
    /// Keys that were wrapped anew.
    pub keys: usize,
}

/// A living key of one subject.
pub struct DataKey {
    id: [u8; KEY_ID_LEN],
    key: RandomizedNonceKey,
}

impl DataKey {
    fn new(id: &[u8], bytes: &[u8]) -> Result<Self> {
        let unusable = || Error::internal("a data key can't be used");
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| unusable())?;
        Ok(Self { id: id.try_into().map_err(|_| unusable())?, key })
    }

    /// Seals for one place. Two seals of one value differ.
    pub fn seal(&self, place: &AadContext, plaintext: &[u8]) -> Result<Vec<u8>> {
        form::seal(&self.key, &form::subject_header(&self.id), place, plaintext)
    }
}

impl Sealer {
    /// The key of a subject; made if there is none yet. A person does not end before the transaction does. An error for a subject that has
    /// ended.
    pub fn key_of(&self, tx: &mut Tx, subject: Subject, now: Timestamp) -> Result<Arc<DataKey>> {
        let name = subject.to_string();
        // A month's key is everybody's, and ends years after the last use: nothing has to wait for it.
        let held = matches!(subject, Subject::Person(_));
        if let Some(row) = store::of_subject(tx, &name, held)? {
            return self.alive(&row);
        }
        let id = new_id()?;
        let mut key = Zeroizing::new([0_u8; KEY_LEN]);
        rand::fill(&mut key[..]).map_err(|_| Error::internal("the random generator failed"))?;
        let wrapped = self.seal(&wrapped_place(&name), &key[..])?;
        store::insert(tx, &id, &name, (self.epoch()?, &wrapped), now)?;
        // Another transaction may have been first.
        let row = store::of_subject(tx, &name, held)?.ok_or_else(|| Error::internal("a data key vanished"))?;
        self.alive(&row)
    }

    fn alive(&self, row: &KeyRow) -> Result<Arc<DataKey>> {
        self.unwrapped(row)?.ok_or_else(|| Error::internal(format!("the key of {} has ended", row.subject)))
    }

    /// Nothing if it has ended.
    fn unwrapped(&self, row: &KeyRow) -> Result<Option<Arc<DataKey>>> {
        let Some(wrapped) = &row.wrapped else { return Ok(None) };
        let opened = self.open(&wrapped_place(&row.subject), wrapped)?;
        Ok(Some(Arc::new(DataKey::new(&row.id, &opened)?)))
    }

    /// Opens what was sealed for this place under a subject's key, or by the first programs under the epoch key itself. Nothing if the subject
    /// has ended: its person is gone, or its term is over.
    pub fn open_of_subject(
        &self,
        conn: &mut DbConn,
        place: &AadContext,
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(id) = form::subject_key_id(sealed) else { return self.open(place, sealed).map(Some) };
        if let Some(key) = self.remembered.get(id) {
            return form::open(&key.key, place, sealed).map(Some);
        }
        let row = store::by_id(conn, id)?.ok_or_else(|| form::unopened(place, "its data key is not there"))?;
        let Some(key) = self.unwrapped(&row)? else { return Ok(None) };
        self.remembered.insert(*id, Arc::clone(&key));
        form::open(&key.key, place, sealed).map(Some)
    }

    /// As [`open_of_subject`](Self::open_of_subject), for text.
    pub fn open_text_of_subject(&self, conn: &mut DbConn, place: &AadContext, sealed: &[u8]) -> Result<Option<String>> {
        self.open_of_subject(conn, place, sealed)?.map(|opened| form::text(&opened)).transpose()
    }

    /// Keeps others from sealing under a subject's key until the transaction ends; what they sealed before is seen from here on.
    pub fn hold(&self, tx: &mut Tx, subject: Subject) -> Result<()> {
        store::hold(tx, &subject.to_string())
    }

    /// Ends a subject. Other nodes forget its key within a minute.
    pub fn end(&self, tx: &mut Tx, subject: Subject, now: Timestamp) -> Result<()> {
        self.end_named(tx, &subject.to_string(), now)
    }

    fn end_named(&self, tx: &mut Tx, subject: &str, now: Timestamp) -> Result<()> {
        if let Some(id) = store::end(tx, subject, &new_id()?, now)?
            && let Ok(id) = <[u8; KEY_ID_LEN]>::try_from(id)
        {
            self.remembered.invalidate(&id);
        }
        Ok(())
    }

    /// Ends the trade keys of all months before that of `before`, at most `limit`; gives how many.
    pub fn end_trade(&self, tx: &mut Tx, before: Timestamp, limit: i64, now: Timestamp) -> Result<usize> {
        // Names sort as months do.
        let last = Subject::Trade(before).to_string();
        let over = store::alive_like(tx, "trade:", &last, limit)?;
        let over: Vec<_> = over.into_iter().filter(|subject| *subject < last).collect();
        over.iter().try_for_each(|subject| self.end_named(tx, subject, now))?;
        Ok(over.len())
    }

    /// The next epoch that wraps something, and is not the one that counts now.
    pub fn next_older_epoch(&self, conn: &mut DbConn, after: &str) -> Result<Option<String>> {
        match store::next_epoch(conn, after)? {
            Some(epoch) if epoch == self.epoch()? => store::next_epoch(conn, &epoch),
            found => Ok(found),
        }
    }

    /// Wraps up to `limit` living keys of this epoch, behind the key `after`, by the one that counts now. What can't be opened is passed by.
    pub fn rewrap(&self, tx: &mut Tx, epoch: &str, after: &[u8], limit: i64, now: Timestamp) -> Result<Rewrapped> {
        let rows = store::wrapped_by(tx, epoch, after, limit)?;
        let mut done = Rewrapped { last: rows.last().map(|row| row.id.clone()), keys: 0 };
        for row in &rows {
            let Some(wrapped) = &row.wrapped else { continue };
            if let Some(anew) = self.seal_anew(&wrapped_place(&row.subject), wrapped)? {
                done.keys += store::rewrap(tx, row, (self.epoch()?, &anew), now)?;
            }
        }
        Ok(done)
    }

    /// Which epochs wrap how many living keys.
    pub fn epochs(&self, conn: &mut DbConn) -> Result<Vec<EpochUse>> {
        store::epochs(conn)
    }

    /// Epochs that wrap living keys and can't open them: not configured, or another key under the same id.
    pub fn lost_epochs(&self, conn: &mut DbConn) -> Result<Vec<EpochUse>> {
        let mut lost = Vec::new();
        for used in store::epochs(conn)? {
            let one = store::one_of(conn, &used.epoch)?;
            if one.is_some_and(|row| self.unwrapped(&row).is_err()) {
                lost.push(used);
            }
        }
        Ok(lost)
    }
}

fn new_id() -> Result<[u8; KEY_ID_LEN]> {
    let mut id = [0_u8; KEY_ID_LEN];
    rand::fill(&mut id).map_err(|_| Error::internal("the random generator failed"))?;
    Ok(id)
}

fn wrapped_place(subject: &str) -> AadContext<'_> {
    AadContext { table: "data_keys", column: "wrapped", row: subject }
}
