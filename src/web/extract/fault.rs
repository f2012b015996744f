//! From a parser's error to the name of a field and a stable word.

use std::fmt::Display;

use crate::base::error::{Error, Refusal};

/// Characters of a field's name that are given back: an unknown field's name is the caller's own text.
const FIELD_MAX: usize = 100;

/// Words that a type's own `Deserialize` may give as its error, to be passed on as they are.
const REASONS: [&str; 7] = ["missing", "unknown", "wrong_type", "too_long", "out_of_range", "not_found", "invalid"];

/// Names the field at fault. `root` stands for a value that is not inside a field.
pub(super) fn refuse<E: Display>(error: &serde_path_to_error::Error<E>, root: &str) -> Error {
    let text = error.inner().to_string();
    let path = error.path();
    let mut field = if path.iter().len() == 0 { String::new() } else { path.to_string() };
    // Here the path ends at the object that lacks the field or has it twice.
    let rest = text.strip_prefix("missing field `").or_else(|| text.strip_prefix("duplicate field `"));
    if let Some(name) = rest.and_then(|rest| rest.split('`').next()) {
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(name);
    }
    if field.is_empty() {
        root.clone_into(&mut field);
    }
    Refusal::field(shortened(field), reason(&text)).into()
}

/// As [`refuse`], for a value that has another name than its path.
pub(super) fn refuse_as<E: Display>(error: &serde_path_to_error::Error<E>, field: &str) -> Error {
    Refusal::field(field, reason(&error.inner().to_string())).into()
}

/// A name that the caller made up: at most so much of it, and each part only if it could be a name. What somebody put
/// there by mistake (a phone, a name) is shown as `?`: a problem document may end up in a log.
pub(super) fn shortened(mut field: String) -> String {
    if let Some((end, _)) = field.char_indices().nth(FIELD_MAX) {
        field.truncate(end);
    }
    let could_be_a_name = |part: &&str| {
        let mut bytes = part.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_-[]".contains(&byte))
    };
    // An index stands alone where the body is a list.
    let index = |part: &&str| part.strip_prefix('[').is_some_and(|rest| rest.trim_end_matches(']').len() < 7);
    let parts = field.split('.').map(|part| if could_be_a_name(&part) || index(&part) { part } else { "?" });
    parts.collect::<Vec<_>>().join(".")
}

/// Serde's errors have no kinds, but fixed beginnings (`serde::de::Error`'s provided methods). A test holds them.
fn reason(text: &str) -> &'static str {
    let own = text.split(" at line ").next().unwrap_or_default();
    if let Some(word) = REASONS.into_iter().find(|word| *word == own) {
        return word;
    }
    let beginnings = [
        ("missing field", "missing"),
        ("unknown field", "unknown"),
        ("invalid type", "wrong_type"),
        ("invalid value: integer", "out_of_range"),
    ];
    beginnings.into_iter().find(|(beginning, _)| text.starts_with(beginning)).map_or("invalid", |(_, word)| word)
}
