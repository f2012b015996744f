//! What WeChat pushes to us (消息推送): verified, kept once, acted on in the same transaction, answered in WeChat's own form.
//!
//! An event may come several times and out of order; a hash of who, when, what and which (contract A.12.2) says whether
//! it is the same. Kinds that nobody asks for are kept as `ignored`: WeChat sends them all to one address.

use std::time::Duration;

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use wechat_client::{MessagePush, PushMessage, PushQuery, PushRefused};

use super::close_account;
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::Result;
use crate::domain::push_events;
use crate::platform::app::App;
use crate::web::extract::RawBody;

/// Opens what WeChat posts; nothing if the push is not set up. App data of its own.
pub(crate) struct Push(pub(crate) Option<MessagePush>);

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
        (status = 414, description = "Longer than any address of WeChat's"),
    )
)]
pub(crate) async fn check(push: Data<Push>, request: HttpRequest) -> HttpResponse {
    let Some(push) = &push.0 else { return plain(HttpResponse::NotFound(), "not set up") };
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
pub(crate) async fn receive(app: Data<App>, push: Data<Push>, request: HttpRequest, body: RawBody) -> HttpResponse {
    let Some(push) = &push.0 else { return plain(HttpResponse::NotFound(), "not set up") };
    let Some(query) = query_of(&request) else { return refused(PushRefused::Unproven("the query")) };
    let message = match push.open(&query, &body) {
        Ok(message) => message,
        Err(why) => return refused(why),
    };
    match keep_and_act(&app, message).await {
        Ok(()) => plain(HttpResponse::Ok(), RECEIVED),
        Err(error) => {
            log::error!(error:%; "a message could not be kept");
            plain(HttpResponse::ServiceUnavailable(), "try again")
        }
    }
}

fn query_of(request: &HttpRequest) -> Option<PushQuery> {
    let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string()).ok()?;
    PushQuery::read(&pairs)
}

fn refused(why: PushRefused) -> HttpResponse {
    log::warn!(error:% = why; "a message was refused");
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

/// How long a message is known. WeChat sends one again within seconds.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// Characters of an event's name that are kept.
const EVENT_MAX: usize = 64;

const REVOKE: &str = "user_authorization_revoke";

/// Takes a message. `Err` means that it was not kept: WeChat sends it again.
async fn keep_and_act(app: &App, message: PushMessage) -> Result<()> {
    let now = app.clock.timestamp();
    let event: String = message.event.chars().filter(char::is_ascii_graphic).take(EVENT_MAX).collect();
    let kind = event.clone();
    // WeChat sends a message three times within seconds and never again: it takes the way of the notifies.
    let critical = app.db.critical();
    // Without its AES key a push is signed and not sealed: the signature covers no body, and whoever reads a proxy's log could put another
    // person into it. Nothing is deleted on its word.
    let is_sealed = app.settings.wechat.message.as_ref().is_some_and(|(_, aes_key)| aes_key.is_some());
    let acted = critical.write(move |tx| {
        if !push_events::insert(tx, &message.key, &kind, now)? {
            return Ok("repeated");
        }
        let outcome = if is_sealed { act(tx, &message, now)? } else { "not_sealed" };
        push_events::set_outcome(tx, &message.key, outcome)?;
        Ok(outcome)
    });
    // Awaited here and not in the log's own line: that is not even evaluated where the level is off.
    let outcome = acted.await?;
    log::info!(event:%, outcome:%; "a message came");
    Ok(())
}

fn act(tx: &mut Tx, message: &PushMessage, now: Timestamp) -> Result<&'static str> {
    match (message.event.as_str(), &message.openid) {
        (REVOKE, Some(openid)) => {
            close_account::authorization_revoked(tx, openid, message.revoke_info.as_deref().unwrap_or_default(), now)
        }
        (REVOKE, None) => Ok("no_openid"),
        _ => Ok("ignored"),
    }
}

/// Forgets up to 200 messages that are older than 30 days; gives how many.
pub(super) fn prune(tx: &mut Tx, now: Timestamp) -> Result<usize> {
    push_events::delete_before(tx, now.minus(KEPT), 200)
}
