//! The API document: what is said here of the whole, and the paths of the table in `routes.rs`.

mod examples;
mod problems;
mod shared;
mod tidy;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::routes::Routed;
use crate::base::error::{Error, Result};
use crate::web::ProblemDocument;
use examples::Examples;
use problems::ProblemMembers;
use shared::SharedErrors;

pub(super) use problems::members_of;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gunpo Mall",
        description = include_str!("openapi/guide.md"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Gunpo Mall"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "auth", description = "Login by WeChat"),
        (name = "catalogue", description = "What is for sale; no login"),
        (name = "cart", description = "The buyer's cart"),
        (name = "addresses", description = "Where parcels go"),
        (name = "identity", description = "Name and ID number, needed for bonded goods"),
        (name = "me", description = "The account itself: profile, consents, a copy of everything, the end"),
        (name = "legal", description = "Terms and privacy text; no login"),
        (name = "quotes", description = "Prices before ordering"),
        (name = "orders", description = "Placing, reading and cancelling"),
        (name = "payments", description = "WeChat Pay"),
        (name = "wechat", description = "Called by WeChat, answered in its own form"),
        (name = "operators", description = "People who run the shop: login, accounts, audit log. `x-permission` is what a role needs"),
        (name = "admin_orders", description = "Orders for operators; personal data is masked"),
        (name = "today", description = "What waits, and what came in"),
        (name = "cases", description = "What the shop can't decide alone: taken by a person and closed with a decision"),
        (name = "jobs", description = "What runs behind the shop; a dead job is run again"),
        (name = "health", description = "For whoever runs the server"),
    ),
    components(schemas(ProblemDocument)),
)]
struct Api;

/// The access token of a buyer.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(token.clone()));
        components.add_security_scheme("operator", SecurityScheme::Http(token));
    }
}

/// Operations are named by their handlers, whose names are unique in their folder only: `list` becomes `orders_list`.
struct UniqueNames;

impl Modify for UniqueNames {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        for item in api.paths.paths.values_mut() {
            for (_, operation) in shared::operations(item) {
                let tag = operation.tags.iter().flatten().next();
                if let (Some(tag), Some(name)) = (tag, &operation.operation_id) {
                    operation.operation_id = Some(format!("{tag}_{name}"));
                }
            }
        }
    }
}

/// The document as text, for `gunpo-mall openapi`, `/openapi.json` and the test of its freshness. Empty if it can't
/// be written.
pub fn document() -> String {
    written().unwrap_or_else(|error| {
        log::error!("the API document can't be written: {error}");
        String::new()
    })
}

fn written() -> Result<String> {
    let fault = |error: serde_json::Error| Error::internal(error.to_string());
    let mut api = Api::openapi();
    api.merge(Routed::openapi());
    Bearer.modify(&mut api);
    UniqueNames.modify(&mut api);
    SharedErrors.modify(&mut api);
    ProblemMembers.modify(&mut api);
    Examples.modify(&mut api);
    let mut document = serde_json::to_value(api).map_err(fault)?;
    tidy::tidy(&mut document);
    let mut text = serde_json::to_string_pretty(&document).map_err(fault)?;
    text.push('\n');
    Ok(text)
}
