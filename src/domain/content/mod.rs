//! Texts that the shop shows and that buyers agree to: consumer notices, terms, privacy text, consents. A version that was published never
//! changes.

pub(crate) mod api;
mod store;

use sha2::{Digest, Sha256};

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Code, Error, Result};
use crate::base::sql_types::sql_text_enum;
use crate::base::text::Lang;

pub(crate) use store::{NoticeRow, StoredNotice, document, newest_notice, newest_notice_version};

sql_text_enum! {
    /// A text that buyers agree to.
    pub enum Document {
        /// The terms of use.
        Terms = "terms",
        /// How personal data is handled.
        Privacy = "privacy",
        /// The separate consent to keeping name and ID number (PIPL articles 28 to 30); given with them, in one request.
        Identity = "identity",
    }
}

sql_text_enum! {
    /// A language as it is stored.
    pub enum Language {
        /// Simplified Chinese.
        Zh = "zh",
        /// Korean.
        Ko = "ko",
        /// English.
        En = "en",
    }
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        lang.pick(Self::Zh, Self::Ko, Self::En)
    }
}

/// A version of a document. Once published, it never changes.
#[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable, diesel::Insertable)]
#[diesel(table_name = crate::base::db::schema::legal_documents)]
pub struct LegalText {
    pub document: Document,
    /// Named with every consent.
    pub version: String,
    /// In Chinese, which is what counts in court.
    pub text_zh: String,
    pub text_ko: String,
    pub text_en: String,
    /// Counts from then on.
    pub published_at: Timestamp,
}

impl LegalText {
    /// In one language.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.text_zh,
            Language::Ko => &self.text_ko,
            Language::En => &self.text_en,
        }
    }

    /// SHA-256 of the text in one language.
    pub fn hash(&self, language: Language) -> Vec<u8> {
        Sha256::digest(self.text(language)).to_vec()
    }
}

/// Publishes a version; `false` if it is there already. A version that is there with another text is refused: somebody
/// may have agreed to it.
pub fn publish(tx: &mut Tx, text: &LegalText) -> Result<bool> {
    if store::insert_document(tx, text)? {
        return Ok(true);
    }
    let known = store::document(tx, text.document, &text.version)?;
    let same =
        known.is_some_and(|known| Language::ALL.iter().all(|language| known.text(*language) == text.text(*language)));
    if same {
        return Ok(false);
    }
    let (document, version) = (text.document.as_str(), &text.version);
    Err(Error::internal(format!(
        "{document} {version} is published with another text: give the new one a version of its own"
    )))
}

/// Whether some version counts now.
pub(crate) fn is_published(conn: &mut DbConn, document: Document, now: Timestamp) -> Result<bool> {
    Ok(store::newest(conn, document, now)?.is_some())
}

/// The version that counts now. [`Code::NotFound`] if none was ever published.
pub(crate) fn newest(conn: &mut DbConn, document: Document, now: Timestamp) -> Result<LegalText> {
    Ok(store::newest(conn, document, now)?.ok_or(Code::NotFound)?)
}
