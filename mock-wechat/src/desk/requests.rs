//! The inspector: what came in, what went out, and why something was refused.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::lang::Lang;
use super::layout::layout;
use crate::core::authorization::Parts;
use crate::core::calls::Call;
use crate::core::context::beijing;
use crate::core::route::Family;
use crate::core::signed_text::{self, Mistake};
use crate::crypto::from_base64;
use crate::inspector::{Entry, Outcome};
use crate::{MockWechat, Request};

/// Seconds until the live list loads itself anew.
const LIVE_S: u32 = 2;
/// Characters of a line around the first difference.
const AROUND: usize = 24;

impl MockWechat {
    /// The same as JSON, for a test that wants to know what was sent.
    pub(crate) fn inspected(&self) -> Value {
        let entries = self.inner.inspector.entries();
        let rows = entries.iter().map(|entry| {
            let (status, body) = match &entry.outcome {
                Outcome::Answered(answer) => (json!(answer.status), json!(text_of(&answer.body))),
                Outcome::None(reason) => (Value::Null, json!(reason)),
            };
            json!({
                "id": entry.id,
                "at": entry.at,
                "notify": entry.is_notify,
                "method": entry.request.method,
                "target": entry.request.target,
                "headers": entry.request.headers,
                "body": text_of(&entry.request.body),
                "status": status,
                "answer": body,
            })
        });
        json!({ "requests": rows.collect::<Vec<_>>() })
    }
}

pub(super) fn list(mock: &MockWechat, request: &Request, lang: Lang) -> String {
    let entries = mock.inner.inspector.entries();
    let live = request.query("live").is_some();
    let body = html! {
        section {
            h2 {
                (lang.say("Requests and notifies", "请求与通知")) span.count { (entries.len()) }
                @if live { a.switch href="/_mock/requests" { (lang.say("Stop", "停止刷新")) } }
                @else { a.switch href="/_mock/requests?live=1" { (lang.say("Live", "实时刷新")) } }
            }
            @if entries.is_empty() {
                p.empty { (lang.say("Nothing came in yet.", "尚无请求。")) }
            } @else {
                table {
                    thead { tr {
                        th { (lang.say("Time", "时间")) } th { (lang.say("Way", "方向")) } th { (lang.say("What", "内容")) }
                        th { (lang.say("Answer", "应答")) }
                    } }
                    tbody { @for entry in &entries { (row(entry, lang)) } }
                }
            }
        }
    };
    layout(lang, request, live.then_some(LIVE_S), &body)
}

fn row(entry: &Entry, lang: Lang) -> Markup {
    html! {
        tr {
            td data-name=(lang.say("Time", "时间")) { (beijing(entry.at).format("%H:%M:%S%.3f")) }
            td data-name=(lang.say("Way", "方向")) {
                @if entry.is_notify { (lang.say("out", "发出")) } @else { (lang.say("in", "收到")) }
            }
            td.mono data-name=(lang.say("What", "内容")) {
                a href={ "/_mock/requests/" (entry.id) } { (entry.request.method) " " (entry.request.path()) }
            }
            td data-name=(lang.say("Answer", "应答")) { (outcome(entry, lang)) }
        }
    }
}

/// The status, and the code by which a refusal is known.
fn outcome(entry: &Entry, lang: Lang) -> Markup {
    match &entry.outcome {
        Outcome::None(_) => html! { span.badge.bad { (lang.say("no answer", "无应答")) } },
        Outcome::Answered(answer) => {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let errcode = body["errcode"].as_i64().filter(|code| *code != 0);
            let bad = answer.status >= 400 || errcode.is_some();
            let code = body["code"].as_str().map(str::to_owned).or(errcode.map(|code| code.to_string()));
            html! { span.badge.good[!bad].bad[bad] { (answer.status) @if let Some(code) = code { " " (code) } } }
        }
    }
}

pub(super) fn detail(mock: &MockWechat, request: &Request, entry: &Entry, lang: Lang) -> String {
    let asked = &entry.request;
    let body = html! {
        // What is wrong stands first.
        @if !entry.is_notify { (signature(mock, asked, lang)) }
        section {
            h2 { span.mono { (asked.method) " " (asked.target) } (outcome(entry, lang)) }
            (fields(lang.say("Headers", "请求头"), &asked.headers))
            (text(lang.say("Body", "报文主体"), &asked.body, lang))
        }
        section {
            h2 { (lang.say("Answer", "应答")) }
            @match &entry.outcome {
                Outcome::None(reason) => p { (reason) },
                Outcome::Answered(answer) => {
                    (fields(lang.say("Headers", "应答头"), &answer.headers))
                    (text(lang.say("Body", "报文主体"), &answer.body, lang))
                }
            }
        }
    };
    layout(lang, request, None, &body)
}

