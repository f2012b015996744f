//! The table of WeChat's contract (`docs/wechat.md`) against the code: what it names is there, and nothing is left out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

const DOCUMENT: &str = "docs/wechat.md";
/// Where the stand-in knows WeChat's paths, and its own below `/_mock/`.
const ROUTES: &str = "mock-wechat/src/core/route.rs";
const CONTROLS: [&str; 2] = ["mock-wechat/src/control.rs", "mock-wechat/src/world.rs"];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// The part about what WeChat's pages leave open, and how many such things they had when it was written.
const UNCONFIRMED: &str = "Unconfirmed";
const UNCONFIRMED_ITEMS: usize = 36;
/// How a cell says that there is nothing to name, before its reason.
const NOTHING: &str = "not needed: ";
/// How a row about what is not sure begins its answer.
const ANSWERS: [&str; 2] = ["set: ", "tolerated: "];

const CONTRACT: usize = 0;
const CLIENT: usize = 1;
const STAND_IN: usize = 2;
const TEST: usize = 3;

struct Row {
    /// For a panic.
    place: String,
    part: String,
    cells: [String; 4],
}

impl Row {
    fn read(part: &str, number: usize, line: &str) -> Self {
        let inner = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
        let cells: Vec<String> = inner.unwrap_or_default().split('|').map(|cell| cell.trim().to_owned()).collect();
        let place = format!("{DOCUMENT}:{number} ({})", cells[CONTRACT]);
        let cells = cells.try_into().unwrap_or_else(|cells: Vec<String>| panic!("{place}: {} cells", cells.len()));
        Self { place, part: part.to_owned(), cells }
    }

    fn is_unconfirmed(&self) -> bool {
        self.part == UNCONFIRMED
    }

    /// Cells that name something in backticks, or say why not.
    fn naming(&self) -> &[String] {
        if self.is_unconfirmed() { &self.cells[TEST..] } else { &self.cells[CLIENT..] }
    }

    /// Those of them that name files, words in these files, and paths of WeChat's.
    fn naming_files(&self) -> &[String] {
        if self.is_unconfirmed() { &self.cells[TEST..] } else { &self.cells[CLIENT..TEST] }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows() -> Vec<Row> {
    let mut part = String::new();
    let mut rows = Vec::new();
    for (number, line) in text(DOCUMENT).lines().enumerate() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut part);
        }
        let is_head = line.starts_with("| contract |") || line.starts_with("| ---");
        if line.starts_with('|') && !is_head {
            rows.push(Row::read(&part, number + 1, line));
        }
    }
    assert!(rows.len() > 200, "{DOCUMENT} has {} rows", rows.len());
    rows
}

/// What stands in backticks.
fn named(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn is_route(name: &str) -> bool {
    name.split_once(' ').is_some_and(|(method, path)| METHODS.contains(&method) && path.starts_with('/'))
}

fn is_file(name: &str) -> bool {
    name.contains('/') && !is_route(name)
}

fn is_there(path: &str) -> bool {
    !path.contains("..") && root().join(path).is_file()
}

/// Rust files below a folder of the repository, by their path.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{folder}/{name}");
            if entry.file_type().unwrap().is_dir() {
                if name != "node_modules" {
                    folders.push(path);
                }
            } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
                found.insert(path.clone(), text(&path));
            }
        }
    }
    found
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(|other| other == word)
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_row_of_the_contract_is_whole() {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows() {
        let place = &row.place;
        if row.cells.iter().any(String::is_empty) {
            faults.push(format!("{place}: a cell is empty"));
        }
        if row.cells.iter().any(|cell| !cell.matches('`').count().is_multiple_of(2)) {
            faults.push(format!("{place}: a backtick has no other"));
        }
        for cell in row.naming() {
            let is_nothing = cell.strip_prefix(NOTHING).is_some_and(|why| !why.is_empty());
            if named(cell).next().is_none() && !is_nothing {
                faults.push(format!("{place}: '{cell}' names nothing and does not say why"));
            }
        }
        if row.is_unconfirmed() {
            if !ANSWERS.iter().any(|start| row.cells[STAND_IN].starts_with(start)) {
                faults.push(format!("{place}: is it set or tolerated?"));
            }
        } else if !seen.insert(row.cells[CONTRACT].clone()) {
            faults.push(format!("{place}: stands there twice"));
        }
    }
    assert_none(&faults);
}

/// Sections of the contract, by its own numbers.
fn sections() -> BTreeSet<String> {
    let numbered = |part: &'static str, numbers: RangeInclusive<u8>| numbers.map(move |n| format!("{part}.{n}"));
    let alone = ["0", "A", "A.13", "C", "D"].map(str::to_owned);
    let mut all = BTreeSet::from(alone);
    all.extend(numbered("A", 0..=11));
    all.extend(numbered("A.10", 1..=4));
    all.extend(numbered("A.12", 1..=3));
    all.extend(numbered("B", 0..=18));
    all.extend(numbered("C", 1..=3));
    all.extend(numbered("D", 1..=27));
    all
}

#[test]
fn every_section_of_the_contract_has_a_row() {
    let sections = sections();
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for row in rows() {
        let section = row.cells[CONTRACT].split(' ').next().unwrap().to_owned();
        if !sections.contains(&section) {
            faults.push(format!("{}: {section} is no section of the contract", row.place));
        }
        if !row.is_unconfirmed() {
            met.insert(section);
        }
    }
    faults.extend(sections.difference(&met).map(|section| format!("{section} has no row in {DOCUMENT}")));
    assert_none(&faults);
}

