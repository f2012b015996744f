//! What holds for many operations, written once: errors are problem documents, and which of them come from what stands before every
//! handler (limits, extractors, the database) rather than from the handler itself.

use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, Response};

use crate::web::PROBLEM_JSON;

const PROBLEM: &str = "#/components/schemas/Problem";

/// An error that operations share: what they have in common decides who may answer it.
struct Shared {
    status: &'static str,
    name: &'static str,
    description: &'static str,
    applies: fn(&Operation) -> bool,
}

const SHARED: [Shared; 8] = [
    Shared {
        status: "400",
        name: "InvalidRequest",
        description: "`invalid_request`: `errors` names the fields",
        applies: |_| true,
    },
    Shared {
        status: "408",
        name: "RequestTimeout",
        description: "`request_timeout`: the body did not arrive within 15 seconds",
        applies: has_body,
    },
    Shared {
        status: "413",
        name: "PayloadTooLarge",
        description: "`payload_too_large`: a body has at most 16 KiB",
        applies: has_body,
    },
    Shared {
        status: "414",
        name: "UriTooLong",
        description: "`uri_too_long`: the address has at most 2048 bytes",
        applies: |_| true,
    },
    Shared {
        status: "415",
        name: "UnsupportedMediaType",
        description: "`unsupported_media_type`: a body is `application/json`, not compressed",
        applies: has_body,
    },
    Shared {
        status: "429",
        name: "TooManyRequests",
        description: "`too_many_requests`: again after `Retry-After` seconds",
        applies: |operation| operation.security.is_some(),
    },
    Shared {
        status: "500",
        name: "InternalError",
        description: "`internal_error`: a fault of ours; give the `trace_id` to customer service",
        applies: |_| true,
    },
    Shared {
        status: "503",
        name: "Unavailable",
        description: "`unavailable`: too busy, nothing was done; again after `Retry-After` seconds",
        applies: |_| true,
    },
];

fn has_body(operation: &Operation) -> bool {
    operation.request_body.is_some()
}

/// Adds to each operation of the API the shared errors that it does not describe itself, and gives all problem documents their type.
pub(super) struct SharedErrors;

impl Modify for SharedErrors {
    fn modify(&self, api: &mut OpenApi) {
        for (path, item) in &mut api.paths.paths {
            // What WeChat calls is answered in WeChat's form, and health in the plainest.
            let is_ours = path.starts_with("/api/") || path.starts_with("/admin/") || path.starts_with("/vendor/");
            for operation in operations(item) {
                operation.responses.responses.values_mut().for_each(name_problem_type);
                let answers: Vec<_> = SHARED.iter().filter(|shared| is_ours && (shared.applies)(operation)).collect();
                for shared in answers {
                    let reference = RefOr::Ref(Ref::new(format!("#/components/responses/{}", shared.name)));
                    operation.responses.responses.entry(shared.status.to_owned()).or_insert(reference);
                }
            }
        }
        let components = api.components.get_or_insert_default();
        for shared in &SHARED {
            let mut response = Response::new(shared.description);
            response.content.insert(PROBLEM_JSON.to_owned(), RefOr::T(Content::new(Some(Ref::new(PROBLEM)))));
            components.responses.insert(shared.name.to_owned(), RefOr::T(response));
        }
    }
}

/// The operations of a path.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Handlers say `body = Problem`, which is written as `application/json`.
fn name_problem_type(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<Content>| match content {
        RefOr::T(content) => matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location == PROBLEM),
        RefOr::Ref(_) => false,
    };
    if response.content.get("application/json").is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert(PROBLEM_JSON.to_owned(), content);
    }
}
