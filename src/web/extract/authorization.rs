//! The `Authorization` header.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::base::error::{Code, Error, Refusal};

/// An access token is about 300 bytes.
const TOKEN_MAX: usize = 4096;

/// The bearer token (RFC 6750), from exactly one header. 401 if there is none or it is not one; 400 if it is doubled
/// or in the query, where proxies would log it.
pub fn bearer_token(request: &HttpRequest) -> Result<&str, Error> {
    if has_token_in_query(request.query_string()) {
        return Err(Refusal::field("access_token", "invalid").into());
    }
    let mut values = request.headers().get_all(AUTHORIZATION);
    let only = values.next().ok_or(Code::Unauthorized)?;
    if values.next().is_some() {
        return Err(Refusal::field("Authorization", "invalid").into());
    }
    let (scheme, token) = only.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Code::Unauthorized)?;
    let is_token = !token.is_empty() && token.len() <= TOKEN_MAX && token.bytes().all(is_token68);
    if scheme.eq_ignore_ascii_case("Bearer") && is_token { Ok(token) } else { Err(Code::Unauthorized.into()) }
}

fn has_token_in_query(query: &str) -> bool {
    query.split('&').any(|pair| matches!(pair.split('=').next(), Some("access_token" | "token")))
}

fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}
