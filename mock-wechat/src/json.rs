//! Changing JSON.

use serde_json::{Value, json};

/// JSON merge patch (RFC 7386).
pub(crate) fn merge(target: &mut Value, patch: Option<Value>) {
    match patch {
        None => {}
        Some(Value::Object(patch)) => {
            if !target.is_object() {
                *target = json!({});
            }
            for (key, value) in patch {
                if value.is_null() {
                    target.as_object_mut().map(|object| object.remove(&key));
                } else {
                    merge(&mut target[&*key], Some(value));
                }
            }
        }
        Some(other) => *target = other,
    }
}
