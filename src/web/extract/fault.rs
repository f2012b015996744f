//! From a parser's error to the name of a field and a stable word.

use std::borrow::Cow;
use std::fmt::Display;

use crate::error::{Error, Refusal};

/// Characters of a field's name that are given back: an unknown field's name is the caller's own text.
const FIELD_MAX: usize = 100;

/// Words that a type's own `Deserialize` may give as its error, to be passed on as they are.
const REASONS: [&str; 7] = ["missing", "unknown", "wrong_type", "too_long", "out_of_range", "not_found", "invalid"];

/// Names the field at fault. `root` stands for a value that is not inside a field.
pub(super) fn refuse<E: Display>(error: &serde_path_to_error::Error<E>, root: &str) -> Error {
    let text = error.inner().to_string();
    let path = error.path();
    let (reason, missing) = judge(&text);
    let mut field = if path.iter().len() == 0 { String::new() } else { path.to_string() };
    if let Some(name) = missing {
        // The path ends at the object that lacks the field.
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(name);
    }
    if field.is_empty() {
        root.clone_into(&mut field);
    }
    Refusal::field(shortened(field), reason).into()
}

/// As [`refuse`], for a value that has another name than its path.
pub(super) fn refuse_as<E: Display>(error: &serde_path_to_error::Error<E>, field: &str) -> Error {
    let text = error.inner().to_string();
    let (reason, _) = judge(&text);
    Refusal::field(field, reason).into()
}

pub(super) fn shortened(mut field: String) -> String {
    if let Some((end, _)) = field.char_indices().nth(FIELD_MAX) {
        field.truncate(end);
    }
    field
}

/// Serde's errors have no kinds, but fixed beginnings (`serde::de::Error`'s provided methods). A test holds them.
fn judge(text: &str) -> (Cow<'static, str>, Option<&str>) {
    if let Some(rest) = text.strip_prefix("missing field `") {
        return ("missing".into(), rest.split('`').next());
    }
    let own = text.split(" at line ").next().unwrap_or_default();
    let reason = match REASONS.into_iter().find(|reason| *reason == own) {
        Some(reason) => reason,
        None if text.starts_with("unknown field") => "unknown",
        None if text.starts_with("invalid type") => "wrong_type",
        None if text.starts_with("invalid value: integer") || text.starts_with("number out of range") => "out_of_range",
        None => "invalid",
    };
    (reason.into(), None)
}
