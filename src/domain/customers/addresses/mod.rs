//! Where parcels go.
//!
//! - Name, phone and street are stored sealed; the phone is masked on read, and a `PUT` that gives the mask back leaves
//!   it as it is.
//! - A place is named by its six-digit code; the names of province, city and district must agree with it ([`regions`]).
//! - A buyer has at most [`ADDRESSES_MAX`] addresses, and exactly one default while there are any: the first one is it,
//!   setting another moves it, and deleting it makes the newest one the default. A `PUT` can't unset it.
//! - An address goes by a random id. Somebody else's looks like one that is not there.

pub(crate) mod api;
mod book;
pub mod regions;
mod store;

pub use book::{ShipTo, copy, for_order, for_quote};
pub(crate) use store::delete_all as forget_all;

use crate::base::error::{FieldRule, Wrong};

/// Addresses of one buyer.
pub const ADDRESSES_MAX: i64 = 20;
/// 80 random bits.
const PUBLIC_ID_LETTERS: usize = 16;

const NO_PHONE: FieldRule = FieldRule::new(
    "invalid",
    [
        "请填写 11 位中国大陆手机号。",
        "중국 본토 휴대전화 번호 11자리를 입력해 주세요.",
        "A mainland mobile number has 11 digits.",
    ],
);

/// A mainland mobile number, 11 digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phone(String);

impl Phone {
    /// Takes what people type: `+86` or `86` before it, spaces, dashes, full-width digits.
    fn parse(typed: &str) -> Result<Self, Wrong> {
        let kept = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | '‐' | '–' | '—'));
        let digits: String = kept.map(narrow).collect();
        let number = match digits.strip_prefix("+86") {
            Some(rest) => rest,
            None if digits.len() == 13 => digits.strip_prefix("86").unwrap_or(&digits),
            None => &digits,
        };
        match number.as_bytes() {
            [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit) => {
                Ok(Self(number.to_owned()))
            }
            _ => Err(NO_PHONE.into()),
        }
    }
}

/// Full-width digits and plus as their ASCII twins.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' | '＋' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_mainland_mobile_number_is_understood_however_it_is_typed() {
        for typed in [
            "13800000000",
            "+8613800000000",
            "8613800000000",
            "+86 138-0000-0000",
            " 138 0000 0000 ",
            "１３８００００００００",
            "＋86 138 0000 0000",
            "138—0000—0000",
        ] {
            assert_eq!(Phone::parse(typed).unwrap().0, "13800000000", "{typed}");
        }
    }

    #[test]
    fn what_is_no_mainland_mobile_number_is_refused() {
        for bad in [
            "",
            "1380000000",
            "138000000000",
            "12800000000",
            "23800000000",
            "138****0000",
            "+8213800000000",
            "+861380000000",
            "86138000000000",
            "010-12345678",
            "1380000000a",
            "١٣٨٠٠٠٠٠٠٠٠",
            "+13800000000",
        ] {
            assert!(Phone::parse(bad).is_err(), "{bad}");
        }
    }
}
