//! Subscription messages (contract A.8): one `accept` of the user gives one message.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::content_check::is_risky;
use super::context::Context;
use super::message;
use super::mini;
use super::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use super::records::Allowance;
use crate::Error;

/// The most templates that one tap asks about.
pub(crate) const MOST_TEMPLATES: usize = 5;

/// POST `/cgi-bin/message/subscribe/send`
pub(crate) fn send(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let openid = body.text("touser")?;
    if context.state.user_of(openid).is_none() {
        return refuse(40003, "invalid openid");
    }
    let template = body.text("template_id")?;
    let templates = &context.state.settings.templates;
    if template.is_empty() || (!templates.is_empty() && !templates.contains_key(template)) {
        return refuse(40037, "invalid template_id");
    }
    let page = body.text("page")?;
    let path = page.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    if !context.state.settings.has_page(path) {
        return refuse(41030, "invalid page");
    }
    if !["", "developer", "trial", "formal"].contains(&body.text("miniprogram_state")?)
        || !["", "zh_CN", "en_US", "zh_HK", "zh_TW"].contains(&body.text("lang")?)
    {
        return refuse(40097, "invalid args");
    }
    check_data(templates.get(template), body.get("data"))?;
    let key = Allowance::key_of(openid, template);
    let left = context.state.allowances.get(&key).map_or(0, |allowance| allowance.left);
    if left == 0 {
        return refuse(43101, "user refuse to accept the msg");
    }
    let (openid, template) = (openid.to_owned(), template.to_owned());
    context.save(Allowance { key, left: left - 1 });
    let id = context.random.digits(18);
    let item = json!({ "TemplateId": template, "MsgID": id, "ErrorCode": "0", "ErrorStatus": "success" });
    message::tell(context, &openid, "subscribe_msg_sent_event", json!({ "List": item }), TimeDelta::zero())?;
    Ok(done(json!({ "msgid": id.parse::<i64>().unwrap_or_default() })))
}

/// GET `/wxaapi/newtmpl/gettemplate`: the templates of the settings, with the keys of each.
pub(crate) fn templates(context: &Context<'_>) -> MiniReply {
    let list = context.state.settings.templates.iter().map(|(id, keys)| {
        let lines = keys.iter().map(|key| format!("{key}:{{{{{key}.DATA}}}}"));
        json!({ "priTmplId": id, "title": id, "content": lines.collect::<Vec<_>>().join("\n"), "example": "", "type": 2 })
    });
    done(json!({ "data": list.collect::<Vec<_>>() }))
}

fn check_data(keys: Option<&Vec<String>>, data: Option<&Value>) -> Result<(), MiniRefusal> {
    let Some(data) = data.and_then(Value::as_object).filter(|data| !data.is_empty()) else {
        return refuse(47003, "argument invalid! data is empty, value is empty");
    };
    let missing = keys.into_iter().flatten().find(|key| !data.contains_key(*key));
    if let Some(key) = missing {
        return refuse(47003, format!("argument invalid! data.{key}.value is empty"));
    }
    for (key, item) in data {
        let value = item["value"].as_str().map(str::to_owned).or_else(|| item["value"].as_i64().map(|n| n.to_string()));
        match value.as_deref() {
            None | Some("") => return refuse(47003, format!("argument invalid! data.{key}.value is empty")),
            Some(value) if is_risky(value) => return refuse(45168, "hit sensitive words"),
            Some(value) if fits(key.trim_end_matches(|c: char| c.is_ascii_digit()), value) => {}
            Some(_) => return refuse(47003, format!("argument invalid! data.{key}.value invalid")),
        }
        if keys.is_some_and(|keys| !keys.contains(key)) {
            return refuse(47003, format!("argument invalid! data.{key} is not in the template"));
        }
    }
    Ok(())
}

