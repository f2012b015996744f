//! The API document, made from the code.

mod shared;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::error::{Error, Result};
use crate::web::ProblemDocument;
use crate::{
    addresses, auth, cart, catalogue, customers, messages, operators, orders, payments, quotes, rights, search,
};
use shared::SharedErrors;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gunpo Mall",
        description = "The shop of Gunpo's small firms, for mini programs. Money is in fen, times are RFC 3339 with +08:00, ids are \
                       strings. Errors are problem documents (RFC 9457); decide by `code`, show `detail`, which follows \
                       Accept-Language (zh, ko, en).",
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
        (name = "operators", description = "People who run the shop: login, accounts, audit log. The scope is the right that a role needs"),
        (name = "admin_orders", description = "Orders for operators; personal data is masked"),
        (name = "health", description = "For whoever runs the server"),
    ),
    paths(
        auth::api::login,
        auth::api::refresh,
        auth::api::logout,
        catalogue::api::categories,
        catalogue::api::vendors,
        catalogue::api::vendor,
        catalogue::api::products,
        catalogue::api::product,
        search::api::suggest,
        cart::api::show,
        cart::api::put,
        cart::api::remove,
        addresses::api::list,
        addresses::api::create,
        addresses::api::update,
        addresses::api::delete,
        customers::api::show,
        customers::api::put,
        customers::api::delete,
        customers::api::legal::newest,
        customers::api::me::show,
        customers::api::me::change,
        customers::api::me::change_by_put,
        customers::api::me::bind_phone,
        customers::api::me::agree,
        customers::api::me::withdraw,
        rights::api::export,
        rights::api::close,
        rights::api::keep,
        quotes::api::create,
        orders::api::place,
        orders::api::list,
        orders::api::get,
        payments::api::pay,
        payments::api::sync,
        payments::api::cancel,
        payments::api::notify,
        messages::api::check,
        messages::api::receive,
        operators::admin::auth::login,
        operators::admin::auth::logout,
        operators::admin::auth::step_up,
        operators::admin::auth::change_password,
        operators::admin::auth::enrol_totp,
        operators::admin::auth::confirm_totp,
        operators::admin::auth::me,
        operators::admin::log::audit,
        operators::admin::accounts::list,
        operators::admin::accounts::add,
        operators::admin::accounts::change,
        operators::admin::accounts::reset,
        orders::admin::list,
        orders::admin::get,
        orders::admin::reveal,
        super::health::live,
        super::health::ready,
    ),
    components(schemas(ProblemDocument)),
    modifiers(&Bearer, &UniqueNames, &SharedErrors),
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
            for operation in shared::operations(item) {
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
    let mut text = Api::openapi().to_pretty_json().map_err(|error| Error::internal(error.to_string()))?;
    text.push('\n');
    Ok(text)
}
