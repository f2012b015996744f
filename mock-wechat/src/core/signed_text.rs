//! The text that a merchant signs (contract B.1), and which other text it signed when the signature is wrong.
//!
//! A signature does not say what it was made over. But programs go wrong in few ways, so the wrong texts are made one by one
//! and each is held against the signature: the one that fits is what was signed.

use std::borrow::Cow;

use crate::crypto::PublicKey;
use crate::message::{Request, decode};

/// A program may say in this header, in base64, what it has signed; then nothing need be guessed.
pub(crate) const TOLD: &str = "Mock-String-To-Sign";

/// Method, target, time, nonce and body, each with a line end.
pub(crate) fn expected(request: &Request, timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    joined(
        [request.method.as_bytes(), request.target.as_bytes(), timestamp.as_bytes(), nonce.as_bytes(), body],
        "\n",
        true,
    )
}

fn joined(lines: [&[u8]; 5], end: &str, last: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(lines.iter().map(|line| line.len() + end.len()).sum());
    for (at, line) in lines.into_iter().enumerate() {
        text.extend_from_slice(line);
        if at < 4 || last {
            text.extend_from_slice(end.as_bytes());
        }
    }
    text
}

/// One way to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    LowerCaseMethod,
    WholeUrl,
    NoQuery,
    DecodedTarget,
    NoLeadingSlash,
    NonceBeforeTime,
    EmptyBody,
    /// The body was written once to be signed and once more, otherwise, to be sent.
    OtherSpaces,
    EscapedLetters,
    SortedFields,
    NoLastLineEnd,
    CarriageReturns,
    WrittenBackslashN,
}

impl Mistake {
    /// In English and in Chinese.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::LowerCaseMethod => ("the method is in lower case", "请求方法用了小写"),
            Self::WholeUrl => {
                ("the whole URL was signed: only path and query belong there", "签入了完整 URL，应只签路径和查询串")
            }
            Self::NoQuery => ("the query is missing", "缺少查询串"),
            Self::DecodedTarget => {
                ("the target was decoded: it is signed as it is sent", "路径被解码了，应按发送时的原样签名")
            }
            Self::NoLeadingSlash => ("the path lacks its first slash", "路径缺少开头的斜杠"),
            Self::NonceBeforeTime => ("time and nonce are swapped", "时间戳与随机串的顺序颠倒了"),
            Self::EmptyBody => ("the body is missing", "缺少请求报文主体"),
            Self::OtherSpaces => (
                "the body was written with other spaces: sign the bytes that are sent",
                "签名用的报文与发送的报文空白不同，应签发送的原文",
            ),
            Self::EscapedLetters => ("letters of the body were escaped as \\uXXXX", "报文中的文字被转义成了 \\uXXXX"),
            Self::SortedFields => ("the fields of the body were sorted", "报文的字段被重新排序了"),
            Self::NoLastLineEnd => ("the line end after the body is missing", "报文后缺少换行符"),
            Self::CarriageReturns => ("lines end in \\r\\n", "换行用了 \\r\\n"),
            Self::WrittenBackslashN => ("a backslash and an n stand for each line end", "换行被写成了反斜杠加 n"),
        }
    }
}

/// A text with what is wrong in it.
type Variant<'a> = (Vec<Mistake>, Cow<'a, [u8]>);

/// What was signed in place of the expected text, if a known mistake explains it.
pub(crate) fn given(
    key: &PublicKey,
    request: &Request,
    (timestamp, nonce): (&str, &str),
    body: &[u8],
    signature: &str,
) -> Option<(Vec<Mistake>, Vec<u8>)> {
    let times = [(None, [timestamp, nonce]), (Some(Mistake::NonceBeforeTime), [nonce, timestamp])];
    let ends = [
        (None, "\n", true),
        (Some(Mistake::NoLastLineEnd), "\n", false),
        (Some(Mistake::CarriageReturns), "\r\n", true),
        (Some(Mistake::WrittenBackslashN), "\\n", true),
    ];
    for (wrong_body, body) in bodies(body) {
        for (wrong_target, target) in targets(request) {
            for (wrong_method, method) in methods(request) {
                for (wrong_time, [third, fourth]) in times {
                    for (wrong_end, end, last) in ends {
                        let lines = [&*method, &*target, third.as_bytes(), fourth.as_bytes(), &*body];
                        let text = joined(lines, end, last);
                        if key.verifies(&text, signature) {
                            let more = [wrong_time, wrong_end].into_iter().flatten();
                            let mistakes =
                                [wrong_method, wrong_target, wrong_body].concat().into_iter().chain(more).collect();
                            return Some((mistakes, text));
                        }
                    }
                }
            }
        }
    }
    None
}

