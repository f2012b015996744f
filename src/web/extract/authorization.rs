//! The `Authorization` header.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::base::error::{Code, Error, FieldRule, Refusal, Wrong};
use crate::platform::session_token::BadToken;

/// An access token is about 300 bytes.
const TOKEN_MAX: usize = 4096;

const NOT_IN_QUERY: FieldRule = FieldRule::new(
    "invalid",
    [
        "令牌不能放在网址中，请放在 Authorization 头：Bearer <令牌>。",
        "토큰은 주소에 넣을 수 없습니다. Authorization 헤더에 보내 주세요: Bearer <토큰>.",
        "A token does not belong in the address. Send `Authorization: Bearer <token>`.",
    ],
);
const NO_TOKEN: FieldRule = FieldRule::new(
    "no_token",
    [
        "请先登录：请求没有 Authorization 头（Bearer <令牌>）。",
        "로그인해 주세요. 요청에 Authorization 헤더(Bearer <토큰>)가 없습니다.",
        "Log in first: the request has no `Authorization: Bearer <token>`.",
    ],
);
const WRONG_SCHEME: FieldRule = FieldRule::new(
    "wrong_scheme",
    [
        "Authorization 头应为：Bearer <令牌>。",
        "Authorization 헤더는 Bearer <토큰> 형식이어야 합니다.",
        "The header must read `Authorization: Bearer <token>`.",
    ],
);
/// Keeps the session of an operator who looks at pages.
pub const SESSION_COOKIE: &str = "gunpo_operator";

/// The token of an operator's session: for a page of the console from its cookie, for anything else from the header. The API never looks at
/// the cookie, so nothing that a browser is made to send by itself reaches it.
pub fn session_token(request: &HttpRequest) -> Result<String, Error> {
    let path = request.path();
    if !path.starts_with("/admin/") || path.starts_with("/admin/v1/") {
        return bearer_token(request).map(str::to_owned);
    }
    let cookie = request.cookie(SESSION_COOKIE).filter(|cookie| !cookie.value().is_empty());
    cookie.map(|cookie| cookie.value().to_owned()).ok_or_else(|| unauthorized(NO_TOKEN))
}

/// The bearer token (RFC 6750), from exactly one header. 401 if there is none or it is not one; 400 if it is doubled
/// or in the query, where proxies would log it.
pub fn bearer_token(request: &HttpRequest) -> Result<&str, Error> {
    if has_token_in_query(request.query_string()) {
        return Err(Refusal::field("access_token", NOT_IN_QUERY).into());
    }
    let mut values = request.headers().get_all(AUTHORIZATION);
    let only = values.next().ok_or_else(|| unauthorized(NO_TOKEN))?;
    if values.next().is_some() {
        return Err(Refusal::field("Authorization", Wrong::Twice).into());
    }
    let (scheme, token) =
        only.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(|| unauthorized(WRONG_SCHEME))?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(unauthorized(WRONG_SCHEME));
    }
    let is_token = !token.is_empty() && token.len() <= TOKEN_MAX && token.bytes().all(is_token68);
    if is_token { Ok(token) } else { Err(BadToken::Invalid.into()) }
}

fn unauthorized(rule: FieldRule) -> Error {
    Refusal::new(Code::Unauthorized).because(rule).into()
}

fn has_token_in_query(query: &str) -> bool {
    query.split('&').any(|pair| matches!(pair.split('=').next(), Some("access_token" | "token")))
}

fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}