#[test]
fn every_file_that_the_contract_names_is_there_and_holds_the_words_beside_it() {
    let mut faults = Vec::new();
    let mut files = 0;
    for row in rows() {
        for cell in row.naming_files() {
            let mut held = String::new();
            for file in named(cell).filter(|name| is_file(name)) {
                files += 1;
                if is_there(file) {
                    held.push_str(&text(file));
                } else {
                    faults.push(format!("{}: there is no file {file}", row.place));
                }
            }
            let words = named(cell).filter(|name| !is_file(name) && !is_route(name));
            let missing = words.filter(|word| !has_word(&held, word));
            faults.extend(missing.map(|word| format!("{}: {word} is in no file of its cell", row.place)));
        }
        if named(&row.cells[CLIENT]).any(is_route) {
            faults.push(format!("{}: paths of WeChat's belong into the cell of the stand-in", row.place));
        }
    }
    assert!(files > 400, "{files}");
    assert_none(&faults);
}

/// Files that hold this test; `a::b` is `b` in a file or folder called `a`.
fn holders<'c>(code: &'c BTreeMap<String, String>, name: &str) -> Vec<&'c str> {
    let (modules, function) = name.rsplit_once("::").unwrap_or(("", name));
    let is_within = |path: &str| {
        let mut modules = modules.split("::").filter(|module| !module.is_empty());
        modules.all(|module| path.split(['/', '.']).any(|part| part == module))
    };
    let head = format!("fn {function}(");
    code.iter().filter(|(path, text)| is_within(path) && text.contains(&head)).map(|(path, _)| path.as_str()).collect()
}

#[test]
fn every_test_that_the_contract_names_is_there_once() {
    let mut code = sources("src");
    code.extend(sources("wechat-client/src"));
    code.extend(sources("tests"));
    code.extend(sources("mock-wechat"));
    let mut faults = Vec::new();
    let mut tests = 0;
    for row in rows().iter().filter(|row| !row.is_unconfirmed()) {
        for name in named(&row.cells[TEST]) {
            tests += 1;
            if is_file(name) {
                if !is_there(name) {
                    faults.push(format!("{}: there is no file {name}", row.place));
                }
                continue;
            }
            match holders(&code, name)[..] {
                [_] => {}
                [] => faults.push(format!("{}: there is no test {name}", row.place)),
                ref several => faults.push(format!("{}: {name} is in {}", row.place, several.join(" and "))),
            }
        }
    }
    assert!(tests > 400, "{tests}");
    assert_none(&faults);
}

#[test]
fn no_call_of_the_client_is_missing_in_the_contract() {
    let rows = rows();
    let is_of_tests =
        |path: &str| path.contains("/tests/") || path.ends_with("tests.rs") || path.ends_with("testing.rs");
    let mut faults = Vec::new();
    let mut calls = 0;
    for (path, text) in sources("wechat-client/src").iter().filter(|(path, _)| !is_of_tests(path)) {
        for rest in text.split("pub async fn ").skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            calls += 1;
            let has = |cell: &str, wanted: &str| named(cell).any(|name| name == wanted);
            let is_told = |row: &Row| has(&row.cells[CLIENT], path) && has(&row.cells[CLIENT], &name);
            if !rows.iter().filter(|row| !row.is_unconfirmed()).any(is_told) {
                faults.push(format!("{name} of {path} is in no row of {DOCUMENT}"));
            }
        }
    }
    assert!(calls > 40, "{calls}");
    assert_none(&faults);
}

/// The calls of the stand-in's table, with `{}` for what a path says.
fn calls_of_the_stand_in() -> BTreeSet<String> {
    let source = text(ROUTES);
    let rows = source.lines().filter_map(|line| {
        let (method, rest) = line.trim_start().split_once(" \"")?;
        METHODS.contains(&method).then(|| format!("{method} {}", rest.split('"').next().unwrap_or_default()))
    });
    rows.collect()
}

/// `GET /v3/x/{number}/y` as the table writes it.
fn without_names(route: &str) -> String {
    let parts = route.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn no_path_of_the_stand_in_is_missing_in_the_contract() {
    let calls = calls_of_the_stand_in();
    assert!(calls.len() > 60, "{} calls found in {ROUTES}", calls.len());
    let rows = rows();
    let named_routes = rows.iter().filter(|row| !row.is_unconfirmed()).flat_map(|row| named(&row.cells[STAND_IN]));
    let (controls, routes): (BTreeSet<&str>, BTreeSet<&str>) =
        named_routes.filter(|name| is_route(name)).partition(|route| route.contains(" /_mock/"));
    let routes: BTreeSet<String> = routes.into_iter().map(without_names).collect();
    let missing = calls.difference(&routes).map(|call| format!("{call} of {ROUTES} is in no row of {DOCUMENT}"));
    let unknown = routes.difference(&calls).map(|call| format!("{call} of {DOCUMENT} is unknown to the stand-in"));
    let mut faults: Vec<String> = missing.chain(unknown).collect();
    let control = CONTROLS.map(text).concat();
    for route in controls {
        let path = route.split_once("/_mock/").map_or(route, |(_, path)| path);
        let literal = path.split('{').next().unwrap_or_default();
        if !control.contains(&format!("\"{literal}")) {
            faults.push(format!("{route} of {DOCUMENT} is no control of the stand-in"));
        }
    }
    assert_none(&faults);
}

#[test]
fn what_is_not_sure_is_listed_with_what_is_done_about_it() {
    let rows = rows();
    let items: Vec<&Row> = rows.iter().filter(|row| row.is_unconfirmed()).collect();
    assert!(items.len() >= UNCONFIRMED_ITEMS, "{} of {UNCONFIRMED_ITEMS} are in {DOCUMENT}", items.len());
}
