//! Deaths of `migrate` and `seed`: the next run goes on, the one after it has nothing to do.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::backend::{Backend, TestDatabase};
use crate::world::{HIRE, command, variables};

const SIGABRT: i32 = 6;
type Variables = Vec<(&'static str, String)>;

/// `rounds` deaths at this point, each on an empty database; gives how many there were.
pub(crate) async fn die_at(backend: Backend, point: &str, rounds: u64) -> u64 {
    let (mut deaths, mut nth, mut passed_at_most) = (0, 1, u64::MAX);
    while deaths < rounds {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::empty(backend, folder.path()).await;
        let variables = variables(folder.path(), &database.url, 1, 1, "http://127.0.0.1:1");
        let doomed = if point.starts_with("migration.") { "migrate" } else { "seed" };
        if doomed == "seed" {
            succeed(folder.path(), &variables, "migrate");
        }
        let died = run(folder.path(), &variables, doomed, Some(&format!("{point}:{nth}")));
        if died.status.success() {
            assert!(nth > 1, "{point} was never passed");
            (passed_at_most, nth) = (nth - 1, 1);
            continue;
        }
        assert_eq!(died.status.signal(), Some(SIGABRT), "{point}: {died:?}");
        deaths += 1;
        nth = nth % passed_at_most + 1;
        for subcommand in ["migrate", "seed"] {
            succeed(folder.path(), &variables, subcommand);
        }
        assert!(command(folder.path(), &variables, &HIRE).status().unwrap().success());
        succeed(folder.path(), &variables, "doctor");
        assert!(succeed(folder.path(), &variables, "migrate").contains("nothing to do"));
        let again = succeed(folder.path(), &variables, "seed");
        assert!(again.contains("written: 0 rows, 0 pictures"), "{again}");
    }
    deaths
}

fn run(folder: &Path, variables: &Variables, subcommand: &str, point: Option<&str>) -> Output {
    let mut command = command(folder, variables, &[subcommand]);
    if let Some(point) = point {
        command.env("GUNPO_ABORT_AT", point);
    }
    command.stdout(Stdio::piped()).output().unwrap()
}

/// What it prints.
fn succeed(folder: &Path, variables: &Variables, subcommand: &str) -> String {
    let output = run(folder, variables, subcommand, None);
    let log = std::fs::read_to_string(folder.join("shop.log")).unwrap_or_default();
    assert!(output.status.success(), "{subcommand}: {output:?}\n{log}");
    String::from_utf8(output.stdout).unwrap()
}
