//! The identity of a buyer: name and ID number, checked, sealed, and left with a consent of its own.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::Document;
use super::consents::{self, Agreed};
use super::store::{self, NewIdentity};
use crate::base::clock::{Timestamp, shanghai};
use crate::base::db::DbConn;
use crate::base::error::{Error, Refusal, Result};
use crate::base::ids::CustomerId;
use crate::platform::app::App;
use crate::platform::sealing::{AadContext, DataKey, Sealer, Subject};

/// Full years of age that an orderer of bonded goods has at least (own policy).
pub const ADULT_YEARS: u32 = 18;
const BIRTH_YEAR_MIN: i32 = 1900;
/// Characters of a name. A single one is no full name; 30 is what a customs message takes of a long one.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=30;
/// GB 11643-1999, 4.3: weights of the first 17 digits, and the check character of each remainder by 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";

/// Separates the blind index of ID numbers from those of other data under the same key.
const INDEX_PURPOSE: &str = "id_number";
const TABLE: &str = "identities";

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

/// A stored identity, sealed.
#[derive(diesel::Queryable)]
pub(super) struct SealedIdentity {
    pub(super) name_sealed: Vec<u8>,
    pub(super) id_number_sealed: Vec<u8>,
    pub(super) consent_version: String,
    pub(super) consented_at: Timestamp,
}

/// The identity of a buyer, opened, for an order; nothing if the buyer left none.
pub fn identity_snapshot(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId) -> Result<Option<Identity>> {
    Ok(find_identity(conn, sealer, customer)?.map(|found| found.identity))
}

/// The identity of a buyer, opened, with its consent; nothing if the buyer left none.
pub fn find_identity(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId) -> Result<Option<ConsentedIdentity>> {
    let Some(row) = store::identity(conn, customer)? else { return Ok(None) };
    let id = customer.to_string();
    let mut opened = |column, sealed: &[u8]| {
        sealer.open_text_of_subject(conn, &AadContext { table: TABLE, column, row: &id }, sealed)
    };
    let (Some(name), Some(id_number)) =
        (opened("name_sealed", &row.name_sealed)?, opened("id_number_sealed", &row.id_number_sealed)?)
    else {
        return Ok(None);
    };
    let identity = Identity { name, id_number };
    Ok(Some(ConsentedIdentity { identity, consent_version: row.consent_version, consented_at: row.consented_at }))
}

/// Leaves or replaces an identity; the consent counts from now. Refuses what is not well formed, minors, and a consent to
/// anything but the newest text.
pub(super) async fn put_identity(
    app: &Arc<App>,
    customer: CustomerId,
    name: &str,
    id_number: &str,
    agreed: Agreed,
) -> Result<ConsentedIdentity> {
    let now = app.clock.timestamp();
    let identity = Identity { name: parse_name(name)?, id_number: IdNumber::parse(id_number, now.utc())?.0 };
    let consent_version = agreed.version.clone();
    let (context, written) = (Arc::clone(app), identity.clone());
    app.db
        .write(move |tx| {
            consents::give(tx, customer, &agreed, now)?;
            consents::require_privacy(tx, customer, now)?;
            let key = context.sealer.key_of(tx, Subject::Person(customer), now)?;
            store::put_identity(tx, &sealed(&context.sealer, &key, customer, &written, &agreed, now)?)
        })
        .await?;
    Ok(ConsentedIdentity { identity, consent_version, consented_at: now })
}

fn sealed(
    sealer: &Sealer,
    key: &DataKey,
    customer: CustomerId,
    identity: &Identity,
    agreed: &Agreed,
    now: Timestamp,
) -> Result<NewIdentity> {
    let row = customer.to_string();
    let seal = |column, text: &str| key.seal(&AadContext { table: TABLE, column, row: &row }, text.as_bytes());
    Ok(NewIdentity {
        customer_id: customer,
        name_sealed: seal("name_sealed", &identity.name)?,
        id_number_sealed: seal("id_number_sealed", &identity.id_number)?,
        id_number_index: sealer.blind_index(INDEX_PURPOSE, &identity.id_number),
        consent_version: agreed.version.clone(),
        consented_at: now,
        updated_at: now,
    })
}

/// Withdraws the consent: the identity is gone. No error if there was none.
pub(super) async fn delete_identity(app: &App, customer: CustomerId) -> Result<()> {
    let now = app.clock.timestamp();
    app.db.write(move |tx| consents::withdraw(tx, customer, Document::Identity, now)).await?;
    Ok(())
}

/// A well-formed Chinese resident identity number.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct IdNumber(String);

impl IdNumber {
    /// Takes what people type: full-width digits, a small `x`, spaces.
    pub(super) fn parse(typed: &str, now: DateTime<Utc>) -> Result<Self> {
        let invalid = || Error::from(Refusal::field("id_number", "invalid"));
        let number: String = typed.chars().filter(|c| !c.is_whitespace()).map(narrow).collect();
        let birth = birth_date(&number).ok_or_else(invalid)?;
        if check_character(&number) != number.bytes().last() {
            return Err(invalid());
        }
        let today = now.with_timezone(&shanghai()).date_naive();
        if birth > today {
            return Err(invalid());
        }
        match today.years_since(birth) {
            Some(ADULT_YEARS..) => Ok(Self(number)),
            _ => Err(Refusal::field("id_number", "under_age").into()),
        }
    }
}

/// Full-width digits, letters and signs as their ASCII twins; `x` as `X`.
fn narrow(c: char) -> char {
    let ascii = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    if ascii == 'x' { 'X' } else { ascii }
}

/// The date within a number of 17 digits and a last character; nothing if it is not of that form, or no such day was.
fn birth_date(number: &str) -> Option<NaiveDate> {
    let (digits, last) = number.as_bytes().split_first_chunk::<17>()?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(last, [b'0'..=b'9' | b'X']) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| number.get(range)?.parse::<u32>().ok();
    let date = NaiveDate::from_ymd_opt(i32::try_from(part(6..10)?).ok()?, part(10..12)?, part(12..14)?)?;
    (date.year() >= BIRTH_YEAR_MIN).then_some(date)
}

fn check_character(number: &str) -> Option<u8> {
    let sum: u32 =
        number.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight).sum();
    CHECK_CHARACTERS.get(usize::try_from(sum % 11).ok()?).copied()
}

/// A name as on the card: Chinese characters, Latin letters, and the dot between the parts of a transcribed name, of
/// which several look-alikes are typed.
pub(super) fn parse_name(typed: &str) -> Result<String> {
    let name: String =
        typed.trim().chars().map(|c| if matches!(c, '•' | '‧' | '∙' | '⋅' | '・') { '·' } else { c }).collect();
    if !NAME_CHARS.contains(&name.chars().count()) {
        return Err(Refusal::field("name", "out_of_range").into());
    }
    let edges = name.starts_with('·') || name.ends_with('·') || name.contains("··");
    if edges || !name.chars().all(|c| c == '·' || c.is_ascii_alphabetic() || is_han(c)) {
        return Err(Refusal::field("name", "invalid").into());
    }
    Ok(name)
}

/// Ideographs of Unicode 16 that names are written with: the unified ones and their extensions, and `〇`.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests;
