//! Lists that page by key: a page costs the same wherever it is.

use std::fmt::{self, Display};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use crate::base::error::{Error, FieldRule, Refusal};

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;
/// Longest key inside a cursor, bytes.
const CURSOR_KEY_MAX: usize = 256;

const NOT_OURS: FieldRule = FieldRule::new(
    "invalid",
    [
        "请原样使用上一页返回的 next_cursor。",
        "앞 페이지가 준 next_cursor를 그대로 보내 주세요.",
        "Give the `next_cursor` of the page before, as it was.",
    ],
);

/// How many items a page has: 1 to 100, 20 unless told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = i64, minimum = 1, maximum = 100, default = 20)]
pub struct Limit(u32);

impl Limit {
    /// Number of items, 1 to 100.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Rows to ask the database for: the one too many, which [`Page::of`] takes off, says that there is a next page.
    pub const fn and_one(self) -> i64 {
        self.0 as i64 + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let asked = u32::try_from(i64::deserialize(deserializer)?).ok();
        asked.filter(|asked| (1..=LIMIT_MAX).contains(asked)).map(Self).ok_or_else(|| de::Error::custom("out_of_range"))
    }
}

/// Where the next page begins: the key of the last item seen. Clients hand it back as it is.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 341, pattern = "^[A-Za-z0-9_-]+$", example = "MTIz")]
pub struct Cursor(String);

impl Cursor {
    /// A cursor behind the item with this key.
    pub fn of(key: impl Display) -> Self {
        Self(key.to_string())
    }

    /// The key; 400 naming `cursor` if this is not one of ours. It says where to begin, never what may be seen.
    pub fn parse<K: FromStr>(&self) -> Result<K, Error> {
        self.0.parse().map_err(|_| Refusal::field("cursor", NOT_OURS).into())
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(CursorVisitor)
    }
}

struct CursorVisitor;

impl Visitor<'_> for CursorVisitor {
    type Value = Cursor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cursor, E> {
        let not_ours = || E::custom("invalid");
        if text.is_empty() || text.len() > CURSOR_KEY_MAX * 4 / 3 {
            return Err(not_ours());
        }
        let key = URL_SAFE_NO_PAD.decode(text).map_err(|_| not_ours())?;
        let key = String::from_utf8(key).map_err(|_| not_ours())?;
        if key.chars().any(char::is_control) {
            return Err(not_ours());
        }
        Ok(Cursor(key))
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give it back as `cursor` for the next page; `null` at the end.
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// Of the rows that came when [`Limit::and_one`] were asked for, in the order of their keys.
    pub fn of<K: Display>(mut items: Vec<T>, limit: Limit, key: impl Fn(&T) -> K) -> Self {
        let wanted = limit.0 as usize;
        let more = items.len() > wanted;
        items.truncate(wanted);
        let next_cursor = items.last().filter(|_| more).map(|last| Cursor::of(key(last)));
        Self { items, next_cursor }
    }

    /// The same page of something else.
    pub fn map<U>(self, shown: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(shown).collect(), next_cursor: self.next_cursor }
    }

    /// The same, where showing may fail.
    pub fn try_map<U>(self, shown: impl FnMut(T) -> Result<U, Error>) -> Result<Page<U>, Error> {
        let items = self.items.into_iter().map(shown).collect::<Result<_, _>>()?;
        Ok(Page { items, next_cursor: self.next_cursor })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::base::ids::OrderId;

    #[test]
    fn a_huge_limit_does_not_make_a_huge_page() {
        let limit = |text: &str| serde_json::from_str::<Limit>(text).map(Limit::get).ok();
        assert_eq!(limit("100"), Some(100));
        assert_eq!(limit("101"), None);
        assert_eq!(limit("9000000000000000000"), None);
        assert_eq!(limit("1"), Some(1));
        assert_eq!(limit("0"), None);
        assert_eq!(limit("-1"), None);
        assert_eq!(Limit::default().get(), 20);
    }

    #[test]
    fn the_row_too_many_is_not_shown_and_the_last_page_has_no_next() {
        let limit = Limit(2);
        assert_eq!(limit.and_one(), 3);
        let page = Page::of(vec![9, 8, 7], limit, |row| *row);
        assert_eq!((page.items, page.next_cursor), (vec![9, 8], Some(Cursor::of(8))));
        let last = Page::of(vec![7, 6], limit, |row| *row);
        assert_eq!((last.items, last.next_cursor), (vec![7, 6], None));
    }

    #[test]
    fn an_edited_cursor_is_refused_and_a_real_one_comes_back() {
        let wire = serde_json::to_string(&Cursor::of(OrderId(77))).unwrap();
        assert!(!wire.contains("77"), "the key is not for reading: {wire}");
        let back: Cursor = serde_json::from_str(&wire).unwrap();
        assert_eq!(back.parse::<OrderId>().unwrap(), OrderId(77));
        for edited in
            ["\"\"", "\"77\"", "\"NzcK\"", "\"a b\"", "\"Nzc=\"", "\"____\"", &format!("\"{}\"", "A".repeat(2000))]
        {
            let cursor = serde_json::from_str::<Cursor>(edited);
            assert!(cursor.is_err() || cursor.unwrap().parse::<OrderId>().is_err(), "{edited}");
        }
    }
}
