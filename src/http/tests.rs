//! The outermost floor around small handlers of its own, over real connections where it matters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connections;
mod documents;

use std::rc::Rc;
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App as ActixApp, HttpResponse, web};
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;

use super::middleware::envelope;
use super::{docs, media, routes};
use crate::base::error::{Code, Error, Refusal};
use crate::base::observability::Metrics;
use crate::base::text::Lang;
use crate::web::Problem;
use crate::web::extract::{BodyLimits, Json, Query, RawBody, TrustedProxies};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Body {
    #[allow(dead_code)]
    quantity: u8,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[allow(dead_code)]
    q: Option<String>,
}

const SLOW: BodyLimits = BodyLimits { bytes: 1024, deadline: Duration::from_millis(200) };

async fn take_json(_: Json<Body>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().body("taken"))
}

async fn take_raw(body: RawBody) -> HttpResponse {
    HttpResponse::Ok().body(body.len().to_string())
}

async fn filter(_: Query<Filter>, lang: Lang) -> HttpResponse {
    HttpResponse::Ok().body(lang.tag())
}

async fn fail(path: web::Path<String>) -> Result<HttpResponse, Problem> {
    Err(match path.as_str() {
        "internal" => Error::internal("secret reason").into(),
        "busy" => Error::busy("secret queue").into(),
        "unknown" => Error::OutcomeUnknown("secret commit".into()).into(),
        "login" => Code::Unauthorized.into(),
        "price" => Refusal::new(Code::PriceChanged).with("quote", 7).into(),
        "panic" => panic!("secret panic"),
        _ => Code::NotFound.into(),
    })
}

async fn foreign() -> Result<HttpResponse, actix_web::Error> {
    Err(actix_web::error::ErrorBadRequest("secret foreign text"))
}

async fn cached() -> HttpResponse {
    HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=1")).body("page")
}

fn dummies(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/json").post(take_json))
        .service(web::resource("/slow").app_data(SLOW).post(take_json))
        .service(web::resource("/raw").post(take_raw))
        .service(web::resource("/filter").get(filter))
        .service(web::resource("/fail/{how}").get(fail))
        .service(web::resource("/foreign").get(foreign))
        .service(web::resource("/cached").get(cached))
        .service(web::resource("/wechat/pay/{how}").get(fail))
        .service(docs::landing())
        .service(docs::service());
}

/// One call through the envelope.
async fn call(request: TestRequest) -> ServiceResponse {
    call_counted(request, &Metrics::new().unwrap(), &[]).await
}

async fn call_counted(request: TestRequest, metrics: &Metrics, proxies: &[IpNet]) -> ServiceResponse {
    let app = ActixApp::new()
        .wrap(from_fn(envelope))
        .app_data(Rc::new(metrics.clone()))
        .app_data(TrustedProxies::new(proxies))
        .configure(dummies)
        .default_service(web::to(routes::not_found));
    let service = init_service(app).await;
    call_service(&service, request.to_request()).await
}

async fn problem(response: ServiceResponse) -> Value {
    assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
    let trace_id = response.headers().get("x-request-id").unwrap().to_str().unwrap().to_owned();
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap();
    assert_eq!(body["trace_id"], trace_id);
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("/docs/errors/{}", body["code"].as_str().unwrap()));
    body
}

fn json_post(body: &'static str) -> TestRequest {
    TestRequest::post().uri("/json").insert_header(("Content-Type", "application/json")).set_payload(body)
}

#[actix_web::test]
async fn every_failure_is_a_problem_document_with_its_code() {
    let get = |uri: &str| TestRequest::get().uri(uri);
    let long = format!("/filter?q={}", "x".repeat(2100));
    for (request, status, code) in [
        (get("/nowhere"), 404, "not_found"),
        (get("/fail/other"), 404, "not_found"),
        (get("/json"), 405, "method_not_allowed"),
        (get("/foreign"), 400, "invalid_request"),
        (get("/filter?page=1"), 400, "invalid_request"),
        (get("/fail/login"), 401, "unauthorized"),
        (get("/fail/price"), 409, "price_changed"),
        (get("/fail/internal"), 500, "internal_error"),
        (get("/fail/busy"), 503, "unavailable"),
        (get("/fail/unknown"), 503, "unavailable"),
        (get(&long), 414, "uri_too_long"),
        (json_post("{\"quantity\":300}"), 400, "invalid_request"),
        (TestRequest::post().uri("/json").set_payload("{}"), 415, "unsupported_media_type"),
    ] {
        let response = call(request).await;
        assert_eq!(response.status().as_u16(), status, "{code}");
        let body = problem(response).await;
        assert_eq!(body["code"], code);
        assert!(!body.to_string().contains("secret"), "{body}");
    }
}

#[actix_web::test]
async fn a_wrong_method_says_which_are_right() {
    let response = call(TestRequest::delete().uri("/json")).await;
    assert_eq!(response.headers().get("allow").unwrap(), "POST");
}

