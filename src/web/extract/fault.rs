//! From a parser's error to the field at fault and what is wrong with it.

use std::fmt::Display;

use crate::base::error::{Error, FieldError, Refusal, Wrong};

/// Characters of a field's name that are given back: an unknown field's name is the caller's own text.
const FIELD_MAX: usize = 100;

/// The field at fault. `root` stands for a value that is not inside a field.
pub(super) fn field_error<E: Display>(error: &serde_path_to_error::Error<E>, root: &str) -> FieldError {
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
    FieldError { field: shortened(field), wrong: wrong_in(&text) }
}

/// What is wrong with a value that has another name than its path.
pub(super) fn wrong<E: Display>(error: &serde_path_to_error::Error<E>) -> Wrong {
    wrong_in(&error.inner().to_string())
}

/// The first fault, which is all that serde finds, and those of the schema, which knows more of each; but not that something was given twice.
pub(super) fn all(first: FieldError, mut found: Vec<FieldError>) -> Error {
    if first.wrong == Wrong::Twice {
        found.retain(|fault| fault.field != first.field);
    }
    let is_known = found.iter().any(|fault| fault.field == first.field);
    let first = (!is_known).then_some(first);
    Refusal::fields(first.into_iter().chain(found).collect()).into()
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
    let index = |part: &&str| {
        let inner = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.is_some_and(|inner| inner.len() < 7 && inner.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let parts = field.split('.').map(|part| if could_be_a_name(&part) || index(&part) { part } else { "?" });
    parts.collect::<Vec<_>>().join(".")
}

/// Serde's errors have no kinds, but fixed beginnings (`serde::de::Error`'s provided methods). A test holds them. Words that a type's own
/// `Deserialize` gives are passed on.
fn wrong_in(text: &str) -> Wrong {
    let text = text.split(" at line ").next().unwrap_or_default();
    let begins = |beginning: &str| text.starts_with(beginning);
    match text {
        "out_of_range" => Wrong::OutOfRange { min: None, max: None },
        "not_found" => Wrong::NotFound,
        _ if begins("missing field") => Wrong::Missing,
        _ if begins("duplicate field") => Wrong::Twice,
        _ if begins("unknown field") => Wrong::Unknown(quoted_behind_expected(text)),
        _ if begins("unknown variant") => Wrong::NotAllowed(quoted_behind_expected(text)),
        _ if begins("invalid type") => Wrong::WrongType(json_type(text).to_owned()),
        _ if begins("invalid value: integer") => Wrong::OutOfRange { min: None, max: None },
        _ => Wrong::Invalid,
    }
}

/// What serde would take: "... expected one of `a`, `b`". What stands before is the caller's.
fn quoted_behind_expected(text: &str) -> Vec<String> {
    let (_, expected) = text.rsplit_once("expected ").unwrap_or_default();
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn json_type(text: &str) -> &'static str {
    let (_, expected) = text.rsplit_once("expected ").unwrap_or_default();
    match expected {
        "a string" | "a borrowed string" => "string",
        "a boolean" => "boolean",
        "a sequence" => "array",
        "a map" => "object",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "integer",
        _ if expected.starts_with("struct ") => "object",
        _ => "string",
    }
}
