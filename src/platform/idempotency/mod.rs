//! `Idempotency-Key`: the answer of a post is stored in the transaction of its work and given again for 24 hours.
//!
//! Only answers of work that was done are stored: a refusal may be tried again with the same key.

mod store;

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Code, Error, Result};

/// How long a key is remembered.
pub const KEPT: Duration = Duration::from_hours(24);

/// One use of a key.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Whose key: two buyers may choose the same.
    pub principal: String,
    pub route: &'static str,
    pub key: String,
    /// SHA-256 of what was asked.
    pub body_hash: Vec<u8>,
    pub at: Timestamp,
}

impl Claim {
    /// A claim for what `body` asks. The body is the parsed request written out again, so that spaces do not count.
    pub fn new(principal: String, route: &'static str, key: String, body: &[u8], at: Timestamp) -> Self {
        Self { principal, route, key, body_hash: Sha256::digest(body).to_vec(), at }
    }
}

/// What a claim found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// Do the work; its answer is stored with the key.
    New,
    /// The work was done; this is the answer it got.
    Replay(String),
}

/// Takes the key for work that will be answered with `response`, or finds the answer that was given under it. A second claim of the same key waits for the transaction of the
/// first, so that two at once get equal answers. The same key with another body: 422.
pub fn claim(tx: &mut Tx, claim: &Claim, response: &str) -> Result<ClaimOutcome> {
    if store::insert(tx, claim, response)? {
        return Ok(ClaimOutcome::New);
    }
    let vanished = || Error::busy("an idempotency key vanished");
    let mut earlier = store::find(tx, claim)?.ok_or_else(vanished)?;
    if earlier.created_at <= claim.at.minus(KEPT) {
        if store::renew(tx, claim, response, earlier.created_at)? {
            return Ok(ClaimOutcome::New);
        }
        // Somebody else renewed it first: theirs is the work, and its answer is there by now.
        earlier = store::find(tx, claim)?.ok_or_else(vanished)?;
    }
    if earlier.body_hash != claim.body_hash {
        return Err(Code::IdempotencyKeyReused.into());
    }
    earlier.response.map(ClaimOutcome::Replay).ok_or_else(|| Error::internal("an idempotency key without its answer"))
}

/// The answer that was given under this key, if the work is done: asked before anything else is looked up, so that a repeat does not
/// fail on what has changed since.
pub fn replay(conn: &mut DbConn, claim: &Claim) -> Result<Option<String>> {
    match store::find(conn, claim)? {
        Some(earlier) if earlier.created_at > claim.at.minus(KEPT) => {
            if earlier.body_hash != claim.body_hash {
                return Err(Code::IdempotencyKeyReused.into());
            }
            Ok(earlier.response)
        }
        _ => Ok(None),
    }
}

/// Deletes up to 200 keys that are older than 24 hours; gives how many.
pub fn prune(tx: &mut Tx, now: Timestamp) -> Result<usize> {
    store::delete_before(tx, now.minus(KEPT), 200)
}
