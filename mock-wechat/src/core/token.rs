//! Access tokens (contract A.2 and A.3).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;

use super::context::{Context, beijing};
use super::mini_call::{Args, MiniRefusal, MiniReply, check_app, refuse};
use super::records::{Record, Token, Tokens};
use super::state::State;
use crate::message::Request;

/// The life of an access token, and the last part of it in which a new one is handed out.
const TOKEN_LIFE: TimeDelta = TimeDelta::seconds(7200);
const TOKEN_OVERLAP: TimeDelta = TimeDelta::seconds(300);
/// Forced renewals: at most so many on a Beijing day, and so far apart.
const FORCED_PER_DAY: u32 = 20;
const FORCED_GAP: TimeDelta = TimeDelta::seconds(30);

/// POST `/cgi-bin/stable_token`
pub(crate) fn stable(context: &mut Context<'_>, request: &Request) -> Result<MiniReply, MiniRefusal> {
    let body = Args::posted(request)?;
    let force = body.flag("force_refresh")?.unwrap_or(false);
    check_app(context, body.text("appid")?, body.text("secret")?)?;
    check_peer(context, request)?;
    check_grant(body.text("grant_type")?)?;
    let (tokens, is_new) = next_tokens(context, force);
    let answer = told(&tokens.current, context.now);
    if is_new {
        context.save(Record::Tokens(tokens));
    }
    Ok(answer)
}

/// GET `/cgi-bin/token` (contract A.2): another token each time; the one before lives on for five minutes. Neither call knows
/// of the other's tokens.
pub(crate) fn plain(context: &mut Context<'_>, request: &Request) -> Result<MiniReply, MiniRefusal> {
    if request.method != "GET" {
        return refuse(43001, "require GET method");
    }
    let [appid, secret, grant] = ["appid", "secret", "grant_type"].map(|name| request.query(name).unwrap_or_default());
    check_app(context, &appid, &secret)?;
    check_peer(context, request)?;
    check_grant(&grant)?;
    let now = context.now;
    let previous = context
        .state
        .plain_tokens
        .clone()
        .map(|held| Token { expires_at: held.current.expires_at.min(now + TOKEN_OVERLAP), ..held.current });
    let tokens = Tokens { current: fresh(context), previous, forced_at: None, forced_that_day: 0 };
    let answer = told(&tokens.current, now);
    context.save(Record::PlainTokens(tokens));
    Ok(answer)
}

fn check_peer(context: &Context<'_>, request: &Request) -> Result<(), MiniRefusal> {
    if context.state.settings.allows(request.peer) {
        return Ok(());
    }
    let peer = request.peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_canonical().to_string());
    refuse(40164, format!("invalid ip {peer}, not in whitelist"))
}

fn check_grant(grant: &str) -> Result<(), MiniRefusal> {
    if grant == "client_credential" { Ok(()) } else { refuse(40002, "invalid grant_type") }
}

fn told(token: &Token, now: DateTime<Utc>) -> MiniReply {
    let seconds = (token.expires_at - now).num_seconds();
    MiniReply::Json(json!({ "access_token": token.value, "expires_in": seconds }))
}

fn fresh(context: &mut Context<'_>) -> Token {
    Token { value: format!("90_{}", context.random.alphanumeric(130)), expires_at: context.now + TOKEN_LIFE }
}

/// The tokens after this call, and whether they differ from before.
fn next_tokens(context: &mut Context<'_>, force: bool) -> (Tokens, bool) {
    let now = context.now;
    let fresh = fresh(context);
    let Some(held) = context.state.tokens.clone() else {
        let first = Tokens {
            current: fresh,
            previous: None,
            forced_at: force.then_some(now),
            forced_that_day: u32::from(force),
        };
        return (first, true);
    };
    if force && may_force(&held, now) {
        let today = held.forced_at.is_some_and(|at| beijing_day(at) == beijing_day(now));
        let forced = Tokens {
            current: fresh,
            previous: None,
            forced_at: Some(now),
            forced_that_day: if today { held.forced_that_day + 1 } else { 1 },
        };
        return (forced, true);
    }
    if held.current.expires_at - now >= TOKEN_OVERLAP {
        return (held, false);
    }
    let renewed = Tokens { previous: Some(held.current), current: fresh, ..held };
    (renewed, true)
}

fn may_force(held: &Tokens, now: DateTime<Utc>) -> bool {
    held.forced_at.is_none_or(|at| {
        let today = beijing_day(at) == beijing_day(now);
        now - at >= FORCED_GAP && (!today || held.forced_that_day < FORCED_PER_DAY)
    })
}

fn beijing_day(time: DateTime<Utc>) -> NaiveDate {
    beijing(time).date_naive()
}

/// Whether a call with this access token would be accepted.
pub(crate) fn accepts(state: &State, token: &str, now: DateTime<Utc>) -> bool {
    state.access_tokens().any(|held| held.value == token && now < held.expires_at)
}
