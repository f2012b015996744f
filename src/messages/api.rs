//! `/wechat/message`: called by WeChat, answered in its own form.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::service;
use crate::app::App;
use crate::web::extract::RawBody;
use crate::wechat::{PushQuery, PushRefused};

/// What WeChat takes as "received".
const RECEIVED: &str = "success";

/// WeChat's check of the URL: answered with the bare `echostr`, if it is signed.
#[utoipa::path(
    get, path = "/wechat/message", tag = "wechat",
    params(
        ("signature" = String, Query, description = "SHA-1, hex"), ("timestamp" = String, Query),
        ("nonce" = String, Query), ("echostr" = String, Query),
    ),
    responses(
        (status = 200, description = "`echostr`", body = String, content_type = "text/plain"),
        (status = 401, description = "Not WeChat's"), (status = 404, description = "Message push is not set up"),
    )
)]
pub(crate) async fn check(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let Some(push) = &app.message_push else { return plain(HttpResponse::NotFound(), "not set up") };
    let query = query_of(&request);
    match query.as_ref().and_then(|query| push.echo(query)) {
        Some(echo) => plain(HttpResponse::Ok(), echo),
        None => plain(HttpResponse::Unauthorized(), "signature"),
    }
}

/// WeChat's events, as JSON or XML. 200 when kept, 401 when not WeChat's, 415 for XML that could expand, 400 for what can't be read, 503 when it could not
/// be kept: then WeChat sends it again.
#[utoipa::path(
    post, path = "/wechat/message", tag = "wechat",
    responses(
        (status = 200, description = "`success`: kept", body = String, content_type = "text/plain"),
        (status = 400, description = "Signed, but not of the documented shape"),
        (status = 401, description = "Not WeChat's"), (status = 404, description = "Message push is not set up"),
        (status = 415, description = "XML with a document type, an entity or an instruction"),
        (status = 503, description = "Not kept"),
    )
)]
pub(crate) async fn receive(app: Data<App>, request: HttpRequest, body: RawBody) -> HttpResponse {
    let Some(push) = &app.message_push else { return plain(HttpResponse::NotFound(), "not set up") };
    let Some(query) = query_of(&request) else { return refused(PushRefused::Unproven("the query")) };
    let message = match push.open(&query, &body) {
        Ok(message) => message,
        Err(why) => return refused(why),
    };
    match service::receive(&app, message).await {
        Ok(()) => plain(HttpResponse::Ok(), RECEIVED),
        Err(error) => {
            log::error!("a message could not be kept: {error}");
            plain(HttpResponse::ServiceUnavailable(), "try again")
        }
    }
}

fn query_of(request: &HttpRequest) -> Option<PushQuery> {
    let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string()).ok()?;
    PushQuery::read(&pairs)
}

fn refused(why: PushRefused) -> HttpResponse {
    log::warn!("a message was refused: {why}");
    let status = match why {
        PushRefused::Unproven(_) => HttpResponse::Unauthorized(),
        PushRefused::Xml => HttpResponse::UnsupportedMediaType(),
        PushRefused::Malformed(_) => HttpResponse::BadRequest(),
    };
    plain(status, "refused")
}

fn plain(mut status: HttpResponseBuilder, text: &str) -> HttpResponse {
    status.content_type("text/plain; charset=utf-8").body(text.to_owned())
}
