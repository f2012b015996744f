//! Finding products by words, in memory over the catalogue's snapshot.
//!
//! Every word of a query (parted by white space) must be found somewhere: in a name (in any of the three languages), a
//! search term, the vendor's or category's name, or the summary. Words are taken literally, whatever their signs.
//! Capitals and full-width letters, digits and signs count as their plain ones. The order is by where the words were
//! found.
//!
//! The cost is bounded: at most 64 characters of a query against every text once a word.

use memchr::memmem::Finder;

use crate::base::error::Result;
use crate::base::text::Lang;
use crate::base::text::{PerLang, Text3};
use crate::web::text;

/// Characters of a query.
pub(crate) const QUERY_MAX: usize = 64;
/// Bytes of texts from which on a search takes some tenth of a millisecond.
const COSTLY_FROM: usize = 256 * 1024;
/// Completions of one answer.
const SUGGESTIONS_MAX: usize = 10;

/// What is searched of one product.
pub(crate) struct Document<'a> {
    pub(crate) name: &'a Text3,
    /// Synonyms, other spellings, pinyin.
    pub(crate) terms: Vec<String>,
    pub(crate) vendor: &'a Text3,
    pub(crate) category: &'a Text3,
    pub(crate) summary: &'a Text3,
}

/// The words of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    words: Vec<String>,
}

impl Query {
    /// Refuses more than 64 characters and control characters, naming `field`.
    pub(crate) fn parse(field: &str, query: &str) -> Result<Self> {
        text::line(field, query, 0, QUERY_MAX)?;
        Ok(Self { words: plain(query).split_whitespace().map(str::to_owned).collect() })
    }

    /// No words: everything matches.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// Texts of all products, made plain once.
pub(crate) struct Index {
    /// In the order of the documents; best places first.
    places: Vec<[String; 4]>,
    /// Bytes of them all.
    size: usize,
    completions: PerLang<Vec<Completion>>,
}

struct Completion {
    plain: String,
    shown: String,
}

impl Index {
    pub(crate) fn build(documents: Vec<Document>) -> Self {
        let completions = PerLang::of(|lang| completions(&documents, lang));
        let places: Vec<_> = documents.into_iter().map(places).collect();
        let size = places.iter().flatten().map(String::len).sum();
        Self { places, size, completions }
    }

    /// Whether so much is searched that it must not be done by all at once.
    pub(crate) fn is_costly(&self) -> bool {
        self.size >= COSTLY_FROM
    }

    /// Everything that can be found, for telling one index from another.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.places.iter().flatten().map(String::as_str)
    }

    /// One score for each document, in their order; lower is better, `None` does not match.
    pub(crate) fn scores(&self, query: &Query) -> Vec<Option<u32>> {
        // Made ready once for all texts.
        let words: Vec<Finder> = query.words.iter().map(Finder::new).collect();
        self.places.iter().map(|places| score(places, &words)).collect()
    }

    /// Names and terms that go on from what was typed; those that begin with it first.
    pub(crate) fn suggest(&self, typed: &Query, lang: Lang) -> Vec<&str> {
        let typed = typed.words.join(" ");
        if typed.is_empty() {
            return Vec::new();
        }
        let completions = self.completions.get(lang);
        let begin = completions.iter().filter(|completion| completion.plain.starts_with(&typed));
        let hold = completions
            .iter()
            .filter(|completion| completion.plain.contains(&typed) && !completion.plain.starts_with(&typed));
        let mut suggestions: Vec<&str> = Vec::with_capacity(SUGGESTIONS_MAX);
        for completion in begin.chain(hold) {
            if !suggestions.contains(&completion.shown.as_str()) {
                suggestions.push(&completion.shown);
            }
            if suggestions.len() == SUGGESTIONS_MAX {
                break;
            }
        }
        suggestions
    }
}

/// The sum over the words of where each was found best.
fn score(places: &[String; 4], words: &[Finder]) -> Option<u32> {
    let best = |word: &Finder| {
        let mut ranked = places.iter().zip(0_u32..);
        ranked.find(|(place, _)| word.find(place.as_bytes()).is_some()).map(|(_, rank)| rank)
    };
    words.iter().map(best).sum()
}

/// A line break parts the texts of one place: no word holds one, so none is found across two texts.
fn places(document: Document) -> [String; 4] {
    let Document { name, terms, vendor, category, summary } = document;
    [
        plain(&name.all().join("\n")),
        plain(&terms.join("\n")),
        plain(&[vendor.all(), category.all()].concat().join("\n")),
        plain(&summary.all().join("\n")),
    ]
}

/// Names in the language, then in the others, then terms. A term of Latin letters is mostly pinyin, nothing to read: it
/// stands for the product's name, but in English.
fn completions(documents: &[Document], lang: Lang) -> Vec<Completion> {
    let completion = |typed: &str, shown: &str| Completion { plain: plain(typed), shown: shown.to_owned() };
    let own = documents.iter().map(|document| document.name.get(lang)).map(|name| completion(name, name));
    let others = documents.iter().flat_map(|document| document.name.all()).map(|name| completion(name, name));
    let terms = documents.iter().flat_map(|document| {
        document.terms.iter().map(move |term| {
            let hidden = term.is_ascii() && lang != Lang::En;
            completion(term, if hidden { document.name.get(lang) } else { term })
        })
    });
    own.chain(others).chain(terms).collect()
}

