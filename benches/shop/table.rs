//! The figures as Markdown.

use std::fmt::Write;

use crate::report::{Medians, Report};

type WorldName = (&'static str, u64);

/// A figure, what it should be, and whether it is.
struct Judged {
    what: String,
    figure: f64,
    unit: &'static str,
    target: f64,
    at_least: bool,
}

pub(crate) fn render(report: &Report) -> String {
    let mut out = format!("{}\n", report.head());
    for world in report.worlds() {
        legs(report, world, &mut out);
    }
    let mut judged = Vec::new();
    for world in report.worlds() {
        judge(report, world, &mut judged);
    }
    growth(report, &mut judged);
    targets(&judged, &mut out);
    multiples(report, &mut out);
    out
}

fn legs(report: &Report, world: WorldName, out: &mut String) {
    let _ = writeln!(out, "\n### {}, {} orders\n", world.0, world.1);
    let _ = writeln!(out, "| leg | connections | a second | p50 ms | p99 ms | CPU us each | load, cores | refused |");
    let _ = writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (leg, connections) in report.legs(world) {
        let Some(Medians { per_second, p50_ms, p99_ms, cpu_us, load_cores, refused }) =
            report.medians(world, leg, connections)
        else {
            continue;
        };
        let _ = writeln!(
            out,
            "| {leg} | {connections} | {per_second:.0} | {p50_ms:.2} | {p99_ms:.2} | {cpu_us:.1} | {load_cores:.2} | {refused} |"
        );
    }
}

/// Everything that has a target in one world, at each number of connections.
fn judge(report: &Report, world: WorldName, judged: &mut Vec<Judged>) {
    let (database, orders) = world;
    for connections in [32, 128] {
        let rate = |leg: &str, connections| report.medians(world, leg, connections).map(|found| found.per_second);
        let mut ratio = |what: &str, leg: Option<f64>, neighbour: Option<f64>, target| {
            if let (Some(leg), Some(neighbour)) = (leg, neighbour) {
                let what = format!("{what}; {database}, {orders} orders, {connections} connections");
                judged.push(Judged { what, figure: leg / neighbour, unit: "", target, at_least: true });
            }
        };
        let here = |leg| rate(leg, connections);
        ratio("list / bare", here("list"), here("bare list"), 0.85);
        ratio("search / bare", here("search"), here("bare search"), 0.5);
        ratio("place / same SQL, 64 a commit", here("place"), rate("sql, 64 a commit", 1), 0.4);
        ratio("place / same SQL by pgbench", here("place"), rate("sql, pgbench", 16), 0.4);
        ratio("hot SKU / 27 SKUs", here("place hot"), here("place"), 0.7);
    }
    let (started_ms, memory_mb) = report.process_of(world);
    let mut at_most = |what: &str, figure, unit, target| {
        judged.push(Judged {
            what: format!("{what}; {database}, {orders} orders"),
            figure,
            unit,
            target,
            at_least: false,
        });
    };
    at_most("memory under load", memory_mb, " MB", 96.0);
    at_most("first answer after start", started_ms, " ms", 150.0);
}

/// What one of each costs when there are many orders, against few: in time at full load.
fn growth(report: &Report, judged: &mut Vec<Judged>) {
    for database in ["sqlite", "postgres"] {
        let sizes: Vec<WorldName> = report.worlds().into_iter().filter(|world| world.0 == database).collect();
        let (Some(&few), Some(&many)) = (sizes.first(), sizes.last()) else { continue };
        if few == many {
            continue;
        }
        for (leg, connections) in report.legs(few) {
            if leg.starts_with("bare") || leg.starts_with("sql") {
                continue;
            }
            let rates = report.medians(few, leg, connections).zip(report.medians(many, leg, connections));
            let Some((few_rate, many_rate)) = rates else { continue };
            let what = format!("{leg}: {} orders / {} orders; {database}, {connections} connections", many.1, few.1);
            let figure = few_rate.per_second / many_rate.per_second;
            judged.push(Judged { what, figure, unit: "", target: 1.3, at_least: false });
        }
    }
}

fn targets(judged: &[Judged], out: &mut String) {
    let _ = writeln!(out, "\n### Targets\n\n| what | measured | target | |\n| --- | ---: | ---: | --- |");
    for Judged { what, figure, unit, target, at_least } in judged {
        let (sign, met) = if *at_least { (">=", figure >= target) } else { ("<=", figure <= target) };
        let verdict = if met { "met" } else { "**missed**" };
        let _ = writeln!(out, "| {what} | {figure:.2}{unit} | {sign} {target}{unit} | {verdict} |");
    }
}

/// What has no target and is asked for all the same.
fn multiples(report: &Report, out: &mut String) {
    let _ = writeln!(out, "\n### Without a target\n");
    for world in report.worlds() {
        let rate = |leg: &str, connections| report.medians(world, leg, connections).map(|found| found.per_second);
        for connections in [32, 128] {
            if let (Some(place), Some(one)) = (rate("place", connections), rate("sql, 1 a commit", 1)) {
                let _ = writeln!(
                    out,
                    "- place at {connections} connections is {:.1} times the same SQL, 1 a commit ({}, {} orders)",
                    place / one,
                    world.0,
                    world.1
                );
            }
            let cpu = |leg: &str| report.medians(world, leg, connections).map(|found| found.cpu_us);
            for leg in ["list", "product", "search"] {
                if let (Some(shop), Some(bare)) = (cpu(leg), cpu(&format!("bare {leg}"))) {
                    let _ = writeln!(
                        out,
                        "- {leg} at {connections} connections takes {:.2} times the CPU of bare ({}, {} orders)",
                        shop / bare,
                        world.0,
                        world.1
                    );
                }
            }
        }
    }
}
