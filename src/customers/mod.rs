//! Buyers and their identities.
//!
//! A buyer is an openid. Bonded goods are declared in the name of a real person, so a buyer may leave a name and a
//! Chinese resident identity number (居民身份证; the customs message knows no other document). The rules:
//!
//! - The number is checked by GB 11643-1999: 18 characters, a real date of birth from 1900 on and not in the future,
//!   the check character (upper-case `X`). That is a check of form; whether the person exists is checked by WeChat Pay
//!   when the payment is declared.
//! - Nobody under [`ADULT_YEARS`] can leave a number: the shop's own policy, stricter than the law's consent of a
//!   guardian for those under 14 (PIPL article 31).
//! - Both are stored sealed, with the version of the separate consent (PIPL articles 28 to 30), and shown masked only.
//!   Deleting them is withdrawing the consent: nothing is used from then on.
//!
//! What a buyer may do with the account itself:
//!
//! - **Profile**: nickname and language; WeChat is asked whether the nickname may be shown. The phone comes from WeChat only, by a code of this very buyer.
//! - **Consents** are kept as proof: version, language, hash of the text, time and request. Withdrawing one leaves the
//!   proof. Those to the terms and the privacy text are recorded, and nothing is refused for want of them; without the one
//!   to the newest `identity` text no ID number is taken, and with it the number goes.
//! - **The end**: an account is open, closing or closed. Closing, it places no orders. Closed, nothing of the person is
//!   left in it, and a keyed tombstone stands in the openid's place. When that happens is for `rights` to say.

pub(crate) mod api;
pub mod service;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use std::time::Duration;

use crate::clock::{Timestamp, shanghai};
use crate::db::sql_text_enum;
use crate::error::{Error, Refusal};
use crate::ids::CustomerId;
use crate::web::Lang;

/// Full years of age that an orderer of bonded goods has at least (own policy).
pub const ADULT_YEARS: u32 = 18;
/// An account that is closing is closed after this at the latest, whatever is open: 15 days, where practice allows 15
/// working days (GB/T 35273). Orders, refunds and late money go on without it.
pub const CLOSING_MAX: Duration = Duration::from_hours(15 * 24);
const BIRTH_YEAR_MIN: i32 = 1900;
/// Characters of a name. A single one is no full name; 30 is what a customs message takes of a long one.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=30;
/// GB 11643-1999, 4.3: weights of the first 17 digits, and the check character of each remainder by 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";

/// Who WeChat says is logging in.
pub struct WechatUser {
    /// The buyer within the mini program.
    pub openid: String,
    /// The buyer across apps of one owner, if WeChat tells it.
    pub unionid: Option<String>,
}

/// Result of a login.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    /// Who.
    pub customer_id: CustomerId,
    /// Never seen before.
    pub is_new: bool,
}

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
#[diesel(table_name = crate::db::schema::legal_documents)]
pub struct LegalText {
    /// Which.
    pub document: Document,
    /// Named with every consent.
    pub version: String,
    /// In Chinese, which is what counts in court.
    pub text_zh: String,
    /// In Korean.
    pub text_ko: String,
    /// In English.
    pub text_en: String,
    /// Counts from then on.
    pub published_at: Timestamp,
}

/// A stored identity, sealed.
#[derive(diesel::Queryable)]
struct SealedIdentity {
    name_sealed: Vec<u8>,
    id_number_sealed: Vec<u8>,
    consent_version: String,
    consented_at: Timestamp,
}

/// A well-formed Chinese resident identity number.
#[derive(Clone, PartialEq, Eq)]
struct IdNumber(String);

impl IdNumber {
    /// Takes what people type: full-width digits, a small `x`, spaces.
    fn parse(typed: &str, now: DateTime<Utc>) -> Result<Self, Error> {
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

    fn as_str(&self) -> &str {
        &self.0
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
fn parse_name(typed: &str) -> Result<String, Error> {
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
