//! `runbook`: what needs a person, told from the lists that the program itself goes by. `docs/runbook.md` is what this prints.

use std::fmt::Write as _;
use std::time::Duration;

use crate::base::text::{Lang, Words};
use crate::boot::jobs::listed;
use crate::cli::runbook_signals::{ANSWERS, METRICS};
use crate::domain::cases::CaseKind;

const HEAD: &str = "# Runbook\n\n\
    What needs a person, and what that person does. `gunpo-mall runbook` prints this page from the program's own lists, and a test keeps \
    the two equal. `gunpo-mall doctor --lang zh|ko|en` names what is open now, with the same advice.\n";
const CASES: &str = "\n## Cases\n\n\
    A case is something between WeChat and us, or within our own books, that no program may decide. It is counted in \
    `gunpo_cases_open_total{kind}`. *now*: money or stock may be wrong, and more of the same may follow; *soon*: within a working day.\n";
const JOBS: &str = "\n## Jobs\n\n\
    A job that fails is tried again with growing waits; after its attempts it is dead and waits for `gunpo-mall jobs retry ID`. What recurs \
    never dies. `gunpo-mall jobs list --dead` shows the dead ones.\n";

const SIGNALS: &str = "\n## Metrics\n\n\
    What `/metrics` of the inner listener shows. Alert on what is in bold.\n";
const FAILURES: &str = "\n## Answers 5xx\n\n\
    The log line before the answer has the same `trace_id` as the answer's document.\n";

/// The whole page, Markdown.
pub(super) fn render() -> String {
    let mut page = HEAD.to_owned();
    page.push_str(CASES);
    for kind in CaseKind::ALL {
        let _ =
            writeln!(page, "\n### `{}`\n\n{}; subject: {}\n", kind.as_str(), kind.severity().as_str(), kind.subject());
        in_all_languages(&mut page, kind.means(), kind.act());
    }
    page.push_str(JOBS);
    for job in listed() {
        let when = job.facts.every.map_or_else(
            || format!("{} attempts", job.facts.attempts_max),
            |every| format!("every {}", in_words(every)),
        );
        let _ = writeln!(page, "\n### `{}`\n\n{when}\n", job.facts.name);
        in_all_languages(&mut page, job.does, job.act);
    }
    for (head, signals) in [(SIGNALS, METRICS), (FAILURES, ANSWERS)] {
        page.push_str(head);
        for signal in signals {
            let _ = writeln!(page, "\n### `{}`\n", signal.name);
            in_all_languages(&mut page, signal.means, signal.act);
        }
    }
    page
}

fn in_all_languages(page: &mut String, what: Words, act: Words) {
    for lang in Lang::ALL {
        let _ = writeln!(page, "- {}: {} **{}**", lang.code(), what.get(lang), act.get(lang));
    }
}

fn in_words(every: Duration) -> String {
    match every.as_secs() {
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds => format!("{} min", seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_its_entry() {
        let metrics = crate::base::observability::Metrics::new().unwrap();
        metrics.start_at_zero(&["job"], &["case"], &["acted"]);
        metrics.orders_open("paid", 0);
        metrics.backup(0);
        metrics.database(crate::base::db::DbLoad { waiting_writes: [0; 3], connections: 0, idle: 0 });
        let text = metrics.render();
        let shown = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        for name in shown.filter_map(|line| line.split(' ').next()).filter(|name| name.starts_with("gunpo_")) {
            assert!(METRICS.iter().any(|signal| signal.name == name), "{name} is not in the runbook");
        }
    }

    #[test]
    fn the_page_says_what_the_program_goes_by() {
        assert!(
            include_str!("../../docs/runbook.md") == render(),
            "docs/runbook.md is old: gunpo-mall runbook > docs/runbook.md"
        );
    }

    #[test]
    fn nothing_is_without_advice_in_any_language() {
        let cases = CaseKind::ALL.iter().map(|kind| (kind.as_str(), kind.means(), kind.act()));
        let jobs = listed().into_iter().map(|job| (job.facts.name, job.does, job.act));
        for (name, what, act) in cases.chain(jobs) {
            for lang in Lang::ALL {
                assert!(what.get(lang).len() > 10 && act.get(lang).len() > 10, "{name}: {lang:?}");
            }
        }
    }
}
