//! The caller's language, from `Accept-Language`.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

use crate::base::text::Lang;

impl Lang {
    /// The language that the caller wants most; see [`Lang::choose`].
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let ranges =
            headers.get_all(ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
        Self::choose(ranges)
    }
}

impl FromRequest for Lang {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::from_headers(request.headers())))
    }
}
