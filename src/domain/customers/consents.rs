//! Versions of the terms and the privacy text, and the proof of who agreed to which.

use super::store;
use super::store::consents::{self as rows, ConsentRow, NewConsent};
use super::{Document, Language, addresses, profile};
use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Code, Error, FieldRule, Refusal, Result};
use crate::base::ids::CustomerId;
use crate::base::observability::TraceId;
use crate::base::text::Lang;
use crate::domain::content::{self, LegalText};

/// A consent, as its giver sees it.
#[derive(Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Consent {
    /// To what.
    pub document: Document,
    /// To which version.
    #[schema(example = "2026-11-01")]
    pub version: String,
    /// In which language it was shown.
    pub language: Language,
    /// SHA-256 of that text, hex.
    pub text_sha256: String,
    /// The request that gave it (`X-Request-Id`).
    pub request_id: String,
    /// When.
    pub given_at: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// The giver is at least 14 years old, or a guardian agrees too (PIPL article 31).
    pub age_confirmed: bool,
}

impl From<ConsentRow> for Consent {
    fn from(row: ConsentRow) -> Self {
        Self {
            document: row.document,
            version: row.version,
            language: row.language,
            text_sha256: hex::encode(row.text_hash),
            request_id: row.request_id,
            given_at: row.given_at,
            withdrawn_at: row.withdrawn_at,
            age_confirmed: row.age_confirmed,
        }
    }
}

/// What a buyer agrees to.
#[derive(Clone)]
pub(crate) struct Agreed {
    /// Name of the request's field that holds the version.
    pub(crate) field: &'static str,
    pub(crate) document: Document,
    pub(crate) version: String,
    pub(crate) language: Language,
    pub(crate) request_id: String,
    /// The giver is at least 14 years old, or a guardian agrees too.
    pub(crate) age_confirmed: bool,
}

const AGE: FieldRule = FieldRule::new(
    "missing",
    [
        "请确认已年满 14 周岁，或已取得监护人同意（true）。",
        "만 14세 이상이거나 보호자가 동의했음을 확인해 주세요(true).",
        "Confirm (true) that the buyer is 14 or older, or that a guardian agrees.",
    ],
);
const NO_SUCH_VERSION: FieldRule = FieldRule::new(
    "not_found",
    [
        "没有这个版本，请使用 /api/v1/legal/{document} 返回的 version。",
        "없는 버전입니다. /api/v1/legal/{document}의 version을 보내 주세요.",
        "There is no such version. Give the `version` of /api/v1/legal/{document}.",
    ],
);

impl Agreed {
    /// In the request that is being handled, and in its language.
    pub(crate) fn now(field: &'static str, document: Document, version: String, lang: Lang) -> Self {
        let request_id = TraceId::current().map(|id| id.to_string()).unwrap_or_default();
        Self { field, document, version, language: lang.into(), request_id, age_confirmed: false }
    }

    /// Without it nobody agrees to the privacy text.
    pub(crate) fn by_somebody_old_enough(self, age_confirmed: bool) -> Result<Self> {
        if self.document == Document::Privacy && !age_confirmed {
            return Err(Refusal::field("age_confirmed", AGE).into());
        }
        Ok(Self { age_confirmed, ..self })
    }
}

/// Personal data is taken only with a standing consent to the privacy text that counts now.
pub(crate) fn require_privacy(conn: &mut DbConn, customer: CustomerId, now: Timestamp) -> Result<()> {
    let required = |version: Option<&str>| {
        let refusal = Refusal::new(Code::ConsentRequired).with("document", Document::Privacy);
        Error::from(match version {
            Some(version) => refusal.with("version", version),
            None => refusal,
        })
    };
    let newest = match content::newest(conn, Document::Privacy, now) {
        Err(error) if error.code() == Some(Code::NotFound) => return Err(required(None)),
        newest => newest?,
    };
    let stands = standing(conn, customer)?.iter().any(|consent| consent.age_confirmed && is_to(consent, &newest));
    if stands { Ok(()) } else { Err(required(Some(&newest.version))) }
}

/// Keeps the proof. Agreed to twice, the first proof stands. 409 `document_changed` for a version that no longer counts.
pub(crate) fn give(tx: &mut Tx, customer: CustomerId, agreed: &Agreed, now: Timestamp) -> Result<Consent> {
    super::lock(tx, customer)?;
    let newest = content::newest(tx, agreed.document, now)?;
    if newest.version != agreed.version {
        if content::document(tx, agreed.document, &agreed.version)?.is_none_or(|text| text.published_at > now) {
            return Err(Refusal::field(agreed.field, NO_SUCH_VERSION).into());
        }
        return Err(Refusal::new(Code::DocumentChanged).with("version", &newest.version).into());
    }
    let same = |consent: &Consent| is_to(consent, &newest) && (consent.age_confirmed || !agreed.age_confirmed);
    if let Some(stands) = standing(tx, customer)?.into_iter().find(same) {
        return Ok(stands);
    }
    let consent = NewConsent {
        customer_id: customer,
        document: agreed.document,
        version: agreed.version.clone(),
        language: agreed.language,
        text_hash: newest.hash(agreed.language),
        request_id: agreed.request_id.clone(),
        given_at: now,
        age_confirmed: agreed.age_confirmed,
    };
    rows::insert(tx, &consent)?;
    let given = standing(tx, customer)?.into_iter().find(same);
    given.ok_or_else(|| Error::internal("a consent vanished while it was given"))
}

fn is_to(consent: &Consent, text: &LegalText) -> bool {
    consent.document == text.document && consent.version == text.version
}

/// What stands, newest first.
pub fn standing(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<Consent>> {
    Ok(rows::standing(conn, customer)?.into_iter().map(Consent::from).collect())
}

/// What was ever agreed to, newest first, at most 200.
pub fn all(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<Consent>> {
    Ok(rows::of(conn, customer)?.into_iter().map(Consent::from).collect())
}

/// Takes back the consent to one document; the proof that it was given stays. What rests on it goes.
pub fn withdraw(tx: &mut Tx, customer: CustomerId, document: Document, now: Timestamp) -> Result<usize> {
    // Else an identity that is being left at the same moment would outlive its consent.
    super::lock(tx, customer)?;
    match document {
        Document::Identity => store::delete_identity(tx, customer)?,
        Document::Privacy => {
            profile::forget_phone(tx, customer)?;
            profile::forget_nickname(tx, customer)?;
            addresses::forget_all(tx, customer)?;
        }
        Document::Terms => {}
    }
    note_withdrawn(tx, customer, document, now)
}

/// Only the consent: what rests on it is dealt with by the caller.
pub(crate) fn note_withdrawn(tx: &mut Tx, customer: CustomerId, document: Document, now: Timestamp) -> Result<usize> {
    rows::withdraw(tx, customer, &[document], now)
}

pub(super) fn withdraw_all(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<usize> {
    rows::withdraw(tx, customer, Document::ALL, now)
}
