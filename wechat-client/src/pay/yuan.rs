//! Amounts that WeChat writes in yuan (bills only), as integers. No float comes near them.

/// Fen from yuan text like `12.3`, `-0.05` or `45.00000`. `None` for anything that is not a whole number of fen.
pub(super) fn fen_of_yuan(text: &str) -> Option<i64> {
    scaled(text, 2)
}

/// Thousandths of a fen from yuan text: the fee column of bills has five decimals.
pub(super) fn milli_fen_of_yuan(text: &str) -> Option<i64> {
    scaled(text, 5)
}

/// A count, which bills sometimes write as `45.0`.
pub(super) fn count(text: &str) -> Option<u64> {
    scaled(text, 0).and_then(|count| u64::try_from(count).ok())
}

/// The number times 10^`decimals`; further decimals must be zero.
fn scaled(text: &str, decimals: usize) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let (kept, beyond) = fraction.split_at(fraction.len().min(decimals));
    if beyond.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let value: i64 = format!("{whole}{kept:0<decimals$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::{count, fen_of_yuan, milli_fen_of_yuan};

    #[test]
    fn yuan_become_fen_without_rounding() {
        let cases = [
            ("0.00", Some(0)),
            ("0.01", Some(1)),
            ("12", Some(1200)),
            ("12.3", Some(1230)),
            ("-0.05", Some(-5)),
            ("45.00000", Some(4500)),
            ("90071992547409.93", Some(9_007_199_254_740_993)),
            ("0.001", None),
            ("", None),
            (".5", None),
            ("5.", None),
            ("1,000.00", None),
            ("1e3", None),
            ("+1", None),
            ("--1", None),
            ("１", None),
            ("99999999999999999999", None),
        ];
        for (text, fen) in cases {
            assert_eq!(fen_of_yuan(text), fen, "{text}");
        }
        assert_eq!(milli_fen_of_yuan("-0.07406"), Some(-7406));
        assert_eq!((count("45.0"), count("45"), count("-1"), count("4.5")), (Some(45), Some(45), None, None));
    }
}
