//! Who agreed to which document.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::consents;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::CustomerId;
use crate::domain::customers::{Document, Language};

/// Consents that are read of one buyer.
const CONSENTS_MAX: i64 = 200;

/// A consent to be kept.
#[derive(Clone, Insertable)]
#[diesel(table_name = consents)]
pub(crate) struct NewConsent {
    pub(crate) customer_id: CustomerId,
    pub(crate) document: Document,
    pub(crate) version: String,
    pub(crate) language: Language,
    pub(crate) text_hash: Vec<u8>,
    pub(crate) request_id: String,
    pub(crate) given_at: Timestamp,
    pub(crate) age_confirmed: bool,
}

/// A consent as it is kept.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = consents)]
pub(crate) struct ConsentRow {
    pub(crate) document: Document,
    pub(crate) version: String,
    pub(crate) language: Language,
    pub(crate) text_hash: Vec<u8>,
    pub(crate) request_id: String,
    pub(crate) given_at: Timestamp,
    pub(crate) withdrawn_at: Option<Timestamp>,
    pub(crate) age_confirmed: bool,
}

pub(crate) fn insert(tx: &mut Tx, consent: &NewConsent) -> Result<()> {
    tx.execute(diesel::insert_into(consents::table).values(consent))?;
    Ok(())
}

/// Newest first, withdrawn ones included.
pub(crate) fn of(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<ConsentRow>> {
    Ok(consents::table
        .filter(consents::customer_id.eq(customer))
        .order(consents::id.desc())
        .limit(CONSENTS_MAX)
        .select(ConsentRow::as_select())
        .load(conn)?)
}

/// Newest first, without what was withdrawn.
pub(crate) fn standing(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<ConsentRow>> {
    Ok(consents::table
        .filter(consents::customer_id.eq(customer))
        .filter(consents::withdrawn_at.is_null())
        .order(consents::id.desc())
        .limit(CONSENTS_MAX)
        .select(ConsentRow::as_select())
        .load(conn)?)
}

/// Withdraws what stands, of one document or of all; gives how many consents that were.
pub(crate) fn withdraw(tx: &mut Tx, customer: CustomerId, documents: &[Document], now: Timestamp) -> Result<usize> {
    let standing = consents::table
        .filter(consents::customer_id.eq(customer))
        .filter(consents::document.eq_any(documents))
        .filter(consents::withdrawn_at.is_null());
    tx.execute(diesel::update(standing).set(consents::withdrawn_at.eq(now)))
}
