//! Two small containers: rows that stay, and rows that are forgotten by age.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

/// A row that knows its key.
pub(crate) trait Keyed {
    fn key(&self) -> &str;
}

/// Rows in order of first insertion, found by key. Rows are replaced, never dropped.
pub(crate) struct Table<R> {
    rows: Vec<R>,
    index: HashMap<String, usize>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), index: HashMap::new() }
    }
}

impl<R: Keyed> Table<R> {
    pub(crate) fn get(&self, key: &str) -> Option<&R> {
        self.index.get(key).and_then(|at| self.rows.get(*at))
    }

    /// Gives back the row that was replaced.
    pub(crate) fn put(&mut self, row: R) -> Option<R> {
        if let Some(old) = self.index.get(row.key()).and_then(|at| self.rows.get_mut(*at)) {
            return Some(std::mem::replace(old, row));
        }
        self.index.insert(row.key().to_owned(), self.rows.len());
        self.rows.push(row);
        None
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &R> {
        self.rows.iter()
    }
}

/// A row that is of use for a limited time only.
pub(crate) trait Dated: Keyed {
    /// How long it is kept; longer than it is valid, so that "expired" and "unknown" differ a while.
    const KEPT: TimeDelta;
    fn created_at(&self) -> DateTime<Utc>;
}

/// Rows found by key, dropped once they are older than [`Dated::KEPT`].
pub(crate) struct Recent<R> {
    rows: HashMap<String, R>,
    by_age: VecDeque<(DateTime<Utc>, String)>,
}

impl<R> Default for Recent<R> {
    fn default() -> Self {
        Self { rows: HashMap::new(), by_age: VecDeque::new() }
    }
}

impl<R: Dated> Recent<R> {
    pub(crate) fn get(&self, key: &str) -> Option<&R> {
        self.rows.get(key)
    }

    pub(crate) fn put(&mut self, row: R) {
        let created_at = row.created_at();
        let key = row.key().to_owned();
        if self.rows.insert(key.clone(), row).is_none() {
            self.by_age.push_back((created_at, key));
        }
        while let Some((oldest, _)) = self.by_age.front()
            && created_at - *oldest > R::KEPT
        {
            if let Some((_, key)) = self.by_age.pop_front() {
                self.rows.remove(&key);
            }
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &R> {
        self.by_age.iter().filter_map(|(_, key)| self.rows.get(key))
    }
}
