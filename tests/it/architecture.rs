//! The shape of the code, read from its own `use` lines and file sizes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the outside in. A folder may use those of its own floor and below.
const FLOORS: [&[&str]; 6] = [
    &["cli", "main"],
    &["http"],
    &[
        "addresses",
        "auth",
        "cart",
        "cases",
        "catalogue",
        "customers",
        "messages",
        "operators",
        "orders",
        "payments",
        "quotes",
        "refunds",
        "rights",
        "search",
        "stock",
        "upkeep",
    ],
    &["web"],
    &["access_token", "audit", "idempotency", "jobs", "privacy", "wechat"],
    &["clock", "config", "db", "error", "failpoint", "ids", "money", "observability", "turns"],
];
/// The hub: what every handler and job sees may be named from above the ground.
const HUB: &str = "app";
/// Calls between domains that go up a row of money: whoever is above calls the one below, never back.
const MONEY: [&str; 5] = ["payments", "refunds", "orders", "quotes", "stock"];
/// WeChat knows nothing of the shop.
const WECHAT_MAY_USE: [&str; 1] = ["clock"];
/// Files of a domain folder.
const DOMAIN_FILES: [&str; 9] = ["mod", "state", "store", "service", "api", "admin", "jobs", "tests", "testing"];
/// Further files, each for a reason that its head tells.
const FURTHER_FILES: &[&str] = &[
    "catalogue/snapshot.rs",
    "catalogue/listing.rs",
    "orders/view.rs",
    "addresses/regions.rs",
    "auth/tokens.rs",
    "auth/sessions.rs",
    "auth/buyer.rs",
    "operators/backoff.rs",
    "operators/may.rs",
    "operators/password.rs",
    "operators/rights.rs",
    "operators/sessions.rs",
    "operators/tokens.rs",
    "operators/totp.rs",
];

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| (path.strip_prefix(root).unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn floor(folder: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&folder))
        .unwrap_or_else(|| panic!("{folder} stands on no floor: say where it belongs"))
}

/// The top-level folder or file of a source file.
fn folder_of(path: &Path) -> String {
    let part = path.components().nth(1).unwrap().as_os_str().to_str().unwrap();
    part.trim_end_matches(".rs").to_owned()
}

/// Folders that a file names by `crate::x`, tests left out.
fn uses(text: &str) -> Vec<(String, String)> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            if let Some(list) = rest.strip_prefix('{') {
                for name in list.split(['}', ',']).map(str::trim) {
                    found.push((name.split("::").next().unwrap_or_default().to_owned(), line.to_owned()));
                }
            } else {
                let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                found.push((name, line.to_owned()));
            }
        }
    }
    found.retain(|(name, _)| name.chars().next().is_some_and(|c| c.is_ascii_lowercase()));
    found
}

#[test]
fn imports_run_downward_only() {
    for (path, text) in sources("src") {
        let from = folder_of(&path);
        if from == "lib" || from == HUB || path.ends_with("tests.rs") || path.to_string_lossy().contains("/tests/") {
            continue;
        }
        for (to, line) in uses(&text) {
            if to == from {
                continue;
            }
            if from == "wechat" {
                assert!(
                    WECHAT_MAY_USE.contains(&to.as_str()),
                    "{}: WeChat knows nothing of the shop: {line}",
                    path.display()
                );
                continue;
            }
            if to == HUB {
                assert!(
                    floor(&from) < FLOORS.len() - 1,
                    "{}: the ground does not know the app: {line}",
                    path.display()
                );
                continue;
            }
            assert!(floor(&from) <= floor(&to), "{}: imports upward: {line}", path.display());
            let row = |name: &str| MONEY.iter().position(|domain| *domain == name);
            if let (Some(from), Some(to)) = (row(&from), row(&to)) {
                assert!(from < to, "{}: calls back up the row of money: {line}", path.display());
            }
        }
    }
}

