//! Lists of products: their orders, what narrows them, and the cursors that page through them.

use std::fmt;
use std::str::FromStr;

use super::snapshot::{Product, Snapshot};
use crate::search;

/// Orders of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
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

/// Where a product stands in a list. Unique, and not moved by what happens to other products: a cursor is the key of the
/// last product that was shown.
pub(super) type Key = [i64; 3];

/// What a list is narrowed by.
#[derive(Debug, Default)]
pub(super) struct Filter<'a> {
    pub(super) query: Option<search::Query>,
    pub(super) category: Option<&'a str>,
    pub(super) vendor: Option<&'a str>,
}

/// One page of a list.
pub(super) struct Found<'a> {
    pub(super) products: Vec<&'a Product>,
    /// Key of the last product, if there are more.
    pub(super) next: Option<Key>,
    /// How many match in all.
    pub(super) total: usize,
}

/// What a cursor holds: the place of the last product, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) sort: Sort,
    pub(super) key: Key,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.key;
        write!(f, "{}:{a}:{b}:{c}", self.sort as usize)
    }
}

impl FromStr for Mark {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
        let mut next = || parts.next().flatten().ok_or(());
        let sort = usize::try_from(next()?).ok().and_then(|sort| Sort::ALL.get(sort).copied()).ok_or(())?;
        let key = [next()?, next()?, next()?];
        if parts.next().is_some() { Err(()) } else { Ok(Self { sort, key }) }
    }
}

impl Snapshot {
    /// A page of the products that match, after the key `after`. Costs the same however deep it is.
    pub(super) fn find(&self, filter: &Filter, sort: Sort, after: Option<Key>, limit: usize) -> Found<'_> {
        let in_order = self.sorted[sort as usize].iter().filter_map(|&index| Some((index, self.products.get(index)?)));
        let narrowed = in_order.filter(|(_, product)| filter.takes(product));
        let Some(query) = &filter.query else {
            return page(narrowed.map(|(_, product)| (product.key(sort, 0), product)), after, limit);
        };
        let scores = self.search.scores(query);
        let scored = narrowed.filter_map(|(index, product)| {
            let score = scores.get(index).copied().flatten()?;
            Some((product.key(sort, score), product))
        });
        if sort != Sort::Default {
            return page(scored, after, limit);
        }
        let mut best_first: Vec<_> = scored.collect();
        best_first.sort_unstable_by_key(|(key, _)| *key);
        page(best_first.into_iter(), after, limit)
    }
}

fn page<'a>(matches: impl Iterator<Item = (Key, &'a Product)>, after: Option<Key>, limit: usize) -> Found<'a> {
    let mut found = Found { products: Vec::with_capacity(limit), next: None, total: 0 };
    let (mut last, mut more) = (None, false);
    for (key, product) in matches {
        found.total += 1;
        if after.is_some_and(|after| key <= after) {
            continue;
        }
        if found.products.len() == limit {
            more = true;
            continue;
        }
        found.products.push(product);
        last = Some(key);
    }
    found.next = last.filter(|_| more);
    found
}

impl Filter<'_> {
    fn takes(&self, product: &Product) -> bool {
        self.category.is_none_or(|slug| slug == product.category_slug)
            && self.vendor.is_none_or(|slug| slug == product.vendor_slug)
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
