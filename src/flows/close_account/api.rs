//! `/me`, as a whole: the copy and the end.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Ending, copy};
use crate::base::clock::shanghai;
use crate::base::error::{Code, Error, Refusal};
use crate::base::text::Lang;
use crate::domain::customers::api::me::{ClosingView, ProfileView, view_of};
use crate::domain::customers::{self, check_code};
use crate::domain::sessions::{Buyer, Sessions};
use crate::flows::login::who_is_behind;
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::web::Problem;
use crate::web::extract::Json;

/// An account that waits for open money.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosingStarted {
    #[serde(flatten)]
    closing: ClosingView,
    /// Orders that are not over, or whose money has not gone back.
    open_orders: i64,
    /// Refunds that have not arrived.
    open_refunds: i64,
}

/// Proof that the buyer is the one who asks: a token alone may have been stolen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FreshLogin {
    /// What `wx.login` gave just now. Good once, for five minutes.
    #[schema(min_length = 1, max_length = 128, pattern = "^[0-9A-Za-z_-]+$")]
    code: String,
}

impl FreshLogin {
    /// Refuses anybody but the buyer.
    async fn check(&self, app: &App, buyer: &Buyer) -> Result<(), Problem> {
        check_code(&self.code).map_err(|wrong| Refusal::field("code", wrong))?;
        app.limits.check_rate(Rule::Proof, buyer.customer_id)?;
        let who = who_is_behind(app, &self.code).await?;
        let customer = buyer.customer_id;
        let openid = app.db.read_one(move |rx| customers::openid(rx, customer)).await?;
        if who.openid == openid { Ok(()) } else { Err(Error::from(Code::InvalidLoginCode).into()) }
    }
}

/// Everything that is kept of the buyer, opened, as one JSON file: profile, identity, addresses, cart, consents, times of
/// sessions, and the newest 1,000 orders with payments and refunds (`orders_cut` says if there are more).
#[utoipa::path(
    post, path = "/api/v1/me/export", tag = "me", request_body = FreshLogin, security(("bearer" = [])),
    responses(
        (status = 200, description = "A file, by `Content-Disposition`", body = serde_json::Value,
         content_type = "application/json"),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 401, description = "`unauthorized`, or `invalid_login_code`: the code is used, or of somebody else", body = Problem),
        (status = 502, description = "`wechat_refused`", body = Problem),
        (status = 503, description = "`wechat_unavailable`: try again with a NEW code", body = Problem),
        (status = 429, description = "`too_many_requests`: one a minute", body = Problem),
    )
)]
pub(crate) async fn export(
    app: Data<App>,
    buyer: Buyer,
    lang: Lang,
    Json(proof): Json<FreshLogin>,
) -> Result<HttpResponse, Problem> {
    app.limits.check_rate(Rule::Export, buyer.customer_id)?;
    proof.check(&app, &buyer).await?;
    let _permit = app.limits.export_permit().await?;
    let (context, customer, now) = (app.clone(), buyer.customer_id, app.clock.timestamp());
    let file = app.db.read(move |rx| copy::everything(rx, &context.sealer, customer, lang, now)).await?;
    let day = now.utc().with_timezone(&shanghai()).format("%Y%m%d");
    let disposition = format!("attachment; filename=\"gunpo-mall-{day}.json\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(file))
}

/// Closes the account, without a human. At once if no money is open; else it is closing, and is closed by itself when
/// nothing is open any more, at the latest after 15 days. Personal data is deleted; orders stay for the books, and what
/// is sealed on them goes after three years.
#[utoipa::path(
    post, path = "/api/v1/me/close", tag = "me", request_body = FreshLogin, security(("bearer" = [])),
    responses(
        (status = 202, description = "Closing: no new orders; `POST /me/keep` takes it back", body = ClosingStarted),
        (status = 204, description = "Closed; no token is good any more"),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 401, description = "`unauthorized`, or `invalid_login_code`: the code is used, or of somebody else", body = Problem),
        (status = 429, description = "`too_many_requests`", body = Problem),
        (status = 502, description = "`wechat_refused`", body = Problem),
        (status = 503, description = "`wechat_unavailable`: try again with a NEW code", body = Problem),
    )
)]
pub(crate) async fn close(
    app: Data<App>,
    sessions: Data<Sessions>,
    buyer: Buyer,
    Json(proof): Json<FreshLogin>,
) -> Result<HttpResponse, Problem> {
    proof.check(&app, &buyer).await?;
    match super::close(&app.into_inner(), &sessions, buyer.customer_id).await? {
        Ending::Closed(_) => Ok(HttpResponse::NoContent().finish()),
        Ending::Closing { since, open } => Ok(HttpResponse::Accepted().json(ClosingStarted {
            closing: ClosingView::since(since),
            open_orders: open.orders,
            open_refunds: open.refunds,
        })),
    }
}

/// Keeps an account that is closing. Nothing happens to one that is not.
#[utoipa::path(
    post, path = "/api/v1/me/keep", tag = "me", security(("bearer" = [])),
    responses(
        (status = 200, body = ProfileView),
        (status = 401, description = "`unauthorized`: also if it is closed by now", body = Problem),
    )
)]
pub(crate) async fn keep(app: Data<App>, buyer: Buyer) -> Result<Json<ProfileView>, Problem> {
    super::keep_account(&app, buyer.customer_id).await?;
    Ok(view_of(&app, buyer.customer_id).await?)
}
