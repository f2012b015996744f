//! The caller's language.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

/// Ranges of an `Accept-Language` that are looked at; a browser sends fewer than ten.
const RANGES_MAX: usize = 32;

/// A language that the shop speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese, the buyers' language.
    #[default]
    Zh,
    /// Korean.
    Ko,
    /// English.
    En,
}

impl Lang {
    /// Every language, in the order in which equal wishes are decided.
    pub const ALL: [Self; 3] = [Self::Zh, Self::Ko, Self::En];

    /// The text of this language.
    pub fn pick<T>(self, zh: T, ko: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::Ko => ko,
            Self::En => en,
        }
    }

    /// For `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    const fn subtag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    /// The language that `Accept-Language` wants most (RFC 9110, 12.5.4). Only the primary subtag counts: `zh-TW` is
    /// answered in Chinese. Chinese if nothing fits or nothing is said.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let ranges =
            headers.get_all(ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
        Self::choose(ranges)
    }

    fn choose<'a>(ranges: impl Iterator<Item = &'a str>) -> Self {
        let mut wished: [Option<u16>; 3] = [None; 3];
        let mut any = None;
        for (primary, quality) in ranges.take(RANGES_MAX).filter_map(read_range) {
            if primary == "*" {
                any = any.max(Some(quality));
            }
            for (lang, wish) in Self::ALL.iter().zip(&mut wished) {
                if primary.eq_ignore_ascii_case(lang.subtag()) {
                    *wish = (*wish).max(Some(quality));
                }
            }
        }
        let mut best = (0, Self::default());
        for (lang, wish) in Self::ALL.into_iter().zip(wished) {
            // A language that is named is not under `*`: `en;q=0, *` means anything but English.
            let quality = wish.or(any).unwrap_or(0);
            if quality > best.0 {
                best = (quality, lang);
            }
        }
        best.1
    }
}

/// `ko-KR;q=0.8` as `("ko", 800)`; nothing if it is malformed.
fn read_range(range: &str) -> Option<(&str, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let primary = tag.split('-').next()?;
    let mut quality = 1000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("q") {
            quality = read_quality(value.trim())?;
        }
    }
    Some((primary, quality))
}

/// A qvalue in thousandths: 0 to 1 with at most three decimals.
fn read_quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

impl FromRequest for Lang {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::from_headers(request.headers())))
    }
}

#[cfg(test)]
mod tests {
    use super::Lang::{self, En, Ko, Zh};

    fn chosen(header: &str) -> Lang {
        Lang::choose(header.split(','))
    }

    #[test]
    fn the_first_language_named_does_not_win_over_the_most_wanted() {
        for (header, expected) in [
            ("", Zh),
            ("*", Zh),
            ("fr", Zh),
            ("en", En),
            ("en-US,en;q=0.9", En),
            ("en;q=0.5, ko;q=0.8", Ko),
            ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", Ko),
            ("fr, en;q=0.2", En),
            ("zh-TW,en;q=0.9", Zh),
            ("en;q=0.8, *;q=0.9", Zh),
            ("zh;q=0, *", Ko),
            ("zh;q=0, ko;q=0, en;q=0", Zh),
            ("EN ; Q=0.3", En),
        ] {
            assert_eq!(chosen(header), expected, "{header}");
        }
    }

    #[test]
    fn a_malformed_quality_is_ignored_not_taken_for_one() {
        for malformed in ["en;q=1.1", "en;q=-1", "en;q=0.1234", "en;q=", "en;q=abc", "en;q", ";q=1"] {
            assert_eq!(chosen(&format!("{malformed},ko;q=0.1")), Ko, "{malformed}");
        }
    }
}
