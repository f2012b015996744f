//! The API document and its viewer, and the page that explains the error codes. All of it is packed in the binary.

use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::openapi;
use crate::base::error::Code;
use crate::base::text::Lang;
use crate::web::{ERRORS_PAGE, text_of};

/// The viewer runs scripts of its own and sets styles; it talks to this server only.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                   connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi::document);
static ERRORS: LazyLock<String> = LazyLock::new(errors_page);

/// `/openapi.json`.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.as_str())
}

/// `/docs/`, `/docs/errors`.
pub(super) fn service() -> impl HttpServiceFactory {
    let viewer = SwaggerUi::new("/{_:.*}").config(Config::from("/openapi.json").validator_url("none"));
    web::scope("/docs")
        .wrap(DefaultHeaders::new().add((CONTENT_SECURITY_POLICY, CSP)))
        .service(web::resource("").get(to_viewer))
        .service(web::resource("/errors").get(errors))
        .service(viewer)
}

async fn to_viewer() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

async fn errors() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(ERRORS.as_str())
}

/// Where the `type` of a problem points. All texts are ours: nothing needs to be escaped.
fn errors_page() -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Error codes of Gunpo Mall</title>\
         <h1>Error codes</h1><p>Clients decide by <code>code</code>; <code>detail</code> is for people.</p>",
    );
    for code in Code::ALL {
        let (word, status, text) = (code.as_str(), code.status(), text_of(*code));
        let _ = write!(page, "<h2 id=\"{word}\"><a href=\"{ERRORS_PAGE}#{word}\">{word}</a> ({status})</h2><dl>");
        for lang in Lang::ALL {
            let (tag, title, detail) = (lang.tag(), text.title.get(lang), text.detail.get(lang));
            let _ = write!(page, "<dt lang=\"{tag}\">{title}</dt><dd lang=\"{tag}\">{detail}</dd>");
        }
        page.push_str("</dl>");
    }
    page.push_str("</html>\n");
    page
}
