//! The identity of a buyer: name and ID number, checked, sealed, and left with a consent of its own.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::Document;
use super::consents::{self, Agreed};
use super::store::{self, NewIdentity};
use crate::base::clock::{Timestamp, shanghai};
use crate::base::db::DbConn;
use crate::base::error::{FieldErrors, FieldRule, Result, Wrong};
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

/// An identity as it was typed, if it is well formed and no minor's; else none, and the fields at fault are kept.
pub(super) fn typed(name: &str, id_number: &str, now: Timestamp, errors: &mut FieldErrors) -> Option<Identity> {
    let name = errors.take("name", parse_name(name));
    let id_number = errors.take("id_number", IdNumber::parse(id_number, now.utc()));
    Some(Identity { name: name?, id_number: id_number?.0 })
}

/// Leaves or replaces an identity; the consent counts from now. Refuses a consent to anything but the newest text.
pub(super) async fn put_identity(
    app: &Arc<App>,
    customer: CustomerId,
    identity: Identity,
    agreed: Agreed,
) -> Result<ConsentedIdentity> {
    let now = app.clock.timestamp();
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

const NOT_18: FieldRule = FieldRule::new(
    "invalid",
    [
        "应为 18 位：17 位数字，末位为数字或 X。",
        "18자여야 합니다. 숫자 17자리 뒤에 숫자 또는 X.",
        "An ID number has 18 characters: 17 digits, then a digit or X.",
    ],
);
const NO_DATE: FieldRule = FieldRule::new(
    "birth_date",
    [
        "第 7 到 14 位不是有效的出生日期。",
        "7~14번째 자리가 올바른 생년월일이 아닙니다.",
        "Characters 7 to 14 of the ID number are no date of birth.",
    ],
);
const CHECK_DIGIT: FieldRule = FieldRule::new(
    "check_digit",
    [
        "校验位（第 18 位）不符，请核对是否有输错的数字。",
        "검증 숫자(18번째 자리)가 맞지 않습니다. 잘못 입력한 숫자가 있는지 확인해 주세요.",
        "The check digit (character 18) of the ID number does not fit: one of the digits is wrong.",
    ],
);
const UNDER_AGE: FieldRule = FieldRule::new(
    "under_age",
    ["订购人须年满 18 周岁。", "주문자는 만 18세 이상이어야 합니다.", "The orderer must be 18 years old."],
);
const NAME_LENGTH: FieldRule =
    FieldRule::new("out_of_range", ["应为 2 到 30 个字。", "2~30자여야 합니다.", "A name has 2 to 30 characters."]);
const _: () = assert!(*NAME_CHARS.start() == 2 && *NAME_CHARS.end() == 30, "the texts above say 2 to 30");
const NAME_LETTERS: FieldRule = FieldRule::new(
    "invalid",
    [
        "请与身份证一致：只能用汉字、拉丁字母和间隔号“·”。",
        "신분증과 같아야 합니다. 한자, 로마자, 가운뎃점(·)만 쓸 수 있습니다.",
        "The name as on the card: Chinese characters, Latin letters, and the dot between parts.",
    ],
);

/// A well-formed Chinese resident identity number.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct IdNumber(String);

impl IdNumber {
    /// Takes what people type: full-width digits, a small `x`, spaces.
    pub(super) fn parse(typed: &str, now: DateTime<Utc>) -> Result<Self, Wrong> {
        let number: String = typed.chars().filter(|c| !c.is_whitespace()).map(narrow).collect();
        if !is_of_form(&number) {
            return Err(NOT_18.into());
        }
        let today = now.with_timezone(&shanghai()).date_naive();
        let birth = birth_date(&number).filter(|birth| *birth <= today).ok_or(NO_DATE)?;
        if check_character(&number) != number.bytes().last() {
            return Err(CHECK_DIGIT.into());
        }
        match today.years_since(birth) {
            Some(ADULT_YEARS..) => Ok(Self(number)),
            _ => Err(UNDER_AGE.into()),
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

/// 17 digits and a last character.
fn is_of_form(number: &str) -> bool {
    number
        .as_bytes()
        .split_first_chunk::<17>()
        .is_some_and(|(digits, last)| digits.iter().all(u8::is_ascii_digit) && matches!(last, [b'0'..=b'9' | b'X']))
}

/// The date within; nothing if no such day was.
fn birth_date(number: &str) -> Option<NaiveDate> {
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
pub(super) fn parse_name(typed: &str) -> Result<String, Wrong> {
    let name: String =
        typed.trim().chars().map(|c| if matches!(c, '•' | '‧' | '∙' | '⋅' | '・') { '·' } else { c }).collect();
    if !NAME_CHARS.contains(&name.chars().count()) {
        return Err(NAME_LENGTH.into());
    }
    let edges = name.starts_with('·') || name.ends_with('·') || name.contains("··");
    if edges || !name.chars().all(|c| c == '·' || c.is_ascii_alphabetic() || is_han(c)) {
        return Err(NAME_LETTERS.into());
    }
    Ok(name)
}

/// Ideographs of Unicode 16 that names are written with: the unified ones and their extensions, and `〇`.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests;
