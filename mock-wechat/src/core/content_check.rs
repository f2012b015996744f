//! Content safety (contract A.9): text at once, media by a later push.

use chrono::TimeDelta;
use serde_json::json;

use super::context::Context;
use super::message;
use super::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};

const MOST_CONTENT: usize = 2500;
/// The user must have been seen within this time.
const VISIT: TimeDelta = TimeDelta::hours(2);

/// What the words of a text, or of the address of a picture, make of it. The stand-in understands no text: a word
/// stands for a kind of content.
const WORDS: [(&str, &str, i64); 8] = [
    ("违规", "risky", 21000),
    ("广告", "risky", 10001),
    ("色情", "risky", 20002),
    ("辱骂", "risky", 20003),
    ("诈骗", "risky", 20008),
    ("risky", "risky", 21000),
    ("可疑", "review", 21000),
    ("review", "review", 21000),
];

/// Whether it must not be shown.
pub(crate) fn is_risky(text: &str) -> bool {
    verdict(text).0 == "risky"
}

fn verdict(text: &str) -> (&'static str, i64, &'static str) {
    let found = WORDS.iter().find(|(word, ..)| text.contains(word));
    found.map_or(("pass", 100, ""), |(word, suggest, label)| (suggest, *label, word))
}

/// POST `/wxa/msg_sec_check`
pub(crate) fn text(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_version(body)?;
    let content = body.text("content")?;
    if content.is_empty() {
        return refuse(40097, "invalid args content");
    }
    if content.chars().count() > MOST_CONTENT {
        return refuse(45002, "content size out of limit");
    }
    let whole = [content, body.text("title")?, body.text("nickname")?, body.text("signature")?].join("\n");
    visitor(context, body)?;
    let (suggest, label, keyword) = verdict(&whole);
    let mut detail = vec![json!({
        "strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label,
        "prob": if suggest == "pass" { 10 } else { 90 },
    })];
    if suggest != "pass" {
        detail.push(json!({
            "strategy": "keyword", "errcode": 0, "suggest": suggest, "label": label, "level": 20, "keyword": keyword,
        }));
    }
    let trace_id = context.random.uuid();
    Ok(done(json!({ "trace_id": trace_id, "result": { "suggest": suggest, "label": label }, "detail": detail })))
}

/// POST `/wxa/media_check_async`; the result comes as `wxa_media_check`.
pub(crate) fn media(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    check_version(body)?;
    let url = body.text("media_url")?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return refuse(40097, "invalid args media_url");
    }
    if !matches!(body.whole("media_type")?, Some(1 | 2)) {
        return refuse(40097, "invalid args media_type");
    }
    let openid = visitor(context, body)?;
    let (suggest, label, _) = verdict(url);
    let trace_id = context.random.uuid();
    let fields = json!({
        "appid": context.keys.account.appid,
        "trace_id": trace_id,
        "version": 2,
        "result": { "suggest": suggest, "label": label },
        "detail": [{ "strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90 }],
    });
    let later = TimeDelta::seconds(context.state.settings.media_check_s.into());
    message::tell(context, &openid, "wxa_media_check", fields, later)?;
    Ok(done(json!({ "trace_id": trace_id })))
}

fn check_version(body: &Args) -> Result<(), MiniRefusal> {
    if body.whole("version")? != Some(2) {
        return refuse(40097, "invalid args version");
    }
    match body.whole("scene")? {
        Some(1..=4) => Ok(()),
        _ => refuse(40097, "invalid args scene"),
    }
}

fn visitor(context: &Context<'_>, body: &Args) -> Result<String, MiniRefusal> {
    let openid = body.text("openid")?;
    let Some(user) = context.state.user_of(openid) else {
        return refuse(40003, "invalid openid");
    };
    match user.seen_at {
        Some(at) if context.now - at <= VISIT => Ok(openid.to_owned()),
        _ => refuse(61010, "code is expired or user has not visited within 2 hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn a_word_decides_and_everything_else_passes() {
        let told = |text: &str| verdict(text).0;
        assert_eq!([told("很好"), told("加微信诈骗"), told("可疑")], ["pass", "risky", "review"]);
    }
}