/// The limits of the value for a type of key.
fn fits(kind: &str, value: &str) -> bool {
    let length = value.chars().count();
    let all = |test: fn(char) -> bool| value.chars().all(test);
    if value.chars().any(char::is_control) {
        return false;
    }
    match kind {
        "thing" | "enum" | "const" => length <= 20,
        "number" => length <= 32 && all(|c| c.is_ascii_digit() || c == '.') && value.parse::<f64>().is_ok(),
        "letter" => length <= 32 && all(|c| c.is_ascii_alphabetic()),
        "symbol" => length <= 5 && all(|c| !c.is_alphanumeric()),
        "character_string" => length <= 32 && all(|c| c.is_ascii_graphic() || c == ' '),
        "time" => value.split('~').all(|part| part.contains(':') && is_time(part)),
        "date" => value.split('~').all(is_time),
        "amount" => is_amount(value),
        "phone_number" => length <= 17 && all(|c| c.is_ascii_digit() || c.is_ascii_punctuation()),
        "car_number" => length <= 8,
        "name" => length <= if all(|c| c.is_ascii()) { 20 } else { 10 },
        "phrase" => length <= 5 && all(|c| ('\u{3400}'..='\u{9fff}').contains(&c)),
        // A type that WeChat does not have.
        _ => false,
    }
}

/// A date, a time or both, of digits and the separators that WeChat takes.
fn is_time(text: &str) -> bool {
    let text = text.trim();
    let known = |c: char| c.is_ascii_digit() || " 年月日-/.:".contains(c);
    let (date, time) = match text.rsplit_once(' ') {
        Some((date, time)) => (Some(date), Some(time)),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    let numbers = |text: &str| -> Vec<u32> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    let right_date = date.is_none_or(|date| match numbers(date)[..] {
        [year, month, day] => chrono::NaiveDate::from_ymd_opt(year.cast_signed(), month, day).is_some(),
        [year, month] => year >= 1900 && (1..=12).contains(&month),
        _ => false,
    });
    let right_time = time.is_none_or(|time| match numbers(time)[..] {
        [hour, minute] => hour < 24 && minute < 60,
        [hour, minute, second] => hour < 24 && minute < 60 && second < 60,
        _ => false,
    });
    !text.is_empty() && text.chars().all(known) && right_date && right_time
}

/// At most one sign of a currency, ten digits, decimals; 元 may end it.
fn is_amount(text: &str) -> bool {
    let text = text.strip_suffix('元').unwrap_or(text);
    let text = text.strip_prefix(['¥', '￥', '$', '€', '£', '₩']).unwrap_or(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    whole.len() <= 10 && digits(whole) && digits(decimals)
}

/// The user answers the panel of `wx.requestSubscribeMessage`.
pub(crate) fn answer_panel(
    context: &mut Context<'_>,
    name: &str,
    templates: &[String],
    accept: bool,
) -> Result<(), Error> {
    let user = mini::user(context, name);
    let openid = user.openid.clone();
    context.save(user);
    let said = if accept { "accept" } else { "reject" };
    let mut list = Vec::new();
    for template in templates {
        if accept {
            let key = Allowance::key_of(&openid, template);
            let left = context.state.allowances.get(&key).map_or(0, |allowance| allowance.left);
            context.save(Allowance { key, left: left.saturating_add(1) });
        }
        list.push(json!({ "TemplateId": template, "SubscribeStatusString": said, "PopupScene": "0" }));
    }
    // WeChat's own inconsistency: an object for one template, an array for several.
    let list = if list.len() == 1 { list.remove(0) } else { Value::Array(list) };
    message::tell(context, &openid, "subscribe_msg_popup_event", json!({ "List": list }), TimeDelta::zero())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn values_are_held_to_the_limits_of_their_type() {
        for (kind, good, bad) in [
            ("thing", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十一"),
            ("character_string", "SF-1234567890 abc", "顺丰1234"),
            ("amount", "¥29.90", "29.9.0"),
            ("amount", "100元", "12345678901"),
            ("date", "2019年10月1日", "2019年13月1日"),
            ("date", "2019-10-01 15:01", "明天"),
            ("time", "15:01", "25:01"),
            ("time", "2019年10月1日 15:01~16:01", "2019年10月1日"),
            ("phone_number", "+86-0766-66888866", "电话"),
            ("phrase", "已发货", "shipped"),
            ("name", "金秀贤", "一二三四五六七八九十一"),
            ("number", "12.5", "12a"),
            ("letter", "abc", "ab1"),
            ("thing", "a", "a\nb"),
        ] {
            assert!(fits(kind, good), "{kind} {good}");
            assert!(!fits(kind, bad), "{kind} {bad}");
        }
    }
}
