//! The whole API as one table.

use std::path::Path;

use actix_web::HttpResponse;
use actix_web::dev::HttpServiceFactory;
use actix_web::web::{ServiceConfig, resource, scope};

use super::{docs, health, media};
use crate::error::Code;
use crate::web::Problem;
use crate::web::extract::BodyLimits;
use crate::{
    addresses, auth, cart, catalogue, customers, messages, operators, orders, payments, quotes, rights, search,
};

/// A notify is some 2 KiB; WeChat states no limit.
const NOTIFY_LIMITS: BodyLimits = BodyLimits::bytes(64 * 1024);

/// Every route there is. Bodies are at most 16 KiB where nothing else is said.
pub(crate) fn configure(config: &mut ServiceConfig, media_folder: &Path) {
    config
        .service(
            // They are tried in turn: first what is asked for most.
            scope("/api/v1")
                .service(resource("/products").get(catalogue::api::products))
                .service(resource("/products/{product}").get(catalogue::api::product))
                // Buying
                .service(resource("/quotes").post(quotes::api::create))
                .service(resource("/orders").get(orders::api::list).post(orders::api::place))
                .service(resource("/orders/{order_no}").get(orders::api::get))
                .service(resource("/orders/{order_no}/pay").post(payments::api::pay))
                .service(resource("/orders/{order_no}/payment/sync").post(payments::api::sync))
                .service(resource("/orders/{order_no}/cancel").post(payments::api::cancel))
                .service(resource("/auth/login").post(auth::api::login))
                .service(resource("/auth/refresh").post(auth::api::refresh))
                .service(resource("/auth/logout").post(auth::api::logout))
                // Read by everybody
                .service(resource("/categories").get(catalogue::api::categories))
                .service(resource("/vendors").get(catalogue::api::vendors))
                .service(resource("/vendors/{slug}").get(catalogue::api::vendor))
                .service(resource("/search/suggest").get(search::api::suggest))
                // The buyer's own
                .service(resource("/cart").get(cart::api::show))
                .service(resource("/cart/items/{sku_id}").put(cart::api::put).delete(cart::api::remove))
                .service(resource("/addresses").get(addresses::api::list).post(addresses::api::create))
                .service(resource("/addresses/{id}").put(addresses::api::update).delete(addresses::api::delete))
                .service(
                    resource("/identity")
                        .get(customers::api::show)
                        .put(customers::api::put)
                        .delete(customers::api::delete),
                )
                // The account itself
                .service(resource("/legal/{document}").get(customers::api::legal::newest))
                .service(
                    resource("/me")
                        .get(customers::api::me::show)
                        .patch(customers::api::me::change)
                        .put(customers::api::me::change_by_put)
                        .delete(rights::api::close),
                )
                .service(resource("/me/phone").post(customers::api::me::bind_phone))
                .service(resource("/me/consents").post(customers::api::me::agree))
                .service(resource("/me/consents/{document}").delete(customers::api::me::withdraw))
                .service(resource("/me/export").get(rights::api::export))
                .service(resource("/me/keep").post(rights::api::keep)),
        )
        .service(admin())
        .service(
            scope("/wechat/pay")
                .app_data(NOTIFY_LIMITS)
                .service(resource("/notify").post(payments::api::notify))
                .service(resource("/refund-notify").post(payments::api::notify)),
        )
        .service(
            resource("/wechat/message").app_data(NOTIFY_LIMITS).get(messages::api::check).post(messages::api::receive),
        )
        .service(resource("/healthz/live").get(health::live))
        .service(resource("/healthz/ready").get(health::ready))
        .service(resource("/openapi.json").get(docs::document))
        .service(docs::service())
        .service(media::service(media_folder));
}

/// For the people who run the shop; the permission is in each handler's signature.
fn admin() -> impl HttpServiceFactory + use<> {
    use operators::admin::{accounts, auth, log};
    scope("/admin/v1")
        .service(resource("/auth/login").post(auth::login))
        .service(resource("/auth/logout").post(auth::logout))
        .service(resource("/auth/step-up").post(auth::step_up))
        .service(resource("/auth/password").post(auth::change_password))
        .service(resource("/auth/totp").post(auth::enrol_totp))
        .service(resource("/auth/totp/confirm").post(auth::confirm_totp))
        .service(resource("/me").get(auth::me))
        .service(resource("/audit").get(log::audit))
        .service(resource("/operators").get(accounts::list).post(accounts::add))
        .service(resource("/operators/{name}").patch(accounts::change))
        .service(resource("/operators/{name}/reset").post(accounts::reset))
        .service(resource("/orders").get(orders::admin::list))
        .service(resource("/orders/{order_no}").get(orders::admin::get))
        .service(resource("/orders/{order_no}/reveal").post(orders::admin::reveal))
}

/// What is not in the table.
pub(super) async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Code::NotFound.into())
}