fn methods(request: &Request) -> Vec<Variant<'_>> {
    let lower = request.method.to_lowercase().into_bytes();
    vec![(vec![], request.method.as_bytes().into()), (vec![Mistake::LowerCaseMethod], lower.into())]
}

fn targets(request: &Request) -> Vec<Variant<'_>> {
    let target = request.target.as_str();
    let mut found: Vec<Variant<'_>> = vec![(vec![], target.as_bytes().into())];
    for host in request.get("Host").into_iter().chain(["api.mch.weixin.qq.com"]) {
        for scheme in ["https://", "http://", ""] {
            found.push((vec![Mistake::WholeUrl], format!("{scheme}{host}{target}").into_bytes().into()));
        }
    }
    found.push((vec![Mistake::NoQuery], request.path().as_bytes().into()));
    found.push((vec![Mistake::DecodedTarget], decode(target).into_bytes().into()));
    found.push((vec![Mistake::NoLeadingSlash], target.trim_start_matches('/').as_bytes().into()));
    found
}

fn bodies(body: &[u8]) -> Vec<Variant<'_>> {
    let mut found: Vec<Variant<'_>> = vec![(vec![], body.into()), (vec![Mistake::EmptyBody], (&b""[..]).into())];
    let Ok(text) = std::str::from_utf8(body) else { return found };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return found };
    for spaces in [Spaces::None, Spaces::AfterMarks, Spaces::Indented(2), Spaces::Indented(4)] {
        let written = spaced(text, spaces);
        let escaped = escaped(&written);
        found.push((vec![Mistake::OtherSpaces], written.into_bytes().into()));
        found.push((vec![Mistake::OtherSpaces, Mistake::EscapedLetters], escaped.into_bytes().into()));
    }
    let mut sorted = value;
    sorted.sort_all_objects();
    found.push((vec![Mistake::SortedFields], sorted.to_string().into_bytes().into()));
    found
}

/// How programs lay JSON out.
#[derive(Clone, Copy)]
enum Spaces {
    None,
    /// A space after each comma and colon, as Python does.
    AfterMarks,
    /// A line for each member.
    Indented(usize),
}

/// The same JSON with other white space; the order of members stays.
fn spaced(text: &str, spaces: Spaces) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_text, mut escape, mut opened) = (0_usize, false, false, false);
    let line = |out: &mut String, depth: usize| {
        if let Spaces::Indented(width) = spaces {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', depth * width));
        }
    };
    for letter in text.chars() {
        if in_text {
            out.push(letter);
            in_text = escape || letter != '"';
            escape = !escape && letter == '\\';
            continue;
        }
        if letter.is_whitespace() {
            continue;
        }
        let closes = matches!(letter, '}' | ']');
        depth -= usize::from(closes && depth > 0);
        // What is empty stays on one line.
        if opened != closes {
            line(&mut out, depth);
        }
        opened = matches!(letter, '{' | '[');
        depth += usize::from(opened);
        in_text = letter == '"';
        out.push(letter);
        match (letter, spaces) {
            (',', Spaces::Indented(_)) => line(&mut out, depth),
            (',', Spaces::AfterMarks) | (':', Spaces::AfterMarks | Spaces::Indented(_)) => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Letters beyond ASCII as `\uXXXX`, as Python and PHP write them.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            let mut units = [0; 2];
            out.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_json_is_written_as_other_programs_would() {
        let json = r#"{"a": [1,{}], "b":{"c":"x , \" y"} }"#;
        assert_eq!(spaced(json, Spaces::None), r#"{"a":[1,{}],"b":{"c":"x , \" y"}}"#);
        assert_eq!(spaced(json, Spaces::AfterMarks), r#"{"a": [1, {}], "b": {"c": "x , \" y"}}"#);
        let lines = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": \"x , \\\" y\"\n  }\n}";
        assert_eq!(spaced(json, Spaces::Indented(2)), lines);
        assert_eq!(escaped("军😀a"), "\\u519b\\ud83d\\ude00a");
    }
}
