//! Who imports whom: districts, domains, circles.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, is_mark, name, paths_from, production};

/// What each district may use. `src/lib.rs` draws the same.
const DISTRICTS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["boot", "http", "flows", "storefront", "domain", "platform", "base"]),
    ("boot", &["http", "flows", "storefront", "domain", "platform", "base"]),
    ("http", &["storefront", "console", "portal", "flows", "domain", "web", "platform", "base"]),
    ("storefront", &["domain", "web", "platform", "base"]),
    ("console", &["domain", "web", "platform", "base"]),
    ("portal", &["domain", "web", "platform", "base"]),
    ("flows", &["domain", "web", "platform", "base"]),
    ("domain", &["web", "platform", "base"]),
    ("web", &["platform", "base"]),
    ("platform", &["base"]),
    ("base", &[]),
];

/// A domain calls no other but these. `src/domain/mod.rs` says what for.
const DOMAINS: &[(&str, &[&str])] = &[
    ("catalogue", &["stock"]),
    ("customers", &["content", "sessions"]),
    ("orders", &["catalogue"]),
    ("pricing", &["catalogue", "content", "orders"]),
];

/// Files of a domain that speak HTTP; the others know nothing of it.
const SPEAKS_HTTP: &[&str] = &[
    "/api.rs",
    "/api/",
    // Extractors: who asks.
    "domain/sessions/buyer.rs",
    "domain/staff/may.rs",
    "domain/staff/mod.rs",
    // What a search term may look like is said in the words of the other queries.
    "domain/search/mod.rs",
];

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Whole paths that a file names by `crate::` or `super::`.
fn imports(source: &Source) -> Vec<Vec<String>> {
    let module = source.module();
    let mut found = Vec::new();
    for tokens in source.groups() {
        for (at, token) in tokens.iter().enumerate() {
            let begins = at == 0 || !is_mark(tokens.get(at - 1), ':');
            let root = match name(token).as_deref() {
                Some("crate") if begins => Vec::new(),
                Some("super") if begins => module[..module.len().saturating_sub(1)].to_vec(),
                _ => continue,
            };
            for path in paths_from(&tokens[at..]) {
                let ups = path.iter().skip(1).take_while(|part| *part == "super").count();
                let root = &root[..root.len().saturating_sub(ups)];
                found.push([root, &path[1 + ups..]].concat());
            }
        }
    }
    found
}

/// A district, and in a wide one its folder or file.
fn node(path: &[String], wide: &[&str]) -> Option<String> {
    let first = path.first()?;
    let second = path.get(1).filter(|part| part.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'));
    Some(match second {
        Some(second) if wide.contains(&first.as_str()) => format!("{first}/{second}"),
        _ => first.clone(),
    })
}

fn graph(sources: &[Source], wide: &[&str]) -> Graph {
    let mut graph = Graph::new();
    let known: BTreeSet<String> = sources.iter().filter_map(|source| node(&source.module(), wide)).collect();
    for source in sources {
        let Some(from) = node(&source.module(), wide) else { continue };
        let edges = graph.entry(from.clone()).or_default();
        edges.extend(
            imports(source).iter().filter_map(|path| node(path, wide)).filter(|to| *to != from && known.contains(to)),
        );
    }
    graph
}

/// A circle, if there is one.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    fn walk(graph: &Graph, at: &str, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        if let Some(begin) = way.iter().position(|passed| passed == at) {
            way.drain(..begin);
            return true;
        }
        if !done.insert(at.to_owned()) {
            return false;
        }
        way.push(at.to_owned());
        for next in graph.get(at).into_iter().flatten() {
            if walk(graph, next, way, done) {
                return true;
            }
        }
        way.pop();
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut way = Vec::new();
        walk(graph, start, &mut way, &mut done).then_some(way)
    })
}

const WIDE: [&str; 7] = ["base", "platform", "domain", "flows", "storefront", "console", "portal"];

#[test]
fn no_district_imports_what_it_may_not() {
    for source in production("src") {
        let module = source.module();
        let Some(from) = module.first() else { continue };
        let may = DISTRICTS.iter().find(|(name, _)| name == from);
        let (_, may) = may.unwrap_or_else(|| panic!("{}: {from} is no district", source.path));
        for path in imports(&source) {
            let to = path.first().map_or("", String::as_str);
            let is_district = DISTRICTS.iter().any(|(name, _)| *name == to);
            assert!(!is_district || to == from || may.contains(&to), "{}: imports {}", source.path, path.join("::"));
            let speaks = from != "domain" || SPEAKS_HTTP.iter().any(|file| source.path.contains(file));
            let is_buyers = path.iter().any(|part| ["sealing", "customers", "sessions"].contains(&part.as_str()));
            assert!(
                from != "portal" || !is_buyers,
                "{}: firms see nothing of buyers: {}",
                source.path,
                path.join("::")
            );
            assert!(to != "web" || speaks, "{}: only handlers speak HTTP: {}", source.path, path.join("::"));
        }
    }
}

#[test]
fn no_domain_calls_another_that_is_not_listed() {
    let mut used = BTreeSet::new();
    for (from, edges) in graph(&production("src"), &WIDE) {
        let Some(from) = from.strip_prefix("domain/") else { continue };
        for to in edges.iter().filter_map(|to| to.strip_prefix("domain/")) {
            let listed = DOMAINS.iter().any(|(name, may)| *name == from && may.contains(&to));
            assert!(listed, "{from} calls {to}: tell it in a flow, or list the edge and its reason");
            used.insert((from.to_owned(), to.to_owned()));
        }
    }
    let drawn = include_str!("../../../src/domain/mod.rs");
    for (from, may) in DOMAINS {
        let row = drawn.lines().find(|line| line.starts_with(&format!("//! | `{from}` |")));
        let row = row.unwrap_or_else(|| panic!("{from} is not in the table of src/domain/mod.rs"));
        assert!(may.iter().all(|to| row.contains(&format!("`{to}`"))), "{row}");
    }
    assert!(used.len() >= 5, "{used:?}");
}

#[test]
fn there_is_no_circle() {
    let crates: [(&str, &[&str]); 4] =
        [("src", &WIDE), ("wechat-client/src", &[]), ("mock-wechat/src", &["core", "desk"]), ("benches/shop", &[])];
    for (folder, wide) in crates {
        let graph = graph(&production(folder), wide);
        assert!(graph.len() > 5, "{folder}: {graph:?}");
        assert_eq!(circle(&graph), None, "{folder}");
    }
}

/// The client of WeChat knows nothing of the shop, and the stand-in nothing of the client: it must not agree with its mistakes.
#[test]
fn no_crate_knows_one_that_it_must_not() {
    let strangers: [(&str, &[&str]); 3] = [
        ("wechat-client/src", &["gunpo_mall", "diesel", "mock_wechat"]),
        ("mock-wechat/src", &["gunpo_mall", "diesel", "wechat_client"]),
        ("src/domain", &["mock_wechat", "reqwest"]),
    ];
    for (folder, names) in strangers {
        for source in production(folder) {
            for tokens in source.groups() {
                let known = tokens.iter().filter_map(name).find(|word| names.contains(&word.as_str()));
                assert_eq!(known, None, "{}", source.path);
            }
        }
    }
}
