//! Who looks at a page: language, session, and the token that the forms of this session carry.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::Payload;
use actix_web::http::header::{LOCATION, REFERER};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::de::DeserializeOwned;

use crate::base::error::{Code, Refusal, Wrong};
use crate::base::text::Lang;
use crate::domain::staff::{DEVICE_LIFE, Operators, SESSION_LIFE};
use crate::platform::app::App;
use crate::web::Problem;
use crate::web::extract::{Path, SESSION_COOKIE};

/// Keeps the language that was chosen.
const LANGUAGE_COOKIE: &str = "gunpo_language";
/// Says that somebody has logged in here before.
const DEVICE_COOKIE: &str = "gunpo_operator_device";
const LANGUAGE_KEPT_DAYS: i64 = 365;
/// Where the token of a form stands in it.
pub(super) const FORM_TOKEN: &str = "form_token";

/// One look at a page. There always is one, also of somebody without a session.
pub(crate) struct Visit {
    pub(super) lang: Lang,
    /// Path and query, to come back to after a login.
    pub(super) here: String,
    /// Stands in every form of this session; empty without one.
    pub(super) form_token: String,
    /// What an earlier login in this browser left: strangers' guesses at the name can't keep its owner out here.
    pub(super) device: Option<String>,
    /// Whether cookies may go over https only.
    is_https: bool,
}

impl FromRequest for Visit {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let chosen = request.cookie(LANGUAGE_COOKIE).and_then(|cookie| lang_of(cookie.value()));
        let operators = request.app_data::<Data<Operators>>();
        let token = request.cookie(SESSION_COOKIE);
        let form_token = operators.zip(token).map(|(operators, token)| operators.form_token(token.value()));
        let app = request.app_data::<Data<App>>();
        ready(Ok(Self {
            lang: chosen.unwrap_or_else(|| Lang::from_headers(request.headers())),
            here: request.uri().path_and_query().map_or("/admin/", |here| here.as_str()).to_owned(),
            form_token: form_token.unwrap_or_default(),
            device: request.cookie(DEVICE_COOKIE).map(|cookie| cookie.value().to_owned()),
            is_https: app.is_some_and(|app| app.settings.http.public_url.starts_with("https://")),
        }))
    }
}

impl Visit {
    /// After a login or a step-up it goes on at this page: a form can't be sent again by itself.
    pub(super) fn back_at(self, here: String) -> Self {
        Self { here, ..self }
    }

    /// The session, out of reach for scripts and other sites.
    pub(super) fn session_cookie(&self, token: String) -> Cookie<'static> {
        let life = time::Duration::try_from(SESSION_LIFE).unwrap_or_default();
        self.cookie(SESSION_COOKIE, token, life).http_only(true).finish()
    }

    /// It opens nothing by itself.
    pub(super) fn device_cookie(&self, token: String) -> Cookie<'static> {
        let life = time::Duration::try_from(DEVICE_LIFE).unwrap_or_default();
        self.cookie(DEVICE_COOKIE, token, life).http_only(true).finish()
    }

    pub(super) fn no_session(&self) -> Cookie<'static> {
        self.cookie(SESSION_COOKIE, String::new(), time::Duration::ZERO).http_only(true).finish()
    }

    fn cookie(
        &self,
        name: &'static str,
        value: String,
        life: time::Duration,
    ) -> actix_web::cookie::CookieBuilder<'static> {
        Cookie::build(name, value).path("/admin").same_site(SameSite::Strict).secure(self.is_https).max_age(life)
    }
}

fn lang_of(code: &str) -> Option<Lang> {
    Lang::ALL.into_iter().find(|lang| lang.code() == code)
}

/// Keeps the language and goes back.
pub(crate) async fn choose_language(visit: Visit, request: HttpRequest, code: Path<String>) -> HttpResponse {
    let lang = lang_of(&code).unwrap_or_default();
    let life = time::Duration::days(LANGUAGE_KEPT_DAYS);
    let cookie = visit.cookie(LANGUAGE_COOKIE, lang.code().to_owned(), life).finish();
    let from = request.headers().get(REFERER).and_then(|from| from.to_str().ok()?.parse::<actix_web::http::Uri>().ok());
    let back = from.and_then(|from| Some(from.path_and_query()?.as_str().to_owned()));
    let back = back.filter(|back| is_own(back)).unwrap_or_else(|| "/admin/".to_owned());
    HttpResponse::SeeOther().cookie(cookie).insert_header((LOCATION, back)).finish()
}

/// A path of this console: what a login may lead to. `//evil.example` is a path too, and not one of ours.
pub(super) fn is_own(path: &str) -> bool {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (path == "/admin/" || path.starts_with("/admin/") && !path.contains("//")) && plain(path) && plain(query)
}

/// The fields of a form that a page of this session made.
pub(crate) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let operators = request.app_data::<Data<Operators>>().cloned();
        let session = request.cookie(SESSION_COOKIE);
        let fields = web::Form::<Vec<(String, String)>>::from_request(request, payload);
        Box::pin(async move {
            let unreadable = || Problem::from(Refusal::field("form", Wrong::Invalid));
            let mut fields = fields.await.map_err(|_| unreadable())?.into_inner();
            // Without a session there is nothing that a foreign form could do in somebody's name.
            if let (Some(operators), Some(session)) = (operators, session) {
                let given = fields.iter().find(|(name, _)| name == FORM_TOKEN);
                if !given.is_some_and(|(_, given)| operators.is_form_token(session.value(), given)) {
                    return Err(Code::Forbidden.into());
                }
            }
            fields.retain(|(name, _)| name != FORM_TOKEN);
            let text = serde_urlencoded::to_string(&fields).map_err(|_| unreadable())?;
            serde_urlencoded::from_str(&text).map(Self).map_err(|_| unreadable())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn a_login_leads_to_no_other_site() {
        for own in ["/admin/", "/admin/orders", "/admin/orders?state=paid"] {
            assert!(is_own(own), "{own}");
        }
        for other in
            ["//evil.example", "/admin//evil.example", "https://evil.example", "/admin", "/", "/admin/\\x", "/admin/ x"]
        {
            assert!(!is_own(other), "{other}");
        }
    }
}
