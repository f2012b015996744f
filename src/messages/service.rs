//! Acting on a message, once.

use std::time::Duration;

use super::store;
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::rights;
use crate::wechat::PushMessage;

/// How long a message is known. WeChat sends one again within seconds.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// Characters of an event's name that are kept.
const EVENT_MAX: usize = 64;

const REVOKE: &str = "user_authorization_revoke";

/// Takes a message. `Err` means that it was not kept: WeChat sends it again.
pub(super) async fn receive(app: &App, message: PushMessage) -> Result<()> {
    let now = app.clock.timestamp();
    let event: String = message.event.chars().filter(char::is_ascii_graphic).take(EVENT_MAX).collect();
    let kind = event.clone();
    // WeChat sends a message three times within seconds and never again: it takes the way of the notifies.
    let vital = app.db.vital();
    let acted = vital.write(move |tx| {
        if !store::insert(tx, &message.key, &kind, now)? {
            return Ok("repeated");
        }
        let outcome = act(tx, &message, now)?;
        store::set_outcome(tx, &message.key, outcome)?;
        Ok(outcome)
    });
    // Awaited here and not in the log's own line: that is not even evaluated where the level is off.
    let outcome = acted.await?;
    log::info!("message {event}: {outcome}");
    Ok(())
}

fn act(tx: &mut Tx, message: &PushMessage, now: Timestamp) -> Result<&'static str> {
    match (message.event.as_str(), &message.openid) {
        (REVOKE, Some(openid)) => {
            rights::service::authorization_revoked(tx, openid, message.revoke_info.as_deref().unwrap_or_default(), now)
        }
        (REVOKE, None) => Ok("no_openid"),
        _ => Ok("ignored"),
    }
}

/// Forgets up to 200 messages that are older than 30 days; gives how many.
pub fn prune(tx: &mut Tx, now: Timestamp) -> Result<usize> {
    store::delete_before(tx, now.minus(KEPT), 200)
}
