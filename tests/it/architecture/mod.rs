//! The shape of the code, read from its own tokens: comments, texts and code of tests don't count.

mod graph;
mod house_style;
mod routes;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A source file without its tests.
struct Source {
    /// From the root of the repository.
    path: String,
    text: String,
    tokens: Vec<TokenTree>,
}

impl Source {
    fn is_of_tests(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("tests.rs") || self.path.ends_with("testing.rs")
    }

    /// Folders and file below the crate's root, as a module's path: `src/domain/orders/mod.rs` is `domain`, `orders`.
    fn module(&self) -> Vec<String> {
        let inner = self.path.split_once("src/").or_else(|| self.path.split_once("shop/")).unwrap().1;
        let mut parts: Vec<String> = inner.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            parts.pop();
        }
        parts
    }

    /// Everything between brackets, with what stands before them, the whole file first.
    fn groups(&self) -> Vec<Vec<TokenTree>> {
        let mut found = vec![self.tokens.clone()];
        let mut next = 0;
        while next < found.len() {
            let inner: Vec<_> = found[next]
                .iter()
                .filter_map(|token| match token {
                    TokenTree::Group(group) => Some(without_tests(group.stream())),
                    _ => None,
                })
                .collect();
            found.extend(inner);
            next += 1;
        }
        found
    }
}

/// Rust files below a folder of the repository, those of tests too: [`Source::is_of_tests`] tells.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let path = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        Source { path, text, tokens: without_tests(stream) }
    };
    paths.into_iter().map(read).collect()
}

fn production(folder: &str) -> Vec<Source> {
    sources(folder).into_iter().filter(|source| !source.is_of_tests()).collect()
}

/// Leaves out what follows `#[cfg(test)]`, up to its end.
fn without_tests(stream: TokenStream) -> Vec<TokenTree> {
    let mut left = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_mark = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '#');
        let is_test = matches!(tokens.peek(), Some(TokenTree::Group(attribute)) if attribute.to_string().replace(' ', "") == "[cfg(test)]");
        if is_mark && is_test {
            for skipped in tokens.by_ref() {
                let ends = match &skipped {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                    TokenTree::Punct(mark) => mark.as_char() == ';',
                    _ => false,
                };
                if ends {
                    break;
                }
            }
        } else {
            left.push(token);
        }
    }
    left
}

/// A path: what stands between `::`.
fn name(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    }
}

fn is_mark(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == wanted)
}

/// All paths that begin at `tokens[0]`, a name: one, or as many as a `{..}` of a `use` has.
fn paths_from(tokens: &[TokenTree]) -> Vec<Vec<String>> {
    let Some(first) = tokens.first().and_then(name) else { return Vec::new() };
    if !(is_mark(tokens.get(1), ':') && is_mark(tokens.get(2), ':')) {
        return vec![vec![first]];
    }
    let rest = match tokens.get(3) {
        Some(TokenTree::Group(group)) => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            inner.split(|token| is_mark(Some(token), ',')).flat_map(paths_from).collect()
        }
        _ => paths_from(&tokens[3..]),
    };
    if rest.is_empty() {
        return vec![vec![first]];
    }
    rest.into_iter().map(|path| [vec![first.clone()], path].concat()).collect()
}
