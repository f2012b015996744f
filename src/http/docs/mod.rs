//! The API document and the pages that show it, without script. All of it is made once and packed in the binary.

mod document;
pub(super) mod errors;
mod landing;
mod reference;

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpResponse, dev::HttpServiceFactory, web};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use pulldown_cmark::Parser;
use pulldown_cmark::html::push_html;
use serde_json::Value;

use super::openapi;
use crate::base::error::{Code, Result};
use crate::web::Problem;
use crate::web::extract::Path;

/// One style sheet of ours; nothing else is loaded, and nothing runs.
const CSP: &str = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi::document);
static API: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&DOCUMENT).unwrap_or_default());
static REFERENCE: LazyLock<String> = LazyLock::new(|| reference::page(&API).into_string());
static ERRORS: LazyLock<String> = LazyLock::new(|| errors::index().into_string());

/// `/openapi.json`.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.as_str())
}

/// `/docs`, `/docs/errors`, `/docs/errors/{code}`.
pub(super) fn service() -> impl HttpServiceFactory {
    web::scope("/docs")
        .wrap(DefaultHeaders::new().add((CONTENT_SECURITY_POLICY, CSP)))
        .service(web::resource(["", "/"]).get(reference))
        .service(web::resource("/docs.css").get(style))
        .service(web::resource("/errors").get(all_errors))
        .service(web::resource("/errors/{code}").get(one_error))
}

/// `/`.
pub(super) fn landing() -> impl HttpServiceFactory {
    let headers = DefaultHeaders::new().add((CONTENT_SECURITY_POLICY, CSP));
    web::resource("/").wrap(headers).get(async || page(landing::page().into_string()))
}

async fn reference() -> HttpResponse {
    page(REFERENCE.as_str())
}

async fn style() -> HttpResponse {
    let style = include_str!("style.css");
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(style)
}

async fn all_errors() -> HttpResponse {
    page(ERRORS.as_str())
}

async fn one_error(word: Path<String>) -> Result<HttpResponse, Problem> {
    let code = Code::ALL.iter().find(|code| code.as_str() == word.0).ok_or(Code::NotFound)?;
    Ok(page(errors::page(*code).into_string()))
}

fn page(body: impl Into<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body.into())
}

/// The frame of every page.
fn framed(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Gunpo Mall" }
                link rel="stylesheet" href="/docs/docs.css";
            }
            body {
                header {
                    a href="/docs" { "Gunpo Mall API" }
                    nav { a href="/docs/errors" { "Error codes" } a href="/openapi.json" { "openapi.json" } }
                }
                main { (content) }
            }
        }
    }
}

/// The document's prose is ours, and Markdown.
fn markdown(text: &str) -> Markup {
    let mut page = String::new();
    push_html(&mut page, Parser::new(text));
    PreEscaped(page)
}
