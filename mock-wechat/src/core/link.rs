//! URL Scheme and URL Link (contract A.7).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::Context;
use super::mini::{MiniRefusal, refuse};
use super::mini_call::{Args, MiniReply, done};

const MOST_DAYS: i64 = 30;
const MOST_QUERY: usize = 1024;
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(1);
const VERSIONS: [&str; 4] = ["", "release", "trial", "develop"];

/// The characters of a scene or query besides ASCII letters and digits.
pub(crate) const SCENE_MARKS: &str = "!#$&'()*+,/:;=?@-._~";

/// `weixin://dl/business/?t=...`
pub(crate) fn scheme(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_published(context)?;
    if let Some(target) = body.object("jump_wxa")? {
        check_target(context, &target)?;
    }
    check_life(body, context.now)?;
    Ok(done(json!({ "openlink": format!("weixin://dl/business/?t={}", context.random.alphanumeric(12)) })))
}

/// `https://wxaurl.cn/...`
pub(crate) fn url_link(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_published(context)?;
    check_target(context, body)?;
    check_life(body, context.now)?;
    Ok(done(json!({ "url_link": format!("https://wxaurl.cn/{}", context.random.alphanumeric(11)) })))
}

fn check_published(context: &Context<'_>) -> Result<(), MiniRefusal> {
    if context.state.settings.published { Ok(()) } else { refuse(85079, "miniprogram has no online release") }
}

fn check_target(context: &Context<'_>, target: &Args) -> Result<(), MiniRefusal> {
    let path = target.text("path")?;
    if path.contains(['?', '#']) || !context.state.settings.has_page(path.trim_start_matches('/')) {
        return refuse(40165, "invalid weapp pagepath");
    }
    let query = target.text("query")?;
    let fits = |character: char| {
        character.is_ascii_alphanumeric() || "%`".contains(character) || SCENE_MARKS.contains(character)
    };
    if query.chars().count() > MOST_QUERY || !query.chars().all(fits) {
        return refuse(40212, "invalid query");
    }
    if VERSIONS.contains(&target.text("env_version")?) { Ok(()) } else { refuse(40097, "invalid args env_version") }
}

/// Links without end are no more: what names no expiry lives for thirty days.
fn check_life(body: &Args, now: DateTime<Utc>) -> Result<(), MiniRefusal> {
    let illegal = || refuse(85401, "expire_time or expire_interval is illegal");
    match body.whole("expire_type")?.unwrap_or(0) {
        0 => match body.whole("expire_time")?.map(|at| DateTime::from_timestamp(at, 0)) {
            None => Ok(()),
            Some(Some(at)) if at - now >= LEAST_LIFE && at - now <= TimeDelta::days(MOST_DAYS) => Ok(()),
            Some(_) => illegal(),
        },
        1 => match body.whole("expire_interval")? {
            Some(days) if (1..=MOST_DAYS).contains(&days) => Ok(()),
            _ => illegal(),
        },
        _ => refuse(40097, "invalid args expire_type"),
    }
}
