//! `/auth`: login, refresh, logout.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::service::{self, Grant};
use super::{ACCESS_LIFE, Buyer};
use crate::app::App;
use crate::error::{Refusal, Result};
use crate::ids::CustomerId;
use crate::web::Problem;
use crate::web::extract::{ClientAddr, Json};
use crate::web::limits::{Principal, Rule};

/// A real code has 32 characters.
const CODE_MAX: usize = 128;
/// At most 32 visible characters (WeChat, `getUnlimitedQRCode`).
const SCENE_MAX: usize = 32;
/// What WeChat allows in a scene besides digits and ASCII letters (same page).
const SCENE_SIGNS: &str = "!#$&'()*+,/:;=?@-._~";
const REFRESH_TOKEN_MAX: usize = 256;

/// A login by WeChat.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// What `wx.login` gave. Good once, for five minutes.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = "^[0-9A-Za-z_-]+$",
        example = "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"
    )]
    code: String,
    /// The scene of the code that was scanned, if one was.
    #[schema(min_length = 1, max_length = 32, pattern = r"^[0-9A-Za-z!#$&'()*+,/:;=?@._~-]+$")]
    scene: Option<String>,
}

impl LoginRequest {
    /// Letters that no code of WeChat has are refused here, before anything is sent.
    fn check(&self) -> Result<()> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=CODE_MAX).contains(&self.code.len()) || !self.code.bytes().all(known) {
            return Err(Refusal::field("code", "invalid").into());
        }
        let visible = |c: char| c.is_ascii_alphanumeric() || SCENE_SIGNS.contains(c);
        match &self.scene {
            Some(scene) if !(1..=SCENE_MAX).contains(&scene.len()) || !scene.chars().all(visible) => {
                Err(Refusal::field("scene", "invalid").into())
            }
            _ => Ok(()),
        }
    }
}

/// A refresh token, in exchange for new tokens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// The newest one that was given.
    #[schema(max_length = 256)]
    refresh_token: String,
}

impl RefreshRequest {
    fn check(&self) -> Result<()> {
        if self.refresh_token.len() > REFRESH_TOKEN_MAX {
            return Err(Refusal::field("refresh_token", "too_long").into());
        }
        Ok(())
    }
}

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// For the `Authorization` header.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds that the access token is good for.
    #[schema(example = 7200)]
    expires_in: u64,
    /// For the next refresh; replaces the one before. The session ends 90 days after its login.
    refresh_token: String,
    customer: CustomerView,
}

/// Whose session.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustomerView {
    #[schema(value_type = String, example = "1")]
    id: CustomerId,
    /// The buyer's very first login.
    is_new: bool,
}

impl From<Grant> for TokenView {
    fn from(grant: Grant) -> Self {
        Self {
            access_token: grant.access_token,
            token_type: "Bearer",
            expires_in: ACCESS_LIFE.as_secs(),
            refresh_token: grant.refresh_token,
            customer: CustomerView { id: grant.customer_id, is_new: grant.is_new },
        }
    }
}

/// Logs in with a code of `wx.login`.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth", request_body = LoginRequest,
    responses(
        (status = 200, description = "A new session; the oldest ones beyond 20 end", body = TokenView),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 401, description = "`invalid_login_code`: ask `wx.login` for a new one", body = Problem),
        (status = 403, description = "`account_blocked`", body = Problem),
        (status = 429, description = "`too_many_requests`: wait for `Retry-After`", body = Problem),
        (status = 502, description = "`wechat_refused`", body = Problem),
        (status = 503, description = "`wechat_unavailable`: try again with a NEW code", body = Problem),
    )
)]
pub(crate) async fn login(
    app: Data<App>,
    client: ClientAddr,
    Json(request): Json<LoginRequest>,
) -> std::result::Result<Json<TokenView>, Problem> {
    app.doors.pass(Rule::LoginPeer, client)?;
    app.doors.pass(Rule::LoginAll, Principal::Everybody)?;
    request.check()?;
    Ok(Json(service::login(&app, &request.code, request.scene).await?.into()))
}

/// Exchanges a refresh token for new tokens. For 30 seconds the token before the newest gets the same successor again.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth", request_body = RefreshRequest,
    responses(
        (status = 200, description = "New tokens of the same session", body = TokenView),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 401, description = "`invalid_refresh_token`: log in again. An old one ends its session", body = Problem),
        (status = 429, description = "`too_many_requests`: wait for `Retry-After`", body = Problem),
    )
)]
pub(crate) async fn refresh(
    app: Data<App>,
    client: ClientAddr,
    Json(request): Json<RefreshRequest>,
) -> std::result::Result<Json<TokenView>, Problem> {
    app.doors.pass(Rule::RefreshPeer, client)?;
    request.check()?;
    Ok(Json(service::refresh(&app, &request.refresh_token).await?.into()))
}

/// Ends this session at once.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 204, description = "Neither token of the session is good any more"),
        (status = 401, description = "`unauthorized`", body = Problem),
    )
)]
pub(crate) async fn logout(app: Data<App>, buyer: Buyer) -> std::result::Result<HttpResponse, Problem> {
    service::logout(&app, buyer).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(code: &str, scene: Option<&str>) -> bool {
        LoginRequest { code: code.to_owned(), scene: scene.map(str::to_owned) }.check().is_ok()
    }

    #[test]
    fn a_code_that_wechat_never_gives_is_refused_before_wechat_is_asked() {
        assert!(login("0a3FdV000WMyLT1Ylk100z5xvz0FdV0k", None));
        let long = "a".repeat(CODE_MAX + 1);
        for bad in ["", "a&secret=x", "a#", "a\r\nb", "a b", "a\"", "a%00", "码", "a\0", &long] {
            assert!(!login(bad, None), "{bad:?}");
        }
    }

    #[test]
    fn a_scene_is_what_wechat_can_put_into_a_code() {
        assert!(login("a", Some("s=Linyi-1&v=2")));
        assert!(login("a", Some(&"x".repeat(32))));
        for bad in ["", "100%", "展馆", "a b", "a\nb", &"x".repeat(33)] {
            assert!(!login("a", Some(bad)), "{bad:?}");
        }
    }
}
