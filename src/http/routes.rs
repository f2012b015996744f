//! The whole API as one table. It makes the actix services, the paths of the API document, and the list that the test of policies compares
//! with its own statement of who may call what. A service that is mounted elsewhere fails the architecture test.

use std::path::Path;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use utoipa::OpenApi;

use super::{docs, health, media};
use crate::base::error::Code;
use crate::console::{accounts, audit_log, auth, cases, jobs, orders as all_orders, pages, today};
use crate::domain::customers::{addresses, api as identity, api::me};
use crate::domain::{content, sessions};
use crate::flows::{close_account, close_unpaid, login, notify, pay, place_order, push_event, query_payment};
use crate::storefront::{cart, catalogue, orders, quote, suggest};
use crate::web::Problem;
use crate::web::extract::BodyLimits;

/// A notify is some 2 KiB; WeChat states no limit.
const NOTIFY_LIMITS: BodyLimits = BodyLimits::bytes(64 * 1024);

macro_rules! routes {
    ($($scope:literal with $limits:expr => {
        $($path:literal $($method:ident $($handler:ident)::+),+;)+
    })+) => {
        /// Every route there is, method in lower case and whole path.
        pub const ROUTES: &[(&str, &str)] =
            &[$($($((stringify!($method), concat!($scope, $path)),)+)+)+];

        /// The API document's part of the table.
        #[derive(OpenApi)]
        #[openapi(paths($($($($($handler)::+,)+)+)+))]
        pub(super) struct Routed;

        /// Every route there is, tried in turn: first what is asked for most.
        pub(super) fn configure(config: &mut ServiceConfig, media_folder: &Path) {
            config
                $(.service(
                    web::scope($scope)
                        .app_data($limits)
                        $(.service(web::resource($path)$(.route(web::$method().to($($handler)::+)))+))+
                        .default_service(web::to(not_found)),
                ))+
                .service(web::resource("/openapi.json").get(docs::document))
                .service(docs::landing())
                .service(docs::service())
                .service(pages::service())
                .service(media::service(media_folder));
        }
    };
}

routes! {
    "/api/v1" with BodyLimits::DEFAULT => {
        "/products" get catalogue::api::products;
        "/products/{product}" get catalogue::api::product;
        // Buying
        "/quotes" post quote::create;
        "/orders" get orders::list, post place_order::api::place;
        "/orders/{order_no}" get orders::get;
        "/orders/{order_no}/pay" post pay::pay;
        "/orders/{order_no}/payment/sync" post query_payment::sync;
        "/orders/{order_no}/cancel" post close_unpaid::cancel;
        "/auth/login" post login::login;
        "/auth/refresh" post sessions::api::refresh;
        "/auth/logout" post sessions::api::logout;
        // Read by everybody
        "/categories" get catalogue::api::categories;
        "/vendors" get catalogue::api::vendors;
        "/vendors/{slug}" get catalogue::api::vendor;
        "/search/suggest" get suggest::suggest;
        // The buyer's own
        "/cart" get cart::show;
        "/cart/items/{sku_id}" put cart::put, delete cart::remove;
        "/addresses" get addresses::api::list, post addresses::api::create;
        "/addresses/{id}" put addresses::api::update, delete addresses::api::delete;
        "/identity" get identity::show, put identity::put, delete identity::delete;
        // The account itself
        "/legal/{document}" get content::api::newest;
        "/me" get me::show, patch me::change, put me::change_by_put;
        "/me/phone" post me::bind_phone;
        "/me/consents" post me::agree;
        "/me/consents/{document}" delete me::withdraw;
        "/me/export" post close_account::api::export;
        "/me/close" post close_account::api::close;
        "/me/keep" post close_account::api::keep;
        "/me/sessions" get sessions::api::list;
        "/me/sessions/end-others" post sessions::api::end_others;
    }
    // For the people who run the shop; the permission is in each handler's signature.
    "/admin/v1" with BodyLimits::DEFAULT => {
        "/auth/login" post auth::login;
        "/auth/logout" post auth::logout;
        "/auth/step-up" post auth::step_up;
        "/auth/password" post auth::change_password;
        "/auth/totp" post auth::enrol_totp;
        "/auth/totp/confirm" post auth::confirm_totp;
        "/auth/sessions" get auth::sessions;
        "/auth/sessions/end-others" post auth::end_other_sessions;
        "/me" get auth::me;
        "/audit" get audit_log::audit;
        "/operators" get accounts::list, post accounts::add;
        "/operators/{name}" patch accounts::change;
        "/operators/{name}/reset" post accounts::reset;
        "/orders" get all_orders::list::list;
        "/orders/{order_no}" get all_orders::get::get;
        "/orders/{order_no}/reveal" post all_orders::reveal::reveal;
        "/today" get today::show;
        "/cases" get cases::list;
        "/cases/{case_id}" get cases::get;
        "/cases/{case_id}/take" post cases::take;
        "/cases/{case_id}/close" post cases::close;
        "/jobs" get jobs::list;
        "/jobs/{job_id}/retry" post jobs::retry;
    }
    "/wechat" with NOTIFY_LIMITS => {
        "/pay/notify" post notify::notify;
        "/pay/refund-notify" post notify::refund_notify;
        "/message" get push_event::check, post push_event::receive;
    }
    "/healthz" with BodyLimits::DEFAULT => {
        "/live" get health::live;
        "/ready" get health::ready;
    }
}

/// What is not in the table.
pub(super) async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Code::NotFound.into())
}
