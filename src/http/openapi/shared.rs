//! What holds for many operations, written once: errors are problem documents, and which of them come from what stands before every
//! handler (limits, extractors, the database) rather than from the handler itself.

use utoipa::Modify;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Content, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required, Response, Type};

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
        description: "`invalid_request`: `errors` names every field at fault",
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

/// What an answer that is neither described nor shared says, by status.
const SAID: [(&str, &str); 9] = [
    ("200", "As asked"),
    ("201", "Made"),
    ("202", "Taken; its end is not known yet"),
    ("204", "Done; there is nothing to say"),
    ("401", "`unauthorized`: `reason` says what is wrong with the token"),
    ("403", "`forbidden`; or `password_change_required`, `totp_enrolment_required` before an account is complete"),
    ("404", "`not_found`: not there, or not the caller's"),
    ("409", "`wrong_state`: look again"),
    ("502", "`wechat_refused`: only the operator can mend it"),
];

/// Adds to each operation of the API the shared errors that it does not describe itself, gives all problem documents their type, and says of every
/// answer what it is and which headers it has.
pub(super) struct SharedErrors;

impl Modify for SharedErrors {
    fn modify(&self, api: &mut OpenApi) {
        for (path, item) in &mut api.paths.paths {
            // What WeChat calls is answered in WeChat's form, and health in the plainest.
            let is_ours = path.starts_with("/api/") || path.starts_with("/admin/") || path.starts_with("/vendor/");
            for (_, operation) in operations(item) {
                operation.responses.responses.values_mut().for_each(name_problem_type);
                let answers: Vec<_> = SHARED.iter().filter(|shared| is_ours && (shared.applies)(operation)).collect();
                for shared in answers {
                    let reference = RefOr::Ref(Ref::new(format!("#/components/responses/{}", shared.name)));
                    operation.responses.responses.entry(shared.status.to_owned()).or_insert(reference);
                }
                if is_ours {
                    operation.parameters.get_or_insert_default().push(RefOr::T(accept_language()));
                }
            }
            operations(item).for_each(|(_, operation)| describe(operation));
        }
        let components = api.components.get_or_insert_default();
        for shared in &SHARED {
            let mut response = Response::new(shared.description);
            response.content.insert(PROBLEM_JSON.to_owned(), RefOr::T(Content::new(Some(Ref::new(PROBLEM)))));
            add_headers(shared.status, &mut response);
            components.responses.insert(shared.name.to_owned(), RefOr::T(response));
        }
    }
}

/// The operations of a path, by method.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn describe(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let shared = SHARED.iter().map(|shared| (shared.status, shared.description));
            let said = SAID.into_iter().chain(shared).find(|(of, _)| of == status);
            response.description = said.map_or(String::new(), |(_, said)| said.to_owned());
        }
        add_headers(status, response);
    }
}

/// Every answer names its request; one that asks for patience says how much.
fn add_headers(status: &str, response: &mut Response) {
    let mut add = |name: &str, kind: Type, what: &str| {
        let header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(kind))).description(Some(what));
        response.headers.insert(name.to_owned(), RefOr::T(header.build()));
    };
    add("X-Request-Id", Type::String, "The trace id: what was sent under this name, or a new one. The log has it.");
    if matches!(status, "429" | "503") {
        add("Retry-After", Type::Integer, "Seconds to wait.");
    }
    if status == "401" {
        add(
            "WWW-Authenticate",
            Type::String,
            "`Bearer`, with `error=\"invalid_token\"` if a token was sent (RFC 6750).",
        );
    }
}

fn accept_language() -> Parameter {
    ParameterBuilder::new()
        .name("Accept-Language")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("`zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).examples(["ko"])))
        .build()
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
