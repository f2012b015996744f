//! What is wrong with one field of a request, and what would be right.

use crate::base::text::Words;

/// One field that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where: `items[0].quantity`.
    pub field: String,
    /// What, and what would be right.
    pub wrong: Wrong,
}

/// A rule that a field has of its own, with what is told to who breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// Stable word, for programs.
    pub reason: &'static str,
    /// What would be right, for people.
    pub detail: Words,
}

impl FieldRule {
    /// A stable word, and what would be right in Chinese, Korean and English.
    pub(crate) const fn new(reason: &'static str, detail: [&'static str; 3]) -> Self {
        Self { reason, detail: Words::new(detail) }
    }
}

/// What is wrong with a field. Never holds what the caller sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Not there, or blank.
    Missing,
    /// There is no such field; there are these. None are listed where the caller can't choose.
    Unknown(Vec<String>),
    /// Given twice.
    Twice,
    /// Of another JSON type than this one (or than one of these).
    WrongType(String),
    /// Fewer characters than this.
    TooShort(u64),
    /// More characters than this.
    TooLong(u64),
    /// A number outside these bounds.
    OutOfRange {
        /// Smallest.
        min: Option<i64>,
        /// Largest.
        max: Option<i64>,
    },
    /// A list of fewer or more items.
    Count {
        /// Fewest.
        min: Option<u64>,
        /// Most.
        max: Option<u64>,
    },
    /// None of these words.
    NotAllowed(Vec<String>),
    /// Does not match this pattern (ECMA 262).
    Pattern {
        /// The pattern.
        pattern: String,
        /// A value that does.
        example: Option<String>,
    },
    /// Control characters, line breaks, or marks that turn the direction of writing.
    Letters,
    /// Does not agree with another field; this would.
    Mismatch(String),
    /// Nothing of that name is there.
    NotFound,
    /// Not of the form that is asked for.
    Invalid,
    /// No JSON, or more than one value.
    Syntax {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// It ends before it is complete.
        ends_early: bool,
    },
    /// A rule of this field.
    Rule(FieldRule),
}

impl Wrong {
    /// The stable word for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown(_) => "unknown",
            Self::Twice => "twice",
            Self::WrongType(_) => "wrong_type",
            Self::TooShort(_) => "too_short",
            Self::TooLong(_) => "too_long",
            Self::OutOfRange { .. } | Self::Count { .. } => "out_of_range",
            Self::Mismatch(_) => "mismatch",
            Self::NotFound => "not_found",
            Self::NotAllowed(_) => "not_allowed",
            Self::Pattern { .. } | Self::Letters | Self::Invalid => "invalid",
            Self::Syntax { .. } => "no_json",
            Self::Rule(rule) => rule.reason,
        }
    }
}

impl From<FieldRule> for Wrong {
    fn from(rule: FieldRule) -> Self {
        Self::Rule(rule)
    }
}

/// Everything that is wrong with a request, so that one answer names it all.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// One more.
    pub fn add(&mut self, field: impl Into<String>, wrong: impl Into<Wrong>) {
        self.0.push(FieldError { field: field.into(), wrong: wrong.into() });
    }

    /// The value; or what is wrong with the field is kept, and there is none.
    pub fn take<T>(&mut self, field: &str, checked: Result<T, Wrong>) -> Option<T> {
        checked.map_err(|wrong| self.add(field, wrong)).ok()
    }

    /// Refuses what has been found to be wrong.
    pub fn finish(self) -> super::Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(super::Refusal::fields(self.0).into()) }
    }
}
