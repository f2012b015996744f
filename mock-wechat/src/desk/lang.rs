//! English or Chinese.

use crate::Request;

/// Cookie of a language that was chosen.
const COOKIE: &str = "mock-lang=";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lang {
    En,
    Zh,
}

impl Lang {
    /// As chosen by `?lang=`, as chosen before, or as the browser asks.
    pub(super) fn of(request: &Request) -> Self {
        let cookies = request.get("Cookie").unwrap_or_default();
        let chosen = request
            .query("lang")
            .or_else(|| cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(COOKIE)).map(str::to_owned));
        let wanted = chosen.unwrap_or_else(|| request.get("Accept-Language").unwrap_or_default().to_owned());
        if wanted.starts_with("zh") { Self::Zh } else { Self::En }
    }

    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    pub(super) fn say(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self {
            Self::En => english,
            Self::Zh => chinese,
        }
    }
}