#[test]
fn a_store_is_used_by_its_own_domain_alone_and_diesel_by_stores_alone() {
    for (path, text) in sources("src") {
        let name = path.to_string_lossy().into_owned();
        let from = folder_of(&path);
        for (_, line) in uses(&text) {
            let foreign = line.contains("::store::") && !line.contains(&format!("crate::{from}::"));
            assert!(!foreign, "{name}: another domain's store: {line}");
        }
        let is_test = name.contains("tests");
        let may_query = name.ends_with("store.rs") || name.contains("/store/") || name.starts_with("src/db/");
        let queries = ["diesel::insert_into", "diesel::update", "diesel::delete", "diesel::prelude", "sql_query"];
        assert!(
            is_test || may_query || !queries.iter().any(|query| text.contains(query)),
            "{name}: a query outside a store"
        );
    }
}

#[test]
fn a_reader_finds_the_same_file_names_in_every_domain() {
    for (path, _) in sources("src") {
        let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
        let [_, folder, file] = parts.as_slice() else { continue };
        if floor(folder) != 2 {
            continue;
        }
        let stem = file.trim_end_matches(".rs");
        let known = DOMAIN_FILES.contains(&stem) || FURTHER_FILES.contains(&format!("{folder}/{file}").as_str());
        assert!(known, "{}: not one of the names that a reader looks for", path.display());
    }
}

#[test]
fn no_file_is_called_after_nothing() {
    for (path, _) in sources("src").into_iter().chain(sources("mock-wechat/src")) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(!["utils", "util", "helpers", "common", "misc", "manager"].contains(&stem), "{}", path.display());
    }
}

#[test]
fn files_stay_small_enough_to_be_read_whole() {
    let mut lines = BTreeMap::new();
    for folder in ["src", "mock-wechat/src", "tests"] {
        for (path, text) in sources(folder) {
            if !path.ends_with("schema.rs") {
                lines.insert(path, text.lines().count());
            }
        }
    }
    for (path, count) in &lines {
        assert!(*count <= 600, "{} has {count} lines", path.display());
    }
    let small = lines.values().filter(|count| **count < 400).count();
    assert!(small * 10 >= lines.len() * 9, "only {small} of {} files are under 400 lines", lines.len());
}

#[test]
fn no_production_code_may_panic_on_purpose() {
    for (path, text) in sources("src").into_iter().chain(sources("mock-wechat/src")) {
        let name = path.to_string_lossy().into_owned();
        if name.contains("tests") || name.contains("testing") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for call in [".unwrap()", ".expect(\"", "panic!(", "unreachable!("] {
            let line = code.lines().find(|line| line.contains(call) && !line.trim_start().starts_with("//"));
            assert!(line.is_none(), "{name}: {}", line.unwrap_or_default().trim());
        }
    }
}

/// Where a level is off, the arguments of its lines are not evaluated: work among them would be done by chatty servers alone.
#[test]
fn no_log_line_does_work() {
    for (path, text) in sources("src").into_iter().chain(sources("mock-wechat/src")) {
        for (at, _) in text.match_indices("log::") {
            let rest = &text[at..];
            let ends = [");", "),\n", ")\n"].iter().filter_map(|end| rest.find(end));
            let line = &rest[..ends.min().unwrap_or_default()];
            let is_line =
                ["info!(", "warn!(", "error!(", "debug!(", "trace!("].iter().any(|it| rest[5..].starts_with(it));
            let works = [".await", "?)", "?,"].iter().any(|work| line.contains(work));
            assert!(!(is_line && works), "{}: {line}", path.display());
        }
    }
}

/// A table that names what is gone proves nothing.
#[test]
fn every_test_that_security_md_names_is_there() {
    let document = include_str!("../../docs/security.md");
    let folders = ["src", "tests", "mock-wechat"];
    let code: String = folders.iter().flat_map(|folder| sources(folder)).map(|(_, text)| text).collect();
    let mut named = 0;
    for name in document.split('`').skip(1).step_by(2).filter(|name| name.contains("::") && !name.contains(' ')) {
        let last = name.rsplit("::").next().unwrap();
        let there = ["fn ", "mod "].iter().any(|kind| code.contains(&format!("{kind}{last}")));
        assert!(there, "{name} is named in docs/security.md, and is nowhere");
        named += 1;
    }
    assert!(named > 100, "{named}");
}
