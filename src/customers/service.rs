//! Signing in, and the identity of a buyer.

pub mod consents;
pub mod profile;

use serde::{Deserialize, Serialize};

use super::store::{self, NewIdentity};
use super::{Document, IdNumber, SealedIdentity, SignedIn, WechatUser, parse_name};
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::{DbConn, Tx};
use crate::error::{Error, Result};
use crate::ids::CustomerId;
use crate::privacy::{Place, Sealer};
use consents::Agreed;

/// Separates the blind index of ID numbers from those of other data under the same key.
const INDEX_PURPOSE: &str = "id_number";

/// Name and ID number, opened. To be sealed again wherever it is stored; never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// As on the card.
    pub name: String,
    /// 18 characters, upper-case `X`.
    pub id_number: String,
}

impl std::fmt::Debug for Identity {
    /// Nothing of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(hidden)")
    }
}

/// An opened identity and the consent that it was left with.
pub struct ConsentedIdentity {
    /// Never logged.
    pub identity: Identity,
    /// The text that was agreed to.
    pub consent_version: String,
    /// When.
    pub consented_at: Timestamp,
}

/// Finds the buyer by openid, or makes one; `scene` is kept of the first login only.
pub fn sign_in(tx: &mut Tx, user: &WechatUser, scene: Option<&str>, now: Timestamp) -> Result<SignedIn> {
    if let Some(customer_id) = store::touch(tx, user, now)? {
        return Ok(SignedIn { customer_id, is_new: false });
    }
    if let Some(customer_id) = store::insert(tx, user, scene, now)? {
        return Ok(SignedIn { customer_id, is_new: true });
    }
    let customer_id = store::touch(tx, user, now)?.ok_or_else(|| Error::busy("a new buyer vanished"))?;
    Ok(SignedIn { customer_id, is_new: false })
}

/// Who has to pay, as WeChat knows the buyer.
pub fn openid(conn: &mut DbConn, customer: CustomerId) -> Result<String> {
    store::openid(conn, customer)?.ok_or_else(|| Error::internal("a session without its buyer"))
}

/// Makes writes that count a buyer's rows wait for each other until the end of the transaction.
pub fn lock(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    store::lock(tx, customer)
}

/// The identity of a buyer, opened, for an order; nothing if the buyer left none.
pub fn identity_snapshot(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId) -> Result<Option<Identity>> {
    Ok(find_identity(conn, sealer, customer)?.map(|found| found.identity))
}

/// The identity of a buyer, opened, with its consent; nothing if the buyer left none.
pub fn find_identity(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId) -> Result<Option<ConsentedIdentity>> {
    store::identity(conn, customer)?.map(|row| open(sealer, customer, row)).transpose()
}

fn open(sealer: &Sealer, customer: CustomerId, row: SealedIdentity) -> Result<ConsentedIdentity> {
    let id = customer.to_string();
    let identity = Identity {
        name: sealer.open_text(&place("name_sealed", &id), &row.name_sealed)?,
        id_number: sealer.open_text(&place("id_number_sealed", &id), &row.id_number_sealed)?,
    };
    Ok(ConsentedIdentity { identity, consent_version: row.consent_version, consented_at: row.consented_at })
}

fn place<'a>(column: &'a str, row: &'a str) -> Place<'a> {
    Place { table: "identities", column, row }
}

/// Leaves or replaces an identity; the consent counts from now. Refuses what is not well formed, minors, and a consent to
/// anything but the newest text.
pub(super) async fn put_identity(
    app: &App,
    customer: CustomerId,
    name: &str,
    id_number: &str,
    agreed: Agreed,
) -> Result<ConsentedIdentity> {
    let now = app.clock.timestamp();
    let name = parse_name(name)?;
    let number = IdNumber::parse(id_number, now.utc())?;
    let row = customer.to_string();
    let sealed = NewIdentity {
        customer_id: customer,
        name_sealed: app.sealer.seal(&place("name_sealed", &row), name.as_bytes())?,
        id_number_sealed: app.sealer.seal(&place("id_number_sealed", &row), number.as_str().as_bytes())?,
        id_number_index: app.sealer.blind_index(INDEX_PURPOSE, number.as_str()),
        consent_version: agreed.version.clone(),
        consented_at: now,
        updated_at: now,
    };
    let consent_version = agreed.version.clone();
    app.db
        .write(move |tx| {
            consents::give(tx, customer, &agreed, now)?;
            store::put_identity(tx, &sealed)
        })
        .await?;
    let identity = Identity { name, id_number: number.0 };
    Ok(ConsentedIdentity { identity, consent_version, consented_at: now })
}

/// Withdraws the consent: the identity is gone. No error if there was none.
pub(super) async fn delete_identity(app: &App, customer: CustomerId) -> Result<()> {
    let now = app.clock.timestamp();
    app.db.write(move |tx| consents::withdraw(tx, customer, Document::Identity, now)).await?;
    Ok(())
}

fn forget_identity(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    store::delete_identity(tx, customer)
}
