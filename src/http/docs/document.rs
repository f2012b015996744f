//! Reading the document, for the pages that show it.

use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// An operation with its method and path.
pub(super) struct Operation<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) said: &'a Value,
}

/// Every operation, by path.
pub(super) fn operations(api: &Value) -> impl Iterator<Item = Operation<'_>> {
    members(&api["paths"]).flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| Some(Operation { method, path, said: item.get(method)? }))
    })
}

/// What is said of each status that an operation answers, also where it stands elsewhere in the document.
pub(super) fn answers<'a>(said: &'a Value, api: &'a Value) -> impl Iterator<Item = (&'a String, &'a Value)> {
    members(&said["responses"]).map(|(status, answer)| {
        let pointer = answer["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        (status, pointer.and_then(|pointer| api.pointer(pointer)).unwrap_or(answer))
    })
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
