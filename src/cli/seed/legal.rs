//! Terms and privacy text as they are written in `demo/legal.json`, packed into the binary.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::base::error::{Error, Result};
use crate::domain::content::{Document, LegalText};

const LEGAL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/legal.json"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    document: Document,
    version: String,
    published_at: DateTime<Utc>,
    text: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    zh: String,
    ko: String,
    en: String,
}

/// All versions of all documents.
pub(super) fn packed() -> Result<Vec<LegalText>> {
    read(LEGAL, "demo/legal.json")
}

/// Texts as they are written in a file of this name.
pub(crate) fn read(json: &str, name: &str) -> Result<Vec<LegalText>> {
    let written: Vec<Written> =
        serde_json::from_str(json).map_err(|error| Error::internal(format!("{name}: {error}")))?;
    let texts = written.into_iter().map(|Written { document, version, published_at, text }| LegalText {
        document,
        version,
        text_zh: text.zh,
        text_ko: text.ko,
        text_en: text.en,
        published_at: published_at.into(),
    });
    Ok(texts.collect())
}
