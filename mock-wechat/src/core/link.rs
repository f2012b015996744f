//! URL Scheme and URL Link (contract A.7).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::context::Context;
use super::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use super::records::Link;

const MOST_DAYS: i64 = 30;
const MOST_QUERY: usize = 1024;
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(1);
const VERSIONS: [&str; 4] = ["", "release", "trial", "develop"];

/// The characters of a scene or query besides ASCII letters and digits.
pub(crate) const SCENE_MARKS: &str = "!#$&'()*+,/:;=?@-._~";

/// `weixin://dl/business/?t=...`
pub(crate) fn scheme(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_published(context)?;
    let target = body.object("jump_wxa")?;
    if let Some(target) = &target {
        check_target(context, target)?;
    }
    let target = target.as_ref().unwrap_or(body);
    let url = format!("weixin://dl/business/?t={}", context.random.alphanumeric(12));
    keep(context, body, target, &url)?;
    Ok(done(json!({ "openlink": url })))
}

/// `https://wxaurl.cn/...`
pub(crate) fn url_link(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_published(context)?;
    check_target(context, body)?;
    let url = format!("https://wxaurl.cn/{}", context.random.alphanumeric(11));
    keep(context, body, body, &url)?;
    Ok(done(json!({ "url_link": url })))
}

/// POST `/wxa/queryscheme`
pub(crate) fn query_scheme(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    query(context, body.text("scheme")?, "scheme_info")
}

/// POST `/wxa/query_urllink`
pub(crate) fn query_url_link(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    query(context, body.text("url_link")?, "url_link_info")
}

fn query(context: &Context<'_>, url: &str, name: &str) -> Result<MiniReply, MiniRefusal> {
    let Some(link) = context.state.links.get(url) else { return refuse(85401, "time limit or not existing link") };
    Ok(done(json!({
        name: {
            "appid": context.keys.account.appid,
            "path": link.path,
            "query": link.query,
            "create_time": link.created_at.timestamp(),
            "expire_time": link.expires_at.timestamp(),
            "env_version": link.env_version,
        },
        "quota_info": { "remain_visit_quota": 3_000_000 },
    })))
}

fn keep(context: &mut Context<'_>, body: &Args, target: &Args, url: &str) -> Result<(), MiniRefusal> {
    let version = target.text("env_version")?;
    let link = Link {
        url: url.to_owned(),
        path: target.text("path")?.to_owned(),
        query: target.text("query")?.to_owned(),
        env_version: if version.is_empty() { "release" } else { version }.to_owned(),
        created_at: context.now,
        expires_at: life(body, context.now)?,
    };
    context.save(link);
    Ok(())
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

/// When it ends. Links without end are no more: what names no expiry lives for thirty days.
fn life(body: &Args, now: DateTime<Utc>) -> Result<DateTime<Utc>, MiniRefusal> {
    let most = now + TimeDelta::days(MOST_DAYS);
    let illegal = || refuse(85401, "expire_time or expire_interval is illegal");
    match body.whole("expire_type")?.unwrap_or(0) {
        0 => match body.whole("expire_time")?.map(|at| DateTime::from_timestamp(at, 0)) {
            None => Ok(most),
            Some(Some(at)) if at - now >= LEAST_LIFE && at <= most => Ok(at),
            Some(_) => illegal(),
        },
        1 => match body.whole("expire_interval")? {
            Some(days) if (1..=MOST_DAYS).contains(&days) => Ok(now + TimeDelta::days(days)),
            _ => illegal(),
        },
        _ => refuse(40097, "invalid args expire_type"),
    }
}
