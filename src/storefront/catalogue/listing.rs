//! Lists of products: their orders, what narrows them, and the cursors that page through them.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::snapshot::{Product, Snapshot};
use crate::base::error::{FieldRule, Refusal, Result};
use crate::domain::search::Query as Words;
use crate::web::pages::{Cursor, Limit};

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words that must all be found, 64 characters at most. Taken literally.
    #[param(max_length = 64)]
    q: Option<String>,
    /// Slug of a category.
    category: Option<String>,
    /// Slug of a vendor.
    vendor: Option<String>,
    /// Order; `default` is the best match first, then by category.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// `next_cursor` of the page before; good only with the same `q` and `sort`.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// Products on a page: 20 unless told.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Limit,
}

impl ListQuery {
    /// Whether words are looked for.
    pub(super) fn is_search(&self) -> bool {
        self.q.is_some()
    }
}

/// Orders of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Best match first, then by category.
    #[default]
    Default,
    /// Cheapest first.
    PriceAsc,
    /// Dearest first.
    PriceDesc,
    /// Newest first.
    Newest,
}

impl Sort {
    pub(super) const ALL: [Self; 4] = [Self::Default, Self::PriceAsc, Self::PriceDesc, Self::Newest];
}

const CURSOR_OF_ANOTHER_ORDER: FieldRule = FieldRule::new(
    "invalid",
    [
        "该 cursor 属于另一种排序，请从第一页重新开始。",
        "다른 정렬의 cursor입니다. 첫 페이지부터 다시 시작해 주세요.",
        "This cursor is of another `sort`. Begin with the first page.",
    ],
);

/// Where a product stands in a list. Unique, and not moved by what happens to other products: a cursor is the key of
/// the last product that was shown.
type Key = [i64; 3];

/// One page of a list.
pub(super) struct ListPage<'a> {
    pub(super) products: Vec<&'a Product>,
    /// Of the last product, if there are more.
    pub(super) next: Option<Mark>,
    /// How many match in all.
    pub(super) total: usize,
}

/// A list query that was understood.
#[derive(PartialEq)]
pub(super) struct ListRequest<'a> {
    words: Option<Words>,
    category: Option<&'a str>,
    vendor: Option<&'a str>,
    sort: Sort,
    after: Option<Key>,
    limit: usize,
}

impl<'a> ListRequest<'a> {
    /// What is asked for when nothing is said.
    pub(super) fn first_page() -> Self {
        Self {
            words: None,
            category: None,
            vendor: None,
            sort: Sort::Default,
            after: None,
            limit: Limit::default().get() as usize,
        }
    }

    /// Refuses too long a `q` and a `cursor` that is none of ours or of another order. An empty parameter narrows
    /// nothing.
    pub(super) fn new(query: &'a ListQuery) -> Result<Self> {
        let mark: Option<Mark> = query.cursor.as_ref().map(Cursor::parse).transpose()?;
        if mark.is_some_and(|mark| mark.sort != query.sort) {
            return Err(Refusal::field("cursor", CURSOR_OF_ANOTHER_ORDER).into());
        }
        let words = query.q.as_deref().map(|q| Words::parse("q", q)).transpose()?;
        let given = |slug: &'a Option<String>| slug.as_deref().filter(|slug| !slug.is_empty());
        Ok(Self {
            words: words.filter(|words| !words.is_empty()),
            category: given(&query.category),
            vendor: given(&query.vendor),
            sort: query.sort,
            after: mark.map(|mark| mark.key),
            limit: query.limit.get() as usize,
        })
    }

    fn takes(&self, product: &Product) -> bool {
        self.category.is_none_or(|slug| slug == product.category_slug)
            && self.vendor.is_none_or(|slug| slug == product.vendor_slug)
    }
}

/// What a cursor holds: the place of the last product, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    sort: Sort,
    key: Key,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.key;
        write!(f, "{}:{a}:{b}:{c}", self.sort as usize)
    }
}

impl FromStr for Mark {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
        let mut next = || parts.next().flatten().ok_or(());
        let sort = usize::try_from(next()?).ok().and_then(|sort| Sort::ALL.get(sort).copied()).ok_or(())?;
        let key = [next()?, next()?, next()?];
        if parts.next().is_some() { Err(()) } else { Ok(Self { sort, key }) }
    }
}

impl Snapshot {
    /// The page that is asked for. Costs the same however deep it is.
    pub(super) fn find(&self, request: &ListRequest) -> ListPage<'_> {
        let sort = request.sort;
        let in_order = self.sorted[sort as usize].iter().filter_map(|&index| Some((index, self.products.get(index)?)));
        let narrowed = in_order.filter(|(_, product)| request.takes(product));
        let Some(words) = &request.words else {
            return request.page(narrowed.map(|(_, product)| (product.key(sort, 0), product)));
        };
        let scores = self.search.scores(words);
        let matches = narrowed.filter_map(|(index, product)| {
            let score = scores.get(index).copied().flatten()?;
            Some((product.key(sort, score), product))
        });
        if sort != Sort::Default {
            return request.page(matches);
        }
        let mut best_first: Vec<_> = matches.collect();
        best_first.sort_unstable_by_key(|(key, _)| *key);
        request.page(best_first.into_iter())
    }
}

impl ListRequest<'_> {
    fn page<'p>(&self, matches: impl Iterator<Item = (Key, &'p Product)>) -> ListPage<'p> {
        let mut found = ListPage { products: Vec::with_capacity(self.limit), next: None, total: 0 };
        let (mut last, mut more) = (None, false);
        for (key, product) in matches {
            found.total += 1;
            if self.after.is_some_and(|after| key <= after) {
                continue;
            }
            if found.products.len() == self.limit {
                more = true;
                continue;
            }
            found.products.push(product);
            last = Some(key);
        }
        found.next = last.filter(|_| more).map(|key| Mark { sort: self.sort, key });
        found
    }
}

impl Product {
    fn key(&self, sort: Sort, score: u32) -> Key {
        match sort {
            Sort::Default => [score.into(), self.category_position.into(), self.id.0],
            Sort::PriceAsc => [self.price_fen.get(), 0, self.id.0],
            Sort::PriceDesc => [-self.price_fen.get(), 0, self.id.0],
            Sort::Newest => [-self.created_ms, 0, -self.id.0],
        }
    }
}

/// Indexes of `products` in an order, whatever is asked for.
pub(super) fn sorted(products: &[Product], sort: Sort) -> Vec<usize> {
    let mut indexes: Vec<usize> = (0..products.len()).collect();
    indexes.sort_by_key(|&index| products[index].key(sort, 0));
    indexes
}
