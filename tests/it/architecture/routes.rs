//! There is one table of routes.

use proc_macro2::TokenTree;

use super::{is_mark, name, paths_from, production};

/// The table itself; pages and pictures, which are folders of files; the listener of metrics, which is another.
const MAY_ROUTE: [&str; 6] = [
    "src/http/routes.rs",
    "src/http/docs/mod.rs",
    "src/console/pages/mod.rs",
    "src/http/media.rs",
    "src/http/metrics.rs",
    "src/http/server.rs",
];

#[test]
fn no_route_is_beside_the_table() {
    for source in production("src").iter().filter(|source| !MAY_ROUTE.contains(&source.path.as_str())) {
        for tokens in source.groups() {
            for (at, token) in tokens.iter().enumerate() {
                let word = name(token).unwrap_or_default();
                let is_call = at > 0
                    && is_mark(tokens.get(at - 1), '.')
                    && matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
                let routes = is_call && ["service", "route", "configure"].contains(&word.as_str());
                assert!(!routes, "{}: .{word}(", source.path);
                for path in paths_from(&tokens[at..]).iter().filter(|path| path[0] == "web" && path.len() == 2) {
                    let made = ["resource", "scope", "route", "get", "post", "put", "patch", "delete", "method"];
                    assert!(!made.contains(&path[1].as_str()), "{}: web::{}", source.path, path[1]);
                }
            }
        }
        for attribute in ["#[get(", "#[post(", "#[put(", "#[patch(", "#[delete(", "#[route("] {
            assert!(!source.text.contains(attribute), "{}: {attribute}", source.path);
        }
    }
}

/// The table names methods by `web::$method`; whoever hangs one on a resource by hand goes past it.
#[test]
fn no_method_is_hung_on_a_resource_by_hand() {
    for source in production("src").iter().filter(|source| MAY_ROUTE.contains(&source.path.as_str())) {
        for tokens in source.groups() {
            for (at, token) in tokens.iter().enumerate() {
                let word = name(token).unwrap_or_default();
                let is_call = at > 0 && is_mark(tokens.get(at - 1), '.');
                assert!(
                    !(is_call && ["post", "put", "patch", "delete"].contains(&word.as_str())),
                    "{}: .{word}(",
                    source.path
                );
            }
        }
    }
}
