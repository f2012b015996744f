//! `/auth/refresh` and `/auth/logout`. The login is a story of its own (`flows/login.rs`).

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ACCESS_LIFE, Buyer, Grant, Sessions};
use crate::base::clock::Timestamp;
use crate::base::error::{Refusal, Result, Wrong};
use crate::base::ids::CustomerId;
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::web::Problem;
use crate::web::extract::{ClientAddr, Json};

const REFRESH_TOKEN_MAX: usize = 256;

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
            return Err(Refusal::field("refresh_token", Wrong::TooLong(REFRESH_TOKEN_MAX as u64)).into());
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
    sessions: Data<Sessions>,
    client: ClientAddr,
    Json(request): Json<RefreshRequest>,
) -> Result<Json<TokenView>, Problem> {
    app.limits.check_rate(Rule::RefreshPeer, client.ip())?;
    request.check()?;
    Ok(Json(sessions.refresh(&app.db, &request.refresh_token).await?.into()))
}

/// A live session of the buyer.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// The login.
    began_at: Timestamp,
    /// The newest refresh.
    refreshed_at: Timestamp,
    /// When it ends, used or not.
    ends_at: Timestamp,
    /// The one that asks.
    is_this: bool,
}

/// The buyer's live sessions: one a phone, at most 20.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList {
    /// The newest first.
    items: Vec<SessionView>,
}

/// Where the buyer is logged in.
#[utoipa::path(
    get, path = "/api/v1/me/sessions", tag = "me", security(("bearer" = [])),
    responses((status = 200, body = SessionList), (status = 401, description = "`unauthorized`", body = Problem))
)]
pub(crate) async fn list(app: Data<App>, buyer: Buyer) -> Result<Json<SessionList>, Problem> {
    let (customer, now) = (buyer.customer_id, app.clock.timestamp());
    let live = app.db.read(move |rx| super::live(rx, customer, now)).await?;
    let items = live.into_iter().map(|session| SessionView {
        began_at: session.created_at,
        refreshed_at: session.rotated_at,
        ends_at: session.expires_at,
        is_this: session.sid == buyer.sid,
    });
    Ok(Json(SessionList { items: items.collect() }))
}

/// Logs out on all other phones, at once here and within five seconds elsewhere.
#[utoipa::path(
    post, path = "/api/v1/me/sessions/end-others", tag = "me", security(("bearer" = [])),
    responses((status = 204), (status = 401, description = "`unauthorized`", body = Problem))
)]
pub(crate) async fn end_others(
    app: Data<App>,
    sessions: Data<Sessions>,
    buyer: Buyer,
) -> Result<HttpResponse, Problem> {
    let now = app.clock.timestamp();
    let ended = app.db.write(move |tx| super::end_others(tx, &buyer, now)).await?;
    sessions.ended(ended);
    Ok(HttpResponse::NoContent().finish())
}

/// Ends this session at once.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 204, description = "Neither token of the session is good any more"),
        (status = 401, description = "`unauthorized`", body = Problem),
    )
)]
pub(crate) async fn logout(app: Data<App>, sessions: Data<Sessions>, buyer: Buyer) -> Result<HttpResponse, Problem> {
    sessions.logout(&app.db, buyer).await?;
    Ok(HttpResponse::NoContent().finish())
}
