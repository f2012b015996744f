//! Reads variables from a map and collects every fault, so that an operator mends them in one go.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use secrecy::SecretString;

/// Reads one configuration; remembers which names it asked for.
pub(super) struct Reader<'a> {
    map: &'a HashMap<String, String>,
    faults: Vec<String>,
    asked: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(map: &'a HashMap<String, String>) -> Self {
        Self { map, faults: Vec::new(), asked: BTreeSet::new() }
    }

    pub(super) fn fault(&mut self, text: impl Display) {
        self.faults.push(text.to_string());
    }

    pub(super) fn into_faults(self) -> Vec<String> {
        self.faults
    }

    pub(super) fn asked(&self) -> &BTreeSet<&'static str> {
        &self.asked
    }

    /// The value, if it is set and not blank.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<&'a str> {
        self.asked.insert(name);
        self.map.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&mut self, name: &'static str, default: &str) -> String {
        self.optional(name).unwrap_or(default).to_owned()
    }

    /// The value, or a fault that says what it is for.
    pub(super) fn required(&mut self, name: &'static str, purpose: &str) -> &'a str {
        self.optional(name).unwrap_or_else(|| {
            self.fault(format!("{name} is missing ({purpose})"));
            ""
        })
    }

    pub(super) fn required_secret(&mut self, name: &'static str, purpose: &str) -> SecretString {
        SecretString::from(self.required(name, purpose))
    }

    /// A parsed value, or the default.
    pub(super) fn parsed<T: FromStr>(&mut self, name: &'static str, default: T) -> T
    where
        T::Err: Display,
    {
        match self.optional(name).map(str::parse) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.fault(format!("{name} can't be read: {error}"));
                default
            }
        }
    }

    /// A number within limits.
    pub(super) fn number<T>(&mut self, name: &'static str, default: T, limits: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
        T::Err: Display,
    {
        let value = self.parsed(name, default);
        if limits.contains(&value) {
            return value;
        }
        self.fault(format!("{name} is {value}, allowed are {} to {}", limits.start(), limits.end()));
        default
    }
}
