//! What a text of a request may hold.

use crate::base::error::{Refusal, Result, Wrong};

/// A text of one line, `min` to `max` characters (Unicode scalar values, not bytes). Refused: blank where something is
/// needed, too long, too short, control characters, line and paragraph separators, and marks that turn the direction of
/// writing: on a parcel label they show another text than was stored.
pub fn line(field: &str, text: &str, min: usize, max: usize) -> Result<()> {
    check_line(text, min, max).map_err(|wrong| Refusal::field(field, wrong).into())
}

/// As [`line`], for who looks at more than one field.
pub(crate) fn check_line(text: &str, min: usize, max: usize) -> Result<(), Wrong> {
    // Bytes first: a text of 10 MB need not be counted.
    if text.len() > max.saturating_mul(4) || text.chars().count() > max {
        return Err(Wrong::TooLong(max as u64));
    }
    if min > 0 && text.trim().is_empty() {
        return Err(Wrong::Missing);
    }
    if text.chars().count() < min {
        return Err(Wrong::TooShort(min as u64));
    }
    if text.chars().any(misleads) { Err(Wrong::Letters) } else { Ok(()) }
}

fn misleads(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::base::error::Error;

    fn reason(text: &str, min: usize, max: usize) -> Option<String> {
        match line("remark", text, min, max) {
            Ok(()) => None,
            Err(Error::Refused(refusal)) => Some(refusal.fields[0].wrong.reason().to_owned()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(reason("军浦馆🏠", 1, 4), None);
        assert_eq!(reason("军浦馆🏠", 1, 3).as_deref(), Some("too_long"));
        assert_eq!(reason(&"a".repeat(10_000_000), 1, 100).as_deref(), Some("too_long"));
    }

    #[test]
    fn a_text_that_shows_as_another_is_refused() {
        for bad in ["a\0b", "a\nb", "a\u{7f}", "\u{202e}gnp.exe", "a\u{2066}b", "a\u{2028}b"] {
            assert_eq!(reason(bad, 1, 20).as_deref(), Some("invalid"), "{bad:?}");
        }
        // Joined emoji, rare CJK and decomposed Hangul are honest.
        for good in ["👨\u{200d}👩\u{200d}👧", "𠀀", "\u{1100}\u{1161}"] {
            assert_eq!(reason(good, 1, 20), None, "{good:?}");
        }
    }

    #[test]
    fn blank_is_missing_where_something_is_needed() {
        assert_eq!(reason("  ", 1, 20).as_deref(), Some("missing"));
        assert_eq!(reason("", 0, 20), None);
        assert_eq!(reason("ab", 3, 20).as_deref(), Some("too_short"));
    }
}
