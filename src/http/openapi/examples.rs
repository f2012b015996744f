//! Requests and answers as they were when a test asked the shop (`tests/it/examples.rs`, which also holds them fresh).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use utoipa::Modify;
use utoipa::openapi::{Content, OpenApi, RefOr};

use super::shared::operations;

static RECORDED: LazyLock<BTreeMap<String, Recorded>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../docs/examples.json")).unwrap_or_default());

/// One operation, asked once.
#[derive(Deserialize)]
struct Recorded {
    /// The body that was sent.
    request: Option<Value>,
    /// By status.
    answers: BTreeMap<String, Value>,
}

/// Adds to each operation its recorded example.
pub(super) struct Examples;

impl Modify for Examples {
    fn modify(&self, api: &mut OpenApi) {
        for (path, item) in &mut api.paths.paths {
            for (method, operation) in operations(item) {
                let Some(recorded) = RECORDED.get(&format!("{method} {path}")) else { continue };
                if let Some(RefOr::T(body)) = &mut operation.request_body {
                    body.content.values_mut().for_each(|content| show(content, recorded.request.as_ref()));
                }
                for (status, answer) in &recorded.answers {
                    let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) else { continue };
                    response.content.values_mut().for_each(|content| show(content, Some(answer)));
                }
            }
        }
    }
}

fn show(content: &mut RefOr<Content>, example: Option<&Value>) {
    if let RefOr::T(content) = content {
        content.example = example.cloned();
    }
}