/// Lower case; full-width ASCII and the ideographic space as plain ASCII (as Unicode NFKC has them).
fn plain(text: &str) -> String {
    let narrow = |letter: char| match letter {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        other => other,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(zh: &str, ko: &str, en: &str) -> Text3 {
        Text3 { zh: zh.into(), ko: ko.into(), en: en.into() }
    }

    struct Shelf {
        vendor: Text3,
        category: Text3,
        products: Vec<(Text3, Vec<&'static str>, Text3)>,
    }

    fn shelf() -> Shelf {
        Shelf {
            vendor: text("秀里潭", "수리담", "Suridam"),
            category: text("美妆护肤", "화장품", "Cosmetics"),
            products: vec![
                (
                    text("鱼腥草面膜", "어성초 마스크팩", "Heartleaf Mask"),
                    vec!["补水面膜", "yxcmm"],
                    text("清爽", "산뜻", "fresh 100%"),
                ),
                (
                    text("艾草爽肤水", "쑥 토너", "Mugwort Toner"),
                    vec!["化妆水", "toner_pad"],
                    text("配面膜用", "팩과", "with a mask"),
                ),
            ],
        }
    }

    fn index() -> Index {
        let shelf = shelf();
        let document = |(name, terms, summary): &(Text3, Vec<&'static str>, Text3)| -> (Text3, Vec<String>, Text3) {
            (name.clone(), terms.iter().map(|&term| term.to_owned()).collect(), summary.clone())
        };
        let owned: Vec<_> = shelf.products.iter().map(document).collect();
        let documents = owned
            .iter()
            .map(|(name, terms, summary)| Document {
                name,
                terms: terms.clone(),
                vendor: &shelf.vendor,
                category: &shelf.category,
                summary,
            })
            .collect();
        Index::build(documents)
    }

    fn scores(query: &str) -> Vec<Option<u32>> {
        index().scores(&Query::parse("q", query).unwrap())
    }

    #[test]
    fn the_place_decides_the_order() {
        assert_eq!(scores("面膜"), [Some(0), Some(3)]);
        assert_eq!(scores("补水"), [Some(1), None]);
        assert_eq!(scores("수리담"), [Some(2), Some(2)]);
        assert_eq!(scores("cosmetics"), [Some(2), Some(2)]);
    }

    #[test]
    fn every_word_must_be_found() {
        assert_eq!(scores("suridam toner"), [None, Some(2)]);
        assert_eq!(scores("toner 鱼腥草"), [None, None]);
        assert_eq!(scores("  "), [Some(0), Some(0)]);
    }

    #[test]
    fn capitals_and_full_width_letters_are_plain_ones() {
        for query in ["HEARTLEAF", "Ｈｅａｒｔｌｅａｆ", "heartleaf　ＭＡＳＫ", "１００％"] {
            assert_eq!(scores(query), [Some(if query == "１００％" { 3 } else { 0 }), None], "{query}");
        }
    }

    #[test]
    fn signs_of_other_query_languages_mean_nothing() {
        assert_eq!(scores("%"), [Some(3), None]);
        assert_eq!(scores("_"), [None, Some(1)]);
        for nothing in ["%%", "heart%", "h_artleaf", "\\", "*", ".*", "\"heartleaf\"", "'", "鱼OR水"] {
            assert_eq!(scores(nothing), [None, None], "{nothing}");
        }
    }

    #[test]
    fn a_word_is_not_found_across_two_texts() {
        assert_eq!(scores("面膜어성초"), [None, None]);
    }

    #[test]
    fn long_queries_and_control_characters_are_refused() {
        assert!(Query::parse("q", &"水".repeat(64)).is_ok());
        for bad in ["水".repeat(65), "a\0b".to_owned(), "%a".repeat(50_000)] {
            assert!(Query::parse("q", &bad).is_err());
        }
    }

    #[test]
    fn completions_are_for_reading() {
        let index = index();
        let suggest = |typed: &str, lang| index.suggest(&Query::parse("q", typed).unwrap(), lang).join("|");
        assert_eq!(suggest("面膜", Lang::Zh), "鱼腥草面膜|补水面膜");
        assert_eq!(suggest("补", Lang::Zh), "补水面膜");
        assert_eq!(suggest("YX", Lang::Zh), "鱼腥草面膜");
        assert_eq!(suggest("yx", Lang::Ko), "어성초 마스크팩");
        assert_eq!(suggest("mugw", Lang::Zh), "Mugwort Toner");
        assert_eq!(suggest("toner", Lang::En), "toner_pad|Mugwort Toner");
        assert_eq!(suggest("", Lang::Zh), "");
    }
}
