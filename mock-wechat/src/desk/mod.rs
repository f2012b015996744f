//! The web page of the stand-in at `/_mock/`: plain HTML and forms, for a person who wants to look and to act by hand.
//!
//! There is no login. Forms are taken from the page itself only; keep the stand-in on loopback all the same.

mod actions;
mod keys;
mod page;

use crate::{Answer, MockWechat, Request};

const OPENAPI: &str = include_str!("openapi.json");

/// Nothing is loaded from anywhere, and no script ever runs.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl MockWechat {
    /// `None` when the request is for a control endpoint.
    pub(crate) async fn desk(&self, request: &Request) -> Option<Answer> {
        let path = request.path().strip_prefix("/_mock").unwrap_or_default();
        match (request.method.as_str(), path) {
            ("GET", "") => Some(redirect("/_mock/")),
            ("GET", "/") => Some(self.page(request)),
            ("GET", "/openapi.json") => Some(text("application/json; charset=utf-8", OPENAPI)),
            ("GET", path) if path.starts_with("/keys/") => Some(keys::download(self, &path["/keys/".len()..])),
            ("POST", path) if path.starts_with("/act/") => Some(self.form(request, &path["/act/".len()..]).await),
            _ => None,
        }
    }

    fn page(&self, request: &Request) -> Answer {
        let mut answer = text("text/html; charset=utf-8", &page::render(self, request));
        for (name, value) in [
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ] {
            answer.headers.push((name.to_owned(), value.to_owned()));
        }
        answer
    }

    /// Acts, then sends the browser back to the page, so that a reload acts no second time.
    async fn form(&self, request: &Request, action: &str) -> Answer {
        // A browser says where a form comes from; another site's form must not move the ledger.
        let foreign = request.get("Sec-Fetch-Site").is_some_and(|site| !["same-origin", "none"].contains(&site));
        if foreign {
            return Answer { status: 403, ..Answer::default() };
        }
        let (mark, said) = match actions::act(self, request, action).await {
            Ok(said) => ("ok", said),
            Err(crate::control::Failure(_, reason)) => ("no", reason),
        };
        let said = percent_encoding::utf8_percent_encode(&said, percent_encoding::NON_ALPHANUMERIC);
        redirect(&format!("/_mock/?{mark}={said}"))
    }
}

fn text(kind: &str, body: &str) -> Answer {
    Answer { status: 200, headers: vec![("Content-Type".to_owned(), kind.to_owned())], body: body.as_bytes().to_vec() }
}

fn redirect(to: &str) -> Answer {
    Answer { status: 303, headers: vec![("Location".to_owned(), to.to_owned())], body: Vec::new() }
}
