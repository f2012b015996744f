//! The web page of the stand-in at `/_mock/`: plain HTML and forms, for a person who wants to look and to act by hand.
//!
//! There is no login, so nobody may reach it through a browser that stands elsewhere: [`MockWechat::foreign`].

mod actions;
mod keys;
mod lang;
mod layout;
mod overview;
mod requests;

use std::net::IpAddr;

use serde_json::json;

use self::lang::Lang;
use crate::{Answer, MockWechat, Request};

const OPENAPI: &str = include_str!("openapi.json");
const STYLE: &str = include_str!("style.css");

/// Nothing is loaded from elsewhere, and no script ever runs.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl MockWechat {
    /// `None` when the request is for a control endpoint.
    pub(crate) async fn desk(&self, request: &Request) -> Option<Answer> {
        let path = request.path().strip_prefix("/_mock").unwrap_or_default();
        let lang = Lang::of(request);
        match (request.method.as_str(), path) {
            ("GET", "") => Some(redirect("/_mock/")),
            ("GET", "/") => Some(page(lang, request, &overview::render(self, request, lang))),
            ("GET", "/requests") => Some(page(lang, request, &requests::list(self, request, lang))),
            ("GET", "/openapi.json") => Some(Answer::text("application/json; charset=utf-8", OPENAPI)),
            ("GET", "/style.css") => Some(Answer::text("text/css; charset=utf-8", STYLE)),
            ("GET", path) if path.starts_with("/requests/") => {
                let entry = path["/requests/".len()..].parse().ok().and_then(|id| self.inner.inspector.entry(id));
                entry.map(|entry| page(lang, request, &requests::detail(self, request, &entry, lang)))
            }
            ("GET", path) if path.starts_with("/keys/") => Some(keys::download(self, &path["/keys/".len()..])),
            ("POST", path) if path.starts_with("/act/") => Some(self.form(request, &path["/act/".len()..]).await),
            _ => None,
        }
    }

    /// Refuses what comes through somebody else's page. A name that was made to lead here (DNS rebinding) shows in `Host`, a
    /// form or script of another site in `Origin` or `Sec-Fetch-Site`. WeChat's own paths want a signature or a secret.
    pub(crate) fn foreign(&self, request: &Request) -> Option<Answer> {
        if request.path() != "/_mock" && !request.path().starts_with("/_mock/") {
            return None;
        }
        let refused = |reason: String| Some(Answer::json(403, &json!({ "error": reason })));
        let host = request.get("Host").unwrap_or("localhost");
        let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        if !is_address && name != "localhost" && !self.settings().host_names.iter().any(|known| known == name) {
            return refused(format!("{name} is no name of this stand-in; start it with --host-name {name}"));
        }
        let other_origin = request.get("Origin").is_some_and(|origin| {
            !["http://", "https://"].iter().any(|scheme| origin.strip_prefix(scheme) == Some(host))
        });
        let other_site = request.get("Sec-Fetch-Site").is_some_and(|site| !["same-origin", "none"].contains(&site));
        if request.method != "GET" && (other_origin || other_site) {
            return refused("this comes from another site".to_owned());
        }
        None
    }

    /// Acts, then sends the browser back to the page, so that a reload acts no second time.
    async fn form(&self, request: &Request, action: &str) -> Answer {
        let (mark, said) = match actions::act(self, request, action).await {
            Ok(said) => ("ok", said),
            Err(crate::control::Failure(_, reason)) => ("no", reason),
        };
        let said = percent_encoding::utf8_percent_encode(&said, percent_encoding::NON_ALPHANUMERIC);
        redirect(&format!("/_mock/?{mark}={said}"))
    }
}

fn page(lang: Lang, request: &Request, html: &str) -> Answer {
    let mut answer = Answer::text("text/html; charset=utf-8", html);
    for (name, value) in [
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ] {
        answer.headers.push((name.to_owned(), value.to_owned()));
    }
    if request.query("lang").is_some() {
        let kept = format!("mock-lang={}; Path=/_mock; SameSite=Strict; Max-Age=31536000", lang.tag());
        answer.headers.push(("Set-Cookie".to_owned(), kept));
    }
    answer
}

fn redirect(to: &str) -> Answer {
    Answer { status: 303, headers: vec![("Location".to_owned(), to.to_owned())], body: Vec::new() }
}
