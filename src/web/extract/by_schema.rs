//! Everything that is wrong with a request, by the schema that the API document shows for it. Serde stops at the first fault; this is asked only
//! then, so a good request costs nothing here.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value, json};
use utoipa::openapi::path::ParameterIn;
use utoipa::{IntoParams, ToSchema};

use super::fault::shortened;
use crate::base::error::{FieldError, Wrong};

/// Faults that one answer names.
const FAULTS_MAX: usize = 50;

/// The compiled schema of a type, made when it is first needed.
struct Checked {
    schema: Value,
    validator: Validator,
}

static CHECKED: LazyLock<RwLock<HashMap<TypeId, Option<Arc<Checked>>>>> = LazyLock::new(RwLock::default);

fn checked<T: 'static>(schema: impl FnOnce() -> Value) -> Option<Arc<Checked>> {
    let id = TypeId::of::<T>();
    if let Some(known) = CHECKED.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return known.clone();
    }
    let schema = schema();
    let made = // Not the engine of before: what is matched comes from strangers and may not make it go back and forth.
    match jsonschema::draft202012::options().with_pattern_options(PatternOptions::regex()).build(&schema) {
        Ok(validator) => Some(Arc::new(Checked { schema, validator })),
        Err(error) => {
            debug_assert!(false, "the schema of {} can't be used: {error}", std::any::type_name::<T>());
            log::error!("the schema of {} can't be used: {error}", std::any::type_name::<T>());
            None
        }
    };
    CHECKED.write().unwrap_or_else(PoisonError::into_inner).insert(id, made.clone());
    made
}

/// What is wrong with a body.
pub(super) fn of_body<T: ToSchema + 'static>(body: &Value) -> Vec<FieldError> {
    let Some(checked) = checked::<T>(body_schema::<T>) else { return Vec::new() };
    checked.faults(body)
}

/// What is wrong with a query, given as names and texts in their order.
pub(super) fn of_query<T: IntoParams + 'static>(pairs: &[(String, String)]) -> Vec<FieldError> {
    let Some(checked) = checked::<T>(query_schema::<T>) else { return Vec::new() };
    let typed = pairs.iter().map(|(name, text)| (name.clone(), checked.typed(name, text)));
    checked.faults(&Value::Object(typed.collect::<Map<_, _>>()))
}

fn body_schema<T: ToSchema>() -> Value {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    with_components(json!(T::schema()), schemas.into_iter().map(|(name, schema)| (name, json!(schema))).collect())
}

