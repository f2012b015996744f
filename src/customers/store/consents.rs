//! Legal documents, and who agreed to which.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::customers::{Document, Language, LegalText};
use crate::db::schema::{consents, legal_documents};
use crate::db::{DbConn, Tx, on_backend};
use crate::error::Result;
use crate::ids::CustomerId;

/// Consents that are read of one buyer.
const CONSENTS_MAX: i64 = 200;

/// `false` if this version is there already.
pub(in crate::customers) fn insert_document(tx: &mut Tx, text: &LegalText) -> Result<bool> {
    let inserted = on_backend!(&mut **tx, |c| diesel::insert_into(legal_documents::table)
        .values(text)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

pub(in crate::customers) fn document(
    conn: &mut DbConn,
    document: Document,
    version: &str,
) -> Result<Option<LegalText>> {
    Ok(legal_documents::table.find((document, version)).select(LegalText::as_select()).first(conn).optional()?)
}

/// The version that counts now.
pub(in crate::customers) fn newest(conn: &mut DbConn, document: Document, now: Timestamp) -> Result<Option<LegalText>> {
    Ok(legal_documents::table
        .filter(legal_documents::document.eq(document))
        .filter(legal_documents::published_at.le(now))
        .order((legal_documents::published_at.desc(), legal_documents::version.desc()))
        .select(LegalText::as_select())
        .first(conn)
        .optional()?)
}

/// A consent to be kept.
#[derive(Clone, Insertable)]
#[diesel(table_name = consents)]
pub(in crate::customers) struct NewConsent {
    pub(in crate::customers) customer_id: CustomerId,
    pub(in crate::customers) document: Document,
    pub(in crate::customers) version: String,
    pub(in crate::customers) language: Language,
    pub(in crate::customers) text_hash: Vec<u8>,
    pub(in crate::customers) request_id: String,
    pub(in crate::customers) given_at: Timestamp,
}

/// A consent as it is kept.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = consents)]
pub(in crate::customers) struct ConsentRow {
    pub(in crate::customers) document: Document,
    pub(in crate::customers) version: String,
    pub(in crate::customers) language: Language,
    pub(in crate::customers) text_hash: Vec<u8>,
    pub(in crate::customers) request_id: String,
    pub(in crate::customers) given_at: Timestamp,
    pub(in crate::customers) withdrawn_at: Option<Timestamp>,
}

pub(in crate::customers) fn insert(tx: &mut Tx, consent: &NewConsent) -> Result<()> {
    diesel::insert_into(consents::table).values(consent).execute(&mut **tx)?;
    Ok(())
}

/// Newest first, withdrawn ones included.
pub(in crate::customers) fn of(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<ConsentRow>> {
    Ok(consents::table
        .filter(consents::customer_id.eq(customer))
        .order(consents::id.desc())
        .limit(CONSENTS_MAX)
        .select(ConsentRow::as_select())
        .load(conn)?)
}

/// Newest first, without what was withdrawn.
pub(in crate::customers) fn standing(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<ConsentRow>> {
    Ok(consents::table
        .filter(consents::customer_id.eq(customer))
        .filter(consents::withdrawn_at.is_null())
        .order(consents::id.desc())
        .limit(CONSENTS_MAX)
        .select(ConsentRow::as_select())
        .load(conn)?)
}

/// Withdraws what stands, of one document or of all; gives how many consents that were.
pub(in crate::customers) fn withdraw(
    tx: &mut Tx,
    customer: CustomerId,
    documents: &[Document],
    now: Timestamp,
) -> Result<usize> {
    let standing = consents::table
        .filter(consents::customer_id.eq(customer))
        .filter(consents::document.eq_any(documents))
        .filter(consents::withdrawn_at.is_null());
    Ok(diesel::update(standing).set(consents::withdrawn_at.eq(now)).execute(&mut **tx)?)
}