#[actix_web::test]
async fn an_error_has_every_security_header_and_is_never_cached() {
    for (uri, cache) in [
        ("/fail/internal", "no-store"),
        ("/nowhere", "no-store"),
        ("/filter", "no-store"),
        ("/cached", "public, max-age=1"),
    ] {
        let response = call(TestRequest::get().uri(uri)).await;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{uri}");
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"));
        assert_eq!(header("cache-control").as_deref(), Some(cache));
        assert_eq!(header("vary").as_deref(), Some("Accept-Language"));
        assert!(header("strict-transport-security").unwrap().starts_with("max-age="));
        let csp = header("content-security-policy").unwrap();
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{csp}");
        assert_eq!(header("access-control-allow-origin"), None);
    }
}

#[actix_web::test]
async fn a_foreign_origin_is_given_nothing() {
    for origin in ["https://evil.example", "null"] {
        let request = TestRequest::default().method(actix_web::http::Method::OPTIONS).uri("/json");
        let response = call(request.insert_header(("Origin", origin))).await;
        assert_eq!(response.status(), 405);
        assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}

#[actix_web::test]
async fn the_problem_speaks_the_caller_s_language() {
    for (header, title) in [("", "未找到"), ("ko", "찾을 수 없음"), ("fr, en;q=0.5", "Not found")] {
        let request = TestRequest::get().uri("/nowhere").insert_header(("Accept-Language", header));
        assert_eq!(problem(call(request).await).await["title"], title);
    }
}

#[actix_web::test]
async fn only_a_known_body_is_taken() {
    let typed = |kind: &str| json_post("{\"quantity\":1}").insert_header(("Content-Type", kind));
    for (request, status) in [
        (typed("application/json"), 200),
        (typed("Application/JSON; charset=UTF-8"), 200),
        (typed("application/json; charset=gbk"), 415),
        (typed("text/plain"), 415),
        (typed("application/x-www-form-urlencoded"), 415),
        (typed("application/jsonp"), 415),
        (typed("application/json").append_header(("Content-Type", "text/plain")), 415),
        (typed("application/json").insert_header(("Content-Encoding", "identity")), 200),
        (typed("application/json").insert_header(("Content-Encoding", "gzip")), 415),
        (typed("application/json").insert_header(("Content-Encoding", "deflate, br")), 415),
    ] {
        assert_eq!(call(request).await.status().as_u16(), status);
    }
}

#[actix_web::test]
async fn a_body_over_the_limit_is_413_whether_it_is_announced_or_not() {
    let body = |bytes: usize| vec![b' '; bytes];
    let raw = |bytes: usize| TestRequest::post().uri("/raw").set_payload(body(bytes));
    assert_eq!(call(raw(16 * 1024)).await.status(), 200);
    assert_eq!(call(raw(16 * 1024 + 1)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let announced = raw(1).insert_header(("Content-Length", "999999999999"));
    assert_eq!(call(announced).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[actix_web::test]
async fn wechat_is_answered_in_its_own_form() {
    for (uri, status) in [("/wechat/pay/internal", 500), ("/wechat/pay/busy", 503), ("/wechat/pay/other", 404)] {
        let response = call(TestRequest::get().uri(uri)).await;
        assert_eq!(response.status().as_u16(), status);
        let body: Value = serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap();
        assert_eq!(body["code"], "FAIL");
        assert!(body["message"].is_string() && !body.to_string().contains("secret"));
    }
}

#[actix_web::test]
async fn a_stranger_does_not_choose_our_trace_id() {
    let metrics = Metrics::new().unwrap();
    let trusted: IpNet = "10.0.0.0/8".parse().unwrap();
    for (peer, id, kept) in
        [("10.0.0.1:1", "proxy-id-1", true), ("203.0.113.9:1", "proxy-id-1", false), ("10.0.0.1:1", "forged id", false)]
    {
        let request =
            TestRequest::get().uri("/filter").peer_addr(peer.parse().unwrap()).insert_header(("X-Request-Id", id));
        let response = call_counted(request, &metrics, &[trusted]).await;
        let answered = response.headers().get("x-request-id").unwrap().to_str().unwrap();
        assert_eq!(answered == id, kept, "{peer} {id}");
        assert!(kept || answered.len() == 32);
    }
}

#[actix_web::test]
async fn metrics_know_patterns_but_no_path_that_a_stranger_typed() {
    let metrics = Metrics::new().unwrap();
    for uri in ["/fail/13800138000", "/stranger/13800138000", "/filter?q=13800138000"] {
        call_counted(TestRequest::get().uri(uri), &metrics, &[]).await;
    }
    let text = metrics.render();
    assert!(!text.contains("13800138000"), "{text}");
    for route in ["/fail/{how}", "unmatched", "/filter"] {
        assert!(text.contains(&format!("route=\"{route}\"")), "{route} is not in\n{text}");
    }
    assert!(text.contains("gunpo_http_in_flight 0"), "{text}");
}
