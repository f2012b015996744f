//! The last touches, on the document as JSON: what generators and linters ask of one that utoipa does not say.

use serde_json::{Map, Value, json};

const SCHEMAS: &str = "#/components/schemas/";

pub(super) fn tidy(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for item in paths {
        item.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(complete);
    }
    drop_unused(document);
}

/// Who needs no login says so; a permission is no scope of a bearer token; one sentence is summary and description.
fn complete(operation: &mut Value) {
    let Some(members) = operation.as_object_mut() else { return };
    let security = members.entry("security").or_insert_with(|| json!([]));
    let logins = security.as_array_mut().into_iter().flatten();
    let mut scopes = logins.flat_map(|login| login.as_object_mut().into_iter().flat_map(Map::values_mut));
    let permission = scopes.find_map(|scopes| std::mem::replace(scopes, json!([])).get(0).cloned());
    if let Some(permission) = permission {
        members.insert("x-permission".to_owned(), permission);
    }
    if let Some(summary) = members.get("summary").cloned() {
        members.entry("description").or_insert(summary);
    }
    let answers = members["responses"].as_object_mut();
    if let Some(answers) = answers.filter(|answers| !answers.keys().any(|status| status.starts_with('4'))) {
        answers
            .insert("405".to_owned(), json!({ "description": "Another method; `Allow` names those that there are" }));
    }
}

/// Types that stand inside others only.
fn drop_unused(document: &mut Value) {
    let text = document.to_string();
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| text.contains(&format!("\"{SCHEMAS}{name}\"")));
    }
}
