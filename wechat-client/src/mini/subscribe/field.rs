//! The types of a template's fields and what they may hold. Page: 订阅消息参数值内容限制.

use crate::mini::is_line;
use crate::mini::subscribe::time::{is_date, is_time};

/// Most characters of a `thing`.
const THING_CHARS: usize = 20;
/// Signs that an amount may begin with; the page says "one currency sign".
const CURRENCY_SIGNS: &str = "¥￥$€£₩";
/// Longest name of a field, in bytes.
const NAME_LIMIT_BYTES: usize = 32;

/// A value that a template would refuse. It names the field and the rule, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct FieldFault {
    /// The field, such as `thing1`.
    pub field: String,
    /// The rule that is broken.
    pub rule: &'static str,
}

impl FieldFault {
    pub(super) fn new(field: &str, rule: &'static str) -> Self {
        Self { field: field.chars().filter(|letter| !letter.is_control()).take(NAME_LIMIT_BYTES).collect(), rule }
    }
}

/// The type of a field, by the name before its number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    Thing,
    Number,
    Letter,
    Symbol,
    CharacterString,
    Time,
    Date,
    Amount,
    PhoneNumber,
    CarNumber,
    Name,
    Phrase,
    /// `enum`, and what the page does not name (yet).
    Other,
}

impl FieldKind {
    pub(super) fn of(field: &str) -> Result<Self, FieldFault> {
        let kind = field.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_named = kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let is_numbered = kind.len() < field.len() && field.len() <= NAME_LIMIT_BYTES;
        if kind.is_empty() || !is_named || !is_numbered {
            return Err(FieldFault::new(field, "a field is named by its type and a number, as in thing1"));
        }
        Ok(match kind {
            "thing" => Self::Thing,
            "number" => Self::Number,
            "letter" => Self::Letter,
            "symbol" => Self::Symbol,
            "character_string" => Self::CharacterString,
            "time" => Self::Time,
            "date" => Self::Date,
            "amount" => Self::Amount,
            "phone_number" => Self::PhoneNumber,
            "car_number" => Self::CarNumber,
            "name" => Self::Name,
            "phrase" => Self::Phrase,
            _ => Self::Other,
        })
    }

    pub(super) fn check(self, field: &str, value: &str) -> Result<(), FieldFault> {
        if value.trim().is_empty() {
            return Err(FieldFault::new(field, "must not be empty"));
        }
        if value.chars().any(char::is_control) {
            return Err(FieldFault::new(field, "must have no line break or control character"));
        }
        let (fits, rule) = self.rule(value);
        if fits { Ok(()) } else { Err(FieldFault::new(field, rule)) }
    }

    fn rule(self, value: &str) -> (bool, &'static str) {
        let count = units(value);
        match self {
            Self::Thing => (count <= THING_CHARS, "at most 20 characters"),
            Self::Number => (is_number(value, 32), "at most 32 digits, with decimals if need be"),
            Self::Letter => {
                let are_letters = value.bytes().all(|byte| byte.is_ascii_alphabetic());
                (count <= 32 && are_letters, "at most 32 letters of the English alphabet")
            }
            Self::Symbol => {
                let are_symbols = value.chars().all(|letter| !letter.is_alphanumeric() && !letter.is_whitespace());
                (count <= 5 && are_symbols, "at most 5 symbols")
            }
            Self::CharacterString => {
                let are_plain = value.bytes().all(|byte| byte.is_ascii_graphic());
                (count <= 32 && are_plain, "at most 32 digits, English letters and symbols")
            }
            Self::Time => (is_time(value), "24-hour time, such as 15:01 or 2019年10月1日 15:01, or two joined by ~"),
            Self::Date => (is_date(value), "a date, such as 2019年10月1日 or 2019-10-01 15:01, or two joined by ~"),
            Self::Amount => {
                (is_amount(value), "at most 1 currency sign and 10 digits, with decimals and 元 if need be")
            }
            Self::PhoneNumber => {
                let is_phone = value.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation());
                (count <= 17 && is_phone, "at most 17 digits and symbols")
            }
            Self::CarNumber => (is_plate(value), "at most 8 letters and digits, the first and the last may be Chinese"),
            Self::Name => (is_name(value), "at most 10 Chinese characters, or 20 letters and symbols"),
            Self::Phrase => (count <= 5 && value.chars().all(is_chinese), "at most 5 Chinese characters"),
            Self::Other => (is_line(value, 32), "at most 32 characters"),
        }
    }
}

/// How WeChat counts characters is said for Chinese ones only (one each). An emoji is counted as two here, to be safe.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// Digits, and a point between two of them.
fn is_number(text: &str, digits_max: usize) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    are_digits(whole) && are_digits(decimals) && digits <= digits_max
}

fn is_amount(text: &str) -> bool {
    let text = text.strip_suffix('元').unwrap_or(text);
    let signed = text.chars().next().filter(|sign| CURRENCY_SIGNS.contains(*sign));
    is_number(&text[signed.map_or(0, char::len_utf8)..], 10)
}

fn is_plate(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let ends = [0, letters.len().saturating_sub(1)];
    let fits =
        |(at, letter): (usize, &char)| letter.is_ascii_alphanumeric() || (ends.contains(&at) && is_chinese(*letter));
    letters.len() <= 8 && letters.iter().enumerate().all(fits)
}

/// A mixed name counts as a Chinese one.
fn is_name(text: &str) -> bool {
    let limit = if text.chars().any(is_chinese) { 10 } else { 20 };
    units(text) <= limit && !text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A text cut to what a `thing` may hold: 20 characters, the last of which is `…` if something was left out. Line breaks
/// become spaces. For names of goods; what must be read whole is to be written shorter.
pub fn cut_to_thing(text: &str) -> String {
    let line: Vec<&str> = text.split(|letter: char| letter.is_control() || letter.is_whitespace()).collect();
    let line = line.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if units(&line) <= THING_CHARS {
        return line;
    }
    let mut cut = String::new();
    for letter in line.chars() {
        if units(&cut) + letter.len_utf16() >= THING_CHARS {
            break;
        }
        cut.push(letter);
    }
    format!("{}…", cut.trim_end())
}
