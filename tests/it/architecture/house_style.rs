//! Sizes, names, and what production code may not do.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenTree};

use super::{name, production, sources};

const CRATES: [&str; 3] = ["src", "wechat-client/src", "mock-wechat/src"];

#[test]
fn no_file_is_called_after_nothing() {
    for source in CRATES.iter().flat_map(|folder| sources(folder)) {
        let stem = source.path.rsplit('/').next().unwrap().trim_end_matches(".rs");
        assert!(!["utils", "util", "helpers", "common", "misc", "manager"].contains(&stem), "{}", source.path);
    }
}

#[test]
fn files_stay_small_enough_to_be_read_whole() {
    let mut lines = BTreeMap::new();
    for source in CRATES.iter().chain(&["tests", "benches"]).flat_map(|folder| sources(folder)) {
        if !source.path.ends_with("schema.rs") {
            lines.insert(source.path, source.text.lines().count());
        }
    }
    for (path, count) in &lines {
        assert!(*count <= 600, "{path} has {count} lines");
    }
    let small = lines.values().filter(|count| **count < 400).count();
    assert!(small * 10 >= lines.len() * 9, "only {small} of {} files are under 400 lines", lines.len());
}

#[test]
fn functions_stay_small_enough_to_be_read_whole() {
    let mut functions = 0;
    for source in CRATES.iter().chain(&["benches"]).flat_map(|folder| production(folder)) {
        for tokens in source.groups() {
            for (at, _) in tokens.iter().enumerate().filter(|(_, token)| name(token).as_deref() == Some("fn")) {
                let body = tokens[at..].iter().find_map(|token| match token {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
                    _ => None,
                });
                let Some(body) = body else { continue };
                let lines = body.span_close().end().line - tokens[at].span().start().line + 1;
                let name = tokens.get(at + 1).map(ToString::to_string).unwrap_or_default();
                assert!(lines < 70, "{}: {name} has {lines} lines", source.path);
                functions += 1;
            }
        }
    }
    assert!(functions > 1500, "{functions}");
}

#[test]
fn no_production_code_may_panic_on_purpose() {
    for source in CRATES.iter().flat_map(|folder| production(folder)) {
        for tokens in source.groups() {
            for (at, token) in tokens.iter().enumerate() {
                let word = name(token).unwrap_or_default();
                let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(ToString::to_string);
                let after = tokens.get(at + 1).map(ToString::to_string);
                let called = before.as_deref() == Some(".") && ["unwrap", "expect"].contains(&word.as_str());
                let ended = after.as_deref() == Some("!")
                    && ["panic", "unreachable", "todo", "unimplemented"].contains(&word.as_str());
                assert!(!called && !ended, "{}: {word}", source.path);
            }
        }
    }
}

/// Where a level is off, the arguments of its lines are not evaluated: work among them would be done by chatty servers alone.
#[test]
fn no_log_line_does_work() {
    for source in CRATES.iter().flat_map(|folder| production(folder)) {
        for tokens in source.groups() {
            for at in 0..tokens.len() {
                let TokenTree::Group(arguments) = &tokens[at] else { continue };
                let level = at.checked_sub(2).and_then(|at| tokens.get(at)).and_then(name).unwrap_or_default();
                let is_line = ["info", "warn", "error", "debug", "trace"].contains(&level.as_str());
                let inner: Vec<String> = arguments.stream().into_iter().map(|token| token.to_string()).collect();
                let works = inner.iter().any(|token| ["await", "?"].contains(&token.as_str()));
                assert!(!(is_line && tokens[at - 1].to_string() == "!" && works), "{}: {arguments}", source.path);
            }
        }
    }
}

/// A table that names what is gone proves nothing.
#[test]
fn every_test_that_security_md_names_is_there() {
    let document = include_str!("../../../docs/security.md");
    let folders = ["src", "tests", "wechat-client", "mock-wechat"];
    let code: String = folders.iter().flat_map(|folder| sources(folder)).map(|source| source.text).collect();
    let mut named = 0;
    for name in document.split('`').skip(1).step_by(2).filter(|name| name.contains("::") && !name.contains(' ')) {
        let last = name.rsplit("::").next().unwrap();
        let there = ["fn ", "mod "].iter().any(|kind| code.contains(&format!("{kind}{last}")));
        assert!(there, "{name} is named in docs/security.md, and is nowhere");
        named += 1;
    }
    assert!(named > 100, "{named}");
}

/// A recipe that names a file which has moved teaches the wrong way.
#[test]
fn every_file_that_contributing_md_names_is_there() {
    let document = include_str!("../../../CONTRIBUTING.md");
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let quoted = document.split('`').skip(1).step_by(2);
    let linked = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let folders = [
        "src/",
        "tests/",
        "docs/",
        "migrations/",
        "wechat-client/",
        "mock-wechat/",
        "miniprogram-stubs/",
        "benches/",
        "demo/",
        "scripts/",
    ];
    let named: Vec<&str> = quoted
        .chain(linked)
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)) && !path.contains(' '))
        .collect();
    assert!(named.len() > 60, "{}", named.len());
    for path in named {
        assert!(root.join(path).exists(), "{path} is named in CONTRIBUTING.md, and is nowhere");
    }
}
