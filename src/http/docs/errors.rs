//! A page for each error code: when it comes, what to do, what it brings, and which operations answer it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use maud::{Markup, html};
use serde_json::Value;

use super::document::{answers, operations, text};
use super::{API, framed, markdown};
use crate::base::error::Code;
use crate::base::text::Lang;
use crate::http::openapi::members_of;
use crate::web::{ERRORS_PAGE, text_of};

static OPERATIONS: LazyLock<BTreeMap<&'static str, Vec<String>>> = LazyLock::new(|| operations_by_code(&API));

/// The operations that answer each code, as `GET /path`, by what their answers say.
pub(in crate::http) fn operations_by_code(api: &Value) -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for operation in operations(api) {
        let said: String = answers(operation.said, api).map(|(_, answer)| text(&answer["description"])).collect();
        for code in Code::ALL.iter().filter(|code| said.contains(&format!("`{}`", code.as_str()))) {
            let name = format!("{} {}", operation.method.to_uppercase(), operation.path);
            found.entry(code.as_str()).or_default().push(name);
        }
    }
    found
}

/// All codes, by status.
pub(super) fn index() -> Markup {
    let mut codes: Vec<Code> = Code::ALL.to_vec();
    codes.sort_by_key(|code| code.status());
    framed(
        "Error codes",
        &html! {
            h1 { "Error codes" }
            p { "Programs decide by " code { "code" } ", which never changes; " code { "detail" } " is for people." }
            table {
                tr { th { "Status" } th { "Code" } th { "When" } }
                @for code in codes {
                    tr id=(code.as_str()) {
                        td { (code.status()) }
                        td { a href={ (ERRORS_PAGE) "/" (code.as_str()) } { code { (code.as_str()) } } }
                        td { (markdown(code.when().trim())) }
                    }
                }
            }
        },
    )
}

/// One code.
pub(super) fn page(code: Code) -> Markup {
    let words = text_of(code);
    let operations = OPERATIONS.get(code.as_str());
    framed(
        code.as_str(),
        &html! {
            h1 { code { (code.as_str()) } " " small { (code.status()) } }
            (markdown(code.when().trim()))
            h2 { "What people read" }
            table {
                @for lang in Lang::ALL {
                    tr lang=(lang.tag()) { th { (lang.tag()) } td { strong { (words.title.get(lang)) } br; (words.detail.get(lang)) } }
                }
            }
            h2 { "What to do" }
            (markdown(what_to_do(code)))
            @let members: Vec<_> = members_of(code).collect();
            @if !members.is_empty() {
                h2 { "Members besides the usual ones" }
                table { @for (name, what) in members { tr { td { code { (name) } } td { (markdown(what)) } } } }
            }
            h2 { "Operations" }
            @match operations {
                Some(operations) => ul { @for operation in operations { li { code { (operation) } } } },
                None => p { "Any request: it comes from what stands before the operations." },
            }
        },
    )
}

/// What a program does with it: the status tells.
fn what_to_do(code: Code) -> &'static str {
    match (code, code.status()) {
        (Code::Unauthorized, _) => {
            "Look at `reason`: refresh the token if it has expired, else log in again. Do not repeat the request with the same token."
        }
        (Code::InvalidLoginCode, _) => "Call wx.login for a new code; a code is good once.",
        (Code::InvalidRefreshToken, _) => "Log in again with wx.login. The session is over.",
        (Code::PriceChanged, _) => {
            "Show the new quote, let the buyer confirm, and order again with its payable_fen and a new Idempotency-Key."
        }
        (Code::NoticeChanged | Code::DocumentChanged | Code::ConsentRequired, _) => {
            "Show the text of the version that is named, let the buyer agree, and try again."
        }
        (Code::IdempotencyKeyReused, _) => {
            "A key belongs to one body. Make a new key for each order that the buyer means."
        }
        (Code::PaymentInProgress, _) => "Wait two seconds, then ask again; it is the same payment.",
        (Code::WechatUnavailable, _) => {
            "Try again after Retry-After. A login or phone code is used up: get a new one first."
        }
        (Code::Unavailable, _) => {
            "Send the same request again after Retry-After, with the same Idempotency-Key. If the text says that the outcome is unknown, look first."
        }
        (_, 400) => {
            "Mend the fields in `errors`: each has a `reason` for programs and a `detail` that says what would be right. Repeating will not help."
        }
        (_, 401) => "Ask for what is missing and try again.",
        (_, 403) => "Do not repeat it with this account as it is.",
        (_, 404) => "Show that it is gone, or not the caller's, and reload the list that it came from.",
        (_, 408) => "The body came too slowly: send the same request again.",
        (_, 409) => {
            "Something stands against it now. Show `detail`, reload what the screen shows, and let the person decide."
        }
        (_, 429) => "Wait for the seconds of Retry-After.",
        (_, 500..) => "Not the caller's fault. Show `detail` with the `trace_id`; try again later.",
        _ => "A mistake in the program that asks: mend it there.",
    }
}
