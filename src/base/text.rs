//! Languages of the shop, and texts in all of them.

use serde::Deserialize;

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

    /// Its code (ISO 639-1).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    /// The language that the ranges of `Accept-Language` want most (RFC 9110, 12.5.4). Only the primary subtag counts: `zh-TW` is answered
    /// in Chinese. Chinese if nothing fits or nothing is said.
    pub fn choose<'a>(ranges: impl Iterator<Item = &'a str>) -> Self {
        let mut wished: [Option<u16>; 3] = [None; 3];
        let mut any = None;
        for (primary, quality) in ranges.take(RANGES_MAX).filter_map(read_range) {
            if primary == "*" {
                any = any.max(Some(quality));
            }
            for (lang, wish) in Self::ALL.iter().zip(&mut wished) {
                if primary.eq_ignore_ascii_case(lang.code()) {
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

/// One thing for each language.
#[derive(Clone, Debug)]
pub(crate) struct PerLang<T>([T; 3]);

impl<T> PerLang<T> {
    /// What cannot fail.
    pub(crate) fn of(of: impl FnMut(Lang) -> T) -> Self {
        Self(Lang::ALL.map(of))
    }

    /// The first error, if one can't be made.
    pub(crate) fn build<E>(of: impl FnMut(Lang) -> Result<T, E>) -> Result<Self, E> {
        let [zh, ko, en] = Lang::ALL.map(of);
        Ok(Self([zh?, ko?, en?]))
    }

    pub(crate) fn get(&self, lang: Lang) -> &T {
        let [zh, ko, en] = &self.0;
        lang.pick(zh, ko, en)
    }
}

/// A text of the program in every language of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    zh: &'static str,
    ko: &'static str,
    en: &'static str,
}

impl Words {
    /// Chinese, Korean, English.
    pub(crate) const fn new([zh, ko, en]: [&'static str; 3]) -> Self {
        Self { zh, ko, en }
    }

    /// The text in one language.
    pub fn get(self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.ko, self.en)
    }
}

/// A text in the three languages of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, diesel::Queryable)]
#[serde(deny_unknown_fields)]
pub struct Text3 {
    /// Chinese, for buyers and the warehouse.
    pub zh: String,
    /// Korean, for the firms.
    pub ko: String,
    /// English.
    pub en: String,
}

impl Text3 {
    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.ko, &self.en)
    }

    /// As [`get`](Self::get), for who needs the text alone.
    pub fn into_text(self, lang: Lang) -> String {
        lang.pick(self.zh, self.ko, self.en)
    }

    /// All three.
    pub(crate) fn all(&self) -> [&str; 3] {
        [&self.zh, &self.ko, &self.en]
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
