//! Listens to every connection that Diesel opens.

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// A statement that was run, and whether it was prepared for this run.
struct Ran {
    sql: String,
    prepared: bool,
}

/// Each statement once, while it is wanted.
static KNOWN: Mutex<Option<BTreeSet<String>>> = Mutex::new(None);
static LOG: Mutex<Vec<Ran>> = Mutex::new(Vec::new());

/// Of one connection: what it keeps prepared.
#[derive(Default)]
struct Recorder {
    kept: HashSet<String>,
}

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::CacheQuery { sql, .. } => {
                self.kept.insert(sql.to_owned());
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                let sql = text.split(" -- binds:").next().unwrap_or_default().trim().to_owned();
                let prepared = !is_control(&sql) && !self.kept.contains(&sql);
                if let Some(known) = KNOWN.lock().unwrap().as_mut()
                    && !is_control(&sql)
                {
                    known.insert(sql.clone());
                }
                LOG.lock().unwrap().push(Ran { sql, prepared });
            }
            _ => {}
        }
    }
}

/// Begins and ends; never prepared.
fn is_control(sql: &str) -> bool {
    sql.ends_with("; COMMIT")
        || ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "PRAGMA"]
            .iter()
            .any(|word| sql.starts_with(word))
}

/// For every connection that is opened from now on.
pub(crate) fn install() {
    set_default_instrumentation(|| Some(Box::new(Recorder::default()))).unwrap();
}

/// From now on.
pub(crate) fn remember() {
    *KNOWN.lock().unwrap() = Some(BTreeSet::new());
}

/// What was run since, and no more.
pub(crate) fn remembered() -> BTreeSet<String> {
    KNOWN.lock().unwrap().take().unwrap_or_default()
}

pub(crate) fn clear() {
    LOG.lock().unwrap().clear();
}

/// What was run since, as one line.
pub(crate) fn take(step: &str) -> String {
    let ran = std::mem::take(&mut *LOG.lock().unwrap());
    let statements = ran.iter().filter(|one| !is_control(&one.sql)).count();
    let prepared: Vec<&str> = ran.iter().filter(|one| one.prepared).map(|one| one.sql.as_str()).collect();
    let commits = ran.iter().filter(|one| one.sql.ends_with("COMMIT")).count();
    if std::env::var_os("SHOW_STATEMENTS").is_some() {
        for one in &ran {
            println!("{step}: {}{}", if one.prepared { "PREPARED " } else { "" }, one.sql);
        }
    }
    format!("{step}: {statements} statements, {} prepared, {commits} commits", prepared.len())
}
