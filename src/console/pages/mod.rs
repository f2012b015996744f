//! The console at `/admin`: pages for the people who run the shop, in Chinese, Korean and English, without script. A page calls the action of
//! `/admin/v1` that it shows, so it can do nothing that the API does not, and its permission stands in its signature too.
//!
//! The session is the same as the API's, kept in a cookie that no script and no other site gets. The API itself never looks at the cookie.

mod audit;
mod cases;
mod frame;
mod jobs;
mod operators;
mod orders;
mod sign_in;
mod today;
mod visit;

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, ORIGIN, REFERRER_POLICY};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::{Error, HttpResponse, web};

/// One style sheet of ours; nothing else is loaded, nothing runs, and forms go nowhere else.
const CSP: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

macro_rules! pages {
    ($($path:literal $($method:ident $($handler:ident)::+),+;)+) => {
        /// Every page and form there is, method in lower case and whole path.
        pub const PAGES: &[(&str, &str)] = &[$($((stringify!($method), concat!("/admin", $path)),)+)+];

        /// All of them, below `/admin`.
        pub(crate) fn service() -> impl HttpServiceFactory {
            web::scope("/admin")
                .wrap(from_fn(own_forms_only))
                // Without a referrer a browser would call the origin of our own forms "null".
                .wrap(DefaultHeaders::new().add((CONTENT_SECURITY_POLICY, CSP)).add((REFERRER_POLICY, "same-origin")))
                $(.service(web::resource($path)$(.route(web::$method().to($($handler)::+)))+))+
        }
    };
}

pages! {
    "" get to_today;
    "/" get today::show;
    "/console.css" get frame::style;
    "/icon.svg" get frame::icon;
    "/language/{lang}" get visit::choose_language;
    "/login" get sign_in::form, post sign_in::submit;
    "/logout" post sign_in::logout;
    "/password" get sign_in::password::form, post sign_in::password::submit;
    "/second-factor" get sign_in::second_factor::form, post sign_in::second_factor::submit;
    "/step-up" get sign_in::step_up::form, post sign_in::step_up::submit;
    "/sessions" get sign_in::sessions::show, post sign_in::sessions::end_others;
    "/orders" get orders::list;
    "/orders/{order_no}" get orders::show;
    "/orders/{order_no}/reveal" post orders::reveal;
    "/cases" get cases::list;
    "/cases/{case_id}" get cases::show;
    "/cases/{case_id}/take" post cases::take;
    "/cases/{case_id}/close" post cases::close;
    "/jobs" get jobs::list;
    "/jobs/{job_id}/retry" post jobs::retry;
    "/operators" get operators::list, post operators::add;
    "/operators/{name}" get operators::show;
    "/operators/{name}/change" post operators::change;
    "/operators/{name}/reset" post operators::reset;
    "/audit" get audit::list;
}

fn to_today() -> Ready<HttpResponse> {
    ready(HttpResponse::SeeOther().insert_header((LOCATION, "/admin/")).finish())
}

/// A form counts only if a page of ours sent it. The cookie is not sent from elsewhere anyway (`SameSite`), and each form carries a token
/// besides ([`visit::Form`]).
async fn own_forms_only<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if *request.method() != Method::GET && is_foreign(&request) {
        return Ok(request.into_response(HttpResponse::Forbidden().body("foreign form")));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// By what the browser says of itself, which it does over https; else by the origin, which a proxy that rewrites `Host` would make foreign.
fn is_foreign(request: &ServiceRequest) -> bool {
    let header = |name: &str| request.headers().get(name).map(HeaderValue::as_bytes);
    if let Some(site) = header("sec-fetch-site") {
        return site != b"same-origin" && site != b"none";
    }
    let host = header("host").unwrap_or_default();
    header(ORIGIN.as_str()).is_some_and(|origin| {
        let name = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
        name != Some(host)
    })
}
