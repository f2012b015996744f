//! The whole API on one page, from the document itself.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::document::{Operation, answers, members, operations, text};
use super::{framed, markdown};

pub(super) fn page(api: &Value) -> Markup {
    let mut by_tag: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for operation in operations(api) {
        by_tag.entry(text(&operation.said["tags"][0])).or_default().push(operation);
    }
    framed(
        "API",
        &html! {
            h1 { "Gunpo Mall API" }
            section.guide { (markdown(text(&api["info"]["description"]))) }
            @for tag in api["tags"].as_array().into_iter().flatten() {
                @let name = text(&tag["name"]);
                section id={ "tag-" (name) } {
                    h2 { (name) } p { (text(&tag["description"])) }
                    @for operation in by_tag.get(name).into_iter().flatten() { (shown(operation, api)) }
                }
            }
            section id="schemas" {
                h2 { "Types" }
                @for (name, schema) in members(&api["components"]["schemas"]) { (type_of(name, schema)) }
            }
        },
    )
}

fn shown(operation: &Operation<'_>, api: &Value) -> Markup {
    let said = operation.said;
    html! {
        details id=(text(&said["operationId"])) {
            summary { span.method { (operation.method.to_uppercase()) } " " code { (operation.path) } " " span { (text(&said["summary"])) } }
            @if said["description"] != said["summary"] { (markdown(text(&said["description"]))) }
            @if let Some(login) = login(said) { p.login { "Login: " (login) } }
            @let parameters = said["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            @if !parameters.is_empty() {
                h4 { "Parameters" }
                table { @for parameter in parameters { (parameter_row(parameter)) } }
            }
            @if let Some(body) = said["requestBody"]["content"].as_object().and_then(|content| content.values().next()) {
                h4 { "Body" }
                p { (type_name(&body["schema"])) }
                (example(body))
            }
            h4 { "Answers" }
            table { @for (status, answer) in answers(said, api) { (answer_row(status, answer)) } }
        }
    }
}

/// Whose token is asked for, and with which permission.
fn login(said: &Value) -> Option<String> {
    let (scheme, _) = members(&said["security"][0]).next()?;
    let permission = said["x-permission"].as_str().map(|permission| format!(" with {permission}"));
    Some(format!("{scheme}{}", permission.unwrap_or_default()))
}

fn parameter_row(parameter: &Value) -> Markup {
    html! {
        tr {
            td { code { (text(&parameter["name"])) } br; small { "in " (text(&parameter["in"])) } }
            td { (type_name(&parameter["schema"])) (bounds(&parameter["schema"])) }
            td { @if parameter["required"] == true { strong { "required. " } } (text(&parameter["description"])) }
        }
    }
}

fn answer_row(status: &str, answer: &Value) -> Markup {
    let content = members(&answer["content"]).next().map(|(_, content)| content);
    html! {
        tr {
            td { (status) }
            td {
                (markdown(text(&answer["description"])))
                @if let Some(content) = content { p { (type_name(&content["schema"])) } (example(content)) }
            }
        }
    }
}

fn example(content: &Value) -> Markup {
    html! {
        @if let Some(example) = content.get("example") {
            pre tabindex="0" { (serde_json::to_string_pretty(example).unwrap_or_default()) }
        }
    }
}

fn type_of(name: &str, schema: &Value) -> Markup {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().map(text).collect();
    html! {
        details id={ "type-" (name) } {
            summary { code { (name) } " " span { (text(&schema["description"])) } }
            @if schema["properties"].is_object() {
                table {
                    @for (member, of) in members(&schema["properties"]) {
                        tr {
                            td { code { (member) } @if required.contains(&member.as_str()) { " " small { "required" } } }
                            td { (type_name(of)) (bounds(of)) }
                            td { (text(&of["description"])) }
                        }
                    }
                }
            } @else { p { (type_name(schema)) (bounds(schema)) } }
        }
    }
}

fn type_name(schema: &Value) -> Markup {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return html! { a href={ "#type-" (name) } { code { (name) } } };
    }
    if let Some(branches) = schema["oneOf"].as_array() {
        return html! { @for (n, branch) in branches.iter().enumerate() { @if n > 0 { " or " } (type_name(branch)) } };
    }
    if let Some(words) = schema["enum"].as_array() {
        return html! { @for (n, word) in words.iter().enumerate() { @if n > 0 { " · " } code { (text(word)) } } };
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => html! { "list of " (type_name(&schema["items"])) },
        Value::String(kind) => html! { code { (kind) } },
        Value::Array(kinds) => html! { code { (kinds.iter().map(text).collect::<Vec<_>>().join(" or ")) } },
        _ => html! {},
    }
}

fn bounds(schema: &Value) -> Markup {
    const SHOWN: [(&str, &str); 7] = [
        ("minLength", "at least {} characters"),
        ("maxLength", "at most {} characters"),
        ("minimum", "from {}"),
        ("maximum", "to {}"),
        ("minItems", "at least {} items"),
        ("maxItems", "at most {} items"),
        ("pattern", "{}"),
    ];
    let said: Vec<String> = SHOWN
        .iter()
        .filter_map(|(keyword, words)| {
            let value = schema.get(keyword)?;
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(words.replace("{}", &value))
        })
        .collect();
    html! { @if !said.is_empty() { br; small { (said.join(", ")) } } }
}
