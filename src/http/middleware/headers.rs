//! Headers of every answer, errors included.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};

use super::request_id;
use crate::base::observability::TraceId;

/// Nothing that we answer is a page, but those of `/docs` and `/admin`, which bring policies of their own.
const CSP: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// One year.
const HSTS: &str = "max-age=31536000";

/// Sets them. A handler's own cache rule, policy and `Vary` stay, but an error is never cached.
pub(super) fn set(response: &mut HttpResponse, trace_id: &TraceId) {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let headers = response.headers_mut();
    put(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    put_unless_set(headers, REFERRER_POLICY, "no-referrer");
    put(headers, STRICT_TRANSPORT_SECURITY, HSTS);
    put_unless_set(headers, CONTENT_SECURITY_POLICY, CSP);
    put_unless_set(headers, VARY, "Accept-Language");
    if failed {
        put(headers, CACHE_CONTROL, "no-store");
    } else {
        put_unless_set(headers, CACHE_CONTROL, "no-store");
    }
    if let Ok(value) = HeaderValue::from_str(trace_id.as_str()) {
        headers.insert(HeaderName::from_static(request_id::HEADER), value);
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

fn put_unless_set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        put(headers, name, value);
    }
}