fn fields(name: &str, headers: &[(String, String)]) -> Markup {
    html! {
        h3 { (name) }
        @if headers.is_empty() { p.empty { "-" } } @else {
            dl.mono { @for (name, value) in headers { dt { (name) } dd { (value) } } }
        }
    }
}

fn text(name: &str, body: &[u8], lang: Lang) -> Markup {
    html! {
        h3 { (name) " " small { (body.len()) " B" } }
        @if body.is_empty() { p.empty { (lang.say("empty", "空")) } } @else { pre { (text_of(body)) } }
    }
}

fn text_of(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("({} bytes)", body.len()),
    }
}

/// What the signature of a call to Pay v3 should have covered, and what it covers.
fn signature(mock: &MockWechat, asked: &Request, lang: Lang) -> Markup {
    let call = Call::of(asked);
    let header = asked
        .get("Authorization")
        .filter(|_| matches!(call.family(), Family::Pay | Family::PayFile) && !call.is_upload());
    let Some(header) = header else { return html! {} };
    let Some(parts) = Parts::parse(header) else {
        return html! {
            section { h2 { (lang.say("Signature", "签名")) } p.said.no {
                (lang.say("The Authorization header is not of the form ", "Authorization 头的格式应为 "))
                code { "WECHATPAY2-SHA256-RSA2048 mchid=\"…\",nonce_str=\"…\",timestamp=\"…\",serial_no=\"…\",signature=\"…\"" }
            } }
        };
    };
    let key = &mock.inner.keys.merchant;
    let expected = signed_text::expected(asked, parts.timestamp, parts.nonce_str, &asked.body);
    let right = key.verifies(&expected, parts.signature);
    let told = asked.get(signed_text::TOLD).and_then(from_base64).map(|told| (Vec::new(), told));
    let given = if right {
        None
    } else {
        told.or_else(|| {
            signed_text::given(key, asked, (parts.timestamp, parts.nonce_str), &asked.body, parts.signature)
        })
    };
    html! {
        section #signature {
            h2 { (lang.say("Signature", "签名"))
                @if right { span.badge.good { (lang.say("right", "正确")) } } @else { span.badge.bad { (lang.say("wrong", "错误")) } } }
            @if !right { (compared(&expected, given, lang)) }
            @if right { h3 { (lang.say("String to sign", "待签名串")) } pre { (lines(&expected)) } }
        }
    }
}

fn compared(expected: &[u8], given: Option<(Vec<Mistake>, Vec<u8>)>, lang: Lang) -> Markup {
    let Some((mistakes, given)) = given else {
        return html! {
            p.said.no { (lang.say(
                "Signed by another key, or over a text that no known mistake explains. Send what you signed, in base64, in the header Mock-String-To-Sign, and it is compared here.",
                "签名用的私钥不对，或签名原文无法由已知错误解释。请把签名原文以 base64 放入请求头 Mock-String-To-Sign，此处会逐字比较。",
            )) }
            h3 { (lang.say("String to sign, expected", "应签名的串")) } pre { (lines(expected)) }
        };
    };
    html! {
        @for mistake in mistakes {
            p.said.no { (lang.say(mistake.words().0, mistake.words().1)) }
        }
        (first_difference(expected, &given, lang))
        div.pair {
            div { h3 { (lang.say("Expected", "应签名的串")) } pre.expected { (lines(expected)) } }
            div { h3 { (lang.say("Given", "实际签名的串")) } pre.given { (lines(&given)) } }
        }
    }
}

/// Line ends are seen.
fn lines(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace('\r', "␍").replace('\n', "↵\n")
}

/// Line and column from 1, and what stands there on both sides.
fn first_difference(expected: &[u8], given: &[u8], lang: Lang) -> Markup {
    let [expected, given] = [expected, given].map(String::from_utf8_lossy);
    let at = expected.chars().zip(given.chars()).take_while(|(one, other)| one == other).count();
    let before: String = expected.chars().take(at).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    let piece = |text: &str| lines(text.chars().skip(at).take(AROUND).collect::<String>().as_bytes()).replace('\n', "");
    html! {
        p #difference {
            (lang.say("First difference: line ", "第一处不同：第 ")) b { (line) }
            (lang.say(", character ", " 行第 ")) b { (column) } (lang.say(". Expected ", " 个字符。应为 "))
            code { (piece(&expected)) } (lang.say(", given ", "，实际为 ")) code { (piece(&given)) }
        }
    }
}
