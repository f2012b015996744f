//! Rows of consumer notices and legal documents.

use diesel::prelude::*;

use super::{Document, LegalText};
use crate::base::clock::Timestamp;
use crate::base::db::rows::{put_row, put_whole};
use crate::base::db::schema::{legal_documents, notices};
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::text::Text3;

put_row! {
    /// A consumer notice. Versions sort by age.
    NoticeRow in notices by version: String { text_zh: String, text_ko: String, text_en: String, }
}

put_whole! {
    NoticeRow in notices by version,
}

/// A consumer notice as it is shown.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct StoredNotice {
    pub(crate) version: String,
    pub(crate) text: Text3,
}

/// The notice in force. Versions sort by age.
pub(crate) fn newest_notice(conn: &mut DbConn) -> Result<Option<StoredNotice>> {
    let texts = (notices::text_zh, notices::text_ko, notices::text_en);
    conn.row(notices::table.select((notices::version, texts)).order(notices::version.desc()).limit(1))
}

/// Version of the notice in force.
pub(crate) fn newest_notice_version(conn: &mut DbConn) -> Result<Option<String>> {
    let newest: Option<Option<String>> = conn.row(notices::table.select(diesel::dsl::max(notices::version)))?;
    Ok(newest.flatten())
}

/// `false` if this version is there already.
pub(crate) fn insert_document(tx: &mut Tx, text: &LegalText) -> Result<bool> {
    Ok(tx.execute(diesel::insert_into(legal_documents::table).values(text).on_conflict_do_nothing())? == 1)
}

pub(crate) fn document(conn: &mut DbConn, document: Document, version: &str) -> Result<Option<LegalText>> {
    Ok(legal_documents::table.find((document, version)).select(LegalText::as_select()).first(conn).optional()?)
}

/// The version that counts now.
pub(crate) fn newest(conn: &mut DbConn, document: Document, now: Timestamp) -> Result<Option<LegalText>> {
    Ok(legal_documents::table
        .filter(legal_documents::document.eq(document))
        .filter(legal_documents::published_at.le(now))
        .order((legal_documents::published_at.desc(), legal_documents::version.desc()))
        .select(LegalText::as_select())
        .first(conn)
        .optional()?)
}