/// A query as an object that has nothing but its parameters.
fn query_schema<T: IntoParams>() -> Value {
    let parameters = T::into_params(|| Some(ParameterIn::Query));
    let required: Vec<&str> = parameters
        .iter()
        .filter(|parameter| matches!(parameter.required, utoipa::openapi::Required::True))
        .map(|parameter| parameter.name.as_str())
        .collect();
    let properties: Map<String, Value> =
        parameters.iter().map(|parameter| (parameter.name.clone(), json!(parameter.schema))).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn with_components(mut schema: Value, schemas: Map<String, Value>) -> Value {
    if let Value::Object(members) = &mut schema {
        members.insert("components".to_owned(), json!({ "schemas": schemas }));
    }
    schema
}

impl Checked {
    /// The first fault of each field: an empty word is missing, and that it matches no pattern says nothing more.
    fn faults(&self, value: &Value) -> Vec<FieldError> {
        let mut faults = Vec::new();
        for error in self.validator.iter_errors(value).take(FAULTS_MAX) {
            self.collect(&error, &mut faults);
        }
        let mut seen = HashSet::new();
        faults.retain(|fault| seen.insert(fault.field.clone()));
        faults.truncate(FAULTS_MAX);
        faults
    }

    /// A text of a query as what its parameter is.
    fn typed(&self, name: &str, text: &str) -> Value {
        let kind = &self.schema["properties"][name]["type"];
        let is = |wanted: &str| {
            kind == wanted || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == wanted))
        };
        let read = if is("integer") {
            // More than a number can hold is still a number, and too large.
            text.parse::<i128>().ok().map(|number| json!(i64::try_from(number).unwrap_or(i64::MAX)))
        } else if is("boolean") {
            text.parse::<bool>().ok().map(Value::from)
        } else {
            None
        };
        read.unwrap_or_else(|| Value::from(text))
    }

    fn collect(&self, error: &ValidationError<'_>, faults: &mut Vec<FieldError>) {
        let place = field_of(error.instance_path().as_str());
        let mut add = |field: String, wrong| faults.push(FieldError { field: shortened(field), wrong });
        match error.kind() {
            Kind::Required { property } => add(inside(&place, property.as_str().unwrap_or_default()), Wrong::Missing),
            Kind::AdditionalProperties { unexpected } => {
                let known = self.known_members(error.schema_path().as_str());
                for name in unexpected.iter().take(FAULTS_MAX) {
                    add(inside(&place, name), Wrong::Unknown(known.clone()));
                }
            }
            // An optional value: what is wrong with it is wrong with the branch that is not null.
            Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
                let branch = context.iter().find(|branch| !branch.iter().any(|error| wants_null(error)));
                for error in branch.into_iter().flatten() {
                    self.collect(error, faults);
                }
            }
            kind => {
                let field = if place.is_empty() { "body".to_owned() } else { place };
                add(field, self.wrong(kind, error));
            }
        }
    }

    fn wrong(&self, kind: &Kind, error: &ValidationError<'_>) -> Wrong {
        match kind {
            Kind::Type { kind } => Wrong::WrongType(type_names(kind)),
            // An empty text where something is needed is what a form sends for a field left blank.
            Kind::MinLength { .. } if error.instance().as_str() == Some("") => Wrong::Missing,
            Kind::MinLength { limit } => Wrong::TooShort(*limit),
            Kind::MaxLength { limit } => Wrong::TooLong(*limit),
            Kind::Minimum { .. } | Kind::Maximum { .. } => {
                let bound = |name| self.beside(error, name).and_then(Value::as_i64);
                Wrong::OutOfRange { min: bound("minimum"), max: bound("maximum") }
            }
            Kind::MinItems { .. } | Kind::MaxItems { .. } => {
                let bound = |name| self.beside(error, name).and_then(Value::as_u64);
                Wrong::Count { min: bound("minItems"), max: bound("maxItems") }
            }
            Kind::Enum { options } => {
                let words = options.as_array().into_iter().flatten().filter_map(Value::as_str);
                Wrong::NotAllowed(words.map(str::to_owned).collect())
            }
            Kind::Pattern { pattern } => Wrong::Pattern {
                pattern: pattern.clone(),
                example: self.beside(error, "example").and_then(Value::as_str).map(str::to_owned),
            },
            _ => Wrong::Invalid,
        }
    }

    /// Another keyword of the schema that was not met.
    fn beside(&self, error: &ValidationError<'_>, keyword: &str) -> Option<&Value> {
        let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.schema.pointer(parent)?.get(keyword)
    }

    fn known_members(&self, schema_path: &str) -> Vec<String> {
        let parent = schema_path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let members = self.schema.pointer(parent).and_then(|schema| schema["properties"].as_object());
        members.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }
}

fn wants_null(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), Kind::Type { kind } if type_names(kind) == "null")
}

fn type_names(kind: &TypeKind) -> String {
    let names: Vec<String> = match kind {
        TypeKind::Single(kind) => vec![kind.to_string()],
        // Null is what an optional member may be, not what is asked for.
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).filter(|kind| kind != "null").collect(),
    };
    names.join(", ")
}

/// A JSON pointer as callers know it: `/items/0/quantity` is `items[0].quantity`.
fn field_of(pointer: &str) -> String {
    pointer.split('/').skip(1).fold(String::new(), |place, part| {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{place}[{part}]")
        } else {
            inside(&place, &part.replace("~1", "/").replace("~0", "~"))
        }
    })
}

fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}
